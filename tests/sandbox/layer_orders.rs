//! Commerce Layer: placing orders, and what follows the charge.

use serde_json::json;

use crate::{
    bench::{APPROVED, Bench, CHALLENGED},
    till::{APPROVE, BAD, text},
};

#[tokio::test]
async fn trap_35_an_authorized_order_is_placed_once() {
    let bench = Bench::new();
    let channel = bench.channel("2026").await;
    let (order, _, _) = bench.authorized(&channel, APPROVED).await;
    let answer = bench.place(&channel, &order).await;
    let body = answer.fits(200, "commerce-layer/order.2026");
    let shown = &body["data"]["attributes"];
    assert_eq!(shown["status"], "placed");
    assert_eq!(shown["payment_status"], "authorized");
    assert!(shown["placed_at"].is_string());
    let again = bench.place(&channel, &order).await;
    let refusal = ("VALIDATION_ERROR".into(), "/data/attributes/status".into());
    assert_eq!(again.refusal(422), refusal);
    assert_eq!(
        bench.layer_counted().await["placed"],
        json!(["DEMO-PLACED", "1007"])
    );
}

#[tokio::test]
async fn what_is_not_pending_can_neither_be_placed_nor_get_a_source() {
    let bench = Bench::new();
    let channel = bench.channel("2026").await;
    for state in ["draft", "placing", "placed", "cancelled"] {
        let order = bench.ordered(json!({"state": state})).await;
        let answer = bench.place(&channel, &order).await;
        assert_eq!(answer.refusal(422).1, "/data/attributes/status", "{state}");
        let answer = bench.attach(&channel, &order, "tok_x").await;
        assert_eq!(
            answer.refusal(422).1,
            "/data/relationships/order",
            "{state}"
        );
    }
    let wired = bench.attach(&channel, "DemoWiredA", "tok_x").await;
    assert_eq!(wired.refusal(422).1, "/data/relationships/order");
    let empty = bench.ordered(json!({})).await;
    let answer = bench.place(&channel, &empty).await;
    assert_eq!(answer.refusal(422).1, "/data/relationships/payment_source");
}

#[tokio::test]
async fn placing_authorizes_a_source_that_was_not() {
    let bench = Bench::new();
    let channel = bench.channel("2021").await;
    let order = bench.ordered(json!({})).await;
    bench.attached(&channel, &order, APPROVED).await;
    let answer = bench.place(&channel, &order).await;
    let body = answer.fits(200, "commerce-layer/order.2022");
    assert_eq!(body["data"]["attributes"]["payment_status"], "authorized");
    let order = bench.ordered(json!({})).await;
    bench.attached(&channel, &order, BAD).await;
    let answer = bench.place(&channel, &order).await;
    assert_eq!(answer.refusal(422).1, "/data/relationships/payment_source");
    let state = bench.order_of(&channel, &order).await;
    assert_eq!(state["status"], "pending");
}

#[tokio::test]
async fn trap_35_a_declined_payment_does_not_keep_an_order_from_being_placed_unpaid() {
    let bench = Bench::new();
    let channel = bench.channel("2026").await;
    for card in [BAD, CHALLENGED] {
        let (order, _, _) = bench.authorized(&channel, card).await;
        let answer = bench.place(&channel, &order).await;
        let body = answer.fits(200, "commerce-layer/order.2026");
        assert_eq!(body["data"]["attributes"]["status"], "placed");
        assert_eq!(body["data"]["attributes"]["payment_status"], "unpaid");
    }
}

#[tokio::test]
async fn trap_35_an_order_that_changed_no_longer_matches_its_source() {
    let bench = Bench::new();
    let channel = bench.channel("2026").await;
    let (order, id, shown) = bench.authorized(&channel, APPROVED).await;
    assert_eq!(shown["mismatched_amounts"], false);
    bench
        .commerce(json!({"change": order, "amount": 4500}))
        .await;
    let shown = bench.update(&channel, &id, json!({"_details": true})).await;
    assert_eq!(shown["mismatched_amounts"], true);
    assert_eq!(shown["payment_response"]["amount"], 3500);
    let state = bench.order_of(&channel, &order).await;
    assert_eq!(state["total_amount_cents"], 4500);
    assert_eq!(state["payment_status"], "partially_authorized");
    let answer = bench.place(&channel, &order).await;
    assert_eq!(answer.refusal(422).1, "/data/relationships/payment_source");
}

#[tokio::test]
async fn trap_35_a_slow_placement_is_placing_first() {
    let bench = Bench::new();
    let channel = bench.channel("2026").await;
    let (order, _, _) = bench.authorized(&channel, APPROVED).await;
    bench
        .commerce(json!({"change": order, "placement": "async"}))
        .await;
    let body = bench.place(&channel, &order).await;
    let body = body.fits(200, "commerce-layer/order.2026");
    assert_eq!(body["data"]["attributes"]["status"], "placing");
    let answer = bench.place(&channel, &order).await;
    assert_eq!(answer.refusal(422).1, "/data/attributes/status");
    bench.advance(2).await;
    assert_eq!(bench.order_of(&channel, &order).await["status"], "placed");
    // The client can ask for it, and then errors come afterwards.
    let (order, _, _) = bench.authorized(&channel, APPROVED).await;
    let path = format!("orders/{order}");
    bench.commerce(json!({"change": order, "amount": 1})).await;
    let slow = json!({"place_async": true, "_place": true});
    let body = bench.patch(&channel, &path, slow).await.json();
    assert_eq!(body["data"]["attributes"]["status"], "placing");
    bench.advance(2).await;
    assert_eq!(bench.order_of(&channel, &order).await["status"], "pending");
}

