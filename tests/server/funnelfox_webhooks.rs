//! FunnelFox's webhooks at our server: what they settle, and what they can't.

use serde_json::json;

use super::fox_town::{BAD, GOOD, KEY, Town, calls_for_operator, letter};

/// An order whose payment is pending at FunnelFox, and its id there.
async fn pending(town: &Town, reference: &str) -> (String, String, String) {
    let checkout = town.open(reference).await;
    let customer = format!("c-{reference}");
    town.control(
        "funnelfox",
        &json!({"next": ["processing"], "for": customer}),
    )
    .await;
    let got = town.pay(&checkout, GOOD).await;
    assert_eq!(got.body["checkout_status"], "processing");
    let state = town.world.state(&checkout.session).await;
    assert_eq!(state["attempt"]["phase"], "processing");
    (checkout.order, checkout.session, town.last_order().await)
}

fn key() -> String {
    format!("?key={KEY}")
}

#[tokio::test]
async fn trap_06_a_pending_payment_is_settled_or_declined_by_webhook() {
    for (outcome, status, attempt) in [
        ("approve", "paid", "succeeded"),
        ("decline", "open", "failed"),
    ] {
        let town = Town::new().await;
        let (order, session, _) = pending(&town, "ORD-1").await;
        town.control(
            "funnelfox",
            &json!({"settle": "c-ORD-1", "outcome": outcome}),
        )
        .await;
        let told = town
            .world
            .until(&order, |order| order["attempts"][0]["status"] == attempt)
            .await;
        assert_eq!(told["status"], status);
        let history = told["history"].to_string();
        assert!(history.contains("funnelfox order"), "{history}");
        let state = town.world.state(&session).await;
        assert_eq!(state["attempt"]["phase"], "new");
    }
}

#[tokio::test]
async fn f14_a_lost_answer_is_settled_by_webhook_also_under_a_new_order() {
    let town = Town::new().await;
    town.hold(true).await;
    let checkout = town.open("ORD-1").await;
    town.pay(&checkout, BAD).await;
    town.fault("create_payment", "drop-after").await;
    let token = town.token(&checkout.session, GOOD).await;
    let attempt = town.world.attempt(&checkout.session).await;
    town.world.pay(&checkout.order, &attempt, &token).await;
    let state = town.world.state(&checkout.session).await;
    assert_eq!(state["attempt"]["phase"], "unknown");
    // Both letters at once: the decline of the first payment ends nothing.
    town.hold(false).await;
    let order = town
        .world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
    assert_eq!(order["attempts"][1]["status"], "succeeded");
    assert_eq!(order["attempts"][1]["id"], json!(attempt));
    assert_eq!(town.charged().await, 1);
}

#[tokio::test]
async fn f14_a_late_decline_of_the_first_payment_leaves_the_second_locked() {
    let town = Town::new().await;
    town.hold(true).await;
    let checkout = town.open("ORD-1").await;
    town.pay(&checkout, BAD).await;
    let first = town.last_order().await;
    town.fault("create_payment", "drop-after").await;
    let token = town.token(&checkout.session, GOOD).await;
    let attempt = town.world.attempt(&checkout.session).await;
    town.world.pay(&checkout.order, &attempt, &token).await;
    let got = town.report(&key(), &letter("declined", &first, 3500)).await;
    assert_eq!(got.status, 200);
    let state = town.world.state(&checkout.session).await;
    assert_eq!(state["attempt"]["phase"], "unknown", "money may be taken");
    let other = town.world.pay(&checkout.order, "another", "tok").await;
    assert_eq!(other.status, 409);
}

#[tokio::test]
async fn t22_without_the_key_nothing_is_taken_and_nothing_is_told() {
    let town = Town::new().await;
    let (order, _, fox) = pending(&town, "ORD-1").await;
    let body = letter("settled", &fox, 3500);
    for query in ["", "?key=", "?key=demo-fox-webhook-key-0002", "?keys=x"] {
        let got = town.report(query, &body).await;
        assert_eq!(got.status, 401, "{query}");
    }
    let unknown = letter("settled", "00000000-0000-4000-8000-000000000000", 3500);
    assert_eq!(town.report(&key(), &unknown).await.status, 200);
    assert_eq!(town.report(&key(), &json!({"a": 1})).await.status, 400);
    assert_eq!(town.world.order(&order).await["status"], "open");
    assert_eq!(town.report(&key(), &body).await.status, 200);
    assert_eq!(town.world.order(&order).await["status"], "paid");
    let none = Town::with(|settings| {
        settings.organisations[0]
            .funnelfox
            .as_mut()
            .unwrap()
            .webhook_key = None;
    })
    .await;
    let (order, _, fox) = pending(&none, "ORD-1").await;
    for query in ["", "?key=", &key()] {
        let got = none.report(query, &letter("settled", &fox, 3500)).await;
        assert_eq!(got.status, 404, "{query}");
    }
    assert_eq!(none.world.order(&order).await["status"], "open");
}

