//! The stand-in's webhooks: signed, repeated by the published schedule, in any order.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use fanfare_checkout::sandbox::standins::{self, Config, Endpoint};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;

use crate::{
    bench::{APPROVED, CHALLENGED, PUBLIC, SECRET, card, payment},
    fits::assert_fits,
};

/// The merchant's endpoint: what came, and what it answers next.
#[derive(Clone, Default)]
struct Merchant {
    got: Arc<Mutex<Vec<Value>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

async fn receive(State(merchant): State<Merchant>, headers: HeaderMap, text: String) -> StatusCode {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"a-key-of-the-test").expect("a key");
    mac.update(text.as_bytes());
    let expected = hex::encode(mac.finalize().into_bytes());
    assert_eq!(headers["cko-signature"], expected.as_str());
    assert_eq!(headers["authorization"], "agreed");
    let event: Value = serde_json::from_str(&text).expect("JSON");
    assert_fits("checkout-com/webhook", &event);
    merchant.got.lock().expect("a lock").push(event);
    let mut answers = merchant.answers.lock().expect("a lock");
    let answer = if answers.is_empty() {
        200
    } else {
        answers.remove(0)
    };
    StatusCode::from_u16(answer).expect("a status")
}

struct Served {
    merchant: Merchant,
    client: reqwest::Client,
    base: String,
}

