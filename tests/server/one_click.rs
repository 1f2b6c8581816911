//! One click: the shop's server charges the card that is kept for a customer who is away.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{
    gateway::Gateway,
    shop::{Got, World, serve},
    stand_in::Town,
};
use crate::fits::assert_fits;

fn asked(customer: &str, price: &str) -> Value {
    json!({"external_id": customer, "pp_ident": price, "client_metadata": {}})
}

/// What the test's gateway does with a card is in its name.
fn card(kind: &str) -> String {
    format!("{kind:_<26}")
}

impl World {
    /// A call with the shop's key.
    async fn click(&self, key: Option<&str>, body: &Value) -> Got {
        assert_fits("funnelfox/one_click.request", body);
        let request = self.call("one_click", key, body);
        let got = self.send(request.bearer_auth("sk_test_demo")).await;
        assert_fits("funnelfox/envelope.200", &got.body);
        if got.status == 200 {
            assert_fits("funnelfox/payment.200", &got.body);
            assert_fits("funnelfox/payment.200", &got.body["data"]);
        }
        got
    }

    /// The customer pays the lamp, and their card is kept.
    async fn keep(&self, customer: &str, card: &str) {
        let opened = self.open_for(customer, "price_lamp").await;
        let token = format!("tok_ok~{customer}#{card}");
        let got = self.pay_as_page(&opened.order, &token).await;
        assert_eq!(got.body["checkout_status"], "succeeded", "{:?}", got.body);
    }
}

fn status(got: &Got) -> &str {
    got.body["data"]["checkout_status"]
        .as_str()
        .unwrap_or_default()
}

fn code(got: &Got) -> (u16, &str) {
    let code = got.body["error"][0]["code"].as_str().unwrap_or_default();
    (got.status.as_u16(), code)
}

fn order(got: &Got) -> String {
    got.body["data"]["order_id"].as_str().unwrap().to_owned()
}

/// Charges of a kept card that were made.
fn charges(gateway: &Gateway) -> usize {
    let bodies = gateway.bodies();
    let first = |body: &&Value| body["source"]["type"] == "id";
    let mut references: Vec<&str> = bodies
        .iter()
        .filter(first)
        .filter_map(|body| body["reference"].as_str())
        .collect();
    references.sort_unstable();
    references.dedup();
    references.len()
}

#[tokio::test]
async fn a_kept_card_is_charged_once_while_the_customer_is_away() {
    let world = World::new().await;
    world.keep("user_1", &card("fine")).await;
    let got = world
        .click(Some("c1"), &asked("user_1", "price_shirt"))
        .await;
    assert_eq!(status(&got), "succeeded", "{:?}", got.body);
    let sent = &world.gateway.bodies()[1];
    assert_fits("checkout-com/payment.request", sent);
    assert_eq!(sent["source"]["id"], format!("src_{}", card("fine")));
    assert_eq!(
        sent["previous_payment_id"],
        world.gateway.payments()[0]["id"]
    );
    assert_eq!(
        (&sent["amount"], &sent["currency"]),
        (&json!(3500), &json!("EUR"))
    );
    let told = world.order(&order(&got)).await;
    assert_eq!(
        (
            &told["status"],
            &told["pricePoint"],
            &told["customer"]["externalId"]
        ),
        (&json!("paid"), &json!("price_shirt"), &json!("user_1"))
    );
    // The same call is the same charge; the name belongs to it.
    for _ in 0..3 {
        let again = world
            .click(Some("c1"), &asked("user_1", "price_shirt"))
            .await;
        assert_eq!(again.body, got.body);
    }
    let other = world.click(Some("c1"), &asked("user_1", "price_cup")).await;
    assert_eq!(code(&other), (422, "idempotency_key_reused"));
    assert_eq!(charges(&world.gateway), 1);
    // Another name is another charge; the name may also stand in the metadata.
    let mut body = asked("user_1", "price_shirt");
    body["client_metadata"] = json!({"attempt_id": "c2"});
    let second = world.click(None, &body).await;
    assert_ne!(order(&second), order(&got));
    assert_eq!(order(&world.click(None, &body).await), order(&second));
    assert_eq!(charges(&world.gateway), 2);
    // The same card for many orders, more than twice a day.
    for n in 3..6 {
        let got = world
            .click(Some(&format!("c{n}")), &asked("user_1", "price_cup"))
            .await;
        assert_eq!(status(&got), "succeeded");
    }
}

