//! Steps in the wrong order (T25): refused by the book, nothing charged, nothing changed.

use std::time::Duration;

use serde_json::{Value, json};

use super::shop::{Checkout, Got, World, body, claim, payload};

/// How far an order is before the wrong step.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Far {
    Opened,
    Cancelled,
    Challenged,
    Declined,
    Paid,
}

/// The wrong step.
#[derive(Clone, Copy, Debug)]
enum Step {
    Pay,
    PayWithoutToken,
    PayAsText,
    ResumeNothing,
    ResumeInvented,
    ResumeEmpty,
    ActionOfNothing,
    ActionWithoutToken,
    Cancel,
    CancelAsText,
    CancelBroken,
    OpenAgain,
}

async fn reach(world: &World, far: Far, reference: &str) -> Checkout {
    let checkout = world.checkout(reference, 3500).await;
    let token = match far {
        Far::Opened => return checkout,
        Far::Cancelled => {
            let got = world.cancel(&checkout.session, &json!({})).await;
            assert_eq!(got.body["order"], "cancelled");
            return checkout;
        }
        Far::Challenged => "tok_3ds",
        Far::Declined => "tok_decline_20005",
        Far::Paid => "tok_ok",
    };
    let token = format!("{token}~{reference}");
    let got = world.pay(&checkout.order, "a1", &token).await;
    assert_eq!(got.status, 200, "{:?}", got.body);
    checkout
}

async fn take(world: &World, step: Step, checkout: &Checkout, reference: &str) -> Got {
    let order = checkout.order.as_str();
    let payment = |what: &str, body: &Value| world.call(what, Some("wrong"), body);
    let cancel = format!("{}/c/{}/cancel", world.base, checkout.session);
    let action = |attempt: &str| {
        let url = format!("{}/c/{}/action/{attempt}", world.base, checkout.session);
        world.client.get(url)
    };
    let request = match step {
        Step::Pay => payment(
            "create_payment",
            &json!({"payment_method_token": "tok_ok~wrong", "order_id": order}),
        ),
        Step::PayWithoutToken => payment("create_payment", &json!({"order_id": order})),
        Step::PayAsText => {
            let url = format!("{}/demo/v1/checkout/create_payment", world.base);
            let body = json!({"payment_method_token": "tok_ok~wrong", "order_id": order});
            world.client.post(url).body(body.to_string())
        }
        Step::ResumeNothing => payment("resume_payment", &json!({"order_id": order})),
        Step::ResumeInvented => payment(
            "resume_payment",
            &json!({"resume_token": "abcdefghijklmnopqrstuvwxyz", "order_id": order}),
        ),
        Step::ResumeEmpty => payment(
            "resume_payment",
            &json!({"resume_token": "", "order_id": order}),
        ),
        Step::ActionOfNothing => action("wrong").header("primer-client-token", "x"),
        Step::ActionWithoutToken => action("a1"),
        Step::Cancel => world.client.post(cancel).json(&json!({})),
        Step::CancelAsText => world.client.post(cancel).body("{}"),
        Step::CancelBroken => world
            .client
            .post(cancel)
            .header("content-type", "application/json")
            .body("{\"attempt\":"),
        Step::OpenAgain => {
            let url = format!("{}/checkout", world.base);
            let body = body(&claim(reference, 3500));
            world
                .client
                .post(url)
                .bearer_auth("sk_test_demo")
                .json(&body)
        }
    };
    world.send(request).await
}

#[tokio::test]
async fn t25_a_wrong_step_is_refused_and_changes_nothing() {
    use Far::{Cancelled, Challenged, Declined, Opened, Paid};
    let any = [Opened, Cancelled, Challenged, Declined, Paid];
    let table: &[(&[Far], Step, u16, &str)] = &[
        (&[Cancelled], Step::Pay, 409, "order_cancelled"),
        (&[Challenged], Step::Pay, 409, "attempt_in_progress"),
        (&[Paid], Step::Pay, 409, "double_purchase"),
        (&[Paid], Step::Cancel, 409, "can't be cancelled"),
        (&[Challenged], Step::Cancel, 409, "can't be cancelled"),
        (&[Paid], Step::OpenAgain, 400, "issues"),
        (&any, Step::PayWithoutToken, 400, "bad_request"),
        (&any, Step::PayAsText, 415, "unsupported_media_type"),
        (&any, Step::ResumeNothing, 400, "bad_request"),
        (&any, Step::ResumeInvented, 400, "bad_request"),
        (&any, Step::ResumeEmpty, 400, "bad_request"),
        (&any, Step::ActionOfNothing, 404, "not found"),
        (
            &[Opened, Cancelled],
            Step::ActionWithoutToken,
            404,
            "not found",
        ),
        (
            &[Challenged, Declined, Paid],
            Step::ActionWithoutToken,
            401,
            "client token",
        ),
        (&any, Step::CancelAsText, 415, "content-type"),
        (&any, Step::CancelBroken, 400, "expected"),
    ];
    let world = World::new().await;
    for far in any {
        let reference = format!("ORD-{far:?}");
        let checkout = reach(&world, far, &reference).await;
        for (places, step, status, word) in table {
            if !places.contains(&far) {
                continue;
            }
            let charged = world.gateway.calls("POST");
            let before = world.order(&checkout.order).await;
            let got = take(&world, *step, &checkout, &reference).await;
            assert_eq!(
                got.status.as_u16(),
                *status,
                "{far:?} {step:?} {:?}",
                got.body
            );
            let text = got.body.to_string();
            assert!(text.contains(word), "{far:?} {step:?} {text}");
            assert_eq!(
                world.order(&checkout.order).await,
                before,
                "{far:?} {step:?}"
            );
            assert_eq!(world.gateway.calls("POST"), charged, "{far:?} {step:?}");
        }
    }
}

