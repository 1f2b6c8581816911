//! An order's life as its shop and its operator read it.

use serde_json::{Value, json};

use super::shop::World;

fn lines<'a>(order: &'a Value, what: &str) -> Vec<&'a Value> {
    let history = order["history"].as_array().unwrap().iter();
    history.filter(|line| line["what"] == what).collect()
}

#[tokio::test]
async fn every_step_of_a_challenge_that_was_left_stands_in_the_history_in_its_order() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let first = world.attempt(&checkout.session).await;
    let made = world.pay(&checkout.order, &first, "tok_3ds").await;
    let back = format!(
        "{}/c/{}/return?attempt={first}",
        world.base, checkout.session
    );
    world.send(world.client.get(back)).await;
    let leave = json!({"attempt": first});
    world.cancel(&checkout.session, &leave).await;
    world.cancel(&checkout.session, &json!({})).await;
    let order = world.order(&checkout.order).await;
    let history = order["history"].as_array().unwrap();
    let mut whats: Vec<&str> = history
        .iter()
        .map(|line| line["what"].as_str().unwrap())
        .filter(|what| *what != "gateway called")
        .collect();
    whats.dedup();
    assert_eq!(
        whats,
        [
            "session opened",
            "attempt stored",
            "attempt decided",
            "shopper returned",
            "attempt decided",
            "attempt abandoned",
            "session cancelled",
        ]
    );
    let times: Vec<&str> = history
        .iter()
        .map(|line| line["at"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    assert!(
        times
            .iter()
            .all(|at| at.len() == "2030-01-01T00:00:00.000Z".len())
    );
    let charge = lines(&order, "gateway called")[0];
    assert_eq!(charge["call"], "POST /payments");
    assert_eq!(charge["status"], 202);
    assert_eq!(charge["gatewayRequestId"], "cko-req-1");
    assert_eq!(charge["attempt"], first.as_str());
    assert_eq!(charge["reqId"], made.body["req_id"]);
    assert!(charge["ms"].is_u64());
    assert!(charge["takenFor"].as_str().unwrap().contains("Pending"));
    let decided = lines(&order, "attempt decided")[0];
    assert_eq!(
        (&decided["from"], &decided["to"]),
        (&json!("creating"), &json!("action"))
    );
    let text = order.to_string();
    for secret in [checkout.session.as_str(), "tok_3ds", "sk_test"] {
        assert!(!text.contains(secret), "{secret} is in the history");
    }
}

#[tokio::test]
async fn a_decline_is_told_to_the_shop_with_the_banks_code() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    world.pay(&checkout.order, "a1", "tok_decline_20051").await;
    let order = world.order(&checkout.order).await;
    let decided = lines(&order, "attempt decided")[0];
    assert_eq!(decided["to"], "failed");
    assert_eq!(decided["failure"], "insufficient_funds");
    assert_eq!(decided["responseCode"], "20051");
}

#[tokio::test]
async fn f25_a_body_that_names_a_key_twice_is_refused_on_every_route() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let order = &checkout.order;
    let post = |path: &str, body: String| {
        let request = world.client.post(format!("{}{path}", world.base));
        let request = request.header("content-type", "application/json");
        request.bearer_auth("sk_test_demo").body(body)
    };
    for (path, text) in [
        (
            "/demo/v1/checkout/create_payment".to_owned(),
            format!(
                r#"{{"payment_method_token":"tok_ok","order_id":"{order}","payment_method_token":"tok_ok"}}"#
            ),
        ),
        (
            "/demo/v1/checkout/resume_payment".to_owned(),
            format!(r#"{{"resume_token":"x","order_id":"{order}","order_id":"{order}"}}"#),
        ),
        (
            format!("/c/{}/cancel", checkout.session),
            r#"{"attempt":"a","attempt":"b"}"#.to_owned(),
        ),
        (
            "/checkout".to_owned(),
            r#"{"mode":"hosted","mode":"embedded"}"#.to_owned(),
        ),
    ] {
        let got = world.send(post(&path, text)).await;
        assert_eq!(got.status, 400, "{path}: {:?}", got.body);
    }
    assert_eq!(world.gateway.calls("POST"), 0);
    assert_eq!(world.order(order).await["status"], "open");
}

#[tokio::test]
async fn a_question_that_is_answered_the_same_for_days_is_one_line() {
    let world = World::with(|settings| {
        settings.settle_every = std::time::Duration::from_millis(20);
    })
    .await;
    let checkout = world.checkout("ORD-1", 3500).await;
    world.pay(&checkout.order, "a1", "tok_3ds").await;
    for n in 1..=10 {
        while world.gateway.calls("GET /payments/pay_") < n {
            world.hurry().await;
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        }
    }
    world.gateway.set(0, "Captured", true);
    // The last question may have been on its way.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    world.hurry().await;
    let order = world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
    let called: Vec<&str> = lines(&order, "gateway called")
        .iter()
        .map(|line| line["takenFor"].as_str().unwrap())
        .collect();
    assert_eq!(called.len(), 3, "{called:?}");
    assert!(called[2].contains("Captured"), "{called:?}");
}
