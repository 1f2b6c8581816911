//! A checkout at Commerce Layer: gets tokens, reads orders, makes payment sources, places.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use serde_json::{Value, json};

use crate::{
    bench::{API, Answer, Bench},
    fits::assert_fits,
    till::text,
};

pub(crate) const MEDIA: &str = "application/vnd.api+json";
pub(crate) const SECRET: &str = "demo_integration_secret";
pub(crate) const BACK: &str = "http://localhost:4805/c/cs_1/return?attempt=1";

/// Who asks: an access token and the year it speaks.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) token: String,
    pub(crate) year: &'static str,
}

impl Bench {
    pub(crate) async fn credentials(&self, body: &Value) -> Answer {
        self.post("/commerce-layer/oauth/token", "", body).await
    }

    /// A sales channel that speaks the form of this year.
    pub(crate) async fn channel(&self, year: &'static str) -> Caller {
        let body = json!({"grant_type": "client_credentials",
            "client_id": format!("demo_sales_channel_{year}"), "scope": "market:1234"});
        self.caller(&body, year).await
    }

    pub(crate) async fn integration(&self, year: &'static str) -> Caller {
        let body = json!({"grant_type": "client_credentials",
            "client_id": format!("demo_integration_{year}"), "client_secret": SECRET});
        self.caller(&body, year).await
    }

    async fn caller(&self, body: &Value, year: &'static str) -> Caller {
        assert_fits("commerce-layer/token.request", body);
        let answer = self.credentials(body).await;
        let answer = answer.fits(200, "commerce-layer/token.200");
        Caller {
            token: text(&answer, "access_token"),
            year,
        }
    }

    pub(crate) async fn layer(
        &self,
        caller: &Caller,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/commerce-layer/api/{path}"))
            .header(header::HOST, API)
            .header(header::ACCEPT, MEDIA)
            .header(header::AUTHORIZATION, format!("Bearer {}", caller.token));
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, MEDIA);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let answer = self.send(request.body(body).expect("a request")).await;
        assert_eq!(answer.headers[header::CONTENT_TYPE], MEDIA, "{answer:?}");
        answer
    }

    pub(crate) async fn look_up(&self, caller: &Caller, path: &str) -> Answer {
        self.layer(caller, Method::GET, path, None).await
    }

    /// An order of 3500 EUR, and what `changes` says; its id.
    pub(crate) async fn ordered(&self, changes: Value) -> String {
        let mut order = json!({"amount": 3500, "currency": "EUR", "email": "jane@shop.example"});
        for (key, value) in changes.as_object().expect("an object") {
            order[key] = value.clone();
        }
        let answer = self.commerce(json!({"order": order})).await;
        text(&answer["order"], "id")
    }

    /// What `/control/commerce-layer` answers.
    pub(crate) async fn commerce(&self, body: Value) -> Value {
        let answer = self.post("/control/commerce-layer", "", &body).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
        answer.json()
    }

    /// The order's attributes.
    pub(crate) async fn order_of(&self, caller: &Caller, id: &str) -> Value {
        let answer = self.look_up(caller, &format!("orders/{id}")).await;
        let year = if caller.year == "2026" {
            "2026"
        } else {
            "2022"
        };
        let body = answer.fits(200, &format!("commerce-layer/order.{year}"));
        body["data"]["attributes"].clone()
    }

    /// `POST /checkout_com_payments` in the caller's form.
    pub(crate) async fn attach(&self, caller: &Caller, order: &str, token: &str) -> Answer {
        let attributes = match caller.year {
            "2026" => json!({"token": token, "success_url": BACK, "failure_url": BACK}),
            _ => json!({"payment_type": "token", "token": token}),
        };
        let body = source(&attributes, order);
        assert_fits(
            &format!("commerce-layer/payment.{}.request", caller.year),
            &body,
        );
        self.layer(caller, Method::POST, "checkout_com_payments", Some(&body))
            .await
    }

    /// A payment source with a fresh token of this card; its id.
    pub(crate) async fn attached(&self, caller: &Caller, order: &str, card: &str) -> String {
        let token = self.token(card).await;
        let answer = self.attach(caller, order, &token).await;
        let body = answer.fits(201, &format!("commerce-layer/payment.{}", caller.year));
        text(&body["data"], "id")
    }

    pub(crate) async fn patch(&self, caller: &Caller, path: &str, attributes: Value) -> Answer {
        let (kind, id) = path.split_once('/').expect("a type and an id");
        let body = json!({"data": {"type": kind, "id": id, "attributes": attributes}});
        let contract = match kind {
            "orders" => "order",
            "authorizations" => "authorization",
            "captures" => "capture",
            _ if caller.year == "2026" => "payment.2026",
            _ => "payment.2021",
        };
        assert_fits(&format!("commerce-layer/{contract}.update.request"), &body);
        self.layer(caller, Method::PATCH, path, Some(&body)).await
    }

    /// Changes a payment source; its attributes.
    pub(crate) async fn update(&self, caller: &Caller, id: &str, attributes: Value) -> Value {
        let path = format!("checkout_com_payments/{id}");
        let answer = self.patch(caller, &path, attributes).await;
        let body = answer.fits(200, &format!("commerce-layer/payment.{}", caller.year));
        body["data"]["attributes"].clone()
    }

    pub(crate) async fn place(&self, caller: &Caller, order: &str) -> Answer {
        self.patch(caller, &format!("orders/{order}"), json!({"_place": true}))
            .await
    }

    /// A source of this card on a new order, authorised: the order's id and the source's, and
    /// the attributes of the source.
    pub(crate) async fn authorized(&self, caller: &Caller, card: &str) -> (String, String, Value) {
        let order = self.ordered(json!({})).await;
        let source = self.attached(caller, &order, card).await;
        let shown = self
            .update(caller, &source, json!({"_authorize": true}))
            .await;
        (order, source, shown)
    }

    /// The shopper's browser comes back from the bank; the session that it brings along.
    pub(crate) async fn back_from_bank(&self, source: &Value, form: &str) -> String {
        let page = self.bank(&text(source, "redirect_uri"), form).await;
        let address = page.location();
        let (_, session) = address.split_once("cko-session-id=").expect("a session");
        session.to_owned()
    }

    /// The counters of Commerce Layer.
    pub(crate) async fn layer_counted(&self) -> Value {
        self.get("/control/counters", "").await.json()["commerceLayer"].clone()
    }
}

impl Answer {
    /// The code of the first error and where it points, after all were found to fit.
    pub(crate) fn refusal(&self, status: u16) -> (String, String) {
        let body = self.fits(status, "commerce-layer/error");
        let first = &body["errors"][0];
        assert_eq!(first["status"], status.to_string(), "{body}");
        let pointer = first["source"]["pointer"].as_str().unwrap_or_default();
        (text(first, "code"), pointer.to_owned())
    }
}

/// The body of a new payment source.
pub(crate) fn source(attributes: &Value, order: &str) -> Value {
    json!({"data": {
        "type": "checkout_com_payments",
        "attributes": attributes,
        "relationships": {"order": {"data": {"type": "orders", "id": order}}},
    }})
}
