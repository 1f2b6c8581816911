//! The calls of a charge, one at a time, and what is heard of each.

use crate::{
    http::{NoAnswer, Response},
    outcome::FailureKind,
};

use super::{
    charge::Claim,
    document::{Refusal, Reply},
    id::Id,
    order::Order,
    source::Source,
};

/// The next call. It is kept before the call is made, so that after a crash it is known what may
/// have taken effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Read the order: nothing has been changed.
    Open,
    /// Ask about a payment source that somebody else has put on the order.
    Other(Id),
    /// Make the payment source.
    Create,
    /// Read the order: was the source made?
    Find {
        /// Why making it was refused, if it was.
        refused: Option<FailureKind>,
    },
    /// Charge the card.
    Authorize(Id),
    /// Read the source: was the card charged?
    Look {
        source: Id,
        /// Why charging it was refused, if it was.
        refused: Option<FailureKind>,
    },
    /// Ask Checkout.com by way of Commerce Layer, after the bank.
    Details { source: Id, session: Option<String> },
    /// The same, at any time; also brings the order's transactions up to date.
    Refresh(Id),
    /// Read the order before it is placed.
    Check(Id),
    /// Place it.
    Place(Id),
    /// Read the order: is it placed, and paid?
    Placed { source: Id, after: After },
    /// It is placed and does not know its money yet: ask Checkout.com.
    Settle(Id),
}

/// What went before a look at a placed order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It was being placed.
    Placing,
    /// The answer was lost.
    Lost,
    /// Placing was refused.
    Refused,
    /// Checkout.com was asked.
    Settled,
}

impl After {
    const ALL: [(&'static str, Self); 4] = [
        ("placing", Self::Placing),
        ("lost", Self::Lost),
        ("refused", Self::Refused),
        ("settled", Self::Settled),
    ];
}

/// What was heard of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    Order(Box<Order>),
    Source(Box<Source>),
    Refused(Refusal),
    /// The token is over: get another and send the same once more. Heard twice it means that
    /// tokens of this application are not taken.
    AfterNewToken,
    /// The request never left.
    NotSent,
    /// No answer, or one that tells nothing: it may have taken effect.
    Nothing,
}

impl Stage {
    /// Reads what came of this stage's call.
    pub fn read(&self, claim: &Claim<'_>, sent: &Result<Response, NoAnswer>) -> Heard {
        let response = match sent {
            Ok(response) => response,
            Err(NoAnswer::NotSent) => return Heard::NotSent,
            Err(NoAnswer::Lost) => return Heard::Nothing,
        };
        let order = |reply| heard(reply, Heard::Order);
        let source = |reply| heard(reply, Heard::Source);
        match self {
            Self::Open
            | Self::Find { .. }
            | Self::Check(_)
            | Self::Place(_)
            | Self::Placed { .. } => order(Order::read(response, claim.order)),
            Self::Create => source(Source::made(response)),
            Self::Other(id)
            | Self::Authorize(id)
            | Self::Look { source: id, .. }
            | Self::Details { source: id, .. }
            | Self::Refresh(id)
            | Self::Settle(id) => source(Source::read(response, id)),
        }
    }

    /// The payment source, once it is known.
    pub fn source(&self) -> Option<&Id> {
        match self {
            Self::Open | Self::Other(_) | Self::Create | Self::Find { .. } => None,
            Self::Authorize(id)
            | Self::Refresh(id)
            | Self::Check(id)
            | Self::Place(id)
            | Self::Settle(id)
            | Self::Look { source: id, .. }
            | Self::Details { source: id, .. }
            | Self::Placed { source: id, .. } => Some(id),
        }
    }

    /// Where to go on when the answer to this stage's call was never read: a call that changes
    /// something is not made again, its effect is looked for.
    #[must_use]
    pub fn resumed(self) -> Self {
        match self {
            Self::Create => Self::Find { refused: None },
            Self::Authorize(source) => Self::Look {
                source,
                refused: None,
            },
            Self::Details { source, .. } => Self::Refresh(source),
            Self::Place(source) => Self::Placed {
                source,
                after: After::Lost,
            },
            other => other,
        }
    }

    /// As it is kept: a word, and the source's id.
    pub fn write(&self) -> String {
        let (word, id) = match self {
            Self::Open => ("open", None),
            Self::Other(id) => ("other", Some(id)),
            Self::Create => ("create", None),
            Self::Find { .. } => ("find", None),
            Self::Authorize(id) => ("authorize", Some(id)),
            Self::Look { source, .. } => ("look", Some(source)),
            Self::Details { source, .. } => ("details", Some(source)),
            Self::Refresh(id) => ("refresh", Some(id)),
            Self::Check(id) => ("check", Some(id)),
            Self::Place(id) => ("place", Some(id)),
            Self::Placed { source, after } => {
                let found = After::ALL.iter().find(|(_, own)| own == after);
                (found.map_or("lost", |(word, _)| *word), Some(source))
            }
            Self::Settle(id) => ("settle", Some(id)),
        };
        match id {
            Some(id) => format!("{word} {id}"),
            None => word.to_owned(),
        }
    }

    /// Reads what was kept. Reasons and sessions are not: what is kept without them is asked
    /// for more carefully.
    pub fn parse(text: &str) -> Option<Self> {
        let (word, id) = match text.split_once(' ') {
            Some((word, id)) => (word, Some(Id::parse(id)?)),
            None => (text, None),
        };
        Some(match (word, id) {
            ("open", None) => Self::Open,
            ("create", None) => Self::Create,
            ("find", None) => Self::Find { refused: None },
            ("other", Some(id)) => Self::Other(id),
            ("authorize", Some(id)) => Self::Authorize(id),
            ("look", Some(source)) => Self::Look {
                source,
                refused: None,
            },
            ("details" | "refresh", Some(id)) => Self::Refresh(id),
            ("check", Some(id)) => Self::Check(id),
            ("place", Some(id)) => Self::Place(id),
            ("settle", Some(id)) => Self::Settle(id),
            (word, Some(source)) => Self::Placed {
                source,
                after: After::ALL.iter().find(|(own, _)| *own == word)?.1,
            },
            _ => return None,
        })
    }
}

fn heard<T>(reply: Reply<T>, got: fn(Box<T>) -> Heard) -> Heard {
    match reply {
        Reply::Got(it) => got(Box::new(it)),
        Reply::AfterNewToken => Heard::AfterNewToken,
        Reply::Refused(refusal) => Heard::Refused(refusal),
        Reply::Undecidable => Heard::Nothing,
    }
}