#[tokio::test]
async fn f13_without_a_name_the_same_again_is_not_charged_again() {
    let world = World::new().await;
    world.keep("user_1", &card("fine")).await;
    let shirt = asked("user_1", "price_shirt");
    let first = order(&world.click(None, &shirt).await);
    assert_eq!(order(&world.click(None, &shirt).await), first);
    let cup = order(&world.click(None, &asked("user_1", "price_cup")).await);
    assert_ne!(cup, first);
    // Named, it is another call.
    let named = order(&world.click(Some("n"), &shirt).await);
    assert_ne!(named, first);
    assert_eq!(charges(&world.gateway), 3);
    // A day later it is another purchase; with a name never.
    let day = 24 * 3600 * 1000;
    world
        .sql(&format!(
            "UPDATE one_clicks SET created_at = created_at - {day} + 60000"
        ))
        .await;
    assert_eq!(order(&world.click(None, &shirt).await), first);
    world
        .sql(&format!(
            "UPDATE one_clicks SET created_at = created_at - {day}"
        ))
        .await;
    assert_eq!(order(&world.click(Some("n"), &shirt).await), named);
    assert_ne!(order(&world.click(None, &shirt).await), first);
    assert_eq!(charges(&world.gateway), 4);
}

#[tokio::test]
async fn a_decline_is_told_and_may_be_tried_anew() {
    let world = World::new().await;
    world.keep("user_1", &card("decline_20051")).await;
    let shirt = asked("user_1", "price_shirt");
    let got = world.click(Some("c1"), &shirt).await;
    assert_eq!(status(&got), "failed");
    assert_eq!(got.body["failure"]["kind"], "insufficient_funds");
    assert!(
        !got.body["failed_message_for_user"]
            .as_str()
            .unwrap()
            .is_empty()
    );
    // A named call keeps its answer (trap 26); one without a name is a new try.
    assert_eq!(world.click(Some("c1"), &shirt).await.body, got.body);
    assert_eq!(charges(&world.gateway), 1);
    let (one, two) = (
        world.click(None, &shirt).await,
        world.click(None, &shirt).await,
    );
    assert_ne!(order(&one), order(&two));
    assert_eq!(charges(&world.gateway), 3);
}

#[tokio::test]
async fn f10_a_lost_answer_is_unknown_until_the_gateway_tells_and_never_a_second_charge() {
    let world = World::new().await;
    world.keep("user_1", &card("lost")).await;
    let shirt = asked("user_1", "price_shirt");
    let got = world.click(None, &shirt).await;
    assert_eq!(status(&got), "processing", "unknown is not failed (trap 6)");
    let id = order(&got);
    // A day is no reason to charge again what may have been charged.
    world.sql("UPDATE one_clicks SET created_at = 1").await;
    assert_eq!(order(&world.click(None, &shirt).await), id);
    world.hurry().await;
    world.until(&id, |order| order["status"] == "paid").await;
    world
        .sql("UPDATE one_clicks SET created_at = 9000000000000 WHERE created_at = 1")
        .await;
    assert_eq!(charges(&world.gateway), 1);
    assert_eq!(world.gateway.payments().len(), 2, "the lamp and the shirt");
}

#[tokio::test]
async fn f74_calls_at_the_same_time_and_on_two_servers_are_one_charge() {
    let world = World::new().await;
    world.keep("user_1", &card("gate")).await;
    let second = serve(&world.gateway.base, world.folder.path()).await;
    for key in [Some("c1"), None] {
        let before = charges(&world.gateway);
        let calls = (0..20).map(|n| {
            let base = if n % 2 == 0 { &world.base } else { &second };
            let url = format!("{base}/demo/v1/checkout/one_click");
            let request = world.client.post(url).bearer_auth("sk_test_demo");
            let request = request.json(&asked("user_1", "price_shirt"));
            let request = match key {
                Some(key) => request.header("idempotency-key", key),
                None => request,
            };
            world.send(request)
        });
        let open = async {
            tokio::time::timeout(Duration::from_secs(9), world.gateway.arrived.notified())
                .await
                .unwrap();
            world.gateway.gate.add_permits(1);
        };
        let (answers, ()) = tokio::join!(join_all(calls), open);
        let mut orders: Vec<String> = answers.iter().map(order).collect();
        orders.sort_unstable();
        orders.dedup();
        assert_eq!(orders.len(), 1);
        assert!(answers.iter().all(|got| status(got) == "succeeded"));
        assert_eq!(charges(&world.gateway), before + 1);
        // Of the lamp's own notification nothing is left over.
        world.gateway.gate.forget_permits(usize::MAX);
    }
}

#[tokio::test]
async fn a_bank_that_asks_a_customer_who_is_away_has_said_no() {
    let world = World::new().await;
    world.keep("user_1", &card("3ds")).await;
    let got = world
        .click(Some("c1"), &asked("user_1", "price_shirt"))
        .await;
    assert_eq!(status(&got), "failed", "{:?}", got.body);
    assert_eq!(got.body["failure"]["kind"], "action_unsupported");
    assert_eq!(got.body["data"]["action_required_token"], "");
    let told = world.order(&order(&got)).await;
    assert_eq!(told["status"], "open");
    assert_eq!(told["attempts"][0]["status"], "failed");
}

