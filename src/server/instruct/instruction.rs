//! A capture, void or refund that the shop asked for, as it is kept.

use crate::provider::checkout_com::ActionKind;

/// What is to be done with the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What is reserved is taken.
    Capture,
    /// What is reserved is let go.
    Void,
    /// What was taken is given back.
    Refund,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Capture, Self::Void, Self::Refund];

    /// The name in the store and on the timeline.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund => "refund",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == text)
    }

    /// The last part of the address, here and at Checkout.com.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Capture => "captures",
            Self::Void => "voids",
            Self::Refund => "refunds",
        }
    }

    pub(crate) fn of_path(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.path() == text)
    }

    pub(crate) fn is(self, action: ActionKind) -> bool {
        matches!(
            (self, action),
            (Self::Capture, ActionKind::Capture)
                | (Self::Void, ActionKind::Void)
                | (Self::Refund, ActionKind::Refund)
        )
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Stored; the gateway is being called.
    Asked,
    /// The gateway gave no clear answer: it is asked again under the same key.
    Unknown,
    /// The gateway took it on: how it ends stands in the payment's actions.
    Accepted,
    /// It worked.
    Done,
    /// It was taken on and did not work, or it never came there.
    Failed,
    /// The gateway refused it: nothing was done.
    Refused,
}

impl Fate {
    const ALL: [Self; 6] = [
        Self::Asked,
        Self::Unknown,
        Self::Accepted,
        Self::Done,
        Self::Failed,
        Self::Refused,
    ];

    /// The name in the store and in `GET /orders/{orderId}`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Unknown => "unknown",
            Self::Accepted => "accepted",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Refused => "refused",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fate| fate.name() == text)
    }

    /// Whether it is still to be found out how it ends.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Asked | Self::Unknown | Self::Accepted)
    }

    /// Whether it has, or may have, moved money.
    pub(crate) fn stands(self) -> bool {
        self.is_open() || self == Self::Done
    }
}

/// One capture, void or refund. Times are milliseconds of Unix time.
#[derive(Clone, Debug)]
pub(crate) struct Instruction {
    /// `act_` and 26 characters, ours: the same in every answer to the same call.
    pub(crate) id: String,
    pub(crate) order_id: String,
    /// The attempt whose payment it is about.
    pub(crate) attempt: String,
    pub(crate) kind: Kind,
    /// Minor units asked for; all that is left if there are none.
    pub(crate) amount: Option<i64>,
    /// The shop's own.
    pub(crate) reference: Option<String>,
    /// More captures were announced.
    pub(crate) more: bool,
    /// Another call with the same identity is the same one.
    pub(crate) identity: String,
    /// Hash of what the call asked for.
    pub(crate) fingerprint: String,
    /// The gateway's idempotency key.
    pub(crate) gateway_key: String,
    /// The gateway's id of the action.
    pub(crate) gateway_action: Option<String>,
    /// What is sent to the gateway, as JSON.
    pub(crate) body: String,
    pub(crate) fate: Fate,
    /// Of a refusal: its status and error codes.
    pub(crate) why: Option<String>,
    /// Minor units that it came to; 0 before it is done.
    pub(crate) came_to: i64,
    /// How often the gateway was asked.
    pub(crate) asks: i64,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

impl Instruction {
    /// The reference that the action carries at the gateway: the shop's, else our id.
    pub(crate) fn sent_reference(&self) -> &str {
        self.reference.as_deref().unwrap_or(&self.id)
    }

    /// Notes a refusal so that it can be answered again.
    pub(crate) fn refusal(status: u16, codes: &[String]) -> String {
        format!("{status} {}", codes.join(","))
    }

    /// The refusal as it was noted.
    pub(crate) fn refused(&self) -> (u16, Vec<String>) {
        let (status, codes) = self
            .why
            .as_deref()
            .and_then(|why| why.split_once(' '))
            .unwrap_or_default();
        let codes = codes.split(',').filter(|code| !code.is_empty());
        (
            status.parse().unwrap_or(403),
            codes.map(str::to_owned).collect(),
        )
    }
}
