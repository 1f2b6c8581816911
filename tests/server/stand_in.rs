//! Captures, voids and refunds by the command line, at a server that talks to the stand-in:
//! its webhooks, its clock, its books.

use std::time::Duration;

use fanfare_checkout::sandbox::standins::{self, Config, Endpoint};
use serde_json::{Value, json};

use super::shop::{Checkout, World, body, claim, serve_with};

/// A world whose gateway is the stand-in.
pub(crate) struct Town {
    pub(crate) world: World,
    standin: String,
}

impl Town {
    /// With the account of the previous platform, or of the current one.
    pub(crate) async fn build(current: bool) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let standin = format!("http://127.0.0.1:{port}");
        // The first server makes the database and does nothing more.
        let mut world =
            World::with(|settings| settings.settle_every = Duration::from_secs(3600)).await;
        let gateway = format!("{standin}/checkout-com");
        world.base = serve_with(&gateway, world.folder.path(), |settings| {
            if current {
                let gateway = settings.organisations[0].checkout_com.as_mut().unwrap();
                gateway.public_key = "pk_sbox_demo".into();
                gateway.account.secret_key = "sk_sbox_demo".to_owned().into();
                gateway.account.processing_channel_id = Some("pc_demo".into());
            }
        })
        .await;
        let mut config = Config::at(port);
        config.webhooks = Some(Endpoint {
            url: format!("{}/webhooks/checkout-com", world.base),
            key: "demo-webhook-key-0001".into(),
            authorization: None,
        });
        tokio::spawn(standins::serve(listener, config, None));
        Self { world, standin }
    }

    pub(crate) async fn post(&self, path: &str, key: &str, body: &Value) -> Value {
        let request = self.world.client.post(format!("{}{path}", self.standin));
        let request = request.header("authorization", key).json(body);
        self.world.send(request).await.body
    }

    /// An order of 35 euros, paid by card.
    async fn order(&self, capture: &str, current: bool) -> Checkout {
        self.order_after(capture, None, current).await
    }

    /// The same, captured so many seconds after it was paid.
    async fn order_after(&self, capture: &str, after: Option<i64>, current: bool) -> Checkout {
        let mut terms = claim(&format!("ORD-{capture}"), 3500);
        terms["capture"] = json!(capture);
        if let Some(after) = after {
            terms["captureAfter"] = json!(after);
        }
        let checkout = World::opened(self.world.post_checkout(&body(&terms)).await.body);
        let token = self.token(current).await;
        let got = self.world.pay(&checkout.order, "a1", &token).await;
        assert_eq!(got.body["checkout_status"], "succeeded", "{:?}", got.body);
        checkout
    }

    /// A card as the browser makes a token of it.
    pub(crate) async fn token(&self, current: bool) -> String {
        let card = json!({"type": "card", "number": "4242424242424242", "expiry_month": 6,
            "expiry_year": 2099, "cvv": "100"});
        let key = if current {
            "Bearer pk_sbox_demo"
        } else {
            "pk_test_demo"
        };
        let token = self.post("/checkout-com/tokens", key, &card).await;
        token["token"].as_str().unwrap().to_owned()
    }

    /// Runs the command; what it says, and whether it succeeded.
    async fn command(&self, arguments: &[&str]) -> (bool, String) {
        let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_fanfare-checkout"))
            .args(arguments)
            .args(["--public-url", &self.world.base])
            .env_remove("FANFARE_SECRET_KEY")
            .output()
            .await
            .unwrap();
        let mut said = String::from_utf8(output.stdout).unwrap();
        said.push_str(&String::from_utf8(output.stderr).unwrap());
        assert_eq!(said.lines().count(), 1, "one sentence: {said}");
        (output.status.success(), said)
    }

    async fn counters(&self) -> Value {
        let request = self
            .world
            .client
            .get(format!("{}/control/counters", self.standin));
        self.world.send(request).await.body
    }
}

