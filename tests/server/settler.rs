//! The settler: one bad row or a shop that is gone keeps nobody waiting; captures are
//! followed; an attempt older than the gateway's memory is settled by asking.

use std::time::Duration;

use serde_json::{Value, json};

use super::shop::{Checkout, World, body, claim};

fn calls_for_operator(order: &Value) -> Vec<String> {
    let lines = order["history"].as_array().unwrap().iter();
    lines
        .filter(|line| line["what"] == "operator needed")
        .map(|line| line["why"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn f59_a_row_that_cannot_be_read_keeps_no_other_waiting() {
    let world = World::with(|settings| settings.settle_every = Duration::from_millis(20)).await;
    let broken = world.checkout("ORD-1", 3500).await;
    world.pay(&broken.order, "a1", "tok_3ds").await;
    world
        .sql("UPDATE attempts SET capture = 'sometimes', next_ask_at = 0")
        .await;
    let good = world.checkout("ORD-2", 3500).await;
    world.pay(&good.order, "a1", "tok_lost").await;
    world
        .until(&good.order, |order| order["status"] == "paid")
        .await;
    // Mended, its history tells what was wrong with it, once.
    world.hurry().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    world.sql("UPDATE attempts SET capture = 'automatic'").await;
    let order = world.order(&broken.order).await;
    let said = calls_for_operator(&order);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("capture"), "{said:?}");
    world.gateway.set(0, "Captured", true);
    world.hurry().await;
    world
        .until(&broken.order, |order| order["status"] == "paid")
        .await;
}

#[tokio::test]
async fn an_order_whose_shop_left_the_settings_is_the_operators_and_not_hammered() {
    let world = World::with(|settings| settings.settle_every = Duration::from_millis(20)).await;
    let checkout = world.checkout("ORD-1", 3500).await;
    world.pay(&checkout.order, "a1", "tok_3ds").await;
    world
        .sql("UPDATE attempts SET org = 'gone', next_ask_at = 0")
        .await;
    let good = world.checkout("ORD-2", 3500).await;
    world.pay(&good.order, "a1", "tok_lost").await;
    world
        .until(&good.order, |order| order["status"] == "paid")
        .await;
    let order = world
        .until(&checkout.order, |order| {
            !calls_for_operator(order).is_empty()
        })
        .await;
    let said = calls_for_operator(&order);
    assert!(said[0].contains("organisation"), "{said:?}");
    assert_eq!(order["attempts"][0]["status"], "action");
    // Back again.
    world.sql("UPDATE attempts SET org = 'demo'").await;
    world.gateway.set(0, "Captured", true);
    world.hurry().await;
    world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
}

/// An order that is authorised, to be captured by the merchant.
async fn authorised(world: &World) -> Checkout {
    let mut manual = claim("ORD-1", 3500);
    manual["capture"] = json!("manual");
    let checkout = World::opened(world.post_checkout(&body(&manual)).await.body);
    world.pay(&checkout.order, "a1", "tok_ok").await;
    assert_eq!(world.order(&checkout.order).await["status"], "authorised");
    checkout
}

#[tokio::test]
async fn an_authorised_order_is_paid_when_the_gateway_shows_the_capture() {
    for captured in ["Captured", "Partially Captured", "Paid"] {
        let world = World::new().await;
        let checkout = authorised(&world).await;
        let asked = world.gateway.calls("GET");
        world.gateway.set(0, captured, true);
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(world.gateway.calls("GET"), asked, "asked rarely");
        world.hurry().await;
        let order = world
            .until(&checkout.order, |order| order["status"] == "paid")
            .await;
        assert_eq!(order["attempts"][0]["status"], "succeeded");
        assert_eq!(world.state(&checkout.session).await["order"], "paid");
        let asked = world.gateway.calls("GET");
        world.hurry().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(world.gateway.calls("GET"), asked, "it is over");
    }
}

#[tokio::test]
async fn t22_a_capture_of_something_else_does_not_pay_an_authorised_order() {
    let world = World::new().await;
    let checkout = authorised(&world).await;
    world.gateway.set(0, "Captured", true);
    world.gateway.edit(0, "amount", json!(1));
    world.hurry().await;
    while world.gateway.calls("GET") == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(world.order(&checkout.order).await["status"], "authorised");
}

#[tokio::test]
async fn a_released_authorisation_does_not_reopen_the_order() {
    for released in ["Voided", "Expired"] {
        let world = World::new().await;
        let checkout = authorised(&world).await;
        world.gateway.set(0, released, true);
        world.hurry().await;
        let order = world
            .until(&checkout.order, |order| order["released"] == true)
            .await;
        assert_eq!(order["status"], "authorised");
        assert_eq!(order["attempts"][0]["status"], "voided");
        let state = world.state(&checkout.session).await;
        assert_eq!(state["order"], "authorised");
        assert!(state["reversal"].is_null());
        let got = world.pay(&checkout.order, "a2", "tok_ok").await;
        assert_eq!(got.status, 409, "it can't be paid again");
    }
}

/// An attempt whose outcome has been unknown for longer than the gateway knows its key.
async fn old(world: &World, token: &str) -> Checkout {
    let checkout = world.checkout("ORD-1", 3500).await;
    let got = world.pay(&checkout.order, "a1", token).await;
    assert_eq!(got.body["checkout_status"], "processing");
    let past = 25 * 3_600_000;
    world
        .sql(&format!(
            "UPDATE attempts SET created_at = created_at - {past}, asked_at = 0"
        ))
        .await;
    checkout
}

#[tokio::test]
async fn f12_after_a_day_nothing_is_sent_again_and_a_found_payment_counts() {
    let world = World::with(|settings| settings.settle_every = Duration::from_secs(3600)).await;
    let checkout = old(&world, "tok_lost").await;
    let sent = world.gateway.calls("POST /payments");
    let state = world.state(&checkout.session).await;
    assert_eq!(state["order"], "paid");
    assert_eq!(world.gateway.calls("POST /payments"), sent);
    assert_eq!(world.gateway.payments().len(), 1);
}

#[tokio::test]
async fn f12_after_a_day_an_empty_search_that_stays_empty_ends_the_attempt() {
    let world = World::with(|settings| settings.settle_every = Duration::from_secs(3600)).await;
    // Sent again it would be taken: then the shopper would pay a day later.
    let checkout = old(&world, "tok_500_first").await;
    let state = world.state(&checkout.session).await;
    assert_eq!(
        state["attempt"]["phase"], "unknown",
        "one search is not enough"
    );
    world
        .sql("UPDATE attempts SET quiet_since = quiet_since - 60000, asked_at = 0, next_ask_at = 0")
        .await;
    let state = world.state(&checkout.session).await;
    assert_eq!(state["last"]["failure"]["kind"], "card_again");
    assert_eq!(world.gateway.calls("POST /payments"), 1);
    assert!(world.gateway.payments().is_empty());
}
