//! How a payment ended without paying: a closed list of kinds.
//!
//! Each kind has its words in `text/`. Kinds never tell a stolen card, a suspicion of
//! fraud, "do not honour" and an unknown account apart (T23): all are `card_declined`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{card::Field, json::Fields};

/// Why, where to look, and what helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What happened.
    pub kind: FailureKind,
    /// The field to look at, if one is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Field>,
    /// What the shopper can do next.
    pub retry: Retry,
}

impl Failure {
    /// Reads what a server of ours adds to its answers.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            kind: fields.word("kind")?,
            field: match fields.get("field") {
                Some(_) => Some(fields.word("field")?),
                None => None,
            },
            retry: match fields.get("retry") {
                Some(_) => fields.word("retry")?,
                None => Retry::default(),
            },
        })
    }

    /// `kind` with the field and the way on that go with it.
    pub fn of(kind: FailureKind) -> Self {
        use FailureKind as Kind;
        let (field, retry) = match kind {
            Kind::CardDeclined
            | Kind::InsufficientFunds
            | Kind::LimitExceeded
            | Kind::NotPermitted => (None, Retry::OtherCard),
            Kind::ExpiredCard => (Some(Field::Expiry), Retry::OtherCard),
            Kind::IncorrectNumber => (Some(Field::Number), Retry::SameCard),
            Kind::IncorrectExpiry => (Some(Field::Expiry), Retry::SameCard),
            Kind::IncorrectCvc => (Some(Field::Cvc), Retry::SameCard),
            Kind::ActionLoop
            | Kind::ActionUnsupported
            | Kind::ApprovedLate
            | Kind::AuthenticationFailed
            | Kind::AuthenticationTimeout
            | Kind::Cancelled
            | Kind::CardAgain
            | Kind::IssuerUnavailable
            | Kind::Offline
            | Kind::TokenizerUnavailable
            | Kind::Other => (None, Retry::SameCard),
            Kind::GatewayUnavailable | Kind::RateLimited => (None, Retry::Later),
        };
        Self { kind, field, retry }
    }
}

impl From<FailureKind> for Failure {
    fn from(kind: FailureKind) -> Self {
        Self::of(kind)
    }
}

/// What happened. In every one of these cases the shopper pays nothing for the attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The bank asked for more steps than are allowed.
    ActionLoop,
    /// The bank asked for a step this checkout can't show.
    ActionUnsupported,
    /// Approved when the order could no longer take it: the money is being given back.
    ApprovedLate,
    /// The shopper was refused by the bank's verification.
    AuthenticationFailed,
    /// The bank's verification was not finished in time.
    AuthenticationTimeout,
    /// The shopper stopped at the bank's page.
    Cancelled,
    /// The card has to be entered again: its token ran out or was used up.
    CardAgain,
    /// The bank said no, for whatever reason.
    CardDeclined,
    /// The card is out of date.
    ExpiredCard,
    /// The payment system did not take the payment.
    GatewayUnavailable,
    /// The security code is wrong.
    IncorrectCvc,
    /// The expiry date is wrong.
    IncorrectExpiry,
    /// The card number is wrong.
    IncorrectNumber,
    /// Not enough money.
    InsufficientFunds,
    /// The card's bank can't be reached.
    IssuerUnavailable,
    /// A limit of amount or number of payments.
    LimitExceeded,
    /// The card can't be used for this kind of payment.
    NotPermitted,
    /// The device was offline, and nothing was sent.
    Offline,
    /// Too many tries.
    RateLimited,
    /// The card could not be registered; the payment was never asked for.
    TokenizerUnavailable,
    /// Something else, told by `failed_message_for_user`.
    #[serde(other)]
    Other,
}

/// What helps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// Some time.
    Later,
    /// Another card.
    OtherCard,
    /// The same again, after a look at the card's details.
    #[default]
    #[serde(other)]
    SameCard,
}
