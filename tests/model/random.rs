//! Random programs, many at a time; what breaks a rule is made as small as it gets.

use std::sync::Arc;

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tokio::{sync::Semaphore, task::JoinSet};

use super::{
    program::{Step, program},
    seed::{how_many, seed},
    story::run,
};

/// Programs that run at the same time: most of their time they wait.
const AT_ONCE: usize = 24;
/// Programs tried to make a failing one smaller.
const SHRINK: usize = 60;

fn tree(seed: u64) -> impl ValueTree<Value = Vec<Step>> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    program().new_tree(&mut runner).unwrap()
}

async fn smallest(seed: u64, first: String) -> String {
    let mut tree = tree(seed);
    let (mut steps, mut broken) = (tree.current(), first);
    for _ in 0..SHRINK {
        if !tree.simplify() {
            break;
        }
        let mut smaller = run(&tree.current()).await;
        while smaller.is_ok() && tree.complicate() {
            smaller = run(&tree.current()).await;
        }
        let Err(rule) = smaller else { break };
        (steps, broken) = (tree.current(), rule);
    }
    format!("SEED={seed}: {broken}\n{steps:#?}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i1_i2_i3_no_program_of_faults_and_crashes_breaks_a_rule() {
    let seed = seed("programs");
    let programs = how_many(200, 10_000);
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for case in 0..programs as u64 {
        let place = Arc::clone(&places).acquire_owned().await.unwrap();
        running.spawn(async move {
            let seed = seed.wrapping_add(case);
            let steps = tree(seed).current();
            let result = run(&steps).await;
            drop(place);
            result.map_err(|broken| (seed, broken))
        });
    }
    let mut broken = Vec::new();
    while let Some(done) = running.join_next().await {
        broken.extend(done.unwrap().err());
    }
    if let Some((seed, first)) = broken.first().cloned() {
        println!("first seen: {first}\n{:#?}", tree(seed).current());
        let smallest = smallest(seed, first).await;
        panic!(
            "{} of {programs} programs broke a rule.\n{smallest}",
            broken.len()
        );
    }
}
