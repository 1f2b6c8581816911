//! Commerce Layer: tokens, JSON:API, refusals.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    bench::{API, APPROVED, Answer, Bench},
    fits::assert_fits,
    layer::{Caller, MEDIA, SECRET, source},
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

async fn raw(bench: &Bench, caller: &Caller, accept: &str, kind: &str) -> Answer {
    let request = Request::post("/commerce-layer/api/checkout_com_payments")
        .header(header::HOST, API)
        .header(header::ACCEPT, accept)
        .header(header::CONTENT_TYPE, kind)
        .header(header::AUTHORIZATION, format!("Bearer {}", caller.token))
        .body(Body::from("{}"));
    bench.send(request.expect("a request")).await
}

#[tokio::test]
async fn trap_34_both_media_types_are_json_api_without_parameters() {
    let bench = Bench::new();
    let channel = bench.channel("2026").await;
    for (accept, kind, status, code) in [
        ("application/json", MEDIA, 406, "NOT_ACCEPTABLE"),
        ("*/*", MEDIA, 406, "NOT_ACCEPTABLE"),
        (MEDIA, "application/json", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (
            MEDIA,
            "application/vnd.api+json; charset=utf-8",
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (MEDIA, MEDIA, 400, "PARAM_MISSING"),
    ] {
        let answer = raw(&bench, &channel, accept, kind).await;
        assert_eq!(answer.refusal(status).0, code, "{accept} {kind}");
    }
}

#[tokio::test]
async fn trap_34_the_id_of_a_patch_is_that_of_its_address() {
    let bench = Bench::new();
    let channel = bench.channel("2026").await;
    let order = bench.ordered(json!({})).await;
    let path = format!("orders/{order}");
    for (data, code) in [
        (
            json!({"type": "orders", "id": "DemoShirtA"}),
            "KEY_NOT_INCLUDED_IN_URL",
        ),
        (json!({"type": "orders"}), "PARAM_MISSING"),
        (json!({"id": order}), "PARAM_MISSING"),
        (json!({"type": "skus", "id": order}), "INVALID_RESOURCE"),
        (
            json!({"type": "orders", "id": order, "attributes": {"total_amount_cents": 1}}),
            "PARAM_NOT_ALLOWED",
        ),
    ] {
        let body = json!({"data": data});
        let answer = bench
            .layer(&channel, Method::PATCH, &path, Some(&body))
            .await;
        assert_eq!(answer.refusal(400).0, code, "{body}");
    }
}

#[tokio::test]
async fn trap_32_the_type_in_the_guides_samples_is_not_the_apis() {
    let bench = Bench::new();
    let channel = bench.channel("2021").await;
    let order = bench.ordered(json!({})).await;
    let id = bench.attached(&channel, &order, APPROVED).await;
    let body = json!({"data": {"type": "checkout_payments", "id": id,
        "attributes": {"_authorize": true}}});
    let path = format!("checkout_com_payments/{id}");
    let answer = bench
        .layer(&channel, Method::PATCH, &path, Some(&body))
        .await;
    assert_eq!(answer.refusal(400).0, "INVALID_RESOURCE");
}

#[tokio::test]
async fn trap_33_refusals_say_where_with_a_pointer_and_their_status_as_text() {
    let bench = Bench::new();
    let channel = bench.channel("2026").await;
    let body = source(&json!({}), "NoSuchOrde");
    let path = "checkout_com_payments";
    let answer = bench.layer(&channel, Method::POST, path, Some(&body)).await;
    let answer = answer.fits(422, "commerce-layer/error");
    let pointers: Vec<&Value> = answer["errors"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|error| &error["source"]["pointer"])
        .collect();
    assert_eq!(
        pointers,
        [
            "/data/attributes/token",
            "/data/attributes/success_url",
            "/data/attributes/failure_url",
        ]
    );
    assert_eq!(answer["errors"][0]["status"], "422");
    let order = bench.ordered(json!({})).await;
    let attributes = json!({"token": "tok_x", "success_url": "x", "failure_url": "javascript:x"});
    let body = source(&attributes, &order);
    let answer = bench.layer(&channel, Method::POST, path, Some(&body)).await;
    let refusal = (
        "VALIDATION_ERROR".into(),
        "/data/attributes/success_url".into(),
    );
    assert_eq!(answer.refusal(422), refusal);
    for (kind, id) in [
        ("orders", "NoSuchOrde"),
        ("skus", "DemoShirtA"),
        ("voids", "DemoShirtA"),
    ] {
        let answer = bench.look_up(&channel, &format!("{kind}/{id}")).await;
        assert_eq!(answer.refusal(404).0, "RECORD_NOT_FOUND", "{kind}");
    }
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

#[tokio::test]
async fn an_order_is_read_with_its_payment_method() {
    let bench = Bench::new();
    for year in ["2021", "2026"] {
        let channel = bench.channel(year).await;
        let path = "orders/DemoShirtA?include=payment_method,payment_source";
        let answer = bench.look_up(&channel, path).await;
        let contract = if year == "2026" { "2026" } else { "2022" };
        let body = answer.fits(200, &format!("commerce-layer/order.{contract}"));
        let method = &body["included"][0];
        assert_fits("commerce-layer/payment_method", method);
        assert_eq!(
            method["attributes"]["payment_source_type"],
            "checkout_com_payments"
        );
        let relationships = &body["data"]["relationships"];
        assert_eq!(relationships["payment_method"]["data"]["id"], method["id"]);
        assert_eq!(relationships["payment_source"]["data"], Value::Null);
        let order = &body["data"]["attributes"];
        assert_eq!(order["total_amount_cents"], 3500);
        assert_eq!(order["total_amount_float"], 35.0);
        assert_eq!(order["currency_code"], "EUR");
        assert_eq!(order["status"], "pending");
        assert_eq!(order["payment_status"], "unpaid");
    }
    let channel = bench.channel("2026").await;
    let cup = bench.order_of(&channel, "DemoCupAAA").await;
    assert_eq!(cup["total_amount_cents"], 4200);
    assert_eq!(cup["total_amount_float"], 4200.0);
    let fields = "orders/DemoShirtA?fields[orders]=status,total_amount_cents";
    let few = bench.look_up(&channel, fields).await.json();
    let few = few["data"]["attributes"]
        .as_object()
        .expect("an object")
        .len();
    assert_eq!(few, 2);
    let wrong = bench
        .look_up(&channel, "orders/DemoShirtA?include=skus")
        .await;
    assert_eq!(wrong.refusal(400).0, "INVALID_INCLUDE");
}

#[tokio::test]
async fn integrations_find_orders_by_their_reference() {
    let bench = Bench::new();
    let integration = bench.integration("2026").await;
    let path = "orders?filter[q][reference_eq]=DEMO-LAMP";
    let found = bench.look_up(&integration, path).await;
    let found = found.fits(200, "commerce-layer/list");
    assert_eq!(found["meta"]["record_count"], 1);
    assert_eq!(found["data"][0]["id"], "DemoLampAA");
    let page = bench
        .look_up(&integration, "orders?page[size]=2&page[number]=2")
        .await;
    let page = page.fits(200, "commerce-layer/list");
    assert_eq!(page["data"][0]["id"], "DemoCupAAA");
    assert_eq!(page["meta"]["page_count"], 3);
    let other = bench
        .look_up(&integration, "orders?filter[q][metadata_eq]=x")
        .await;
    assert_eq!(other.refusal(400).0, "FILTER_NOT_ALLOWED");
}
