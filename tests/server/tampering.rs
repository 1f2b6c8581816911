//! What a shopper's browser may not change (T20), carry from one order to another (T21), or
//! find out (T24).

use serde_json::{Value, json};

use super::shop::{Checkout, Got, World, body, claim, payload, sign_with};

/// A checkout of the other organisation.
async fn other_shop(world: &World, reference: &str) -> Checkout {
    let mut claim = claim(reference, 200_000);
    claim["iss"] = json!("other");
    let mut body = body(&claim);
    let secret = "demo-claim-secret-of-the-demo-shop-0001";
    body["checkoutClaim"] = json!(sign_with(&claim, "other", secret));
    let request = world
        .client
        .post(format!("{}/checkout", world.base))
        .bearer_auth("sk_test_other_demo")
        .json(&body);
    let got = world.send(request).await;
    assert_eq!(got.status, 200, "{:?}", got.body);
    World::opened(got.body)
}

async fn call(world: &World, org: &str, what: &str, key: &str, body: &Value) -> Got {
    let url = format!("{}/{org}/v1/checkout/{what}", world.base);
    let request = world.client.post(url).header("idempotency-key", key);
    world.send(request.json(body)).await
}

async fn action(world: &World, session: &str, attempt: &str, access: &str) -> Got {
    let url = format!("{}/c/{session}/action/{attempt}", world.base);
    let request = world.client.get(url).header("primer-client-token", access);
    world.send(request).await
}

#[tokio::test]
async fn t20_no_field_of_the_browser_reaches_the_gateway() {
    let fields = json!({
        "amount": 1, "currency": "JPY", "price": 1, "capture": false, "reference": "x",
        "price_cents": 1, "total": {"minor": 1, "currency": "JPY"}, "discount": 3499,
        "lines": [{"name": "x", "quantity": 1, "amount": 1}], "gateway": "none",
        "metadata": {"order_id": "x", "order_reference": "x"}, "org_id": "other",
        "order": {"amount": 1}, "success_url": "https://evil.test", "3ds": {"enabled": false},
        "client_metadata": {"amount": 1, "currency": "JPY", "metadata": {"order_reference": "x"}},
    });
    let world = World::new().await;
    let plain = world.checkout("ORD-1", 3500).await;
    world.pay(&plain.order, "a1", "tok_ok~plain").await;
    for (n, (key, value)) in fields.as_object().unwrap().iter().enumerate() {
        let reference = format!("ORD-T{n}");
        let checkout = world.checkout(&reference, 3500).await;
        let mut body = json!({"payment_method_token": format!("tok_ok~{n}"),
            "order_id": checkout.order});
        body[key] = value.clone();
        let got = call(&world, "demo", "create_payment", "a1", &body).await;
        assert_eq!(got.body["checkout_status"], "succeeded", "{key}");
        let mut sent = world.gateway.bodies().pop().unwrap();
        assert_eq!(sent["amount"], 3500, "{key}");
        assert_eq!(sent["currency"], "EUR", "{key}");
        assert_eq!(
            sent["metadata"]["order_reference"],
            reference.as_str(),
            "{key}"
        );
        let home = format!("{}/c/{}/return", world.base, checkout.session);
        assert!(
            sent["success_url"].as_str().unwrap().starts_with(&home),
            "{key}"
        );
        // All the rest is as without the field.
        let mut usual = world.gateway.bodies()[0].clone();
        for body in [&mut sent, &mut usual] {
            for own in [
                "source",
                "reference",
                "metadata",
                "success_url",
                "failure_url",
            ] {
                body[own] = Value::Null;
            }
        }
        assert_eq!(sent, usual, "{key}");
    }
}

