//! A shop whose orders are charged by FunnelFox: our server in front of the stand-ins for
//! FunnelFox, Primer and the bank, with FunnelFox's webhooks on their way to our server.

use std::time::Duration;

use fanfare_checkout::{
    sandbox::standins::{self, Config},
    server::Settings,
};
use serde_json::{Value, json};

use super::shop::{Checkout, Got, World, body, claim, payload};

pub(crate) const GOOD: &str = "4111111111111111";
pub(crate) const BAD: &str = "4000000000000002";
pub(crate) const ASKS: &str = "4916994064252017";

pub(crate) const APPROVE: &str = "answer=approve&password=Checkout1%21";
pub(crate) const KEY: &str = "demo-fox-webhook-key-0001";

pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) stand_ins: String,
}

/// A claim for a shirt of 35 euros.
pub(crate) fn fox_claim(reference: &str) -> Value {
    let mut claim = claim(reference, 3500);
    claim["gateway"] = json!("funnelfox");
    claim["order"]["price"] = json!("price_shirt");
    claim["order"]["customer"] = json!({"id": format!("c-{reference}"), "email": "a@b.co"});
    claim
}

impl Town {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let stand_ins = format!("http://127.0.0.1:{port}");
        let world = World::with(|settings| {
            let own = settings.organisations[0].funnelfox.as_mut().unwrap();
            own.base_url = format!("{stand_ins}/funnelfox");
            own.primer_origins = vec![stand_ins.clone()];
            settings.organisations[1].funnelfox = None;
            settings.gateway_deadline = Duration::from_secs(3);
            change(settings);
        })
        .await;
        let mut config = Config::at(port);
        config.webhooks = None;
        config.funnelfox_webhooks = Some(format!("{}/webhooks/funnelfox?key={KEY}", world.base));
        tokio::spawn(standins::serve(listener, config, None));
        Self { world, stand_ins }
    }

    /// `/control/…` of the stand-ins.
    pub(crate) async fn control(&self, what: &str, body: &Value) -> Value {
        let url = format!("{}/control/{what}", self.stand_ins);
        let got = self
            .world
            .send(self.world.client.post(url).json(body))
            .await;
        assert!(got.status.is_success(), "{what} {body}: {:?}", got.body);
        got.body
    }

    pub(crate) async fn funnelfox(&self) -> Value {
        let url = format!("{}/control/funnelfox", self.stand_ins);
        self.world.send(self.world.client.get(url)).await.body
    }

    /// How often FunnelFox took money.
    pub(crate) async fn charged(&self) -> i64 {
        let counted = &self.funnelfox().await["counters"]["charged"];
        counted.as_i64().unwrap_or_else(|| panic!("{counted}"))
    }

    /// How often FunnelFox was sent such a call.
    pub(crate) async fn calls(&self, call: &str) -> usize {
        let payments = self.funnelfox().await["payments"].clone();
        assert_eq!(call, "create_payment");
        payments.as_array().unwrap().len()
    }

    /// Webhooks wait, or go.
    pub(crate) async fn hold(&self, hold: bool) {
        self.control("funnelfox", &json!({ "hold": hold })).await;
    }

    /// The next call of this path fails so.
    pub(crate) async fn fault(&self, call: &str, kind: &str) {
        let path = format!("/funnelfox/demo/v1/checkout/{call}");
        self.control("faults", &json!({"path": path, "kind": kind}))
            .await;
    }

    pub(crate) async fn open(&self, reference: &str) -> Checkout {
        let got = self.world.post_checkout(&body(&fox_claim(reference))).await;
        assert_eq!(got.status, 200, "{:?}", got.body);
        World::opened(got.body)
    }

    /// The card's token, as the widget gets it.
    pub(crate) async fn token(&self, session: &str, number: &str) -> String {
        let tokenizer = self.world.state(session).await["tokenizer"].clone();
        assert_eq!(tokenizer["kind"], "primer", "{tokenizer}");
        let card = json!({"paymentInstrument": {"number": number, "cvv": "123",
            "expirationMonth": "03", "expirationYear": "2099", "cardholderName": "Jane Doe"}});
        let request = self
            .world
            .client
            .post(tokenizer["url"].as_str().unwrap())
            .header(
                "primer-client-token",
                tokenizer["accessToken"].as_str().unwrap(),
            )
            .header("x-api-version", "2.4")
            .json(&card);
        let got = self.world.send(request).await;
        got.body["token"]
            .as_str()
            .unwrap_or_else(|| panic!("{:?}", got.body))
            .to_owned()
    }

    /// Pays with a fresh token under the attempt that the state hands out.
    pub(crate) async fn pay(&self, checkout: &Checkout, number: &str) -> Got {
        let token = self.token(&checkout.session, number).await;
        let attempt = self.world.attempt(&checkout.session).await;
        self.world.pay(&checkout.order, &attempt, &token).await
    }

    /// Answers the bank's question behind an action token; the resume token that Primer shows.
    pub(crate) async fn at_bank(&self, action: &str, form: &str) -> String {
        let token = payload(action);
        let redirect = token["redirectUrl"].as_str().unwrap();
        let (_, path) = redirect.split_once("/3ds/").unwrap();
        let port = self.stand_ins.rsplit(':').next().unwrap();
        let request = self
            .world
            .client
            .post(format!("{}/3ds/{path}", self.stand_ins))
            .header("host", format!("bank.localhost:{port}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        let got = self.world.send(request).await;
        assert!(got.status.is_success(), "{:?}", got.body);
        let request = self
            .world
            .client
            .get(token["statusUrl"].as_str().unwrap())
            .header(
                "primer-client-token",
                token["accessToken"].as_str().unwrap(),
            );
        let status = self.world.send(request).await.body;
        assert_eq!(status["status"], "COMPLETE", "{status}");
        status["id"].as_str().unwrap().to_owned()
    }

    /// Posts what FunnelFox would.
    pub(crate) async fn report(&self, query: &str, body: &Value) -> Got {
        let url = format!("{}/webhooks/funnelfox{query}", self.world.base);
        self.world
            .send(self.world.client.post(url).json(body))
            .await
    }

    /// The order there that the stand-in knows last.
    pub(crate) async fn last_order(&self) -> String {
        let payments = self.funnelfox().await["payments"].clone();
        let last = payments.as_array().unwrap().last().unwrap().clone();
        last["order"].as_str().unwrap().to_owned()
    }

    /// The calls in an order's history.
    pub(crate) async fn calls_told(&self, order: &str) -> Vec<String> {
        let order = self.world.order(order).await;
        order["history"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|line| line["what"] == "gateway called")
            .filter_map(|line| line["call"].as_str().map(str::to_owned))
            .collect()
    }
}

/// A report in the published shape.
pub(crate) fn letter(subtype: &str, order: &str, amount: i64) -> Value {
    json!({
        "event_type": "order", "event_id": uuid::Uuid::new_v4().to_string(),
        "event_timestamp": format!("2026-11-21T10:00:00.{}Z", uuid::Uuid::new_v4().simple()),
        "is_livemode": false, "subtype": subtype,
        "user": {"external_id": "c", "email": "a@b.co"},
        "order": {"order_id": order, "amount": amount, "currency_code": "EUR",
            "external_id": "c", "status": subtype},
    })
}

/// What the operator's list says of the order.
pub(crate) fn calls_for_operator(order: &Value) -> Vec<String> {
    let history = order["history"].as_array().unwrap();
    history
        .iter()
        .filter(|line| line["what"] == "operator needed")
        .map(|line| line["why"].as_str().unwrap().to_owned())
        .collect()
}
