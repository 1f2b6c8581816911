//! The day of reckoning: what the stand-in charged against what the orders say.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{shopper::Story, town::Town};

/// How long settling may take until nothing is open.
const IDLE: Duration = Duration::from_secs(150);

fn is_open(attempt: &Value) -> bool {
    let phase = attempt["status"].as_str().unwrap();
    [
        "creating",
        "action",
        "processing",
        "unknown",
        "undoing",
        "abandoned",
    ]
    .contains(&phase)
}

/// Decides everything that is still at the bank, lets every shopper come back once, and waits
/// until the servers have nothing left to ask. Gives the orders as they then stand.
pub(crate) async fn idle(town: &Town, stories: &mut [Story]) -> HashMap<String, Value> {
    let forget = format!("{}/control/faults", town.standins);
    town.client.delete(forget).send().await.unwrap();
    let payments = town.seen("payments").await;
    for (n, payment) in payments["payments"].as_array().unwrap().iter().enumerate() {
        if payment["status"] == "Pending" {
            let outcome = ["approve", "decline", "cancel"][n % 3];
            town.control("settle", &json!({"id": payment["id"], "outcome": outcome}))
                .await;
        }
    }
    for story in &mut *stories {
        story.come_back(town).await;
    }
    let until = Instant::now() + IDLE;
    let mut orders = HashMap::new();
    for story in stories {
        loop {
            let answer = town.once(town.order(&story.order)).await.unwrap();
            assert_eq!(answer.status, 200, "an order was lost: {}", story.order);
            let attempts = answer.body["attempts"].as_array().unwrap();
            if !attempts.iter().any(is_open) {
                orders.insert(story.order.clone(), answer.body);
                break;
            }
            assert!(
                Instant::now() < until,
                "never idle: {}\n{}",
                answer.body,
                town.logs()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    orders
}

/// Exactly one net charge for an order that is paid, none for any other; nobody was lied to.
pub(crate) async fn balance(town: &Town, stories: &[Story], orders: &HashMap<String, Value>) {
    let seen = town.seen("payments").await;
    let mut net: HashMap<&str, u32> = HashMap::new();
    let mut given_back = 0;
    for payment in seen["payments"].as_array().unwrap() {
        let order = payment["metadata"]["order_id"].as_str().unwrap();
        let approved = payment["approved"] == true;
        let reversed = ["Voided", "Refunded"]
            .iter()
            .any(|end| payment["status"] == *end);
        given_back += u32::from(approved && reversed);
        *net.entry(order).or_default() += u32::from(approved && !reversed);
    }
    let mut paid = 0;
    for story in stories {
        let order = &orders[&story.order];
        let charged = net.remove(story.order.as_str()).unwrap_or_default();
        let expected = u32::from(order["status"] == "paid");
        paid += expected;
        assert_eq!(charged, expected, "net charges of {order}");
        if story.told_paid {
            assert_eq!(order["status"], "paid", "{story:?} was told so: {order}");
        }
        for attempt in order["attempts"].as_array().unwrap() {
            let told = story
                .told_failed
                .iter()
                .any(|id| attempt["id"] == id.as_str());
            assert!(
                !(told && attempt["status"] == "succeeded"),
                "{story:?}: {order}"
            );
        }
    }
    assert!(
        net.values().all(|charges| *charges == 0),
        "charges of unknown orders: {net:?}"
    );
    assert!(
        !town.logs().contains("needs an operator"),
        "{}",
        town.logs()
    );
    println!(
        "{} orders, {paid} paid, {} payments at the gateway, {given_back} given back",
        stories.len(),
        seen["payments"].as_array().unwrap().len()
    );
}
