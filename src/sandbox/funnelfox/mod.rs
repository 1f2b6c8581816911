//! FunnelFox Billing's checkout calls, as its documents and its public browser client describe
//! them: no key, no idempotency, errors with HTTP 200. The same `create_payment` sent twice
//! charges twice; that is the trap that a client of it lives with.
//!
//! - [`answer`]: the envelope, and the bare object of the published schema on request.
//! - [`fields`]: the rules of each body's fields.
//! - [`prices`]: price points.
//! - [`ledger`]: sessions, orders and charges.
//! - [`sessions`], [`payments`]: the six calls.
//! - [`webhooks`]: what the merchant's server is told.
//! - [`control`], [`tally`]: `/control/funnelfox`, and what the counters show.
//!
//! Where the documents are silent the choice is the sandbox's own and says so in its place.

pub(crate) mod answer;
pub(crate) mod control;
pub(crate) mod fields;
pub(crate) mod forced;
pub(crate) mod ledger;
pub(crate) mod payments;
pub(crate) mod prices;
pub(crate) mod sessions;
pub(crate) mod tally;
pub(crate) mod webhooks;

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, routing::post};

use super::state::World;

pub(crate) use ledger::{Office, pass_time};

/// The API below `/funnelfox/{org_id}`.
pub(crate) fn routes() -> Router<Arc<World>> {
    let at = |call: &str| format!("/funnelfox/{{org}}/v1/checkout/{call}");
    Router::new()
        .route(&at("create_client_session"), post(sessions::create))
        .route(
            &at("create_simple_client_session"),
            post(sessions::create_simple),
        )
        .route(&at("update_client_session"), post(sessions::update))
        .route(&at("create_payment"), post(payments::create))
        .route(&at("resume_payment"), post(payments::resume))
        .route(&at("one_click"), post(payments::one_click))
        .layer(DefaultBodyLimit::max(64 * 1024))
}
