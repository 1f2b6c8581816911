//! Card testing (T23): who tries too often has to wait, and learns nothing from it.

use serde_json::{Value, json};

use super::shop::{Got, World, serve};

/// The demo with a proxy in front of it, so that tests can say where a shopper is.
pub(crate) async fn behind_a_proxy() -> World {
    World::with(|settings| settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()]).await
}

/// A payment from `address`.
pub(crate) async fn pay_from(
    world: &World,
    address: &str,
    order: &str,
    attempt: &str,
    token: &str,
) -> Got {
    let body = json!({"payment_method_token": token, "order_id": order});
    let request = world.call("create_payment", Some(attempt), &body);
    world.send(request.header("x-forwarded-for", address)).await
}

fn declined(n: usize) -> String {
    format!("tok_decline_20005~{n}")
}

/// A refusal that names no limit and says when to come back.
pub(crate) fn assert_slowed(got: &Got) -> u64 {
    assert_eq!(got.status, 429, "{:?}", got.body);
    let text = got.body.to_string();
    for hint in ["session", "order", "address", "card", "limit "] {
        assert!(!text.contains(hint), "{text} tells of the {hint}");
    }
    let seconds = got.headers["retry-after"].to_str().unwrap();
    let seconds = seconds.parse().unwrap();
    assert!((1..=900).contains(&seconds));
    seconds
}

#[tokio::test]
async fn t23_sixty_cards_in_one_session_are_slowed_down_from_the_seventh() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let mut reached = 0;
    for n in 0..60 {
        let got = world
            .pay(&checkout.order, &format!("a{n}"), &declined(n))
            .await;
        if n < 6 {
            assert_eq!(got.status, 200, "try {n}: {:?}", got.body);
        }
        if n == 6 {
            assert_slowed(&got);
            assert_eq!(got.body["status"], "error");
            assert_eq!(got.body["error"][0]["code"], "rate_limited");
        }
        reached += usize::from(got.status == 200);
    }
    // Waits of 2, 4, 8, 16 and 32 s let five more through in a minute.
    assert!(reached <= 11, "{reached} cards were tried");
    assert_eq!(world.gateway.calls("POST"), reached);
    let order = world.order(&checkout.order).await;
    assert_eq!(
        order["attempts"].as_array().unwrap().len(),
        reached,
        "a refused try leaves nothing behind"
    );
}

#[tokio::test]
async fn t23_a_new_session_of_the_same_order_starts_nothing_anew() {
    let world = World::new().await;
    let mut reached = 0;
    for n in 0..30 {
        let checkout = world.checkout("ORD-1", 3500).await;
        let got = world
            .pay(&checkout.order, &format!("a{n}"), &declined(n))
            .await;
        reached += usize::from(got.status == 200);
    }
    assert!((10..=15).contains(&reached), "{reached}");
    assert_eq!(world.gateway.calls("POST"), reached);
}

