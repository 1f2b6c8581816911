//! How attempts end, clear or not.

use std::time::Duration;

use serde_json::json;

use super::shop::{World, body, claim};

#[tokio::test]
async fn the_four_keys_are_in_both_places_and_the_support_code_in_the_header() {
    let world = World::new().await;
    for (n, token) in [
        "tok_ok",
        "tok_decline_20005",
        "tok_3ds",
        "tok_expired",
        "tok_lost",
    ]
    .iter()
    .enumerate()
    {
        let checkout = world.checkout(&format!("ORD-{n}"), 3500).await;
        let got = world.pay(&checkout.order, "a1", token).await;
        assert_eq!(got.status, 200);
        assert_eq!(got.body["status"], "success");
        for keys in [&got.body, &got.body["data"]] {
            for key in [
                "action_required_token",
                "checkout_status",
                "failed_message_for_user",
            ] {
                assert!(keys[key].is_string(), "{token}: {keys} lacks {key}");
            }
            assert_eq!(keys["order_id"], checkout.order.as_str());
        }
        assert_eq!(
            got.body["req_id"],
            got.headers["x-request-id"].to_str().unwrap()
        );
    }
}

#[tokio::test]
async fn a_decline_ends_the_attempt_and_a_new_one_may_pay() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let first = world.attempt(&checkout.session).await;
    let got = world
        .pay(&checkout.order, &first, "tok_decline_20054")
        .await;
    assert_eq!(got.body["checkout_status"], "failed");
    assert_eq!(
        got.body["failure"],
        json!({"kind": "expired_card", "field": "expiry", "retry": "other_card"})
    );
    let state = world.state(&checkout.session).await;
    assert_eq!(state["last"]["id"], first.as_str());
    assert_eq!(state["last"]["failure"]["kind"], "expired_card");
    assert_eq!(state["attempt"]["phase"], "new");
    let second = state["attempt"]["id"].as_str().unwrap();
    assert_ne!(second, first);
    let got = world.pay(&checkout.order, second, "tok_ok").await;
    assert_eq!(got.body["checkout_status"], "succeeded");
    let order = world.order(&checkout.order).await;
    assert_eq!(order["status"], "paid");
    assert_eq!(order["attempts"][0]["status"], "failed");
    assert_eq!(order["attempts"][1]["status"], "succeeded");
    assert!(
        order["attempts"][1]["gatewayPaymentId"]
            .as_str()
            .unwrap()
            .starts_with("pay_")
    );
}

#[tokio::test]
async fn manual_capture_is_authorised_not_paid() {
    let world = World::new().await;
    let mut manual = claim("ORD-1", 3500);
    manual["capture"] = json!("manual");
    let checkout = World::opened(world.post_checkout(&body(&manual)).await.body);
    let got = world.pay(&checkout.order, "a1", "tok_ok").await;
    assert_eq!(got.body["checkout_status"], "succeeded");
    assert_eq!(world.gateway.bodies()[0]["capture"], false);
    assert_eq!(world.order(&checkout.order).await["status"], "authorised");
    assert_eq!(world.state(&checkout.session).await["order"], "authorised");
}

#[tokio::test]
async fn f10_f11_f16_a_lost_answer_is_processing_and_then_settled_with_one_charge() {
    let world = World::new().await;
    for (n, token) in ["tok_lost", "tok_broken", "tok_lost_forgotten"]
        .iter()
        .enumerate()
    {
        let checkout = world.checkout(&format!("ORD-{n}"), 3500).await;
        let got = world.pay(&checkout.order, "a1", token).await;
        assert_eq!(got.body["checkout_status"], "processing", "{token}");
        assert_eq!(got.body["failed_message_for_user"], "");
        let order = world
            .until(&checkout.order, |order| order["status"] == "paid")
            .await;
        assert_eq!(order["attempts"].as_array().unwrap().len(), 1);
        let got = world.pay(&checkout.order, "a1", token).await;
        assert_eq!(got.body["checkout_status"], "succeeded", "{token}");
    }
    assert_eq!(world.gateway.payments().len(), 3);
}

