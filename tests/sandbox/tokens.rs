//! `POST /tokens`.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};

use super::bench::{API, APPROVED, Bench, PUBLIC, SECRET, card};

const PATH: &str = "/checkout-com/tokens";

#[tokio::test]
async fn a_card_becomes_a_token_on_both_platforms_and_its_number_is_gone() {
    let bench = Bench::new();
    for key in [PUBLIC, "Bearer pk_sbox_demo"] {
        let answer = bench.post(PATH, key, &card(APPROVED)).await;
        let body = answer.fits(201, "checkout-com/token.201");
        assert_eq!(body["last4"], "4242");
        assert_eq!(body["bin"], "424242");
        assert_eq!(body["scheme"], "Visa");
        assert!(!answer.text.contains(APPROVED));
        assert!(answer.headers.contains_key("cko-request-id"));
        assert!(answer.headers.contains_key("cko-version"));
    }
}

#[tokio::test]
async fn a_wrong_key_gets_401_with_an_empty_body() {
    let bench = Bench::new();
    for key in [
        "",
        SECRET,
        "Bearer pk_test_demo",
        "pk_sbox_demo",
        "pk_live_x",
    ] {
        let answer = bench.post(PATH, key, &card(APPROVED)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{key}");
        assert_eq!(answer.text, "", "{key}");
    }
}

#[tokio::test]
async fn wrong_fields_are_named_by_their_codes() {
    let bench = Bench::new();
    let table: [(&str, Value, &[&str]); 14] = [
        ("number", json!(null), &["card_number_required"]),
        (
            "number",
            json!("4242424242424241"),
            &["card_number_invalid"],
        ),
        (
            "number",
            json!("4242 4242 4242 4242"),
            &["card_number_invalid"],
        ),
        (
            "number",
            json!(4_242_424_242_424_242_i64),
            &["card_number_invalid"],
        ),
        ("expiry_month", json!(null), &["card_expiry_month_required"]),
        ("expiry_month", json!(13), &["card_expiry_month_invalid"]),
        ("expiry_month", json!("06"), &["card_expiry_month_invalid"]),
        ("expiry_year", json!(99), &["card_expiry_year_invalid"]),
        ("expiry_year", json!("2099"), &["card_expiry_year_invalid"]),
        ("expiry_year", json!(2020), &["card_expired"]),
        ("cvv", json!("12"), &["cvv_invalid"]),
        ("cvv", json!("1234"), &["cvv_invalid"]),
        ("cvv", json!(100), &["cvv_invalid"]),
        ("type", json!("bank"), &["token_type_invalid"]),
    ];
    for (field, value, codes) in table {
        let mut body = card(APPROVED);
        body[field] = value.clone();
        let answer = bench.post(PATH, PUBLIC, &body).await;
        assert_eq!(answer.codes(), codes, "{field} = {value}");
    }
}

#[tokio::test]
async fn a_real_card_typed_by_mistake_is_refused() {
    // Passes Luhn, is on no list of test cards.
    let answer = Bench::new()
        .post(PATH, PUBLIC, &card("4000123456789017"))
        .await;
    assert_eq!(answer.codes(), ["card_number_invalid"]);
    assert!(!answer.text.contains("4000"));
}

#[tokio::test]
async fn amex_has_four_digits_of_cvv() {
    let bench = Bench::new();
    let mut body = card("378282246310005");
    assert_eq!(
        bench.post(PATH, PUBLIC, &body).await.codes(),
        ["cvv_invalid"]
    );
    body["cvv"] = json!("1000");
    bench
        .post(PATH, PUBLIC, &body)
        .await
        .fits(201, "checkout-com/token.201");
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_malformed() {
    let answer = Bench::new().post(PATH, PUBLIC, &json!(["card"])).await;
    let body = answer.fits(422, "checkout-com/error.422");
    assert_eq!(body["error_type"], "request_malformed");
}

#[tokio::test]
async fn pages_of_any_origin_may_call_but_without_cookies() {
    let bench = Bench::new();
    let preflight = Request::options(PATH)
        .header(header::HOST, API)
        .header(header::ORIGIN, "http://localhost:4805")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(
            header::ACCESS_CONTROL_REQUEST_HEADERS,
            "authorization,content-type",
        )
        .body(Body::empty())
        .expect("a request");
    let answer = bench.send(preflight).await;
    assert!(answer.status.is_success());
    assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert_eq!(
        answer.headers[header::ACCESS_CONTROL_ALLOW_HEADERS],
        "authorization, content-type"
    );
    let refused = bench.post(PATH, "", &card(APPROVED)).await;
    for answer in [answer, refused] {
        assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert!(
            !answer
                .headers
                .contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS)
        );
    }
}
