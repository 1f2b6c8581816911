//! The stand-ins' server: the payment systems, the bank and `/control` behind one port.

use std::{io, sync::Arc};

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};
use tokio::net::TcpListener;

pub use super::post::Endpoint;

use super::{
    bank, checkout_com, commerce_layer, control, cors, fault, flexprice, funnelfox, guard, post,
    primer, proxy,
    socket::{Switch, Switchboard},
    state::World,
    tally,
};

/// Where the stand-ins are reached, for the links they hand out.
#[derive(Clone, Debug)]
pub struct Config {
    /// Their own address without a trailing slash, `http://127.0.0.1:4807`.
    pub public_url: String,
    /// The bank's address without a trailing slash, `http://bank.localhost:4807`.
    pub bank_url: String,
    /// Where Checkout.com's webhooks go, if anywhere.
    pub webhooks: Option<Endpoint>,
    /// Where FunnelFox's webhooks go, if anywhere.
    pub funnelfox_webhooks: Option<String>,
    /// Where Flexprice's webhooks go, if anywhere; the key is a `whsec_…`.
    pub flexprice_webhooks: Option<Endpoint>,
}

impl Config {
    /// The usual addresses at `port`, with the checkout server two ports before.
    pub fn at(port: u16) -> Self {
        Self {
            public_url: format!("http://127.0.0.1:{port}"),
            bank_url: format!("http://bank.localhost:{port}"),
            webhooks: Some(Endpoint {
                url: format!(
                    "http://localhost:{}/webhooks/checkout-com",
                    port.saturating_sub(2)
                ),
                key: "demo-webhook-key-0001".into(),
                authorization: None,
            }),
            funnelfox_webhooks: Some(format!(
                "http://localhost:{}/webhooks/funnelfox?key=demo-fox-webhook-key-0001",
                port.saturating_sub(2)
            )),
            flexprice_webhooks: Some(Endpoint {
                url: format!(
                    "http://localhost:{}/webhooks/flexprice",
                    port.saturating_sub(2)
                ),
                key: "whsec_ZGVtby1mbGV4cHJpY2Utd2ViaG9vay1rZXktMDAwMSE=".into(),
                authorization: None,
            }),
        }
    }

    /// The base of the Checkout.com stand-in.
    pub(crate) fn checkout_com(&self) -> String {
        format!("{}/checkout-com", self.public_url)
    }

    /// The base of the Primer stand-in.
    pub(crate) fn primer(&self) -> String {
        format!("{}/primer", self.public_url)
    }
}

/// The stand-ins with empty books. Faults that destroy connections need [`serve`]; through
/// this router alone they become a bare 502, and webhooks go out only when released.
pub fn app(config: Config) -> Router {
    routes(World::new(config))
}

fn routes(world: Arc<World>) -> Router {
    let api = checkout_com::routes(&world)
        .merge(primer::routes())
        .merge(funnelfox::routes())
        .merge(commerce_layer::routes())
        .merge(flexprice::routes())
        .layer(from_fn(guard::loopback));
    let bank = bank::routes()
        .merge(flexprice::link::routes())
        .layer(from_fn(guard::bank));
    // What the payment systems serve can fail; the control of the failures cannot.
    let faulty = api
        .merge(bank)
        .layer(from_fn_with_state(world.clone(), fault::inject))
        .layer(from_fn_with_state(world.clone(), tally::arrival))
        .layer(from_fn(checkout_com::tokens::cross_origin))
        .layer(from_fn(cors::cross_origin));
    let control = control::routes()
        .merge(primer::show::routes())
        .merge(funnelfox::control::routes())
        .merge(commerce_layer::control::routes())
        .merge(flexprice::control::routes())
        .layer(from_fn(guard::no_pages))
        .layer(from_fn(guard::loopback));
    faulty.merge(control).with_state(world)
}

/// A proxy in front of a checkout server on this machine, whose faults `/control` orders too.
#[derive(Debug)]
pub struct Front {
    /// Where browsers come.
    pub listener: TcpListener,
    /// Where the server listens, `127.0.0.1:4808`.
    pub to: String,
}

/// Serves the stand-ins on `listener`, and the proxy where one is wanted, until the task is
/// dropped.
///
/// # Errors
/// A listener is not bound to loopback (T26), or a socket fails.
pub async fn serve(listener: TcpListener, config: Config, front: Option<Front>) -> io::Result<()> {
    guard::loopback_only("the sandbox", listener.local_addr()?)?;
    let world = World::new(config);
    tokio::spawn(post::carry(Arc::downgrade(&world)));
    tokio::spawn(funnelfox::webhooks::carry(Arc::downgrade(&world)));
    tokio::spawn(flexprice::webhooks::carry(Arc::downgrade(&world)));
    let app = routes(world.clone()).into_make_service_with_connect_info::<Switch>();
    let own = async { axum::serve(Switchboard(listener), app).await };
    match front {
        None => own.await,
        Some(Front { listener, to }) => {
            let front = proxy::serve(listener, to, world);
            tokio::try_join!(own, front).map(|_| ())
        }
    }
}
