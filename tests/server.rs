#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
//! The checkout server as shops and widgets meet it: over HTTP, with a gateway behind it.
//! `TEST_POSTGRES_URL=postgres://…/postgres` runs the same on PostgreSQL.

#[path = "server/challenge.rs"]
mod challenge;
#[path = "server/checkout.rs"]
mod checkout;
#[path = "server/client_session.rs"]
mod client_session;
#[path = "server/documents.rs"]
mod documents;
#[path = "server/events.rs"]
mod events;
#[path = "contracts/fits.rs"]
mod fits;
#[path = "server/fox_town.rs"]
mod fox_town;
#[path = "server/funnelfox.rs"]
mod funnelfox;
#[path = "server/funnelfox_claims.rs"]
mod funnelfox_claims;
#[path = "server/funnelfox_webhooks.rs"]
mod funnelfox_webhooks;
#[path = "server/gateway.rs"]
mod gateway;
#[path = "server/instruct.rs"]
mod instruct;
#[path = "server/limits.rs"]
mod limits;
#[path = "server/logs.rs"]
mod logs;
#[path = "server/once.rs"]
mod once;
#[path = "server/one_click.rs"]
mod one_click;
#[path = "server/outcomes.rs"]
mod outcomes;
#[path = "server/pacing.rs"]
mod pacing;
#[path = "server/settler.rs"]
mod settler;
#[path = "server/shop.rs"]
mod shop;
#[path = "server/stand_in.rs"]
mod stand_in;
#[path = "server/steps.rs"]
mod steps;
#[path = "server/tampering.rs"]
mod tampering;
#[path = "server/timeline.rs"]
mod timeline;
#[path = "server/undo.rs"]
mod undo;
#[path = "server/webhooks.rs"]
mod webhooks;