#[tokio::test]
async fn f15_f17_a_refusal_before_processing_is_repeated_under_the_same_key() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let got = world.pay(&checkout.order, "a1", "tok_500_first").await;
    assert_eq!(got.body["checkout_status"], "processing");
    // Unknown is locked: nothing else may pay, and it can't be left.
    assert_eq!(world.pay(&checkout.order, "a2", "tok_ok").await.status, 409);
    world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
    assert_eq!(world.gateway.payments().len(), 1);
}

#[tokio::test]
async fn trap_26_a_repeat_has_the_key_of_its_attempt_and_another_attempt_another() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let got = world.pay(&checkout.order, "a1", "tok_decline_20051").await;
    assert_eq!(got.body["checkout_status"], "failed");
    world.pay(&checkout.order, "a2", "tok_500_first").await;
    world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
    let keys = world.gateway.sent();
    assert_eq!(keys.len(), 3, "{keys:?}");
    assert_ne!(keys[0], keys[1]);
    assert_eq!(keys[1], keys[2]);
    for key in &keys {
        let key = uuid::Uuid::parse_str(key).unwrap();
        assert_eq!(key.get_version_num(), 4);
    }
}

#[tokio::test]
async fn f12_what_never_charged_is_failed_only_after_the_gateway_was_asked() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    world.pay(&checkout.order, "a1", "tok_500_dead").await;
    let left = world
        .cancel(&checkout.session, &json!({"attempt": "a1"}))
        .await;
    assert_eq!(
        left.body["attempt"]["phase"], "unknown",
        "an unknown outcome can't be left"
    );
    let order = world
        .until(&checkout.order, |order| {
            order["attempts"][0]["status"] == "failed"
        })
        .await;
    assert_eq!(order["attempts"][0]["failure"]["kind"], "card_again");
    assert!(world.gateway.calls("GET /payments?reference") >= 1);
    let next = world.attempt(&checkout.session).await;
    let got = world.pay(&checkout.order, &next, "tok_ok").await;
    assert_eq!(got.body["checkout_status"], "succeeded");
}

#[tokio::test]
async fn f36_a_dead_token_asks_for_the_card_again() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let got = world.pay(&checkout.order, "a1", "tok_expired").await;
    assert_eq!(got.body["checkout_status"], "failed");
    assert_eq!(got.body["failure"]["kind"], "card_again");
    assert_ne!(world.attempt(&checkout.session).await, "a1");
}

#[tokio::test]
async fn t22_an_approval_for_another_amount_is_never_success() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let got = world.pay(&checkout.order, "a1", "tok_wrong_amount").await;
    assert_eq!(got.body["checkout_status"], "processing");
    let order = world.order(&checkout.order).await;
    assert_eq!(order["status"], "open");
    assert_eq!(order["attempts"][0]["status"], "unknown");
}

#[tokio::test]
async fn t25_steps_cannot_be_skipped() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    assert_eq!(world.resume(&checkout.order, "made-up").await.status, 400);
    let got = world.cancel(&checkout.session, &json!({})).await;
    assert_eq!(got.body["order"], "cancelled");
    let got = world.pay(&checkout.order, "a1", "tok_ok").await;
    assert_eq!(got.status, 409, "a cancelled checkout can't be paid");
    assert_eq!(world.order(&checkout.order).await["status"], "cancelled");
    // The shop may open another one for the same order.
    let again = world.checkout("ORD-1", 3500).await;
    assert_eq!(world.pay(&again.order, "a1", "tok_ok").await.status, 200);
    assert_eq!(world.cancel(&again.session, &json!({})).await.status, 409);
    assert_eq!(world.order(&again.order).await["status"], "paid");
    assert_eq!(world.gateway.calls("POST"), 1);
}

