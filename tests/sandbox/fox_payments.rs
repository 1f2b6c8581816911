//! FunnelFox: payments, their ends, and the traps that a client of it has to step over.

use serde_json::{Value, json};

use crate::{
    bench::Bench,
    fits::assert_fits,
    till::{APPROVE, ASKS, BAD, BROKEN, GOOD, payload, text},
};

#[tokio::test]
async fn trap_01_a_success_is_an_envelope_and_on_request_the_bare_object() {
    let bench = Bench::new();
    let checkout = bench.open(json!({})).await;
    let (status, data) = bench.buy(&checkout, GOOD).await.paid();
    assert_eq!(status, "succeeded");
    assert_eq!(data["order_id"], json!(checkout.order));
    for empty in ["action_required_token", "failed_message_for_user"] {
        assert_eq!(data[empty], "", "{empty}");
    }
    let bare = bench.open(json!({}));
    let checkout = bare.await;
    bench.order(json!({"bare": true})).await;
    let token = bench.instrument(&checkout, GOOD).await;
    let body = bench.charge(&token, &checkout.order).await;
    let body = body.fits(200, "funnelfox/payment.200");
    assert_eq!(body.as_object().expect("an object").len(), 4, "{body}");
    let body = json!({"order_id": checkout.order, "pp_ident": "price_lamp"});
    assert_eq!(
        bench.fox("update_client_session", &body).await.json(),
        json!({})
    );
    // Errors have no other shape than the envelope.
    let nobody = bench.charge("no-such-token", &checkout.order).await;
    assert_eq!(nobody.refused(), "bad_request");
}

#[tokio::test]
async fn the_bare_object_can_be_had_by_the_price_point() {
    let bench = Bench::new();
    let body = crate::till::session(&json!({"pp_ident": "price_bare_shirt"}));
    let answer = bench.fox("create_client_session", &body).await;
    let body = answer.fits(200, "funnelfox/session.200");
    assert_eq!(body.as_object().expect("an object").len(), 2, "{body}");
    bench.open(json!({})).await;
}

#[tokio::test]
async fn trap_02_there_is_no_idempotency_the_same_call_twice_charges_twice() {
    let bench = Bench::new();
    let checkout = bench
        .open(json!({"client_metadata": {"attempt": "att_9"}}))
        .await;
    let token = bench.instrument(&checkout, GOOD).await;
    for _ in 0..2 {
        let answer = bench.charge(&token, &checkout.order).await;
        assert_eq!(answer.paid().0, "succeeded");
    }
    let counted = bench.counted().await;
    for place in ["charges", "net"] {
        assert_eq!(counted[place]["byOrder"][&checkout.order], 2, "{counted}");
        assert_eq!(counted[place]["byMetadata"]["attempt=att_9"], 2);
        assert_eq!(counted[place]["byCustomer"]["user_456"], 2);
    }
    bench.order(json!({"refund": checkout.order})).await;
    let counted = bench.counted().await;
    assert_eq!(counted["charges"]["byOrder"][&checkout.order], 2);
    assert_eq!(counted["net"]["byOrder"][&checkout.order], 1);
}

#[tokio::test]
async fn trap_09_a_token_is_charged_twice_in_rolling_24_hours_and_no_more() {
    let bench = Bench::new();
    let checkout = bench.open(json!({})).await;
    let token = bench.instrument(&checkout, GOOD).await;
    bench.charge(&token, &checkout.order).await.paid();
    bench.advance(3600).await;
    bench.charge(&token, &checkout.order).await.paid();
    bench.advance(23 * 3600 - 60).await;
    let third = bench.charge(&token, &checkout.order).await;
    assert_eq!(third.refused(), "bad_request");
    assert_eq!(bench.counted().await["charged"], 2);
    bench.advance(120).await;
    // The first has left the window, the second has not.
    bench.charge(&token, &checkout.order).await.paid();
    let fourth = bench.charge(&token, &checkout.order).await;
    assert_eq!(fourth.refused(), "bad_request");
    let fresh = bench.open(json!({})).await;
    assert_eq!(bench.buy(&fresh, GOOD).await.paid().0, "succeeded");
}

