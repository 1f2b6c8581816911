//! Commerce Layer: payment sources of every year, and how their payments end.

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    bench::{APPROVED, Bench, CHALLENGED},
    fits::assert_fits,
    layer::{BACK, source},
    till::{BAD, text},
};

const YEARS: [&str; 3] = ["2021", "2022", "2026"];

#[tokio::test]
async fn trap_31_each_years_form_is_refused_by_the_others() {
    let bench = Bench::new();
    let token = bench.token(APPROVED).await;
    let seed = json!({"payment_type": "token", "token": token});
    let today = json!({"token": token, "success_url": BACK, "failure_url": BACK});
    for (year, attributes, refused) in [
        ("2021", &today, (400, "PARAM_NOT_ALLOWED", "")),
        (
            "2022",
            &today,
            (422, "VALIDATION_ERROR", "/data/attributes/payment_type"),
        ),
        ("2026", &seed, (400, "PARAM_NOT_ALLOWED", "")),
    ] {
        let channel = bench.channel(year).await;
        let order = bench.ordered(json!({})).await;
        let body = source(attributes, &order);
        let path = "checkout_com_payments";
        let answer = bench.layer(&channel, Method::POST, path, Some(&body)).await;
        let (status, code, pointer) = refused;
        assert_eq!(
            answer.refusal(status),
            (code.into(), pointer.into()),
            "{year}"
        );
    }
    // A client whose name asks for no year gets what was ordered.
    let body = json!({"grant_type": "client_credentials", "client_id": "demo_sales_channel"});
    let answer = bench.credentials(&body).await.json();
    let mut caller = bench.channel("2021").await;
    caller.token = text(&answer, "access_token");
    bench.commerce(json!({"generation": "2021"})).await;
    let order = bench.ordered(json!({})).await;
    bench.attached(&caller, &order, APPROVED).await;
    caller.year = "2026";
    bench.commerce(json!({"generation": "2026"})).await;
    let order = bench.ordered(json!({})).await;
    bench.attached(&caller, &order, APPROVED).await;
}

#[tokio::test]
async fn trap_36_a_new_source_has_no_response_and_charges_nothing() {
    let bench = Bench::new();
    for (year, nothing) in [
        ("2021", json!({})),
        ("2022", Value::Null),
        ("2026", Value::Null),
    ] {
        let channel = bench.channel(year).await;
        let order = bench.ordered(json!({})).await;
        let id = bench.attached(&channel, &order, APPROVED).await;
        let path = format!("checkout_com_payments/{id}?include=order");
        let shown = bench.look_up(&channel, &path).await;
        let shown = shown.fits(200, &format!("commerce-layer/payment.{year}"));
        assert_eq!(shown["included"][0]["id"], json!(order));
        let shown = &shown["data"]["attributes"];
        assert_eq!(shown["payment_response"], nothing, "{year}");
        assert_eq!(shown["redirect_uri"], Value::Null);
        let path = format!("orders/{order}/payment_source");
        let same = bench.look_up(&channel, &path).await.json();
        assert_eq!(same["data"]["id"], json!(id));
    }
    assert_eq!(bench.layer_counted().await["payments"], 0);
}

#[tokio::test]
async fn a_good_card_is_authorized_and_its_response_is_checkout_coms() {
    let bench = Bench::new();
    for year in YEARS {
        let channel = bench.channel(year).await;
        let (order, id, shown) = bench.authorized(&channel, APPROVED).await;
        let response = &shown["payment_response"];
        assert_fits("checkout-com/payment.201", response);
        assert_eq!(response["status"], "Authorized");
        assert_eq!(response["amount"], 3500);
        assert_eq!(shown["redirect_uri"], Value::Null);
        assert!(shown["source_id"].is_string(), "{shown}");
        let shown = bench.update(&channel, &id, json!({"_refresh": true})).await;
        assert_fits("checkout-com/payment.200", &shown["payment_response"]);
        let order = bench.order_of(&channel, &order).await;
        assert_eq!(order["payment_status"], "authorized");
        assert_eq!(order["status"], "pending");
    }
    let counted = bench.layer_counted().await;
    assert_eq!(counted["charged"], 3);
    assert_eq!(counted["net"]["byOrder"]["1007"], 1, "{counted}");
}

