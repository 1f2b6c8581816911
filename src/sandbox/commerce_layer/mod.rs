//! Commerce Layer's API, as far as a checkout by Checkout.com goes: access tokens, orders,
//! `checkout_com_payments`, and what follows a charge.
//!
//! - [`access`]: `/oauth/token`, and what a token lets its bearer do.
//! - [`request`], [`refusal`], [`document`]: JSON:API both ways.
//! - [`ledger`]: orders and payment sources; [`deeds`]: transactions, and what Checkout.com tells
//!   of them.
//! - [`resources`]: the calls; [`orders`], [`sources`], [`transactions`]: what they change.
//! - [`charge`], [`place`]: where money is reserved, and where an order becomes final.
//! - [`thing`], [`show`], [`forms`]: resources, what they lead to, and their JSON.
//! - [`control`], [`tally`], [`seeded`]: `/control/commerce-layer`, the counters, demo orders.
//!
//! The resource changed over the years, and each form is served ([`access::Generation`]): that
//! of 2021 (`payment_type`, `token`), of 2022 (addresses of return as well) and of 2026 (the
//! addresses required, the type of payment gone). A client id that ends in the year always gets
//! that year; the others get what `/control/commerce-layer` says. `_authorize` is taken in every
//! form: the SDK of 2026 does not name it, the components of 2026 send it.
//!
//! Money moves in the ledger of Checkout.com's stand-in, on an account that only this stand-in
//! can read: tokens, cards, the bank and ordered declines are the same.
//!
//! Sourced: the shapes, `_authorize`, `_details`, `_refresh`, `_place`, `_capture`, `_void`,
//! `_refund`, `_cancel`; that creating a payment source reserves nothing and `_authorize` does;
//! that `_place` authorises a source which was not; that a transaction stays open until
//! Checkout.com's webhook or a `_refresh`; that an order whose payment was declined can be
//! placed all the same, unpaid.
//!
//! The sandbox's own choice, because nothing is published: the words of refusals, 422 for what
//! a state does not allow, that the amount of a source is that of the order when it was made and
//! that a differing one can't be placed, that a token is looked at first by `_authorize`, that the
//! return address of the form of 2021 is the order's `return_url`, which calls are for
//! integrations only, and the moment when a slow placement ends.
//!
//! Not served: customers, carts and their making, markets, wallets, `resource_errors`, webhooks
//! to the merchant, answers to other origins, the limit of requests per address.

pub(crate) mod access;
pub(crate) mod charge;
pub(crate) mod control;
pub(crate) mod deeds;
pub(crate) mod document;
pub(crate) mod forms;
pub(crate) mod ledger;
pub(crate) mod orders;
pub(crate) mod place;
pub(crate) mod refusal;
pub(crate) mod request;
pub(crate) mod resources;
pub(crate) mod seeded;
pub(crate) mod show;
pub(crate) mod sources;
pub(crate) mod tally;
pub(crate) mod thing;
pub(crate) mod transactions;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

use super::state::World;

pub(crate) use ledger::Organization;
pub(crate) use place::pass_time;

/// The API below `/commerce-layer`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/commerce-layer/oauth/token", post(access::issue))
        .route(
            "/commerce-layer/api/{kind}",
            get(resources::list).post(resources::create),
        )
        .route(
            "/commerce-layer/api/{kind}/{id}",
            get(resources::read).patch(resources::change),
        )
        .route(
            "/commerce-layer/api/{kind}/{id}/{relation}",
            get(resources::related),
        )
        .layer(DefaultBodyLimit::max(64 * 1024))
}
