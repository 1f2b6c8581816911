//! What to do with an approved payment that its order can't keep: values in, a step out.
//!
//! A void or refund that is accepted (202) may fail later. It is tried again only when the
//! one before is known to have failed, each time under a new key; a refund names its amount,
//! so that no more can go back than was taken.

use crate::provider::checkout_com::{Action, ActionKind, Payment, State};

/// Checkout.com knows a key for 24 h; it is not used in the last of them.
const KEY_MS: i64 = 23 * 3_600_000;
/// A void that was accepted shows by then, or it is asked for again: twice does no harm.
const VOID_SHOWS_MS: i64 = 3_600_000;
/// A refund that was accepted shows by then, or a person has to look.
const REFUND_SHOWS_MS: i64 = 24 * 3_600_000;
/// So many tries of one kind fail before a person has to look.
const TRIES: usize = 5;

/// How money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A reservation is let go.
    Void,
    /// What was captured is paid back.
    Refund,
}

impl Kind {
    /// The name in the store and on the timeline.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Void => "void",
            Self::Refund => "refund",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Void, Self::Refund]
            .into_iter()
            .find(|kind| kind.name() == text)
    }

    fn is(self, action: ActionKind) -> bool {
        matches!(
            (self, action),
            (Self::Void, ActionKind::Void) | (Self::Refund, ActionKind::Refund)
        )
    }
}

/// What the gateway said when it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// Nothing clear yet.
    Asked,
    /// 202: how it ends stands in the payment's actions.
    Accepted,
    /// Not possible; nothing was done.
    Refused,
}

impl Said {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Asked, Self::Accepted, Self::Refused]
            .into_iter()
            .find(|said| said.name() == text)
    }
}

/// One void or refund under one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Try {
    pub(crate) kind: Kind,
    /// 1, 2, … within its kind.
    pub(crate) n: i64,
    pub(crate) key: String,
    /// Minor units of a refund, 0 of a void.
    pub(crate) amount: i64,
    pub(crate) said: Said,
    pub(crate) asked_at: i64,
}

/// What to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Ask for this; a new try, or the last one again under its own key.
    Ask(Try),
    /// Nothing to do but to look again later.
    Wait,
    /// All that was captured is back.
    Done,
    /// A person has to look; asking goes on.
    Operator(&'static str),
}

enum Fate {
    Failed,
    Spent,
    Repeat,
    Open,
    Overdue,
}

/// Decides from the payment as it stands, its actions if they are known, and what was tried.
/// `busy_ms` is how long a call of another server may still be running.
pub(crate) fn next(
    gateway_key: &str,
    payment: &Payment,
    actions: Option<&[Action]>,
    tries: &[Try],
    now: i64,
    busy_ms: i64,
) -> Step {
    let kind = match payment.state {
        State::Authorized => Kind::Void,
        State::Captured | State::PartiallyCaptured | State::PartiallyRefunded | State::Paid => {
            Kind::Refund
        }
        _ => return Step::Wait,
    };
    let same: Vec<&Try> = tries.iter().filter(|one| one.kind == kind).collect();
    let amount = match kind {
        Kind::Void => 0,
        Kind::Refund => match left(payment, actions, same.is_empty()) {
            Some(left) if left <= 0 => return Step::Done,
            Some(left) => left,
            None => return Step::Wait,
        },
    };
    let fresh = |n: usize| {
        Step::Ask(Try {
            kind,
            n: i64::try_from(n).unwrap_or(i64::MAX),
            key: format!("{gateway_key}-{}-{n}", kind.name()),
            amount,
            said: Said::Asked,
            asked_at: now,
        })
    };
    let Some(last) = same.last() else {
        return fresh(1);
    };
    match fate(last, actions, now, busy_ms) {
        Fate::Failed if same.len() >= TRIES => Step::Operator(
            "the void or refund of a payment that came too late failed five times: give it back at the gateway by hand",
        ),
        Fate::Failed | Fate::Spent => fresh(same.len() + 1),
        Fate::Repeat => Step::Ask(Try {
            asked_at: now,
            ..(*last).clone()
        }),
        Fate::Open => Step::Wait,
        Fate::Overdue => Step::Operator(
            "a refund was accepted and has not shown for a day: ask the gateway what became of it",
        ),
    }
}

/// What is still to be refunded; `None` if that can't be known now.
fn left(payment: &Payment, actions: Option<&[Action]>, first: bool) -> Option<i64> {
    let whole = matches!(payment.state, State::Captured | State::Paid)
        .then_some(payment.amount)
        .flatten();
    let Some(actions) = actions else {
        return whole.filter(|_| first);
    };
    let sum = |kind| -> i64 {
        actions
            .iter()
            .filter(|action| action.kind == kind && action.approved)
            .map(|action| action.amount)
            .sum()
    };
    let taken = match sum(ActionKind::Capture) {
        // The capture is not listed yet.
        0 => whole?,
        taken => taken,
    };
    Some(taken - sum(ActionKind::Refund))
}

fn fate(last: &Try, actions: Option<&[Action]>, now: i64, busy_ms: i64) -> Fate {
    let age = now - last.asked_at;
    let action = actions.and_then(|actions| {
        actions.iter().find(|action| {
            last.kind.is(action.kind) && action.reference.as_deref() == Some(last.key.as_str())
        })
    });
    match (action, last.said) {
        (Some(action), _) if !action.approved => Fate::Failed,
        // It is done, and a part is left that was captured since.
        (Some(_), _) if last.kind == Kind::Refund => Fate::Spent,
        (Some(_), _) => Fate::Open,
        (None, Said::Refused) => Fate::Failed,
        (None, Said::Asked) if age < busy_ms => Fate::Open,
        (None, Said::Asked) if age < KEY_MS => Fate::Repeat,
        // It is not among the actions: it never happened.
        (None, Said::Asked) if actions.is_some() => Fate::Failed,
        (None, Said::Accepted) if last.kind == Kind::Void && age > VOID_SHOWS_MS => Fate::Failed,
        (None, Said::Accepted) if last.kind == Kind::Refund && age > REFUND_SHOWS_MS => {
            Fate::Overdue
        }
        (None, Said::Asked | Said::Accepted) => Fate::Open,
    }
}

#[cfg(test)]
#[path = "give_back_tests.rs"]
mod tests;
