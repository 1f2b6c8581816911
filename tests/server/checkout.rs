//! `POST /checkout`: what is refused and how, and what repeats are answered.

use serde_json::{Value, json};

use super::shop::{SHOP, World, body, claim, sign, sign_with};

fn keys_of(issue: &Value) -> String {
    let path = issue["path"].as_array().unwrap();
    path.iter()
        .map(|step| {
            for key in ["type", "origin", "input", "key"] {
                assert!(step.get(key).is_some(), "{step} lacks {key}");
            }
            step["key"].as_str().unwrap().to_owned()
        })
        .collect::<Vec<_>>()
        .join(".")
}

/// The paths of the issues of a 400, after a check of their shape.
fn issues(got: &super::shop::Got) -> Vec<String> {
    assert_eq!(got.status, 400, "{:?}", got.body);
    assert_eq!(got.body["error"], "validation_error");
    let list = got.body["issues"].as_array().unwrap();
    assert!(!list.is_empty());
    list.iter()
        .map(|issue| {
            for key in ["kind", "type", "expected", "received", "message"] {
                assert!(issue[key].is_string(), "{issue} lacks {key}");
            }
            keys_of(issue)
        })
        .collect()
}

#[tokio::test]
async fn every_missing_or_bad_field_is_named_at_once() {
    let world = World::new().await;
    let all = [
        "checkoutClaim",
        "mode",
        "successUrl",
        "cancelUrl",
        "idempotencyKey",
    ];
    assert_eq!(issues(&world.post_checkout(&json!({})).await), all);
    let wrong = json!({"checkoutClaim": 5, "mode": "popup", "successUrl": "/thanks",
        "cancelUrl": "javascript:alert(1)", "idempotencyKey": ""});
    assert_eq!(issues(&world.post_checkout(&wrong).await), all);
    let secret = json!({"checkoutClaim": "leak-claim", "mode": "leak-mode", "successUrl": "leak-url",
        "cancelUrl": "leak-url", "idempotencyKey": "k"});
    let got = world.post_checkout(&secret).await;
    assert!(
        !got.body.to_string().contains("leak-"),
        "input is echoed: {}",
        got.body
    );
    for (kind, text) in [
        ("application/json", "{"),
        ("application/json", "[]"),
        ("text/plain", "{}"),
    ] {
        let request = world
            .client
            .post(format!("{}/checkout", world.base))
            .bearer_auth("sk_test_demo")
            .header("content-type", kind)
            .body(text);
        assert_eq!(issues(&world.send(request).await), [""], "{kind} {text}");
    }
}

#[tokio::test]
async fn t21_every_fault_of_a_claim_is_named() {
    let world = World::new().await;
    let cases: [(&str, Value, &str); 22] = [
        ("/aud", json!("somebody"), "aud"),
        ("/exp", json!(1), "exp"),
        ("/exp", json!(4_000_000_000_i64), "exp"),
        ("/iat", json!(4_000_000_000_i64), "iat"),
        ("/iat", json!("yesterday"), "iat"),
        ("/jti", json!(""), "jti"),
        ("/gateway", json!("paypal"), "gateway"),
        ("/capture", json!("later"), "capture"),
        ("/language", json!("<x>"), "language"),
        ("/order/reference", json!(7), "order.reference"),
        ("/order/currency", json!("XXX"), "order.currency"),
        ("/order/currency", json!("CLP"), "order.currency"),
        ("/order/amount", json!(0), "order.amount"),
        ("/order/amount", json!(35.5), "order.amount"),
        ("/order/amount", json!("3500"), "order.amount"),
        ("/order/amount", json!(3501), "order.lines"),
        ("/order/lines", json!([]), "order.lines"),
        (
            "/order/lines/0/quantity",
            json!(0),
            "order.lines.0.quantity",
        ),
        ("/order/lines/0/name", json!(null), "order.lines.0.name"),
        (
            "/parentOrigins/0",
            json!("https://shop.example/; x"),
            "parentOrigins.0",
        ),
        (
            "/parentOrigins/0",
            json!("http://shop.example"),
            "parentOrigins.0",
        ),
        (
            "/returnHosts/0",
            json!("https://shop.example"),
            "returnHosts.0",
        ),
    ];
    for (at, value, path) in cases {
        let mut bad = claim("ORD-1", 3500);
        *bad.pointer_mut(at).unwrap() = value.clone();
        let found = issues(&world.post_checkout(&body(&bad)).await);
        let path = format!("checkoutClaim.{path}");
        assert!(found.contains(&path), "{at} = {value}: {found:?}");
    }
    let mut elsewhere = body(&claim("ORD-1", 3500));
    elsewhere["successUrl"] = json!("https://evil.example/");
    assert_eq!(
        issues(&world.post_checkout(&elsewhere).await),
        ["successUrl"]
    );
    let mut alone = claim("ORD-1", 3500);
    alone["parentOrigins"] = json!([]);
    assert_eq!(
        issues(&world.post_checkout(&body(&alone)).await),
        ["checkoutClaim.parentOrigins"]
    );
}

#[tokio::test]
async fn forged_signatures_are_refused() {
    let world = World::new().await;
    let good = claim("ORD-1", 3500);
    let none = format!(
        "eyJhbGciOiJub25lIiwia2lkIjoiZGVtbyJ9.{}.",
        sign(&good).split('.').nth(1).unwrap()
    );
    let mut cheap = good.clone();
    cheap["order"]["amount"] = json!(1);
    let parts = (sign(&good), sign(&cheap));
    let swapped = format!(
        "{}.{}",
        parts.1.rsplit_once('.').unwrap().0,
        parts.0.rsplit_once('.').unwrap().1
    );
    for forged in [
        none,
        swapped,
        sign_with(&good, "unknown", "demo-claim-secret-of-the-demo-shop-0001"),
        sign_with(&good, "demo", "another-secret-of-thirty-two-bytes"),
        "x.y.z".into(),
    ] {
        let mut call = body(&good);
        call["checkoutClaim"] = json!(forged);
        assert_eq!(issues(&world.post_checkout(&call).await), ["checkoutClaim"]);
    }
}

