//! A browser at FunnelFox and Primer: opens sessions, tokenises cards, pays, answers the bank.

use axum::{
    body::Body,
    http::{Request, header},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    bench::{API, Answer, Bench},
    fits::assert_fits,
};

pub(crate) const GOOD: &str = "4111111111111111";
pub(crate) const BAD: &str = "4000000000000002";
pub(crate) const BROKEN: &str = "4000000000000010";
pub(crate) const ASKS: &str = "4916994064252017";
pub(crate) const REDIRECTS: &str = "5306889942833340";

pub(crate) const APPROVE: &str = "answer=approve&password=Checkout1%21";

/// A checkout of one customer.
#[derive(Clone, Debug)]
pub(crate) struct Checkout {
    pub(crate) jwt: String,
    pub(crate) order: String,
}

/// What a client token says, after it was found to fit the contract.
pub(crate) fn payload(jwt: &str) -> Value {
    let parts: Vec<&str> = jwt.split('.').collect();
    assert_eq!(parts.len(), 3, "{jwt}");
    assert!(!jwt.contains('='), "unpadded: {jwt}");
    let payload = URL_SAFE_NO_PAD.decode(parts[1]).expect("base64url");
    let payload = serde_json::from_slice(&payload).expect("JSON");
    assert_fits("primer/client-token", &payload);
    payload
}

/// A field as text.
pub(crate) fn text(value: &Value, key: &str) -> String {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("no {key} in {value}"))
        .to_owned()
}

pub(crate) fn session(changes: &Value) -> Value {
    let mut body = json!({
        "region": "default",
        "integration_type": "primer",
        "pp_ident": "price_shirt",
        "external_id": "user_456",
        "email_address": "user@example.com",
        "client_metadata": {"attempt": "att_1"},
    });
    assert_fits("funnelfox/create_client_session.request", &body);
    for (key, value) in changes.as_object().expect("an object") {
        body[key] = value.clone();
    }
    body
}

pub(crate) fn card(number: &str) -> Value {
    let body = json!({"paymentInstrument": {"number": number, "cvv": "123",
        "expirationMonth": "03", "expirationYear": "2099", "cardholderName": "Jane Doe"}});
    assert_fits("primer/payment-instruments.request", &body);
    body
}

/// The address without the host.
pub(crate) fn path(url: &str) -> &str {
    url.strip_prefix("http://127.0.0.1:4807")
        .unwrap_or_else(|| panic!("another host: {url}"))
}

impl Bench {
    /// A call of the organisation `demo`, as FunnelFox's own client sends it.
    pub(crate) async fn fox(&self, call: &str, body: &Value) -> Answer {
        self.fox_of("demo", call, body).await
    }

    pub(crate) async fn fox_of(&self, org: &str, call: &str, body: &Value) -> Answer {
        let request = Request::post(format!("/funnelfox/{org}/v1/checkout/{call}"))
            .header(header::HOST, API)
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-sdk-version", "0.5.2")
            .body(Body::from(body.to_string()));
        self.send(request.expect("a request")).await
    }

    pub(crate) async fn open(&self, changes: Value) -> Checkout {
        let answer = self.fox("create_client_session", &session(&changes)).await;
        let data = answer.data();
        assert_fits("funnelfox/session.200", &data);
        Checkout {
            jwt: text(&data, "client_token"),
            order: text(&data, "order_id"),
        }
    }

    /// `POST {pciUrl}/payment-instruments` with these headers.
    pub(crate) async fn tokenise(&self, access: &str, version: &str, body: &Value) -> Answer {
        let mut request = Request::post("/primer/pci/payment-instruments")
            .header(header::HOST, API)
            .header(header::CONTENT_TYPE, "application/json")
            .header("primer-client-token", access);
        if !version.is_empty() {
            request = request.header("x-api-version", version);
        }
        let request = request.body(Body::from(body.to_string()));
        self.send(request.expect("a request")).await
    }

