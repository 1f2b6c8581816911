//! Which amounts Checkout.com can charge, and in which unit.

use std::fmt;

use crate::money::Money;

/// Currencies without a minor unit at Checkout.com. Source: "Format the amount value".
const WHOLE: &str = "BIF DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
/// Currencies with three decimals, of which the last must be 0 there.
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";

/// Nine digits at most.
const MAX: i64 = 999_999_999;

/// Why an amount can't be charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CannotCharge {
    /// Zero or negative.
    NotPositive,
    /// More than nine digits of minor units.
    TooLarge,
    /// A three-decimal currency whose last digit is not 0.
    LastDigit,
    /// Checkout.com's unit for this currency is not the ISO one, or not documented: the
    /// amount could be charged a hundredfold.
    Currency,
}

impl fmt::Display for CannotCharge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotPositive => "the amount must be greater than 0",
            Self::TooLarge => "the amount must have at most 9 digits in minor units",
            Self::LastDigit => "amounts of a currency with three decimals must end in 0",
            Self::Currency => "Checkout.com does not charge this currency in ISO minor units",
        })
    }
}

/// Whether Checkout.com can charge `total` as it stands, in ISO minor units.
///
/// # Errors
/// Why it can't.
pub fn chargeable(total: Money) -> Result<(), CannotCharge> {
    let code = total.currency.code();
    let listed = |list: &str| list.split_whitespace().any(|known| known == code);
    let exponent = if listed(WHOLE) {
        0
    } else if listed(THREE) {
        3
    } else {
        2
    };
    if exponent != total.currency.exponent() {
        return Err(CannotCharge::Currency);
    }
    match total.minor {
        ..=0 => Err(CannotCharge::NotPositive),
        minor if minor > MAX => Err(CannotCharge::TooLarge),
        minor if exponent == 3 && minor % 10 != 0 => Err(CannotCharge::LastDigit),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{CannotCharge, chargeable};
    use crate::money::{Currency, Money};

    #[test]
    fn b78_what_checkout_com_cannot_charge_is_named() {
        let check = |minor, code| chargeable(Money::new(minor, Currency::parse(code).unwrap()));
        assert_eq!(check(1, "EUR"), Ok(()));
        assert_eq!(check(999_999_999, "JPY"), Ok(()));
        assert_eq!(check(1_000_000_000, "EUR"), Err(CannotCharge::TooLarge));
        assert_eq!(check(0, "EUR"), Err(CannotCharge::NotPositive));
        assert_eq!(check(-5, "EUR"), Err(CannotCharge::NotPositive));
        assert_eq!(check(1230, "BHD"), Ok(()));
        assert_eq!(check(1234, "BHD"), Err(CannotCharge::LastDigit));
        for unsure in ["CLP", "UYI", "CLF", "UYW"] {
            assert_eq!(check(1000, unsure), Err(CannotCharge::Currency));
        }
    }
}