#[tokio::test]
async fn t23_one_address_over_many_orders_is_slowed_down_and_its_neighbours_are_not() {
    for (address, same, other) in [
        ("203.0.113.9", "203.0.113.9", "203.0.113.10"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"),
    ] {
        let world = behind_a_proxy().await;
        for n in 0..30 {
            let order = world.checkout(&format!("ORD-{n}"), 3500).await.order;
            let got = pay_from(&world, address, &order, "a1", &declined(n)).await;
            assert_eq!(got.status, 200, "order {n}: {:?}", got.body);
        }
        let order = world.checkout("ORD-LAST", 3500).await.order;
        let got = pay_from(&world, same, &order, "a1", "tok_ok").await;
        assert_slowed(&got);
        // What a caller writes into the header is not believed.
        let forged = format!("{other}, {same}");
        let got = pay_from(&world, &forged, &order, "a1", "tok_ok").await;
        assert_slowed(&got);
        assert_eq!(world.gateway.calls("POST"), 30);
        let got = pay_from(&world, other, &order, "a1", "tok_ok").await;
        assert_eq!(got.body["checkout_status"], "succeeded", "{:?}", got.body);
    }
}

#[tokio::test]
async fn t23_many_at_once_are_counted_before_any_is_answered() {
    let world = behind_a_proxy().await;
    let mut orders = Vec::new();
    for n in 0..40 {
        orders.push(world.checkout(&format!("ORD-{n}"), 3500).await.order);
    }
    let calls = orders.iter().map(|order| {
        let body = json!({"payment_method_token": format!("tok_gate~{order}"), "order_id": order});
        let request = world.call("create_payment", Some("a1"), &body);
        request.header("x-forwarded-for", "203.0.113.9").send()
    });
    let mut running = tokio::task::JoinSet::new();
    for call in calls {
        running.spawn(call);
    }
    // Thirty wait at the gateway; the others are answered before anything is decided.
    for _ in 0..10 {
        let answer = running.join_next().await.unwrap().unwrap().unwrap();
        assert_eq!(answer.status(), 429);
    }
    world.gateway.gate.add_permits(30);
    while let Some(answer) = running.join_next().await {
        assert_eq!(answer.unwrap().unwrap().status(), 200);
    }
    assert_eq!(world.gateway.calls("POST"), 30);
}

#[tokio::test]
async fn t23_three_declines_and_a_right_card_never_see_a_limit() {
    let world = behind_a_proxy().await;
    // One after the other from one office, each with three wrong cards.
    for shopper in 0..12 {
        let checkout = world.checkout(&format!("ORD-{shopper}"), 3500).await;
        for n in 0..3 {
            let token = format!("tok_decline_20051~{shopper}-{n}#card-{shopper}");
            let attempt = world.attempt(&checkout.session).await;
            let got = pay_from(&world, "203.0.113.9", &checkout.order, &attempt, &token).await;
            assert_eq!(got.body["checkout_status"], "failed", "{:?}", got.body);
        }
        let attempt = world.attempt(&checkout.session).await;
        let token = format!("tok_ok~{shopper}#right-{shopper}");
        let got = pay_from(&world, "203.0.113.9", &checkout.order, &attempt, &token).await;
        assert_eq!(got.body["checkout_status"], "succeeded", "{:?}", got.body);
    }
}

#[tokio::test]
async fn t23_approvals_make_room_for_their_address_again() {
    let world = World::with(|settings| {
        settings.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        settings.limits.address.free = 3;
    })
    .await;
    for n in 0..10 {
        let order = world.checkout(&format!("ORD-{n}"), 3500).await.order;
        for (attempt, token) in [("a1", declined(n)), ("a2", format!("tok_ok~{n}"))] {
            let got = pay_from(&world, "203.0.113.9", &order, attempt, &token).await;
            assert_eq!(got.status, 200, "order {n}: {:?}", got.body);
        }
    }
}

#[tokio::test]
async fn t23_a_card_that_was_declined_all_over_slows_down_whoever_brings_it() {
    let world = behind_a_proxy().await;
    for n in 0..5 {
        let order = world.checkout(&format!("ORD-{n}"), 3500).await.order;
        let address = format!("203.0.113.{n}");
        let token = format!("tok_decline_20059~{n}#stolen");
        let got = pay_from(&world, &address, &order, "a1", &token).await;
        assert_eq!(got.status, 200, "{:?}", got.body);
        let got = pay_from(&world, &address, &order, "a2", &declined(n)).await;
        if n < 4 {
            assert_eq!(got.status, 200, "{:?}", got.body);
        } else {
            assert_slowed(&got);
        }
    }
    assert_eq!(world.gateway.calls("POST"), 9);
    // Another shopper with another card.
    let order = world.checkout("ORD-NEXT", 3500).await.order;
    let got = pay_from(&world, "203.0.113.77", &order, "a1", "tok_ok~x#right").await;
    assert_eq!(got.body["checkout_status"], "succeeded");
}

#[tokio::test]
async fn t23_what_the_gateway_could_not_do_is_not_the_shoppers_fault() {
    let world = World::with(|settings| {
        // Nobody listens there.
        for organisation in &mut settings.organisations {
            organisation.checkout_com.as_mut().unwrap().account.base = "http://127.0.0.1:9".into();
        }
    })
    .await;
    let checkout = world.checkout("ORD-1", 3500).await;
    for n in 0..15 {
        let token = format!("tok_ok~{n}");
        let got = world.pay(&checkout.order, &format!("a{n}"), &token).await;
        assert_eq!(
            got.body["failure"]["kind"], "gateway_unavailable",
            "{:?}",
            got.body
        );
    }
}

#[tokio::test]
async fn t23_a_repeat_of_a_known_attempt_is_always_answered() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let mut first = Vec::new();
    for n in 0..6 {
        let got = world
            .pay(&checkout.order, &format!("a{n}"), &declined(n))
            .await;
        first.push(got.body);
    }
    assert_slowed(&world.pay(&checkout.order, "new", "tok_ok").await);
    for _ in 0..20 {
        for (n, answer) in first.iter().enumerate() {
            let got = world
                .pay(&checkout.order, &format!("a{n}"), &declined(n))
                .await;
            assert_eq!(got.status, 200);
            assert_eq!(got.body, *answer);
        }
    }
    assert_eq!(world.gateway.calls("POST"), 6);
}

