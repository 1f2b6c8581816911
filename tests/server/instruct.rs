//! Captures, voids and refunds by a shop, as Checkout.com has them (seed 001): what is answered,
//! what moves, and that nothing moves twice.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{
    gateway::Turn,
    shop::{Checkout, Got, World, body, claim, serve},
    webhooks::{KEY, event, sign},
};
use crate::fits::assert_fits;

/// A quick world, so that what is settled in the background is settled soon.
async fn world() -> World {
    World::with(|settings| {
        settings.settle_every = Duration::from_millis(20);
        settings.gateway_deadline = Duration::from_millis(1_500);
    })
    .await
}

/// An order of 35 euros that is paid with `capture`.
async fn order(world: &World, capture: &str) -> Checkout {
    let mut terms = claim("ORD-5023", 3500);
    terms["capture"] = json!(capture);
    let checkout = World::opened(world.post_checkout(&body(&terms)).await.body);
    let got = world.pay(&checkout.order, "a1", "tok_ok").await;
    assert_eq!(got.body["checkout_status"], "succeeded", "{:?}", got.body);
    checkout
}

fn request(world: &World, payment: &str, what: &str) -> reqwest::RequestBuilder {
    let url = format!("{}/payments/{payment}/{what}", world.base);
    world.client.post(url)
}

/// The call as a shop makes it; every answer with a published form must fit it.
async fn call(
    world: &World,
    checkout: &Checkout,
    what: &str,
    key: Option<&str>,
    body: Value,
) -> Got {
    let payment = checkout.answer["paymentId"].as_str().unwrap();
    let mut request = request(world, payment, what).bearer_auth("sk_test_demo");
    if let Some(key) = key {
        request = request.header("cko-idempotency-key", key);
    }
    let got = world.send(request.json(&body)).await;
    match got.status.as_u16() {
        202 => assert_fits("checkout-com/capture.202", &got.body),
        422 => assert_fits("checkout-com/error.422", &got.body),
        _ => {}
    }
    got
}

async fn accepted(world: &World, checkout: &Checkout, what: &str, body: Value) -> Value {
    let got = call(world, checkout, what, None, body).await;
    assert_eq!(got.status, 202, "{:?}", got.body);
    got.body
}

fn codes(got: &Got) -> &Value {
    assert_eq!(got.status, 422, "{:?}", got.body);
    &got.body["error_codes"]
}

