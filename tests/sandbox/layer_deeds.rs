//! Commerce Layer: captures, voids and refunds.

use serde_json::{Value, json};

use crate::{
    bench::{APPROVED, Bench},
    layer::Caller,
    till::text,
};

/// An order placed and paid, and its first authorisation's path.
async fn placed(bench: &Bench, integration: &Caller) -> (String, String) {
    let (order, _, _) = bench.authorized(integration, APPROVED).await;
    let answer = bench.place(integration, &order).await;
    answer.fits(200, "commerce-layer/order.2026");
    let path = format!("orders/{order}/authorizations");
    let found = bench.look_up(integration, &path).await.json();
    let path = format!("authorizations/{}", text(&found["data"][0], "id"));
    (order, path)
}

#[tokio::test]
async fn an_authorization_is_captured_once_in_full_or_in_part() {
    let bench = Bench::new();
    let integration = bench.integration("2026").await;
    let (order, path) = placed(&bench, &integration).await;
    let much = json!({"_capture": true, "_capture_amount_cents": 3501});
    let much = bench.patch(&integration, &path, much).await;
    assert_eq!(much.refusal(422).1, "/data/attributes/_capture");
    let part = json!({"_capture": true, "_capture_amount_cents": 1500});
    let body = bench.patch(&integration, &path, part).await;
    let body = body.fits(200, "commerce-layer/authorization");
    let shown = &body["data"]["attributes"];
    assert_eq!(shown["capture_amount_cents"], 1500);
    assert_eq!(shown["capture_balance_cents"], 2000);
    let state = bench.order_of(&integration, &order).await;
    assert_eq!(state["payment_status"], "partially_paid");
    let path = format!("{path}/captures");
    let found = bench.look_up(&integration, &path).await;
    let found = found.fits(200, "commerce-layer/list");
    let capture = format!("captures/{}", text(&found["data"][0], "id"));
    let body = bench.look_up(&integration, &capture).await;
    let body = body.fits(200, "commerce-layer/capture");
    assert_eq!(body["data"]["attributes"]["succeeded"], true);
    let body = bench
        .patch(&integration, &capture, json!({"_refund": true}))
        .await;
    let body = body.fits(200, "commerce-layer/capture");
    assert_eq!(body["data"]["attributes"]["refund_amount_cents"], 1500);
    let state = bench.order_of(&integration, &order).await;
    assert_eq!(state["payment_status"], "refunded");
    let refunds = format!("{capture}/refunds");
    let found = bench.look_up(&integration, &refunds).await.json();
    let refund = format!("refunds/{}", text(&found["data"][0], "id"));
    let body = bench.look_up(&integration, &refund).await;
    body.fits(200, "commerce-layer/refund");
}

#[tokio::test]
async fn a_voided_authorization_cannot_be_captured() {
    let bench = Bench::new();
    let integration = bench.integration("2026").await;
    let (_, path) = placed(&bench, &integration).await;
    bench
        .patch(&integration, &path, json!({"_void": true}))
        .await;
    let found = bench
        .look_up(&integration, &format!("{path}/voids"))
        .await
        .json();
    let void = format!("voids/{}", text(&found["data"][0], "id"));
    let body = bench.look_up(&integration, &void).await;
    let body = body.fits(200, "commerce-layer/void");
    assert_eq!(body["data"]["attributes"]["succeeded"], true);
    let late = bench
        .patch(&integration, &path, json!({"_capture": true}))
        .await;
    assert_eq!(late.refusal(422).1, "/data/attributes/_capture");
}

#[tokio::test]
async fn a_capture_is_taken_on_and_can_fail_afterwards() {
    let bench = Bench::new();
    let integration = bench.integration("2026").await;
    let (order, path) = placed(&bench, &integration).await;
    bench.commerce(json!({"webhooks": false})).await;
    let decline = json!({"code": "20051", "of": "capture"});
    bench.post("/control/declines", "", &decline).await;
    bench
        .patch(&integration, &path, json!({"_capture": true}))
        .await;
    let found = bench
        .look_up(&integration, &format!("{path}/captures"))
        .await
        .json();
    let capture = &found["data"][0]["attributes"];
    assert_eq!(
        (&capture["succeeded"], &capture["error_code"]),
        (&json!(false), &Value::Null)
    );
    let source = bench
        .look_up(&integration, &format!("orders/{order}/payment_source"))
        .await;
    let source = text(&source.json()["data"], "id");
    bench
        .update(&integration, &source, json!({"_refresh": true}))
        .await;
    let found = bench
        .look_up(&integration, &format!("{path}/captures"))
        .await
        .json();
    assert_eq!(found["data"][0]["attributes"]["error_code"], "20051");
    let state = bench.order_of(&integration, &order).await;
    assert_eq!(state["payment_status"], "authorized");
}

#[tokio::test]
async fn an_order_can_be_captured_refunded_and_cancelled_as_a_whole() {
    let bench = Bench::new();
    let integration = bench.integration("2026").await;
    let (order, _) = placed(&bench, &integration).await;
    let path = format!("orders/{order}");
    for (trigger, status) in [("_capture", "paid"), ("_refund", "refunded")] {
        let body = bench
            .patch(&integration, &path, json!({trigger: true}))
            .await;
        let body = body.fits(200, "commerce-layer/order.2026");
        assert_eq!(body["data"]["attributes"]["payment_status"], status);
    }
    let late = bench
        .patch(&integration, &path, json!({"_cancel": true}))
        .await;
    assert_eq!(late.refusal(422).1, "/data/attributes/status");
    let (order, _) = placed(&bench, &integration).await;
    let path = format!("orders/{order}");
    let body = bench
        .patch(&integration, &path, json!({"_cancel": true}))
        .await;
    assert_eq!(body.json()["data"]["attributes"]["status"], "cancelled");
    let state = bench.order_of(&integration, &order).await;
    assert_eq!(state["payment_status"], "voided");
    assert_eq!(bench.layer_counted().await["standing"], 0);
}
