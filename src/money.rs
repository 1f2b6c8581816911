//! Money: integer minor units with a currency. No floats anywhere.

use std::fmt;

use serde::{Deserialize, Serialize};

/// ISO 4217 currencies in use, by the number of decimals of their minor unit.
const DECIMALS_0: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
const DECIMALS_3: &str = "BHD IQD JOD KWD LYD OMR TND";
const DECIMALS_4: &str = "CLF UYW";
const DECIMALS_2: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN \
     BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL \
     GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR \
     LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB \
     PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP \
     SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG";

/// An ISO 4217 currency in use. `XXX` and other codes that are no money are not.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

/// The text that was given instead of a currency code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCurrency(pub String);

impl fmt::Display for UnknownCurrency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown currency {:?}: expected a three-letter ISO 4217 code such as \"EUR\"",
            self.0
        )
    }
}

impl std::error::Error for UnknownCurrency {}

impl Currency {
    /// Reads a code in either case: `usd` is `USD`.
    ///
    /// # Errors
    /// The code is not three ASCII letters or not in ISO 4217's list of active currencies.
    pub fn parse(text: &str) -> Result<Self, UnknownCurrency> {
        let unknown = || UnknownCurrency(text.chars().take(16).collect());
        let code: [u8; 3] = text
            .to_ascii_uppercase()
            .into_bytes()
            .try_into()
            .map_err(|_| unknown())?;
        [
            (2, DECIMALS_2),
            (0, DECIMALS_0),
            (3, DECIMALS_3),
            (4, DECIMALS_4),
        ]
        .into_iter()
        .find(|(_, list)| {
            list.split_whitespace()
                .any(|known| known.as_bytes() == code)
        })
        .map(|(exponent, _)| Self { code, exponent })
        .ok_or_else(unknown)
    }

    /// The code in capitals.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// How many decimals the major unit has, by ISO 4217: 2 for EUR, 0 for JPY.
    pub fn exponent(self) -> u8 {
        self.exponent
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// An amount in minor units (cents) of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: 3500 EUR is 35 euros, 3500 JPY is 3500 yen.
    #[serde(rename = "amount")]
    pub minor: i64,
    /// The currency that counts them.
    pub currency: Currency,
}

impl Money {
    /// `minor` units of `currency`.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads major units with at most as many decimals as the currency has: `35`, `35.5` and
    /// `35.00` EUR. Nothing is rounded; signs, grouping and commas are not read.
    pub fn parse(text: &str, currency: Currency) -> Option<Self> {
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let exponent = usize::from(currency.exponent);
        let fits = digits(major)
            && digits(minor)
            && (minor.len() <= exponent || (minor == "0" && !text.contains('.')));
        if !fits {
            return None;
        }
        let scale = 10_i64.pow(u32::from(currency.exponent));
        let minor: i64 = if exponent == 0 {
            0
        } else {
            format!("{minor:0<exponent$}").parse().ok()?
        };
        let major: i64 = major.parse().ok()?;
        Some(Self::new(
            major.checked_mul(scale)?.checked_add(minor)?,
            currency,
        ))
    }

    /// The amount in major units as a decimal text without grouping: `35.00`, `3500`, `1.099`.
    pub fn decimal(&self) -> String {
        let exponent = usize::from(self.currency.exponent);
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = format!(
            "{:0>width$}",
            self.minor.unsigned_abs(),
            width = exponent + 1
        );
        let (major, minor) = digits.split_at(digits.len() - exponent);
        if minor.is_empty() {
            format!("{sign}{major}")
        } else {
            format!("{sign}{major}.{minor}")
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency.code(), self.decimal())
    }
}

#[cfg(test)]
mod tests {
    use super::{Currency, Money};

    fn shown(minor: i64, code: &str) -> String {
        Money::new(minor, Currency::parse(code).unwrap()).to_string()
    }

    #[test]
    fn b78_minor_units_follow_the_iso_exponent() {
        assert_eq!(shown(1099, "USD"), "USD 10.99");
        assert_eq!(shown(1099, "JPY"), "JPY 1099");
        assert_eq!(shown(1099, "BHD"), "BHD 1.099");
        assert_eq!(shown(1099, "CLP"), "CLP 1099");
        assert_eq!(shown(5, "EUR"), "EUR 0.05");
        assert_eq!(shown(-5, "EUR"), "EUR -0.05");
        assert_eq!(shown(i64::MIN, "EUR"), "EUR -92233720368547758.08");
    }

    #[test]
    fn b78_a_decimal_amount_is_read_to_the_last_minor_unit_or_not_at_all() {
        let read = |text, code| {
            let currency = Currency::parse(code).unwrap();
            Money::parse(text, currency).map(|money| money.minor)
        };
        for (text, code, minor) in [
            ("35.00", "EUR", 3500),
            ("35", "EUR", 3500),
            ("35.5", "EUR", 3550),
            ("0.05", "EUR", 5),
            ("0.29", "EUR", 29),
            ("90071992547409.93", "EUR", 9_007_199_254_740_993),
            ("3500", "JPY", 3500),
            ("1.099", "BHD", 1099),
        ] {
            assert_eq!(read(text, code), Some(minor), "{text} {code}");
        }
        for (text, code) in [
            ("35.001", "EUR"),
            ("35.00", "JPY"),
            ("35.", "EUR"),
            (".5", "EUR"),
            ("-1", "EUR"),
            ("+1", "EUR"),
            ("1,000.00", "EUR"),
            ("35,00", "EUR"),
            ("1e3", "EUR"),
            ("", "EUR"),
            (" 35", "EUR"),
            ("99999999999999999999", "EUR"),
            ("92233720368547758.08", "EUR"),
        ] {
            assert_eq!(read(text, code), None, "{text} {code}");
        }
    }

    #[test]
    fn b79_codes_are_normalised_or_refused() {
        assert_eq!(Currency::parse("usd").unwrap().code(), "USD");
        for bad in ["XXX", "US", "", "USDX", "€", "ÄÖ", "XAU", "EU R"] {
            assert!(
                Currency::parse(bad).is_err(),
                "{bad:?} was taken for a currency"
            );
        }
    }
}