    /// A card token of this checkout.
    pub(crate) async fn instrument(&self, checkout: &Checkout, number: &str) -> String {
        let access = text(&payload(&checkout.jwt), "accessToken");
        let answer = self.tokenise(&access, "2.4", &card(number)).await;
        let body = answer.fits(200, "primer/payment-instruments.200");
        text(&body, "token")
    }

    pub(crate) async fn charge(&self, token: &str, order: &str) -> Answer {
        let body = json!({"payment_method_token": token, "order_id": order, "client_metadata": {}});
        assert_fits("funnelfox/create_payment.request", &body);
        self.fox("create_payment", &body).await
    }

    /// A fresh token, charged.
    pub(crate) async fn buy(&self, checkout: &Checkout, number: &str) -> Answer {
        let token = self.instrument(checkout, number).await;
        self.charge(&token, &checkout.order).await
    }

    pub(crate) async fn resume(&self, token: &str, order: &str) -> Answer {
        let body = json!({"resume_token": token, "order_id": order});
        assert_fits("funnelfox/resume_payment.request", &body);
        self.fox("resume_payment", &body).await
    }

    /// `GET` with an access token.
    pub(crate) async fn look(&self, url: &str, access: &str) -> Answer {
        let request = Request::get(path(url))
            .header(header::HOST, API)
            .header("primer-client-token", access)
            .body(Body::empty());
        self.send(request.expect("a request")).await
    }

    /// The status of the action behind a client token.
    pub(crate) async fn status(&self, action: &str) -> Value {
        let token = payload(action);
        let (url, access) = (text(&token, "statusUrl"), text(&token, "accessToken"));
        self.look(&url, &access)
            .await
            .fits(200, "primer/status.200")
    }

    /// Answers the bank's question behind a client token; then the status shows the resume token.
    pub(crate) async fn at_bank(&self, action: &str, form: &str) -> String {
        let page = self
            .bank(&text(&payload(action), "redirectUrl"), form)
            .await;
        assert_eq!(page.status.as_u16(), 200, "{}", page.text);
        assert!(page.text.contains("you can close this page"));
        let status = self.status(action).await;
        assert_eq!(status["status"], "COMPLETE");
        text(&status, "id")
    }

    pub(crate) async fn order(&self, body: Value) -> Value {
        let answer = self.post("/control/funnelfox", "", &body).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
        answer.json()
    }

    /// The counters of FunnelFox.
    pub(crate) async fn counted(&self) -> Value {
        self.get("/control/counters", "").await.json()["funnelfox"].clone()
    }
}

impl Answer {
    /// What is in the envelope of a success, which has the published keys and no others.
    pub(crate) fn data(&self) -> Value {
        assert_eq!(self.status.as_u16(), 200, "{}", self.text);
        let body = self.json();
        assert_eq!(body["status"], "success", "{body}");
        assert!(!text(&body, "req_id").is_empty());
        assert_eq!(body.as_object().expect("an object").len(), 3, "{body}");
        body["data"].clone()
    }

    /// The four keys of a payment: its status, and the whole.
    pub(crate) fn paid(&self) -> (String, Value) {
        assert_fits("funnelfox/envelope.200", &self.json());
        let data = self.data();
        assert_fits("funnelfox/payment.200", &data);
        assert_eq!(data.as_object().expect("an object").len(), 4, "{data}");
        (text(&data, "checkout_status"), data)
    }

    /// The client token that a payment asks to go on with.
    pub(crate) fn action(&self) -> (String, String) {
        let (status, data) = self.paid();
        assert_eq!(status, "processing");
        (
            text(&data, "action_required_token"),
            text(&data, "order_id"),
        )
    }

    /// The code of an error envelope, which comes with HTTP 200.
    pub(crate) fn refused(&self) -> String {
        let body = self.fits(200, "funnelfox/error.200");
        assert_eq!(body["error"][0]["type"], "api_exception");
        text(&body["error"][0], "code")
    }
}