#[tokio::test]
async fn t26_t31_broken_calls_have_proper_answers() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let url = format!("{}/demo/v1/checkout/create_payment", world.base);
    let text = json!({"payment_method_token": "tok_ok", "order_id": checkout.order}).to_string();
    let post = || world.client.post(&url);
    let plain = post()
        .header("content-type", "text/plain")
        .body(text.clone());
    assert_eq!(world.send(plain).await.status, 415);
    let json = || post().header("content-type", "application/json");
    assert_eq!(world.send(json().body("{")).await.status, 400);
    assert_eq!(world.send(json().body("{}")).await.status, 400);
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(100_000));
    assert_eq!(world.send(json().body(large)).await.status, 413);
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    assert_eq!(world.send(json().body(deep)).await.status, 400);
    let key = json().header("idempotency-key", "../x").body(text.clone());
    assert_eq!(world.send(key).await.status, 400);
    for (name, value) in [
        ("host", "evil.test"),
        ("origin", "https://evil.test"),
        ("origin", "null"),
    ] {
        let got = world
            .send(json().header(name, value).body(text.clone()))
            .await;
        assert_eq!(got.status, 403, "{name}: {value}");
    }
    assert_eq!(world.gateway.calls("POST"), 0);
}

/// How long the widget waits for the state.
const WIDGET_WAITS: Duration = Duration::from_secs(15);

#[tokio::test]
async fn f12_a_slow_gateway_does_not_keep_the_state_waiting() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    world.pay(&checkout.order, "a1", "tok_lost_then_slow").await;
    // Until the question has reached the gateway, which holds it back, and once more after that.
    let mut asked = false;
    while !asked {
        asked = world.gateway.calls("POST") > 1;
        let state = tokio::time::timeout(WIDGET_WAITS, world.state(&checkout.session)).await;
        let state = state.expect("too late for the widget");
        assert_eq!(state["attempt"]["phase"], "unknown");
    }
    world.gateway.gate.add_permits(100);
    world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
    assert_eq!(world.gateway.payments().len(), 1);
}

#[tokio::test]
async fn t22_an_answer_about_a_foreign_payment_is_not_taken_over() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let got = world.pay(&checkout.order, "a1", "tok_foreign_first").await;
    assert_eq!(got.body["checkout_status"], "processing");
    // Asked again under its own key and reference, not under the foreign payment's id.
    let order = world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
    assert_eq!(
        order["attempts"][0]["gatewayPaymentId"],
        world.gateway.payments()[0]["id"]
    );
    assert_eq!(world.gateway.calls("GET /payments/pay_f"), 0);
}

#[tokio::test]
async fn f12_a_search_that_ignores_the_reference_proves_nothing() {
    let world = World::new().await;
    let other = world.checkout("ORD-1", 3500).await;
    world.pay(&other.order, "a1", "tok_ok").await;
    let checkout = world.checkout("ORD-2", 3500).await;
    world.gateway.ignore_reference(true);
    world.pay(&checkout.order, "a1", "tok_500_dead").await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(world.gateway.calls("GET /payments?reference") >= 2);
    let order = world.order(&checkout.order).await;
    assert_eq!(order["attempts"][0]["status"], "unknown");
    world.gateway.ignore_reference(false);
    // A widget that asks gets the gateway asked sooner.
    while world.state(&checkout.session).await["last"].is_null() {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let order = world.order(&checkout.order).await;
    assert_eq!(order["attempts"][0]["status"], "failed");
}

#[tokio::test]
async fn f12_nothing_is_believed_before_searches_stayed_empty_for_the_quiet_time() {
    let world = World::with(|settings| settings.quiet = Duration::from_millis(1_600)).await;
    let checkout = world.checkout("ORD-1", 3500).await;
    world.gateway.hide(true);
    world.pay(&checkout.order, "a1", "tok_lost_forgotten").await;
    while world.gateway.calls("GET /payments?reference") < 2 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let order = world.order(&checkout.order).await;
    assert_eq!(order["attempts"][0]["status"], "unknown", "it was charged");
    world.gateway.hide(false);
    world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
}
