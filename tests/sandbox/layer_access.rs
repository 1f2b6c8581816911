//! Commerce Layer: tokens, their lives and their limits.

use axum::{
    body::Body,
    http::{Request, header},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    bench::{API, APPROVED, Bench},
    fits::assert_fits,
    layer::{Caller, SECRET},
    till::text,
};

fn credentials(id: &str) -> Value {
    json!({"grant_type": "client_credentials", "client_id": id, "scope": "market:code:demo"})
}

#[tokio::test]
async fn a_sales_channel_needs_no_secret_and_an_integration_does() {
    let bench = Bench::new();
    let answer = bench.credentials(&credentials("demo_sales_channel")).await;
    let token = answer.fits(200, "commerce-layer/token.200");
    assert_eq!(token["expires_in"], 7200);
    assert_eq!(token["scope"], "market:code:demo");
    let mut body = credentials("demo_integration");
    let none = bench.credentials(&body).await;
    let none = none.fits(401, "commerce-layer/token.error");
    assert_eq!(none["errors"][0]["title"], "invalid_client");
    body["client_secret"] = json!("another");
    assert_eq!(bench.credentials(&body).await.status.as_u16(), 401);
    body["client_secret"] = json!(SECRET);
    let token = bench.credentials(&body).await;
    let token = token.fits(200, "commerce-layer/token.200");
    let claims = text(&token, "access_token");
    let claims = claims.split('.').nth(1).expect("a payload");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
    let claims = serde_json::from_slice(&claims).expect("JSON");
    assert_fits("commerce-layer/token.claims", &claims);
    assert_eq!(claims["application"]["kind"], "integration");
    for (field, value, status) in [
        ("client_id", json!("nobody"), 401),
        ("client_id", json!("demo_sales_channel_2019"), 401),
        ("grant_type", json!("password"), 400),
        ("scope", json!("orders"), 400),
    ] {
        let mut body = credentials("demo_sales_channel");
        body[field] = value;
        let answer = bench.credentials(&body).await;
        answer.fits(status, "commerce-layer/token.error");
    }
}

#[tokio::test]
async fn credentials_may_come_as_a_form() {
    let bench = Bench::new();
    let form = "grant_type=client_credentials&client_id=demo_sales_channel&scope=market%3A1234";
    let request = Request::post("/commerce-layer/oauth/token")
        .header(header::HOST, API)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form));
    let answer = bench.send(request.expect("a request")).await;
    let token = answer.fits(200, "commerce-layer/token.200");
    assert_eq!(token["scope"], "market:1234");
}

#[tokio::test]
async fn trap_37_a_token_dies_in_the_middle_of_a_checkout() {
    let bench = Bench::new();
    let channel = bench.channel("2021").await;
    let order = bench.ordered(json!({})).await;
    bench.advance(7000).await;
    let id = bench.attached(&channel, &order, APPROVED).await;
    bench.advance(200).await;
    let path = format!("checkout_com_payments/{id}");
    let late = bench
        .patch(&channel, &path, json!({"_authorize": true}))
        .await;
    assert_eq!(late.refusal(401).0, "INVALID_TOKEN");
    assert_eq!(bench.layer_counted().await["payments"], 0);
    // The same PATCH with another token goes on with the same source.
    let channel = bench.channel("2021").await;
    let shown = bench
        .update(&channel, &id, json!({"_authorize": true}))
        .await;
    assert_eq!(shown["payment_response"]["status"], "Authorized");
    assert_eq!(bench.layer_counted().await["sources"], 1);
    // Lifetimes and sudden deaths can be ordered.
    bench.commerce(json!({"tokens": {"lifetime": 60}})).await;
    let short = bench.channel("2021").await;
    bench.advance(60).await;
    let path = format!("orders/{order}");
    let gone = bench.look_up(&short, &path).await;
    assert_eq!(gone.refusal(401).0, "INVALID_TOKEN");
    bench.commerce(json!({"tokens": {"expire": true}})).await;
    let gone = bench.look_up(&channel, &path).await;
    assert_eq!(gone.refusal(401).0, "INVALID_TOKEN");
    let nobody = Caller {
        token: "made-up".into(),
        year: "2021",
    };
    let nobody = bench.look_up(&nobody, &path).await;
    assert_eq!(nobody.refusal(401).0, "INVALID_TOKEN");
}

#[tokio::test]
async fn the_thirty_first_token_of_a_minute_is_refused() {
    let bench = Bench::new();
    let body = credentials("demo_sales_channel");
    for _ in 0..30 {
        assert_eq!(bench.credentials(&body).await.status.as_u16(), 200);
    }
    let much = bench.credentials(&body).await;
    much.fits(429, "commerce-layer/token.error");
    bench.advance(60).await;
    assert_eq!(bench.credentials(&body).await.status.as_u16(), 200);
}

#[tokio::test]
async fn captures_voids_refunds_and_lists_are_for_integrations() {
    let bench = Bench::new();
    let channel = bench.channel("2026").await;
    let integration = bench.integration("2026").await;
    let (order, _, _) = bench.authorized(&channel, APPROVED).await;
    let list = format!("orders/{order}/authorizations");
    for path in [
        "orders",
        "authorizations",
        &list,
        &format!("orders/{order}?include=authorizations"),
    ] {
        let answer = bench.look_up(&channel, path).await;
        assert_eq!(answer.refusal(401).0, "UNAUTHORIZED", "{path}");
        let answer = bench.look_up(&integration, path).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}");
    }
    let found = bench.look_up(&integration, &list).await;
    let found = found.fits(200, "commerce-layer/list");
    let path = format!("authorizations/{}", text(&found["data"][0], "id"));
    let answer = bench.patch(&channel, &path, json!({"_void": true})).await;
    assert_eq!(answer.refusal(401).0, "UNAUTHORIZED");
    for trigger in ["_capture", "_refund", "_cancel"] {
        let path = format!("orders/{order}");
        let answer = bench.patch(&channel, &path, json!({trigger: true})).await;
        assert_eq!(answer.refusal(401).0, "UNAUTHORIZED", "{trigger}");
    }
    let counted = bench.layer_counted().await;
    assert_eq!(counted["standing"], 1);
}