#[tokio::test]
async fn t24_keys_decide_who_may_ask_for_what() {
    let world = World::new().await;
    let url = format!("{}/checkout", world.base);
    let call = body(&claim("ORD-1", 3500));
    for key in ["", "sk_test_wrong", "pk_test_demo"] {
        let got = world
            .send(world.client.post(&url).bearer_auth(key).json(&call))
            .await;
        assert_eq!(got.status, 401);
        assert!(got.body["error"].is_string());
    }
    let got = world.send(world.client.post(&url).json(&call)).await;
    assert_eq!(got.status, 401);
    let got = world
        .send(
            world
                .client
                .post(&url)
                .bearer_auth("sk_test_other_demo")
                .json(&call),
        )
        .await;
    assert_eq!(got.status, 403, "a claim of another organisation");
    let checkout = world.checkout("ORD-1", 3500).await;
    let order = format!("{}/orders/{}", world.base, checkout.order);
    let foreign = world
        .send(world.client.get(&order).bearer_auth("sk_test_other_demo"))
        .await;
    let unknown = format!("{}/orders/{}", world.base, uuid::Uuid::new_v4());
    let unknown = world
        .send(world.client.get(unknown).bearer_auth("sk_test_demo"))
        .await;
    assert_eq!(
        (foreign.status, &foreign.body),
        (unknown.status, &unknown.body)
    );
    assert_eq!(foreign.status, 404);
    let pay = json!({"payment_method_token": "tok_ok", "order_id": checkout.order});
    let url = format!("{}/other/v1/checkout/create_payment", world.base);
    let foreign = world.send(world.client.post(url).json(&pay)).await;
    let unknown = world
        .pay(&uuid::Uuid::new_v4().to_string(), "a", "tok_ok")
        .await;
    assert_eq!(
        (foreign.status, unknown.status),
        (unknown.status, foreign.status)
    );
    assert_eq!(foreign.body["error"], unknown.body["error"]);
    assert_eq!(world.gateway.calls("POST"), 0);
}

#[tokio::test]
async fn a_repeat_is_answered_as_the_first_time_and_another_body_is_refused() {
    let world = World::new().await;
    let mut short = claim("ORD-1", 3500);
    // Expires within this test.
    short["exp"] = json!(short["iat"].as_i64().unwrap() + 2);
    let call = body(&short);
    let (first, second) = tokio::join!(world.post_checkout(&call), world.post_checkout(&call));
    assert_eq!(first.status, 200, "{:?}", first.body);
    assert_eq!(first.body, second.body, "at the same time");
    let id = first.body["paymentId"].as_str().unwrap();
    assert!(id.len() == 30 && id.starts_with("pay_"));
    assert!(first.body["expiresAt"].as_str().unwrap().ends_with('Z'));
    let mut again = call.clone();
    loop {
        again["idempotencyKey"] = json!(uuid::Uuid::new_v4().to_string());
        let late = world.post_checkout(&again).await;
        if late.status == 400 {
            assert_eq!(issues(&late), ["checkoutClaim.exp"]);
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert_eq!(
        world.post_checkout(&call).await.body,
        first.body,
        "after the claim expired"
    );
    let mut other = call;
    other["cancelUrl"] = json!(format!("{SHOP}/elsewhere"));
    assert_eq!(
        issues(&world.post_checkout(&other).await),
        ["idempotencyKey"]
    );
}

#[tokio::test]
async fn one_reference_is_one_order() {
    let world = World::new().await;
    let first = world.checkout("ORD-1", 3500).await;
    let second = world.checkout("ORD-1", 3500).await;
    assert_eq!(first.order, second.order);
    assert_ne!(first.session, second.session);
    assert_eq!(first.answer["paymentId"], second.answer["paymentId"]);
    // Nothing is open: the shop may change the order.
    let old = world.attempt(&first.session).await;
    world.checkout("ORD-1", 4000).await;
    let stale = world.pay(&first.order, &old, "tok_ok").await;
    assert_eq!(stale.status, 409, "a page that shows the old amount");
    assert_eq!(stale.body["error"][0]["code"], "order_changed");
    assert_eq!(world.state(&first.session).await["amount"], 4000);
    let attempt = world.attempt(&first.session).await;
    world.pay(&first.order, &attempt, "tok_3ds").await;
    let got = world.post_checkout(&body(&claim("ORD-1", 5000))).await;
    assert_eq!(issues(&got), ["checkoutClaim.order.amount"]);
    world.gateway.set(0, "Captured", true);
    let left = world
        .cancel(&second.session, &json!({ "attempt": attempt }))
        .await;
    assert_eq!(left.body["order"], "paid");
    let got = world.post_checkout(&body(&claim("ORD-1", 4000))).await;
    assert_eq!(issues(&got), ["checkoutClaim.order.reference"]);
    let mut twin = claim("ORD-2", 100);
    twin["jti"] = json!("same");
    assert_eq!(world.post_checkout(&body(&twin)).await.status, 200);
    twin["order"]["reference"] = json!("ORD-3");
    assert_eq!(
        issues(&world.post_checkout(&body(&twin)).await),
        ["checkoutClaim.jti"]
    );
}
