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
    /// Signed events by order: id and type, in the order in which they came.
    told: Mutex<HashMap<String, Vec<(String, String)>>>,
    /// What the back office has to say once, by order.
    said: Mutex<HashMap<String, String>>,
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
            told: Mutex::default(),
            said: Mutex::default(),
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

    /// Remembers a signed event; false if its id was there already.
    pub(super) fn heard(&self, order: &str, id: &str, kind: &str) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let events = told.entry(order.to_owned()).or_default();
        let new = events.iter().all(|(known, _)| known != id);
        if new {
            events.push((id.to_owned(), kind.to_owned()));
        }
        new
    }

    /// The types of the events that came about an order.
    pub(super) fn told(&self, order: &str) -> Vec<String> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let events = told.get(order).map(Vec::as_slice).unwrap_or_default();
        events.iter().map(|(_, kind)| kind.clone()).collect()
    }

    /// Keeps a sentence for the next page of the back office.
    pub(super) fn say(&self, order: &str, sentence: String) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.insert(order.to_owned(), sentence);
    }

    /// The sentence that was kept for this page, once.
    pub(super) fn said(&self, order: &str) -> Option<String> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.remove(order)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Placed>> {
        self.placed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