#[tokio::test]
async fn an_order_is_captured_and_refunded_by_command() {
    let town = Town::build(false).await;
    let checkout = town.order("manual", false).await;
    let id = checkout.order.as_str();
    let (done, said) = town
        .command(&["capture", id, "--amount", "35.01", "--currency", "EUR"])
        .await;
    assert!(
        !done && said.contains("more than was authorised") && said.contains("EUR 35.00"),
        "{said}"
    );
    for (amount, currency, expected) in [
        ("35.00", "USD", "the order is in EUR, not in USD"),
        ("35,00", "EUR", "is no amount of EUR"),
        ("-35", "EUR", "is no amount of EUR"),
        ("35.001", "EUR", "at most 2 decimals"),
        ("0", "EUR", "above zero"),
        ("35", "Euro", "unknown currency"),
    ] {
        let amount = format!("--amount={amount}");
        let (done, said) = town
            .command(&["capture", id, &amount, "--currency", currency])
            .await;
        assert!(!done && said.contains(expected), "{said}");
    }
    let (done, said) = town
        .command(&["capture", id, "--amount", "20.00", "--currency", "eur"])
        .await;
    assert!(
        done && said.contains("capture of EUR 20.00") && said.contains("not done yet"),
        "{said}"
    );
    let order = town
        .world
        .until(id, |order| {
            order["status"] == "paid" && order["actions"][0]["status"] == "done"
        })
        .await;
    assert_eq!(order["capturedAmount"], 2000);
    // The same again is the same; a second capture is refused.
    let (done, again) = town
        .command(&["capture", id, "--amount", "20", "--currency", "EUR"])
        .await;
    assert!(done && again == said, "{again}");
    let (done, said) = town.command(&["capture", id]).await;
    assert!(!done && said.contains("can only be refunded"), "{said}");
    let (done, said) = town.command(&["void", id]).await;
    assert!(
        !done && said.contains("no void: the payment is captured"),
        "{said}"
    );
    let payment = checkout.answer["paymentId"].as_str().unwrap();
    let (done, said) = town
        .command(&["refund", payment, "--amount", "5.50", "--currency", "EUR"])
        .await;
    assert!(done, "{said}");
    let (done, said) = town
        .command(&["refund", payment, "--reference", "rest"])
        .await;
    assert!(done && said.contains("all that is left"), "{said}");
    let order = town
        .world
        .until(id, |order| order["refundedAmount"] == 2000)
        .await;
    assert_eq!(order["status"], "paid");
    let counted = town.counters().await;
    assert_eq!(
        [
            &counted["captured"],
            &counted["refunded"],
            &counted["voided"]
        ],
        [&json!(1), &json!(2), &json!(0)]
    );
    let (done, said) = town.command(&["refund", "ORD-unknown"]).await;
    assert!(!done && said.contains("no order \"ORD-unknown\""), "{said}");
    let (done, said) = town
        .command(&["refund", id, "--secret-key", "sk_test_wrong"])
        .await;
    assert!(
        !done && said.contains("FANFARE_SECRET_KEY") && !said.contains("sk_test_wrong"),
        "{said}"
    );
    let (done, said) = town.command(&["refund", "../orders"]).await;
    assert!(!done && said.contains("no order id"), "{said}");
}

#[tokio::test]
async fn an_automatic_capture_that_was_put_off_comes_on_its_date() {
    let town = Town::build(true).await;
    let world = &town.world;
    let day = 86_400;
    let checkout = town.order_after("automatic", Some(day), true).await;
    let order = world.order(&checkout.order).await;
    assert_eq!(order["status"], "authorised", "it is only reserved");
    assert_eq!(
        (&order["capture"], &order["captureAfter"]),
        (&json!("automatic"), &json!(day))
    );
    assert_eq!(order["capturedAmount"], 0);
    // The shopper reads the same.
    let state = world.state(&checkout.session).await;
    assert_eq!(
        (&state["order"], &state["capture"]),
        (&json!("authorised"), &json!("manual"))
    );
    let (done, said) = town.command(&["capture", &checkout.order]).await;
    assert!(!done && said.contains("captured automatically"), "{said}");
    let clock = |seconds: i64| json!({ "advance": seconds });
    town.post("/control/clock", "", &clock(day - 600)).await;
    assert_eq!(world.order(&checkout.order).await["status"], "authorised");
    town.post("/control/clock", "", &clock(700)).await;
    let order = world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
    assert_eq!(order["capturedAmount"], 3500);
    assert_eq!(order["attempts"][0]["status"], "succeeded");
}

#[tokio::test]
async fn a_capture_that_was_put_off_can_be_voided_until_its_date() {
    let town = Town::build(false).await;
    let checkout = town.order_after("automatic", Some(900), false).await;
    let (done, said) = town.command(&["void", &checkout.order]).await;
    assert!(done, "{said}");
    let order = town
        .world
        .until(&checkout.order, |order| order["released"] == true)
        .await;
    assert_eq!(order["status"], "authorised");
    town.post("/control/clock", "", &json!({"advance": 8 * 86_400}))
        .await;
    let order = town.world.order(&checkout.order).await;
    assert_eq!(
        (&order["status"], &order["capturedAmount"]),
        (&json!("authorised"), &json!(0))
    );
}

