//! Exactly once: repeats, tabs, lost clients, restarts, tokens.

use std::time::Duration;

use serde_json::json;

use super::shop::{World, serve};

#[tokio::test]
async fn f01_f02_f03_f13_f74_fifty_equal_calls_reach_the_gateway_once() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let attempt = world.attempt(&checkout.session).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let body = json!({"payment_method_token": "tok_gate", "order_id": checkout.order});
        let request = world.call("create_payment", Some(&attempt), &body);
        calls.spawn(async move { request.send().await.unwrap().text().await.unwrap() });
    }
    world.gateway.arrived.notified().await;
    world.gateway.gate.add_permits(50);
    let answers = calls.join_all().await;
    assert!(
        answers[0].contains("\"checkout_status\":\"succeeded\""),
        "{}",
        answers[0]
    );
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    assert_eq!(world.gateway.calls("POST /payments"), 1);
    assert_eq!(world.order(&checkout.order).await["status"], "paid");
}

#[tokio::test]
async fn f74_two_servers_on_one_database_make_one_charge() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let attempt = world.attempt(&checkout.session).await;
    let second = serve(&world.gateway.base, world.folder.path()).await;
    let mut calls = tokio::task::JoinSet::new();
    for n in 0..20 {
        let base = if n % 2 == 0 { &world.base } else { &second };
        let request = world
            .client
            .post(format!("{base}/demo/v1/checkout/create_payment"))
            .header("idempotency-key", &attempt)
            .json(&json!({"payment_method_token": "tok_gate", "order_id": checkout.order}));
        calls.spawn(async move { request.send().await.unwrap().text().await.unwrap() });
    }
    world.gateway.arrived.notified().await;
    world.gateway.gate.add_permits(20);
    let answers = calls.join_all().await;
    assert!(answers[0].contains("\"checkout_status\":\"succeeded\""));
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(world.gateway.calls("POST /payments"), 1);
}

#[tokio::test]
async fn f07_two_sessions_of_one_order_pay_it_once() {
    let world = World::new().await;
    let first = world.checkout("ORD-1", 3500).await;
    let second = world.checkout("ORD-1", 3500).await;
    let (one, two) = (
        world.attempt(&first.session).await,
        world.attempt(&second.session).await,
    );
    assert_eq!(one, two, "tabs share the attempt");
    let (a, b) = tokio::join!(
        world.pay(&first.order, "tab-a", "tok_ok~a"),
        world.pay(&first.order, "tab-b", "tok_ok~b"),
    );
    let paid = [&a, &b].iter().filter(|got| got.status == 200).count();
    assert_eq!(paid, 1, "{a:?} {b:?}");
    let refused = if a.status == 200 { b } else { a };
    assert_eq!(refused.status, 409);
    assert_eq!(world.gateway.payments().len(), 1);
    assert_eq!(world.state(&second.session).await["order"], "paid");
    let late = world.pay(&first.order, "tab-c", "tok_ok~c").await;
    assert_eq!(late.status, 409);
    assert_eq!(late.body["error"][0]["code"], "double_purchase");
    assert_eq!(world.gateway.calls("POST"), 1);
}

#[tokio::test]
async fn f59_a_charge_outlives_its_caller() {
    // Nobody else settles it: what comes of it, comes of the charge itself.
    let world = World::with(|settings| settings.settle_every = Duration::from_secs(3600)).await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let attempt = world.attempt(&checkout.session).await;
    let body = json!({"payment_method_token": "tok_gate", "order_id": checkout.order});
    let call = tokio::spawn(world.call("create_payment", Some(&attempt), &body).send());
    world.gateway.arrived.notified().await;
    let state = world.state(&checkout.session).await;
    assert_eq!(state["attempt"]["phase"], "creating");
    assert_eq!(state["attempt"]["id"], attempt.as_str());
    call.abort();
    world.gateway.gate.add_permits(1);
    world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
    assert_eq!(world.gateway.calls("POST /payments"), 1);
}

#[tokio::test]
async fn the_same_attempt_with_another_body_is_422_and_another_attempt_meanwhile_409() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    world.pay(&checkout.order, "a1", "tok_3ds").await;
    let got = world.pay(&checkout.order, "a1", "tok_ok").await;
    assert_eq!(got.status, 422);
    assert_eq!(got.body["status"], "error");
    let got = world.pay(&checkout.order, "a2", "tok_ok").await;
    assert_eq!(got.status, 409);
    assert!(got.headers.contains_key("retry-after"));
    assert_eq!(world.gateway.calls("POST"), 1);
}