#[tokio::test]
async fn t23_two_servers_count_together() {
    let world = World::new().await;
    let second = World {
        base: serve(&world.gateway.base, world.folder.path()).await,
        client: world.client.clone(),
        gateway: world.gateway.clone(),
        folder: tempfile::tempdir().unwrap(),
    };
    let checkout = world.checkout("ORD-1", 3500).await;
    for n in 0..6 {
        let at = if n % 2 == 0 { &world } else { &second };
        let got = at
            .pay(&checkout.order, &format!("a{n}"), &declined(n))
            .await;
        assert_eq!(got.status, 200);
    }
    assert_slowed(&second.pay(&checkout.order, "b1", "tok_ok").await);
    assert_slowed(&world.pay(&checkout.order, "b2", "tok_ok").await);
}

/// An answer without what is different every time.
fn without_ids(mut body: Value) -> Value {
    for place in [&[][..], &["data"]] {
        let part = place.iter().fold(&mut body, |body, key| &mut body[*key]);
        for id in ["req_id", "order_id"] {
            if part.get(id).is_some() {
                part[id] = json!("…");
            }
        }
    }
    body
}

#[tokio::test]
async fn t23_stolen_do_not_honour_and_invalid_account_read_the_same() {
    let world = World::new().await;
    let mut answers = Vec::new();
    for code in [
        "20005", "20059", "20014", "20063", "30041", "30043", "40101",
    ] {
        let checkout = world.checkout(&format!("ORD-{code}"), 3500).await;
        let token = format!("tok_decline_{code}");
        let got = world.pay(&checkout.order, "a1", &token).await;
        assert_eq!(got.status, 200);
        let text = got.body.to_string();
        assert!(!text.contains(code), "{text}");
        let state = world.state(&checkout.session).await;
        let mut last = state["last"].clone();
        last["reqId"] = json!("…");
        answers.push((code, without_ids(got.body).to_string(), last.to_string()));
    }
    for (code, answer, last) in &answers {
        assert_eq!(*answer, answers[0].1, "{code}");
        assert_eq!(*last, answers[0].2, "{code}");
    }
}

#[tokio::test]
async fn t28_addresses_are_not_kept() {
    let world = behind_a_proxy().await;
    let order = world.checkout("ORD-1", 3500).await.order;
    pay_from(
        &world,
        "203.0.113.9",
        &order,
        "a1",
        "tok_decline_20005~1#thecard",
    )
    .await;
    for entry in std::fs::read_dir(world.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        for secret in ["203.0.113", "print-thecard"] {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in {}", path.display());
        }
    }
}
