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

    /// `kind` with the field and the way on that go with it. A decline that may be a hard one
    /// never offers the same card again.
    pub fn of(kind: FailureKind) -> Self {
        use FailureKind as Kind;
        let (field, retry) = match kind {
            Kind::ActionUnsupported
            | Kind::CardDeclined
            | Kind::InsufficientFunds
            | Kind::LimitExceeded
            | Kind::NotPermitted => (None, Retry::OtherCard),
            Kind::ExpiredCard => (Some(Field::Expiry), Retry::OtherCard),
            Kind::IncorrectNumber => (Some(Field::Number), Retry::SameCard),
            Kind::IncorrectExpiry => (Some(Field::Expiry), Retry::SameCard),
            Kind::IncorrectCvc | Kind::IncorrectDetails => (Some(Field::Cvc), Retry::SameCard),
            Kind::IncorrectName => (Some(Field::Name), Retry::SameCard),
            Kind::ActionLoop
            | Kind::ApprovedLate
            | Kind::AuthenticationFailed
            | Kind::AuthenticationTimeout
            | Kind::Cancelled
            | Kind::CardAgain
            | Kind::Offline
            | Kind::TokenizerUnavailable
            | Kind::Other => (None, Retry::SameCard),
            Kind::DeclinedForNow
            | Kind::GatewayUnavailable
            | Kind::IssuerUnavailable
            | Kind::RateLimited => (None, Retry::Later),
            Kind::MerchantMisconfiguration => (None, Retry::None),
        };
        Self { kind, field, retry }
    }
}

impl From<FailureKind> for Failure {
    fn from(kind: FailureKind) -> Self {
        Self::of(kind)
    }
}

/// What happened. In every one of these cases the shopper pays nothing for the attempt, and the
/// form keeps the card as it was typed; for the security code see [`FailureKind::keeps_cvc`].
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
    /// The bank said no this time, and may say yes later.
    DeclinedForNow,
    /// The card is out of date.
    ExpiredCard,
    /// The payment system did not take the payment.
    GatewayUnavailable,
    /// The security code is wrong.
    IncorrectCvc,
    /// Date or security code is wrong; which of them is not told.
    IncorrectDetails,
    /// The expiry date is wrong.
    IncorrectExpiry,
    /// The name on the card is wrong.
    IncorrectName,
    /// The card number is wrong.
    IncorrectNumber,
    /// Not enough money.
    InsufficientFunds,
    /// The card's bank can't be reached.
    IssuerUnavailable,
    /// A limit of amount or number of payments.
    LimitExceeded,
    /// The shop's account does not allow the payment, whatever the card.
    MerchantMisconfiguration,
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

impl FailureKind {
    /// All of them.
    pub const ALL: [Self; 25] = [
        Self::ActionLoop,
        Self::ActionUnsupported,
        Self::ApprovedLate,
        Self::AuthenticationFailed,
        Self::AuthenticationTimeout,
        Self::Cancelled,
        Self::CardAgain,
        Self::CardDeclined,
        Self::DeclinedForNow,
        Self::ExpiredCard,
        Self::GatewayUnavailable,
        Self::IncorrectCvc,
        Self::IncorrectDetails,
        Self::IncorrectExpiry,
        Self::IncorrectName,
        Self::IncorrectNumber,
        Self::InsufficientFunds,
        Self::IssuerUnavailable,
        Self::LimitExceeded,
        Self::MerchantMisconfiguration,
        Self::NotPermitted,
        Self::Offline,
        Self::RateLimited,
        Self::TokenizerUnavailable,
        Self::Other,
    ];

    /// Whether the security code stays in its field: only where the card never became a
    /// token, so that nothing has been used up.
    pub fn keeps_cvc(self) -> bool {
        matches!(self, Self::TokenizerUnavailable)
    }
}

/// What helps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// Some time.
    Later,
    /// Nothing that the shopper can do here: the shop has to be told.
    None,
    /// Another card.
    OtherCard,
    /// The same again, after a look at the card's details.
    #[default]
    #[serde(other)]
    SameCard,
}
