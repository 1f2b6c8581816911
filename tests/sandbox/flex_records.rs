//! Flexprice: the records of payments, as they are listed, changed and deleted, and what
//! `/control/flexprice` makes.

use std::fs;

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    bench::Bench,
    biller::{PAYMENTS, at, bill, link, text},
    fits::assert_fits,
};

/// The table of statuses that the contracts keep.
fn table() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/contracts/flexprice/statuses.json"
    );
    serde_json::from_str(&fs::read_to_string(path).expect("a file")).expect("JSON")
}

/// A payment of a fresh invoice that stands like this, by way of the table.
async fn standing(bench: &Bench, key: &str, status: &str) -> String {
    let invoice = json!({"id": format!("inv_{key}"), "customer": "cust_demo", "currency": "eur", "amount": "1"});
    bench.flex_order(json!({"invoice": invoice})).await;
    let body = bill(
        json!({"destination_id": format!("inv_{key}"), "amount": "1",
                           "idempotency_key": key, "process_payment": false}),
    );
    let id = text(&bench.billed(&body).await, "id").to_owned();
    let way: &[&str] = match status {
        "INITIATED" => &[],
        "REFUNDED" | "PARTIALLY_REFUNDED" | "VOIDED" => &["SUCCEEDED", status],
        _ => &[status],
    };
    for step in way {
        let answer = bench.put(&id, &json!({"payment_status": step})).await;
        answer.fits(200, "flexprice/payment");
    }
    id
}

#[tokio::test]
async fn statuses_follow_each_other_as_the_table_says() {
    let bench = Bench::new();
    let table = table();
    let all: Vec<String> =
        serde_json::from_value(table["statuses"].clone()).expect("a list of statuses");
    for from in &all {
        for to in all.iter().filter(|to| *to != from) {
            let id = standing(&bench, &format!("{from}_{to}"), from).await;
            let answer = bench.put(&id, &json!({"payment_status": to})).await;
            let allowed = table["transitions"][from].as_array().expect("a list");
            if allowed.iter().any(|one| one == to) {
                let shown = answer.fits(200, "flexprice/payment");
                assert_eq!(shown["payment_status"], json!(to), "{from}");
            } else {
                answer.refused_as(400, "invalid_operation");
                assert_eq!(
                    bench.bill_of(&id).await["payment_status"],
                    json!(from),
                    "{to}"
                );
            }
        }
    }
    assert_eq!(bench.taken().await["charged"], 0, "a record is no money");
}

