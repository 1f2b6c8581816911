//! `kill -9` at random instants under fifty parallel payments.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    books,
    seed::{how_many, seed},
    shopper::{Story, shop},
    town::{Pace, Town},
};

const SHOPPERS: u64 = 50;
const FAULTS: [&str; 8] = [
    "drop-before",
    "drop-after",
    "hang-after",
    "500-before",
    "500-after",
    "html-after",
    "truncate",
    "429",
];

/// Shoppers who pay one order after the other until `stop`.
fn shoppers(town: &Arc<Town>, seed: u64, stop: &Arc<AtomicBool>) -> JoinSet<Vec<Story>> {
    let mut shoppers = JoinSet::new();
    for shopper in 0..SHOPPERS {
        let (town, stop) = (Arc::clone(town), Arc::clone(stop));
        shoppers.spawn(async move {
            let mut chance = StdRng::seed_from_u64(seed ^ (shopper + 1));
            let mut stories = Vec::new();
            while !stop.load(Ordering::SeqCst) {
                if chance.random_bool(0.4) {
                    let fault = FAULTS[chance.random_range(0..FAULTS.len())];
                    let path = "/checkout-com/payments";
                    let skip = chance.random_range(0..3);
                    town.control(
                        "faults",
                        &json!({"path": path, "kind": fault, "skip": skip}),
                    )
                    .await;
                }
                let reference = format!("ORD-{shopper}-{}", stories.len());
                stories.push(shop(&town, &reference, &mut chance).await);
            }
            stories
        });
    }
    shoppers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f10_f13_f73_killed_at_any_instant_every_order_is_charged_once_or_not_at_all() {
    let seed = seed("kill -9");
    let kills = how_many(20, 200);
    let town = Arc::new(
        Town::build(Pace {
            gateway_deadline: "1",
            quiet: "1",
        })
        .await,
    );
    let mut chance = StdRng::seed_from_u64(seed);
    let stop = Arc::new(AtomicBool::new(false));
    let started = Instant::now();
    let shoppers = shoppers(&town, seed, &stop);
    for _ in 0..kills {
        let wait = Duration::from_millis(chance.random_range(10..900));
        tokio::time::sleep(wait).await;
        let (base, server) = &town.servers[chance.random_range(0..town.servers.len())];
        server.kill_and_restart();
        town.is_up(&format!("{base}/health")).await;
    }
    stop.store(true, Ordering::SeqCst);
    let mut stories: Vec<Story> = shoppers.join_all().await.into_iter().flatten().collect();
    println!("{kills} kills in {:?}", started.elapsed());
    assert!(stories.len() > 50, "too few payments to prove anything");
    let orders = books::idle(&town, &mut stories).await;
    println!("idle after {:?}", started.elapsed());
    books::balance(&town, &stories, &orders).await;
}
