//! What the stand-ins remember, for as long as the process lives.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    checkout_com::{
        cards::Snapshot, idempotency::Stored, keys::Platform, ledger::Payment, order::Order,
    },
    clock::Clock,
    commerce_layer::{self, Organization},
    fault::Faults,
    flexprice,
    funnelfox::{self, Office},
    post::Post,
    primer::Desk,
    standins::Config,
    tally::Tally,
};

/// Everything behind the stand-ins, shared by their handlers.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) tally: Tally,
    pub(crate) post: Post,
    books: Mutex<Books>,
}

impl World {
    pub(crate) fn new(config: Config) -> Arc<Self> {
        Arc::new(Self {
            config,
            clock: Clock::default(),
            faults: Faults::default(),
            tally: Tally::default(),
            post: Post::new(),
            books: Mutex::default(),
        })
    }

    /// The books, brought up to the present: what time alone changes has changed.
    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        let now = self.clock.now();
        let mut books = self.raw();
        books.payments.iter_mut().for_each(|p| p.pass_time(now));
        books.stored.retain(|_, answer| answer.is_fresh(now));
        books.primer.pass_time(now);
        funnelfox::pass_time(&mut books, now);
        commerce_layer::pass_time(&mut books, now);
        books.flexprice.pass_time(now);
        books
    }

    /// Keys of calls in progress; `false` if `key` was among them already.
    pub(crate) fn begin(&self, key: &str) -> bool {
        self.raw().in_progress.insert(key.to_owned())
    }

    pub(crate) fn finish(&self, key: &str) {
        self.raw().in_progress.remove(key);
    }

    /// Forgets everything and returns to real time.
    pub(crate) fn reset(&self) {
        self.faults.clear(None);
        self.tally.clear();
        self.post.clear();
        self.clock.reset();
        let mut books = self.raw();
        // Calls that are still running finish by themselves.
        let in_progress = std::mem::take(&mut books.in_progress);
        *books = Books {
            in_progress,
            ..Books::default()
        };
    }

    fn raw(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tokens, payments and stored answers, of every system.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) tokens: HashMap<String, Token>,
    pub(crate) payments: Vec<Payment>,
    /// Answers by idempotency key.
    pub(crate) stored: HashMap<String, Stored>,
    /// Declines of what comes next, whatever the card.
    pub(crate) declines: Vec<Decline>,
    pub(crate) primer: Desk,
    pub(crate) funnelfox: Office,
    pub(crate) commerce_layer: Organization,
    pub(crate) flexprice: flexprice::Office,
    in_progress: HashSet<String>,
}

impl Books {
    /// The payment with this `pay_` id.
    pub(crate) fn payment(&mut self, id: &str) -> Option<&mut Payment> {
        self.payments.iter_mut().find(|payment| payment.id == id)
    }

    /// The metadata of the payment whose id or reference stands in an address, or the names of
    /// the order at Commerce Layer or the payment at Flexprice that it is about.
    pub(crate) fn named_in(&self, address: &str) -> Vec<String> {
        let named = |payment: &&Payment| {
            let reference = payment.order.reference.as_deref().unwrap_or(&payment.id);
            address.contains(&payment.id) || address.contains(&format!("reference={reference}"))
        };
        let found = self.payments.iter().find(named);
        if let Some(payment) = found {
            return payment.order.labels().map(|(_, value)| value).collect();
        }
        let invoice = self.flexprice.named_in(address);
        invoice.unwrap_or_else(|| self.commerce_layer.named_in(address))
    }

    /// The ordered decline that meets this payment, or a capture, void or refund of it.
    pub(crate) fn ordered_decline(&self, of: &str, order: &Order) -> Option<usize> {
        let values: Vec<String> = order.labels().map(|(_, value)| value).collect();
        self.declines.iter().position(|decline| {
            let only = decline.order.as_ref();
            decline.of == of && only.is_none_or(|only| values.contains(only))
        })
    }
}

/// A decline that was ordered from outside.
#[derive(Clone, Debug)]
pub(crate) struct Decline {
    /// `payment`, `capture`, `void` or `refund`.
    pub(crate) of: String,
    /// The response code.
    pub(crate) code: String,
    /// A value of the metadata: only what concerns such a payment is declined.
    pub(crate) order: Option<String>,
}

/// A card behind a token. The number itself is not kept.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) platform: Platform,
    pub(crate) card: Snapshot,
    pub(crate) expires_at: i64,
    pub(crate) used: bool,
}
