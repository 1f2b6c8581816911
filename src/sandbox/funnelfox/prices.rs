//! Price points: what there is to buy, and for how much. There is no amount in the API itself.

use serde_json::{Value, json};

/// A price point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Price {
    pub(crate) ident: String,
    /// Minor units of `currency`.
    pub(crate) amount: u64,
    pub(crate) currency: String,
    /// Successful answers about it come without the envelope.
    pub(crate) bare: bool,
}

/// Those every organisation has: the goods of the demo shop, the one of the public example of
/// FunnelFox's client, and one that is answered as the published schema says.
const BUILT_IN: [(&str, u64, &str, bool); 5] = [
    ("price_shirt", 3500, "EUR", false),
    ("price_lamp", 12900, "EUR", false),
    ("price_cup", 4200, "JPY", false),
    ("price_01JZACPA4QAVM2X52A9W8MHJFT", 3500, "EUR", false),
    ("price_bare_shirt", 3500, "EUR", true),
];

/// The price point with this ident; those in `own` come first.
pub(crate) fn find(own: &[Price], ident: &str) -> Option<Price> {
    let built_in = || {
        BUILT_IN.iter().find(|(known, ..)| *known == ident).map(
            |(ident, amount, currency, bare)| Price {
                ident: (*ident).to_owned(),
                amount: *amount,
                currency: (*currency).to_owned(),
                bare: *bare,
            },
        )
    };
    let added = own.iter().rev().find(|price| price.ident == ident);
    added.cloned().or_else(built_in)
}

impl Price {
    /// Reads `{ident, amount, currency, bare?}`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(crate) fn read(value: &Value) -> Result<Self, String> {
        let ident = value["ident"].as_str().filter(|ident| !ident.is_empty());
        let amount = value["amount"].as_u64().filter(|amount| *amount > 0);
        let currency = value["currency"].as_str().filter(|code| {
            code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase())
        });
        match (ident, amount, currency) {
            (Some(ident), Some(amount), Some(currency)) => Ok(Self {
                ident: ident.to_owned(),
                amount,
                currency: currency.to_owned(),
                bare: value["bare"].as_bool().unwrap_or(false),
            }),
            _ => Err(
                "price: expected {ident, amount in minor units, currency of three capitals, bare?}"
                    .into(),
            ),
        }
    }

    pub(crate) fn shown(&self) -> Value {
        json!({"ident": self.ident, "amount": self.amount, "currency": self.currency, "bare": self.bare})
    }
}

/// All of them, as `/control/funnelfox` shows them.
pub(crate) fn shown(own: &[Price]) -> Vec<Value> {
    let built_in = BUILT_IN.iter().filter_map(|(ident, ..)| find(&[], ident));
    built_in
        .chain(own.iter().cloned())
        .map(|price| price.shown())
        .collect()
}
