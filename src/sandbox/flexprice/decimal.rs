//! Amounts in major units, exact: whole numbers of 10⁻⁸, and never a float on the way in or out.

use std::fmt;

/// Digits after the point, as many as the system's tables keep.
const SCALE: u32 = 8;
const ONE: i128 = 10i128.pow(SCALE);
/// The tables end here: twelve digits before the point.
const LIMIT: i128 = 10i128.pow(12) * ONE;

/// A decimal number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Decimal(i128);

impl Decimal {
    pub(crate) const ZERO: Self = Self(0);

    /// Reads `35`, `35.00`, `-0.5`, `1.5e2`. `None` for anything else, for more than eight
    /// decimals and for more than twelve digits before the point.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix('-');
        let (mantissa, exponent) = match unsigned.unwrap_or(text).split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (unsigned.unwrap_or(text), 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let well = !whole.is_empty()
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && digits.len() <= 20
            && exponent.abs() <= 20
            && (fraction.is_empty() != mantissa.contains('.'));
        if !well {
            return None;
        }
        let number: i128 = digits.parse().ok()?;
        let power = i32::try_from(SCALE).ok()? + exponent - i32::try_from(fraction.len()).ok()?;
        let shift = 10i128.checked_pow(power.unsigned_abs())?;
        let units = if power >= 0 {
            number.checked_mul(shift)?
        } else if number % shift == 0 {
            number / shift
        } else {
            return None;
        };
        let signed = if unsigned.is_some() { -units } else { units };
        (units < LIMIT).then_some(Self(signed))
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }

    pub(crate) fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// With at least so many decimals: `35.00`.
    pub(crate) fn padded(self, decimals: usize) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.abs() / ONE, self.0.abs() % ONE);
        let eight = format!("{rest:08}");
        let needed = eight.trim_end_matches('0').len().max(decimals);
        match eight.get(..needed) {
            Some("") | None => format!("{sign}{whole}"),
            Some(fraction) => format!("{sign}{whole}.{fraction}"),
        }
    }

    /// In minor units of a currency with so many decimals; finer parts are cut off.
    pub(crate) fn minor(self, decimals: u32) -> i64 {
        let unit = 10i128.pow(SCALE.saturating_sub(decimals));
        i64::try_from(self.0 / unit).unwrap_or(i64::MAX)
    }
}

impl fmt::Display for Decimal {
    /// Without trailing zeros, as the system's decimal type prints: `35`, `35.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.padded(0))
    }
}

/// What a JSON object says for `key` at its top, letter by letter: a number that was never
/// read as a float. `json` must be a valid object; of repeated keys the last one counts.
pub(crate) fn raw<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    let bytes = json.as_bytes();
    let (mut at, mut depth, mut start) = (0, 0, None);
    let (mut name, mut found) = ("", None);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = string_end(bytes, at);
                if depth == 1 && start.is_none() {
                    name = json.get(at + 1..end)?;
                }
                at = end;
            }
            b':' if depth == 1 => start = Some(at + 1),
            b',' | b'}' if depth == 1 => {
                if let Some(start) = start.take().filter(|_| name == key) {
                    found = Some(json.get(start..at)?.trim());
                }
                start = None;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    found
}

/// Where the string that begins at `at` ends.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    at += 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => break,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        Decimal::parse(text).map(|number| number.to_string())
    }

    #[test]
    fn decimals_are_exact_and_lose_only_trailing_zeros() {
        for (text, shown) in [
            ("35", "35"),
            ("35.00", "35"),
            ("0035.50", "35.5"),
            ("0.1", "0.1"),
            ("-0.5", "-0.5"),
            ("1.5e2", "150"),
            ("15E-1", "1.5"),
            ("123456789012.12345678", "123456789012.12345678"),
        ] {
            assert_eq!(read(text).as_deref(), Some(shown), "{text}");
        }
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1,5",
            "1e",
            "0x1",
            "1 ",
            "NaN",
            "--1",
            "1.5.0",
            "1234567890123",
            "0.123456789",
            "1e99",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        let sum = Decimal::parse("0.1").zip(Decimal::parse("0.2"));
        assert_eq!(sum.map(|(a, b)| a.plus(b)), Decimal::parse("0.3"));
    }

    #[test]
    fn padding_and_minor_units_follow_the_currency() {
        let amount = Decimal::parse("12.5").unwrap_or_default();
        assert_eq!(amount.padded(2), "12.50");
        assert_eq!(amount.padded(3), "12.500");
        assert_eq!((amount.minor(2), amount.minor(3)), (1250, 12500));
    }

    #[test]
    fn a_number_is_read_as_it_was_written() {
        let body = r#"{"a": {"amount": 1}, "b": "\"amount\": 2", "amount" : 35.10 , "c": [{"amount": 3}]}"#;
        assert_eq!(raw(body, "amount"), Some("35.10"));
        assert_eq!(raw(r#"{"amount":"7.00"}"#, "amount"), Some("\"7.00\""));
        assert_eq!(raw(r#"{"amount":1,"amount":2}"#, "amount"), Some("2"));
        assert_eq!(raw(r#"{"x":"amount"}"#, "amount"), None);
    }
}