#[tokio::test]
async fn t21_t24_only_the_shops_own_key_charges_and_only_its_own_customers() {
    let world = World::new().await;
    world.keep("user_1", &card("fine")).await;
    let body = asked("user_1", "price_shirt");
    let call = |org: &str| {
        let url = format!("{}/{org}/v1/checkout/one_click", world.base);
        world.client.post(url).json(&body)
    };
    for request in [
        call("demo"),
        call("demo").bearer_auth("pk_test_demo"),
        call("demo").bearer_auth(""),
        call("demo").header("ff-secret-key", "sk_test_wrong"),
        call("demo")
            .header("ff-secret-key", "")
            .bearer_auth("sk_test_demo"),
        call("nobody"),
    ] {
        let got = world.send(request).await;
        assert_eq!(code(&got), (401, "unauthorized"));
    }
    // Another organisation's key finds neither the path nor the customer.
    let got = world
        .send(call("demo").bearer_auth("sk_test_other_demo"))
        .await;
    assert_eq!(code(&got), (404, "not_found"));
    let got = world
        .send(call("other").bearer_auth("sk_test_other_demo"))
        .await;
    assert_eq!(code(&got), (400, "invalid_price"));
    assert_eq!(charges(&world.gateway), 0);
    let got = world
        .send(call("demo").header("ff-secret-key", "sk_test_demo"))
        .await;
    assert_eq!(status(&got), "succeeded");
    // What the gateway calls the card is told to nobody.
    let told = world.order(&order(&got)).await.to_string();
    assert!(!told.contains("src_"), "{told}");
}

#[tokio::test]
async fn a_card_is_kept_only_where_the_price_point_says_so_and_the_last_one_counts() {
    let world = World::new().await;
    let shirt = asked("user_1", "price_shirt");
    let bought = world.open_for("user_1", "price_shirt").await;
    world
        .pay_as_page(&bought.order, &format!("tok_ok~1#{}", card("fine")))
        .await;
    assert_eq!(
        code(&world.click(None, &shirt).await),
        (400, "invalid_customer")
    );
    // A declined card is not kept either.
    let lamp = world.open_for("user_1", "price_lamp").await;
    let declined = format!("tok_decline_20051~2#{}", card("bad"));
    world.pay_as_page(&lamp.order, &declined).await;
    assert_eq!(
        code(&world.click(None, &shirt).await),
        (400, "invalid_customer")
    );
    for (body, expected) in [
        (asked("", "price_shirt"), "invalid_customer"),
        (asked("user_1", "price_none"), "invalid_price"),
        (asked("user_1", ""), "bad_request"),
    ] {
        let request = world.call("one_click", None, &body);
        let got = world.send(request.bearer_auth("sk_test_demo")).await;
        assert_eq!(code(&got), (400, expected));
    }
    world.keep("user_1", &card("first")).await;
    world.keep("user_2", &card("theirs")).await;
    world.keep("user_1", &card("second")).await;
    world.click(None, &shirt).await;
    let last = world.gateway.bodies().pop().unwrap();
    assert_eq!(last["source"]["id"], format!("src_{}", card("second")));
    // A later click does not replace the agreement that it rests on.
    let agreed = last["previous_payment_id"].clone();
    world.click(None, &asked("user_1", "price_cup")).await;
    let last = world.gateway.bodies().pop().unwrap();
    assert_eq!(last["previous_payment_id"], agreed);
}

#[tokio::test]
async fn at_the_stand_in_a_card_is_kept_and_charged_on_both_platforms() {
    for current in [false, true] {
        let town = Town::build(current).await;
        let world = &town.world;
        let opened = world.open_for("user_1", "price_lamp").await;
        let token = town.token(current).await;
        let got = world.pay_as_page(&opened.order, &token).await;
        assert_eq!(got.body["checkout_status"], "succeeded", "{:?}", got.body);
        let got = world.click(Some("c1"), &asked("user_1", "price_cup")).await;
        assert_eq!(status(&got), "succeeded", "{:?}", got.body);
        let told = world
            .until(&order(&got), |order| order["status"] == "paid")
            .await;
        assert_eq!(
            (&told["amount"], &told["currency"]),
            (&json!(4200), &json!("JPY"))
        );
        let decline = json!({"code": "20154"});
        town.post("/control/declines", "", &decline).await;
        let got = world.click(Some("c2"), &asked("user_1", "price_cup")).await;
        assert_eq!(status(&got), "failed");
        assert_eq!(got.body["failure"]["kind"], "authentication_failed");
    }
}
