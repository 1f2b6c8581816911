//! How captures, voids and refunds ended, by what the gateway lists as done.

use super::{Fate, Instruction, Kind};
use crate::provider::checkout_com::Action;

/// Checkout.com knows a key for 24 h; it is not used in the last of them.
const KEY_MS: i64 = 23 * 3_600_000;
/// What was accepted shows by then, or a person has to look.
const SHOWS_MS: i64 = 24 * 3_600_000;

/// What was learnt of one instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) id: String,
    pub(crate) fate: Fate,
    pub(crate) gateway_action: Option<String>,
    /// Minor units of what was done.
    pub(crate) came_to: i64,
}

/// Finds the actions of what is open among `all` instructions about one payment, oldest first:
/// by the gateway's id of the action, else by kind, reference and amount, each action once.
pub(crate) fn match_up(all: &[Instruction], actions: &[Action]) -> Vec<Change> {
    let mut claimed: Vec<String> = all
        .iter()
        .filter_map(|one| one.gateway_action.clone())
        .collect();
    let mut changes = Vec::new();
    for one in all.iter().filter(|one| one.fate.is_open()) {
        let found = actions.iter().find(|action| match &one.gateway_action {
            Some(id) => action.id.as_ref() == Some(id),
            None => {
                let free = action.id.as_ref().is_none_or(|id| !claimed.contains(id));
                let same = one.kind == Kind::Void
                    || one.amount.is_none_or(|amount| amount == action.amount);
                free && same
                    && one.kind.is(action.kind)
                    && action.reference.as_deref() == Some(one.sent_reference())
            }
        });
        let Some(action) = found else {
            continue;
        };
        claimed.extend(action.id.clone());
        changes.push(Change {
            id: one.id.clone(),
            fate: if action.approved {
                Fate::Done
            } else {
                Fate::Failed
            },
            gateway_action: action.id.clone(),
            came_to: if action.approved { action.amount } else { 0 },
        });
    }
    changes
}

/// What to do about an instruction that is not among the payment's actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Send it again under its own key.
    Repeat,
    /// Look again later.
    Wait,
    /// Its key is forgotten there. If the gateway's list is in, it never happened.
    Over,
    /// A person has to look; asking goes on.
    Operator,
}

/// Decides for an open instruction at `now`.
pub(crate) fn next(one: &Instruction, now: i64) -> Next {
    match one.fate {
        Fate::Asked | Fate::Unknown if now - one.created_at < KEY_MS => Next::Repeat,
        Fate::Asked | Fate::Unknown => Next::Over,
        Fate::Accepted if now - one.updated_at > SHOWS_MS => Next::Operator,
        _ => Next::Wait,
    }
}

#[cfg(test)]
#[path = "settle_tests.rs"]
mod tests;
