//! Client sessions: a page opens an order of a price point by itself, as FunnelFox's public
//! client does, and can neither say what it costs nor whose it is to pay.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::shop::{Got, SHOP, World, payload};
use crate::fits::assert_fits;

/// What the public client sends.
fn asked(price: &str) -> Value {
    json!({
        "region": "default", "integration_type": "primer", "pp_ident": price,
        "external_id": "user_456", "email_address": "user@example.com", "client_metadata": {},
    })
}

pub(crate) struct Opened {
    pub(crate) order: String,
    token: String,
    /// The secret of `checkoutUrl`.
    session: String,
}

impl World {
    /// A call of the public client, from the shop's page.
    async fn fox(&self, org: &str, what: &str, body: &Value) -> Got {
        let url = format!("{}/{org}/v1/checkout/{what}", self.base);
        let request = self.client.post(url).header("origin", SHOP);
        let got = self
            .send(request.header("x-sdk-version", "0.5.2").json(body))
            .await;
        // Its errors are read from the envelope, whatever the status (trap 1).
        let status = if got.status == 200 {
            "success"
        } else {
            "error"
        };
        assert_eq!(got.body["status"], status, "{:?}", got.body);
        if got.status != 200 {
            assert_fits("funnelfox/envelope.200", &got.body);
        }
        got
    }

    async fn open_session(&self, price: &str) -> Opened {
        self.open_for("user_456", price).await
    }

    /// A session of a customer.
    pub(crate) async fn open_for(&self, customer: &str, price: &str) -> Opened {
        let mut body = asked(price);
        body["external_id"] = json!(customer);
        assert_fits("funnelfox/create_client_session.request", &body);
        let got = self.fox("demo", "create_client_session", &body).await;
        assert_eq!(got.status, 200, "{:?}", got.body);
        // Both published forms: the bare object, and the envelope.
        assert_fits("funnelfox/session.200", &got.body);
        assert_fits("funnelfox/session.200", &got.body["data"]);
        assert_eq!(
            got.headers["x-request-id"],
            got.body["req_id"].as_str().unwrap()
        );
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let url = text(&got.body["checkoutUrl"]);
        let session = url.strip_prefix(&format!("{}/c/", self.base)).unwrap();
        Opened {
            order: text(&got.body["data"]["order_id"]),
            token: text(&got.body["data"]["client_token"]),
            session: session.to_owned(),
        }
    }

    async fn update(&self, opened: &Opened, price: &str) -> Got {
        let body = json!({"client_token": opened.token, "order_id": opened.order,
            "pp_ident": price, "client_metadata": {}});
        assert_fits("funnelfox/update_client_session.request", &body);
        self.fox("demo", "update_client_session", &body).await
    }

    /// `create_payment` as the public client sends it: without a name for the attempt.
    pub(crate) async fn pay_as_page(&self, order: &str, token: &str) -> Got {
        let body = json!({"order_id": order, "payment_method_token": token, "client_metadata": {}});
        self.fox("demo", "create_payment", &body).await
    }

    async fn configuration(&self, url: &str, access: &str) -> Got {
        let request = self.client.get(url).header("origin", SHOP);
        self.send(request.header("primer-client-token", access))
            .await
    }
}

fn code(got: &Got) -> (u16, &str) {
    let code = got.body["error"][0]["code"].as_str().unwrap_or_default();
    (got.status.as_u16(), code)
}

