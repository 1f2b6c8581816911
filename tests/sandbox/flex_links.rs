//! Flexprice: payment links, and the page where the payer decides.

use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};

use crate::{
    bench::{Answer, BANK, Bench},
    biller::{PAYMENTS, bill, link, text},
};

async fn page(bench: &Bench, payment: &Value) -> Answer {
    let path = text(payment, "payment_url")
        .strip_prefix("http://bank.localhost:4807")
        .expect("the bank's address");
    let request = Request::get(path).header(header::HOST, BANK);
    bench
        .send(request.body(Body::empty()).expect("a request"))
        .await
}

#[tokio::test]
async fn a_link_is_paid_on_the_banks_site_and_leads_back_with_its_session() {
    let bench = Bench::new();
    let made = bench.billed(&link(json!({}))).await;
    assert_eq!(made["payment_status"], "PENDING");
    assert_eq!(made["payment_method_id"], "");
    assert!(made["attempts"].is_null() && made["succeeded_at"].is_null());
    let session = text(&made, "gateway_tracking_id");
    assert!(session.starts_with("cs_test_"), "{made}");
    let shown = page(&bench, &made).await;
    assert!(shown.text.contains("€35.00") && shown.text.contains("inv_demo"));
    assert_eq!(
        shown.headers["content-security-policy"],
        "frame-ancestors 'none'"
    );
    let back = bench.at_link(&made, "pay").await;
    assert_eq!(
        back.location(),
        format!("http://127.0.0.1:4806/paid?session={session}")
    );
    let paid = bench.bill_of(text(&made, "id")).await;
    assert_eq!(paid["payment_status"], "SUCCEEDED");
    assert_eq!(paid["attempts"][0]["attempt_number"], 1);
    assert_eq!(bench.owed("inv_demo").await["payment_status"], "SUCCEEDED");
    // Once more is no second payment.
    let again = bench.at_link(&made, "pay").await;
    assert!(again.text.contains("has been made"), "{}", again.text);
    assert_eq!(
        bench.taken().await["charges"]["byInvoice"],
        json!({"inv_demo": 1})
    );
}

#[tokio::test]
async fn going_back_decides_nothing_and_the_link_can_still_be_paid() {
    let bench = Bench::new();
    let made = bench.billed(&link(json!({}))).await;
    let back = bench.at_link(&made, "back").await;
    assert_eq!(back.location(), "http://127.0.0.1:4806/cart");
    let still = bench.bill_of(text(&made, "id")).await;
    assert_eq!(still["payment_status"], "PENDING");
    bench.at_link(&made, "pay").await.location();
    assert_eq!(bench.taken().await["charged"], 1);
}

#[tokio::test]
async fn a_declined_payer_is_a_failed_payment_and_comes_back_to_the_shop() {
    let bench = Bench::new();
    let made = bench.billed(&link(json!({}))).await;
    let back = bench.at_link(&made, "decline").await;
    assert_eq!(back.location(), "http://127.0.0.1:4806/cart");
    let failed = bench.bill_of(text(&made, "id")).await;
    assert_eq!(failed["payment_status"], "FAILED");
    assert!(text(&failed["attempts"][0], "error_message").contains("declined"));
    let over = bench.at_link(&made, "pay").await;
    assert!(over.text.contains("No money was taken"), "{}", over.text);
    assert_eq!(bench.taken().await["charged"], 0);
}

#[tokio::test]
async fn a_payer_who_tries_again_makes_a_second_attempt() {
    let bench = Bench::new();
    let made = bench.billed(&link(json!({}))).await;
    let stays = bench.at_link(&made, "stumble").await;
    assert!(stays.text.contains("role=\"alert\""), "{}", stays.text);
    let id = text(&made, "id");
    assert_eq!(bench.bill_of(id).await["payment_status"], "PENDING");
    bench.at_link(&made, "pay").await.location();
    let paid = bench.bill_of(id).await;
    assert_eq!(paid["payment_status"], "SUCCEEDED");
    let attempts = paid["attempts"].as_array().expect("a list");
    for (attempt, (number, failed)) in attempts.iter().zip([(1, true), (2, false)]) {
        assert_eq!(attempt["attempt_number"], number);
        assert_eq!(attempt["error_message"].is_string(), failed);
    }
    assert_eq!(attempts.len(), 2);
}

#[tokio::test]
async fn money_that_is_on_its_way_is_processing_until_it_is_decided() {
    let bench = Bench::new();
    let made = bench.billed(&link(json!({}))).await;
    let back = bench.at_link(&made, "later").await;
    assert!(back.location().starts_with("http://127.0.0.1:4806/paid"));
    let id = text(&made, "id");
    assert_eq!(bench.bill_of(id).await["payment_status"], "PROCESSING");
    assert_eq!(bench.taken().await["charged"], 0);
    bench
        .flex_order(json!({"settle": id, "outcome": "decline", "message": "no funds"}))
        .await;
    let failed = bench.bill_of(id).await;
    assert_eq!(failed["payment_status"], "FAILED");
    assert_eq!(failed["error_message"], "no funds");
}

