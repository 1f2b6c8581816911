//! Flexprice: how things are written, repeated and refused; the traps that a client of it
//! has to step over.

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    bench::Bench,
    biller::{KEY, PAYMENTS, at, bill, link, text},
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
