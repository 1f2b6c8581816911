//! FunnelFox: sessions, their fields, and who may call from where.

use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};

use crate::{
    bench::{API, Answer, Bench},
    till::{GOOD, payload, session, text},
};

#[tokio::test]
async fn a_session_is_a_client_token_and_a_new_order() {
    let bench = Bench::new();
    let (one, two) = (bench.open(json!({})).await, bench.open(json!({})).await);
    assert_ne!(one.order, two.order);
    let token = payload(&one.jwt);
    assert_eq!(token["intent"], "CHECKOUT");
    assert_eq!(token["pciUrl"], "http://127.0.0.1:4807/primer/pci");
    let (call, body) = ("create_client_session", session(&json!({})));
    bench
        .fox_of("sndbx_697e4e7150b8e5", call, &body)
        .await
        .data();
    let unknown = bench.fox_of("acme", call, &body).await;
    assert_eq!(unknown.refused(), "bad_request");
}

#[tokio::test]
async fn trap_01_every_rule_of_the_fields_is_checked_and_refused_with_http_200() {
    let bench = Bench::new();
    let long = |length: usize| "x".repeat(length);
    let table: [(&str, Value); 18] = [
        ("region", json!(null)),
        ("region", json!(7)),
        ("region", json!(long(65))),
        ("integration_type", json!(null)),
        ("integration_type", json!("paypal")),
        ("integration_type", json!("stripe")),
        ("pp_ident", json!(null)),
        ("pp_ident", json!("")),
        ("pp_ident", json!("price shirt")),
        ("pp_ident", json!(long(257))),
        ("external_id", json!(null)),
        ("external_id", json!(long(257))),
        ("external_id", json!(5)),
        ("email_address", json!(null)),
        ("email_address", json!(long(1025))),
        ("country_code", json!(49)),
        ("client_metadata", json!("a=b")),
        ("client_metadata", json!([])),
    ];
    for (field, value) in table {
        let body = session(&json!({field: value}));
        let answer = bench.fox("create_client_session", &body).await;
        assert_eq!(answer.refused(), "bad_request", "{field} = {value}");
        assert!(answer.text.contains(field), "{field}: {}", answer.text);
    }
    for fine in [
        json!({"country_code": null, "region": long(64)}),
        json!({"country_code": "DE", "external_id": long(256), "integration_type": "fakeintegration"}),
    ] {
        bench.open(fine).await;
    }
    // Each problem is an item of its own.
    let all = bench.fox("create_client_session", &json!({})).await;
    all.refused();
    assert_eq!(all.json()["error"].as_array().expect("a list").len(), 5);
    assert_eq!(
        bench
            .fox("create_client_session", &json!([1]))
            .await
            .refused(),
        "bad_request"
    );
}

#[tokio::test]
async fn unknown_prices_and_customers_have_codes_of_their_own() {
    let bench = Bench::new();
    for (changes, code) in [
        (json!({"pp_ident": "price_nowhere"}), "invalid_price"),
        (json!({"external_id": ""}), "invalid_customer"),
        (json!({"email_address": "nobody"}), "invalid_customer"),
        (json!({"email_address": "a b@c.d"}), "invalid_customer"),
    ] {
        let answer = bench.fox("create_client_session", &session(&changes)).await;
        assert_eq!(answer.refused(), code, "{changes}");
    }
    let price = json!({"ident": "price_nowhere", "amount": 990, "currency": "USD"});
    bench.order(json!({"price": price})).await;
    let checkout = bench.open(json!({"pp_ident": "price_nowhere"})).await;
    bench.buy(&checkout, GOOD).await.paid();
    let shown = bench.get("/control/funnelfox", "").await.json();
    let payment = &shown["payments"][0];
    assert_eq!(
        (&payment["amount"], &payment["currency"]),
        (&json!(990), &json!("USD"))
    );
}

#[tokio::test]
async fn trap_11_a_simple_session_checks_its_region_and_names_no_order() {
    let bench = Bench::new();
    let body = |region: &str| json!({"region": region, "integration_type": "primer"});
    let answer = bench
        .fox("create_simple_client_session", &body("default"))
        .await;
    let data = answer.data();
    assert_eq!(data.as_object().expect("an object").len(), 1);
    assert_eq!(payload(&text(&data, "client_token"))["intent"], "CHECKOUT");
    // The region of FunnelFox's own README breaks the published pattern.
    for region in ["us-east-1", "", "Default", "abcdefghijklmnopqrstu"] {
        let answer = bench
            .fox("create_simple_client_session", &body(region))
            .await;
        assert_eq!(answer.refused(), "bad_request", "{region}");
    }
}

