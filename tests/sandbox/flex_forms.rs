//! Flexprice: how things are written, repeated, listed, changed and refused; the traps that a
//! client of it has to step over.

use std::fs;

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    bench::Bench,
    biller::{KEY, PAYMENTS, at, bill, link, text},
    fits::assert_fits,
};

#[tokio::test]
async fn trap_43_process_payment_left_out_is_false() {
    let bench = Bench::new();
    let mut body = bill(json!({"process_payment": null}));
    let made = bench.billed(&body).await;
    assert_eq!(made["payment_status"], "INITIATED");
    assert_eq!(bench.taken().await["charged"], 0);
    // An initiated card payment can't be processed either.
    let refused = bench.process(text(&made, "id")).await;
    refused.refused_as(400, "invalid_operation");
    body["payment_method_type"] = json!("OFFLINE");
    body["idempotency_key"] = json!("offline");
    let made = bench.billed(&body).await;
    assert_eq!(made["payment_status"], "PENDING");
    let done = bench.process(text(&made, "id")).await;
    assert_eq!(
        done.fits(200, "flexprice/payment")["payment_status"],
        "SUCCEEDED"
    );
    let twice = bench.process(text(&made, "id")).await;
    twice.refused_as(400, "invalid_operation");
    let mut link = link(json!({"destination_id": "inv_demo_new", "idempotency_key": "link"}));
    link.as_object_mut()
        .expect("an object")
        .remove("process_payment");
    let made = bench.billed(&link).await;
    assert_eq!(
        (&made["payment_status"], &made["payment_url"]),
        (&json!("INITIATED"), &Value::Null)
    );
    let id = text(&made, "id");
    let first = bench.process(id).await.fits(200, "flexprice/payment");
    assert_eq!(first["payment_status"], "PENDING");
    let second = bench.process(id).await.fits(200, "flexprice/payment");
    assert_eq!(second["payment_url"], first["payment_url"]);
}

#[tokio::test]
async fn trap_44_a_known_key_brings_back_its_payment_even_a_failed_one() {
    let bench = Bench::new();
    let paid = bench.billed(&bill(json!({}))).await;
    // The invoice is paid by now, and the body is another one.
    let again = bench.billed(&bill(json!({"amount": "1"}))).await;
    assert_eq!(again, paid);
    let declined = bill(json!({"destination_id": "inv_demo_declined", "idempotency_key": "key-2"}));
    bench.unbilled(&declined, "invalid_operation").await;
    let failed = bench.billed(&declined).await;
    assert_eq!(failed["payment_status"], "FAILED");
    let taken = bench.taken().await;
    assert_eq!(
        (&taken["payments"], &taken["charged"]),
        (&json!(2), &json!(1))
    );
    // In the other order of the two questions, the repeat of a paid payment is refused.
    bench.flex_order(json!({"paidFirst": true})).await;
    bench.unbilled(&bill(json!({})), "validation_error").await;
    assert_eq!(bench.billed(&declined).await, failed);
}

#[tokio::test]
async fn without_a_key_the_same_request_is_the_same_payment() {
    let bench = Bench::new();
    let body = bill(json!({"idempotency_key": null, "amount": "5.00"}));
    let first = bench.billed(&body).await;
    assert!(!text(&first, "idempotency_key").is_empty());
    for amount in [json!("5"), json!(5), json!(5.0)] {
        let mut same = body.clone();
        same["amount"] = amount;
        assert_eq!(bench.billed(&same).await, first);
    }
    for with in [
        json!({"amount": "6"}),
        json!({"payment_method_id": "pm_demo_visa"}),
        json!({"payment_method_type": "CREDITS"}),
    ] {
        let mut other = body.clone();
        for (key, value) in with.as_object().expect("an object") {
            other[key] = value.clone();
        }
        let other = bench.billed(&other).await;
        assert_ne!(other["id"], first["id"], "{with}");
    }
    assert_eq!(bench.taken().await["charged"], 4);
}