#[tokio::test]
async fn declines_count_towards_the_limit_of_a_token_too() {
    let bench = Bench::new();
    let checkout = bench.open(json!({})).await;
    let token = bench.instrument(&checkout, BAD).await;
    let first = bench.charge(&token, &checkout.order).await.paid().1;
    let second = bench
        .charge(&token, &text(&first, "order_id"))
        .await
        .paid()
        .1;
    let third = bench.charge(&token, &text(&second, "order_id")).await;
    assert_eq!(third.refused(), "bad_request");
}

#[tokio::test]
async fn trap_04_after_a_decline_the_next_payment_has_another_order() {
    let bench = Bench::new();
    let checkout = bench.open(json!({})).await;
    let (status, data) = bench.buy(&checkout, BAD).await.paid();
    assert_eq!(status, "failed");
    assert_eq!(data["failed_message_for_user"], "Your card was declined");
    assert_eq!(
        data["order_id"],
        json!(checkout.order),
        "a decline is no new order itself"
    );
    let (action, order) = bench.buy(&checkout, ASKS).await.action();
    assert_ne!(order, checkout.order);
    let resume = bench.at_bank(&action, APPROVE).await;
    let stale = bench.resume(&resume, &checkout.order).await;
    assert_eq!(
        stale.refused(),
        "bad_request",
        "the newest order is the one to resume with"
    );
    let (status, data) = bench.resume(&resume, &order).await.paid();
    assert_eq!(
        (status.as_str(), &data["order_id"]),
        ("succeeded", &json!(order))
    );
    let counted = bench.counted().await;
    assert_eq!(counted["net"]["byOrder"], json!({order: 1}));
    assert_eq!(counted["net"]["bySession"], json!({checkout.order: 1}));
}

