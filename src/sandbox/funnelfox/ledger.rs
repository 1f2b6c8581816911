//! Sessions, their orders, and every charge. What the bank or time decides is written here.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    super::{bank::Standing, primer::client_token::Sum, state::Books},
    forced::{NOT_CONFIRMED, Outcome},
    prices::Price,
    webhooks::Bag,
};

/// The window of the limit of charges, in seconds.
pub(crate) const DAY: i64 = 24 * 3600;
/// How often a token may be charged in it.
pub(crate) const MOST: usize = 2;

/// What FunnelFox remembers.
#[derive(Debug, Default)]
pub(crate) struct Office {
    pub(crate) sessions: Vec<Session>,
    /// Oldest first.
    pub(crate) charges: Vec<Charge>,
    /// The payment method of a customer's last purchase, by organisation and name.
    pub(crate) saved: HashMap<(String, String), String>,
    /// Price points added from outside.
    pub(crate) prices: Vec<Price>,
    /// Outcomes ordered from outside, each with whom it is for.
    pub(crate) next: Vec<(Option<String>, Outcome)>,
    /// All successful answers come without the envelope.
    pub(crate) bare: bool,
    pub(crate) bag: Bag,
}

/// A checkout of one customer.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) org: String,
    /// The merchant's name for the customer.
    pub(crate) customer: String,
    pub(crate) email: String,
    pub(crate) user: String,
    pub(crate) price: Price,
    /// The client token and the access token inside; a one-click purchase has none.
    pub(crate) token: Option<(String, String)>,
    /// Oldest first: each payment after a decline gets a new one.
    pub(crate) orders: Vec<String>,
    /// The last payment was declined.
    pub(crate) declined: bool,
    pub(crate) metadata: Value,
    pub(crate) created_at: i64,
}

impl Session {
    /// The order that counts now.
    pub(crate) fn order(&self) -> &str {
        self.orders.last().map_or("", String::as_str)
    }

    /// Whether `name` is the customer, an order, or a value of the metadata.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        let mut values = self.metadata.as_object().into_iter().flatten();
        self.customer == name
            || self.orders.iter().any(|order| order == name)
            || values.any(|(_, value)| value.as_str() == Some(name))
    }
}

/// How a charge stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The bank asks the shopper: the id of Primer's action.
    Asked(String),
    Processing,
    Settled,
    Declined(String),
    /// The processor failed.
    Failed,
    Cancelled,
    /// Settled, and given back.
    Refunded,
}

/// A try to take money.
#[derive(Clone, Debug)]
pub(crate) struct Charge {
    /// Index of its session.
    pub(crate) session: usize,
    pub(crate) order: String,
    pub(crate) token: String,
    pub(crate) sum: Sum,
    pub(crate) at: i64,
    /// By `create_payment`: only those are limited.
    pub(crate) limited: bool,
    pub(crate) state: State,
}

impl Charge {
    /// Whether money was taken, given back later or not.
    pub(crate) fn charged(&self) -> bool {
        matches!(self.state, State::Settled | State::Refunded)
    }
}

impl Office {
    /// The session of an order of this organisation.
    pub(crate) fn session(&self, org: &str, order: &str) -> Option<usize> {
        self.sessions
            .iter()
            .position(|session| session.org == org && session.orders.iter().any(|own| own == order))
    }

    /// Charges of a token by `create_payment` within the last 24 hours, whatever became of them.
    pub(crate) fn recent(&self, token: &str, now: i64) -> usize {
        let counts =
            |charge: &&Charge| charge.limited && charge.token == token && now - charge.at < DAY;
        self.charges.iter().filter(counts).count()
    }

    /// The outcome that was ordered for this session, or for anyone.
    pub(crate) fn ordered(&mut self, session: usize) -> Option<Outcome> {
        let session = &self.sessions[session];
        let at = self
            .next
            .iter()
            .position(|(whom, _)| whom.as_deref().is_none_or(|name| session.is_named(name)))?;
        Some(self.next.remove(at).1)
    }

    /// Writes down what became of a charge, and the letter about it.
    pub(crate) fn set(&mut self, index: usize, state: State, now: i64) {
        let charge = &mut self.charges[index];
        charge.state = state;
        let session = &mut self.sessions[charge.session];
        session.declined = matches!(charge.state, State::Declined(_) | State::Failed);
        if charge.state == State::Settled {
            let customer = (session.org.clone(), session.customer.clone());
            self.saved.insert(customer, charge.token.clone());
        }
        self.bag.write(charge, session, now);
    }
}

/// What time alone does: a payment whose bank's question is over and that was not resumed is
/// declined.
pub(crate) fn pass_time(books: &mut Books, now: i64) {
    let over = |id: &str| {
        books.primer.actions.iter().any(|action| {
            action.id == id && (now >= action.until || action.standing == Standing::Late)
        })
    };
    let late: Vec<usize> = (0..)
        .zip(&books.funnelfox.charges)
        .filter(|(_, charge)| matches!(&charge.state, State::Asked(id) if over(id)))
        .map(|(index, _)| index)
        .collect();
    for index in late {
        let state = State::Declined(NOT_CONFIRMED.into());
        books.funnelfox.set(index, state, now);
    }
}
