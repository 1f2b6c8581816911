//! One try to pay an order. It is stored before the gateway hears of it.

use crate::{money::Money, outcome::FailureKind, sensitive::Sensitive, session::Capture};

use super::{
    decide::pause,
    gateway::{Gateway, Settle},
};

/// How often an authorised payment is asked about, in milliseconds: its capture is the
/// merchant's doing, and a report of the gateway tells it sooner.
const WATCH_EVERY_MS: i64 = 3_600_000;

/// How far an attempt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Stored; the gateway is being called.
    Creating,
    /// The bank asks the shopper something.
    Action,
    /// Known to be pending at the gateway.
    Processing,
    /// The gateway gave no clear answer.
    Unknown,
    /// It paid the order.
    Succeeded,
    /// Declined or refused: nothing charged.
    Failed,
    /// Stopped: nothing charged.
    Cancelled,
    /// Approved, but the order can't take it: the money is being given back.
    Undoing,
    /// Given back before it was taken.
    Voided,
    /// Given back after it was taken.
    Refunded,
}

impl Phase {
    const ALL: [Self; 10] = [
        Self::Creating,
        Self::Action,
        Self::Processing,
        Self::Unknown,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
        Self::Undoing,
        Self::Voided,
        Self::Refunded,
    ];

    /// The name in the store and in `GET /orders/{orderId}`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Action => "action",
            Self::Processing => "processing",
            Self::Unknown => "unknown",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Undoing => "undoing",
            Self::Voided => "voided",
            Self::Refunded => "refunded",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == text)
    }

    /// Whether it may still pay the order.
    pub(crate) fn may_pay(self) -> bool {
        matches!(
            self,
            Self::Creating | Self::Action | Self::Processing | Self::Unknown
        )
    }

    /// Whether it is still to be found out how it ends.
    pub(crate) fn is_asked(self) -> bool {
        self.may_pay() || self == Self::Undoing
    }
}

/// What an operator found at a gateway that can't be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorSays {
    /// The money was taken.
    Charged,
    /// Nothing is taken, or no longer.
    NotCharged,
}

impl OperatorSays {
    /// The word of the command line and the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Charged => "charged",
            Self::NotCharged => "not-charged",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Charged, Self::NotCharged]
            .into_iter()
            .find(|says| says.name() == text)
    }
}

/// An attempt. Times are milliseconds of Unix time.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) order_id: String,
    pub(crate) id: String,
    pub(crate) org: String,
    /// Who was asked for the money.
    pub(crate) gateway: Gateway,
    /// Where the bank sends the shopper back to.
    pub(crate) session_id: String,
    /// Hash of what the call asked for.
    pub(crate) fingerprint: String,
    /// The card's token, or a saved card's name, until the outcome is known or the token is
    /// spent.
    pub(crate) token: Option<Sensitive<String>>,
    pub(crate) total: Money,
    pub(crate) capture: Capture,
    /// Finds the payment at the gateway.
    pub(crate) reference: String,
    /// The gateway's idempotency key.
    pub(crate) gateway_key: String,
    pub(crate) return_url: String,
    pub(crate) phase: Phase,
    /// The shopper left the challenge, and another attempt may run.
    pub(crate) abandoned: bool,
    /// The shopper came back from the bank.
    pub(crate) returned: bool,
    pub(crate) gateway_payment_id: Option<String>,
    pub(crate) response_code: Option<String>,
    pub(crate) redirect_url: Option<String>,
    pub(crate) failure: Option<FailureKind>,
    /// The support code of the call that made it.
    pub(crate) req_id: String,
    pub(crate) access_token: Sensitive<String>,
    pub(crate) resume_token: Sensitive<String>,
    /// The gateway's own order that the charge was asked for; empty before the call, and where
    /// a gateway has none.
    pub(crate) gateway_order: String,
    /// The gateway's own action token while the bank's question is open.
    pub(crate) action_token: Option<Sensitive<String>>,
    /// How many questions of the bank there were.
    pub(crate) actions: i64,
    /// How it ended, by the word of an operator who has looked at the gateway.
    pub(crate) operator_says: Option<OperatorSays>,
    /// How often the gateway was asked.
    pub(crate) asks: i64,
    pub(crate) asked_at: i64,
    pub(crate) next_ask_at: i64,
    /// When a search for its payment first came up empty; 0 before.
    pub(crate) quiet_since: i64,
    /// Until when the capture of an authorised payment is waited for; 0 if none is.
    pub(crate) watch_until: i64,
    /// The authorisation that won was voided or ran out before a capture.
    pub(crate) released: bool,
    /// What is known to be captured of it, in minor units.
    pub(crate) captured: i64,
    /// What is known to be given back of that.
    pub(crate) refunded: i64,
    /// Whether the card is kept when it pays.
    pub(crate) keep_card: bool,
    /// It charges a saved card: the gateway's id of the payment in which the customer agreed.
    /// The customer isn't there to answer the bank.
    pub(crate) previous_payment: Option<String>,
    pub(crate) created_at: i64,
}

impl Attempt {
    /// Whether it keeps other attempts of the order out.
    pub(crate) fn is_open(&self) -> bool {
        self.phase.may_pay() && !self.abandoned
    }

    /// Whether the gateway is to be asked about it at `now`.
    pub(crate) fn is_asked(&self, now: i64) -> bool {
        self.phase.is_asked() || self.watch_until > now
    }

    /// How long after a question at `now` comes the next, in milliseconds.
    pub(crate) fn pause(&self, now: i64) -> i64 {
        if self.gateway.settle() == Settle::ByReport && self.action_token.is_none() {
            // There is nothing to ask about.
            WATCH_EVERY_MS
        } else if self.phase.is_asked() {
            pause(self.at_the_bank(), self.asks, now - self.created_at)
        } else {
            WATCH_EVERY_MS
        }
    }

    /// Whether the shopper is answering the bank's question.
    pub(crate) fn at_the_bank(&self) -> bool {
        self.phase == Phase::Action && !self.returned && !self.abandoned
    }

    /// Whether nobody is there to answer the bank: it charges a saved card.
    pub(crate) fn is_alone(&self) -> bool {
        self.previous_payment.is_some()
    }

    /// Whether leaving it makes room for another attempt. Only what the gateway is known to
    /// hold pending on the shopper's answer: an unknown outcome is never paid a second time.
    pub(crate) fn can_be_left(&self) -> bool {
        self.is_open()
            && matches!(self.phase, Phase::Action | Phase::Processing)
            && self.gateway_payment_id.is_some()
            && self.redirect_url.is_some()
    }
}
