//! The bank asks the shopper: done, refused, left, and approved too late.

use serde_json::{Value, json};

use super::shop::{Checkout, Got, World, payload};

struct Challenge {
    checkout: Checkout,
    attempt: String,
    action: Value,
}

async fn challenge(world: &World) -> Challenge {
    let checkout = world.checkout("ORD-1", 3500).await;
    let attempt = world.attempt(&checkout.session).await;
    let got = world.pay(&checkout.order, &attempt, "tok_3ds").await;
    let action = payload(got.body["action_required_token"].as_str().unwrap());
    assert_eq!(action["intent"], "PROCESSOR_3DS");
    assert!(
        action["redirectUrl"]
            .as_str()
            .unwrap()
            .contains("bank.localhost")
    );
    let state = world.state(&checkout.session).await;
    assert_eq!(state["attempt"]["phase"], "action");
    assert_eq!(
        state["attempt"]["actionRequiredToken"], got.body["action_required_token"],
        "a reload gets the same action"
    );
    Challenge {
        checkout,
        attempt,
        action,
    }
}

impl Challenge {
    async fn status(&self, world: &World) -> Got {
        let request = world
            .client
            .get(self.action["statusUrl"].as_str().unwrap())
            .header(
                "primer-client-token",
                self.action["accessToken"].as_str().unwrap(),
            );
        world.send(request).await
    }

    /// The shopper comes back; the resume token.
    async fn come_back(&self, world: &World) -> String {
        let url = format!(
            "{}/c/{}/return?attempt={}&cko-session-id=sid_x",
            world.base, self.checkout.session, self.attempt
        );
        assert_eq!(world.send(world.client.get(url)).await.status, 200);
        let done = self.status(world).await;
        assert_eq!(done.body["status"], "COMPLETE");
        done.body["id"].as_str().unwrap().into()
    }
}

#[tokio::test]
async fn f45_f47_the_gateway_decides_and_a_second_resume_gets_the_same() {
    for (status, approved, expected) in [
        ("Captured", true, "succeeded"),
        ("Declined", false, "failed"),
        ("Expired", false, "failed"),
        ("Canceled", false, "cancelled"),
    ] {
        let world = World::new().await;
        let challenge = challenge(&world).await;
        let pending = challenge.status(&world).await;
        assert_eq!(pending.body["status"], "PENDING");
        assert_eq!(
            pending.body["id"], "",
            "no resume token before the challenge is over"
        );
        world.gateway.set(0, status, approved);
        let resume = challenge.come_back(&world).await;
        let order = &challenge.checkout.order;
        let (one, two) = (
            world.resume(order, &resume).await,
            world.resume(order, &resume).await,
        );
        assert_eq!(one.body["checkout_status"], expected, "{status}");
        assert_eq!(one.body, two.body);
        assert_eq!(one.body["action_required_token"], "");
        assert_eq!(world.gateway.payments().len(), 1);
    }
}

#[tokio::test]
async fn f31_back_and_still_pending_is_processing_until_the_gateway_knows() {
    let world = World::new().await;
    let challenge = challenge(&world).await;
    let resume = challenge.come_back(&world).await;
    let got = world.resume(&challenge.checkout.order, &resume).await;
    assert_eq!(got.body["checkout_status"], "processing");
    let state = world.state(&challenge.checkout.session).await;
    assert_eq!(state["attempt"]["phase"], "processing");
    world.gateway.set(0, "Captured", true);
    world
        .until(&challenge.checkout.order, |order| order["status"] == "paid")
        .await;
}

#[tokio::test]
async fn t24_the_status_needs_the_access_token() {
    let world = World::new().await;
    let challenge = challenge(&world).await;
    let url = challenge.action["statusUrl"].as_str().unwrap();
    assert_eq!(world.send(world.client.get(url)).await.status, 401);
    let wrong = world.client.get(url).header("primer-client-token", "wrong");
    assert_eq!(world.send(wrong).await.status, 401);
}

#[tokio::test]
async fn f42_leaving_a_challenge_asks_the_gateway_first() {
    let world = World::new().await;
    let challenge = challenge(&world).await;
    world.gateway.set(0, "Captured", true);
    let got = world
        .cancel(
            &challenge.checkout.session,
            &json!({"attempt": challenge.attempt}),
        )
        .await;
    assert_eq!(got.body["order"], "paid", "it was approved meanwhile");
}

/// Leaves a challenge and gives the attempt id that follows.
async fn leave(world: &World, challenge: &Challenge) -> String {
    let got = world
        .cancel(
            &challenge.checkout.session,
            &json!({"attempt": challenge.attempt}),
        )
        .await;
    assert_eq!(got.status, 200);
    assert_eq!(got.body["attempt"]["phase"], "new");
    assert_eq!(got.body["last"]["cancelled"], true);
    let next = got.body["attempt"]["id"].as_str().unwrap();
    assert_ne!(next, challenge.attempt);
    next.into()
}