#[tokio::test]
async fn a_record_can_be_changed_and_the_gateway_s_id_makes_it_pending() {
    let bench = Bench::new();
    let made = bench.billed(&bill(json!({"process_payment": false}))).await;
    let id = text(&made, "id");
    let change = json!({"gateway_payment_id": "pi_1", "payment_gateway": "stripe", "metadata": {"note": "x"},
                        "payment_method_id": "pm_demo_visa", "error_message": "seen"});
    let changed = bench.put(id, &change).await.fits(200, "flexprice/payment");
    assert_eq!(changed["payment_status"], "PENDING");
    for (key, value) in change.as_object().expect("an object") {
        assert_eq!(changed[key], *value, "{key}");
    }
    let voided = json!({"voided_at": "2026-01-31T12:00:00Z"});
    let changed = bench.put(id, &voided).await.fits(200, "flexprice/payment");
    assert_eq!(changed["voided_at"], "2026-01-31T12:00:00Z");
    for wrong in [
        json!({"payment_status": "PAID"}),
        json!({"payment_status": "succeeded"}),
        json!({"failed_at": "yesterday"}),
    ] {
        bench
            .put(id, &wrong)
            .await
            .refused_as(400, "validation_error");
    }
    bench
        .put("pay_x", &json!({}))
        .await
        .refused_as(404, "not_found");
    let paid = bench.process(id).await.fits(200, "flexprice/payment");
    assert_eq!(paid["payment_status"], "SUCCEEDED");
    let shown = bench
        .flex_order(json!({"set": id, "status": "REFUNDED"}))
        .await;
    assert_eq!(shown["payments"][0]["payment_status"], "REFUNDED");
    let taken = bench.taken().await;
    assert_eq!(
        (&taken["charged"], &taken["standing"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn only_what_has_not_begun_or_failed_can_be_deleted() {
    let bench = Bench::new();
    let first = bench.billed(&bill(json!({"process_payment": false}))).await;
    let id = text(&first, "id");
    let deleted = bench.flex(Method::DELETE, &at(id), &Value::Null).await;
    deleted.fits(200, "flexprice/deleted.200");
    for method in [Method::GET, Method::DELETE] {
        let gone = bench.flex(method, &at(id), &Value::Null).await;
        gone.refused_as(404, "not_found");
    }
    // Its key is free again.
    let paid = bench.billed(&bill(json!({}))).await;
    assert_ne!(paid["id"], first["id"]);
    let kept = bench
        .flex(Method::DELETE, &at(text(&paid, "id")), &Value::Null)
        .await;
    kept.refused_as(400, "invalid_operation");
    assert_eq!(bench.bill_of(text(&paid, "id")).await, paid);
}

#[tokio::test]
async fn payments_are_listed_newest_first_by_filters_and_pages() {
    let bench = Bench::new();
    for (index, amount) in ["1", "2", "3"].into_iter().enumerate() {
        let key = format!("key-{index}");
        bench
            .billed(&bill(json!({"amount": amount, "idempotency_key": key})))
            .await;
        bench.advance(60).await;
    }
    let made = bench
        .billed(&link(
            json!({"destination_id": "inv_demo_new", "idempotency_key": "l"}),
        ))
        .await;
    let shown = bench.bills("").await;
    assert_eq!(
        shown["pagination"],
        json!({"total": 4, "limit": 50, "offset": 0})
    );
    assert_eq!(shown["items"][0], made);
    let id = text(&made, "id");
    let tracking = text(&made, "gateway_tracking_id");
    let gateway = text(&made, "gateway_payment_id");
    let amounts = |shown: &Value| -> Vec<String> {
        let items = shown["items"].as_array().expect("a list");
        items
            .iter()
            .map(|one| text(one, "amount").to_owned())
            .collect()
    };
    for (query, expected) in [
        (format!("payment_ids={id}"), vec!["35"]),
        (format!("gateway_tracking_id={tracking}"), vec!["35"]),
        (format!("gateway_payment_id={gateway}"), vec!["35"]),
        ("destination_id=inv_demo&limit=2".into(), vec!["3", "2"]),
        ("destination_id=inv_demo&limit=2&offset=2".into(), vec!["1"]),
        (
            "payment_method_type=CARD&order=asc".into(),
            vec!["1", "2", "3"],
        ),
        ("payment_status=PENDING".into(), vec!["35"]),
        (
            "payment_gateway=stripe&currency=EUR&destination_type=INVOICE&limit=1".into(),
            vec!["35"],
        ),
        ("currency=usd".into(), vec![]),
        ("end_time=2026-01-01T00:00:00Z".into(), vec![]),
        ("status=deleted".into(), vec![]),
        (
            "unknown=1&expand=x&sort=created_at&limit=1".into(),
            vec!["35"],
        ),
    ] {
        assert_eq!(amounts(&bench.bills(&query).await), expected, "{query}");
    }
    let from = text(&made, "created_at").to_owned();
    assert_eq!(
        amounts(&bench.bills(&format!("start_time={from}")).await),
        ["35"]
    );
    for wrong in [
        "limit=0x",
        "limit=1001",
        "offset=-1",
        "order=up",
        "start_time=today",
    ] {
        let path = format!("{PAYMENTS}?{wrong}");
        let answer = bench.flex(Method::GET, &path, &Value::Null).await;
        answer.refused_as(400, "validation_error");
    }
}

#[tokio::test]
async fn what_control_makes_is_checked_and_a_reset_brings_the_demo_back() {
    let bench = Bench::new();
    for (body, status) in [
        (
            json!({"invoice": {"customer": "cust_x", "currency": "eur", "amount": "1"}}),
            400,
        ),
        (
            json!({"invoice": {"customer": "cust_demo", "currency": "euro", "amount": "1"}}),
            400,
        ),
        (
            json!({"invoice": {"customer": "cust_demo", "currency": "eur", "amount": 1.5}}),
            400,
        ),
        (
            json!({"invoice": {"id": "inv_demo", "customer": "cust_demo", "currency": "eur", "amount": "1"}}),
            409,
        ),
        (
            json!({"invoice": {"id": "x", "customer": "cust_demo", "currency": "eur", "amount": "1"}}),
            400,
        ),
        (
            json!({"card": {"customer": "cust_demo_new", "habit": "sometimes"}}),
            400,
        ),
        (json!({"next": ["maybe"]}), 400),
        (json!({"errors": "none"}), 400),
        (json!({"set": "inv_demo", "status": "REFUNDED"}), 409),
        (json!({}), 400),
    ] {
        let answer = bench.post("/control/flexprice", "", &body).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text);
    }
    bench
        .flex_order(json!({"customer": {"id": "cust_fresh"}}))
        .await;
    bench
        .flex_order(json!({"card": {"customer": "cust_fresh", "habit": "decline"}}))
        .await;
    bench.flex_order(json!({"invoice": {"id": "inv_fresh", "customer": "cust_fresh", "currency": "USD", "amount": "9.99"}})).await;
    let body = bill(json!({"destination_id": "inv_fresh", "currency": "usd", "amount": "9.99"}));
    bench.unbilled(&body, "invalid_operation").await;
    bench.post("/control/reset", "", &json!({})).await;
    let shown = bench.get("/control/flexprice", "").await.json();
    assert_eq!(shown["payments"], json!([]));
    assert_eq!(shown["invoices"][0]["id"], "inv_demo");
    assert!(!shown.to_string().contains("inv_fresh"));
    assert_fits("flexprice/payment.request", &body);
}

#[tokio::test]
async fn saved_methods_are_listed_by_provider() {
    let bench = Bench::new();
    let methods = |customer: &str| format!("{PAYMENTS}/customers/{customer}/methods");
    for body in [Value::Null, json!({"provider": "stripe"})] {
        let answer = bench.flex(Method::GET, &methods("cust_demo"), &body).await;
        let shown = answer.fits(200, "flexprice/methods.200");
        assert_eq!(shown["stripe"][0]["payment_method_id"], "pm_demo_visa");
        assert_eq!(shown["stripe"][0]["is_default"], true);
        assert_eq!(
            shown["stripe"][0]["payment_method_details"]["card"]["last4"],
            "4242"
        );
    }
    let none = bench
        .flex(Method::GET, &methods("cust_demo_new"), &Value::Null)
        .await;
    assert_eq!(none.fits(200, "flexprice/methods.200"), json!({}));
    let other = bench
        .flex(
            Method::GET,
            &methods("cust_demo"),
            &json!({"provider": "paddle"}),
        )
        .await;
    other.refused_as(400, "validation_error");
    let nobody = bench
        .flex(Method::GET, &methods("cust_x"), &Value::Null)
        .await;
    nobody.refused_as(404, "not_found");
}
