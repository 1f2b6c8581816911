//! A thousand equal calls at the same time.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::task::JoinSet;

use super::{
    claim::checkout,
    town::{Pace, Town},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f74_a_thousand_equal_calls_reach_the_gateway_once() {
    let pace = Pace {
        gateway_deadline: "20",
        quiet: "60",
    };
    let town = Arc::new(Town::build(pace).await);
    let opened = town.once(town.open(&checkout("ORD-1"))).await.unwrap().body;
    let order = opened["orderId"].as_str().unwrap().to_owned();
    let token = town.token("4242424242424242").await;
    // Long enough for all of them to be there before the first has its answer.
    let slow = json!({"path": "/checkout-com/payments", "kind": "delay", "delayMs": 3000});
    town.control("faults", &slow).await;
    let mut calls = JoinSet::new();
    for _ in 0..1_000 {
        let (town, order, token) = (Arc::clone(&town), order.clone(), token.clone());
        calls.spawn(async move {
            loop {
                // A call that a busy machine kept waiting too long comes again, as a widget's does.
                let Ok(answer) = town.create(&order, "a1", &token).send().await else {
                    continue;
                };
                if answer.status() == 409 {
                    let after = answer.headers()["retry-after"].to_str().unwrap();
                    let after = Duration::from_secs(after.parse().unwrap());
                    tokio::time::sleep(after).await;
                    continue;
                }
                assert_eq!(answer.status(), 200, "{}", town.logs());
                return answer.text().await.unwrap();
            }
        });
    }
    let answers = calls.join_all().await;
    assert!(
        answers[0].contains("\"checkout_status\":\"succeeded\""),
        "{}",
        answers[0]
    );
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let counters = town.seen("counters").await;
    assert_eq!(counters["gatewayCalls"], 1, "{counters}");
    assert_eq!(counters["standing"], 1, "{counters}");
}
