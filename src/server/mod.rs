//! The checkout server: sessions, orders, attempts, and the conversation with the gateway.
//!
//! `POST /checkout` (in `checkout/`) opens an order's session, and so does a page by itself
//! for a price point (`client_session/`); `one_click` charges a card that is kept; `payment_routes` answers the
//! payment contract; `store/` writes an attempt down before `ask` calls the gateway;
//! `decide` says what the gateway's answers mean; the settler asks until nothing is open.
//! `webhooks/` takes the gateway's reports, each a reason to ask; `events/` tells the shop.
//! `instruct/` captures, voids and refunds when the shop says so.

mod action;
mod answer;
mod ask;
mod assets;
mod attempt;
mod call;
mod check;
mod checkout;
mod client_session;
mod cors;
mod decide;
mod document;
mod error;
mod events;
mod funnelfox;
mod gateway;
mod give_back;
mod headers;
mod instruct;
mod limits;
mod one_click;
mod order;
mod orders_route;
mod pay;
mod payment_routes;
mod random;
mod report;
mod request;
mod rounds;
mod said;
mod sending;
mod session_routes;
mod settings;
mod settler;
mod store;
mod tokenizer;
mod undo;
mod unique_json;
mod view_state;
mod webhooks;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use subtle::ConstantTimeEq;
use tokio::{net::TcpListener, sync::watch};

pub use attempt::OperatorSays;
pub use check::{Finding, Grade, check};
pub use limits::{
    Limits, Rule,
    address::{Network, NotANetwork},
};
pub use report::{explain, open_orders, operator_done, operator_says};
pub use settings::{
    CheckoutCom, ClaimKey, ClaimSecret, EventsTo, FunnelFox, Organisation, PricePoint, Settings,
    SettingsError, is_demo, sqlite_in,
};
pub use store::StoreError;
use tower_http::compression::CompressionLayer;

use crate::sensitive::Sensitive;

/// The longest request body that is read, in bytes.
const MAX_REQUEST: usize = 64 * 1024;

/// Why a server can't start or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The settings are unsafe or contradict each other.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The database can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The client for the payment systems can't be made.
    #[error("https client: {0}")]
    Client(#[from] reqwest::Error),
    /// The listener failed.
    #[error("listener: {0}")]
    Listener(#[from] std::io::Error),
}

type Running = HashMap<(String, String), watch::Receiver<()>>;

/// Everything the routes share.
pub(crate) struct Server {
    settings: Settings,
    store: store::Store,
    sender: sending::Sender,
    courier: events::Courier,
    meters: limits::Meters,
    /// Signs action tokens and keys the hashes of card tokens.
    signing_key: Sensitive<String>,
    /// Charges that this process is making now; a receiver ends with its charge.
    running: Mutex<Running>,
}

impl Server {
    fn organisation(&self, id: &str) -> Option<&Organisation> {
        self.settings
            .organisations
            .iter()
            .find(|organisation| organisation.id == id)
    }

    /// Whose secret key this is. Every key is compared, in constant time.
    fn owner_of(&self, key: &str) -> Option<&Organisation> {
        let mut owner = None;
        for organisation in &self.settings.organisations {
            for known in &organisation.secret_keys {
                // EXPOSE: compared with what a shop's server sent.
                if bool::from(known.expose().as_bytes().ct_eq(key.as_bytes())) {
                    owner = Some(organisation);
                }
            }
        }
        owner
    }
}

/// The server's routes, with its settler running as long as they live.
///
/// # Errors
/// The settings are refused or the database can't be used.
pub async fn app(settings: Settings) -> Result<Router, ServerError> {
    settings.check()?;
    // EXPOSE: the database is opened with it.
    let store = store::Store::open(settings.database_url.expose()).await?;
    let told = settings
        .organisations
        .iter()
        .filter(|organisation| organisation.events.is_some())
        .map(|organisation| organisation.id.clone())
        .collect();
    let store = store.telling(told).limited(settings.limits);
    let signing_key = store
        .secret("action_token_key", Sensitive::new(random::text(52)))
        .await?;
    // Stand-ins speak plain http, which the settings allow to this machine only.
    let loopback = settings
        .organisations
        .iter()
        .flat_map(Organisation::gateway_urls)
        .all(|url| url.starts_with("http://"));
    let server = Arc::new(Server {
        sender: sending::Sender::new(settings.gateway_deadline, loopback)?,
        courier: events::Courier::new(settings.sandbox)?,
        store,
        meters: limits::Meters::default(),
        signing_key,
        running: Mutex::default(),
        settings,
    });
    tokio::spawn(settler::settle_forever(
        Arc::downgrade(&server),
        server.settings.settle_every,
    ));
    tokio::spawn(rounds::go_round(
        Arc::downgrade(&server),
        server.settings.settle_every,
    ));
    tokio::spawn(limits::sweep_forever(Arc::downgrade(&server)));
    Ok(Router::new()
        .route("/checkout", post(checkout::open))
        .route("/orders/{order}", get(orders_route::show))
        .route("/payments/{id}", get(instruct::show))
        .route("/payments/{id}/{what}", post(instruct::act))
        .route("/events", get(events::list))
        .route("/events/{id}/retry", post(events::retry))
        .route("/webhooks/{system}", post(webhooks::receive))
        .route("/c/{session}", get(document::checkout))
        .route("/direct/{org}", get(document::direct))
        .route("/direct/{org}/config", get(document::direct_config))
        .route("/c/{session}/return", get(document::returned))
        .route("/c/{session}/state", get(session_routes::state))
        .route("/c/{session}/cancel", post(session_routes::cancel))
        .route("/c/{session}/action/{attempt}", get(session_routes::action))
        .route(
            "/c/{session}/configuration",
            get(client_session::of_session),
        )
        .route(
            "/{org}/v1/checkout/create_client_session",
            post(client_session::create),
        )
        .route(
            "/{org}/v1/checkout/create_simple_client_session",
            post(client_session::create_simple),
        )
        .route(
            "/{org}/v1/checkout/update_client_session",
            post(client_session::update),
        )
        .route(
            "/{org}/v1/checkout/configuration",
            get(client_session::of_simple),
        )
        .route("/{org}/v1/checkout/one_click", post(one_click::charge))
        .route(
            "/{org}/v1/checkout/create_payment",
            post(payment_routes::create),
        )
        .route(
            "/{org}/v1/checkout/resume_payment",
            post(payment_routes::resume),
        )
        .route(
            "/embed/{version}/{file}",
            get(assets::serve).layer(CompressionLayer::new()),
        )
        .route("/health", get(assets::health))
        .fallback(error::not_found)
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&server),
            limits::guard::guard,
        ))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&server),
            cors::guard,
        ))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&server),
            headers::frame,
        ))
        .with_state(server))
}

/// Serves on `listener` until the process ends.
///
/// # Errors
/// As [`app`]; and a sandbox on an address beyond loopback is refused.
pub async fn serve(mut settings: Settings, listener: TcpListener) -> Result<(), ServerError> {
    settings.bind = listener.local_addr()?;
    if !settings.sandbox && settings.bind.ip().is_loopback() && settings.trusted_proxies.is_empty()
    {
        tracing::warn!(
            "only a proxy on this machine can reach the server, and trusted_proxies is empty: \
             nothing is limited by address; add the proxy's address, such as 127.0.0.1"
        );
    }
    let router = app(settings).await?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, service).await?)
}
