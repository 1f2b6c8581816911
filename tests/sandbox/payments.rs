//! `POST /payments`, idempotency, and asking how a payment stands.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::bench::{APPROVED, Bench, CHALLENGED, SECRET, card, id, payment};

const PATH: &str = "/checkout-com/payments";

#[tokio::test]
async fn an_approved_payment_is_authorized_and_then_captured() {
    let bench = Bench::new();
    let paid = bench
        .pay(APPROVED, json!({}))
        .await
        .fits(201, "checkout-com/payment.201");
    assert_eq!(paid["status"], "Authorized");
    assert_eq!(paid["response_code"], "10000");
    let now = bench.payment(&id(&paid)).await;
    assert_eq!(now["status"], "Captured");
    assert_eq!(now["metadata"]["order"], "ORD-1");
    let actions = bench.actions(&id(&paid)).await;
    assert_eq!(actions[0]["type"], "Capture");
    assert_eq!(actions[1]["type"], "Authorization");
}

#[tokio::test]
async fn each_declining_card_declines_with_its_code_in_a_201() {
    let bench = Bench::new();
    for (number, code) in [
        ("4000000000000002", "20005"),
        ("4485381577182090", "20014"),
        ("4544249167673670", "20051"),
        ("4724117215951699", "20054"),
        ("4659465888705671", "20057"),
        ("4897453568485113", "20059"),
        ("4095254802642505", "20068"),
        ("4734868958733862", "200N7"),
        ("4567361325981788", "200R3"),
    ] {
        let body = bench
            .pay(number, json!({}))
            .await
            .fits(201, "checkout-com/payment.201");
        assert_eq!(body["status"], "Declined");
        assert_eq!(body["response_code"], code);
        assert_ne!(
            body["response_summary"], "Declined",
            "{code} has a text of its own"
        );
        assert_eq!(bench.payment(&id(&body)).await["status"], "Declined");
    }
}

#[tokio::test]
async fn a_decline_can_be_ordered_whatever_the_card() {
    let bench = Bench::new();
    let order = json!({"code": "30043", "times": 1});
    bench.post("/control/declines", "", &order).await;
    let body = bench
        .pay(APPROVED, json!({}))
        .await
        .fits(201, "checkout-com/payment.201");
    assert_eq!(body["response_code"], "30043");
    let body = bench
        .pay(APPROVED, json!({}))
        .await
        .fits(201, "checkout-com/payment.201");
    assert_eq!(body["approved"], true);
}

#[tokio::test]
async fn a_decline_ordered_for_one_order_meets_no_other() {
    let bench = Bench::new();
    let order = json!({"code": "30043", "order": "ORD-2"});
    bench.post("/control/declines", "", &order).await;
    for (order, code) in [("ORD-1", "10000"), ("ORD-2", "30043"), ("ORD-2", "10000")] {
        let with = json!({"metadata": {"order": order}});
        let body = bench.pay(APPROVED, with).await.json();
        assert_eq!(body["response_code"], code, "{order}");
    }
}

#[tokio::test]
async fn a_fault_for_one_order_meets_what_is_asked_of_its_payment() {
    let bench = Bench::new();
    let mut paths = Vec::new();
    for order in ["ORD-1", "ORD-2"] {
        let with = json!({"metadata": {"order": order}, "reference": format!("ref-{order}")});
        let paid = bench.pay(APPROVED, with).await.json();
        paths.push(format!("{PATH}/{}", id(&paid)));
        paths.push(format!("{PATH}?reference=ref-{order}"));
    }
    let fault =
        json!({"path": PATH, "match": "ORD-2", "method": "GET", "kind": "500-before", "times": 9});
    bench.post("/control/faults", "", &fault).await;
    let mut answers = Vec::new();
    for path in &paths {
        answers.push(bench.get(path, SECRET).await.status.as_u16());
    }
    assert_eq!(answers, [200, 200, 500, 500]);
}

#[tokio::test]
async fn a_token_pays_once_declined_or_not() {
    let bench = Bench::new();
    for number in [APPROVED, "4544249167673670", CHALLENGED] {
        let body = payment(&bench.token(number).await, json!({}));
        assert!(bench.post(PATH, SECRET, &body).await.status.is_success());
        assert_eq!(
            bench.post(PATH, SECRET, &body).await.codes(),
            ["token_used"]
        );
    }
}