#[tokio::test]
async fn two_links_for_one_invoice_can_both_be_paid() {
    let bench = Bench::new();
    let one = bench.billed(&link(json!({}))).await;
    let two = bench
        .billed(&link(json!({"idempotency_key": "attempt-2"})))
        .await;
    assert_ne!(one["payment_url"], two["payment_url"]);
    bench.at_link(&one, "pay").await.location();
    bench.at_link(&two, "pay").await.location();
    assert_eq!(
        bench.bill_of(text(&two, "id")).await["payment_status"],
        "OVERPAID"
    );
    let taken = bench.taken().await;
    assert_eq!(taken["charges"]["byInvoice"], json!({"inv_demo": 2}));
    assert_eq!(taken["charges"]["sums"], json!({"inv_demo": "70"}));
}

#[tokio::test]
async fn a_link_is_over_after_a_day_and_its_payment_failed() {
    let bench = Bench::new();
    let made = bench.billed(&link(json!({}))).await;
    bench.advance(24 * 3600 - 60).await;
    assert_eq!(
        bench.bill_of(text(&made, "id")).await["payment_status"],
        "PENDING"
    );
    bench.advance(60).await;
    let over = bench.bill_of(text(&made, "id")).await;
    assert_eq!(over["payment_status"], "FAILED");
    assert_eq!(over["error_message"], "payment link expired");
    let late = bench.at_link(&made, "pay").await;
    assert_eq!(late.status.as_u16(), 200);
    assert_eq!(bench.taken().await["charged"], 0);
}

#[tokio::test]
async fn who_asks_for_a_payment_sees_what_its_gateway_says_by_now_and_a_list_does_not() {
    let bench = Bench::new();
    bench.flex_order(json!({"silent": true})).await;
    let made = bench.billed(&link(json!({}))).await;
    bench.at_link(&made, "pay").await.location();
    let listed = bench.bills("destination_id=inv_demo").await;
    assert_eq!(listed["items"][0]["payment_status"], "PENDING");
    let asked = bench.bill_of(text(&made, "id")).await;
    assert_eq!(asked["payment_status"], "SUCCEEDED");
    let listed = bench.bills("payment_status=SUCCEEDED").await;
    assert_eq!(listed["pagination"]["total"], 1);
    // Only gateways that the system asks: this one it does not.
    let other = link(
        json!({"payment_gateway": "nomod", "destination_id": "inv_demo_new", "idempotency_key": "n"}),
    );
    let other = bench.billed(&other).await;
    bench.at_link(&other, "pay").await.location();
    assert_eq!(
        bench.bill_of(text(&other, "id")).await["payment_status"],
        "PENDING"
    );
}

#[tokio::test]
async fn a_link_without_ways_back_ends_on_the_banks_page() {
    let bench = Bench::new();
    let mut body =
        bill(json!({"payment_method_type": "PAYMENT_LINK", "payment_gateway": "razorpay"}));
    let made = bench.billed(&body).await;
    let back = bench.at_link(&made, "back").await;
    assert!(back.text.contains("can still be paid"), "{}", back.text);
    let done = bench.at_link(&made, "pay").await;
    assert!(done.text.contains("has been made"), "{}", done.text);
    // Older documents name the ways back in the metadata.
    body["metadata"] =
        json!({"success_url": "https://shop.example/ok", "cancel_url": "javascript:alert(1)"});
    body["idempotency_key"] = json!("attempt-2");
    body["destination_id"] = json!("inv_demo_new");
    let made = bench.billed(&body).await;
    let back = bench.at_link(&made, "back").await;
    assert!(!back.text.contains("javascript:"), "{}", back.text);
    assert_eq!(
        bench.at_link(&made, "pay").await.location(),
        "https://shop.example/ok"
    );
    let nowhere = bench
        .bank("http://bank.localhost:4807/pay/nothing", "answer=pay")
        .await;
    assert_eq!(nowhere.status.as_u16(), 404);
    let api = bench.get(&format!("{PAYMENTS}/pay_x"), "").await;
    assert_eq!(api.status.as_u16(), 401);
}

#[tokio::test]
async fn a_card_is_saved_by_a_link_that_was_made_for_it() {
    let bench = Bench::new();
    let body = link(
        json!({"destination_id": "inv_demo_new", "save_card_and_make_default": true,
                           "amount": "10", "gateway_options": {"stripe": {"tax_id_collection_enabled": true}}}),
    );
    let made = bench.billed(&body).await;
    assert_eq!(made["save_card_and_make_default"], true);
    assert_eq!(
        made["gateway_metadata"]["tax_id_collection_enabled"],
        "true"
    );
    bench.at_link(&made, "pay").await.location();
    let card =
        bill(json!({"destination_id": "inv_demo_new", "amount": "25", "idempotency_key": "c"}));
    assert_eq!(bench.billed(&card).await["payment_status"], "SUCCEEDED");
}
