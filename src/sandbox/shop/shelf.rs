//! What the shop's server remembers: which order has which session.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{Config, goods::Basket};

/// An order as it was placed.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) order_id: String,
    pub(super) checkout_url: String,
    pub(super) basket: Basket,
}

/// The shop's state.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) config: Config,
    pub(super) client: reqwest::Client,
    placed: Mutex<HashMap<String, Placed>>,
}

impl Shelf {
    pub(super) fn new(config: Config) -> Self {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap_or_default();
        let placed = Mutex::default();
        Self {
            config,
            client,
            placed,
        }
    }

    pub(super) fn remember(&self, placed: Placed) {
        let mut all = self.lock();
        all.insert(placed.order_id.clone(), placed);
    }

    /// The order with this order id or reference.
    pub(super) fn find(&self, id: &str) -> Option<Placed> {
        let all = self.lock();
        all.get(id)
            .or_else(|| all.values().find(|placed| placed.basket.reference == id))
            .cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Placed>> {
        self.placed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