#[tokio::test]
async fn trap_45_amounts_are_strings_or_numbers_of_major_units_and_exact() {
    let bench = Bench::new();
    let amount = |amount: Value, key: &str| bill(json!({"amount": amount, "idempotency_key": key}));
    let sent = |text: &str, key: &str| {
        bill(json!({"amount": 0, "idempotency_key": key}))
            .to_string()
            .replace("\"amount\":0", &format!("\"amount\":{text}"))
    };
    let key = [("x-api-key", KEY)];
    for (index, (written, shown)) in [
        ("\"10.10\"", "10.1"),
        ("10.10", "10.1"),
        ("0.1", "0.1"),
        ("0.20000000", "0.2"),
        ("1e0", "1"),
        ("\"0.00000001\"", "0.00000001"),
    ]
    .into_iter()
    .enumerate()
    {
        let body = sent(written, &format!("key-{index}"));
        let answer = bench.flex_as(&key, Method::POST, PAYMENTS, &body).await;
        let paid = answer.fits(201, "flexprice/payment");
        assert_eq!(paid["amount"], shown, "{written}");
    }
    assert_eq!(bench.owed("inv_demo").await["amount_paid"], "21.50000001");
    for (index, wrong) in [
        "\"\"",
        "null",
        "0",
        "-1",
        "\"1,5\"",
        "true",
        "0.123456789",
        "[1]",
    ]
    .into_iter()
    .enumerate()
    {
        let body = sent(wrong, &format!("wrong-{index}"));
        let answer = bench.flex_as(&key, Method::POST, PAYMENTS, &body).await;
        answer.refused_as(400, "validation_error");
    }
    bench.flex_order(json!({"amounts": "padded"})).await;
    let padded = bench.billed(&amount(json!("1.5"), "padded")).await;
    assert_eq!(padded["amount"], "1.50");
    let yen = bill(
        json!({"destination_id": "inv_demo_jpy", "currency": "jpy", "amount": "4200", "idempotency_key": "y"}),
    );
    assert_eq!(bench.billed(&yen).await["amount"], "4200");
    let dinar = bill(
        json!({"destination_id": "inv_demo_kwd", "currency": "KWD", "amount": "12.5", "idempotency_key": "k"}),
    );
    assert_eq!(bench.billed(&dinar).await["amount"], "12.500");
    bench.flex_order(json!({"amounts": "number"})).await;
    let answer = bench.bill(&amount(json!("2.30"), "number")).await;
    answer.fits(201, "flexprice/payment.seed.201");
    assert!(answer.text.contains("\"amount\":2.3,"), "{}", answer.text);
    let path = format!("{PAYMENTS}?limit=1");
    let listed = bench.flex(Method::GET, &path, &Value::Null).await;
    assert!(listed.text.contains("\"amount\":2.3,"), "{}", listed.text);
}

#[tokio::test]
async fn trap_46_errors_have_three_shapes_and_a_missing_key_a_fourth() {
    let bench = Bench::new();
    let wrong = bill(json!({"currency": "euros"}));
    for (shape, contract) in [
        ("before", "flexprice/error.before"),
        ("docs", "flexprice/error.docs"),
        ("now", "flexprice/error"),
    ] {
        bench.flex_order(json!({"errors": shape})).await;
        bench.bill(&wrong).await.fits(400, contract);
        let missing = bench.flex(Method::GET, &at("pay_x"), &Value::Null).await;
        missing.fits(404, contract);
        let body = wrong.to_string();
        let none = bench.flex_as(&[], Method::POST, PAYMENTS, &body).await;
        none.fits(401, "flexprice/error.401");
        let bearer = [("authorization", "Bearer sk_flexprice_demo")];
        let bearer = bench.flex_as(&bearer, Method::GET, PAYMENTS, "").await;
        bearer.fits(401, "flexprice/error.401");
    }
    let other = [("x-api-key", "sk_test_demo")];
    let body = bill(json!({})).to_string();
    let other = bench.flex_as(&other, Method::POST, PAYMENTS, &body).await;
    other.fits(401, "flexprice/error.401");
    assert_eq!(bench.taken().await["payments"], 0);
}

#[tokio::test]
async fn a_body_that_breaks_a_rule_is_refused_and_makes_nothing() {
    let bench = Bench::new();
    for with in [
        json!({"amount": null}),
        json!({"currency": null}),
        json!({"currency": "e1r"}),
        json!({"destination_id": ""}),
        json!({"destination_type": "invoice"}),
        json!({"destination_type": "CUSTOMER", "destination_id": "cust_demo"}),
        json!({"payment_method_type": "card"}),
        json!({"payment_method_type": "CASH"}),
        json!({"metadata": {"order": 1}}),
        json!({"metadata": "x"}),
        json!({"process_payment": "true"}),
        json!({"payment_method_id": 7}),
    ] {
        bench.unbilled(&bill(with), "validation_error").await;
    }
    let key = [("x-api-key", KEY)];
    for body in ["", "{", "[]", "7"] {
        let answer = bench.flex_as(&key, Method::POST, PAYMENTS, body).await;
        answer.refused_as(400, "validation_error");
    }
    assert_eq!(bench.taken().await["payments"], 0);
    // What is not known is passed over.
    let paid = bench
        .billed(&bill(json!({"customer_id": "x", "capture": {}})))
        .await;
    assert_eq!(paid["payment_status"], "SUCCEEDED");
}

#[tokio::test]
async fn trap_48_what_is_not_set_is_left_out_and_ids_are_empty() {
    let bench = Bench::new();
    let invoice = json!({"id": "inv_bare", "customer": "cust_demo", "currency": "eur", "amount": "5", "status": "DRAFT"});
    bench.flex_order(json!({"invoice": invoice})).await;
    let body = bill(
        json!({"destination_id": "inv_bare", "amount": "5", "metadata": null,
                           "payment_method_type": "OFFLINE", "process_payment": false}),
    );
    let answer = bench.bill(&body).await;
    let made = answer.fits(201, "flexprice/payment");
    assert!(!answer.text.contains("null"), "{}", answer.text);
    assert_eq!(made["payment_method_id"], "");
    let fields = made.as_object().expect("an object");
    for unset in [
        "succeeded_at",
        "failed_at",
        "refunded_at",
        "voided_at",
        "error_message",
        "attempts",
        "invoice_number",
        "payment_url",
        "metadata",
        "gateway_metadata",
        "payment_gateway",
        "gateway_payment_id",
        "gateway_tracking_id",
    ] {
        assert!(!fields.contains_key(unset), "{unset}: {made}");
    }
}

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
