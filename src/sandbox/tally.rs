//! Counts what arrives: every request that reached the process, faulted ones included.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use super::state::World;

/// Requests by `METHOD /path`, ids replaced by `{id}`.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<BTreeMap<String, u64>>);

impl Tally {
    pub(crate) fn requests(&self) -> BTreeMap<String, u64> {
        self.lock().clone()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts the request before anything can happen to it.
pub(crate) async fn arrival(
    State(world): State<Arc<World>>,
    request: Request,
    next: Next,
) -> Response {
    let key = format!("{} {}", request.method(), shape(request.uri().path()));
    *world.tally.lock().entry(key).or_default() += 1;
    next.run(request).await
}

fn shape(path: &str) -> String {
    let is_id = |part: &str| {
        ["pay_", "sid_", "3ds_"]
            .iter()
            .any(|prefix| part.starts_with(prefix))
    };
    path.split('/')
        .map(|part| if is_id(part) { "{id}" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}
