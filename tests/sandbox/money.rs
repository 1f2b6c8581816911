//! Captures, voids and refunds.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::bench::{APPROVED, Answer, Bench, SECRET, card, id, payment};
use crate::fits::assert_fits;

/// A payment of 3500 that waits for its capture.
async fn reserved(bench: &Bench) -> String {
    let answer = bench.pay(APPROVED, json!({"capture": false})).await;
    id(&answer.fits(201, "checkout-com/payment.201"))
}

async fn step(bench: &Bench, id: &str, what: &str, body: Value) -> Answer {
    if what == "captures" && body["amount"] != 0 {
        assert_fits("checkout-com/capture.request", &body);
    }
    bench
        .post(
            &format!("/checkout-com/payments/{id}/{what}"),
            SECRET,
            &body,
        )
        .await
}

async fn status(bench: &Bench, id: &str) -> String {
    bench.payment(id).await["status"]
        .as_str()
        .expect("a status")
        .to_owned()
}

#[tokio::test]
async fn a_capture_takes_all_unless_told_otherwise() {
    let bench = Bench::new();
    let id = reserved(&bench).await;
    assert_eq!(status(&bench, &id).await, "Authorized");
    let body = json!({"reference": "ORD-5023-4E88", "metadata": {"coupon_code": "NY2018", "partner_id": 123_989}});
    let answer = step(&bench, &id, "captures", body)
        .await
        .fits(202, "checkout-com/capture.202");
    assert_eq!(answer["reference"], "ORD-5023-4E88");
    assert_eq!(
        answer["_links"]["payment"]["href"],
        format!("http://127.0.0.1:4807/checkout-com/payments/{id}")
    );
    assert_eq!(status(&bench, &id).await, "Captured");
    let newest = &bench.actions(&id).await[0];
    assert_eq!(newest["id"], answer["action_id"]);
    assert_eq!(
        (&newest["type"], &newest["amount"]),
        (&json!("Capture"), &json!(3500))
    );
    assert_eq!(newest["metadata"]["coupon_code"], "NY2018");
}

