//! Cents, and which of them are our minor units.
//!
//! Source: the table of currencies in Commerce Layer's own dashboard (`subunit_to_unit`, from
//! the Ruby library `money`). Cents are the currency's smallest units there: a yen has one, a
//! Kuwaiti dinar a thousand. Where that table differs from ISO 4217, or lacks the currency, an
//! amount could be wrong by a factor, and is not charged.

use std::fmt;

use crate::{
    money::{Currency, Money},
    provider::checkout_com,
};

/// Forint are whole there, ariary and ouguiya have fifths; the others are not in the table.
const OTHER: &str = "HUF MGA MRU UYI UYW VED ZWG";

/// Why an amount can't be charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CannotCharge {
    /// Commerce Layer's cents are not the ISO minor units of this currency, or not known.
    Currency,
    /// Checkout.com, which makes the charge behind Commerce Layer, can't.
    Behind(checkout_com::CannotCharge),
}

impl fmt::Display for CannotCharge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Currency => f.write_str(
                "Commerce Layer does not count this currency in ISO minor units: \
                 use another currency",
            ),
            Self::Behind(why) => why.fmt(f),
        }
    }
}

fn differs(currency: Currency) -> bool {
    OTHER
        .split_whitespace()
        .any(|other| other == currency.code())
}

/// Whether an order of `total` can be charged as it stands, in ISO minor units.
///
/// # Errors
/// Why it can't.
pub fn chargeable(total: Money) -> Result<(), CannotCharge> {
    if differs(total.currency) {
        return Err(CannotCharge::Currency);
    }
    checkout_com::chargeable(total).map_err(CannotCharge::Behind)
}

/// What so many cents are; `None` where the currency is unknown, or its cents are.
pub(super) fn of_cents(cents: i64, currency: &str) -> Option<Money> {
    let currency = Currency::parse(currency).ok()?;
    (!differs(currency)).then(|| Money::new(cents, currency))
}

#[cfg(test)]
mod tests {
    use super::{CannotCharge, chargeable, checkout_com, of_cents};
    use crate::money::{Currency, Money};

    #[test]
    fn b78_cents_are_minor_units_or_the_currency_is_refused_in_words() {
        let check = |minor, code| chargeable(Money::new(minor, Currency::parse(code).unwrap()));
        assert_eq!(check(3500, "EUR"), Ok(()));
        assert_eq!(check(4200, "JPY"), Ok(()));
        assert_eq!(check(1230, "KWD"), Ok(()));
        for other in ["HUF", "MGA", "MRU", "UYI", "UYW", "VED", "ZWG"] {
            let why = check(3500, other).unwrap_err();
            assert_eq!(why, CannotCharge::Currency, "{other}");
            assert!(why.to_string().contains("another currency"));
            assert_eq!(of_cents(3500, other), None, "{other}");
        }
        for (minor, code, why) in [
            (1234, "KWD", checkout_com::CannotCharge::LastDigit),
            (0, "EUR", checkout_com::CannotCharge::NotPositive),
            (1_000_000_000, "EUR", checkout_com::CannotCharge::TooLarge),
            (1000, "CLP", checkout_com::CannotCharge::Currency),
        ] {
            assert_eq!(check(minor, code), Err(CannotCharge::Behind(why)), "{code}");
        }
        let shown = |cents, code| of_cents(cents, code).map(|money| money.to_string());
        assert_eq!(shown(3500, "EUR").as_deref(), Some("EUR 35.00"));
        assert_eq!(shown(4200, "JPY").as_deref(), Some("JPY 4200"));
        assert_eq!(shown(1230, "KWD").as_deref(), Some("KWD 1.230"));
        assert_eq!(shown(1, "Euro"), None);
    }
}
