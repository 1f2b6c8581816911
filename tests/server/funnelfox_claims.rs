//! What a claim for FunnelFox must say, and what is refused before a shopper sees it.

use serde_json::{Value, json};

use super::{
    fox_town::{GOOD, Town, calls_for_operator, fox_claim},
    shop::{World, body, claim},
};

async fn refused(town: &Town, claim: &Value) -> String {
    let got = town.world.post_checkout(&body(claim)).await;
    assert_eq!(got.status, 400, "{claim}: {:?}", got.body);
    got.body["issues"].to_string()
}

#[tokio::test]
async fn price_point_and_customer_are_required_and_checked() {
    let town = Town::new().await;
    for (path, value, expected) in [
        ("/order/price", Value::Null, "price"),
        (
            "/order/price",
            json!("price shirt"),
            "ident of a price point",
        ),
        ("/order/customer", Value::Null, "customer"),
        ("/order/customer/id", Value::Null, "id"),
        ("/order/customer/email", json!("a.b"), "e-mail"),
        ("/capture", json!("manual"), "takes the money at once"),
        ("/gateway", json!("flexprice"), "funnelfox"),
    ] {
        let mut claim = fox_claim("ORD-1");
        *claim.pointer_mut(path).unwrap() = value;
        let issues = refused(&town, &claim).await;
        assert!(issues.contains(expected), "{path}: {issues}");
    }
    assert_eq!(town.funnelfox().await["sessions"], json!([]));
    // The other organisation has no FunnelFox.
    let mut other = fox_claim("ORD-1");
    other["iss"] = json!("other");
    let signed = super::shop::sign_with(&other, "other", "demo-claim-secret-of-the-demo-shop-0001");
    let mut call = body(&other);
    call["checkoutClaim"] = json!(signed);
    let request = town
        .world
        .client
        .post(format!("{}/checkout", town.world.base))
        .bearer_auth("sk_test_other_demo")
        .json(&call);
    let got = town.world.send(request).await;
    assert_eq!(got.status, 400, "{:?}", got.body);
}

#[tokio::test]
async fn t20_another_amount_than_the_price_points_opens_no_checkout() {
    let town = Town::new().await;
    let mut dear = fox_claim("ORD-1");
    dear["order"]["price"] = json!("price_lamp");
    let issues = refused(&town, &dear).await;
    assert!(issues.contains("costs 12900 EUR"), "{issues}");
    let mut dollars = fox_claim("ORD-1");
    dollars["order"]["currency"] = json!("USD");
    let issues = refused(&town, &dollars).await;
    assert!(issues.contains("costs 3500 EUR"), "{issues}");
    let mut unknown = fox_claim("ORD-1");
    unknown["order"]["price"] = json!("price_hat");
    let issues = refused(&town, &unknown).await;
    assert!(issues.contains("invalid_price"), "{issues}");
    let opened = town.open("ORD-1").await;
    assert_eq!(town.world.order(&opened.order).await["amount"], 3500);
}

