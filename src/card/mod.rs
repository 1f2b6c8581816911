//! What the shopper types, and the card it becomes.
//!
//! The four inputs are read as text: [`edit`] decides what an input shows after a change and
//! where the caret goes, [`Form::verdict`] what to think of a field, [`Form::parse`] makes the
//! [`Card`]. Nothing here is ever shortened into something else: what can't be taken is refused
//! as a whole, with a hint.

mod brand;
mod calendar;
mod cvc;
mod digits;
mod edit;
mod expiry;
mod holder;
mod network;
mod number;
mod problem;

use std::fmt;

use serde::{Deserialize, Serialize};

use self::problem::Flaw;
use crate::sensitive::Sensitive;

pub use brand::{Brand, CvcSize, Guess};
pub use edit::{Edit, edit, edit_forward};
pub use network::Network;
pub use problem::{Problem, Problems, Verdict};

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

impl Field {
    /// All fields, in their order on screen.
    pub const ALL: [Self; 4] = [Self::Number, Self::Expiry, Self::Cvc, Self::Name];
}

/// The four fields as they stand in the inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    pub number: Sensitive<String>,
    pub expiry: Sensitive<String>,
    pub cvc: Sensitive<String>,
    pub name: Sensitive<String>,
}

impl Form {
    /// The card, or every problem at once. `now` is the server's time in Unix seconds.
    ///
    /// # Errors
    /// What [`Form::check`] says of each field, for all fields that are not valid.
    pub fn parse(&self, now: i64) -> Result<Card, Problems> {
        let number = number::parse(text(&self.number));
        let expiry = expiry::parse(text(&self.expiry), now);
        let cvc = cvc::parse(text(&self.cvc), self.brand());
        let name = holder::parse(text(&self.name));
        match (number, expiry, cvc, name) {
            (Ok((number, brand)), Ok((month, year)), Ok(cvc), Ok(name)) => Ok(Card {
                number,
                brand,
                cvc,
                name,
                month,
                year,
                preferred: None,
            }),
            (number, expiry, cvc, name) => {
                let mut problems = Problems::default();
                problems.set(Field::Number, number.err().map(Flaw::problem));
                problems.set(Field::Expiry, expiry.err().map(Flaw::problem));
                problems.set(Field::Cvc, cvc.err().map(Flaw::problem));
                problems.set(Field::Name, name.err().map(Flaw::problem));
                Err(problems)
            }
        }
    }

    /// What to think of one field, while it is being typed. `now` as in [`Form::parse`].
    pub fn verdict(&self, field: Field, now: i64) -> Verdict {
        match field {
            Field::Number => number::parse(text(&self.number)).into(),
            Field::Expiry => expiry::parse(text(&self.expiry), now).into(),
            Field::Cvc => cvc::parse(text(&self.cvc), self.brand()).into(),
            Field::Name => holder::parse(text(&self.name)).into(),
        }
    }

    /// What is wrong with one field (as after blur).
    pub fn check(&self, field: Field, now: i64) -> Option<Problem> {
        match self.verdict(field, now) {
            Verdict::Valid => None,
            Verdict::Open(problem) | Verdict::Wrong(problem) => Some(problem),
        }
    }

    /// What is wrong with one field whatever is typed next (as while typing): nothing that the
    /// next key can cure.
    pub fn check_typing(&self, field: Field, now: i64) -> Option<Problem> {
        match self.verdict(field, now) {
            Verdict::Valid | Verdict::Open(_) => None,
            Verdict::Wrong(problem) => Some(problem),
        }
    }

    /// Whether nothing stands in a field.
    pub fn is_blank(&self, field: Field) -> bool {
        let field = match field {
            Field::Number => &self.number,
            Field::Expiry => &self.expiry,
            Field::Cvc => &self.cvc,
            Field::Name => &self.name,
        };
        text(field).trim().is_empty()
    }

    /// The brand, as soon as the digits tell.
    pub fn brand(&self) -> Option<Brand> {
        number::brand(text(&self.number))
    }

    /// The two networks of a card that can be charged through either, as soon as the digits tell.
    pub fn networks(&self) -> Option<[Network; 2]> {
        number::networks(text(&self.number))
    }
}

/// What stands in an input.
fn text(field: &Sensitive<String>) -> &str {
    // EXPOSE: reading the field is what this module is for; what leaves it is sealed again.
    field.expose()
}

/// A card that can be sent to a tokenizer. Only [`Form::parse`] makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    number: Sensitive<String>,
    brand: Brand,
    cvc: Sensitive<String>,
    name: Sensitive<String>,
    month: u8,
    year: u16,
    preferred: Option<Network>,
}

impl Card {
    /// The same card, to be charged through `network` if it is one of its own.
    #[must_use]
    pub fn preferring(mut self, network: Option<Network>) -> Self {
        let own = Network::choice(text(&self.number));
        self.preferred = network.filter(|network| own.is_some_and(|own| own.contains(network)));
        self
    }
    /// The network that the shopper chose; `None`: as the card's issuer set it up.
    pub fn preferred(&self) -> Option<Network> {
        self.preferred
    }
    /// Digits only.
    pub fn number(&self) -> &Sensitive<String> {
        &self.number
    }
    /// Told from the number.
    pub fn brand(&self) -> Brand {
        self.brand
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

/// The brand and nothing else.
impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Card({}, [redacted])", self.brand.name())
    }
}