#[tokio::test]
async fn a_processor_that_fails_is_an_error_and_no_charge() {
    let bench = Bench::new();
    let checkout = bench.open(json!({})).await;
    let answer = bench.buy(&checkout, BROKEN).await;
    assert_eq!(answer.refused(), "payment_failed");
    let counted = bench.counted().await;
    assert_eq!(
        (&counted["failed"], &counted["charged"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(bench.buy(&checkout, GOOD).await.paid().0, "succeeded");
}

#[tokio::test]
async fn trap_06_processing_is_settled_later_and_nobody_but_the_webhook_says_so() {
    let bench = Bench::new();
    let checkout = bench.open(json!({})).await;
    bench
        .order(json!({"next": ["processing"], "for": checkout.order}))
        .await;
    let other = bench.open(json!({"external_id": "another"})).await;
    assert_eq!(bench.buy(&other, GOOD).await.paid().0, "succeeded");
    let (status, data) = bench.buy(&checkout, GOOD).await.paid();
    assert_eq!(status, "processing");
    assert_eq!(data["action_required_token"], "");
    assert_eq!(bench.counted().await["pending"], 1);
    let settle = json!({"settle": checkout.order, "outcome": "approve"});
    let shown = bench.order(settle.clone()).await;
    assert_eq!(shown["counters"]["pending"], 0);
    assert_eq!(shown["webhooks"][1]["subtype"], "settled");
    let again = bench.post("/control/funnelfox", "", &settle).await;
    assert_eq!(again.status.as_u16(), 409, "{}", again.text);
}

#[tokio::test]
async fn trap_07_cancelled_is_not_failed_and_names_no_order() {
    let bench = Bench::new();
    let checkout = bench.open(json!({})).await;
    bench.order(json!({"next": ["cancelled"]})).await;
    let (status, data) = bench.buy(&checkout, GOOD).await.paid();
    assert_eq!(status, "cancelled");
    assert_eq!(data["order_id"], Value::Null);
    assert_eq!(data["failed_message_for_user"], "");
    // The old order goes on.
    let (_, data) = bench.buy(&checkout, GOOD).await.paid();
    assert_eq!(data["order_id"], json!(checkout.order));
}

#[tokio::test]
async fn trap_08_the_words_for_the_shopper_can_be_anything() {
    let bench = Bench::new();
    let checkout = bench.open(json!({})).await;
    let evil = "<img src=x onerror=alert(1)>";
    bench
        .order(json!({"next": [{"outcome": "failed", "message": evil}]}))
        .await;
    let (_, data) = bench.buy(&checkout, GOOD).await.paid();
    assert_eq!(data["failed_message_for_user"], evil);
}

#[tokio::test]
async fn trap_05_a_resumed_payment_can_ask_again() {
    let bench = Bench::new();
    let checkout = bench.open(json!({})).await;
    let (first, order) = bench.buy(&checkout, ASKS).await.action();
    bench.order(json!({"next": ["PROCESSOR_3DS"]})).await;
    let resume = bench.at_bank(&first, APPROVE).await;
    let (second, order) = bench.resume(&resume, &order).await.action();
    assert_ne!(
        text(&payload(&second), "statusUrl"),
        text(&payload(&first), "statusUrl")
    );
    let old = bench.resume(&resume, &order).await;
    assert_eq!(old.refused(), "bad_request");
    let resume = bench.at_bank(&second, APPROVE).await;
    assert_eq!(bench.resume(&resume, &order).await.paid().0, "succeeded");
    assert_eq!(bench.counted().await["charged"], 1);
}

#[tokio::test]
async fn every_documented_error_code_can_be_ordered_and_charges_nothing() {
    let bench = Bench::new();
    let checkout = bench.open(json!({})).await;
    for code in [
        "bad_request",
        "invalid_price",
        "invalid_customer",
        "double_purchase",
        "payment_failed",
    ] {
        bench.order(json!({"next": [code]})).await;
        assert_eq!(bench.buy(&checkout, GOOD).await.refused(), code);
    }
    assert_eq!(bench.counted().await["charged"], 0);
    let wrong = bench
        .post("/control/funnelfox", "", &json!({"next": ["maybe"]}))
        .await;
    assert_eq!(wrong.status.as_u16(), 400);
    assert!(wrong.text.contains("expected succeeded"), "{}", wrong.text);
}

#[tokio::test]
async fn foreign_orders_and_tokens_are_refused() {
    let bench = Bench::new();
    let checkout = bench.open(json!({})).await;
    let token = bench.instrument(&checkout, GOOD).await;
    let body = |token: &str, order: &str| json!({"payment_method_token": token, "order_id": order});
    let unknown = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
    for (org, body) in [
        ("demo", body("no-such-token", &checkout.order)),
        ("demo", body(&token, unknown)),
        ("demo", body(&token, "ORD-1")),
        ("demo", json!({"order_id": checkout.order})),
        ("demo", json!({"payment_method_token": token})),
        (
            "demo",
            json!({"payment_method_token": 1, "order_id": checkout.order}),
        ),
        (
            "demo",
            json!({"payment_method_token": token, "order_id": checkout.order, "client_metadata": "x"}),
        ),
        // Another organisation knows neither.
        ("sndbx_other", body(&token, &checkout.order)),
    ] {
        let answer = bench.fox_of(org, "create_payment", &body).await;
        assert_eq!(answer.refused(), "bad_request", "{org} {body}");
    }
    assert_eq!(bench.counted().await["payments"], 0);
}

#[tokio::test]
async fn one_click_charges_the_method_of_the_last_purchase() {
    let bench = Bench::new();
    let body = json!({"external_id": "user_456", "pp_ident": "price_lamp", "client_metadata": {"attempt": "up_1"}});
    assert_fits("funnelfox/one_click.request", &body);
    let nobody = bench.fox("one_click", &body).await;
    assert_eq!(nobody.refused(), "invalid_customer");
    let checkout = bench.open(json!({})).await;
    assert_eq!(bench.buy(&checkout, GOOD).await.paid().0, "succeeded");
    let (status, data) = bench.fox("one_click", &body).await.paid();
    assert_eq!(status, "succeeded");
    assert_ne!(data["order_id"], json!(checkout.order));
    let counted = bench.counted().await;
    assert_eq!(counted["net"]["byMetadata"]["attempt=up_1"], 1);
    assert_eq!(counted["net"]["byCustomer"]["user_456"], 2);
    for (field, value, code) in [
        ("pp_ident", json!("price_nowhere"), "invalid_price"),
        ("pp_ident", json!("a b"), "bad_request"),
        ("external_id", json!(null), "bad_request"),
    ] {
        let mut body = body.clone();
        body[field] = value;
        assert_eq!(
            bench.fox("one_click", &body).await.refused(),
            code,
            "{field}"
        );
    }
}