#[tokio::test]
async fn a_page_opens_an_order_of_a_price_point_and_pays_it_once() {
    let world = World::new().await;
    let opened = world.open_session("price_shirt").await;

    // The token is what clients of Primer read, and leads to the sum and our checkout.
    let token = payload(&opened.token);
    assert_fits("primer/client-token", &token);
    assert_eq!(token["intent"], "CHECKOUT");
    let url = token["configurationUrl"].as_str().unwrap();
    let access = token["accessToken"].as_str().unwrap();
    let got = world.configuration(url, access).await;
    assert_eq!(got.status, 200);
    assert_eq!(got.headers["access-control-allow-origin"], SHOP);
    assert_eq!(
        (
            &got.body["amount"],
            &got.body["currency"],
            &got.body["orderId"]
        ),
        (&json!(3500), &json!("EUR"), &json!(opened.order))
    );
    let checkout = got.body["checkoutUrl"].as_str().unwrap();
    assert_eq!(checkout, format!("{}/c/{}", world.base, opened.session));
    let document = world.send(world.client.get(checkout)).await;
    let policy = document.headers["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(
        policy.contains(&format!("frame-ancestors {SHOP}")),
        "{policy}"
    );
    let state = world.state(&opened.session).await;
    assert_eq!(
        (&state["amount"], &state["lines"][0]["name"]),
        (&json!(3500), &json!("Linen shirt"))
    );

    // The client sends every call up to three times (trap 2).
    for _ in 0..3 {
        let got = world.pay_as_page(&opened.order, "tok_ok").await;
        assert_fits("funnelfox/payment.200", &got.body["data"]);
        assert_eq!(got.body["data"]["checkout_status"], "succeeded");
        assert_eq!(got.body["data"]["order_id"], opened.order.as_str());
    }
    assert_eq!(world.gateway.payments().len(), 1);

    // The shop learns who bought what from its own server's question only.
    let order = world.order(&opened.order).await;
    assert_eq!(
        (&order["status"], &order["amount"]),
        (&json!("paid"), &json!(3500))
    );
    assert_eq!(order["pricePoint"], "price_shirt");
    assert_eq!(order["customer"]["externalId"], "user_456");
    assert_eq!(order["customer"]["email"], "user@example.com");
    assert!(!state.to_string().contains("user_456"), "{state}");
}

#[tokio::test]
async fn two_sessions_are_two_orders_and_a_named_call_is_one() {
    let world = World::new().await;
    let (one, two) = (
        world.open_session("price_shirt").await,
        world.open_session("price_shirt").await,
    );
    assert_ne!(one.order, two.order);
    let reference = |order: Value| order["reference"].as_str().unwrap().to_owned();
    assert_ne!(
        reference(world.order(&one.order).await),
        reference(world.order(&two.order).await)
    );
    let open = |body: Value, key: &'static str| {
        let request = world.call("create_client_session", Some(key), &body);
        world.send(request)
    };
    let (first, again) = (
        open(asked("price_shirt"), "k1").await,
        open(asked("price_shirt"), "k1").await,
    );
    assert_eq!(first.body, again.body);
    let other = open(asked("price_lamp"), "k1").await;
    assert_eq!(code(&other), (422, "idempotency_key_reused"));
    assert_eq!(
        code(&open(asked("price_lamp"), "a b").await),
        (400, "bad_request")
    );
}

