//! Counts what arrives: every request that reached the process, faulted ones included.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::Response,
};

use super::{socket::Switch, state::World};

/// Requests by `METHOD /path`, ids replaced by `{id}`.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<BTreeMap<String, Arrivals>>);

#[derive(Debug, Default)]
struct Arrivals {
    requests: u64,
    sockets: BTreeSet<u64>,
}

impl Tally {
    /// How many requests arrived.
    pub(crate) fn requests(&self) -> BTreeMap<String, u64> {
        self.each(|arrivals| arrivals.requests)
    }

    /// On how many connections: a request that a browser repeats by itself comes on another one.
    pub(crate) fn connections(&self) -> BTreeMap<String, u64> {
        self.each(|arrivals| arrivals.sockets.len() as u64)
    }

    fn each(&self, count: fn(&Arrivals) -> u64) -> BTreeMap<String, u64> {
        let all = self.lock();
        all.iter()
            .map(|(key, arrivals)| (key.clone(), count(arrivals)))
            .collect()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arrivals>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts the request before anything can happen to it.
pub(crate) async fn arrival(
    State(world): State<Arc<World>>,
    mut request: Request,
    next: Next,
) -> Response {
    let key = format!("{} {}", request.method(), shape(request.uri().path()));
    let nth = request
        .extensions()
        .get::<ConnectInfo<Switch>>()
        .map(|ConnectInfo(switch)| switch.arrival());
    {
        let mut all = world.tally.lock();
        let arrivals = all.entry(key).or_default();
        arrivals.requests += 1;
        arrivals.sockets.extend(nth.map(|nth| nth.socket));
    }
    if let Some(nth) = nth {
        request.extensions_mut().insert(nth);
    }
    next.run(request).await
}

/// An id follows these.
const AFTER: [&str; 10] = [
    "action",
    "customers",
    "pay",
    "orders",
    "resume-tokens",
    "checkout_com_payments",
    "authorizations",
    "captures",
    "voids",
    "refunds",
];

fn shape(path: &str) -> String {
    let is_id = |part: &str| {
        ["pay_", "sid_", "3ds_", "cs_"]
            .iter()
            .any(|prefix| part.starts_with(prefix))
    };
    let mut after = "";
    let mut parts = Vec::new();
    for part in path.split('/') {
        let id = is_id(part) || AFTER.contains(&after);
        parts.push(if id { "{id}" } else { part });
        after = part;
    }
    parts.join("/")
}
