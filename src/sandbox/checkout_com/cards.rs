//! The cards the sandbox knows, and what each of them does.
//!
//! Only test numbers are taken: the documented ones of Checkout.com, and those that every
//! tutorial uses. A real card, typed into a demo by mistake, is refused and not kept.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{super::clock, answer::Refusal};

/// What the bank behind a card does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    Approve,
    /// Asks the shopper if 3-D Secure is wanted, else approves.
    Challenge,
    Decline(&'static str),
}

const CHALLENGE: &str = "4000000000003220";

const APPROVED: [&str; 20] = [
    "4242424242424242",
    "4543474002249996",
    "5436031030606378",
    "2223000010479399",
    "5199992312641465",
    "345678901234564",
    "378282246310005",
    "30123456789019",
    "6011111111111117",
    "3530111333300000",
    "4658584090000001",
    "5000186622346654",
    "4484070000035519",
    "4111111111111111",
    "5555555555554444",
    "5252525252525258",
    "5132000000000000",
    "4035500000000000",
    "371449635398431",
    "6759649826438453",
];

const DECLINED: [(&str, &str); 16] = [
    ("4000000000000002", "20005"),
    ("4111111111111129", "20001"),
    ("4024007103573027", "20012"),
    ("4485381577182090", "20014"),
    ("4544249167673670", "20051"),
    ("4724117215951699", "20054"),
    ("4659465888705671", "20057"),
    ("4151512736305999", "20057"),
    ("4897453568485113", "20059"),
    ("4556294593757189", "20061"),
    ("4818924250131070", "20062"),
    ("4556253752712245", "20063"),
    ("4095254802642505", "20068"),
    ("4532819413487978", "20078"),
    ("4734868958733862", "200N7"),
    ("4567361325981788", "200R3"),
];

/// A card without its number: what tokens and payments keep and show.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) habit: Habit,
    pub(crate) scheme: &'static str,
    pub(crate) bin: String,
    pub(crate) last4: String,
    pub(crate) month: i64,
    pub(crate) year: i64,
    pub(crate) name: Option<String>,
    pub(crate) has_cvv: bool,
    pub(crate) fingerprint: String,
}

impl Snapshot {
    /// Reads the card of a token request: `number`, `expiry_month`, `expiry_year`, `cvv?`, `name?`.
    ///
    /// # Errors
    /// All codes that apply, in the order of the fields.
    pub(crate) fn read(body: &Value, now: i64) -> Result<Self, Refusal> {
        let mut codes = Vec::new();
        let number = match &body["number"] {
            Value::Null => Err("card_number_required"),
            Value::String(text) if text.is_empty() => Err("card_number_required"),
            Value::String(text) => known(text).ok_or("card_number_invalid"),
            _ => Err("card_number_invalid"),
        }
        .map_err(|code| codes.push(code));
        let month = match &body["expiry_month"] {
            Value::Null => Err("card_expiry_month_required"),
            value => value
                .as_i64()
                .filter(|month| (1..=12).contains(month))
                .ok_or("card_expiry_month_invalid"),
        }
        .map_err(|code| codes.push(code));
        let year = match &body["expiry_year"] {
            Value::Null => Err("card_expiry_year_required"),
            value => value
                .as_i64()
                .filter(|year| (1000..=9999).contains(year))
                .ok_or("card_expiry_year_invalid"),
        }
        .map_err(|code| codes.push(code));
        if let (Ok(month), Ok(year)) = (month, year) {
            // A card lives until its month has ended everywhere, twelve hours behind UTC too.
            if (year, month) < clock::year_month(now - 12 * 3600) {
                codes.push("card_expired");
            }
        }
        let amex = matches!(number, Ok((_, _, "Amex")));
        let has_cvv = match &body["cvv"] {
            Value::Null => false,
            Value::String(cvv) if fits(cvv, amex, number.is_ok()) => true,
            _ => {
                codes.push("cvv_invalid");
                false
            }
        };
        let name = match &body["name"] {
            Value::Null => None,
            Value::String(name) => Some(name.clone()),
            _ => {
                codes.push("card_holder_invalid");
                None
            }
        };
        let (Ok((number, habit, scheme)), Ok(month), Ok(year), true) =
            (number, month, year, codes.is_empty())
        else {
            return Err(Refusal::Invalid(codes));
        };
        let hash = Sha256::digest(format!("fanfare sandbox fingerprint {number}"));
        Ok(Self {
            habit,
            scheme,
            bin: number[..6].to_owned(),
            last4: number[number.len() - 4..].to_owned(),
            month,
            year,
            name,
            has_cvv,
            fingerprint: hex::encode_upper(&hash[..15]),
        })
    }
}

fn fits(cvv: &str, amex: bool, card_known: bool) -> bool {
    let length = match (card_known, amex) {
        (false, _) => cvv.len() == 3 || cvv.len() == 4,
        (true, amex) => cvv.len() == 3 + usize::from(amex),
    };
    length && cvv.bytes().all(|b| b.is_ascii_digit())
}

fn known(number: &str) -> Option<(&str, Habit, &'static str)> {
    let declined = DECLINED.iter().find(|(card, _)| *card == number);
    let habit = if let Some((_, code)) = declined {
        Habit::Decline(code)
    } else if number == CHALLENGE {
        Habit::Challenge
    } else if APPROVED.contains(&number) {
        Habit::Approve
    } else {
        return None;
    };
    Some((number, habit, scheme(number)))
}

fn scheme(number: &str) -> &'static str {
    match number.as_bytes() {
        [b'4', ..] => "Visa",
        [b'3', b'4' | b'7', ..] => "Amex",
        [b'3', b'5', ..] => "JCB",
        [b'3', ..] => "Diners Club International",
        [b'6', b'0', ..] => "Discover",
        [b'6', b'7', ..] => "Maestro",
        _ => "Mastercard",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_card_passes_luhn() {
        let declined = DECLINED.iter().map(|(card, _)| *card);
        for card in APPROVED.into_iter().chain(declined).chain([CHALLENGE]) {
            let sum: u32 = card
                .bytes()
                .rev()
                .enumerate()
                .map(|(index, digit)| {
                    let digit = u32::from(digit - b'0') * (1 + (index as u32 % 2));
                    digit / 10 + digit % 10
                })
                .sum();
            assert_eq!(
                sum % 10,
                0,
                "the card ending in {}",
                &card[card.len() - 4..]
            );
        }
    }
}