#[tokio::test]
async fn t21_nothing_of_one_order_works_on_another() {
    let world = World::new().await;
    let cheap = world.checkout("ORD-1", 100).await;
    let dear = world.checkout("ORD-2", 200_000).await;
    let foreign = other_shop(&world, "ORD-3").await;
    let got = world.pay(&cheap.order, "a1", "tok_3ds~cheap").await;
    let token = payload(got.body["action_required_token"].as_str().unwrap());
    let access = token["accessToken"].as_str().unwrap();
    // The challenge is over: the resume token of the cheap order is known.
    let back = format!("{}/c/{}/return?attempt=a1", world.base, cheap.session);
    world.send(world.client.get(back)).await;
    let done = action(&world, &cheap.session, "a1", access).await;
    let resume = done.body["id"].as_str().unwrap();
    assert!(!resume.is_empty());
    let before = world.gateway.log();
    let orders = [
        world.order(&cheap.order).await,
        world.order(&dear.order).await,
    ];

    for (org, target) in [("demo", &dear), ("other", &foreign)] {
        // The token, with the same attempt id and with a new one.
        for attempt in ["a1", "a2"] {
            let body = json!({"payment_method_token": "tok_3ds~cheap", "order_id": target.order});
            let got = call(&world, org, "create_payment", attempt, &body).await;
            assert_eq!(got.body["failure"]["kind"], "card_again", "{org} {attempt}");
            assert!(got.body["action_required_token"].as_str() == Some(""));
        }
        // The resume token.
        let body = json!({"resume_token": resume, "order_id": target.order});
        let got = call(&world, org, "resume_payment", "a1", &body).await;
        assert_eq!(got.status, 400, "{org}");
        // The access token: the attempt a1 of the target is another one.
        let got = action(&world, &target.session, "a1", access).await;
        assert_eq!(got.status, 401, "{org}");
        // The attempt: leaving it from another session leaves nothing.
        let got = world
            .cancel(&target.session, &json!({"attempt": "a1"}))
            .await;
        assert_eq!(got.status, 200);
        assert_eq!(got.body["orderId"], target.order.as_str());
    }
    // Each order through the other organisation.
    for (org, target) in [("other", &cheap), ("other", &dear), ("demo", &foreign)] {
        for what in ["create_payment", "resume_payment"] {
            let body = json!({"payment_method_token": "tok_ok~new", "resume_token": resume,
                "order_id": target.order});
            let got = call(&world, org, what, "a9", &body).await;
            assert_eq!(got.status, 404, "{org} {what}");
        }
    }
    let charges = |log: &[String]| log.iter().filter(|line| line.starts_with("POST")).count();
    assert_eq!(charges(&world.gateway.log()), charges(&before));
    assert_eq!(world.gateway.payments().len(), 1);
    assert_eq!(
        world.order(&cheap.order).await["status"],
        orders[0]["status"]
    );
    assert_eq!(
        world.order(&dear.order).await["status"],
        orders[1]["status"]
    );
    assert_eq!(world.state(&cheap.session).await["attempt"]["id"], "a1");
}

/// All that a stranger can see of an answer, without what is new every time.
fn seen(got: &Got) -> String {
    let mut body = got.body.clone();
    for part in ["", "/error/0"] {
        if let Some(part) = body.pointer_mut(part)
            && part.get("req_id").is_some()
        {
            part["req_id"] = json!("…");
        }
    }
    let mut headers: Vec<String> = got
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    format!("{} {body} {headers:?}", got.status)
}

#[tokio::test]
async fn t24_what_is_foreign_looks_like_what_is_not_there() {
    let world = World::new().await;
    let mine = world.checkout("ORD-1", 3500).await;
    let theirs = other_shop(&world, "ORD-2").await;
    world.pay(&mine.order, "a1", "tok_3ds~mine").await;
    let body = json!({"payment_method_token": "tok_3ds~theirs", "order_id": theirs.order});
    let got = call(&world, "other", "create_payment", "b1", &body).await;
    let token = payload(got.body["action_required_token"].as_str().unwrap());
    let access = token["accessToken"].as_str().unwrap();
    let random = uuid::Uuid::new_v4().to_string();
    let before = world.gateway.log().len();

    let mut pairs = Vec::new();
    // Orders, for shops.
    let order = async |id: &str| {
        let url = format!("{}/orders/{id}", world.base);
        let request = world.client.get(url).bearer_auth("sk_test_demo");
        world.send(request).await
    };
    pairs.push((404, order(&theirs.order).await, order(&random).await));
    // Orders and organisations, for browsers.
    for what in ["create_payment", "resume_payment"] {
        let ask = async |org: &str, order: &str| {
            let body = json!({"payment_method_token": "tok_x", "resume_token": "x",
                "order_id": order});
            call(&world, org, what, "a7", &body).await
        };
        pairs.push((
            404,
            ask("demo", &theirs.order).await,
            ask("demo", &random).await,
        ));
        pairs.push((
            404,
            ask("other", &mine.order).await,
            ask("nobody", &mine.order).await,
        ));
    }
    // Attempts of a session, by what they are asked for with.
    pairs.push((
        404,
        action(&world, &mine.session, "b1", access).await,
        action(&world, &mine.session, &random, access).await,
    ));
    // Sessions: one whose attempt is somebody else's, and none at all.
    pairs.push((
        404,
        action(&world, &random, "a1", access).await,
        action(&world, &mine.session, &random, access).await,
    ));
    // Access tokens.
    pairs.push((
        401,
        action(&world, &mine.session, "a1", access).await,
        action(&world, &mine.session, "a1", &random).await,
    ));
    // Resume tokens.
    pairs.push((
        400,
        world.resume(&mine.order, access).await,
        world.resume(&mine.order, &random).await,
    ));
    for (n, (status, foreign, unknown)) in pairs.iter().enumerate() {
        assert_eq!(
            foreign.status.as_u16(),
            *status,
            "pair {n}: {:?}",
            foreign.body
        );
        assert_eq!(seen(foreign), seen(unknown), "pair {n}");
    }
    // Leaving an attempt says nothing of whether there is one elsewhere.
    let mut left = Vec::new();
    for attempt in ["b1", random.as_str()] {
        let got = world
            .cancel(&mine.session, &json!({"attempt": attempt}))
            .await;
        let mut body = got.body;
        body["serverTime"] = json!(0);
        left.push((got.status, body));
    }
    assert_eq!(left[0], left[1]);
    let charges = world.gateway.log();
    let asked = charges[before..]
        .iter()
        .any(|line| line.starts_with("POST"));
    assert!(!asked, "{charges:?}");
}