#[tokio::test]
async fn a_decline_is_an_answer_and_another_token_tries_again_on_the_same_source() {
    let bench = Bench::new();
    let channel = bench.channel("2021").await;
    let (order, id, shown) = bench.authorized(&channel, BAD).await;
    assert_eq!(shown["payment_response"]["status"], "Declined");
    assert_eq!(shown["payment_response"]["response_code"], "20005");
    let state = bench.order_of(&channel, &order).await;
    assert_eq!(state["payment_status"], "unpaid");
    // The declined token is used up.
    let path = format!("checkout_com_payments/{id}");
    let again = bench
        .patch(&channel, &path, json!({"_authorize": true}))
        .await;
    let refusal = ("VALIDATION_ERROR".into(), "/data/attributes/token".into());
    assert_eq!(again.refusal(422), refusal);
    let token = bench.token(APPROVED).await;
    let change = json!({"token": token, "_authorize": true});
    let shown = bench.update(&channel, &id, change).await;
    assert_eq!(shown["payment_response"]["status"], "Authorized");
    let counted = bench.layer_counted().await;
    assert_eq!(
        (&counted["declined"], &counted["charged"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn a_new_token_on_an_authorized_source_is_a_second_charge() {
    let bench = Bench::new();
    let channel = bench.channel("2026").await;
    let (order, id, _) = bench.authorized(&channel, APPROVED).await;
    let token = bench.token(APPROVED).await;
    bench
        .update(&channel, &id, json!({"token": token, "_authorize": true}))
        .await;
    // And so is a second source.
    let second = bench.attached(&channel, &order, APPROVED).await;
    bench
        .update(&channel, &second, json!({"_authorize": true}))
        .await;
    let counted = bench.layer_counted().await;
    assert_eq!(counted["standing"], 3);
    let shown = bench
        .look_up(&channel, &format!("orders/{order}/payment_source"))
        .await;
    assert_eq!(shown.json()["data"]["id"], json!(second));
}

#[tokio::test]
async fn tokens_that_are_unknown_or_over_are_refused_when_they_are_charged() {
    let bench = Bench::new();
    let channel = bench.channel("2026").await;
    let refusal = ("VALIDATION_ERROR".into(), "/data/attributes/token".into());
    let token = bench.token(APPROVED).await;
    for token in ["tok_nobody", &token] {
        let order = bench.ordered(json!({})).await;
        let made = bench.attach(&channel, &order, token).await;
        let made = made.fits(201, "commerce-layer/payment.2026");
        bench.advance(15 * 60).await;
        let path = format!("checkout_com_payments/{}", text(&made["data"], "id"));
        let answer = bench
            .patch(&channel, &path, json!({"_authorize": true}))
            .await;
        assert_eq!(answer.refusal(422), refusal, "{token}");
    }
    assert_eq!(bench.layer_counted().await["payments"], 0);
}

#[tokio::test]
async fn trap_36_a_status_can_come_in_lower_case() {
    let bench = Bench::new();
    bench.commerce(json!({"lowercase": true})).await;
    let channel = bench.channel("2026").await;
    let (_, _, shown) = bench.authorized(&channel, APPROVED).await;
    assert_eq!(shown["payment_response"]["status"], "authorized");
}

#[tokio::test]
async fn making_a_source_can_be_ordered_to_authorize_it() {
    let bench = Bench::new();
    bench.commerce(json!({"eager": true})).await;
    let channel = bench.channel("2026").await;
    let order = bench.ordered(json!({})).await;
    let token = bench.token(CHALLENGED).await;
    let made = bench.attach(&channel, &order, &token).await;
    let made = made.fits(201, "commerce-layer/payment.2026");
    let shown = &made["data"]["attributes"];
    assert_eq!(shown["payment_response"]["status"], "Pending");
    assert!(text(shown, "redirect_uri").starts_with("http://bank.localhost:4807/3ds/"));
}

#[tokio::test]
async fn declines_and_late_decisions_can_be_ordered_by_reference() {
    let bench = Bench::new();
    let channel = bench.channel("2026").await;
    let order = bench.ordered(json!({"reference": "ORD-77"})).await;
    let decline = json!({"code": "20051", "order": "ORD-77"});
    bench.post("/control/declines", "", &decline).await;
    let (_, _, other) = bench.authorized(&channel, APPROVED).await;
    assert_eq!(other["payment_response"]["status"], "Authorized");
    let id = bench.attached(&channel, &order, APPROVED).await;
    let shown = bench
        .update(&channel, &id, json!({"_authorize": true}))
        .await;
    assert_eq!(shown["payment_response"]["response_code"], "20051");
    let token = bench.token(CHALLENGED).await;
    let change = json!({"token": token, "_authorize": true});
    bench.update(&channel, &id, change).await;
    let settle = json!({"order": "ORD-77", "outcome": "approve"});
    let settled = bench.post("/control/settle", "", &settle).await;
    assert_eq!(settled.status.as_u16(), 200, "{}", settled.text);
    let counted = bench.layer_counted().await;
    assert_eq!(counted["net"]["byOrder"]["ORD-77"], 1);
}

#[tokio::test]
async fn nobody_reads_these_payments_at_checkout_com() {
    let bench = Bench::new();
    let channel = bench.channel("2026").await;
    let (_, _, shown) = bench.authorized(&channel, APPROVED).await;
    let path = format!(
        "/checkout-com/payments/{}",
        text(&shown["payment_response"], "id")
    );
    for key in ["sk_test_demo", "Bearer sk_sbox_demo"] {
        assert_eq!(bench.get(&path, key).await.status.as_u16(), 404);
    }
    let webhooks = bench.get("/control/webhooks", "").await.json();
    assert_eq!(webhooks["webhooks"], json!([]));
}
