//! Checkout.com as its public documents describe it: tokens, payments, and what follows them.
//!
//! Both platforms are served under one base: the previous one (`pk_test_…`, key bare in
//! `Authorization`) and the current one (`pk_sbox_…`, with `Bearer` and a processing channel).
//! Where the documents are silent the choice is the sandbox's own and says so in its place.
//! Declines by amount, a habit of the previous platform, are left out: a price that happens
//! to end in 05 would be refused. The cards of [`cards`] decline instead, or `/control`.

pub(crate) mod actions;
pub(crate) mod answer;
pub(crate) mod cards;
pub(crate) mod codes;
pub(crate) mod idempotency;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod order;
pub(crate) mod payments;
pub(crate) mod show;
pub(crate) mod tokens;
pub(crate) mod webhooks;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{get, post},
};

use super::state::World;

/// The API below `/checkout-com`.
pub(crate) fn routes(world: &Arc<World>) -> Router<Arc<World>> {
    let worked = Router::new()
        .route(
            "/checkout-com/payments",
            post(payments::create).get(payments::find),
        )
        .route("/checkout-com/payments/{id}", get(payments::read))
        .route(
            "/checkout-com/payments/{id}/actions",
            get(payments::actions),
        )
        .route(
            "/checkout-com/payments/{id}/captures",
            post(actions::capture),
        )
        .route("/checkout-com/payments/{id}/voids", post(actions::void))
        .route("/checkout-com/payments/{id}/refunds", post(actions::refund))
        .route("/checkout-com/tokens", post(tokens::create));
    worked
        .layer(from_fn_with_state(world.clone(), idempotency::once))
        .layer(DefaultBodyLimit::max(64 * 1024))
}