#[tokio::test]
async fn f36_a_token_lives_fifteen_minutes() {
    let bench = Bench::new();
    let (early, late) = (bench.token(APPROVED).await, bench.token(APPROVED).await);
    bench.advance(14 * 60).await;
    let answer = bench.post(PATH, SECRET, &payment(&early, json!({}))).await;
    answer.fits(201, "checkout-com/payment.201");
    bench.advance(60).await;
    let answer = bench.post(PATH, SECRET, &payment(&late, json!({}))).await;
    assert_eq!(answer.codes(), ["token_expired"]);
}

#[tokio::test]
async fn the_current_platform_needs_bearer_channel_and_its_own_token() {
    let bench = Bench::new();
    let secret = "Bearer sk_sbox_demo";
    let answer = bench
        .post(
            "/checkout-com/tokens",
            "Bearer pk_sbox_demo",
            &card(APPROVED),
        )
        .await;
    let token = answer.json()["token"].as_str().expect("a token").to_owned();
    let body = payment(&token, json!({}));
    let answer = bench.post(PATH, secret, &body).await;
    assert_eq!(answer.codes(), ["processing_channel_id_required"]);
    let body = payment(&token, json!({"processing_channel_id": "pc_demo"}));
    assert_eq!(
        bench.post(PATH, SECRET, &body).await.codes(),
        ["token_invalid"]
    );
    assert_eq!(
        bench.post(PATH, "sk_sbox_demo", &body).await.status,
        StatusCode::UNAUTHORIZED
    );
    let paid = bench
        .post(PATH, secret, &body)
        .await
        .fits(201, "checkout-com/payment.201");
    let own = format!("{PATH}/{}", id(&paid));
    assert_eq!(bench.get(&own, secret).await.status, StatusCode::OK);
    assert_eq!(bench.get(&own, SECRET).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn wrong_fields_are_named_and_do_not_use_the_token_up() {
    let bench = Bench::new();
    let token = bench.token(APPROVED).await;
    let table: [(Value, &[&str]); 16] = [
        (json!({"source": null}), &["payment_source_required"]),
        (json!({"source": {"type": "token"}}), &["token_required"]),
        (
            json!({"source": {"type": "token", "token": "tok_x"}}),
            &["token_invalid"],
        ),
        (json!({"amount": 0}), &["amount_invalid"]),
        (json!({"amount": null}), &["amount_invalid"]),
        (json!({"amount": 35.5}), &["amount_invalid"]),
        (json!({"amount": "3500"}), &["amount_invalid"]),
        (json!({"amount": 1_000_000_000}), &["amount_invalid"]),
        (
            json!({"amount": 3501, "currency": "KWD"}),
            &["amount_invalid"],
        ),
        (json!({"currency": "eur"}), &["currency_invalid"]),
        (json!({"currency": "XXX"}), &["currency_invalid"]),
        (json!({"currency": null}), &["currency_required"]),
        (json!({"capture": "false"}), &["parameter_invalid"]),
        (
            json!({"success_url": "javascript:alert(1)"}),
            &["success_url_invalid"],
        ),
        (json!({"failure_url": "return"}), &["fail_url_invalid"]),
        (json!({"success_url": null}), &["success_url_required"]),
    ];
    for (with, codes) in table {
        let answer = bench
            .post(PATH, SECRET, &payment(&token, with.clone()))
            .await;
        assert_eq!(answer.codes(), codes, "{with}");
    }
    let answer = bench.post(PATH, SECRET, &payment(&token, json!({}))).await;
    answer.fits(201, "checkout-com/payment.201");
}

#[tokio::test]
async fn f13_a_repeated_key_gets_the_first_answer_and_charges_once() {
    let bench = Bench::new();
    let body = payment(&bench.token(APPROVED).await, json!({}));
    let first = bench.post_once(PATH, SECRET, "key-1", &body).await;
    bench.advance(24 * 3600 - 1).await;
    let second = bench.post_once(PATH, SECRET, "key-1", &body).await;
    assert_eq!((first.status, &first.text), (second.status, &second.text));
    let counters = bench.get("/control/counters", "").await.json();
    assert_eq!(counters["approved"], 1);
    assert_eq!(counters["gatewayCalls"], 2);
    assert_eq!(counters["charges"]["byReference"]["attempt-1"], 1);
    assert_eq!(counters["charges"]["byMetadata"]["order=ORD-1"], 1);
    bench.advance(1).await;
    let late = bench.post_once(PATH, SECRET, "key-1", &body).await;
    assert_eq!(
        late.codes(),
        ["token_used"],
        "after a day the key is forgotten"
    );
}

#[tokio::test]
async fn a_refused_body_is_not_kept_under_its_key() {
    let bench = Bench::new();
    let token = bench.token(APPROVED).await;
    let wrong = payment(&token, json!({"amount": 0}));
    assert_eq!(
        bench
            .post_once(PATH, SECRET, "key-1", &wrong)
            .await
            .status
            .as_u16(),
        422
    );
    let right = payment(&token, json!({}));
    let answer = bench.post_once(PATH, SECRET, "key-1", &right).await;
    answer.fits(201, "checkout-com/payment.201");
}

#[tokio::test]
async fn a_stored_answer_is_not_for_strangers() {
    let bench = Bench::new();
    let body = payment(&bench.token(APPROVED).await, json!({}));
    bench.post_once(PATH, SECRET, "key-1", &body).await;
    let answer = bench.post_once(PATH, "sk_live_other", "key-1", &body).await;
    assert_eq!(
        (answer.status, &*answer.text),
        (StatusCode::UNAUTHORIZED, "")
    );
}

#[tokio::test]
async fn payments_are_found_by_reference() {
    let bench = Bench::new();
    for _ in 0..2 {
        bench.pay(APPROVED, json!({"reference": "a b&c"})).await;
    }
    bench.pay(APPROVED, json!({"reference": "other"})).await;
    let answer = bench
        .get("/checkout-com/payments?reference=a%20b%26c&limit=1", SECRET)
        .await;
    let list = answer.fits(200, "checkout-com/payments.200");
    assert_eq!(list["total_count"], 2);
    assert_eq!(list["data"].as_array().map(Vec::len), Some(1));
    let none = bench
        .get("/checkout-com/payments?reference=none", SECRET)
        .await;
    assert_eq!(
        none.fits(200, "checkout-com/payments.200")["total_count"],
        0
    );
    let path = "/checkout-com/payments/pay_aaaaaaaaaaaaaaaaaaaaaaaaaa";
    assert_eq!(bench.get(path, SECRET).await.status, StatusCode::NOT_FOUND);
    let stranger = bench.get(path, "").await;
    assert_eq!(
        (stranger.status, &*stranger.text),
        (StatusCode::UNAUTHORIZED, "")
    );
}

#[tokio::test]
async fn a_card_that_was_approved_can_be_charged_again_by_its_source_id() {
    let bench = Bench::new();
    let first = bench
        .pay(APPROVED, json!({}))
        .await
        .fits(201, "checkout-com/payment.201");
    let source = first["source"]["id"].as_str().expect("an id").to_owned();
    let body = |source: &str, with: Value| {
        let mut body = json!({"source": {"type": "id", "id": source}, "amount": 900,
            "currency": "EUR", "payment_type": "Recurring", "previous_payment_id": id(&first)});
        for (key, value) in with.as_object().expect("an object") {
            body[key] = value.clone();
        }
        body
    };
    for _ in 0..3 {
        let asked = body(&source, json!({}));
        crate::fits::assert_fits("checkout-com/payment.request", &asked);
        let again = bench
            .post(PATH, SECRET, &asked)
            .await
            .fits(201, "checkout-com/payment.201");
        assert_eq!(again["source"]["id"], first["source"]["id"]);
        assert_eq!(
            bench.payment(&id(&again)).await["payment_type"],
            "Recurring"
        );
    }
    // A declined card has no name, and what is unknown or of another card pays nothing.
    let declined = bench
        .pay("4000000000000002", json!({}))
        .await
        .fits(201, "checkout-com/payment.201");
    assert!(declined["source"]["id"].is_null());
    let other = bench
        .pay(APPROVED, json!({}))
        .await
        .fits(201, "checkout-com/payment.201");
    let unknown = format!("src_{}", "a".repeat(26));
    for (asked, code) in [
        (body("", json!({})), "source_id_required"),
        (body("src_x", json!({})), "source_id_invalid"),
        (body(&unknown, json!({})), "source_id_unknown"),
        (
            body(&source, json!({"previous_payment_id": id(&other)})),
            "previous_payment_id_invalid",
        ),
        (
            // A word of the current platform.
            body(&source, json!({"payment_type": "Unscheduled"})),
            "payment_type_invalid",
        ),
    ] {
        let answer = bench.post(PATH, SECRET, &asked).await;
        assert_eq!(answer.codes(), [code], "{asked}");
    }
}