#[tokio::test]
async fn a_placement_can_hang_until_it_is_decided() {
    let bench = Bench::new();
    bench.commerce(json!({"placement": "stuck"})).await;
    let channel = bench.channel("2026").await;
    for (outcome, status) in [("placed", "placed"), ("refused", "pending")] {
        let (order, _, _) = bench.authorized(&channel, APPROVED).await;
        bench.place(&channel, &order).await;
        bench.advance(600).await;
        assert_eq!(bench.order_of(&channel, &order).await["status"], "placing");
        bench
            .commerce(json!({"place": order, "outcome": outcome}))
            .await;
        let state = bench.order_of(&channel, &order).await;
        assert_eq!(state["status"], status);
        assert_eq!(state["payment_status"], "authorized");
    }
}

#[tokio::test]
async fn a_placement_can_be_refused_and_the_money_stays_reserved() {
    let bench = Bench::new();
    let channel = bench.channel("2026").await;
    let integration = bench.integration("2026").await;
    let (order, _, _) = bench.authorized(&channel, APPROVED).await;
    bench
        .commerce(json!({"change": order, "placement": "refused"}))
        .await;
    let answer = bench.place(&channel, &order).await;
    assert_eq!(answer.refusal(422).0, "VALIDATION_ERROR");
    let words = json!({"refused": {"code": "OUT_OF_STOCK", "title": "out of stock"}});
    bench
        .commerce(json!({"change": order, "placement": words}))
        .await;
    let answer = bench.place(&channel, &order).await;
    assert_eq!(answer.refusal(422).0, "OUT_OF_STOCK");
    let state = bench.order_of(&channel, &order).await;
    assert_eq!(
        (&state["status"], &state["payment_status"]),
        (&json!("pending"), &json!("authorized"))
    );
    // The integration lets it go.
    let path = format!("orders/{order}/authorizations");
    let found = bench.look_up(&integration, &path).await.json();
    let path = format!("authorizations/{}", text(&found["data"][0], "id"));
    let body = bench
        .patch(&integration, &path, json!({"_void": true}))
        .await;
    let body = body.fits(200, "commerce-layer/authorization");
    assert_eq!(body["data"]["attributes"]["void_balance_cents"], 0);
    let state = bench.order_of(&channel, &order).await;
    assert_eq!(state["payment_status"], "voided");
    let counted = bench.layer_counted().await;
    assert_eq!(
        (&counted["charged"], &counted["standing"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn a_payment_method_can_capture_and_place_by_itself() {
    let bench = Bench::new();
    let channel = bench.channel("2026").await;
    let order = bench.ordered(json!({"autoCapture": true})).await;
    let id = bench.attached(&channel, &order, APPROVED).await;
    bench
        .update(&channel, &id, json!({"_authorize": true}))
        .await;
    let shown = bench.update(&channel, &id, json!({"_details": true})).await;
    assert_eq!(shown["payment_response"]["status"], "Captured");
    let body = bench.place(&channel, &order).await.json();
    assert_eq!(body["data"]["attributes"]["payment_status"], "paid");
    // The shopper is still on the way back, and the order is placed already.
    let order = bench.ordered(json!({"autoPlace": true})).await;
    let id = bench.attached(&channel, &order, CHALLENGED).await;
    let shown = bench
        .update(&channel, &id, json!({"_authorize": true}))
        .await;
    bench.back_from_bank(&shown, APPROVE).await;
    assert_eq!(bench.order_of(&channel, &order).await["status"], "placed");
}

#[tokio::test]
async fn control_says_what_it_expects() {
    let bench = Bench::new();
    for body in [
        json!({}),
        json!({"generation": "2019"}),
        json!({"placement": "maybe"}),
        json!({"order": {"amount": 3500}}),
        json!({"order": {"amount": "35.00", "currency": "EUR"}}),
        json!({"order": {"amount": 3500, "currency": "euro"}}),
        json!({"order": {"amount": 3500, "currency": "EUR", "id": "x"}}),
        json!({"order": {"amount": 3500, "currency": "EUR", "state": "lost"}}),
    ] {
        let answer = bench.post("/control/commerce-layer", "", &body).await;
        assert_eq!(answer.status.as_u16(), 400, "{body}");
        assert!(answer.json()["error"].is_string());
    }
    let nobody = json!({"change": "NOBODY", "amount": 1});
    let answer = bench.post("/control/commerce-layer", "", &nobody).await;
    assert_eq!(answer.status.as_u16(), 404);
    let twice = json!({"order": {"id": "DemoShirtA", "amount": 1, "currency": "EUR"}});
    let answer = bench.post("/control/commerce-layer", "", &twice).await;
    assert_eq!(answer.status.as_u16(), 409);
    bench.ordered(json!({"reference": "ORD-1"})).await;
    bench.post("/control/reset", "", &json!({})).await;
    let shown = bench.get("/control/commerce-layer", "").await.json();
    let orders = shown["orders"].as_array().expect("a list");
    assert_eq!(orders.len(), 6);
    assert_eq!(orders[0]["reference"], "DEMO-SHIRT");
}