impl Served {
    async fn start() -> Self {
        let merchant = Merchant::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let router = Router::new()
            .route("/hook", post(receive))
            .with_state(merchant.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let mut config = Config::at(port);
        config.webhooks = Some(Endpoint {
            url,
            key: "a-key-of-the-test".into(),
            authorization: Some("agreed".into()),
        });
        tokio::spawn(standins::serve(listener, config, None));
        Self {
            merchant,
            client: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
            base: format!("http://127.0.0.1:{port}"),
        }
    }

    async fn post(&self, path: &str, key: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.base)).json(body);
        let answer = request.header("authorization", key).send().await;
        let text = answer.expect("an answer").text().await.expect("a body");
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    }

    async fn pay(&self, number: &str, with: Value) -> Value {
        let token = self
            .post("/checkout-com/tokens", PUBLIC, &card(number))
            .await;
        let token = token["token"].as_str().expect("a token");
        let body = payment(token, with);
        self.post("/checkout-com/payments", SECRET, &body).await
    }

    async fn control(&self, body: Value) -> Value {
        self.post("/control/webhooks", "", &body).await
    }

    fn kinds(&self) -> Vec<String> {
        let got = self.merchant.got.lock().expect("a lock");
        got.iter()
            .map(|event| event["type"].as_str().expect("a type").to_owned())
            .collect()
    }

    /// The types that came, sorted, once there are `count`.
    async fn until(&self, count: usize) -> Vec<String> {
        for _ in 0..200 {
            let mut kinds = self.kinds();
            if kinds.len() >= count {
                kinds.sort();
                return kinds;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("{count} webhooks never came: {:?}", self.kinds());
    }
}

#[tokio::test]
async fn every_step_of_a_payment_is_told() {
    let world = Served::start().await;
    let paid = world.pay(APPROVED, json!({})).await;
    assert_eq!(
        world.until(2).await,
        ["payment_approved", "payment_captured"]
    );
    let id = paid["id"].as_str().expect("an id");
    let refund = format!("/checkout-com/payments/{id}/refunds");
    world.post(&refund, SECRET, &json!({"amount": 500})).await;
    assert_eq!(world.until(3).await[2], "payment_refunded");
    let told = world.merchant.got.lock().expect("a lock")[2].clone();
    assert_eq!(told["data"]["amount"], 500);
    assert_eq!(told["data"]["id"], id);
    assert_eq!(told["data"]["reference"], "attempt-1");
    assert_eq!(told["data"]["metadata"]["order"], "ORD-1");
    let manual = world.pay(APPROVED, json!({"capture": false})).await;
    world.until(4).await;
    let id = manual["id"].as_str().expect("an id");
    world
        .post(
            &format!("/checkout-com/payments/{id}/voids"),
            SECRET,
            &json!({}),
        )
        .await;
    world.until(5).await;
    assert_eq!(world.kinds()[4], "payment_voided");
    world.pay("4544249167673670", json!({})).await;
    world.until(6).await;
    assert_eq!(world.kinds()[5], "payment_declined");
}

#[tokio::test]
async fn a_challenge_is_told_as_pending_and_how_it_ended() {
    for (end, kind) in [
        (json!({"outcome": "decline"}), "payment_declined"),
        (json!({"outcome": "cancel"}), "payment_canceled"),
        (Value::Null, "payment_expired"),
    ] {
        let world = Served::start().await;
        let asked = world.pay(CHALLENGED, json!({})).await;
        assert_eq!(world.until(1).await, ["payment_pending"]);
        if end.is_null() {
            world
                .post("/control/clock", "", &json!({"advance": 901}))
                .await;
        } else {
            let mut end = end;
            end["id"] = asked["id"].clone();
            world.post("/control/settle", "", &end).await;
        }
        world.until(2).await;
        assert_eq!(world.kinds()[1], kind);
    }
}

#[tokio::test]
async fn what_is_not_taken_comes_again_by_the_published_schedule_until_it_is_given_up() {
    let world = Served::start().await;
    *world.merchant.answers.lock().expect("a lock") = vec![500; 9];
    world.pay("4544249167673670", json!({})).await;
    world.until(1).await;
    let pauses = [300, 600, 900, 1800, 3600, 14400, 43200, 43200];
    for (n, pause) in pauses.into_iter().enumerate() {
        // Just before its time nothing comes.
        world
            .post("/control/clock", "", &json!({"advance": pause - 20}))
            .await;
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        assert_eq!(world.kinds().len(), n + 1);
        world
            .post("/control/clock", "", &json!({"advance": 20}))
            .await;
        world.until(n + 2).await;
    }
    let ids: Vec<Value> = {
        let got = world.merchant.got.lock().expect("a lock");
        got.iter().map(|event| event["id"].clone()).collect()
    };
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    for _ in 0..100 {
        let shown = world.control(json!({"hold": false})).await;
        let letter = &shown["webhooks"][0];
        if letter["tries"].as_array().expect("tries").len() == 9 {
            assert_eq!(letter["state"], "given up");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the last answer was not written down");
}

#[tokio::test]
async fn webhooks_of_one_order_are_held_and_no_others() {
    let world = Served::start().await;
    world.control(json!({"hold": true, "match": "ORD-2"})).await;
    for order in ["ORD-1", "ORD-2"] {
        let with = json!({"metadata": {"order": order}, "capture": false});
        world.pay(APPROVED, with).await;
    }
    world.until(1).await;
    let shown = world.control(json!({"release": 0})).await;
    let [first, second] = [0, 1].map(|at| &shown["webhooks"][at]["state"]);
    assert_ne!(first, "held");
    assert_eq!(second, "held");
}

#[tokio::test]
async fn webhooks_are_held_reversed_and_repeated_on_request() {
    let world = Served::start().await;
    world.control(json!({"hold": true})).await;
    world.pay(APPROVED, json!({})).await;
    let shown = world.control(json!({"hold": true})).await;
    let states: Vec<&Value> = shown["webhooks"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|letter| &letter["state"])
        .collect();
    assert_eq!(states, ["held", "held"]);
    assert!(world.kinds().is_empty());
    let shown = world.control(json!({"release": "reversed"})).await;
    assert_eq!(world.kinds(), ["payment_captured", "payment_approved"]);
    assert_eq!(shown["webhooks"][0]["state"], "delivered");
    assert_eq!(shown["webhooks"][0]["tries"][0]["status"], 200);
    world.control(json!({"repeat": 2})).await;
    assert_eq!(world.kinds().len(), 6);
    world.pay("4544249167673670", json!({})).await;
    world.control(json!({"release": 1})).await;
    assert_eq!(world.kinds().len(), 7);
    let wrong = world.control(json!({"release": "some"})).await;
    assert!(wrong["error"].as_str().expect("words").contains("expected"));
}