#[tokio::test]
async fn trap_10_an_update_answers_nothing_and_the_old_client_token_stays_good() {
    let bench = Bench::new();
    let checkout = bench.open(json!({})).await;
    let update = |changes: Value| {
        let mut body = json!({"client_token": checkout.jwt, "order_id": checkout.order,
            "pp_ident": "price_lamp", "client_metadata": {}});
        for (key, value) in changes.as_object().expect("an object") {
            body[key] = value.clone();
        }
        body
    };
    let answer = bench.fox("update_client_session", &update(json!({}))).await;
    assert_eq!(answer.data(), json!({}));
    let access = text(&payload(&checkout.jwt), "accessToken");
    let url = text(&payload(&checkout.jwt), "configurationUrl");
    let shown = bench.look(&url, &access).await.json();
    assert_eq!(shown["clientSession"]["order"]["totalOrderAmount"], 12900);
    assert_eq!(bench.buy(&checkout, GOOD).await.paid().0, "succeeded");
    let shown = bench.get("/control/funnelfox", "").await.json();
    assert_eq!(shown["payments"][0]["amount"], 12900);
    let foreign = bench.open(json!({})).await;
    for (changes, code) in [
        (json!({"pp_ident": "price_nowhere"}), "invalid_price"),
        (json!({"pp_ident": "no such"}), "bad_request"),
        (json!({"order_id": "1"}), "bad_request"),
        (json!({"order_id": foreign.order}), "bad_request"),
        (json!({"client_token": foreign.jwt}), "bad_request"),
        (json!({"client_metadata": 1}), "bad_request"),
    ] {
        let answer = bench
            .fox("update_client_session", &update(changes.clone()))
            .await;
        assert_eq!(answer.refused(), code, "{changes}");
    }
    bench.advance(24 * 3600).await;
    let late = bench.fox("update_client_session", &update(json!({}))).await;
    assert_eq!(
        late.refused(),
        "bad_request",
        "its client token has expired"
    );
}

/// What a browser asks before a page may send these headers.
async fn preflight(bench: &Bench, path: &str, wants: &str) -> Answer {
    let request = Request::options(path)
        .header(header::HOST, API)
        .header(header::ORIGIN, "http://localhost:4805")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, wants)
        .body(Body::empty());
    bench.send(request.expect("a request")).await
}

#[tokio::test]
async fn f14_a_preflight_allows_content_type_and_the_version_of_the_client_only() {
    let bench = Bench::new();
    let path = "/funnelfox/demo/v1/checkout/create_payment";
    let asked = preflight(&bench, path, "content-type,idempotency-key").await;
    assert_eq!(
        asked.headers[header::ACCESS_CONTROL_ALLOW_HEADERS],
        "content-type, x-sdk-version"
    );
    assert_eq!(asked.headers[header::ACCESS_CONTROL_ALLOW_METHODS], "POST");
    let refused = bench.fox("create_payment", &json!({})).await;
    for answer in [asked, refused] {
        assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        for absent in [
            header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            header::ACCESS_CONTROL_MAX_AGE,
        ] {
            assert!(!answer.headers.contains_key(&absent), "{absent}");
        }
    }
}

#[tokio::test]
async fn pages_may_send_primer_its_documented_headers_and_no_idempotency_key() {
    let bench = Bench::new();
    let answer = preflight(
        &bench,
        "/primer/pci/payment-instruments",
        "primer-client-token",
    )
    .await;
    let allowed = answer.headers[header::ACCESS_CONTROL_ALLOW_HEADERS].to_str();
    let allowed: Vec<&str> = allowed.expect("text").split(", ").collect();
    for header in ["content-type", "primer-client-token", "x-api-version"] {
        assert!(allowed.contains(&header), "{header}");
    }
    for header in [
        "authorization",
        "x-api-key",
        "idempotency-key",
        "x-idempotency-key",
        "*",
    ] {
        assert!(!allowed.contains(&header), "{header}");
    }
    assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
}