#[tokio::test]
async fn t20_a_page_names_a_price_and_never_states_one() {
    let world = World::new().await;
    let mut body = asked("price_lamp");
    for key in ["amount", "currency", "total", "price"] {
        body[key] = json!(1);
    }
    body["client_metadata"] = json!({"amount": 1, "card": "4242424242424242"});
    let got = world.fox("demo", "create_client_session", &body).await;
    let order = got.body["data"]["order_id"].as_str().unwrap();
    world.pay_as_page(order, "tok_ok").await;
    assert_eq!(world.gateway.bodies()[0]["amount"], 12900);
    // What a page puts into the metadata is nowhere (trap 12).
    assert!(!world.order(order).await.to_string().contains("4242"));
    let kept = world
        .sql("UPDATE checkout_calls SET created_at = 0 WHERE answer LIKE '%4242%'")
        .await;
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn every_field_is_held_to_the_published_rules() {
    let world = World::new().await;
    let with = |key: &str, value: Value| {
        let mut body = asked("price_shirt");
        body[key] = value;
        body
    };
    let without = |key: &str| {
        let mut body = asked("price_shirt");
        body.as_object_mut().unwrap().remove(key);
        body
    };
    let bad = [
        without("region"),
        without("integration_type"),
        without("pp_ident"),
        without("external_id"),
        without("email_address"),
        with("region", json!("r".repeat(65))),
        with("region", json!(1)),
        with("integration_type", json!("paypal")),
        with("integration_type", json!("stripe")),
        with("pp_ident", json!("")),
        with("pp_ident", json!("price shirt")),
        with("pp_ident", json!("p".repeat(257))),
        with("external_id", json!("u".repeat(257))),
        with("email_address", json!("e".repeat(1025))),
        with("country_code", json!(49)),
        with("client_metadata", json!([])),
        with("client_metadata", json!(null)),
        json!([]),
    ];
    for body in bad {
        let got = world.fox("demo", "create_client_session", &body).await;
        assert_eq!(code(&got), (400, "bad_request"), "{body}");
    }
    for (body, expected) in [
        (asked("price_none"), "invalid_price"),
        (asked(&"p".repeat(256)), "invalid_price"),
        (with("external_id", json!("")), "invalid_customer"),
        (
            with("email_address", json!("user@example")),
            "invalid_customer",
        ),
    ] {
        let got = world.fox("demo", "create_client_session", &body).await;
        assert_eq!(code(&got), (400, expected), "{body}");
    }
    // All problems are told at once, by the names of the fields.
    let got = world
        .fox("demo", "create_client_session", &json!({"region": 1}))
        .await;
    let msg = got.body["error"][0]["msg"].as_str().unwrap();
    for field in ["region", "integration_type", "pp_ident", "external_id"] {
        assert!(msg.contains(field), "{msg}");
    }
    for body in [
        with("region", json!("ü".repeat(64))),
        with("external_id", json!("u".repeat(256))),
        with("email_address", json!(format!("{}@b.co", "e".repeat(1019)))),
        with("integration_type", json!("fakeintegration")),
        with("country_code", json!("de")),
        with("country_code", json!(null)),
        without("client_metadata"),
    ] {
        let got = world.fox("demo", "create_client_session", &body).await;
        assert_eq!(got.status, 200, "{body}: {:?}", got.body);
    }
}

#[tokio::test]
async fn a_price_changes_while_nothing_can_pay_the_old_one() {
    let world = World::new().await;
    let opened = world.open_session("price_shirt").await;
    let old = world.attempt(&opened.session).await;
    // A declined try is over.
    let got = world.pay_as_page(&opened.order, "tok_decline_20051").await;
    assert_eq!(got.body["data"]["checkout_status"], "failed");
    let shown = world.attempt(&opened.session).await;
    let got = world.update(&opened, "price_lamp").await;
    assert_eq!(
        (got.status, &got.body["data"]),
        (StatusCode::OK, &json!({}))
    );
    let state = world.state(&opened.session).await;
    assert_eq!(
        (&state["amount"], &state["lines"][0]["name"]),
        (&json!(12900), &json!("Reading lamp"))
    );
    let sum = payload(&opened.token)["configurationUrl"].clone();
    let access = payload(&opened.token)["accessToken"].clone();
    let got = world
        .configuration(sum.as_str().unwrap(), access.as_str().unwrap())
        .await;
    assert_eq!(got.body["amount"], 12900, "the token stays good (trap 10)");
    // A page that still shows the old amount can't pay the new one.
    for stale in [&shown, &old] {
        let got = world.pay(&opened.order, stale, "tok_ok~1").await;
        assert_eq!(code(&got), (409, "order_changed"));
    }
    assert_eq!(world.gateway.payments().len(), 1, "the declined one");
    let order = world.order(&opened.order).await;
    assert_eq!(order["pricePoint"], "price_lamp");
    let told = order["history"].as_array().unwrap();
    assert!(told.iter().any(|line| line["what"] == "order changed"));
}

#[tokio::test]
async fn a_price_does_not_change_under_an_open_or_a_finished_payment() {
    let world = World::new().await;
    let opened = world.open_session("price_shirt").await;
    let got = world.pay_as_page(&opened.order, "tok_3ds").await;
    assert!(
        !got.body["data"]["action_required_token"]
            .as_str()
            .unwrap()
            .is_empty()
    );
    let got = world.update(&opened, "price_lamp").await;
    assert_eq!(code(&got), (409, "attempt_in_progress"));
    // The same price again changes nothing, and nothing is refused.
    assert_eq!(world.update(&opened, "price_shirt").await.status, 200);
    // Left at the bank, it may still be approved for the old amount.
    let attempt = world.attempt(&opened.session).await;
    world
        .cancel(&opened.session, &json!({"attempt": attempt}))
        .await;
    let got = world.update(&opened, "price_lamp").await;
    assert_eq!(code(&got), (409, "attempt_in_progress"));
    world.gateway.set(0, "Authorized", true);
    world.hurry().await;
    world
        .until(&opened.order, |order| order["status"] == "paid")
        .await;
    let got = world.update(&opened, "price_lamp").await;
    assert_eq!(code(&got), (409, "double_purchase"));
    assert_eq!(world.order(&opened.order).await["amount"], 3500);

    let given_up = world.open_session("price_shirt").await;
    world.cancel(&given_up.session, &json!({})).await;
    let got = world.update(&given_up, "price_lamp").await;
    assert_eq!(code(&got), (409, "order_cancelled"));
    let late = world.open_session("price_shirt").await;
    world.sql("UPDATE sessions SET expires_at = 1").await;
    let got = world.update(&late, "price_lamp").await;
    assert_eq!(code(&got), (409, "order_expired"));
}

#[tokio::test]
async fn t21_a_client_token_opens_its_own_session_only() {
    let world = World::new().await;
    let (mine, other) = (
        world.open_session("price_shirt").await,
        world.open_session("price_lamp").await,
    );
    let update = |token: String, order: String| {
        let body = json!({"client_token": token, "order_id": order, "pp_ident": "price_cup"});
        let world = &world;
        async move { world.fox("demo", "update_client_session", &body).await }
    };
    // A token of another session, another organisation's path, a forged signature, no token.
    let got = update(mine.token.clone(), other.order.clone()).await;
    assert_eq!(code(&got), (400, "bad_request"));
    let url = format!("{}/other/v1/checkout/update_client_session", world.base);
    let body = json!({"client_token": mine.token, "pp_ident": "price_cup"});
    let got = world.send(world.client.post(url).json(&body)).await;
    assert_eq!(code(&got), (400, "bad_request"));
    let (signed, _) = other.token.rsplit_once('.').unwrap();
    let (_, signature) = mine.token.rsplit_once('.').unwrap();
    let got = update(format!("{signed}.{signature}"), other.order.clone()).await;
    assert_eq!(code(&got), (400, "bad_request"));
    // The token of a bank's question is signed by the same key, and is no client token.
    let got = world.pay_as_page(&other.order, "tok_3ds").await;
    let action = got.body["data"]["action_required_token"].as_str().unwrap();
    let got = update(action.to_owned(), other.order.clone()).await;
    assert_eq!(code(&got), (400, "bad_request"));
    let got = world
        .fox(
            "demo",
            "update_client_session",
            &json!({"order_id": mine.order, "pp_ident": "price_cup"}),
        )
        .await;
    assert_eq!(code(&got), (400, "bad_request"));
    for opened in [&mine, &other] {
        let state = world.state(&opened.session).await;
        assert_ne!(state["currency"], "JPY");
    }
    let (mine, other) = (payload(&mine.token), payload(&other.token));
    let url = mine["configurationUrl"].as_str().unwrap();
    for access in ["", "x", other["accessToken"].as_str().unwrap()] {
        assert_eq!(world.configuration(url, access).await.status, 401);
    }
    let elsewhere = format!("{}/c/cs_{}/configuration", world.base, "a".repeat(32));
    let request = world.client.get(&elsewhere);
    let got = world
        .send(request.header("primer-client-token", mine["accessToken"].as_str().unwrap()))
        .await;
    assert_eq!(got.status, 404);
}

#[tokio::test]
async fn t23_sessions_are_not_opened_without_end_from_one_address() {
    let world = World::with(|settings| {
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let open = |from: &'static str, body: Value| {
        let request = world.call("create_client_session", None, &body);
        world.send(request.header("x-forwarded-for", from))
    };
    let mut opened = 0;
    let last = loop {
        let got = open("198.51.100.7", asked("price_shirt")).await;
        if got.status != 200 {
            break got;
        }
        opened += 1;
        assert!(opened < 100, "no end");
    };
    assert!(opened >= 60, "{opened}: an office of shoppers is let in");
    assert_eq!(code(&last), (429, "rate_limited"));
    assert!(last.headers.contains_key("retry-after"));
    // Nor is it asked for prices that way; others are not touched.
    let got = open("198.51.100.7", asked("price_none")).await;
    assert_eq!(code(&got), (429, "rate_limited"));
    assert_eq!(open("203.0.113.9", asked("price_shirt")).await.status, 200);
    // Orders that may be opened freely do not free a card tester: the address is counted.
    let mut refused = 0;
    for n in 0..40 {
        let got = open("203.0.113.77", asked("price_shirt")).await;
        let body = json!({"order_id": got.body["order_id"],
            "payment_method_token": format!("tok_decline_20005~{n}")});
        let request = world.call("create_payment", None, &body);
        let got = world
            .send(request.header("x-forwarded-for", "203.0.113.77"))
            .await;
        refused += usize::from(got.status == 429);
    }
    assert!(refused >= 8, "{refused}");
}

#[tokio::test]
async fn t24_t26_unknown_shops_and_foreign_pages_get_nothing() {
    let world = World::new().await;
    for org in ["nobody", "demo2"] {
        for what in ["create_client_session", "create_simple_client_session"] {
            let url = format!("{}/{org}/v1/checkout/{what}", world.base);
            let got = world
                .send(world.client.post(url).json(&asked("price_shirt")))
                .await;
            assert_eq!(code(&got), (404, "not_found"));
        }
    }
    let url = format!("{}/demo/v1/checkout/create_client_session", world.base);
    let preflight = |origin: &'static str| {
        let request = world.client.request(Method::OPTIONS, &url);
        world.send(
            request
                .header("origin", origin)
                .header("access-control-request-method", "POST")
                .header(
                    "access-control-request-headers",
                    "content-type,x-sdk-version",
                ),
        )
    };
    let got = preflight(SHOP).await;
    assert_eq!(got.status, 204);
    let allowed = got.headers["access-control-allow-headers"]
        .to_str()
        .unwrap();
    for header in ["content-type", "x-sdk-version", "idempotency-key"] {
        assert!(allowed.contains(header), "{allowed}");
    }
    // A browser is never asked to send a secret key.
    assert!(!allowed.contains("authorization") && !allowed.contains("ff-secret-key"));
    assert_eq!(preflight("https://evil.example").await.status, 403);
    for origin in ["https://evil.example", "null"] {
        let request = world.client.post(&url).header("origin", origin);
        let got = world.send(request.json(&asked("price_shirt"))).await;
        assert_eq!(got.status, 403);
    }
    let request = world.client.post(&url).header("content-type", "text/plain");
    let got = world
        .send(request.body(asked("price_shirt").to_string()))
        .await;
    assert_eq!(got.status, 415);
    let orders = world.sql("UPDATE orders SET locks = locks").await;
    assert_eq!(orders, 0, "nothing was opened");
}

#[tokio::test]
async fn a_simple_session_leads_to_nothing_that_can_be_paid() {
    let world = World::new().await;
    let body = json!({"region": "default", "integration_type": "primer", "country_code": "DE"});
    assert_fits("funnelfox/create_simple_client_session.request", &body);
    let got = world
        .fox("demo", "create_simple_client_session", &body)
        .await;
    let token = got.body["data"]["client_token"].as_str().unwrap();
    assert_eq!(got.body["client_token"], token);
    let read = payload(token);
    assert_fits("primer/client-token", &read);
    let (url, access) = (
        read["configurationUrl"].as_str().unwrap(),
        read["accessToken"].as_str().unwrap(),
    );
    assert_eq!(world.configuration(url, access).await.status, 200);
    for forged in ["", "9999999999.x", access.trim_start_matches('1')] {
        assert_eq!(world.configuration(url, forged).await.status, 401);
    }
    let got = world
        .fox(
            "demo",
            "update_client_session",
            &json!({"client_token": token, "pp_ident": "price_cup"}),
        )
        .await;
    assert_eq!(code(&got), (400, "bad_request"));
    for region in ["us-east-1", "", "abcdefghijklmnopqrstu"] {
        let body = json!({"region": region, "integration_type": "primer"});
        let got = world
            .fox("demo", "create_simple_client_session", &body)
            .await;
        assert_eq!(code(&got), (400, "bad_request"), "trap 11: {region}");
    }
}
