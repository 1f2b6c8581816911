//! Every decoder of foreign bytes against bytes that are nearly right, and wholly wrong: none
//! panics, none hangs, and what one accepts is what was said.
//!
//! `LONG=1` tries 100 000 inputs for each, otherwise 3 000. A failure prints its seed and its
//! input; `SEED=…` replays it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test may")]

#[path = "fuzz/bytes.rs"]
mod bytes;
#[path = "fuzz/card.rs"]
mod card;
#[path = "fuzz/commerce_layer.rs"]
mod commerce_layer;
#[path = "fuzz/gateway.rs"]
mod gateway;
#[path = "fuzz/run.rs"]
mod run;
#[path = "fuzz/samples.rs"]
mod samples;
#[path = "fuzz/server.rs"]
mod server;
#[path = "fuzz/widget.rs"]
mod widget;