#[tokio::test]
async fn a_capture_is_put_off_by_minutes_to_days_and_only_if_it_is_automatic() {
    let town = Town::build(false).await;
    for (capture, after, word) in [
        ("automatic", json!(899), "900 to 604800"),
        ("automatic", json!(604_801), "900 to 604800"),
        ("automatic", json!(-1), "900 to 604800"),
        ("automatic", json!("tomorrow"), "number"),
        ("manual", json!(86_400), "with capture"),
    ] {
        let mut terms = claim("ORD-late", 3500);
        terms["capture"] = json!(capture);
        terms["captureAfter"] = after.clone();
        let got = town.world.post_checkout(&body(&terms)).await;
        assert_eq!(got.status, 400, "{capture} {after}");
        let said = got.body.to_string();
        assert!(
            said.contains("captureAfter") && said.contains(word),
            "{capture} {after}: {said}"
        );
    }
}

#[tokio::test]
async fn an_authorisation_is_gone_after_seven_days_or_by_command() {
    let town = Town::build(false).await;
    let checkout = town.order("manual", false).await;
    let week = json!({"advance": 7 * 24 * 3600});
    town.post("/control/clock", "", &week).await;
    // Its webhook tells.
    let order = town
        .world
        .until(&checkout.order, |order| order["released"] == true)
        .await;
    assert_eq!(
        (&order["status"], &order["capturedAmount"]),
        (&json!("authorised"), &json!(0))
    );
    let (done, said) = town.command(&["capture", &checkout.order]).await;
    assert!(!done && said.contains("voided"), "{said}");
    assert_eq!(town.counters().await["captured"], 0);

    let town = Town::build(false).await;
    let checkout = town.order("manual", false).await;
    let (done, said) = town
        .command(&["void", &checkout.order, "--reference", "sold out"])
        .await;
    assert!(done, "{said}");
    let order = town
        .world
        .until(&checkout.order, |order| {
            order["actions"][0]["status"] == "done"
        })
        .await;
    assert_eq!(
        (&order["released"], &order["actions"][0]["reference"]),
        (&json!(true), &json!("sold out"))
    );
}

#[tokio::test]
async fn after_seven_days_the_gateway_refuses_what_nobody_has_told_us() {
    let town = Town::build(false).await;
    town.post("/control/webhooks", "", &json!({"hold": true}))
        .await;
    let checkout = town.order("manual", false).await;
    let week = json!({"advance": 7 * 24 * 3600});
    town.post("/control/clock", "", &week).await;
    let (done, said) = town.command(&["capture", &checkout.order]).await;
    assert!(!done && said.contains("does not allow it"), "{said}");
    assert_eq!(town.counters().await["captured"], 0);
}

#[tokio::test]
async fn the_current_platform_captures_in_parts_that_were_announced() {
    let town = Town::build(true).await;
    let checkout = town.order("manual", true).await;
    let payment = checkout.answer["paymentId"].as_str().unwrap();
    let url = format!("{}/payments/{payment}/captures", town.world.base);
    let mut statuses = Vec::new();
    for part in [
        json!({"amount": 1000, "capture_type": "NonFinal", "reference": "1"}),
        json!({"amount": 2501, "reference": "2"}),
        json!({"amount": 2000, "reference": "3"}),
        json!({"amount": 500, "reference": "4"}),
    ] {
        let request = town.world.client.post(&url).bearer_auth("sk_test_demo");
        statuses.push(town.world.send(request.json(&part)).await.status.as_u16());
    }
    assert_eq!(statuses, [202, 422, 202, 403]);
    let order = town
        .world
        .until(&checkout.order, |order| order["capturedAmount"] == 3000)
        .await;
    assert_eq!(order["status"], "paid");
}

#[tokio::test]
async fn a_declined_capture_is_told_and_the_order_stays_authorised() {
    let town = Town::build(false).await;
    let checkout = town.order("manual", false).await;
    let decline = json!({"code": "20005", "of": "capture"});
    town.post("/control/declines", "", &decline).await;
    let (done, said) = town.command(&["capture", &checkout.order]).await;
    assert!(done && said.contains("not done yet"), "{said}");
    let order = town
        .world
        .until(&checkout.order, |order| {
            order["actions"][0]["status"] == "failed"
        })
        .await;
    assert_eq!(
        (&order["status"], &order["capturedAmount"]),
        (&json!("authorised"), &json!(0))
    );
    let (done, _) = town.command(&["capture", &checkout.order]).await;
    assert!(done, "what failed may be asked for again");
    town.world
        .until(&checkout.order, |order| order["capturedAmount"] == 3500)
        .await;
}
