//! Random shoppers, random faults at the gateway, crashes at random instants, all over one
//! order, held against a few rules that must never break. A failing program is made small
//! and printed with its seed: `SEED=… cargo test --test model` runs it first. `LONG=1` runs
//! ten thousand programs instead of two hundred.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test may")]

#[path = "model/bank.rs"]
mod bank;
#[path = "chance/claim.rs"]
mod claim;
#[path = "model/program.rs"]
mod program;
#[path = "model/random.rs"]
mod random;
#[path = "model/regressions.rs"]
mod regressions;
#[path = "model/rules.rs"]
mod rules;
#[path = "chance/seed.rs"]
mod seed;
#[path = "model/server.rs"]
mod server;
#[path = "model/story.rs"]
mod story;
