//! The documents, their policies, and the widget's files.

use serde_json::json;

use super::shop::{Got, SHOP, World, body, claim};

fn header<'a>(got: &'a Got, name: &str) -> &'a str {
    got.headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

async fn get(world: &World, path: &str) -> Got {
    world
        .send(world.client.get(format!("{}{path}", world.base)))
        .await
}

#[tokio::test]
async fn t09_the_document_names_who_may_frame_it() {
    let world = World::new().await;
    let embedded = world.checkout("ORD-1", 3500).await;
    let mut hosted = body(&claim("ORD-2", 3500));
    hosted["mode"] = json!("hosted");
    let hosted = World::opened(world.post_checkout(&hosted).await.body);
    let frame = get(&world, &format!("/c/{}", embedded.session)).await;
    let page = get(&world, &format!("/c/{}", hosted.session)).await;
    let unknown = get(&world, "/c/cs_unknown").await;
    assert_eq!(unknown.status, 404);
    assert_eq!(frame.body, unknown.body, "the same document for all");
    let policy = header(&frame, "content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        &format!("connect-src 'self' {}", world.gateway.base),
        "base-uri 'none'",
        "form-action 'none'",
        &format!("frame-ancestors {SHOP};"),
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ] {
        assert!(policy.contains(part), "{policy} lacks {part}");
    }
    for got in [&page, &unknown] {
        assert!(header(got, "content-security-policy").contains("frame-ancestors 'none'"));
    }
    for got in [&frame, &page, &unknown] {
        assert_eq!(header(got, "cache-control"), "no-store");
        assert_eq!(header(got, "x-content-type-options"), "nosniff");
        assert_eq!(header(got, "referrer-policy"), "no-referrer");
        assert_eq!(header(got, "cross-origin-resource-policy"), "cross-origin");
        assert!(header(got, "x-request-id").starts_with("req_"));
        // A bank's page has none of its own and would be blocked inside.
        assert_eq!(header(got, "cross-origin-embedder-policy"), "");
    }
    let back = get(&world, &format!("/c/{}/return?attempt=x", embedded.session)).await;
    let policy = header(&back, "content-security-policy");
    assert!(
        policy.contains(&format!("frame-ancestors 'self' {SHOP}")),
        "{policy}"
    );
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        back.body
            .as_str()
            .unwrap()
            .contains(&format!("/embed/{version}/return.js"))
    );
}

#[tokio::test]
async fn t09_the_direct_document_reaches_funnelfox_and_primer_and_stands_in_the_shops_pages_only() {
    let world = World::new().await;
    let document = get(&world, "/direct/demo").await;
    let unknown = get(&world, "/direct/nobody").await;
    assert_eq!(
        (document.status.as_u16(), unknown.status.as_u16()),
        (200, 404)
    );
    assert_eq!(document.body, unknown.body, "the same document for all");
    let policy = header(&document, "content-security-policy");
    for part in [
        "connect-src 'self' http://127.0.0.1:4807 http://127.0.0.1:4807;",
        &format!("frame-ancestors {SHOP};"),
        "script-src 'self' 'wasm-unsafe-eval'",
    ] {
        assert!(policy.contains(part), "{policy} lacks {part}");
    }
    let policy = header(&unknown, "content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let config = |origin: &'static str| {
        world.send(
            world
                .client
                .get(format!("{}/direct/demo/config", world.base))
                .header("origin", origin),
        )
    };
    let told = config(SHOP).await;
    assert_eq!(told.body["baseUrl"], "http://127.0.0.1:4807/funnelfox");
    assert_eq!(told.body["merchant"], "Small Goods");
    assert_eq!(header(&told, "access-control-allow-origin"), SHOP);
    let text = told.body.to_string();
    assert!(!text.contains("sk_") && !text.contains("secret"), "{text}");
    let foreign = config("https://evil.test").await;
    assert_eq!(header(&foreign, "access-control-allow-origin"), "");
    assert_eq!(get(&world, "/direct/nobody/config").await.status, 404);
}

#[tokio::test]
async fn t16_files_are_immutable_under_their_version_and_nothing_else_is_served() {
    let world = World::new().await;
    let version = env!("CARGO_PKG_VERSION");
    let fixed = get(&world, &format!("/embed/{version}/checkout.js")).await;
    assert_eq!(
        header(&fixed, "cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(header(&fixed, "access-control-allow-origin"), "*");
    assert!(header(&fixed, "content-type").starts_with("text/javascript"));
    let wasm = get(&world, "/embed/v1/app.wasm").await;
    assert_eq!(header(&wasm, "content-type"), "application/wasm");
    assert_eq!(header(&wasm, "cache-control"), "no-cache");
    for path in [
        "/embed/v1/..%2Fsecret.js",
        "/embed/v1/%2e%2e%2fsecret.js",
        "/embed/v1/checkout.html",
        "/embed/v1/none.js",
        "/embed/9.9.9/checkout.js",
        "/embed/../secret.js",
        "/nothing",
    ] {
        assert_eq!(get(&world, path).await.status, 404, "{path}");
    }
    assert_eq!(get(&world, "/health").await.body["status"], "ok");
}

#[tokio::test]
async fn only_origins_of_the_claim_may_call_from_their_own_page() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let preflight = |origin: &str, path: &str| {
        world
            .client
            .request(reqwest::Method::OPTIONS, format!("{}{path}", world.base))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
    };
    let state = format!("/c/{}/state", checkout.session);
    for path in [state.as_str(), "/demo/v1/checkout/create_payment"] {
        let good = world.send(preflight(SHOP, path)).await;
        assert_eq!(good.status, 204);
        assert_eq!(header(&good, "access-control-allow-origin"), SHOP);
        assert!(header(&good, "access-control-allow-headers").contains("idempotency-key"));
        assert_eq!(header(&good, "access-control-allow-credentials"), "");
        let bad = world.send(preflight("https://evil.test", path)).await;
        assert_eq!(bad.status, 403);
        assert_eq!(header(&bad, "access-control-allow-origin"), "");
    }
    let other = world
        .send(preflight(SHOP, "/other/v1/checkout/create_payment"))
        .await;
    assert_eq!(other.status, 403, "another organisation's");
    let request = world
        .client
        .get(format!("{}{state}", world.base))
        .header("origin", SHOP);
    let got = world.send(request).await;
    assert_eq!(header(&got, "access-control-allow-origin"), SHOP);
    assert_eq!(
        got.body["features"],
        json!(["idempotency-key", "status", "cancel"])
    );
    assert_eq!(got.body["tokenizer"]["publicKey"], "pk_test_demo");
    assert!(!got.body.to_string().contains("sk_test"));
}
