//! The demo shop: a merchant on a site of its own, with a server that holds the secret key.
//!
//! It does what any shop's server does: states the order in a signed claim, asks the checkout
//! server for a session, shows its address in a page or sends the shopper there, and believes
//! nobody but `GET /orders/{orderId}` and signed events about money.

mod api;
mod checkout;
mod claim;
mod events;
mod goods;
mod office;
mod pages;
mod policy;
mod shelf;
mod ways;
mod words;

use std::{fmt, io, sync::Arc};

use axum::{
    Router,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use tokio::net::TcpListener;

use super::guard;
use shelf::Shelf;

/// What the shop knows of itself and of its checkout server.
#[derive(Clone)]
pub struct Config {
    /// Its own origin as browsers see it, `http://127.0.0.1:4806`.
    pub public_url: String,
    /// The checkout server as browsers reach it, `http://localhost:4805`.
    pub checkout_url: String,
    /// The checkout server as the shop's own server reaches it; mostly the same.
    pub checkout_internal_url: String,
    /// The stand-ins as browsers reach them, `http://127.0.0.1:4807`.
    pub standins_url: String,
    /// The bank's pages, `http://bank.localhost:4807`.
    pub bank_url: String,
    /// The organisation: `iss` of the claim.
    pub organisation: String,
    /// `sk_…` of the checkout server.
    pub secret_key: String,
    /// The claim key's name.
    pub claim_kid: String,
    /// The claim key, for HS256.
    pub claim_secret: String,
    /// The secret that events are signed with.
    pub events_secret: String,
}

impl fmt::Debug for Config {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("public_url", &self.public_url)
            .field("checkout_url", &self.checkout_url)
            .field("organisation", &self.organisation)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// The demo at the usual ports from `base`: checkout server, shop, stand-ins.
    pub fn demo(base: u16) -> Self {
        let (shop, standins) = (base.saturating_add(1), base.saturating_add(2));
        Self {
            public_url: format!("http://127.0.0.1:{shop}"),
            checkout_url: format!("http://localhost:{base}"),
            checkout_internal_url: format!("http://localhost:{base}"),
            standins_url: format!("http://127.0.0.1:{standins}"),
            bank_url: format!("http://bank.localhost:{standins}"),
            organisation: "demo".into(),
            secret_key: "sk_test_demo".into(),
            claim_kid: "demo".into(),
            claim_secret: "demo-claim-secret-of-the-demo-shop-0001".into(),
            events_secret: "demo-events-secret-0001".into(),
        }
    }
}

/// The shop's pages and its small API.
pub fn app(config: Config) -> Router {
    let shelf = Arc::new(Shelf::new(config));
    let pages = Router::new()
        .route("/", get(pages::catalogue))
        .route("/buy/{good}", post(pages::buy))
        .route("/pay/{id}", get(pages::pay))
        .route("/mount/{id}", get(pages::mount))
        .route("/direct/{good}/{customer}", get(pages::direct))
        .route("/thanks/{id}", get(pages::thanks))
        .route("/cancelled/{id}", get(pages::cancelled))
        .route("/office/{id}", get(office::show))
        .route("/office/{id}/{what}", post(office::act))
        .route("/shop.css", get(pages::style))
        .route("/pay.js", get(pages::pay_script))
        .route("/mount.js", get(pages::mount_script))
        .route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
        .layer(from_fn_with_state(shelf.clone(), policy::headers));
    let api = Router::new()
        .route("/api/orders", post(api::create))
        .route("/api/orders/{id}", get(api::read))
        .route("/events", post(events::receive))
        .layer(from_fn(guard::no_pages));
    pages
        .merge(api)
        .layer(from_fn(guard::loopback))
        .with_state(shelf)
}

/// Serves the shop on `listener` until the task is dropped.
///
/// # Errors
/// The listener is not bound to loopback (the shop hands out sessions to anyone), or the
/// socket fails.
pub async fn serve(listener: TcpListener, config: Config) -> io::Result<()> {
    guard::loopback_only("the demo shop", listener.local_addr()?)?;
    axum::serve(listener, app(config)).await
}
