//! Commerce Layer: the bank asks, and how what it decided becomes known.

use serde_json::{Value, json};

use crate::{
    bench::{APPROVED, Bench, CHALLENGED},
    fits::assert_fits,
    layer::BACK,
    till::APPROVE,
};

#[tokio::test]
async fn a_challenge_leads_to_the_bank_and_back() {
    let bench = Bench::new();
    for year in ["2022", "2026"] {
        let channel = bench.channel(year).await;
        let order = bench
            .ordered(json!({"webhooks": false, "returnUrl": BACK}))
            .await;
        let id = bench.attached(&channel, &order, CHALLENGED).await;
        let shown = bench
            .update(&channel, &id, json!({"_authorize": true}))
            .await;
        assert_fits("checkout-com/payment.202", &shown["payment_response"]);
        assert_eq!(shown["payment_response"]["status"], "Pending");
        assert_eq!(shown["source_id"], Value::Null);
        let session = bench.back_from_bank(&shown, APPROVE).await;
        // Nobody told Commerce Layer yet.
        let path = format!("checkout_com_payments/{id}");
        let still = bench.look_up(&channel, &path).await.json();
        let still = &still["data"]["attributes"]["payment_response"]["status"];
        assert_eq!(still, "Pending");
        let change = match year {
            "2026" => json!({"_details": true}),
            _ => json!({"_details": true, "session_id": session}),
        };
        let shown = bench.update(&channel, &id, change).await;
        let response = &shown["payment_response"];
        assert_fits("checkout-com/payment.200", response);
        assert_eq!(response["status"], "Authorized");
        assert_eq!(response["actions"][0]["type"], "Authorization");
        assert!(shown["source_id"].is_string());
    }
}

#[tokio::test]
async fn details_want_the_session_that_came_back_in_the_earlier_forms() {
    let bench = Bench::new();
    let channel = bench.channel("2021").await;
    let order = bench
        .ordered(json!({"returnUrl": BACK, "webhooks": false}))
        .await;
    let id = bench.attached(&channel, &order, CHALLENGED).await;
    let shown = bench
        .update(&channel, &id, json!({"_authorize": true}))
        .await;
    let path = format!("checkout_com_payments/{id}");
    let refusal = (
        "VALIDATION_ERROR".into(),
        "/data/attributes/session_id".into(),
    );
    let none = bench
        .patch(&channel, &path, json!({"_details": true}))
        .await;
    assert_eq!(none.refusal(422), refusal);
    let other = json!({"_details": true, "session_id": "sid_another"});
    let other = bench.patch(&channel, &path, other).await;
    assert_eq!(other.refusal(422), refusal);
    let session = bench.back_from_bank(&shown, APPROVE).await;
    let own = json!({"_details": true, "session_id": session});
    let shown = bench.update(&channel, &id, own.clone()).await;
    assert_eq!(shown["payment_response"]["status"], "Authorized");
    assert_eq!(shown["session_id"], json!(session));
    // A session dies after a quarter of an hour; a refresh needs none.
    bench.advance(15 * 60).await;
    let late = bench.patch(&channel, &path, own).await;
    assert_eq!(late.refusal(422), refusal);
    let shown = bench.update(&channel, &id, json!({"_refresh": true})).await;
    assert_eq!(shown["payment_response"]["status"], "Authorized");
}

#[tokio::test]
async fn a_challenge_can_be_refused_cancelled_or_forgotten() {
    let bench = Bench::new();
    for (form, status) in [("answer=refuse", "Declined"), ("answer=cancel", "Canceled")] {
        let channel = bench.channel("2026").await;
        let (order, id, shown) = bench.authorized(&channel, CHALLENGED).await;
        bench.back_from_bank(&shown, form).await;
        let shown = bench.update(&channel, &id, json!({"_details": true})).await;
        assert_eq!(shown["payment_response"]["status"], status);
        assert_eq!(shown["payment_response"]["approved"], false);
        let order = bench.order_of(&channel, &order).await;
        assert_eq!(order["payment_status"], "unpaid");
    }
    let channel = bench.channel("2026").await;
    let (_, id, _) = bench.authorized(&channel, CHALLENGED).await;
    bench.advance(15 * 60).await;
    let shown = bench.update(&channel, &id, json!({"_details": true})).await;
    assert_eq!(shown["payment_response"]["status"], "Expired");
    assert_eq!(bench.layer_counted().await["charged"], 0);
}

#[tokio::test]
async fn without_the_webhook_a_transaction_stays_open_until_a_refresh() {
    let bench = Bench::new();
    bench.commerce(json!({"webhooks": false})).await;
    let channel = bench.channel("2026").await;
    let (order, id, shown) = bench.authorized(&channel, APPROVED).await;
    assert_eq!(shown["payment_response"]["status"], "Authorized");
    bench.update(&channel, &id, json!({"_details": true})).await;
    let state = bench.order_of(&channel, &order).await;
    assert_eq!(state["payment_status"], "unpaid");
    bench.update(&channel, &id, json!({"_refresh": true})).await;
    let state = bench.order_of(&channel, &order).await;
    assert_eq!(state["payment_status"], "authorized");
}

#[tokio::test]
async fn with_the_webhook_the_bank_answer_is_known_without_asking() {
    let bench = Bench::new();
    let channel = bench.channel("2026").await;
    let (order, id, shown) = bench.authorized(&channel, CHALLENGED).await;
    bench.back_from_bank(&shown, APPROVE).await;
    let path = format!("checkout_com_payments/{id}");
    let shown = bench.look_up(&channel, &path).await;
    let shown = shown.fits(200, "commerce-layer/payment.2026");
    let response = &shown["data"]["attributes"]["payment_response"];
    assert_eq!(response["status"], "Authorized");
    let state = bench.order_of(&channel, &order).await;
    assert_eq!(state["payment_status"], "authorized");
    assert_eq!(state["status"], "pending");
}
