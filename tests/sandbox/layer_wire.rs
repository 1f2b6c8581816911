//! Commerce Layer: JSON:API both ways, refusals, orders as they are read.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use serde_json::{Value, json};

use crate::{
    bench::{API, APPROVED, Answer, Bench},
    fits::assert_fits,
    layer::{Caller, MEDIA, source},
};

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
