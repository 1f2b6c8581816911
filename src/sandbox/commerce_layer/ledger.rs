//! Orders and their payment sources, and how the organisation behaves.

use std::collections::HashMap;

use reqwest::Url;
use serde_json::{Map, Value};

use super::{
    super::checkout_com::ledger::Payment,
    access::{self, Generation, Pass},
    deeds::Transaction,
    seeded,
};

/// The type of payment source that this stand-in charges.
pub(crate) const CHECKOUT_COM: &str = "checkout_com_payments";

/// How an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Draft,
    Pending,
    Placing,
    Placed,
    Cancelled,
}

impl Status {
    const ALL: [(&'static str, Self); 5] = [
        ("draft", Self::Draft),
        ("pending", Self::Pending),
        ("placing", Self::Placing),
        ("placed", Self::Placed),
        ("cancelled", Self::Cancelled),
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(own, _)| *own == name);
        found.map(|(_, status)| *status)
    }

    pub(crate) fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, own)| *own == self);
        found.map_or("draft", |(name, _)| name)
    }
}

/// What `_place` does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Placement {
    Now,
    /// The order is `placing` for so many seconds, or until `/control` ends it.
    Later(Option<i64>),
    /// 422 with this error.
    Refused(Value),
}

/// An order, made elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) number: u64,
    /// In cents, that is in minor units, also where a currency has none.
    pub(crate) amount: u64,
    pub(crate) currency: String,
    pub(crate) status: Status,
    /// The type of payment source that its payment method wants; none is chosen yet if empty.
    pub(crate) method: String,
    /// The payment method captures what was authorised.
    pub(crate) auto_capture: bool,
    /// The payment method places the order once its authorisation arrives.
    pub(crate) auto_place: bool,
    /// Payment errors come after `_place`.
    pub(crate) place_async: bool,
    /// What was ordered for this one alone.
    pub(crate) placement: Option<Placement>,
    /// Whether Checkout.com's webhooks about it arrive; `None` as for all.
    pub(crate) webhooks: Option<bool>,
    /// When it stops being `placing`.
    pub(crate) due: Option<i64>,
    /// Why a slow placement came to nothing.
    pub(crate) failed: Option<String>,
    /// The id of the payment source that counts.
    pub(crate) source: Option<String>,
    /// Attributes that are kept and shown as they were given.
    pub(crate) words: Map<String, Value>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) placed_at: Option<i64>,
    pub(crate) cancelled_at: Option<i64>,
}

impl Order {
    /// The merchant's name for it, or its number.
    pub(crate) fn reference(&self) -> String {
        let own = self.words.get("reference").and_then(Value::as_str);
        own.map_or_else(|| self.number.to_string(), str::to_owned)
    }

    /// Whether `name` is its id, number or reference.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.id == name || self.number.to_string() == name || self.reference() == name
    }
}

/// A `checkout_com_payments` resource.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) id: String,
    pub(crate) order: String,
    /// In cents: the order's total when the source was made.
    pub(crate) amount: u64,
    pub(crate) token: String,
    pub(crate) payment_type: Option<String>,
    /// The `sid_` that the client brought back from the bank.
    pub(crate) session_id: Option<String>,
    pub(crate) success_url: Option<Url>,
    pub(crate) failure_url: Option<Url>,
    /// The last payment at Checkout.com.
    pub(crate) payment: Option<String>,
    /// That payment when it was last looked at.
    pub(crate) seen: Option<Payment>,
    /// Looked at after it was made, not only by the answer to its making.
    pub(crate) detailed: bool,
    pub(crate) words: Map<String, Value>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

impl Source {
    /// Whether the payment went on since it was last looked at.
    pub(super) fn is_behind(&self, payment: &Payment) -> bool {
        let same = |seen: &Payment| {
            seen.status == payment.status && seen.actions.len() == payment.actions.len()
        };
        !self.detailed || !self.seen.as_ref().is_some_and(same)
    }
}

/// What Commerce Layer remembers of one organisation, and how it behaves.
#[derive(Debug)]
pub(crate) struct Organization {
    /// By access token.
    pub(crate) passes: HashMap<String, Pass>,
    /// When tokens were asked for, within the last minute.
    pub(super) asked: Vec<i64>,
    /// Oldest first.
    pub(crate) orders: Vec<Order>,
    pub(crate) sources: Vec<Source>,
    pub(crate) transactions: Vec<Transaction>,
    /// The form of the API for clients whose name asks for none.
    pub(crate) generation: Generation,
    /// What `_place` does with orders that have no order of their own.
    pub(crate) placement: Placement,
    /// Whether Checkout.com's webhooks arrive.
    pub(crate) webhooks: bool,
    /// Making a payment source authorises it at once.
    pub(crate) eager: bool,
    /// The status in `payment_response` comes in lower case.
    pub(crate) lowercase: bool,
    /// Of access tokens, in seconds.
    pub(crate) lifetime: i64,
    /// Of requests for tokens a minute.
    pub(crate) limit: Option<usize>,
}

impl Default for Organization {
    fn default() -> Self {
        Self {
            passes: HashMap::new(),
            asked: Vec::new(),
            orders: seeded::orders(),
            sources: Vec::new(),
            transactions: Vec::new(),
            generation: Generation::Year2026,
            placement: Placement::Now,
            webhooks: true,
            eager: false,
            lowercase: false,
            lifetime: access::LIFETIME,
            limit: Some(access::LIMIT),
        }
    }
}

impl Organization {
    pub(crate) fn order(&self, id: &str) -> Option<&Order> {
        self.orders.iter().find(|order| order.id == id)
    }

    pub(crate) fn order_mut(&mut self, id: &str) -> Option<&mut Order> {
        self.orders.iter_mut().find(|order| order.id == id)
    }

    pub(crate) fn source(&self, id: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == id)
    }

    pub(crate) fn source_mut(&mut self, id: &str) -> Option<&mut Source> {
        self.sources.iter_mut().find(|source| source.id == id)
    }

    /// The source that counts for an order.
    pub(crate) fn source_of(&self, order: &str) -> Option<&Source> {
        self.source(self.order(order)?.source.as_deref()?)
    }

    /// Whether webhooks about this order arrive.
    pub(crate) fn hears_of(&self, order: &str) -> bool {
        let own = self.order(order).and_then(|order| order.webhooks);
        own.unwrap_or(self.webhooks)
    }

    /// What a request for this address is about: the names of the order in it.
    pub(crate) fn named_in(&self, address: &str) -> Vec<String> {
        let part = |id: &str| address.split(['/', '?']).any(|part| part == id);
        let source = self.sources.iter().find(|source| part(&source.id));
        let deed = self.transactions.iter().find(|one| part(&one.id));
        let order = self.orders.iter().find(|order| {
            part(&order.id)
                || source.is_some_and(|source| source.order == order.id)
                || deed.is_some_and(|one| one.order == order.id)
        });
        order.map_or_else(Vec::new, |order| vec![order.reference(), order.id.clone()])
    }
}

/// Ten letters, as the ids of resources are.
pub(super) fn id() -> String {
    const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut bytes = [0u8; 10];
    rand::fill(&mut bytes[..]);
    let letter = |byte: &u8| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]);
    bytes.iter().map(letter).collect()
}

/// A random number from 0 to 1.
pub(super) fn fraction() -> f64 {
    let mut bytes = [0u8; 4];
    rand::fill(&mut bytes[..]);
    f64::from(u32::from_le_bytes(bytes)) / 4_294_967_296.0
}