#[tokio::test]
async fn a_call_without_a_key_is_known_by_its_token() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let body = json!({"payment_method_token": "tok_ok", "order_id": checkout.order});
    let first = world.send(world.call("create_payment", None, &body)).await;
    let second = world.send(world.call("create_payment", None, &body)).await;
    assert_eq!(first.body, second.body);
    assert_eq!(first.body["checkout_status"], "succeeded");
    assert_eq!(world.gateway.calls("POST"), 1);
    let other = world.checkout("ORD-2", 3500).await;
    let body = json!({"payment_method_token": "tok_ok~2", "order_id": other.order,
        "client_metadata": {"attempt_id": "from-metadata"}});
    world.send(world.call("create_payment", None, &body)).await;
    let order = world.order(&other.order).await;
    assert_eq!(order["attempts"][0]["id"], "from-metadata");
}

#[tokio::test]
async fn f35_a_token_makes_two_gateway_calls_a_day() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    for attempt in ["a1", "a2"] {
        let got = world
            .pay(&checkout.order, attempt, "tok_decline_20051")
            .await;
        assert_eq!(got.body["failure"]["kind"], "insufficient_funds");
        // A replay is no gateway call.
        world
            .pay(&checkout.order, attempt, "tok_decline_20051")
            .await;
    }
    let third = world.pay(&checkout.order, "a3", "tok_decline_20051").await;
    assert_eq!(third.status, 200);
    assert_eq!(third.body["checkout_status"], "failed");
    assert_eq!(third.body["failure"]["kind"], "card_again");
    assert_eq!(world.gateway.calls("POST"), 2);
}

#[tokio::test]
async fn t21_a_token_of_one_order_does_not_pay_another() {
    let world = World::new().await;
    let cheap = world.checkout("ORD-1", 100).await;
    let dear = world.checkout("ORD-2", 200_000).await;
    world.pay(&cheap.order, "a1", "tok_3ds").await;
    let got = world.pay(&dear.order, "a1", "tok_3ds").await;
    assert_eq!(got.body["failure"]["kind"], "card_again");
    let state = world.state(&cheap.session).await;
    let action = super::shop::payload(state["attempt"]["actionRequiredToken"].as_str().unwrap());
    let status = action["statusUrl"].as_str().unwrap();
    world
        .send(
            world
                .client
                .get(status.replace("/action/", "/return?attempt=")),
        )
        .await;
    let done = world
        .send(world.client.get(status).header(
            "primer-client-token",
            action["accessToken"].as_str().unwrap(),
        ))
        .await;
    let resume = done.body["id"].as_str().unwrap();
    assert_eq!(world.resume(&dear.order, resume).await.status, 400);
    assert_eq!(world.gateway.calls("POST"), 1);
}

#[tokio::test]
async fn t20_the_browser_changes_nothing_about_the_order() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let body = json!({"payment_method_token": "tok_ok", "order_id": checkout.order,
        "amount": 1, "currency": "JPY", "capture": false, "reference": "x",
        "client_metadata": {"amount": 1}});
    let got = world
        .send(world.call("create_payment", Some("a1"), &body))
        .await;
    assert_eq!(got.status, 200);
    let sent = &world.gateway.bodies()[0];
    assert_eq!(sent["amount"], 3500);
    assert_eq!(sent["currency"], "EUR");
    assert_eq!(sent["capture"], true);
    assert_eq!(sent["metadata"]["order_reference"], "ORD-1");
    assert_eq!(sent["success_url"], sent["failure_url"]);
}

#[tokio::test]
async fn f73_a_restart_keeps_the_attempts() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let first = world.pay(&checkout.order, "a1", "tok_3ds").await;
    let again = World {
        base: serve(&world.gateway.base, world.folder.path()).await,
        ..world
    };
    let second = again.pay(&checkout.order, "a1", "tok_3ds").await;
    // The status address moved with the port; everything else is as it was.
    let token = |got: &super::shop::Got| {
        super::shop::payload(got.body["action_required_token"].as_str().unwrap())["accessToken"]
            .clone()
    };
    assert_eq!(token(&first), token(&second));
    assert_eq!(first.body["req_id"], second.body["req_id"]);
    assert_eq!(again.gateway.calls("POST"), 1);
}

#[tokio::test]
async fn t20_an_attempt_handed_out_for_another_amount_charges_nothing() {
    let world = World::new().await;
    let cheap = world.checkout("ORD-1", 3500).await;
    let shown = world.attempt(&cheap.session).await;
    // The shop opens the same order for more while the first document is still up.
    let dear = world.checkout("ORD-1", 9900).await;
    assert_eq!(dear.order, cheap.order);
    let got = world.pay(&cheap.order, &shown, "tok_ok~a").await;
    assert_eq!(got.status, 409, "{:?}", got.body);
    assert_eq!(got.body["error"][0]["code"], "order_changed");
    assert_eq!(world.gateway.calls("POST"), 0);
    let state = world.state(&cheap.session).await;
    assert_eq!(state["amount"], 9900);
    let next = state["attempt"]["id"].as_str().unwrap();
    let got = world.pay(&cheap.order, next, "tok_ok~b").await;
    assert_eq!(got.body["checkout_status"], "succeeded");
    assert_eq!(world.gateway.bodies()[0]["amount"], 9900);
}
