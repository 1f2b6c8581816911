//! FunnelFox through our server: what the shopper and the shop see, and how often money moves.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    fox_town::{APPROVE, ASKS, BAD, GOOD, Town, calls_for_operator},
    shop::World,
};

fn status(body: &Value) -> &str {
    body["checkout_status"].as_str().unwrap()
}

fn action(body: &Value) -> String {
    body["action_required_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_approved_payment_pays_the_order_once_and_the_timeline_tells_how() {
    let town = Town::new().await;
    let checkout = town.open("ORD-1").await;
    let token = town.token(&checkout.session, GOOD).await;
    let attempt = town.world.attempt(&checkout.session).await;
    for _ in 0..3 {
        let got = town.world.pay(&checkout.order, &attempt, &token).await;
        assert_eq!(status(&got.body), "succeeded", "{:?}", got.body);
    }
    assert_eq!(town.charged().await, 1);
    let order = town.world.order(&checkout.order).await;
    assert_eq!(order["status"], "paid");
    assert_eq!(order["capturedAmount"], 3500);
    let paid = &order["attempts"][0];
    assert_eq!(paid["gateway"], "funnelfox");
    assert_eq!(paid["gatewayPaymentId"], json!(town.last_order().await));
    let calls = town.calls_told(&checkout.order).await;
    assert_eq!(calls, ["POST create_client_session", "POST create_payment"]);
    let text = order.to_string();
    assert!(!text.contains(&token), "no card token in the timeline");
    assert!(!text.contains("a@b.co"), "no address in the timeline");
    let state = town.world.state(&checkout.session).await;
    assert_eq!(state["order"], "paid");
    assert_eq!(calls_for_operator(&order), Vec::<String>::new());
}

#[tokio::test]
async fn trap_04_trap_09_after_a_decline_a_new_token_pays_under_the_new_order() {
    let town = Town::new().await;
    let checkout = town.open("ORD-1").await;
    let declined = town.pay(&checkout, BAD).await;
    assert_eq!(status(&declined.body), "failed");
    assert_eq!(declined.body["failure"]["kind"], "card_declined");
    let first = town.last_order().await;
    let state = town.world.state(&checkout.session).await;
    assert_eq!(state["attempt"]["phase"], "new");
    assert_eq!(state["last"]["failure"]["kind"], "card_declined");
    let asked = town.pay(&checkout, ASKS).await;
    let second = town.last_order().await;
    assert_ne!(first, second);
    // FunnelFox takes the resumption of the newest order only.
    let resume = town.at_bank(&action(&asked.body), APPROVE).await;
    let resumed = town.world.resume(&checkout.order, &resume).await;
    assert_eq!(status(&resumed.body), "succeeded", "{:?}", resumed.body);
    assert_eq!(town.charged().await, 1);
}

#[tokio::test]
async fn a_challenge_that_is_passed_pays_and_is_resumed_once() {
    let town = Town::new().await;
    let checkout = town.open("ORD-1").await;
    let asked = town.pay(&checkout, ASKS).await;
    assert_eq!(status(&asked.body), "processing");
    let question = action(&asked.body);
    // Primer's own token, as it is; a reload gets the same.
    let state = town.world.state(&checkout.session).await;
    assert_eq!(state["attempt"]["phase"], "action");
    assert_eq!(state["attempt"]["actionRequiredToken"], json!(question));
    let early = town.world.resume(&checkout.order, "made-up").await;
    assert_eq!(status(&early.body), "processing");
    assert_eq!(action(&early.body), "", "told to the session alone (T24)");
    let state = town.world.state(&checkout.session).await;
    assert_eq!(state["attempt"]["phase"], "action", "the question stands");
    let resume = town.at_bank(&question, APPROVE).await;
    let foreign = town.world.resume(&checkout.order, "made-up").await;
    // Primer shows another: it is not passed on. Or the server was quicker and is done.
    assert!(
        foreign.status == 400 || status(&foreign.body) == "succeeded",
        "{:?}",
        foreign.body
    );
    let (one, two) = tokio::join!(
        town.world.resume(&checkout.order, &resume),
        town.world.resume(&checkout.order, &resume)
    );
    for got in [one, two] {
        assert_eq!(status(&got.body), "succeeded", "{:?}", got.body);
    }
    assert_eq!(town.charged().await, 1);
    let order = town.world.order(&checkout.order).await;
    assert_eq!(order["status"], "paid");
    let calls = town.calls_told(&checkout.order).await;
    let resumes = calls.iter().filter(|call| **call == "POST resume_payment");
    assert_eq!(resumes.count(), 1, "{calls:?}");
    assert!(!order.to_string().contains(&resume));
}

#[tokio::test]
async fn a_challenge_that_is_refused_or_cancelled_ends_without_a_charge() {
    for (form, expected) in [("answer=refuse", "failed"), ("answer=cancel", "cancelled")] {
        let town = Town::new().await;
        let checkout = town.open("ORD-1").await;
        let asked = town.pay(&checkout, ASKS).await;
        let resume = town.at_bank(&action(&asked.body), form).await;
        let resumed = town.world.resume(&checkout.order, &resume).await;
        assert_eq!(status(&resumed.body), expected, "{:?}", resumed.body);
        assert_eq!(town.charged().await, 0);
        let paid = town.pay(&checkout, GOOD).await;
        assert_eq!(status(&paid.body), "succeeded", "{:?}", paid.body);
        assert_eq!(town.charged().await, 1);
    }
}

#[tokio::test]
async fn trap_05_a_second_question_is_asked_and_a_sixth_is_not() {
    let town = Town::new().await;
    let checkout = town.open("ORD-1").await;
    let next = json!({"next": ["PROCESSOR_3DS"], "for": "c-ORD-1"});
    let mut got = town.pay(&checkout, ASKS).await;
    for _ in 0..4 {
        town.control("funnelfox", &next).await;
        let resume = town.at_bank(&action(&got.body), APPROVE).await;
        got = town.world.resume(&checkout.order, &resume).await;
        assert_eq!(status(&got.body), "processing");
        assert_ne!(action(&got.body), "");
    }
    town.control("funnelfox", &next).await;
    let resume = town.at_bank(&action(&got.body), APPROVE).await;
    let last = town.world.resume(&checkout.order, &resume).await;
    assert_eq!(status(&last.body), "processing");
    assert_eq!(action(&last.body), "", "no sixth question");
    let state = town.world.state(&checkout.session).await;
    assert_eq!(state["attempt"]["phase"], "unknown");
    let order = town.world.order(&checkout.order).await;
    let calls = calls_for_operator(&order);
    assert!(calls[0].contains("one step after another"), "{calls:?}");
}

#[tokio::test]
async fn trap_15_a_question_that_can_not_be_shown_opens_nothing_and_is_no_decline() {
    let town = Town::new().await;
    let checkout = town.open("ORD-1").await;
    town.control(
        "funnelfox",
        &json!({"next": ["USE_PRIMER_SDK"], "for": "c-ORD-1"}),
    )
    .await;
    let got = town.pay(&checkout, GOOD).await;
    assert_eq!(
        (status(&got.body), action(&got.body).as_str()),
        ("processing", "")
    );
    let state = town.world.state(&checkout.session).await;
    assert_eq!(state["attempt"]["phase"], "unknown");
    assert_eq!(state["attempt"]["actionRequiredToken"], "");
}

#[tokio::test]
async fn f14_trap_02_a_lost_answer_is_unknown_locks_the_order_and_is_never_sent_again() {
    let town = Town::new().await;
    town.hold(true).await;
    for (reference, kind) in [
        ("ORD-1", "drop-after"),
        ("ORD-2", "drop-before"),
        ("ORD-3", "502-after"),
        ("ORD-4", "html-after"),
        ("ORD-5", "hang-after"),
    ] {
        let checkout = town.open(reference).await;
        town.fault("create_payment", kind).await;
        let token = town.token(&checkout.session, GOOD).await;
        let attempt = town.world.attempt(&checkout.session).await;
        let got = town.world.pay(&checkout.order, &attempt, &token).await;
        assert_eq!(status(&got.body), "processing", "{kind}: {:?}", got.body);
        let before = town.calls("create_payment").await;
        for _ in 0..3 {
            town.world.hurry().await;
            let state = town.world.state(&checkout.session).await;
            assert_eq!(state["attempt"]["phase"], "unknown", "{kind}");
            assert_eq!(state["order"], "open");
            town.world.pay(&checkout.order, &attempt, &token).await;
        }
        assert_eq!(town.calls("create_payment").await, before, "{kind}");
        // No other attempt beside it, by no session, and nothing that can be given up.
        let other = town.world.pay(&checkout.order, "another", &token).await;
        assert_eq!(other.status, 409, "{:?}", other.body);
        let left = town
            .world
            .cancel(&checkout.session, &json!({"attempt": attempt}))
            .await;
        assert_eq!(left.body["attempt"]["phase"], "unknown");
        let given_up = town.world.cancel(&checkout.session, &json!({})).await;
        assert_eq!(given_up.status, 409);
        let order = town.world.order(&checkout.order).await;
        let calls = calls_for_operator(&order);
        assert!(calls[0].contains("can't be asked"), "{calls:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_the_resumption_is_unknown_and_is_never_sent_again() {
    let town = Town::new().await;
    town.hold(true).await;
    let checkout = town.open("ORD-1").await;
    let asked = town.pay(&checkout, ASKS).await;
    town.fault("resume_payment", "drop-after").await;
    let resume = town.at_bank(&action(&asked.body), APPROVE).await;
    for _ in 0..3 {
        town.world.hurry().await;
        let got = town.world.resume(&checkout.order, &resume).await;
        assert_eq!(status(&got.body), "processing", "{:?}", got.body);
        assert_eq!(action(&got.body), "");
    }
    let calls = town.calls_told(&checkout.order).await;
    let resumes = calls.iter().filter(|call| **call == "POST resume_payment");
    assert_eq!(resumes.count(), 1);
    assert_eq!(town.charged().await, 1);
    town.hold(false).await;
    let order = town
        .world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
    assert_eq!(order["attempts"][0]["status"], "succeeded");
}

#[tokio::test]
async fn what_never_left_is_no_charge_and_the_shopper_may_go_on() {
    let town = Town::new().await;
    let checkout = town.open("ORD-1").await;
    let token = town.token(&checkout.session, GOOD).await;
    let attempt = town.world.attempt(&checkout.session).await;
    // Primer doesn't tell the amount: nothing is sent to FunnelFox.
    let path = "/primer/client-sdk/configuration";
    town.control("faults", &json!({"path": path, "kind": "502-before"}))
        .await;
    let got = town.world.pay(&checkout.order, &attempt, &token).await;
    assert_eq!(status(&got.body), "failed");
    assert_eq!(got.body["failure"]["kind"], "gateway_unavailable");
    assert_eq!(town.calls("create_payment").await, 0);
    let paid = town.pay(&checkout, GOOD).await;
    assert_eq!(status(&paid.body), "succeeded");
}

#[tokio::test]
async fn t20_a_price_that_changed_since_it_was_shown_is_not_charged() {
    let town = Town::new().await;
    let checkout = town.open("ORD-1").await;
    let token = town.token(&checkout.session, GOOD).await;
    let attempt = town.world.attempt(&checkout.session).await;
    let session = town.funnelfox().await["sessions"][0].clone();
    let update = json!({"order_id": session["orders"][0], "pp_ident": "price_lamp"});
    let url = format!(
        "{}/funnelfox/demo/v1/checkout/update_client_session",
        town.stand_ins
    );
    let updated = town.world.client.post(url).json(&update);
    assert_eq!(town.world.send(updated).await.body["status"], "success");
    let got = town.world.pay(&checkout.order, &attempt, &token).await;
    assert_eq!(status(&got.body), "failed");
    assert_eq!(got.body["failure"]["kind"], "merchant_misconfiguration");
    assert_eq!(town.calls("create_payment").await, 0);
    let order = town.world.order(&checkout.order).await;
    let calls = calls_for_operator(&order);
    assert!(calls[0].contains("costs 12900 EUR"), "{calls:?}");
}

#[tokio::test]
async fn documented_refusals_say_that_nothing_was_charged_and_others_do_not() {
    for (code, phase, kind) in [
        ("bad_request", "new", "card_again"),
        ("payment_failed", "new", "declined_for_now"),
        ("invalid_price", "new", "merchant_misconfiguration"),
        ("double_purchase", "unknown", ""),
    ] {
        let town = Town::new().await;
        let checkout = town.open("ORD-1").await;
        town.control("funnelfox", &json!({"next": [code], "for": "c-ORD-1"}))
            .await;
        let got = town.pay(&checkout, GOOD).await;
        let state = town.world.state(&checkout.session).await;
        assert_eq!(state["attempt"]["phase"], phase, "{code}");
        if phase == "new" {
            assert_eq!(got.body["failure"]["kind"], kind, "{code}");
            let paid = town.pay(&checkout, GOOD).await;
            assert_eq!(status(&paid.body), "succeeded", "{code}: {:?}", paid.body);
        } else {
            assert_eq!(status(&got.body), "processing", "{code}");
        }
    }
}

#[tokio::test]
async fn a_challenge_that_was_left_stays_open_until_the_bank_is_done() {
    let town = Town::new().await;
    town.hold(true).await;
    let checkout = town.open("ORD-1").await;
    let asked = town.pay(&checkout, ASKS).await;
    let attempt = town.world.attempt(&checkout.session).await;
    let left = town
        .world
        .cancel(&checkout.session, &json!({"attempt": attempt}))
        .await;
    assert_eq!(left.body["attempt"]["phase"], "processing");
    assert_eq!(left.body["attempt"]["id"], json!(attempt));
    let other = town
        .world
        .pay(&checkout.order, "another", "some-token")
        .await;
    assert_eq!(other.status, 409, "nothing beside it: {:?}", other.body);
    // In another tab the shopper says yes after all: the server sees it by itself.
    town.at_bank(&action(&asked.body), APPROVE).await;
    town.world.hurry().await;
    let order = town
        .world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
    assert_eq!(order["attempts"].as_array().unwrap().len(), 1);
    assert_eq!(town.charged().await, 1);
}

#[tokio::test]
async fn a_challenge_that_was_left_and_ran_out_makes_room_for_another_payment() {
    let town = Town::new().await;
    town.hold(true).await;
    let checkout = town.open("ORD-1").await;
    town.pay(&checkout, ASKS).await;
    let attempt = town.world.attempt(&checkout.session).await;
    town.world
        .cancel(&checkout.session, &json!({"attempt": attempt}))
        .await;
    town.control("clock", &json!({"advance": 14 * 60})).await;
    town.world.hurry().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let state = town.world.state(&checkout.session).await;
    assert_eq!(state["attempt"]["phase"], "processing", "not over yet");
    town.control("clock", &json!({"advance": 2 * 60})).await;
    // Primer lets nobody read the status any more; FunnelFox's report ends it.
    town.hold(false).await;
    town.world
        .until(&checkout.order, |order| {
            order["attempts"][0]["status"] == "failed"
        })
        .await;
    let paid = town.pay(&checkout, GOOD).await;
    assert_eq!(status(&paid.body), "succeeded", "{:?}", paid.body);
    assert_eq!(town.charged().await, 1);
}

#[tokio::test]
async fn the_limit_of_two_charges_a_day_is_kept_here_already() {
    let town = Town::new().await;
    let checkout = town.open("ORD-1").await;
    let token = town.token(&checkout.session, BAD).await;
    for _ in 0..2 {
        let attempt = town.world.attempt(&checkout.session).await;
        let got = town.world.pay(&checkout.order, &attempt, &token).await;
        assert_eq!(got.body["failure"]["kind"], "card_declined");
    }
    let attempt = town.world.attempt(&checkout.session).await;
    let third = town.world.pay(&checkout.order, &attempt, &token).await;
    assert_eq!(third.body["failure"]["kind"], "card_again");
    assert_eq!(town.calls("create_payment").await, 2);
}

#[tokio::test]
async fn f73_a_server_that_died_before_its_call_sent_nothing_and_after_it_nobody_knows() {
    let town = Town::new().await;
    town.hold(true).await;
    // Before: stored, and no order at FunnelFox was written down for it.
    let checkout = town.open("ORD-1").await;
    let attempt = die_in_the_middle(&town.world, &checkout.order, "").await;
    let order = town
        .world
        .until(&checkout.order, |order| {
            order["attempts"][0]["status"] == "failed"
        })
        .await;
    assert_eq!(order["attempts"][0]["id"], json!(attempt));
    assert_eq!(
        order["attempts"][0]["failure"]["kind"],
        "gateway_unavailable"
    );
    assert_eq!(status(&town.pay(&checkout, GOOD).await.body), "succeeded");
    // After: it may have been sent.
    let checkout = town.open("ORD-2").await;
    die_in_the_middle(&town.world, &checkout.order, "6f1b").await;
    let order = town
        .world
        .until(&checkout.order, |order| {
            order["attempts"][0]["status"] == "unknown"
        })
        .await;
    assert!(calls_for_operator(&order)[0].contains("can't be asked"));
    let token = town.token(&checkout.session, GOOD).await;
    let other = town.world.pay(&checkout.order, "another", &token).await;
    assert_eq!(other.status, 409);
}

/// An attempt whose server died while it called FunnelFox.
async fn die_in_the_middle(world: &World, order: &str, sent: &str) -> String {
    let id = format!("dead-{order}");
    world
        .sql(&format!(
            "INSERT INTO attempts (order_id, id, org, session_id, seq, fingerprint, token, \
             currency, amount, capture, reference, gateway_key, return_url, phase, is_open, \
             abandoned, returned, gateway_payment_id, gateway_state, response_code, redirect_url, \
             failure, req_id, access_token, resume_token, asks, asked_at, next_ask_at, created_at, \
             updated_at, gateway, gateway_order) SELECT '{order}', '{id}', 'demo', id, 1, 'f', \
             'tok', 'EUR', 3500, 'automatic', 'r-{order}', 'k-{order}', 'https://x', 'creating', \
             1, 0, 0, '', '', '', '', '', 'req_x', 'a', 'rt-{order}', 0, 0, 0, 1, 1, 'funnelfox', \
             '{sent}' FROM sessions WHERE order_id = '{order}'"
        ))
        .await;
    id
}