/// Makes every question due and reads the order until its last action has `status`.
async fn until(world: &World, checkout: &Checkout, status: &str) -> Value {
    let mut last = Value::Null;
    for _ in 0..200 {
        world
            .sql("UPDATE instructions SET next_ask_at = 0 WHERE state <> 'asked'")
            .await;
        last = world.order(&checkout.order).await;
        let actions = last["actions"].as_array().cloned().unwrap_or_default();
        if actions
            .last()
            .is_some_and(|action| action["status"] == status)
        {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the last action never became {status}: {last:#}");
}

/// The gateway captures by itself.
fn captured(world: &World) {
    world.gateway.set(0, "Captured", true);
    world.gateway.act(0, "Capture", 3500);
}

/// How many captures, voids and refunds the gateway was asked for.
fn asked(world: &World) -> usize {
    world.gateway.reversals().len()
}

fn whats<'a>(order: &'a Value, what: &str) -> Vec<&'a Value> {
    let lines = order["history"].as_array().unwrap().iter();
    lines.filter(|line| line["what"] == what).collect()
}

#[tokio::test]
async fn a_question_that_hangs_keeps_no_capture_waiting() {
    let world = World::with(|settings| {
        settings.settle_every = Duration::from_millis(20);
        settings.gateway_deadline = Duration::from_secs(30);
    })
    .await;
    let checkout = order(&world, "manual").await;
    let slow = world.checkout("ORD-SLOW", 3500).await;
    world.pay(&slow.order, "a1", "tok_lost_then_slow").await;
    world
        .sql("UPDATE attempts SET next_ask_at = 0 WHERE phase = 'unknown'")
        .await;
    // The settler's own repeat of the lost payment hangs from here on.
    while world.gateway.calls("POST /payments") < 3 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    accepted(&world, &checkout, "captures", json!({})).await;
    until(&world, &checkout, "done").await;
    world.gateway.gate.add_permits(1);
}

#[tokio::test]
async fn a_full_capture_is_accepted_then_settled_and_the_order_follows() {
    let world = world().await;
    let checkout = order(&world, "manual").await;
    let before = world.order(&checkout.order).await;
    assert_eq!(
        (&before["status"], &before["capturedAmount"]),
        (&json!("authorised"), &json!(0))
    );
    let sent = json!({"reference": "ORD-5023-4E88",
        "metadata": {"coupon_code": "NY2018", "partner_id": 123_989}});
    let answer = accepted(&world, &checkout, "captures", sent.clone()).await;
    assert_eq!(answer["reference"], "ORD-5023-4E88");
    let href = answer["_links"]["payment"]["href"].as_str().unwrap();
    let payment = checkout.answer["paymentId"].as_str().unwrap();
    assert!(href.ends_with(&format!("/payments/{payment}")), "{href}");
    let linked = world
        .send(world.client.get(href).bearer_auth("sk_test_demo"))
        .await;
    assert_eq!(linked.body["orderId"], checkout.order.as_str());
    let order = until(&world, &checkout, "done").await;
    assert_eq!(order["status"], "paid");
    assert_eq!(
        (&order["capturedAmount"], &order["refundedAmount"]),
        (&json!(3500), &json!(0))
    );
    assert_eq!(order["actions"][0]["actionId"], answer["action_id"]);
    assert_eq!(world.gateway.reversals()[0].1, sent, "as the shop sent it");
    assert_eq!(asked(&world), 1);
    let asked = whats(&order, "action asked")[0];
    assert_eq!(
        (&asked["kind"], &asked["reference"]),
        (&json!("capture"), &json!("ORD-5023-4E88"))
    );
    let call = whats(&order, "gateway called")
        .into_iter()
        .find(|line| line["call"] == "POST /payments/{id}/captures")
        .unwrap();
    assert_eq!(
        (&call["status"], &call["takenFor"]),
        (&json!(202), &json!("accepted"))
    );
    let decided: Vec<&Value> = whats(&order, "action decided")
        .iter()
        .map(|line| &line["to"])
        .collect();
    assert_eq!(decided, ["accepted", "done"]);
}

#[tokio::test]
async fn f72_202_is_not_captured_until_the_gateway_shows_it() {
    let world = world().await;
    world.gateway.turns(&[Turn::Slow]);
    let checkout = order(&world, "manual").await;
    accepted(&world, &checkout, "captures", json!({"amount": 3500})).await;
    let waiting = until(&world, &checkout, "accepted").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(waiting["status"], "authorised");
    assert_eq!(world.order(&checkout.order).await["capturedAmount"], 0);
    world.gateway.catch_up();
    let order = until(&world, &checkout, "done").await;
    assert_eq!(
        (&order["status"], &order["capturedAmount"]),
        (&json!("paid"), &json!(3500))
    );
    assert_eq!(asked(&world), 1);
}

#[tokio::test]
async fn t22_a_webhook_of_a_capture_settles_it_by_a_question() {
    let world = World::with(|settings| settings.settle_every = Duration::from_secs(3600)).await;
    world.gateway.turns(&[Turn::Slow]);
    let checkout = order(&world, "manual").await;
    accepted(
        &world,
        &checkout,
        "captures",
        json!({"amount": 1000, "reference": "R-1"}),
    )
    .await;
    world.gateway.catch_up();
    let mut payment = world.gateway.payments()[0].clone();
    // The webhook carries the capture's own reference.
    payment["reference"] = json!("R-1");
    let text = event("evt_1", "payment_captured", &payment);
    let url = format!("{}/webhooks/checkout-com", world.base);
    let signed = world
        .client
        .post(url)
        .header("cko-signature", sign(&text, KEY));
    assert_eq!(world.send(signed.body(text)).await.status, 200);
    let order = world
        .until(&checkout.order, |order| {
            order["actions"][0]["status"] == "done"
        })
        .await;
    assert_eq!(
        (&order["status"], &order["capturedAmount"]),
        (&json!("paid"), &json!(1000))
    );
}

#[tokio::test]
async fn one_partial_capture_and_no_second() {
    let world = world().await;
    let checkout = order(&world, "manual").await;
    let first = accepted(
        &world,
        &checkout,
        "captures",
        json!({"amount": 1000, "reference": "A"}),
    )
    .await;
    let second = call(
        &world,
        &checkout,
        "captures",
        None,
        json!({"amount": 500, "reference": "B"}),
    )
    .await;
    assert_eq!(second.status, 403, "{:?}", second.body);
    assert!(
        second.body["message"]
            .as_str()
            .unwrap()
            .contains("captured")
    );
    let order = until(&world, &checkout, "done").await;
    assert_eq!(
        (&order["status"], &order["capturedAmount"]),
        (&json!("paid"), &json!(1000))
    );
    let third = call(
        &world,
        &checkout,
        "captures",
        Some("k"),
        json!({"amount": 500}),
    )
    .await;
    assert_eq!(third.status, 403);
    assert_eq!(order["actions"][0]["actionId"], first["action_id"]);
    assert_eq!(asked(&world), 1, "refused without asking");
}

#[tokio::test]
async fn what_is_known_to_be_impossible_is_refused_without_asking() {
    let world = world().await;
    let automatic = order(&world, "automatic").await;
    let got = call(&world, &automatic, "captures", None, json!({})).await;
    assert_eq!(got.status, 403);
    assert!(
        got.body["message"]
            .as_str()
            .unwrap()
            .contains("automatically")
    );
    // Not paid at all.
    let mut terms = claim("ORD-2", 3500);
    terms["capture"] = json!("manual");
    let open = World::opened(world.post_checkout(&body(&terms)).await.body);
    for what in ["captures", "voids", "refunds"] {
        let got = call(&world, &open, what, None, json!({})).await;
        assert_eq!(got.status, 403, "{what}: {:?}", got.body);
    }
    assert_eq!(asked(&world), 0);
}

#[tokio::test]
async fn more_than_authorised_and_bad_bodies_are_422_to_the_letter() {
    let world = world().await;
    let checkout = order(&world, "manual").await;
    for (what, body, expected) in [
        (
            "captures",
            json!({"amount": 3501}),
            "capture_value_greater_than_authorized",
        ),
        (
            "refunds",
            json!({"amount": 3501}),
            "refund_amount_exceeds_balance",
        ),
        ("voids", json!({"amount": 100}), "void_amount_invalid"),
        ("captures", json!({"amount": 0}), "amount_invalid"),
        ("captures", json!({"amount": "3500"}), "amount_invalid"),
        ("refunds", json!({"amount": 35.5}), "amount_invalid"),
        ("captures", json!({"metadata": "x"}), "metadata_key_invalid"),
        ("captures", json!({"reference": 1}), "parameter_invalid"),
        (
            "captures",
            json!({"capture_type": "Half"}),
            "parameter_invalid",
        ),
        ("captures", json!([]), "request_json_invalid"),
    ] {
        let got = call(&world, &checkout, what, None, body.clone()).await;
        assert_eq!(codes(&got), &json!([expected]), "{what} {body}");
        assert!(got.body["request_id"].as_str().unwrap().starts_with("req_"));
    }
    let payment = checkout.answer["paymentId"].as_str().unwrap();
    let broken = request(&world, payment, "captures").bearer_auth("sk_test_demo");
    for text in ["{", "{\"amount\":1,\"amount\":2}"] {
        let got = world.send(broken.try_clone().unwrap().body(text)).await;
        assert_eq!(codes(&got), &json!(["request_json_invalid"]));
        assert_eq!(got.body["error_type"], "request_malformed");
    }
    assert_eq!(asked(&world), 0);
    assert_eq!(world.order(&checkout.order).await["status"], "authorised");
}

#[tokio::test]
async fn t24_keys_and_ids_of_others_look_as_unknown_ones() {
    let world = world().await;
    let checkout = order(&world, "manual").await;
    let payment = checkout.answer["paymentId"].as_str().unwrap();
    let gateway_id = world.gateway.payments()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for what in ["captures", "voids", "refunds"] {
        let stranger = request(&world, payment, what).bearer_auth("sk_test_other_demo");
        let stranger = world.send(stranger.json(&json!({}))).await;
        let unknown = request(&world, "pay_aaaaaaaaaaaaaaaaaaaaaaaaaa", what);
        let unknown = world
            .send(unknown.bearer_auth("sk_test_demo").json(&json!({})))
            .await;
        let theirs = request(&world, &gateway_id, what).bearer_auth("sk_test_demo");
        let theirs = world.send(theirs.json(&json!({}))).await;
        assert_eq!(stranger.status, 404);
        assert_eq!(stranger.body, unknown.body);
        assert_eq!(theirs.body, unknown.body);
        for key in [
            None,
            Some("Bearer sk_test_wrong"),
            Some("pk_test_demo"),
            Some("sk_test"),
            Some("Bearer "),
        ] {
            let mut bare = request(&world, payment, what).json(&json!({}));
            if let Some(key) = key {
                bare = bare.header("authorization", key);
            }
            assert_eq!(world.send(bare).await.status, 401, "{key:?}");
        }
    }
    assert_eq!(asked(&world), 0);
    let nothing = request(&world, payment, "wishes").bearer_auth("sk_test_demo");
    assert_eq!(world.send(nothing).await.status, 404);
    // Clients of the previous platform send the key bare, and may send no body.
    let bare = request(&world, payment, "captures").header("authorization", "sk_test_demo");
    assert_eq!(world.send(bare).await.status, 202);
}

#[tokio::test]
async fn f13_a_repeated_key_is_answered_as_the_first_time_and_another_body_is_refused() {
    let world = world().await;
    let checkout = order(&world, "automatic").await;
    captured(&world);
    let refund = json!({"amount": 1000, "reference": "R"});
    let first = call(&world, &checkout, "refunds", Some("k-1"), refund.clone()).await;
    assert_eq!(first.status, 202, "{:?}", first.body);
    for _ in 0..2 {
        let again = call(&world, &checkout, "refunds", Some("k-1"), refund.clone()).await;
        assert_eq!(again.body, first.body);
    }
    let other = call(
        &world,
        &checkout,
        "refunds",
        Some("k-1"),
        json!({"amount": 1001, "reference": "R"}),
    )
    .await;
    assert_eq!(codes(&other), &json!(["parameter_invalid"]));
    assert_eq!(asked(&world), 1);
    let order = until(&world, &checkout, "done").await;
    assert_eq!(order["refundedAmount"], 1000);
    // Another key is another refund, if the shop says so.
    let second = call(&world, &checkout, "refunds", Some("k-2"), refund).await;
    assert_eq!(second.status, 202);
    assert_ne!(second.body["action_id"], first.body["action_id"]);
    assert_eq!(asked(&world), 2);
    let order = until(&world, &checkout, "done").await;
    assert_eq!(order["refundedAmount"], 2000);
    assert_eq!(
        (&order["status"], &order["capturedAmount"]),
        (&json!("paid"), &json!(3500))
    );
}

#[tokio::test]
async fn f13_without_a_key_the_same_reference_and_amount_is_the_same_action() {
    let world = world().await;
    let checkout = order(&world, "automatic").await;
    captured(&world);
    let first = accepted(
        &world,
        &checkout,
        "refunds",
        json!({"amount": 1000, "reference": "R"}),
    )
    .await;
    let again = accepted(
        &world,
        &checkout,
        "refunds",
        json!({"amount": 1000, "reference": "R"}),
    )
    .await;
    assert_eq!(again, first);
    assert_eq!(asked(&world), 1);
    let other = accepted(
        &world,
        &checkout,
        "refunds",
        json!({"amount": 1000, "reference": "S"}),
    )
    .await;
    assert_ne!(other["action_id"], first["action_id"]);
    assert_eq!(asked(&world), 2);
}

#[tokio::test]
async fn f10_a_capture_whose_answer_is_lost_is_found_and_not_made_twice() {
    for turn in [Turn::Lost, Turn::Broken] {
        let world = world().await;
        world.gateway.turns(&[turn]);
        let checkout = order(&world, "manual").await;
        let body = json!({"amount": 2000, "reference": "R"});
        let answer = accepted(&world, &checkout, "captures", body.clone()).await;
        let same = accepted(&world, &checkout, "captures", body).await;
        assert_eq!(answer, same);
        let order = until(&world, &checkout, "done").await;
        assert_eq!(order["capturedAmount"], 2000);
        let keys: Vec<String> = world
            .gateway
            .reversals()
            .into_iter()
            .map(|one| one.0)
            .collect();
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
        let done = whats(&order, "action asked");
        assert_eq!(done.len(), 1);
        assert_eq!(world.gateway.payments()[0]["status"], "Partially Captured");
    }
}

#[tokio::test]
async fn f10_a_refund_whose_answer_is_lost_gives_back_once() {
    let world = world().await;
    let checkout = order(&world, "automatic").await;
    world.gateway.set(0, "Captured", true);
    world.gateway.turns(&[Turn::Broken, Turn::Lost]);
    accepted(&world, &checkout, "refunds", json!({"amount": 1500})).await;
    let order = until(&world, &checkout, "done").await;
    assert_eq!(order["refundedAmount"], 1500);
    let keys: Vec<String> = world
        .gateway
        .reversals()
        .into_iter()
        .map(|one| one.0)
        .collect();
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[tokio::test]
async fn f73_an_action_that_was_stored_and_never_sent_is_sent_after_a_restart() {
    let world = world().await;
    let checkout = order(&world, "manual").await;
    // As a server leaves it that dies between the store and the gateway.
    world
        .sql(
            "INSERT INTO instructions (id, order_id, attempt, kind, amount, reference, more, \
             identity, fingerprint, gateway_key, gateway_action, body, state, why, came_to, asks, \
             next_ask_at, created_at, updated_at) \
             SELECT 'act_left00000000000000000000000', order_id, id, 'capture', 0, '', 0, 'i', 'f', \
             'key-left', '', '{\"reference\":\"act_left00000000000000000000000\"}', 'asked', '', 0, 0, \
             1, created_at, created_at FROM attempts",
        )
        .await;
    let order = until(&world, &checkout, "done").await;
    assert_eq!(
        (&order["status"], &order["capturedAmount"]),
        (&json!("paid"), &json!(3500))
    );
    assert_eq!(world.gateway.reversals()[0].0, "key-left");
    assert_eq!(asked(&world), 1);
}

#[tokio::test]
async fn f74_equal_calls_at_once_are_one_also_over_two_servers() {
    let world = world().await;
    let second = serve(&world.gateway.base, world.folder.path()).await;
    let checkout = order(&world, "automatic").await;
    world.gateway.set(0, "Captured", true);
    world.gateway.turns(&[Turn::Held]);
    let payment = checkout.answer["paymentId"].as_str().unwrap();
    let mut calls = tokio::task::JoinSet::new();
    for n in 0..12 {
        let base = if n % 2 == 0 { &world.base } else { &second };
        let request = world
            .client
            .post(format!("{base}/payments/{payment}/refunds"))
            .bearer_auth("sk_test_demo")
            .header("cko-idempotency-key", "k")
            .json(&json!({"amount": 1000}));
        calls.spawn(async move {
            let answer = request.send().await.unwrap();
            (answer.status(), answer.json::<Value>().await.unwrap())
        });
    }
    world.gateway.arrived.notified().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    world.gateway.gate.add_permits(1);
    let mut ids = std::collections::BTreeSet::new();
    while let Some(done) = calls.join_next().await {
        let (status, body) = done.unwrap();
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
        ids.insert(body["action_id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(asked(&world), 1);
    let order = until(&world, &checkout, "done").await;
    assert_eq!(order["refundedAmount"], 1000);
}

#[tokio::test]
async fn f74_a_repeat_waits_ten_seconds_for_the_first_call_then_is_told_to_come_back() {
    let world = World::with(|settings| settings.gateway_deadline = Duration::from_secs(30)).await;
    world.gateway.turns(&[Turn::Held]);
    let checkout = order(&world, "manual").await;
    let body = json!({"reference": "R"});
    let (first, second) = tokio::join!(
        call(&world, &checkout, "captures", None, body.clone()),
        async {
            while world.gateway.calls("POST /payments/pay_") == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let second = call(&world, &checkout, "captures", None, body.clone()).await;
            world.gateway.gate.add_permits(1);
            second
        }
    );
    assert_eq!(second.status, 429);
    assert_eq!(second.headers["retry-after"], "5");
    assert_eq!(first.status, 202, "{:?}", first.body);
    let third = accepted(&world, &checkout, "captures", body).await;
    assert_eq!(third, first.body);
    assert_eq!(asked(&world), 1);
}

#[tokio::test]
async fn f74_of_a_capture_and_a_void_at_once_one_is_taken() {
    for _ in 0..3 {
        let world = world().await;
        let checkout = order(&world, "manual").await;
        let (capture, void, other) = tokio::join!(
            call(
                &world,
                &checkout,
                "captures",
                None,
                json!({"reference": "C"})
            ),
            call(&world, &checkout, "voids", None, json!({"reference": "V"})),
            call(&world, &checkout, "captures", None, json!({"amount": 100})),
        );
        let mut statuses =
            [capture.status, void.status, other.status].map(|status| status.as_u16());
        statuses.sort_unstable();
        assert_eq!(statuses, [202, 403, 403]);
        assert_eq!(asked(&world), 1);
        let order = until(&world, &checkout, "done").await;
        if void.status == 202 {
            assert_eq!(
                (&order["status"], &order["released"]),
                (&json!("authorised"), &json!(true))
            );
            assert_eq!(order["capturedAmount"], 0);
        } else {
            assert_eq!(order["status"], "paid");
        }
    }
}

#[tokio::test]
async fn a_void_lets_an_authorisation_go_and_nothing_can_follow() {
    let world = world().await;
    let checkout = order(&world, "manual").await;
    accepted(&world, &checkout, "voids", json!({"reference": "V"})).await;
    let order = until(&world, &checkout, "done").await;
    assert_eq!(
        (&order["status"], &order["released"]),
        (&json!("authorised"), &json!(true))
    );
    assert_eq!(order["attempts"][0]["status"], "voided");
    for what in ["captures", "refunds"] {
        let got = call(&world, &checkout, what, None, json!({"reference": what})).await;
        assert_eq!(got.status, 403, "{what}");
    }
    let again = call(&world, &checkout, "voids", None, json!({"reference": "W"})).await;
    assert_eq!(again.status, 403);
    assert_eq!(asked(&world), 1);
}

#[tokio::test]
async fn a_void_before_an_automatic_capture_leaves_the_order_paid_and_released() {
    let world = world().await;
    let checkout = order(&world, "automatic").await;
    assert_eq!(world.order(&checkout.order).await["capturedAmount"], 3500);
    accepted(&world, &checkout, "voids", json!({"amount": 3500})).await;
    let order = until(&world, &checkout, "done").await;
    assert_eq!(
        (&order["status"], &order["released"]),
        (&json!("paid"), &json!(true))
    );
    assert_eq!(order["capturedAmount"], 0);
}

#[tokio::test]
async fn what_ran_out_at_the_gateway_is_refused_there_and_the_order_follows() {
    let world = world().await;
    let checkout = order(&world, "manual").await;
    // After seven days; nobody has told the server.
    world.gateway.set(0, "Voided", true);
    let got = call(&world, &checkout, "captures", None, json!({})).await;
    assert_eq!(got.status, 403, "{:?}", got.body);
    world.hurry().await;
    let order = world
        .until(&checkout.order, |order| order["released"] == true)
        .await;
    assert_eq!(
        (&order["status"], &order["actions"][0]["status"]),
        (&json!("authorised"), &json!("refused"))
    );
    assert_eq!(asked(&world), 1);
    let known = call(
        &world,
        &checkout,
        "captures",
        None,
        json!({"reference": "R"}),
    )
    .await;
    assert_eq!(known.status, 403);
    assert_eq!(asked(&world), 1, "known by now");
}

#[tokio::test]
async fn what_was_accepted_and_declined_later_is_told_and_may_be_asked_for_again() {
    let world = world().await;
    world.gateway.turns(&[Turn::Fails]);
    let checkout = order(&world, "manual").await;
    let first = accepted(&world, &checkout, "captures", json!({"reference": "R"})).await;
    let order = until(&world, &checkout, "failed").await;
    assert_eq!(
        (&order["status"], &order["capturedAmount"]),
        (&json!("authorised"), &json!(0))
    );
    let second = accepted(&world, &checkout, "captures", json!({"reference": "R"})).await;
    assert_ne!(first["action_id"], second["action_id"]);
    let order = until(&world, &checkout, "done").await;
    assert_eq!(
        (&order["status"], &order["capturedAmount"]),
        (&json!("paid"), &json!(3500))
    );
    assert_eq!(order["actions"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_gateways_refusals_are_passed_on_and_not_kept_as_answers() {
    let world = world().await;
    let checkout = order(&world, "automatic").await;
    // Nothing is captured there yet.
    let early = call(&world, &checkout, "refunds", Some("k"), json!({})).await;
    assert_eq!(early.status, 403, "{:?}", early.body);
    world.gateway.turns(&[Turn::Unauthorised]);
    let misled = call(&world, &checkout, "refunds", Some("k"), json!({})).await;
    assert_eq!(misled.status, 502);
    assert_eq!(misled.body["error_type"], "processing_error");
    world.gateway.set(0, "Captured", true);
    let late = call(&world, &checkout, "refunds", Some("k"), json!({})).await;
    assert_eq!(late.status, 202, "{:?}", late.body);
    let order = until(&world, &checkout, "done").await;
    assert_eq!(
        (&order["refundedAmount"], &order["status"]),
        (&json!(3500), &json!("paid"))
    );
    let more = call(&world, &checkout, "refunds", Some("l"), json!({})).await;
    assert_eq!(more.status, 403, "all of it is back");
}

#[tokio::test]
async fn of_a_partial_capture_no_more_goes_back_than_was_taken() {
    let world = world().await;
    let checkout = order(&world, "manual").await;
    accepted(&world, &checkout, "captures", json!({"amount": 1000})).await;
    until(&world, &checkout, "done").await;
    let much = call(&world, &checkout, "refunds", None, json!({"amount": 1001})).await;
    assert_eq!(codes(&much), &json!(["refund_amount_exceeds_balance"]));
    accepted(&world, &checkout, "refunds", json!({})).await;
    let order = until(&world, &checkout, "done").await;
    assert_eq!(
        (&order["capturedAmount"], &order["refundedAmount"]),
        (&json!(1000), &json!(1000))
    );
    assert_eq!(order["actions"][2]["amount"], 1000);
}

#[tokio::test]
async fn f42_giving_a_late_approval_back_and_capturing_the_order_do_not_meet() {
    let world = world().await;
    let mut terms = claim("ORD-1", 3500);
    terms["capture"] = json!("manual");
    let checkout = World::opened(world.post_checkout(&body(&terms)).await.body);
    let first = world.attempt(&checkout.session).await;
    world.pay(&checkout.order, &first, "tok_3ds").await;
    let state = world
        .cancel(&checkout.session, &json!({"attempt": first}))
        .await
        .body;
    let second = state["attempt"]["id"].as_str().unwrap().to_owned();
    world.pay(&checkout.order, &second, "tok_ok").await;
    world.gateway.set(0, "Authorized", true);
    world.hurry().await;
    accepted(&world, &checkout, "captures", json!({})).await;
    until(&world, &checkout, "done").await;
    let order = world
        .until(&checkout.order, |order| {
            order["attempts"][0]["status"] == "voided"
        })
        .await;
    assert_eq!(
        (&order["status"], &order["capturedAmount"]),
        (&json!("paid"), &json!(3500))
    );
    let payments = world.gateway.payments();
    assert_eq!(
        (&payments[0]["status"], &payments[1]["status"]),
        (&json!("Voided"), &json!("Captured"))
    );
    assert_eq!(asked(&world), 2, "one void, one capture");
}

#[tokio::test]
async fn f59_an_action_that_cannot_be_read_keeps_no_other_waiting() {
    let world = world().await;
    world.gateway.turns(&[Turn::Slow]);
    let broken = order(&world, "manual").await;
    accepted(&world, &broken, "captures", json!({})).await;
    world
        .sql("UPDATE instructions SET kind = 'perhaps', next_ask_at = 0")
        .await;
    let mut terms = claim("ORD-2", 3500);
    terms["capture"] = json!("manual");
    let good = World::opened(world.post_checkout(&body(&terms)).await.body);
    world.pay(&good.order, "a1", "tok_ok~2").await;
    accepted(&world, &good, "captures", json!({})).await;
    until(&world, &good, "done").await;
    // Mended, it is settled too, and the order tells what was wrong.
    world.gateway.catch_up();
    world
        .sql("UPDATE instructions SET kind = 'capture', next_ask_at = 0")
        .await;
    let order = until(&world, &broken, "done").await;
    let called = whats(&order, "operator needed");
    assert_eq!(called.len(), 1, "{called:?}");
    assert!(called[0]["why"].as_str().unwrap().contains("mend its row"));
}

#[tokio::test]
async fn an_unreachable_gateway_is_a_502_and_the_same_call_works_later() {
    let world = world().await;
    let checkout = order(&world, "manual").await;
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let away = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let elsewhere = serve(&away, world.folder.path()).await;
    let payment = checkout.answer["paymentId"].as_str().unwrap();
    let url = format!("{elsewhere}/payments/{payment}/captures");
    let request = world.client.post(url).bearer_auth("sk_test_demo");
    let got = world.send(request.json(&json!({}))).await;
    assert_eq!(got.status, 502, "{:?}", got.body);
    assert_eq!(world.order(&checkout.order).await["status"], "authorised");
    accepted(&world, &checkout, "captures", json!({})).await;
    until(&world, &checkout, "done").await;
    assert_eq!(asked(&world), 1);
}