#[tokio::test]
async fn one_partial_capture_per_payment() {
    let bench = Bench::new();
    let id = reserved(&bench).await;
    let too_much = step(&bench, &id, "captures", json!({"amount": 3501})).await;
    assert_eq!(too_much.codes(), ["capture_value_greater_than_authorized"]);
    let nothing = step(&bench, &id, "captures", json!({"amount": 0})).await;
    assert_eq!(nothing.codes(), ["amount_invalid"]);
    let part = step(&bench, &id, "captures", json!({"amount": 1000})).await;
    part.fits(202, "checkout-com/capture.202");
    assert_eq!(status(&bench, &id).await, "Partially Captured");
    let rest = step(&bench, &id, "captures", json!({"amount": 2500})).await;
    assert_eq!(rest.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_current_platform_captures_in_parts_if_announced() {
    let bench = Bench::new();
    let secret = "Bearer sk_sbox_demo";
    let token = bench
        .post(
            "/checkout-com/tokens",
            "Bearer pk_sbox_demo",
            &card(APPROVED),
        )
        .await;
    let with = json!({"capture": false, "processing_channel_id": "pc_demo"});
    let body = payment(token.json()["token"].as_str().expect("a token"), with);
    let paid = bench.post("/checkout-com/payments", secret, &body).await;
    let path = format!("/checkout-com/payments/{}/captures", id(&paid.json()));
    let part = json!({"amount": 1000, "capture_type": "NonFinal"});
    bench
        .post(&path, secret, &part)
        .await
        .fits(202, "checkout-com/capture.202");
    let too_much = bench.post(&path, secret, &json!({"amount": 2501})).await;
    assert_eq!(
        too_much.codes(),
        ["capture_value_greater_than_remaining_authorized"]
    );
    bench
        .post(&path, secret, &json!({}))
        .await
        .fits(202, "checkout-com/capture.202");
    assert_eq!(
        bench.post(&path, secret, &json!({})).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn what_is_taken_at_once_cannot_be_captured_or_voided() {
    let bench = Bench::new();
    let paid = bench.pay(APPROVED, json!({})).await.json();
    for what in ["captures", "voids"] {
        let answer = step(&bench, &id(&paid), what, json!({})).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}");
    }
}

#[tokio::test]
async fn a_void_lets_the_money_go_once() {
    let bench = Bench::new();
    let id = reserved(&bench).await;
    let body = json!({"reference": "changed my mind"});
    step(&bench, &id, "voids", body)
        .await
        .fits(202, "checkout-com/capture.202");
    assert_eq!(status(&bench, &id).await, "Voided");
    for what in ["captures", "voids", "refunds"] {
        assert_eq!(
            step(&bench, &id, what, json!({})).await.status,
            StatusCode::FORBIDDEN,
            "{what}"
        );
    }
}

#[tokio::test]
async fn refunds_give_back_no_more_than_was_taken() {
    let bench = Bench::new();
    let id = reserved(&bench).await;
    assert_eq!(
        step(&bench, &id, "refunds", json!({})).await.status,
        StatusCode::FORBIDDEN
    );
    step(&bench, &id, "captures", json!({"amount": 3000})).await;
    let part = step(&bench, &id, "refunds", json!({"amount": 1000})).await;
    part.fits(202, "checkout-com/capture.202");
    assert_eq!(status(&bench, &id).await, "Partially Refunded");
    let too_much = step(&bench, &id, "refunds", json!({"amount": 2001})).await;
    assert_eq!(too_much.codes(), ["refund_amount_exceeds_balance"]);
    step(&bench, &id, "refunds", json!({}))
        .await
        .fits(202, "checkout-com/capture.202");
    assert_eq!(status(&bench, &id).await, "Refunded");
    assert_eq!(
        step(&bench, &id, "refunds", json!({})).await.status,
        StatusCode::FORBIDDEN
    );
    let counters = bench.get("/control/counters", "").await.json();
    assert_eq!(
        (&counters["refunded"], &counters["standing"]),
        (&json!(2), &json!(0))
    );
}

#[tokio::test]
async fn an_authorisation_is_voided_after_seven_days() {
    let bench = Bench::new();
    let id = reserved(&bench).await;
    bench.advance(7 * 24 * 3600 - 60).await;
    assert_eq!(status(&bench, &id).await, "Authorized");
    bench.advance(60).await;
    assert_eq!(status(&bench, &id).await, "Voided");
    assert_eq!(bench.actions(&id).await[0]["type"], "Void");
    assert_eq!(
        step(&bench, &id, "captures", json!({})).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn strangers_and_unknown_payments_are_told_apart() {
    let bench = Bench::new();
    for what in ["captures", "voids", "refunds"] {
        let path = format!("/checkout-com/payments/pay_aaaaaaaaaaaaaaaaaaaaaaaaaa/{what}");
        let unknown = bench.post(&path, SECRET, &json!({})).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{what}");
        let stranger = bench.post(&path, "pk_test_demo", &json!({})).await;
        assert_eq!(
            (stranger.status, &*stranger.text),
            (StatusCode::UNAUTHORIZED, ""),
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_repeated_capture_key_captures_once() {
    let bench = Bench::new();
    let id = reserved(&bench).await;
    let path = format!("/checkout-com/payments/{id}/captures");
    let first = bench
        .post_once(&path, SECRET, "capture-1", &json!({"amount": 1000}))
        .await;
    let second = bench
        .post_once(&path, SECRET, "capture-1", &json!({"amount": 1000}))
        .await;
    assert_eq!(first.text, second.text);
    assert_eq!(
        bench.get("/control/counters", "").await.json()["captured"],
        1
    );
}

#[tokio::test]
async fn what_is_accepted_may_be_declined_later_and_changes_nothing() {
    let bench = Bench::new();
    let id = reserved(&bench).await;
    for (of, what, kind) in [
        ("capture", "captures", "Capture"),
        ("void", "voids", "Void"),
    ] {
        let order = json!({"code": "20005", "of": of});
        bench.post("/control/declines", "", &order).await;
        step(&bench, &id, what, json!({"reference": of}))
            .await
            .fits(202, "checkout-com/capture.202");
        assert_eq!(status(&bench, &id).await, "Authorized");
        let newest = &bench.actions(&id).await[0];
        assert_eq!(
            (
                &newest["type"],
                &newest["approved"],
                &newest["response_code"]
            ),
            (&json!(kind), &json!(false), &json!("20005"))
        );
    }
    // Only the next one was ordered to fail.
    step(&bench, &id, "captures", json!({"amount": 1000}))
        .await
        .fits(202, "checkout-com/capture.202");
    let order = json!({"code": "20005", "of": "refund"});
    bench.post("/control/declines", "", &order).await;
    let much = step(&bench, &id, "refunds", json!({"amount": 1001})).await;
    assert_eq!(much.codes(), ["refund_amount_exceeds_balance"]);
    step(&bench, &id, "refunds", json!({}))
        .await
        .fits(202, "checkout-com/capture.202");
    assert_eq!(status(&bench, &id).await, "Partially Captured");
    let counters = bench.get("/control/counters", "").await.json();
    assert_eq!(
        [
            &counters["captured"],
            &counters["voided"],
            &counters["refunded"]
        ],
        [&json!(1), &json!(0), &json!(0)]
    );
    let wrong = json!({"code": "20005", "of": "everything"});
    let wrong = bench.post("/control/declines", "", &wrong).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn each_platform_has_its_key_in_its_own_form() {
    let bench = Bench::new();
    let id = reserved(&bench).await;
    let path = format!("/checkout-com/payments/{id}/captures");
    for key in [
        "Bearer sk_test_demo",
        "sk_sbox_demo",
        "bearer sk_sbox_demo",
        "",
    ] {
        let answer = bench.post(&path, key, &json!({})).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{key}");
    }
    // The other platform's account has other payments.
    let other = bench.post(&path, "Bearer sk_sbox_demo", &json!({})).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    assert_eq!(status(&bench, &id).await, "Authorized");
}