#[tokio::test]
async fn t25_nothing_is_paid_before_there_is_a_session_or_after_it_has_expired() {
    let world = World::with(|settings| settings.session_lifetime = Duration::from_millis(1)).await;
    let unknown = uuid::Uuid::new_v4().to_string();
    assert_eq!(world.pay(&unknown, "a1", "tok_ok").await.status, 404);
    assert_eq!(world.resume(&unknown, "x").await.status, 404);
    let checkout = world.checkout("ORD-1", 3500).await;
    world
        .until(&checkout.order, |order| order["status"] == "expired")
        .await;
    let got = world.pay(&checkout.order, "a1", "tok_ok").await;
    assert_eq!(got.status, 409);
    assert_eq!(got.body["error"][0]["code"], "order_expired");
    let order = world.order(&checkout.order).await;
    assert_eq!(order["attempts"], json!([]));
    assert_eq!(world.gateway.calls("POST"), 0);
}

#[tokio::test]
async fn t25_while_the_gateway_is_called_nothing_can_be_given_up() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let body = json!({"payment_method_token": "tok_gate", "order_id": checkout.order});
    let call = tokio::spawn(world.call("create_payment", Some("a1"), &body).send());
    world.gateway.arrived.notified().await;
    let got = world.cancel(&checkout.session, &json!({})).await;
    assert_eq!(got.status, 409);
    let got = world
        .cancel(&checkout.session, &json!({"attempt": "a1"}))
        .await;
    assert_eq!(got.status, 200);
    assert_eq!(got.body["attempt"]["id"], "a1");
    assert_eq!(got.body["attempt"]["phase"], "creating", "it is not left");
    let got = world.pay(&checkout.order, "a2", "tok_ok~2").await;
    assert_eq!(got.status, 409);
    world.gateway.gate.add_permits(1);
    let answer = call.await.unwrap().unwrap().text().await.unwrap();
    assert!(answer.contains("\"succeeded\""), "{answer}");
    assert_eq!(world.gateway.calls("POST"), 1);
}

#[tokio::test]
async fn t25_a_resume_waits_for_the_challenge_counts_once_and_moves_no_other_attempt() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let got = world.pay(&checkout.order, "a1", "tok_3ds~1").await;
    let token = payload(got.body["action_required_token"].as_str().unwrap());
    let status = || {
        let request = world.client.get(token["statusUrl"].as_str().unwrap());
        let access = token["accessToken"].as_str().unwrap();
        world.send(request.header("primer-client-token", access))
    };
    assert_eq!(
        status().await.body["id"],
        "",
        "no resume token before the shopper is back"
    );
    let back = format!("{}/c/{}/return?attempt=a1", world.base, checkout.session);
    world.send(world.client.get(back)).await;
    let done = status().await;
    let resume = done.body["id"].as_str().unwrap();
    world.gateway.set(0, "Declined", false);
    let first = world.resume(&checkout.order, resume).await;
    assert_eq!(first.body["checkout_status"], "failed");
    // The next attempt is under way: the old resume token says what it said, and no more.
    world.pay(&checkout.order, "a2", "tok_3ds~2").await;
    let second = world.resume(&checkout.order, resume).await;
    assert_eq!(second.body, first.body);
    let state = world.state(&checkout.session).await;
    assert_eq!(state["attempt"]["id"], "a2");
    assert_eq!(state["attempt"]["phase"], "action");
    assert_eq!(world.gateway.calls("POST"), 2);
    // However often it is asked, it is answered.
    for _ in 0..30 {
        assert_eq!(world.resume(&checkout.order, resume).await.body, first.body);
    }
}
