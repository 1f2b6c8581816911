//! FunnelFox over real connections: webhooks, faults, and the counters of both.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::State, http::StatusCode, routing::post};
use fanfare_checkout::sandbox::standins::{self, Config};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    fits::assert_fits,
    till::{BAD, GOOD, card, payload, session, text},
};

type Mail = Arc<Mutex<Vec<Value>>>;

/// The merchant's endpoint: takes everything but the first.
async fn receive(State(mail): State<Mail>, body: String) -> StatusCode {
    let event = serde_json::from_str(&body).expect("JSON");
    assert_fits("funnelfox/webhook", &event);
    let mut mail = mail.lock().expect("a lock");
    mail.push(event);
    if mail.len() == 1 {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    StatusCode::OK
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
        config.funnelfox_webhooks = Some(url);
        let base = config.public_url.clone();
        tokio::spawn(standins::serve(listener, config, None));
        let client = Client::builder().no_proxy().build().expect("a client");
        Self { base, client, mail }
    }

    async fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<Value> {
        let request = self.client.post(format!("{}{path}", self.base)).json(body);
        request.send().await?.json().await
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        self.try_post(path, body).await.expect("an answer")
    }

    async fn counters(&self) -> Value {
        let url = format!("{}/control/counters", self.base);
        let answer = self.client.get(url).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }

    /// The body of a payment with a fresh token, and its order.
    async fn ready(&self, number: &str) -> (Value, String) {
        let path = "/funnelfox/demo/v1/checkout/create_client_session";
        let opened = self.post(path, &session(&json!({}))).await;
        let token = payload(&text(&opened["data"], "client_token"));
        let request = self
            .client
            .post(format!("{}/payment-instruments", text(&token, "pciUrl")))
            .header("primer-client-token", text(&token, "accessToken"))
            .header("x-api-version", "2.4")
            .json(&card(number));
        let made: Value = request
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON");
        let order = text(&opened["data"], "order_id");
        let body = json!({"payment_method_token": text(&made, "token"), "order_id": order});
        (body, order)
    }

    async fn until(&self, count: usize) -> Vec<Value> {
        for _ in 0..200 {
            let mail = self.mail.lock().expect("a lock").clone();
            if mail.len() >= count {
                return mail;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{count} webhooks did not come: {:?}", self.mail);
    }
}

const PAY: &str = "/funnelfox/demo/v1/checkout/create_payment";

#[tokio::test]
async fn the_merchant_is_told_of_settled_and_declined_orders_and_told_again() {
    let world = Served::start().await;
    let (body, order) = world.ready(GOOD).await;
    assert_eq!(
        world.post(PAY, &body).await["data"]["checkout_status"],
        "succeeded"
    );
    let first = world.until(1).await.remove(0);
    assert_eq!(first["subtype"], "settled");
    assert_eq!(first["order"]["order_id"], json!(order));
    assert_eq!(first["order"]["amount"], 3500);
    assert_eq!(first["user"]["external_id"], "user_456");
    let (body, _) = world.ready(BAD).await;
    world.post(PAY, &body).await;
    let second = world.until(2).await.remove(1);
    assert_eq!(second["subtype"], "declined");
    assert_ne!(second["event_timestamp"], first["event_timestamp"]);
    // What was not taken comes again, the same.
    world.post("/control/clock", &json!({"advance": 60})).await;
    assert_eq!(world.until(3).await[2], first);
}

#[tokio::test]
async fn f10_a_lost_answer_is_a_charge_and_a_repeat_is_another() {
    let world = Served::start().await;
    let (body, order) = world.ready(GOOD).await;
    let fault = json!({"path": PAY, "kind": "drop-after"});
    world.post("/control/faults", &fault).await;
    assert!(world.try_post(PAY, &body).await.is_err());
    let counters = world.counters().await;
    assert_eq!(counters["funnelfox"]["net"]["byOrder"][&order], 1);
    world.post(PAY, &body).await;
    let counters = world.counters().await;
    assert_eq!(counters["funnelfox"]["net"]["byOrder"][&order], 2);
    assert_eq!(counters["requests"][format!("POST {PAY}")], 2);
    assert_eq!(
        counters["requests"]["POST /primer/pci/payment-instruments"],
        1
    );
}

#[tokio::test]
async fn f09_a_request_that_never_arrived_charges_nothing() {
    let world = Served::start().await;
    let (body, _) = world.ready(GOOD).await;
    for (path, kind) in [(PAY, "drop-before"), ("/primer", "502-before")] {
        world
            .post("/control/faults", &json!({"path": path, "kind": kind}))
            .await;
    }
    assert!(world.try_post(PAY, &body).await.is_err());
    let url = format!("{}/primer/pci/payment-instruments", world.base);
    let answer = world.client.post(url).json(&card(GOOD)).send().await;
    assert_eq!(answer.expect("an answer").status().as_u16(), 502);
    assert_eq!(world.counters().await["funnelfox"]["charged"], 0);
}

#[tokio::test]
async fn held_webhooks_wait_and_a_reset_forgets_everything() {
    let world = Served::start().await;
    world
        .post("/control/funnelfox", &json!({"hold": true}))
        .await;
    let (body, _) = world.ready(GOOD).await;
    world.post(PAY, &body).await;
    // Long enough for the carrier to have looked.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let shown = world
        .post("/control/funnelfox", &json!({"bare": false}))
        .await;
    assert_eq!(shown["webhooks"][0]["state"], "held");
    assert!(world.mail.lock().expect("a lock").is_empty());
    world
        .post("/control/funnelfox", &json!({"hold": false}))
        .await;
    world.until(1).await;
    world.post("/control/reset", &json!({})).await;
    assert_eq!(world.counters().await["funnelfox"]["payments"], 0);
    let gone = world.post(PAY, &body).await;
    assert_eq!(gone["error"][0]["code"], "bad_request");
}
