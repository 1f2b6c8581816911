//! T22: the gateway's reports. Each is only a reason to ask, whoever sends it and however often.

use std::time::Duration;

use fanfare_checkout::sensitive::Sensitive;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::shop::{Checkout, Got, World, body, claim};

pub(crate) const KEY: &str = "demo-webhook-key-0001";

pub(crate) fn sign(body: &str, key: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

pub(crate) fn event(id: &str, kind: &str, payment: &Value) -> String {
    json!({
        "id": id, "type": kind, "version": "1.0.0", "created_on": "2030-08-27T10:25:29Z",
        "data": {
            "id": payment["id"], "action_id": "act_mbabizu24mvu3mela5njyhpit4",
            "reference": payment["reference"], "amount": 1, "currency": "XXX",
            "response_code": "10000", "metadata": {}
        },
        "_links": {}
    })
    .to_string()
}

/// A server that asks of its own accord next to never: what changes, a webhook has changed.
async fn quiet() -> World {
    World::with(|settings| settings.settle_every = Duration::from_secs(3600)).await
}

async fn post(world: &World, body: &str, signature: &str) -> Got {
    let url = format!("{}/webhooks/checkout-com", world.base);
    let request = world.client.post(url).header("cko-signature", signature);
    let request = request.header("content-type", "application/json");
    world.send(request.body(body.to_owned())).await
}

async fn tell(world: &World, id: &str, kind: &str, index: usize) {
    let body = event(id, kind, &world.gateway.payments()[index]);
    let got = post(world, &body, &sign(&body, KEY)).await;
    assert_eq!(got.status, 200, "{:?}", got.body);
}

/// Until the gateway has been asked `count` times about single payments.
async fn asked(world: &World, count: usize) {
    for _ in 0..200 {
        if world.gateway.calls("GET /payments/pay_") >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never asked {count} times: {:?}", world.gateway.log());
}

/// Time in which a question would have been asked.
async fn a_while() {
    tokio::time::sleep(Duration::from_millis(400)).await;
}

async fn challenged(world: &World, reference: &str) -> Checkout {
    let checkout = world.checkout(reference, 3500).await;
    let got = world.pay(&checkout.order, "a1", "tok_3ds").await;
    assert_ne!(got.body["action_required_token"], "");
    checkout
}

#[tokio::test]
async fn t22_what_is_not_signed_with_the_accounts_key_is_refused_and_nothing_is_asked() {
    let world = quiet().await;
    let checkout = challenged(&world, "ORD-1").await;
    world.gateway.set(0, "Captured", true);
    let text = event("evt_1", "payment_captured", &world.gateway.payments()[0]);
    let good = sign(&text, KEY);
    let cut = &text[..text.len() - 1];
    let padded = format!("{text} ");
    for (body, signature) in [
        (text.as_str(), String::new()),
        (&text, sign(&text, "demo-webhook-key-0002")),
        (&text, sign(&text, "")),
        (&text, good.to_uppercase()),
        (&text, format!("sha256={good}")),
        (&text, sign(cut, KEY)),
        (cut, good.clone()),
        (&padded, good.clone()),
        ("", good.clone()),
        ("{}", "0".repeat(64)),
    ] {
        let got = post(&world, body, &signature).await;
        assert_eq!(got.status, 401, "{body} {signature}");
    }
    let large = "x".repeat(70_000);
    let got = post(&world, &large, &sign(&large, KEY)).await;
    assert_eq!(got.status, 413);
    for nothing in ["", "[]", "{\"id\":\"evt_1\"}", cut] {
        let got = post(&world, nothing, &sign(nothing, KEY)).await;
        assert_eq!(got.status, 400, "{nothing}");
    }
    let elsewhere = format!("{}/webhooks/paypal", world.base);
    assert_eq!(world.send(world.client.post(elsewhere)).await.status, 404);
    a_while().await;
    assert_eq!(world.gateway.calls("GET"), 0);
    assert_eq!(world.order(&checkout.order).await["status"], "open");
}

#[tokio::test]
async fn t22_another_organisations_key_does_not_reach_this_ones_payments() {
    let world = quiet().await;
    let checkout = challenged(&world, "ORD-1").await;
    world.gateway.set(0, "Captured", true);
    let text = event("evt_1", "payment_captured", &world.gateway.payments()[0]);
    let got = post(&world, &text, &sign(&text, "demo-webhook-key-other")).await;
    assert_eq!(got.status, 200, "genuine, but about nothing of theirs");
    a_while().await;
    assert_eq!(world.gateway.calls("GET"), 0);
    // Nor does it spend the event's id.
    tell(&world, "evt_1", "payment_captured", 0).await;
    world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
}

#[tokio::test]
async fn f72_a_webhook_settles_what_is_pending() {
    let world = quiet().await;
    let checkout = challenged(&world, "ORD-1").await;
    world.gateway.set(0, "Captured", true);
    tell(&world, "evt_1", "payment_captured", 0).await;
    let order = world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
    assert_eq!(order["amount"], 3500);
    assert_eq!(world.state(&checkout.session).await["order"], "paid");
    assert_eq!(world.gateway.calls("GET /payments/pay_"), 1);
}

#[tokio::test]
async fn t22_the_gateways_word_counts_and_not_the_webhooks() {
    let world = quiet().await;
    let checkout = challenged(&world, "ORD-1").await;
    tell(&world, "evt_1", "payment_captured", 0).await;
    asked(&world, 1).await;
    a_while().await;
    let order = world.order(&checkout.order).await;
    assert_eq!(order["status"], "open");
    assert_eq!(order["attempts"][0]["status"], "action");
    tell(&world, "evt_2", "payment_declined", 0).await;
    asked(&world, 2).await;
    a_while().await;
    let order = world.order(&checkout.order).await;
    assert_eq!(order["attempts"][0]["status"], "action", "not declined");
}

#[tokio::test]
async fn t22_repeats_ask_once_and_fulfil_once() {
    let world = quiet().await;
    let checkout = challenged(&world, "ORD-1").await;
    world.gateway.set(0, "Captured", true);
    let text = event("evt_1", "payment_captured", &world.gateway.payments()[0]);
    let signature = sign(&text, KEY);
    let all = (0..10).map(|_| post(&world, &text, &signature));
    let mut tasks = Vec::new();
    for call in all {
        tasks.push(call.await.status);
    }
    assert!(tasks.iter().all(|status| *status == 200), "{tasks:?}");
    world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
    post(&world, &text, &signature).await;
    a_while().await;
    assert_eq!(world.gateway.calls("GET /payments/pay_"), 1);
    assert_eq!(world.gateway.calls("POST"), 1);
}

#[tokio::test]
async fn t22_a_late_decline_and_disorder_change_nothing_for_a_paid_order() {
    let world = quiet().await;
    let checkout = challenged(&world, "ORD-1").await;
    world.gateway.set(0, "Captured", true);
    for (n, kind) in [
        "payment_captured",
        "payment_approved",
        "payment_pending",
        "payment_declined",
        "payment_expired",
    ]
    .iter()
    .enumerate()
    {
        tell(&world, &format!("evt_{n}"), kind, 0).await;
        asked(&world, n + 1).await;
        world
            .until(&checkout.order, |order| order["status"] == "paid")
            .await;
    }
    a_while().await;
    let order = world.order(&checkout.order).await;
    assert_eq!(order["status"], "paid");
    assert_eq!(order["attempts"][0]["status"], "succeeded");
    assert_eq!(world.gateway.calls("POST"), 1);
}

#[tokio::test]
async fn t22_an_approval_after_a_decline_pays_the_order() {
    let world = quiet().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let got = world.pay(&checkout.order, "a1", "tok_decline_20051").await;
    assert_eq!(got.body["checkout_status"], "failed");
    // Only said: nothing happens.
    tell(&world, "evt_1", "payment_approved", 0).await;
    asked(&world, 1).await;
    a_while().await;
    assert_eq!(world.order(&checkout.order).await["status"], "open");
    world.gateway.set(0, "Authorized", true);
    tell(&world, "evt_2", "payment_approved", 0).await;
    let order = world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
    assert_eq!(order["attempts"][0]["status"], "succeeded");
}

#[tokio::test]
async fn t22_an_approval_after_another_payment_or_a_cancelled_checkout_is_given_back() {
    let world = World::new().await;
    let paid = world.checkout("ORD-1", 3500).await;
    world.pay(&paid.order, "a1", "tok_decline_20051").await;
    let second = world.attempt(&paid.session).await;
    world.pay(&paid.order, &second, "tok_ok").await;
    let left = world.checkout("ORD-2", 3500).await;
    world.pay(&left.order, "a1", "tok_decline_20051~b").await;
    world.cancel(&left.session, &json!({})).await;
    for (index, order) in [(0, &paid.order), (2, &left.order)] {
        world.gateway.set(index, "Authorized", true);
        tell(&world, &format!("evt_{index}"), "payment_approved", index).await;
        let order = world
            .until(order, |order| order["attempts"][0]["status"] == "voided")
            .await;
        let status = if index == 0 { "paid" } else { "cancelled" };
        assert_eq!(order["status"], status);
    }
    let standing = world.gateway.payments();
    let standing = standing.iter().filter(|one| one["status"] == "Authorized");
    assert_eq!(standing.count(), 1, "one charge is left");
}

#[tokio::test]
async fn t22_a_webhook_before_the_payments_own_answer_settles_it() {
    let world = quiet().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let body = json!({"payment_method_token": "tok_ok_late", "order_id": checkout.order});
    let call = world.call("create_payment", Some("a1"), &body);
    let call = tokio::spawn(call.send());
    while world.gateway.payments().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tell(&world, "evt_1", "payment_approved", 0).await;
    world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
    world.gateway.gate.add_permits(1);
    let answer: Value = call.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(answer["checkout_status"], "succeeded");
    assert_eq!(world.gateway.calls("POST"), 1);
}

#[tokio::test]
async fn t22_a_webhook_before_the_challenge_does_not_lose_the_challenge() {
    let world = quiet().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let body = json!({"payment_method_token": "tok_3ds_late", "order_id": checkout.order});
    let call = world.call("create_payment", Some("a1"), &body);
    let call = tokio::spawn(call.send());
    while world.gateway.payments().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // What a GET shows of a pending payment has no way to the bank in it.
    world.gateway.set(0, "Pending", false);
    tell(&world, "evt_1", "payment_pending", 0).await;
    asked(&world, 1).await;
    a_while().await;
    let order = world.order(&checkout.order).await;
    assert_eq!(order["attempts"][0]["status"], "creating");
    world.gateway.gate.add_permits(1);
    let answer: Value = call.await.unwrap().unwrap().json().await.unwrap();
    assert_ne!(answer["action_required_token"], "", "{answer}");
}

#[tokio::test]
async fn t22_f16_a_webhook_after_a_lost_answer_does_not_lose_the_challenge() {
    let world = quiet().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let answer = world.pay(&checkout.order, "a1", "tok_3ds_lost").await;
    assert_eq!(answer.body["checkout_status"], "processing");
    assert_eq!(
        answer.body["action_required_token"], "",
        "its way is unknown"
    );
    // What a GET shows of a pending payment has no way to the bank in it.
    world.gateway.hide_redirects();
    tell(&world, "evt_1", "payment_pending", 0).await;
    asked(&world, 1).await;
    a_while().await;
    // The shopper's page asks, the charge is repeated under its key, and there is the way.
    let mut step = String::new();
    for _ in 0..100 {
        let state = world.state(&checkout.session).await;
        step = state["attempt"]["actionRequiredToken"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if !step.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!step.is_empty(), "the bank's page can be shown");
    assert_eq!(world.gateway.payments().len(), 1);
}

#[tokio::test]
async fn a_webhook_whose_question_failed_is_not_lost() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    world.pay(&checkout.order, "a1", "tok_decline_20051").await;
    world.gateway.set(0, "Captured", true);
    world.gateway.be_away(true);
    tell(&world, "evt_1", "payment_captured", 0).await;
    asked(&world, 1).await;
    assert_eq!(world.order(&checkout.order).await["status"], "open");
    world.gateway.be_away(false);
    world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
}

#[tokio::test]
async fn an_authorised_payment_is_asked_about_when_it_was_captured() {
    let world = quiet().await;
    let mut manual = claim("ORD-1", 3500);
    manual["capture"] = json!("manual");
    let checkout = World::opened(world.post_checkout(&body(&manual)).await.body);
    world.pay(&checkout.order, "a1", "tok_ok").await;
    assert_eq!(world.order(&checkout.order).await["status"], "authorised");
    world.gateway.set(0, "Captured", true);
    // The capture has a reference of its own: it is found by the payment.
    let mut payment = world.gateway.payments()[0].clone();
    payment["reference"] = json!("INVOICE-7");
    let text = event("evt_1", "payment_captured", &payment);
    assert_eq!(post(&world, &text, &sign(&text, KEY)).await.status, 200);
    asked(&world, 1).await;
}

#[tokio::test]
async fn a_webhook_about_somebody_elses_payment_is_taken_and_left() {
    let world = quiet().await;
    let foreign = json!({"id": "pay_foreign0000000000000000000", "reference": "elsewhere"});
    for text in [
        event("evt_1", "payment_captured", &foreign),
        event("evt_2", "dispute_received", &json!({"id": "dsp_1"})),
    ] {
        assert_eq!(post(&world, &text, &sign(&text, KEY)).await.status, 200);
    }
    a_while().await;
    assert!(world.gateway.log().is_empty());
}

#[tokio::test]
async fn a_fixed_authorization_header_is_asked_for_where_it_was_agreed() {
    let world = World::with(|settings| {
        let gateway = settings.organisations[0].checkout_com.as_mut().unwrap();
        gateway.webhook_authorization = Some(Sensitive::new("agreed".into()));
    })
    .await;
    challenged(&world, "ORD-1").await;
    let text = event("evt_1", "payment_captured", &world.gateway.payments()[0]);
    assert_eq!(post(&world, &text, &sign(&text, KEY)).await.status, 401);
    let url = format!("{}/webhooks/checkout-com", world.base);
    let call = |value: &str| {
        let request = world.client.post(&url).header("authorization", value);
        let request = request.header("cko-signature", sign(&text, KEY));
        world.send(request.body(text.clone()))
    };
    assert_eq!(call("agree").await.status, 401);
    assert_eq!(call("agreed").await.status, 200);
}

fn lines(order: &Value, what: &str) -> Vec<Value> {
    let history = order["history"].as_array().unwrap().iter();
    let of_it = history.filter(|line| line["what"] == what);
    of_it.cloned().collect()
}

#[tokio::test]
async fn a_webhook_and_what_came_of_it_stand_in_the_history() {
    let world = quiet().await;
    let checkout = challenged(&world, "ORD-1").await;
    world.gateway.set(0, "Captured", true);
    tell(&world, "evt_1", "payment_captured", 0).await;
    let order = world
        .until(&checkout.order, |order| {
            !lines(order, "webhook received").is_empty()
        })
        .await;
    let told = lines(&order, "webhook received");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["event"], "evt_1");
    assert_eq!(told[0]["type"], "payment_captured");
    assert_eq!(told[0]["attempt"], "a1");
    let came = told[0]["came"].as_str().unwrap();
    assert!(came.contains("action -> succeeded"), "{came}");
}

#[tokio::test]
async fn t22_a_webhook_that_could_not_be_kept_is_not_acknowledged() {
    let world = quiet().await;
    let checkout = challenged(&world, "ORD-1").await;
    world.gateway.set(0, "Captured", true);
    let text = event("evt_1", "payment_captured", &world.gateway.payments()[0]);
    world.sql("ALTER TABLE webhooks RENAME TO gone").await;
    let got = post(&world, &text, &sign(&text, KEY)).await;
    assert_eq!(got.status, 500, "the gateway must send it again");
    assert!(!got.body.to_string().contains("webhooks"), "{:?}", got.body);
    assert_eq!(world.order(&checkout.order).await["status"], "open");
    world.sql("ALTER TABLE gone RENAME TO webhooks").await;
    assert_eq!(post(&world, &text, &sign(&text, KEY)).await.status, 200);
    world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
}

#[tokio::test]
async fn t22_two_approved_payments_of_one_attempt_are_the_operators_and_a_refused_one_is_not() {
    let world = quiet().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    world.pay(&checkout.order, "a1", "tok_ok").await;
    let refused = world.gateway.twin(0, "Declined", false);
    tell(&world, "evt_1", "payment_declined", refused).await;
    asked(&world, 2).await;
    a_while().await;
    let order = world.order(&checkout.order).await;
    assert_eq!(lines(&order, "operator needed"), [] as [Value; 0]);
    let second = world.gateway.twin(0, "Captured", true);
    tell(&world, "evt_2", "payment_captured", second).await;
    let order = world
        .until(&checkout.order, |order| {
            !lines(order, "operator needed").is_empty()
        })
        .await;
    let why = lines(&order, "operator needed");
    assert!(
        why[0]["why"].as_str().unwrap().contains("two payments"),
        "{why:?}"
    );
    assert_eq!(order["status"], "paid");
    assert_eq!(
        order["attempts"][0]["gatewayPaymentId"],
        world.gateway.payments()[0]["id"]
    );
}

#[tokio::test]
async fn a_webhook_that_was_never_answered_for_is_left_to_the_operator() {
    let world = quiet().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    world.pay(&checkout.order, "a1", "tok_decline_20051").await;
    world.gateway.be_away(true);
    tell(&world, "evt_1", "payment_captured", 0).await;
    asked(&world, 1).await;
    world
        .sql("UPDATE webhooks SET received_at = received_at - 200000000, next_ask_at = next_ask_at + 200000000")
        .await;
    // The next server tidies up first.
    super::shop::serve(&world.gateway.base, world.folder.path()).await;
    let order = world
        .until(&checkout.order, |order| {
            !lines(order, "operator needed").is_empty()
        })
        .await;
    let why = lines(&order, "operator needed");
    assert!(
        why[0]["why"].as_str().unwrap().contains("payment_captured"),
        "{why:?}"
    );
    assert_eq!(why.len(), 1);
}
