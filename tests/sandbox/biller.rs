//! A merchant's server at Flexprice: makes payments against invoices, asks for them, and sends
//! its shopper to the page behind a link.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use serde_json::{Value, json};

use crate::{
    bench::{API, Answer, Bench},
    fits::assert_fits,
};

pub(crate) const KEY: &str = "sk_flexprice_demo";
pub(crate) const PAYMENTS: &str = "/flexprice/v1/payments";
/// A customer with a saved card and a wallet, and what they owe: 35 EUR.
pub(crate) const INVOICE: &str = "inv_demo";

pub(crate) fn at(id: &str) -> String {
    format!("{PAYMENTS}/{id}")
}

/// The body of a payment, processed at once; `with` overrides its fields, null leaves one out.
pub(crate) fn bill(with: Value) -> Value {
    let mut body = json!({
        "amount": "35.00",
        "currency": "EUR",
        "destination_id": INVOICE,
        "destination_type": "INVOICE",
        "idempotency_key": "attempt-1",
        "metadata": {"order": "ORD-1"},
        "payment_method_type": "CARD",
        "process_payment": true,
    });
    let fields = body.as_object_mut().expect("an object");
    for (key, value) in with.as_object().expect("an object") {
        fields.insert(key.clone(), value.clone());
    }
    fields.retain(|_, value| !value.is_null());
    body
}

/// A payment link by Stripe with both ways back.
pub(crate) fn link(with: Value) -> Value {
    let mut body = bill(json!({
        "payment_method_type": "PAYMENT_LINK",
        "payment_gateway": "stripe",
        "success_url": "http://127.0.0.1:4806/paid?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:4806/cart",
    }));
    for (key, value) in with.as_object().expect("an object") {
        body[key] = value.clone();
    }
    assert_fits("flexprice/payment.request", &body);
    body
}

pub(crate) fn text<'a>(body: &'a Value, key: &str) -> &'a str {
    body[key]
        .as_str()
        .unwrap_or_else(|| panic!("no {key} in {body}"))
}

impl Bench {
    /// A call with these headers.
    pub(crate) async fn flex_as(
        &self,
        headers: &[(&str, &str)],
        method: Method,
        path: &str,
        body: &str,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, API)
            .header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned()));
        self.send(request.expect("a request")).await
    }

    /// A call with the key.
    pub(crate) async fn flex(&self, method: Method, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.flex_as(&[("x-api-key", KEY)], method, path, &body)
            .await
    }

    pub(crate) async fn bill(&self, body: &Value) -> Answer {
        self.flex(Method::POST, PAYMENTS, body).await
    }

    /// A payment that is made.
    pub(crate) async fn billed(&self, body: &Value) -> Value {
        self.bill(body).await.fits(201, "flexprice/payment")
    }

    /// A payment that is refused, and whether it is on the books.
    pub(crate) async fn unbilled(&self, body: &Value, code: &str) -> Value {
        let answer = self.bill(body).await;
        answer.refused_as(400, code)
    }

    pub(crate) async fn bill_of(&self, id: &str) -> Value {
        let answer = self.flex(Method::GET, &at(id), &Value::Null).await;
        answer.fits(200, "flexprice/payment")
    }

    /// `POST /payments/{id}/process`.
    pub(crate) async fn process(&self, id: &str) -> Answer {
        let path = format!("{PAYMENTS}/{id}/process");
        self.flex(Method::POST, &path, &Value::Null).await
    }

    pub(crate) async fn put(&self, id: &str, change: &Value) -> Answer {
        assert_fits("flexprice/update.request", change);
        self.flex(Method::PUT, &at(id), change).await
    }

    pub(crate) async fn bills(&self, query: &str) -> Value {
        let path = format!("{PAYMENTS}?{query}");
        let answer = self.flex(Method::GET, &path, &Value::Null).await;
        answer.fits(200, "flexprice/payments.200")
    }

    pub(crate) async fn flex_order(&self, body: Value) -> Value {
        let answer = self.post("/control/flexprice", "", &body).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
        answer.json()
    }

    /// The counters of Flexprice.
    pub(crate) async fn taken(&self) -> Value {
        self.get("/control/counters", "").await.json()["flexprice"].clone()
    }

    /// The invoice as `/control/flexprice` shows it.
    pub(crate) async fn owed(&self, id: &str) -> Value {
        let shown = self.get("/control/flexprice", "").await.json();
        let invoices = shown["invoices"].as_array().expect("a list").clone();
        let found = invoices.into_iter().find(|one| one["id"] == id);
        found.unwrap_or_else(|| panic!("no invoice {id}"))
    }

    /// Presses a button on the page behind a link.
    pub(crate) async fn at_link(&self, payment: &Value, button: &str) -> Answer {
        let url = text(payment, "payment_url");
        self.bank(url, &format!("answer={button}")).await
    }
}

impl Answer {
    /// The body of an error of today's shape.
    pub(crate) fn refused_as(&self, status: u16, code: &str) -> Value {
        let body = self.fits(status, "flexprice/error");
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["http_status_code"], status, "{body}");
        body
    }
}
