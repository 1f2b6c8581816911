//! A full disk under the running server. The system's limit for files stands in for it: what
//! would make a file longer fails, as it does without space.

use std::process::Command;

use serde_json::Value;

use super::{
    claim::checkout,
    process::{port, program},
    town::{Pace, Town},
};

/// Files that are written from now on end at `bytes`.
fn limit(process: u32, bytes: &str) {
    let done = Command::new("prlimit")
        .args(["--pid", &process.to_string(), &format!("--fsize={bytes}:")])
        .status()
        .expect("prlimit of util-linux is needed");
    assert!(done.success());
}

/// A shell that makes what it starts hear of a full disk instead of dying of it.
const HEARS: [&str; 4] = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];

#[tokio::test]
async fn f73_a_full_disk_charges_nothing_that_is_not_stored_and_goes_on_with_space() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("town.db").display());
    let pace = Pace {
        gateway_deadline: "20",
        quiet: "1",
    };
    let town = Town::with(folder, &database, 1, &HEARS, pace).await;
    let opened = town.once(town.open(&checkout("ORD-1"))).await.unwrap().body;
    let order = opened["orderId"].as_str().unwrap().to_owned();
    let token = town.token("4242424242424242").await;
    let server = &town.servers[0].1;

    limit(server.id(), "1");
    let refused = town.once(town.create(&order, "a1", &token)).await.unwrap();
    assert_eq!(refused.status, 500, "{}", refused.body);
    assert_eq!(refused.body["error"][0]["code"], "internal_error");
    let other = town.once(town.open(&checkout("ORD-2"))).await.unwrap();
    assert_eq!(other.status, 500, "{}", other.body);
    assert_eq!(town.seen("counters").await["gatewayCalls"], 0);
    assert!(!server.has_ended());
    assert!(
        server.log().contains("database"),
        "the log says what it is: {}",
        server.log()
    );
    // What is stored can still be read.
    let seen = town.once(town.order(&order)).await.unwrap();
    assert_eq!(seen.body["attempts"], Value::Array(Vec::new()));

    limit(server.id(), "unlimited");
    let paid = town.once(town.create(&order, "a1", &token)).await.unwrap();
    let seen = town.once(town.order(&order)).await.unwrap().body;
    assert_eq!(
        paid.body["checkout_status"],
        "succeeded",
        "{seen}: {}",
        server.log()
    );
    assert_eq!(town.seen("counters").await["gatewayCalls"], 1);
    // No connection to the store still believes in what was never committed: more payments
    // than there are connections, all of them there after a `kill -9`.
    let mut orders = vec![order];
    for n in 3..11 {
        let checkout = checkout(&format!("ORD-{n}"));
        let opened = town.once(town.open(&checkout)).await.unwrap().body;
        let order = opened["orderId"].as_str().unwrap().to_owned();
        let token = town.token("4242424242424242").await;
        let paid = town.once(town.create(&order, "a1", &token)).await.unwrap();
        assert_eq!(paid.body["checkout_status"], "succeeded", "{}", paid.body);
        orders.push(order);
    }
    server.kill_and_restart();
    town.is_up(&format!("{}/health", town.servers[0].0)).await;
    for order in orders {
        let seen = town.once(town.order(&order)).await.unwrap();
        assert_eq!(seen.body["status"], "paid", "{}", seen.body);
    }
}

#[tokio::test]
async fn f73_a_disk_that_fills_up_during_the_charge_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("town.db").display());
    let pace = Pace {
        gateway_deadline: "2",
        quiet: "1",
    };
    // The log is a file on the same disk.
    let log = folder.path().join("server.log").display().to_string();
    let hears = ["sh", "-c", "trap '' XFSZ; exec \"$@\" 2>>\"$0\"", &log];
    let town = Town::with(folder, &database, 1, &hears, pace).await;
    let opened = town.once(town.open(&checkout("ORD-1"))).await.unwrap().body;
    let order = opened["orderId"].as_str().unwrap().to_owned();
    let token = town.token("4242424242424242").await;
    let slow =
        serde_json::json!({"path": "/checkout-com/payments", "kind": "delay", "delayMs": 1000});
    town.control("faults", &slow).await;
    let server = &town.servers[0].1;
    let (answer, ()) = tokio::join!(town.once(town.create(&order, "a1", &token)), async {
        while town.seen("counters").await["gatewayCalls"] == 0 {
            tokio::task::yield_now().await;
        }
        limit(server.id(), "1");
    });
    // Charged, and the outcome could not be written down: it is not called failed.
    let answer = answer.unwrap();
    assert_ne!(answer.body["checkout_status"], "failed", "{}", answer.body);
    assert_eq!(town.seen("counters").await["standing"], 1);
    // Until the settler has tried in vain: the time of the call is over after seven seconds.
    tokio::time::sleep(std::time::Duration::from_secs(9)).await;
    limit(server.id(), "unlimited");
    for _ in 0..300 {
        let seen = town.once(town.order(&order)).await.unwrap().body;
        if seen["status"] == "paid" {
            assert_eq!(town.seen("counters").await["standing"], 1);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("never settled: {}", server.log());
}

#[test]
fn f73_without_space_the_server_does_not_start_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"])
        .args([&program(), "serve", &format!("--port-base={}", port())])
        .args([format!("--data={path}"), format!("--assets={path}")])
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("fanfare-checkout: database"), "{said}");
    assert_eq!(said.trim().lines().count(), 1, "{said}");
}
