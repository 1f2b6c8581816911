//! What is known to be impossible, or to have been asked before: values in, a verdict out.
//! What isn't known here the gateway decides.

use super::{Fate, Instruction, Kind, Wish};
use crate::{
    money::Money,
    provider::checkout_com::chargeable,
    server::{attempt::Attempt, order::Order},
    session::Capture,
};

/// Why nothing is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No payment of the order holds money.
    NotAuthorised,
    /// The order's gateway does nothing of the kind from here.
    NotHere,
    /// A capture of what is captured without being asked.
    Automatic,
    /// It is captured, or is being captured, as far as it can be.
    Captured,
    /// The reservation is gone, or is being let go.
    Released,
    /// All of it is given back, or is being given back.
    Refunded,
    /// The idempotency key was used for another body.
    KeyReused,
    /// Checkout.com's code for what is wrong with the amount.
    Amount(&'static str),
}

/// What to do with a call.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// It is new, and may be possible.
    Ask,
    /// It was asked for before.
    Same(Box<Instruction>),
    Refuse(Refusal),
}

/// The one that a repeated call means. What the gateway refused was never stored as an answer;
/// without a key, what failed may be asked for again by the same words.
fn earlier<'a>(
    wish: &Wish,
    identity: &str,
    keyed: bool,
    before: &'a [Instruction],
) -> Option<&'a Instruction> {
    before.iter().rev().find(|one| {
        one.kind == wish.kind
            && one.identity == identity
            && one.fate != Fate::Refused
            && (keyed || one.fate != Fate::Failed)
    })
}

/// Decides from the order, the attempt that holds its money and what was asked for before,
/// oldest first. `several` is whether the account captures one payment more than once.
pub(crate) fn judge(
    wish: &Wish,
    key: Option<&str>,
    order: &Order,
    winner: Option<&Attempt>,
    before: &[Instruction],
    several: bool,
) -> Verdict {
    if !order.gateway.acts() {
        return Verdict::Refuse(Refusal::NotHere);
    }
    if let Some(one) = earlier(wish, &wish.identity(key), key.is_some(), before) {
        return if key.is_none() || one.fingerprint == wish.fingerprint() {
            Verdict::Same(Box::new(one.clone()))
        } else {
            Verdict::Refuse(Refusal::KeyReused)
        };
    }
    let Some(winner) = winner else {
        return Verdict::Refuse(Refusal::NotAuthorised);
    };
    impossible(wish, order, winner, before, several).map_or(Verdict::Ask, Verdict::Refuse)
}

fn impossible(
    wish: &Wish,
    order: &Order,
    winner: &Attempt,
    before: &[Instruction],
    several: bool,
) -> Option<Refusal> {
    let total = winner.total.minor;
    let standing = |kind: Kind| {
        before
            .iter()
            .filter(move |one| one.kind == kind && one.fate.stands())
    };
    // All that was left may be all there is.
    let sum = |kind: Kind| -> i64 {
        standing(kind)
            .map(|one| match one.fate {
                Fate::Done => one.came_to,
                _ => one.amount.unwrap_or(total),
            })
            .sum()
    };
    if winner.released || standing(Kind::Void).next().is_some() {
        return Some(Refusal::Released);
    }
    let amount = wish.amount;
    if amount.is_some_and(|amount| chargeable(Money::new(amount, winner.total.currency)).is_err()) {
        return Some(Refusal::Amount("amount_invalid"));
    }
    match wish.kind {
        Kind::Capture => {
            if order.capture != Capture::Manual {
                return Some(Refusal::Automatic);
            }
            let taken = winner.captured.max(sum(Kind::Capture));
            let last = standing(Kind::Capture).any(|one| !one.more || !several);
            let given_back = winner.refunded > 0 || standing(Kind::Refund).next().is_some();
            if last || given_back || taken >= total {
                return Some(Refusal::Captured);
            }
            match amount {
                Some(amount) if amount > total => {
                    Some(Refusal::Amount("capture_value_greater_than_authorized"))
                }
                Some(amount) if amount > total - taken => Some(Refusal::Amount(
                    "capture_value_greater_than_remaining_authorized",
                )),
                _ => None,
            }
        }
        Kind::Void => {
            if winner.captured > 0 || standing(Kind::Capture).next().is_some() {
                return Some(Refusal::Captured);
            }
            // A reservation is let go as a whole.
            amount
                .is_some_and(|amount| amount != total)
                .then_some(Refusal::Amount("void_amount_invalid"))
        }
        Kind::Refund => {
            let back = winner.refunded.max(sum(Kind::Refund));
            if back >= total {
                return Some(Refusal::Refunded);
            }
            amount
                .is_some_and(|amount| amount > total - back)
                .then_some(Refusal::Amount("refund_amount_exceeds_balance"))
        }
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
