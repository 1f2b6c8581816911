//! What the shop sells, and what a shopper takes of it.

use serde_json::{Value, json};

use super::{super::ident, ways::Way};

/// One article.
#[derive(Debug)]
pub(super) struct Good {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    /// Minor units.
    pub(super) amount: i64,
    pub(super) currency: &'static str,
}

/// All there is.
pub(super) const GOODS: [Good; 3] = [
    Good {
        id: "shirt",
        name: "Linen shirt",
        text: "Washed linen, cut straight. Softer every summer.",
        amount: 3500,
        currency: "EUR",
    },
    Good {
        id: "lamp",
        name: "Reading lamp",
        text: "One arm, one switch, warm light where the book is.",
        amount: 12900,
        currency: "EUR",
    },
    Good {
        id: "cup",
        name: "Tea cup from Mashiko",
        text: "Thrown by hand, priced in yen where it was made.",
        amount: 4200,
        currency: "JPY",
    },
];

/// What is to be paid.
#[derive(Clone, Debug)]
pub(super) struct Basket {
    pub(super) reference: String,
    /// Minor units of `currency`.
    pub(super) amount: i64,
    pub(super) currency: String,
    /// `[{name, quantity, amount}]`, adding up to `amount`.
    pub(super) lines: Value,
    /// FunnelFox's name for what is sold.
    pub(super) price: Option<String>,
    pub(super) customer: Option<Value>,
    /// `checkout-com`, …
    pub(super) gateway: String,
    /// `automatic` or `manual`.
    pub(super) capture: String,
    pub(super) language: String,
}

impl Basket {
    /// One piece of a good, to be paid in this way.
    pub(super) fn of(good: &Good, way: &Way) -> Self {
        Self {
            reference: reference(),
            amount: good.amount,
            currency: good.currency.into(),
            lines: json!([{"name": good.name, "quantity": 1, "amount": good.amount}]),
            price: (way.gateway == FUNNELFOX).then(|| good.price()),
            customer: (way.gateway == FUNNELFOX).then(somebody),
            gateway: way.gateway.into(),
            capture: way.capture.into(),
            language: "en".into(),
        }
    }
}

/// The gateway that must know price point and customer.
pub(super) const FUNNELFOX: &str = "funnelfox";

impl Good {
    /// Its price point at FunnelFox.
    pub(super) fn price(&self) -> String {
        format!("price_{}", self.id)
    }
}

/// The price point of something that costs as much.
pub(super) fn price_of(amount: i64, currency: &str) -> Option<String> {
    let good = GOODS
        .iter()
        .find(|good| good.amount == amount && good.currency == currency);
    good.map(Good::price)
}

/// A customer whom nobody has seen before: the shop has no accounts.
pub(super) fn somebody() -> Value {
    let id = ident::word(10);
    json!({"id": format!("guest-{id}"), "email": format!("guest-{id}@example.com")})
}

/// A reference no earlier order has, not even one of an earlier process.
pub(super) fn reference() -> String {
    format!("ORD-{}", ident::word(8).to_ascii_uppercase())
}
