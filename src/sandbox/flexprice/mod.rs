//! Flexprice's payments API, as its OpenAPI document, its pages and its public source describe
//! it: payments against invoices, from a server with a key. It takes no typed card.
//!
//! - [`keys`], [`answer`]: who may call, and the three shapes of errors.
//! - [`decimal`]: amounts in major units, without floats.
//! - [`request`], [`search`]: bodies and filters.
//! - [`ledger`], [`status`]: customers, invoices, payments, and which status may follow which.
//! - [`payments`], [`take`], [`methods`], [`show`]: the calls.
//! - [`process`], [`link`]: what each method does, and the page behind a payment link.
//! - [`webhooks`], [`svix`]: what the merchant's server is told, signed as Svix does.
//! - [`control`], [`make`], [`forced`], [`tally`], [`demo`]: `/control/flexprice`, what the
//!   counters show, and who is there from the start.
//!
//! A payment that fails while it is made is a 400 that names it; only the repeat with the same
//! key shows it, FAILED, with 201. Not stood in for: payments for a customer without an invoice,
//! setup intents, checkout sessions, and the calls for invoices, customers and wallets
//! themselves, which `/control/flexprice` makes instead. Where the documents are silent the
//! choice is the sandbox's own and says so in its place: a repeat comes before the question
//! whether the invoice can be paid (`paidFirst` turns that round), what is more than was due
//! makes a payment OVERPAID, and refunds leave the invoice alone.

pub(crate) mod answer;
pub(crate) mod control;
pub(crate) mod decimal;
pub(crate) mod demo;
pub(crate) mod forced;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod link;
pub(crate) mod make;
pub(crate) mod methods;
pub(crate) mod payments;
pub(crate) mod process;
pub(crate) mod request;
pub(crate) mod search;
pub(crate) mod show;
pub(crate) mod status;
pub(crate) mod svix;
pub(crate) mod take;
pub(crate) mod tally;
pub(crate) mod webhooks;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

use super::state::World;

pub(crate) use ledger::Office;

/// The API below `/flexprice/v1`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(
            "/flexprice/v1/payments",
            post(payments::create).get(payments::list),
        )
        .route(
            "/flexprice/v1/payments/{id}",
            get(payments::read)
                .put(payments::update)
                .delete(payments::delete),
        )
        .route(
            "/flexprice/v1/payments/{id}/process",
            post(payments::process),
        )
        .route(
            "/flexprice/v1/payments/customers/{id}/methods",
            get(payments::methods),
        )
        .layer(DefaultBodyLimit::max(64 * 1024))
}
