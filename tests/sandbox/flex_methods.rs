//! Flexprice: what each method of payment does to the payment, the invoice and the money.

use serde_json::{Value, json};

use crate::{
    bench::Bench,
    biller::{bill, link, text},
    fits::assert_fits,
};

#[tokio::test]
async fn a_saved_card_pays_an_invoice_with_every_field_of_the_published_contract() {
    let bench = Bench::new();
    let body = bill(json!({"payment_method_id": "pm_demo_visa"}));
    assert_fits("flexprice/payment.request", &body);
    let paid = bench.billed(&body).await;
    assert_eq!(paid["payment_status"], "SUCCEEDED");
    assert_eq!(
        (&paid["currency"], &paid["destination_id"]),
        (&json!("eur"), &json!("inv_demo"))
    );
    assert_eq!(paid["idempotency_key"], "attempt-1");
    assert_eq!(paid["metadata"], json!({"order": "ORD-1"}));
    assert_eq!(paid["payment_method_id"], "pm_demo_visa");
    assert_eq!(paid["invoice_number"], "INV-DEMO-0001");
    assert!(text(&paid, "gateway_payment_id").starts_with("pi_"));
    assert_eq!(paid["attempts"][0]["attempt_number"], 1);
    assert_eq!(paid["attempts"][0]["payment_id"], paid["id"]);
    assert_eq!(bench.bill_of(text(&paid, "id")).await, paid);
    let owed = bench.owed("inv_demo").await;
    assert_eq!(
        (&owed["amount_paid"], &owed["payment_status"]),
        (&json!("35"), &json!("SUCCEEDED"))
    );
    let taken = bench.taken().await;
    for place in ["charges", "net"] {
        assert_eq!(taken[place]["byInvoice"], json!({"inv_demo": 1}), "{taken}");
        assert_eq!(taken[place]["byMetadata"], json!({"order=ORD-1": 1}));
        assert_eq!(taken[place]["sums"], json!({"inv_demo": "35"}));
    }
}

#[tokio::test]
async fn a_card_that_is_not_named_is_the_customers_default_and_without_one_nothing_is_taken() {
    let bench = Bench::new();
    let paid = bench.billed(&bill(json!({}))).await;
    assert_eq!(paid["payment_method_id"], "pm_demo_visa");
    let nobody = bill(json!({"destination_id": "inv_demo_new", "idempotency_key": "a-2"}));
    let refused = bench.unbilled(&nobody, "invalid_operation").await;
    let failed = bench.bill_of(text(&refused["details"], "payment_id")).await;
    assert_eq!(failed["payment_status"], "FAILED");
    assert_eq!(failed["error_message"], "no default payment method");
    assert_eq!(
        failed["attempts"][0]["error_message"],
        "no default payment method"
    );
    assert_eq!(bench.taken().await["charged"], 1);
}

#[tokio::test]
async fn no_typed_card_and_nobody_elses_card_can_be_charged() {
    let bench = Bench::new();
    let ids = ["tok_4gzeau5o2uqubbk6fufs3m7p54", "pm_demo_declined", "pm_x"];
    for (index, id) in ids.into_iter().enumerate() {
        let key = format!("attempt-{index}");
        let body = bill(json!({"payment_method_id": id, "idempotency_key": key}));
        let refused = bench.unbilled(&body, "invalid_operation").await;
        let failed = bench.bill_of(text(&refused["details"], "payment_id")).await;
        assert_eq!(failed["payment_status"], "FAILED", "{id}");
        assert!(text(&failed, "error_message").contains(id));
    }
    assert_eq!(bench.taken().await["charged"], 0);
    assert_eq!(bench.owed("inv_demo").await["amount_paid"], "0");
}

#[tokio::test]
async fn a_declined_card_is_a_400_and_a_failed_payment() {
    let bench = Bench::new();
    for (invoice, word) in [
        ("inv_demo_declined", "declined"),
        ("inv_demo_asked", "authentication_required"),
    ] {
        let body = bill(json!({"destination_id": invoice, "idempotency_key": invoice}));
        let refused = bench.unbilled(&body, "invalid_operation").await;
        assert_eq!(refused["message"], "Failed to process payment");
        let failed = bench.bill_of(text(&refused["details"], "payment_id")).await;
        assert_eq!(failed["payment_status"], "FAILED");
        assert!(text(&failed, "error_message").contains(word), "{failed}");
        assert!(failed["failed_at"].is_string() && failed["succeeded_at"].is_null());
    }
    let taken = bench.taken().await;
    assert_eq!(
        (&taken["charged"], &taken["statuses"]["FAILED"]),
        (&json!(0), &json!(2))
    );
}

