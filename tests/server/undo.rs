//! Approved too late: the money goes back, whatever the gateway makes of it, and nobody is
//! told anything else.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    gateway::Turn,
    shop::{Checkout, World, serve},
    webhooks::{KEY, event, sign},
};

/// A challenge was left, the order paid by a second attempt; then the bank approves the first.
async fn too_late(world: &World, status: &str) -> Checkout {
    let checkout = world.checkout("ORD-1", 3500).await;
    let first = world.attempt(&checkout.session).await;
    world.pay(&checkout.order, &first, "tok_3ds").await;
    let leave = json!({"attempt": first});
    let state = world.cancel(&checkout.session, &leave).await.body;
    let second = state["attempt"]["id"].as_str().unwrap();
    let got = world.pay(&checkout.order, second, "tok_ok").await;
    assert_eq!(got.body["checkout_status"], "succeeded");
    world.gateway.set(0, status, true);
    checkout
}

/// Hurries until the first attempt has `status`.
async fn until(world: &World, checkout: &Checkout, status: &str) -> Value {
    let mut last = Value::Null;
    for _ in 0..100 {
        world.hurry().await;
        last = world.order(&checkout.order).await;
        if last["attempts"][0]["status"] == status {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the first attempt never became {status}: {last:#}");
}

#[tokio::test]
async fn f42_a_void_that_was_accepted_and_failed_is_tried_again_under_a_new_key() {
    let world = World::new().await;
    world.gateway.turns(&[Turn::Fails, Turn::Fails]);
    let checkout = too_late(&world, "Authorized").await;
    let order = until(&world, &checkout, "voided").await;
    assert_eq!(order["status"], "paid");
    let keys: Vec<String> = world
        .gateway
        .reversals()
        .into_iter()
        .map(|one| one.0)
        .collect();
    assert_eq!(keys.len(), 3, "{keys:?}");
    assert!(keys[0] != keys[1] && keys[1] != keys[2], "{keys:?}");
    assert_eq!(world.gateway.payments()[1]["status"], "Authorized");
}

#[tokio::test]
async fn f42_captured_before_the_void_took_effect_it_is_refunded_once() {
    let world = World::new().await;
    world.gateway.turns(&[Turn::CapturedFirst]);
    let checkout = too_late(&world, "Authorized").await;
    let order = until(&world, &checkout, "refunded").await;
    assert_eq!(
        world
            .gateway
            .calls("POST /payments/pay_00000000000000000000000000/v"),
        1
    );
    assert_eq!(
        world
            .gateway
            .calls("POST /payments/pay_00000000000000000000000000/r"),
        1
    );
    let told = &order["attempts"][0];
    assert_eq!(told["reversals"][0]["kind"], "void");
    assert_eq!(told["reversals"][1]["kind"], "refund");
    assert_eq!(told["reversals"][1]["amount"], 3500);
    assert!(told["approvedLateAt"].is_string() && told["givenBackAt"].is_string());
    assert!(told["approvedLateAt"].as_str() < told["givenBackAt"].as_str());
}

#[tokio::test]
async fn f42_what_was_captured_before_its_void_is_refunded_without_another_round() {
    // One report is all that ever wakes the server.
    let world = World::with(|settings| settings.settle_every = Duration::from_secs(3600)).await;
    world.gateway.turns(&[Turn::CapturedFirst]);
    let checkout = too_late(&world, "Authorized").await;
    let payment = world.gateway.payments()[0].clone();
    let text = event("evt_1", "payment_approved", &payment);
    let request = world
        .client
        .post(format!("{}/webhooks/checkout-com", world.base))
        .header("cko-signature", sign(&text, KEY))
        .body(text);
    assert_eq!(request.send().await.unwrap().status(), 200);
    let order = world
        .until(&checkout.order, |order| {
            order["attempts"][0]["status"] == "refunded"
        })
        .await;
    assert_eq!(order["status"], "paid");
    assert_eq!(world.gateway.reversals().len(), 2, "a void and a refund");
}

#[tokio::test]
async fn f42_a_refund_whose_answer_was_lost_is_not_made_twice() {
    let world = World::with(|settings| {
        settings.gateway_deadline = Duration::from_millis(1_500);
    })
    .await;
    world.gateway.turns(&[Turn::Lost]);
    let checkout = too_late(&world, "Captured").await;
    until(&world, &checkout, "refunded").await;
    let keys: Vec<String> = world
        .gateway
        .reversals()
        .into_iter()
        .map(|one| one.0)
        .collect();
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[tokio::test]
async fn of_a_partial_capture_what_was_captured_goes_back() {
    let world = World::new().await;
    let checkout = too_late(&world, "Pending").await;
    world.gateway.act(0, "Capture", 1200);
    world.gateway.set(0, "Partially Captured", true);
    until(&world, &checkout, "refunded").await;
    let asked = world.gateway.reversals();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].1["amount"], 1200);
}

#[tokio::test]
async fn after_five_refusals_an_operator_is_called_and_asking_goes_on() {
    let world = World::new().await;
    world.gateway.turns(&[Turn::Refused; 5]);
    let checkout = too_late(&world, "Authorized").await;
    let called = |order: &Value| {
        let lines = order["history"].as_array().unwrap();
        lines
            .iter()
            .filter(|line| line["what"] == "operator needed")
            .count()
    };
    for _ in 0..100 {
        world.hurry().await;
        if called(&world.order(&checkout.order).await) > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let order = world.order(&checkout.order).await;
    assert_eq!(order["attempts"][0]["status"], "undoing");
    assert_eq!(world.gateway.reversals().len(), 5);
    let asked = world
        .gateway
        .calls("GET /payments/pay_00000000000000000000000000/a");
    for _ in 0..100 {
        world.hurry().await;
        if world
            .gateway
            .calls("GET /payments/pay_00000000000000000000000000/a")
            > asked + 1
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(world.gateway.reversals().len(), 5, "no sixth try");
    let order = world.order(&checkout.order).await;
    assert_eq!(called(&order), 1, "said once");
    // Somebody gives it back by hand.
    world.gateway.set(0, "Voided", true);
    until(&world, &checkout, "voided").await;
}

#[tokio::test]
async fn f42_nobody_is_told_that_a_late_approval_was_not_charged() {
    let world = World::new().await;
    world.gateway.turns(&[Turn::Refused; 5]);
    let checkout = world.checkout("ORD-1", 3500).await;
    let first = world.attempt(&checkout.session).await;
    world.pay(&checkout.order, &first, "tok_3ds").await;
    world
        .cancel(&checkout.session, &json!({"attempt": first}))
        .await;
    let state = world.cancel(&checkout.session, &json!({})).await.body;
    assert_eq!(state["order"], "cancelled");
    world.gateway.set(0, "Authorized", true);
    until(&world, &checkout, "undoing").await;
    let got = world.pay(&checkout.order, &first, "tok_3ds").await;
    assert_eq!(got.body["checkout_status"], "failed");
    assert_eq!(got.body["failure"]["kind"], "approved_late");
    let said = got.body["failed_message_for_user"].as_str().unwrap();
    assert!(
        said.contains("being given back") && said.contains("reserved"),
        "{said}"
    );
    assert!(!said.contains("not been charged"), "{said}");
    let state = world.state(&checkout.session).await;
    assert_eq!(state["reversal"], "returning");
    assert_eq!(state["last"]["failure"]["kind"], "approved_late");
    assert_eq!(state["last"]["cancelled"], false);
    world.gateway.set(0, "Voided", true);
    until(&world, &checkout, "voided").await;
    assert_eq!(world.state(&checkout.session).await["reversal"], "returned");
}

#[tokio::test]
async fn f42_a_void_without_an_answer_is_asked_for_again_under_its_own_key() {
    let world = World::with(|settings| {
        settings.gateway_deadline = Duration::from_millis(500);
    })
    .await;
    world.gateway.turns(&[Turn::Broken, Turn::Broken]);
    let checkout = too_late(&world, "Authorized").await;
    let order = until(&world, &checkout, "voided").await;
    let keys: Vec<String> = world
        .gateway
        .reversals()
        .into_iter()
        .map(|one| one.0)
        .collect();
    assert_eq!(keys.len(), 3, "{keys:?}");
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    let told = &order["attempts"][0]["reversals"];
    assert_eq!(told.as_array().unwrap().len(), 1, "one try: {told}");
}

#[tokio::test]
async fn f42_webhooks_and_two_settlers_at_once_give_a_payment_back_once() {
    for (status, way, ended) in [
        (
            "Authorized",
            "POST /payments/pay_00000000000000000000000000/v",
            "voided",
        ),
        (
            "Captured",
            "POST /payments/pay_00000000000000000000000000/r",
            "refunded",
        ),
    ] {
        let world = World::new().await;
        let second = serve(&world.gateway.base, world.folder.path()).await;
        let checkout = too_late(&world, status).await;
        world.hurry().await;
        let payment = world.gateway.payments()[0].clone();
        let mut calls = tokio::task::JoinSet::new();
        for n in 0..12 {
            let base = if n % 2 == 0 { &world.base } else { &second };
            let text = event(&format!("evt_{n}"), "payment_approved", &payment);
            let request = world
                .client
                .post(format!("{base}/webhooks/checkout-com"))
                .header("cko-signature", sign(&text, KEY))
                .body(text);
            calls.spawn(request.send());
        }
        while let Some(done) = calls.join_next().await {
            assert_eq!(done.unwrap().unwrap().status(), 200);
        }
        let order = until(&world, &checkout, ended).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(world.gateway.calls(way), 1, "{:?}", world.gateway.log());
        assert_eq!(world.gateway.reversals().len(), 1);
        assert_eq!(order["status"], "paid");
    }
}
