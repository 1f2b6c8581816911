//! Faults over real connections.

use std::time::Duration;

use fanfare_checkout::sandbox::standins::{self, Config};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::bench::{APPROVED, PUBLIC, SECRET, card, payment};
use crate::fits::assert_fits;

/// Stand-ins behind a real port.
struct Street {
    base: String,
    client: Client,
}

impl Street {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let config = Config::at(port);
        let base = config.public_url.clone();
        tokio::spawn(standins::serve(listener, config, None));
        let client = Client::builder().no_proxy().build().expect("a client");
        Self { base, client }
    }

    async fn fault(&self, fault: Value) {
        let answer = self
            .post("/control/faults", "", &fault)
            .await
            .expect("an answer");
        assert_eq!(answer.status().as_u16(), 201, "{fault}");
    }

    async fn post(&self, path: &str, key: &str, body: &Value) -> reqwest::Result<Response> {
        let url = format!("{}{path}", self.base);
        let request = self
            .client
            .post(url)
            .header("authorization", key)
            .json(body);
        request.header("cko-idempotency-key", "one").send().await
    }

    /// The body of a payment with a fresh token.
    async fn body(&self) -> Value {
        let answer = self
            .post("/checkout-com/tokens", PUBLIC, &card(APPROVED))
            .await;
        let token: Value = answer.expect("an answer").json().await.expect("JSON");
        payment(token["token"].as_str().expect("a token"), json!({}))
    }

    async fn pay(&self, body: &Value) -> reqwest::Result<Response> {
        self.post("/checkout-com/payments", SECRET, body).await
    }

    async fn counters(&self) -> Value {
        let answer = self
            .client
            .get(format!("{}/control/counters", self.base))
            .send()
            .await;
        answer.expect("an answer").json().await.expect("JSON")
    }
}

async fn after_one(fault: &str) -> (Street, Value, reqwest::Result<Response>) {
    let street = Street::open().await;
    let body = street.body().await;
    street
        .fault(json!({"path": "/checkout-com/payments", "kind": fault}))
        .await;
    let answer = street.pay(&body).await;
    (street, body, answer)
}

/// The same key again: one charge in the end, whatever was lost on the way.
async fn settles(street: &Street, body: &Value) {
    let answer = street.pay(body).await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 201);
    assert_fits(
        "checkout-com/payment.201",
        &answer.json().await.expect("JSON"),
    );
    assert_eq!(street.counters().await["approved"], 1);
}

#[tokio::test]
async fn f09_dropped_before_the_work_nothing_is_charged() {
    let (street, body, answer) = after_one("drop-before").await;
    assert!(answer.is_err(), "the connection is gone, not answered");
    let counters = street.counters().await;
    assert_eq!(counters["payments"], 0);
    assert_eq!(
        counters["requests"]["POST /checkout-com/payments"], 1,
        "it did arrive"
    );
    settles(&street, &body).await;
}

#[tokio::test]
async fn f10_dropped_after_the_work_the_charge_stands() {
    let (street, body, answer) = after_one("drop-after").await;
    assert!(answer.is_err(), "the connection is gone, not answered");
    assert_eq!(street.counters().await["approved"], 1);
    settles(&street, &body).await;
}

#[tokio::test]
async fn f11_a_truncated_answer_has_a_head_and_half_a_body() {
    let (street, body, answer) = after_one("truncate").await;
    let answer = answer.expect("a head");
    assert_eq!(answer.status().as_u16(), 201);
    assert!(answer.text().await.is_err(), "the body ends too early");
    settles(&street, &body).await;
}

#[tokio::test]
async fn f12_hanging_never_answers() {
    for (kind, charged) in [("hang", 0), ("hang-after", 1)] {
        let street = Street::open().await;
        let body = street.body().await;
        street
            .fault(json!({"path": "/checkout-com/payments", "kind": kind}))
            .await;
        let waited = tokio::time::timeout(Duration::from_millis(300), street.pay(&body)).await;
        assert!(waited.is_err(), "{kind} answered");
        assert_eq!(street.counters().await["approved"], charged, "{kind}");
        settles(&street, &body).await;
    }
}

#[tokio::test]
async fn f15_f16_a_500_says_nothing_about_the_charge() {
    for (kind, charged) in [("500-before", 0), ("500-after", 1)] {
        let (street, body, answer) = after_one(kind).await;
        assert_eq!(answer.expect("an answer").status().as_u16(), 500, "{kind}");
        assert_eq!(street.counters().await["approved"], charged, "{kind}");
        settles(&street, &body).await;
    }
}

#[tokio::test]
async fn f17_a_proxy_answers_with_html() {
    let (street, body, answer) = after_one("html-after").await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status().as_u16(), 502);
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    settles(&street, &body).await;
}

#[tokio::test]
async fn f18_too_many_says_when_to_come_back() {
    let street = Street::open().await;
    let body = street.body().await;
    street.fault(json!({"path": "/checkout-com/payments", "kind": "429", "retryAfter": "abc", "times": 2})).await;
    for _ in 0..2 {
        let answer = street.pay(&body).await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 429);
        assert_eq!(answer.headers()["retry-after"], "abc");
    }
    settles(&street, &body).await;
}

#[tokio::test]
async fn f21_a_repeat_during_the_work_is_429_and_the_work_goes_on() {
    let street = Street::open().await;
    let body = street.body().await;
    street
        .fault(json!({"path": "/checkout-com/payments", "kind": "delay", "delayMs": 400}))
        .await;
    let (first, second) = tokio::join!(street.pay(&body), street.pay(&body));
    let mut statuses = [first, second].map(|answer| answer.expect("an answer").status().as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 429]);
    settles(&street, &body).await;
}

#[tokio::test]
async fn faults_wait_for_their_turn_method_and_path() {
    let street = Street::open().await;
    let fault = json!({"path": "/checkout-com/tokens", "kind": "500-before", "method": "post", "skip": 1, "times": 1});
    street.fault(fault).await;
    let token = || street.post("/checkout-com/tokens", PUBLIC, &CARD);
    static CARD: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| card(APPROVED));
    for status in [201, 500, 201] {
        assert_eq!(token().await.expect("an answer").status().as_u16(), status);
    }
    let wrong = street
        .post(
            "/control/faults",
            "",
            &json!({"path": "/x", "kind": "fire"}),
        )
        .await;
    let wrong = wrong.expect("an answer");
    assert_eq!(wrong.status().as_u16(), 400);
    assert!(
        wrong.text().await.expect("text").contains("drop-after"),
        "says what there is"
    );
}

#[tokio::test]
async fn t26_the_stand_ins_refuse_to_listen_beyond_loopback() {
    let listener = TcpListener::bind("0.0.0.0:0").await.expect("a port");
    let error = standins::serve(listener, Config::at(1), None)
        .await
        .expect_err("a refusal");
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
}