#[tokio::test]
async fn credits_come_from_a_wallet_that_has_enough() {
    let bench = Bench::new();
    let credits = |invoice: &str, with: Value| {
        let mut body = bill(
            json!({"payment_method_type": "CREDITS", "destination_id": invoice,
                                   "idempotency_key": null}),
        );
        for (key, value) in with.as_object().expect("an object") {
            body[key] = value.clone();
        }
        body
    };
    let paid = bench
        .billed(&credits("inv_demo", json!({"amount": "10"})))
        .await;
    assert_eq!(paid["payment_status"], "SUCCEEDED");
    assert_eq!(paid["payment_method_id"], "wallet_demo");
    assert_eq!(paid["metadata"]["wallet_type"], "POST_PAID");
    assert_eq!(
        (&paid["track_attempts"], &paid["attempts"]),
        (&json!(false), &Value::Null)
    );
    let shown = bench.get("/control/flexprice", "").await.json();
    assert_eq!(shown["wallets"][0]["balance"], "490");
    let empty = bench.bill(&credits("inv_demo_empty", json!({}))).await;
    empty.refused_as(400, "invalid_operation");
    let none = bench.bill(&credits("inv_demo_new", json!({}))).await;
    none.refused_as(404, "not_found");
    let wallet = json!({"customer": "cust_demo_new", "id": "wallet_pre", "currency": "eur",
                        "balance": "99", "kind": "PRE_PAID"});
    bench.flex_order(json!({"wallet": wallet})).await;
    let prepaid = credits("inv_demo_new", json!({"payment_method_id": "wallet_pre"}));
    bench.unbilled(&prepaid, "validation_error").await;
    // Refused before anything was written down.
    assert_eq!(bench.taken().await["payments"], 1);
}

