//! Commerce Layer over real connections: what a lost request leaves behind.

use fanfare_checkout::sandbox::standins::{self, Config};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    bench::{APPROVED, PUBLIC, card},
    layer::{BACK, MEDIA, source},
    till::text,
};

/// Stand-ins behind a real port, and a sales channel's token.
struct Wire {
    base: String,
    client: Client,
    token: String,
}

impl Wire {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let config = Config::at(listener.local_addr().expect("an address").port());
        let base = config.public_url.clone();
        tokio::spawn(standins::serve(listener, config, None));
        let client = Client::builder().no_proxy().build().expect("a client");
        let mut wire = Self {
            base,
            client,
            token: String::new(),
        };
        let body = json!({"grant_type": "client_credentials", "client_id": "demo_sales_channel"});
        let answer = wire.post("/commerce-layer/oauth/token", &body).await;
        wire.token = text(&answer, "access_token");
        wire
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.base)).json(body);
        let request = request.header("authorization", PUBLIC);
        let answer = request.send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }

    async fn api(&self, method: Method, path: &str, body: &Value) -> reqwest::Result<Value> {
        let url = format!("{}/commerce-layer/api/{path}", self.base);
        let mut request = self.client.request(method.clone(), url);
        request = request.header("accept", MEDIA).bearer_auth(&self.token);
        if method != Method::GET {
            request = request.header("content-type", MEDIA).body(body.to_string());
        }
        request.send().await?.json().await
    }

    /// The body of a source with a fresh token for this order.
    async fn ready(&self, order: &str) -> Value {
        let made = self.post("/checkout-com/tokens", &card(APPROVED)).await;
        let attributes =
            json!({"token": text(&made, "token"), "success_url": BACK, "failure_url": BACK});
        source(&attributes, order)
    }

    async fn fault(&self, path: &str, kind: &str, only: &str) {
        let body =
            json!({"path": format!("/commerce-layer/api/{path}"), "kind": kind, "match": only});
        self.post("/control/faults", &body).await;
    }

    async fn counters(&self) -> Value {
        let url = format!("{}/control/counters", self.base);
        let answer = self.client.get(url).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }
}

fn pull(kind: &str, id: &str, trigger: &str) -> Value {
    json!({"data": {"type": kind, "id": id, "attributes": {trigger: true}}})
}

#[tokio::test]
async fn f10_a_lost_answer_leaves_a_source_a_charge_or_a_placed_order_behind() {
    let wire = Wire::open().await;
    let body = wire.ready("DemoShirtA").await;
    let path = "checkout_com_payments";
    wire.fault(path, "drop-after", "DemoShirtA").await;
    assert!(wire.api(Method::POST, path, &body).await.is_err());
    assert_eq!(wire.counters().await["commerceLayer"]["sources"], 1);
    // Whoever asks finds the source on its order.
    let found = wire
        .api(
            Method::GET,
            "orders/DemoShirtA/payment_source",
            &Value::Null,
        )
        .await
        .expect("an answer");
    let id = text(&found["data"], "id");
    let own = format!("{path}/{id}");
    // The rule names the order, the address its source.
    wire.fault(path, "drop-after", "DEMO-SHIRT").await;
    let authorize = pull(path, &id, "_authorize");
    assert!(wire.api(Method::PATCH, &own, &authorize).await.is_err());
    let counters = wire.counters().await;
    assert_eq!(counters["commerceLayer"]["net"]["byOrder"]["DEMO-SHIRT"], 1);
    assert_eq!(counters["charges"]["byReference"]["DEMO-SHIRT"], 1);
    // The token is used up: a repeat is refused and charges nothing.
    let again = wire
        .api(Method::PATCH, &own, &authorize)
        .await
        .expect("an answer");
    assert_eq!(
        again["errors"][0]["source"]["pointer"],
        "/data/attributes/token"
    );
    let found = wire
        .api(Method::GET, &own, &Value::Null)
        .await
        .expect("an answer");
    assert_eq!(
        found["data"]["attributes"]["payment_response"]["status"],
        "Authorized"
    );
    wire.fault("orders/DemoShirtA", "502-after", "DEMO-SHIRT")
        .await;
    let place = pull("orders", "DemoShirtA", "_place");
    assert!(
        wire.api(Method::PATCH, "orders/DemoShirtA", &place)
            .await
            .is_err()
    );
    let counters = wire.counters().await;
    assert_eq!(counters["commerceLayer"]["standing"], 1);
    assert_eq!(
        counters["commerceLayer"]["placed"],
        json!(["DEMO-SHIRT", "DEMO-PLACED"])
    );
    let requests = &counters["requests"];
    assert_eq!(
        requests["PATCH /commerce-layer/api/checkout_com_payments/{id}"],
        2
    );
    assert_eq!(requests["PATCH /commerce-layer/api/orders/{id}"], 1);
}

#[tokio::test]
async fn f09_a_request_that_never_arrived_changes_nothing() {
    let wire = Wire::open().await;
    let body = wire.ready("DemoShirtA").await;
    wire.fault("checkout_com_payments", "drop-before", "DemoShirtA")
        .await;
    let path = "checkout_com_payments";
    assert!(wire.api(Method::POST, path, &body).await.is_err());
    assert_eq!(wire.counters().await["commerceLayer"]["sources"], 0);
    // A fault for one order leaves the others alone.
    wire.fault("checkout_com_payments", "500-before", "DemoLampAA")
        .await;
    let made = wire
        .api(Method::POST, path, &body)
        .await
        .expect("an answer");
    assert_eq!(made["data"]["type"], "checkout_com_payments");
    let body = wire.ready("DemoLampAA").await;
    assert!(wire.api(Method::POST, path, &body).await.is_err());
    assert_eq!(wire.counters().await["commerceLayer"]["sources"], 1);
}
