//! Calls the stand-ins through their router and holds the answers against the contracts.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use fanfare_checkout::sandbox::standins::{self, Config};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::fits::assert_fits;

pub(crate) const PUBLIC: &str = "pk_test_demo";
pub(crate) const SECRET: &str = "sk_test_demo";
pub(crate) const API: &str = "127.0.0.1:4807";
pub(crate) const BANK: &str = "bank.localhost:4807";
pub(crate) const APPROVED: &str = "4242424242424242";
pub(crate) const CHALLENGED: &str = "4000000000003220";

/// Stand-ins with empty books.
pub(crate) struct Bench(Router);

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("no JSON ({e}): {}", self.text))
    }

    /// The body, after it was found to fit the contract and the status.
    pub(crate) fn fits(&self, status: u16, contract: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        let body = self.json();
        assert_fits(contract, &body);
        body
    }

    /// The error codes of a 422.
    pub(crate) fn codes(&self) -> Vec<String> {
        let body = self.fits(422, "checkout-com/error.422");
        serde_json::from_value(body["error_codes"].clone()).expect("a list of codes")
    }

    pub(crate) fn location(&self) -> String {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        let location = self.headers[header::LOCATION].to_str();
        location.expect("an address").to_owned()
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self(standins::app(Config::at(4807)))
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.0.clone().oneshot(request).await.expect("an answer");
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        Answer {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8(bytes.to_vec()).expect("text"),
        }
    }

    pub(crate) async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.post_once(path, key, "", body).await
    }

    /// With a `Cko-Idempotency-Key`, unless it is empty.
    pub(crate) async fn post_once(
        &self,
        path: &str,
        key: &str,
        once: &str,
        body: &Value,
    ) -> Answer {
        let mut request = Request::post(path)
            .header(header::HOST, API)
            .header(header::AUTHORIZATION, key)
            .header(header::CONTENT_TYPE, "application/json");
        if !once.is_empty() {
            request = request.header("cko-idempotency-key", once);
        }
        self.send(
            request
                .body(Body::from(body.to_string()))
                .expect("a request"),
        )
        .await
    }

    pub(crate) async fn get(&self, path: &str, key: &str) -> Answer {
        let request = Request::get(path)
            .header(header::HOST, API)
            .header(header::AUTHORIZATION, key);
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    /// Presses a button on the bank's page.
    pub(crate) async fn bank(&self, url: &str, form: &str) -> Answer {
        let path = url
            .strip_prefix("http://bank.localhost:4807")
            .expect("the bank's address");
        let request = Request::post(path)
            .header(header::HOST, BANK)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(
            request
                .body(Body::from(form.to_owned()))
                .expect("a request"),
        )
        .await
    }

    pub(crate) async fn advance(&self, seconds: i64) {
        let answer = self
            .post("/control/clock", "", &json!({"advance": seconds}))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }

    /// A fresh token of the previous platform.
    pub(crate) async fn token(&self, number: &str) -> String {
        let answer = self
            .post("/checkout-com/tokens", PUBLIC, &card(number))
            .await;
        let body = answer.fits(201, "checkout-com/token.201");
        body["token"].as_str().expect("a token").to_owned()
    }

    /// Pays with a fresh token and what `with` changes.
    pub(crate) async fn pay(&self, number: &str, with: Value) -> Answer {
        let body = payment(&self.token(number).await, with);
        self.post("/checkout-com/payments", SECRET, &body).await
    }

    pub(crate) async fn payment(&self, id: &str) -> Value {
        let answer = self
            .get(&format!("/checkout-com/payments/{id}"), SECRET)
            .await;
        answer.fits(200, "checkout-com/payment.200")
    }

    pub(crate) async fn actions(&self, id: &str) -> Value {
        let path = format!("/checkout-com/payments/{id}/actions");
        self.get(&path, SECRET)
            .await
            .fits(200, "checkout-com/actions.200")
    }
}

/// The body of a token request.
pub(crate) fn card(number: &str) -> Value {
    let body = json!({"type": "card", "number": number, "expiry_month": 6, "expiry_year": 2099, "cvv": "100"});
    assert_fits("checkout-com/token.request", &body);
    body
}

/// The body of a payment request; `with` overrides its fields.
pub(crate) fn payment(token: &str, with: Value) -> Value {
    let mut body = json!({
        "source": {"type": "token", "token": token},
        "amount": 3500,
        "currency": "EUR",
        "reference": "attempt-1",
        "3ds": {"enabled": true},
        "success_url": "http://localhost:4805/c/cs_1/return?attempt=1",
        "failure_url": "http://localhost:4805/c/cs_1/return?attempt=1",
        "metadata": {"order": "ORD-1"},
    });
    for (key, value) in with.as_object().expect("an object") {
        body[key] = value.clone();
    }
    body
}

/// The id of an answer.
pub(crate) fn id(body: &Value) -> String {
    body["id"].as_str().expect("an id").to_owned()
}