#[tokio::test]
async fn t22_another_amount_pays_nothing_and_goes_to_the_operator() {
    let town = Town::new().await;
    let mut odd = letter("settled", "x", 3500);
    odd["order"]["amount"] = json!(35.0);
    let mut dollars = letter("settled", "x", 3500);
    dollars["order"]["currency_code"] = json!("USD");
    let cases = [letter("settled", "x", 3499), dollars, odd];
    for (index, mut body) in cases.into_iter().enumerate() {
        let (order, _, fox) = pending(&town, &format!("ORD-{index}")).await;
        body["order"]["order_id"] = json!(fox);
        assert_eq!(town.report(&key(), &body).await.status, 200);
        let told = town.world.order(&order).await;
        assert_eq!(told["status"], "open", "{body}");
        assert_eq!(told["attempts"][0]["status"], "unknown");
        assert_eq!(calls_for_operator(&told).len(), 1, "{body}");
    }
}

#[tokio::test]
async fn t22_repeated_late_and_out_of_order_reports_never_turn_an_order_back() {
    let town = Town::new().await;
    let (order, _, fox) = pending(&town, "ORD-1").await;
    let settled = letter("settled", &fox, 3500);
    for _ in 0..10 {
        assert_eq!(town.report(&key(), &settled).await.status, 200);
    }
    let late = letter("declined", &fox, 3500);
    assert_eq!(town.report(&key(), &late).await.status, 200);
    let told = town.world.order(&order).await;
    assert_eq!(told["status"], "paid");
    assert_eq!(calls_for_operator(&told), Vec::<String>::new());
    let received = told["history"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["what"] == "webhook received");
    assert_eq!(received.count(), 2, "each report once");
}

#[tokio::test]
async fn a_second_charge_of_a_paid_order_goes_to_the_operator() {
    let town = Town::new().await;
    let checkout = town.open("ORD-1").await;
    town.pay(&checkout, BAD).await;
    let first = town.last_order().await;
    town.pay(&checkout, GOOD).await;
    let second = town.last_order().await;
    assert_ne!(first, second);
    town.world
        .until(&checkout.order, |order| {
            order["history"].to_string().contains("order settled")
        })
        .await;
    // The same order there, settled by another event.
    let again = letter("settled", &second, 3500);
    assert_eq!(town.report(&key(), &again).await.status, 200);
    let told = town.world.order(&checkout.order).await;
    let calls = calls_for_operator(&told);
    assert!(calls[0].contains("charged twice"), "{calls:?}");
    // The payment that was declined, settled after all.
    let late = letter("settled", &first, 3500);
    assert_eq!(town.report(&key(), &late).await.status, 200);
    let told = town.world.order(&checkout.order).await;
    assert_eq!(told["status"], "paid");
    assert_eq!(told["attempts"][0]["status"], "undoing");
    let calls = calls_for_operator(&told);
    assert!(
        calls.iter().any(|why| why.contains("give it back there")),
        "{calls:?}"
    );
}

#[tokio::test]
async fn a_charge_past_this_server_goes_to_the_operator() {
    let town = Town::new().await;
    let checkout = town.open("ORD-1").await;
    let session = town.funnelfox().await["sessions"][0]["orders"][0].clone();
    let body = letter("settled", session.as_str().unwrap(), 3500);
    assert_eq!(town.report(&key(), &body).await.status, 200);
    let told = town.world.order(&checkout.order).await;
    assert_eq!(told["status"], "open");
    let calls = calls_for_operator(&told);
    assert!(calls[0].contains("no attempt of this server"), "{calls:?}");
}

#[tokio::test]
async fn the_operators_word_settles_what_nobody_else_can() {
    use fanfare_checkout::server::{OperatorSays, operator_done, operator_says};
    for (says, status, attempt) in [
        (OperatorSays::Charged, "paid", "succeeded"),
        (OperatorSays::NotCharged, "open", "failed"),
    ] {
        let town = Town::new().await;
        town.hold(true).await;
        let checkout = town.open("ORD-1").await;
        let file = town.world.folder.path().join("fanfare-checkout.db");
        let own = std::fs::read_to_string(town.world.folder.path().join("database-url"));
        let url = own.unwrap_or_else(|_| format!("sqlite://{}", file.display()));
        let url = url.into();
        let early = operator_says(&url, &checkout.order, says).await.unwrap();
        assert!(!early, "nothing waits for a word");
        town.fault("create_payment", "drop-after").await;
        town.pay(&checkout, GOOD).await;
        operator_done(&url, &checkout.order, "looked there")
            .await
            .unwrap();
        assert!(operator_says(&url, &checkout.order, says).await.unwrap());
        let told = town
            .world
            .until(&checkout.order, |order| {
                order["attempts"][0]["status"] == attempt
            })
            .await;
        assert_eq!(told["status"], status);
        let history = told["history"].to_string();
        assert!(history.contains("by the operator's word"), "{history}");
    }
}
