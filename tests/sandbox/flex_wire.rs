//! Flexprice over real connections: signed webhooks, faults, and the counters of both.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use fanfare_checkout::sandbox::standins::{self, Config, Endpoint};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Client;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;

use crate::{
    biller::{KEY, PAYMENTS, bill, text},
    fits::assert_fits,
};

/// The secret behind the endpoint: the bytes, and how Svix writes them.
const BYTES: &[u8] = b"0123456789abcdef0123456789abcdef";
const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

type Mail = Arc<Mutex<Vec<(String, Value)>>>;

/// The merchant's endpoint: checks the signature as Svix documents it, and takes everything
/// but the first.
async fn receive(State(mail): State<Mail>, headers: HeaderMap, body: String) -> StatusCode {
    let header = |name: &str| headers[name].to_str().expect("text").to_owned();
    let (id, at) = (header("svix-id"), header("svix-timestamp"));
    let mut mac = Hmac::<Sha256>::new_from_slice(BYTES).expect("a key");
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    assert_eq!(header("svix-signature"), expected);
    let event = serde_json::from_str(&body).expect("JSON");
    assert_fits("flexprice/webhook", &event);
    let mut mail = mail.lock().expect("a lock");
    mail.push((id, event));
    if mail.len() == 1 {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    StatusCode::NO_CONTENT
}

/// Stand-ins behind a real port, with a merchant to tell.
struct Served {
    base: String,
    client: Client,
    mail: Mail,
}

impl Served {
    async fn start() -> Self {
        let mail = Mail::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let router = Router::new().route("/hook", post(receive));
        let router = router.with_state(mail.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut config = Config::at(listener.local_addr().expect("an address").port());
        config.flexprice_webhooks = Some(Endpoint {
            url,
            key: SECRET.into(),
            authorization: None,
        });
        let base = config.public_url.clone();
        tokio::spawn(standins::serve(listener, config, None));
        let client = Client::builder().no_proxy().build().expect("a client");
        Self { base, client, mail }
    }

    async fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<(u16, Value)> {
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .header("x-api-key", KEY)
            .json(body);
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await?))
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        self.try_post(path, body).await.expect("an answer").1
    }

    async fn counters(&self) -> Value {
        let url = format!("{}/control/counters", self.base);
        let answer = self.client.get(url).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }

    async fn until(&self, count: usize) -> Vec<(String, Value)> {
        for _ in 0..400 {
            let mail = self.mail.lock().expect("a lock").clone();
            if mail.len() >= count {
                return mail;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{count} webhooks did not come: {:?}", self.mail);
    }
}

fn names(mail: &[(String, Value)]) -> Vec<&str> {
    let mut names: Vec<&str> = mail
        .iter()
        .map(|(_, event)| text(event, "event_type"))
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn the_merchant_is_told_with_svix_signatures_and_told_again() {
    let world = Served::start().await;
    let paid = world.post(PAYMENTS, &bill(json!({}))).await;
    let mail = world.until(3).await;
    assert_eq!(
        names(&mail),
        ["payment.created", "payment.pending", "payment.success"]
    );
    let (first, event) = mail[0].clone();
    assert_eq!(event["payment"]["id"], paid["id"]);
    assert_eq!(event["payment"]["amount"], "35");
    // All three show the payment as it stands, whatever they tell.
    for (_, event) in &mail {
        assert_eq!(event["payment"]["payment_status"], "SUCCEEDED");
    }
    // What was not taken comes again under its id.
    world.post("/control/clock", &json!({"advance": 5})).await;
    assert_eq!(world.until(4).await[3], (first, event));
    let declined = bill(json!({"destination_id": "inv_demo_declined", "idempotency_key": "d"}));
    world.post(PAYMENTS, &declined).await;
    assert!(names(&world.until(7).await).contains(&"payment.failed"));
}

#[tokio::test]
async fn webhooks_can_be_held_turned_round_and_doubled() {
    let world = Served::start().await;
    let hold = json!({"hold": true, "match": "inv_demo_new"});
    world.post("/control/flexprice", &hold).await;
    let offline = |invoice: &str| {
        bill(
            json!({"destination_id": invoice, "idempotency_key": invoice, "payment_method_type": "OFFLINE"}),
        )
    };
    world.post(PAYMENTS, &offline("inv_demo")).await;
    world.until(3).await;
    world.post("/control/clock", &json!({"advance": 5})).await;
    world.until(4).await;
    world.post(PAYMENTS, &offline("inv_demo_new")).await;
    let first = world
        .post("/control/flexprice", &json!({"release": 1}))
        .await;
    assert_eq!(first["webhooks"][4]["state"], "held");
    assert_eq!(world.until(5).await[4].1["event_type"], "payment.created");
    world
        .post("/control/flexprice", &json!({"release": "reversed"}))
        .await;
    let mail = world.until(7).await;
    assert_eq!(mail[5].1["event_type"], "payment.success");
    assert_eq!(mail[6].1["event_type"], "payment.pending");
    let all = world
        .post("/control/flexprice", &json!({"repeat": 1}))
        .await;
    let states = all["webhooks"].as_array().expect("a list");
    assert!(
        states.iter().all(|one| one["state"] == "delivered"),
        "{all}"
    );
    let mail = world.until(13).await;
    let again = mail.iter().filter(|(id, _)| *id == mail[5].0).count();
    assert_eq!(again, 2, "a repeat has the id of the first");
}

#[tokio::test]
async fn f10_a_lost_answer_is_a_charge_and_a_repeat_with_the_key_is_the_same() {
    let world = Served::start().await;
    let fault = json!({"path": PAYMENTS, "kind": "drop-after", "match": "ORD-1"});
    world.post("/control/faults", &fault).await;
    let other =
        bill(json!({"amount": "1", "metadata": {"order": "ORD-2"}, "idempotency_key": "o"}));
    world.post(PAYMENTS, &other).await;
    let body = bill(json!({"amount": "2"}));
    assert!(world.try_post(PAYMENTS, &body).await.is_err());
    let counters = world.counters().await;
    assert_eq!(counters["flexprice"]["net"]["byMetadata"]["order=ORD-1"], 1);
    let (status, again) = world.try_post(PAYMENTS, &body).await.expect("an answer");
    assert_eq!(
        (status, &again["payment_status"]),
        (201, &json!("SUCCEEDED"))
    );
    let counters = world.counters().await;
    assert_eq!(counters["flexprice"]["charges"]["byInvoice"]["inv_demo"], 2);
    assert_eq!(counters["requests"][format!("POST {PAYMENTS}")], 3);
    // Without a key of its own, and in the same words, it is the same payment too.
    let silent = bill(json!({"amount": "3", "idempotency_key": null}));
    let first = world.post(PAYMENTS, &silent).await;
    assert_eq!(world.post(PAYMENTS, &silent).await["id"], first["id"]);
}

#[tokio::test]
async fn f09_a_request_that_never_arrived_takes_nothing() {
    let world = Served::start().await;
    for kind in ["drop-before", "503-before"] {
        let fault = json!({"path": PAYMENTS, "kind": kind});
        world.post("/control/faults", &fault).await;
        assert!(world.try_post(PAYMENTS, &bill(json!({}))).await.is_err());
    }
    assert_eq!(world.counters().await["flexprice"]["payments"], 0);
}

#[tokio::test]
async fn a_fault_can_be_meant_for_one_payment_by_its_metadata() {
    let world = Served::start().await;
    let made = world.post(PAYMENTS, &bill(json!({}))).await;
    let fault = json!({"path": PAYMENTS, "method": "GET", "kind": "429", "match": "ORD-1"});
    world.post("/control/faults", &fault).await;
    let url = format!("{}{PAYMENTS}/{}", world.base, text(&made, "id"));
    let get = || world.client.get(&url).header("x-api-key", KEY).send();
    assert_eq!(get().await.expect("an answer").status().as_u16(), 429);
    assert_eq!(get().await.expect("an answer").status().as_u16(), 200);
    let counters = world.counters().await;
    assert_eq!(counters["requests"]["GET /flexprice/v1/payments/{id}"], 2);
}

#[tokio::test]
async fn pages_and_other_hosts_are_not_answered() {
    let world = Served::start().await;
    let url = format!("{}/control/flexprice", world.base);
    let page = world
        .client
        .post(&url)
        .header("origin", "http://shop.example");
    let page = page.json(&json!({"silent": true})).send().await;
    assert_eq!(page.expect("an answer").status().as_u16(), 403);
    let made = world
        .post(
            PAYMENTS,
            &bill(json!({"payment_method_type": "PAYMENT_LINK", "payment_gateway": "stripe"})),
        )
        .await;
    let path = text(&made, "payment_url").replace("bank.localhost", "127.0.0.1");
    let wrong = world.client.get(path).send().await.expect("an answer");
    assert_eq!(wrong.status().as_u16(), 403);
}
