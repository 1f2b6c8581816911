//! Outcomes ordered from outside: the next step of a payment ends so, whatever the card.

use serde_json::Value;

use super::{
    super::primer::cards::Habit,
    answer::{CODES, Refusal},
};

/// What a decline says to the shopper, unless something else is ordered.
pub(crate) const DECLINED: &str = "Your card was declined";
/// What is said where the bank's question was not answered with yes.
pub(crate) const NOT_CONFIRMED: &str = "Your bank did not confirm this payment";

/// How a step of a payment ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Settled,
    Declined(String),
    Cancelled,
    Processing,
    /// The bank asks, by a client token with this intent.
    Ask(String),
    /// The processor failed: an error with this code.
    Error(&'static str),
}

impl Outcome {
    /// What the bank behind a card does by itself.
    pub(crate) fn of(habit: Habit) -> Self {
        match habit {
            Habit::Approve => Self::Settled,
            Habit::Decline => Self::Declined(DECLINED.into()),
            Habit::NotAuthenticated => Self::Declined(NOT_CONFIRMED.into()),
            Habit::Fail => Self::Error(super::answer::PAYMENT_FAILED),
            Habit::Ask(intent) => Self::Ask(intent.into()),
        }
    }

    /// The error, before anything is written down: such a payment was never begun.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Error(code) if *code != super::answer::PAYMENT_FAILED => {
                Some(Refusal::new(code, format!("Ordered: {code}")))
            }
            _ => None,
        }
    }

    /// Reads a word, or `{outcome, message}`: `succeeded`, `failed`, `cancelled`, `processing`,
    /// a published error code, or the intent of an action token in capitals.
    pub(crate) fn read(value: &Value) -> Result<Self, String> {
        let word = value.as_str().or(value["outcome"].as_str());
        let message = value["message"].as_str().unwrap_or(DECLINED);
        let intent = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        };
        match word {
            Some("succeeded") => Ok(Self::Settled),
            Some("failed") => Ok(Self::Declined(message.to_owned())),
            Some("cancelled") => Ok(Self::Cancelled),
            Some("processing") => Ok(Self::Processing),
            Some(word) if intent(word) => Ok(Self::Ask(word.to_owned())),
            Some(word) => CODES
                .into_iter()
                .find(|code| *code == word)
                .map(Self::Error)
                .ok_or_else(unknown),
            None => Err(unknown()),
        }
    }
}

fn unknown() -> String {
    format!(
        "next: expected succeeded, failed, cancelled, processing, an intent such as \
         PROCESSOR_3DS, or a code of {}; or {{outcome, message}}",
        CODES.join(", ")
    )
}