#[tokio::test]
async fn offline_records_what_came_another_way() {
    let bench = Bench::new();
    let with_card =
        bill(json!({"payment_method_type": "OFFLINE", "payment_method_id": "pm_demo_visa"}));
    bench.unbilled(&with_card, "validation_error").await;
    let body = bill(json!({"payment_method_type": "OFFLINE", "payment_gateway": "stripe"}));
    let paid = bench.billed(&body).await;
    assert_eq!(paid["payment_status"], "SUCCEEDED");
    assert_eq!(paid["payment_method_id"], "");
    assert_eq!(
        (&paid["payment_gateway"], &paid["attempts"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(bench.owed("inv_demo").await["payment_status"], "SUCCEEDED");
    let taken = bench.taken().await;
    assert_eq!(
        (&taken["recorded"], &taken["charged"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(taken["records"]["byInvoice"], json!({"inv_demo": 1}));
}

#[tokio::test]
async fn ach_and_upi_are_known_and_not_implemented() {
    let bench = Bench::new();
    for (method, word) in [("ACH", "not implemented"), ("UPI", "unsupported")] {
        let body = bill(json!({"payment_method_type": method, "idempotency_key": method}));
        bench.unbilled(&body, "validation_error").await;
        let mut body = body;
        body["payment_method_id"] = json!("ba_1");
        let refused = bench.unbilled(&body, "invalid_operation").await;
        let failed = bench.bill_of(text(&refused["details"], "payment_id")).await;
        assert_eq!(failed["payment_status"], "FAILED");
        assert!(text(&failed, "error_message").contains(word), "{failed}");
    }
    assert_eq!(bench.taken().await["charged"], 0);
}

#[tokio::test]
async fn an_invoice_takes_parts_and_no_more_when_it_is_paid_or_voided() {
    let bench = Bench::new();
    let part = |amount: &str, key: &str| bill(json!({"amount": amount, "idempotency_key": key}));
    bench.billed(&part("10.10", "part-1")).await;
    let owed = bench.owed("inv_demo").await;
    assert_eq!(
        (&owed["amount_paid"], &owed["payment_status"]),
        (&json!("10.1"), &json!("PENDING"))
    );
    bench.billed(&part("24.90", "part-2")).await;
    assert_eq!(bench.owed("inv_demo").await["payment_status"], "SUCCEEDED");
    bench
        .unbilled(&part("1", "part-3"), "validation_error")
        .await;
    let voided = json!({"id": "inv_void", "customer": "cust_demo", "currency": "EUR",
                        "amount": "1.00", "status": "VOIDED"});
    bench.flex_order(json!({"invoice": voided})).await;
    for with in [
        json!({"destination_id": "inv_void", "idempotency_key": "x-1"}),
        json!({"destination_id": "inv_nowhere", "idempotency_key": "x-2"}),
        json!({"destination_id": "inv_demo_jpy", "idempotency_key": "x-3"}),
    ] {
        bench.unbilled(&bill(with), "validation_error").await;
    }
    assert_eq!(bench.taken().await["payments"], 2);
}

#[tokio::test]
async fn trap_47_what_is_more_than_was_due_is_overpaid() {
    let bench = Bench::new();
    let paid = bench.billed(&bill(json!({"amount": "35.01"}))).await;
    assert_eq!(paid["payment_status"], "OVERPAID");
    assert!(paid["succeeded_at"].is_string());
    assert_eq!(bench.owed("inv_demo").await["payment_status"], "OVERPAID");
    assert_eq!(
        bench.taken().await["net"]["byInvoice"],
        json!({"inv_demo": 1})
    );
}

#[tokio::test]
async fn ordered_outcomes_meet_the_next_payment_of_whom_they_are_for() {
    let bench = Bench::new();
    bench
        .flex_order(json!({"next": ["processing"], "for": "ORD-LATE"}))
        .await;
    let other = bill(json!({"amount": "5"}));
    assert_eq!(bench.billed(&other).await["payment_status"], "SUCCEEDED");
    let late =
        bill(json!({"amount": "6", "idempotency_key": "late", "metadata": {"order": "ORD-LATE"}}));
    let late = bench.billed(&late).await;
    assert_eq!(late["payment_status"], "PROCESSING");
    assert_eq!(bench.taken().await["charged"], 1);
    bench
        .flex_order(json!({"settle": "ORD-LATE", "outcome": "approve"}))
        .await;
    let settled = bench.bill_of(text(&late, "id")).await;
    assert_eq!(settled["payment_status"], "SUCCEEDED");
    let again = json!({"settle": "ORD-LATE", "outcome": "decline"});
    let again = bench.post("/control/flexprice", "", &again).await;
    assert_eq!(again.status.as_u16(), 409, "{}", again.text);
    bench
        .flex_order(json!({"next": [{"outcome": "failed", "message": "insufficient_funds"}]}))
        .await;
    let body = bill(json!({"amount": "7", "idempotency_key": "poor"}));
    let refused = bench.unbilled(&body, "invalid_operation").await;
    let failed = bench.bill_of(text(&refused["details"], "payment_id")).await;
    assert_eq!(failed["error_message"], "insufficient_funds");
}

#[tokio::test]
async fn a_link_that_could_not_be_made_stays_initiated() {
    let bench = Bench::new();
    for gateway in ["stripe", "paddle"] {
        bench.flex_order(json!({"next": ["broken"]})).await;
        let body = link(json!({"payment_gateway": gateway, "idempotency_key": gateway}));
        let refused = bench.unbilled(&body, "invalid_operation").await;
        let made = bench.bill_of(text(&refused["details"], "payment_id")).await;
        assert_eq!(made["payment_status"], "INITIATED");
        for unset in ["payment_url", "error_message", "failed_at"] {
            assert!(made[unset].is_null(), "{made}");
        }
    }
    let shown = bench.bills("payment_gateway=stripe").await;
    let again = bench.process(text(&shown["items"][0], "id")).await;
    let again = again.fits(200, "flexprice/payment");
    assert_eq!(again["payment_status"], "PENDING");
    for with in [
        json!({"payment_gateway": null}),
        json!({"payment_gateway": "moyasar"}),
        json!({"payment_gateway": "x"}),
    ] {
        let mut body = bill(with);
        body["payment_method_type"] = json!("PAYMENT_LINK");
        body["idempotency_key"] = json!("refused");
        bench.unbilled(&body, "validation_error").await;
    }
}
