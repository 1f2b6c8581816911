//! The sandbox's promises: its stand-ins behave as the systems' documents say, its bank asks,
//! its faults happen, its shop keeps the secret key to itself.
#![cfg(not(target_arch = "wasm32"))]

#[path = "sandbox/bank.rs"]
mod bank;
#[path = "sandbox/bench.rs"]
mod bench;
#[path = "sandbox/biller.rs"]
mod biller;
#[path = "sandbox/faults.rs"]
mod faults;
#[path = "contracts/fits.rs"]
mod fits;
#[path = "sandbox/flex_forms.rs"]
mod flex_forms;
#[path = "sandbox/flex_links.rs"]
mod flex_links;
#[path = "sandbox/flex_methods.rs"]
mod flex_methods;
#[path = "sandbox/flex_records.rs"]
mod flex_records;
#[path = "sandbox/flex_wire.rs"]
mod flex_wire;
#[path = "sandbox/fox_payments.rs"]
mod fox_payments;
#[path = "sandbox/fox_sessions.rs"]
mod fox_sessions;
#[path = "sandbox/fox_wire.rs"]
mod fox_wire;
#[path = "sandbox/layer.rs"]
mod layer;
#[path = "sandbox/layer_access.rs"]
mod layer_access;
#[path = "sandbox/layer_challenge.rs"]
mod layer_challenge;
#[path = "sandbox/layer_client.rs"]
mod layer_client;
#[path = "sandbox/layer_deeds.rs"]
mod layer_deeds;
#[path = "sandbox/layer_faults.rs"]
mod layer_faults;
#[path = "sandbox/layer_orders.rs"]
mod layer_orders;
#[path = "sandbox/layer_payments.rs"]
mod layer_payments;
#[path = "sandbox/layer_wire.rs"]
mod layer_wire;
#[path = "sandbox/money.rs"]
mod money;
#[path = "sandbox/payments.rs"]
mod payments;
#[path = "sandbox/primer.rs"]
mod primer;
#[path = "sandbox/primer_cards.rs"]
mod primer_cards;
#[path = "sandbox/proxy.rs"]
mod proxy;
#[path = "sandbox/shop.rs"]
mod shop;
#[path = "sandbox/till.rs"]
mod till;
#[path = "sandbox/tokens.rs"]
mod tokens;
#[path = "sandbox/webhooks.rs"]
mod webhooks;