#[tokio::test]
async fn a_late_approval_of_a_left_challenge_pays_if_nothing_else_has() {
    let world = World::new().await;
    let challenge = challenge(&world).await;
    leave(&world, &challenge).await;
    world.gateway.set(0, "Captured", true);
    let order = world
        .until(&challenge.checkout.order, |order| order["status"] == "paid")
        .await;
    assert_eq!(order["attempts"][0]["status"], "succeeded");
}

#[tokio::test]
async fn a_late_approval_after_another_payment_is_voided_or_refunded() {
    for (status, given_back) in [("Authorized", "voided"), ("Captured", "refunded")] {
        let world = World::new().await;
        let challenge = challenge(&world).await;
        let next = leave(&world, &challenge).await;
        let got = world.pay(&challenge.checkout.order, &next, "tok_ok").await;
        assert_eq!(got.body["checkout_status"], "succeeded");
        world.gateway.set(0, status, true);
        let order = world
            .until(&challenge.checkout.order, |order| {
                order["attempts"][0]["status"] == given_back
            })
            .await;
        assert_eq!(order["status"], "paid");
        assert_eq!(order["attempts"][1]["status"], "succeeded");
        assert_eq!(
            world.gateway.payments()[1]["status"],
            "Authorized",
            "the payment itself is untouched"
        );
    }
}

#[tokio::test]
async fn a_late_approval_of_a_cancelled_checkout_is_voided() {
    let world = World::new().await;
    let challenge = challenge(&world).await;
    leave(&world, &challenge).await;
    let got = world.cancel(&challenge.checkout.session, &json!({})).await;
    assert_eq!(got.body["order"], "cancelled");
    world.gateway.set(0, "Authorized", true);
    let order = world
        .until(&challenge.checkout.order, |order| {
            order["attempts"][0]["status"] == "voided"
        })
        .await;
    assert_eq!(order["status"], "cancelled");
}

#[tokio::test]
async fn f42_who_left_the_bank_is_not_told_that_nothing_is_charged_while_it_may_be() {
    let world = World::new().await;
    let challenge = challenge(&world).await;
    let state = world
        .cancel(
            &challenge.checkout.session,
            &json!({"attempt": challenge.attempt}),
        )
        .await
        .body;
    let order = &challenge.checkout.order;
    let again = world.pay(order, &challenge.attempt, "tok_3ds").await.body;
    for said in [
        &state["last"]["failedMessageForUser"],
        &again["failed_message_for_user"],
    ] {
        let said = said.as_str().unwrap();
        assert!(!said.contains("not been charged"), "{said}");
        assert!(said.contains("given back"), "{said}");
    }
    assert_eq!(state["reversal"], "possible");
    // Once the bank has said no, it is over.
    world.gateway.set(0, "Declined", false);
    world.hurry().await;
    world
        .until(order, |order| order["attempts"][0]["status"] != "abandoned")
        .await;
    let state = world.state(&challenge.checkout.session).await;
    assert!(state["reversal"].is_null(), "{state}");
    let said = state["last"]["failedMessageForUser"].as_str().unwrap();
    assert!(said.contains("not been charged"), "{said}");
}

#[tokio::test]
async fn a_clock_that_was_set_back_keeps_nobody_waiting() {
    let world = World::new().await;
    let challenge = challenge(&world).await;
    let id = challenge.come_back(&world).await;
    world
        .sql("UPDATE attempts SET asked_at = asked_at + 3600000, next_ask_at = next_ask_at + 3600000")
        .await;
    world.gateway.set(0, "Captured", true);
    let asked = world.resume(&challenge.checkout.order, &id);
    let got = tokio::time::timeout(std::time::Duration::from_secs(5), asked)
        .await
        .expect("an answer at once");
    assert_eq!(got.body["checkout_status"], "succeeded");
}

#[tokio::test]
async fn a_card_token_is_forgotten_as_soon_as_the_gateway_has_named_the_payment() {
    let world = World::new().await;
    let challenge = challenge(&world).await;
    let kept = world
        .sql("UPDATE attempts SET token = '' WHERE token <> ''")
        .await;
    assert_eq!(kept, 0, "it is asked about by the payment's id");
    assert!(!challenge.attempt.is_empty());
}

#[tokio::test]
async fn f43_whoever_only_looks_ahead_is_not_the_shopper_coming_back() {
    let world = World::new().await;
    let challenge = challenge(&world).await;
    let url = format!(
        "{}/c/{}/return?attempt={}",
        world.base, challenge.checkout.session, challenge.attempt
    );
    for request in [
        world.client.head(&url),
        world.client.get(&url).header("sec-purpose", "prefetch"),
    ] {
        assert_eq!(world.send(request).await.status, 200);
        assert_eq!(challenge.status(&world).await.body["status"], "PENDING");
    }
    challenge.come_back(&world).await;
}
