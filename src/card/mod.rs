//! What the shopper types, and the card it becomes.

use serde::{Deserialize, Serialize};

use crate::sensitive::Sensitive;

/// The fields of the form, in their order on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// Card number (PAN).
    Number,
    /// Expiry date.
    Expiry,
    /// Security code (CVC).
    Cvc,
    /// Name on the card.
    Name,
}

/// A card scheme, told from the number's first digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Brand {
    Amex,
    Diners,
    Discover,
    Jcb,
    Maestro,
    Mastercard,
    Mir,
    Unionpay,
    Visa,
}

/// The four fields as they stand in the inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    pub number: Sensitive<String>,
    pub expiry: Sensitive<String>,
    pub cvc: Sensitive<String>,
    pub name: Sensitive<String>,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing was typed.
    Required,
    /// Digits are missing.
    Incomplete,
    /// More digits than any card has.
    TooLong,
    /// The check digit is wrong, or no card begins like this.
    BadNumber,
    /// Letters or signs where only digits belong.
    LettersRefused,
    /// Not a month from 01 to 12.
    BadMonth,
    /// The month is over.
    Expired,
    /// Further ahead than any card is valid.
    TooFarAhead,
    /// Not a month and a year.
    BadExpiry,
    /// The security code of this card has so many digits.
    CvcLength(u8),
    /// A card number stands in another field.
    LooksLikeCardNumber,
    /// A security code stands in another field.
    LooksLikeCvc,
    /// More characters than a name may have.
    NameTooLong,
}

/// What is wrong with the form, field by field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    number: Option<Problem>,
}

impl Problems {
    pub fn get(&self, _field: Field) -> Option<Problem> {
        self.number
    }
    pub fn set(&mut self, _field: Field, problem: Option<Problem>) {
        self.number = problem;
    }
    pub fn first(&self) -> Option<Field> {
        None
    }
    pub fn is_empty(&self) -> bool {
        self.first().is_none()
    }
}

/// A card that can be sent to a tokenizer. Only [`Form::parse`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    number: Sensitive<String>,
    cvc: Sensitive<String>,
    name: Sensitive<String>,
    month: u8,
    year: u16,
}

impl Card {
    /// Digits only.
    pub fn number(&self) -> &Sensitive<String> {
        &self.number
    }
    /// Digits only.
    pub fn cvc(&self) -> &Sensitive<String> {
        &self.cvc
    }
    /// As typed, trimmed, without control characters.
    pub fn name(&self) -> &Sensitive<String> {
        &self.name
    }
    /// 1 to 12.
    pub fn expiry_month(&self) -> u8 {
        self.month
    }
    /// Four digits.
    pub fn expiry_year(&self) -> u16 {
        self.year
    }
}

impl Form {
    /// The card, or every problem at once. `now` is the server's time in Unix seconds.
    pub fn parse(&self, _now: i64) -> Result<Card, Problems> {
        Err(Problems::default())
    }
    /// What is wrong with one field (as after blur).
    pub fn check(&self, _field: Field, _now: i64) -> Option<Problem> {
        None
    }
    /// The brand, as soon as the digits tell.
    pub fn brand(&self) -> Option<Brand> {
        None
    }
}

/// What an input shows after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The text to show, ASCII where digits are expected.
    pub text: Sensitive<String>,
    /// Where the caret goes, in UTF-16 units from the start of `text`.
    pub caret: usize,
    /// A hint where something was refused; the field then shows what stood there before.
    pub problem: Option<Problem>,
}

/// Normalises and groups what stands in an input after a change. `before` is what the input
/// showed before it, `typed` what it shows now, `caret` the caret now (UTF-16 units).
pub fn edit(_field: Field, _before: &str, typed: &str, caret: usize) -> Edit {
    Edit {
        text: typed.to_owned().into(),
        caret,
        problem: None,
    }
}