#[tokio::test]
async fn one_client_session_serves_an_order_until_it_ends_or_the_terms_change() {
    let town = Town::new().await;
    let first = town.open("ORD-1").await;
    let second = town.open("ORD-1").await;
    assert_eq!(first.order, second.order);
    for session in [&first.session, &second.session] {
        town.world.state(session).await;
    }
    let opened = |shown: &Value| shown["sessions"].as_array().unwrap().len();
    assert_eq!(opened(&town.funnelfox().await), 1);
    // It ends within ten minutes: the next state has another.
    let ends = "UPDATE funnelfox_sessions SET ends_at = 1";
    town.world.sql(ends).await;
    town.world.state(&first.session).await;
    assert_eq!(opened(&town.funnelfox().await), 2);
    let mut lamp = fox_claim("ORD-1");
    lamp["order"]["price"] = json!("price_lamp");
    lamp["order"]["amount"] = json!(12900);
    lamp["order"]["lines"][0]["amount"] = json!(12900);
    let got = town.world.post_checkout(&body(&lamp)).await;
    let third = World::opened(got.body);
    assert_eq!(third.order, first.order);
    assert_eq!(town.world.state(&first.session).await["amount"], 12900);
    assert_eq!(opened(&town.funnelfox().await), 3);
    let paid = town.pay(&third, GOOD).await;
    assert_eq!(paid.body["checkout_status"], "succeeded");
    let shown = town.funnelfox().await;
    assert_eq!(shown["payments"][0]["amount"], 12900);
    // The gateway may be another one too, as long as nothing is open.
    let mut plain = claim("ORD-2", 3500);
    let plain_order = World::opened(town.world.post_checkout(&body(&plain)).await.body);
    let fox = town.open("ORD-2").await;
    assert_eq!(fox.order, plain_order.order);
    let state = town.world.state(&fox.session).await;
    assert_eq!(state["tokenizer"]["kind"], "primer");
    plain["jti"] = json!("again");
    town.world.post_checkout(&body(&plain)).await;
    let state = town.world.state(&fox.session).await;
    assert_eq!(state["tokenizer"]["kind"], "checkout-com");
}

#[tokio::test]
async fn while_funnelfox_is_away_a_checkout_opens_and_its_first_state_makes_up_for_it() {
    let town = Town::new().await;
    town.fault("create_client_session", "502-before").await;
    let checkout = town.open("ORD-1").await;
    town.fault("create_client_session", "502-before").await;
    let state = format!("{}/c/{}/state", town.world.base, checkout.session);
    let got = town.world.send(town.world.client.get(&state)).await;
    assert_eq!(got.status, 503);
    let told = town.world.order(&checkout.order).await;
    assert_eq!(calls_for_operator(&told).len(), 1);
    let paid = town.pay(&checkout, GOOD).await;
    assert_eq!(paid.body["checkout_status"], "succeeded");
}

#[tokio::test]
async fn the_document_may_call_primer_and_nobody_else() {
    let town = Town::new().await;
    let checkout = town.open("ORD-1").await;
    let url = format!("{}/c/{}", town.world.base, checkout.session);
    let got = town.world.send(town.world.client.get(url)).await;
    let policy = got.headers["content-security-policy"].to_str().unwrap();
    let expected = format!("connect-src 'self' {};", town.stand_ins);
    assert!(policy.contains(&expected), "{policy}");
    // A client token that leads elsewhere is none.
    let town = Town::with(|settings| {
        let fox = settings.organisations[0].funnelfox.as_mut().unwrap();
        fox.primer_origins = vec!["https://primer.example".into()];
    })
    .await;
    let checkout = town.open("ORD-1").await;
    let state = format!("{}/c/{}/state", town.world.base, checkout.session);
    let got = town.world.send(town.world.client.get(&state)).await;
    assert_eq!(got.status, 503);
    let told = town.world.order(&checkout.order).await;
    let calls = calls_for_operator(&told);
    assert!(calls[0].contains("primer_origins"), "{calls:?}");
}

#[tokio::test]
async fn nothing_is_captured_voided_or_refunded_from_here() {
    let town = Town::new().await;
    let checkout = town.open("ORD-1").await;
    town.pay(&checkout, GOOD).await;
    let payment = checkout.answer["paymentId"].as_str().unwrap();
    for what in ["captures", "voids", "refunds"] {
        let url = format!("{}/payments/{payment}/{what}", town.world.base);
        let request = town
            .world
            .client
            .post(url)
            .bearer_auth("sk_test_demo")
            .json(&json!({}));
        let got = town.world.send(request).await;
        assert_eq!(got.status, 403, "{what}: {:?}", got.body);
    }
    let url = format!("{}/payments/pay_none/refunds", town.world.base);
    let request = town.world.client.post(url).bearer_auth("sk_test_demo");
    assert_eq!(town.world.send(request.json(&json!({}))).await.status, 404);
    assert_eq!(town.world.order(&checkout.order).await["status"], "paid");
}
