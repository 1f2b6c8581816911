//! The calls that a shop and a widget make, each to whichever server has its turn.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::town::Town;

/// An answer that came whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Town {
    /// Sends once; `None` if no whole answer came back.
    pub(crate) async fn once(&self, request: RequestBuilder) -> Option<Answer> {
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let text = answer.text().await.ok()?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Some(Answer { status, body })
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.server()))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client
            .post(format!("{}{path}", self.server()))
            .json(body)
    }

    pub(crate) fn open(&self, body: &Value) -> RequestBuilder {
        self.post("/checkout", body).bearer_auth("sk_test_demo")
    }

    pub(crate) fn create(&self, order: &str, attempt: &str, token: &str) -> RequestBuilder {
        let body = json!({"payment_method_token": token, "order_id": order});
        self.post("/demo/v1/checkout/create_payment", &body)
            .header("idempotency-key", attempt)
    }

    pub(crate) fn resume(&self, order: &str, token: &str) -> RequestBuilder {
        let body = json!({"resume_token": token, "order_id": order});
        self.post("/demo/v1/checkout/resume_payment", &body)
    }

    pub(crate) fn order(&self, order: &str) -> RequestBuilder {
        self.get(&format!("/orders/{order}"))
            .bearer_auth("sk_test_demo")
    }

    /// A single-use token for a card, from the stand-in.
    pub(crate) async fn token(&self, number: &str) -> String {
        let card = json!({"type": "card", "number": number, "expiry_month": 6, "expiry_year": 2099, "cvv": "100"});
        let request = self
            .client
            .post(format!("{}/checkout-com/tokens", self.standins))
            .header("authorization", "pk_test_demo")
            .json(&card);
        let answer = self.once(request).await.unwrap();
        answer.body["token"].as_str().unwrap().into()
    }

    /// Presses a button on the bank's page and gives the path the shopper is sent back to.
    pub(crate) async fn bank(&self, redirect: &str, press: &str) -> Option<String> {
        let rest = redirect.strip_prefix("http://bank.localhost:").unwrap();
        let (port, path) = rest.split_once('/').unwrap();
        let answer = self
            .client
            .post(format!("http://127.0.0.1:{port}/{path}"))
            .header("host", format!("bank.localhost:{port}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("answer={press}&password=Checkout1!"))
            .send()
            .await
            .unwrap();
        let location = answer.headers().get("location")?.to_str().ok()?;
        let after = location.split_once("://")?.1;
        Some(after[after.find('/')?..].to_owned())
    }
}
