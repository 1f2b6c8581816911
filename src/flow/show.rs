//! The screen of each state.

use super::{
    Flow, State,
    state::{Reason, Step, Wait},
};
use crate::{
    screen::{Challenge, Order, Screen, Stage, Waiting},
    session::Feature,
};

impl From<&Flow> for Screen {
    fn from(flow: &Flow) -> Self {
        let stage = match &flow.state {
            State::Loading(_) => Stage::Loading,
            State::Form => Stage::Form,
            State::Tokenizing(_) | State::Renewing { .. } | State::Creating(_) => Stage::Busy,
            State::Waiting(wait) => Stage::Waiting(waiting(wait)),
            State::Action(step) if step.left => Stage::Left,
            State::Action(step) => Stage::Challenge(challenge(step)),
            State::Resuming { .. } | State::Leaving(_) => Stage::Confirming,
            State::Checking(_) => Stage::Checking,
            State::Unknown => Stage::Unknown,
            State::Owned => Stage::Owned,
            State::Processing(_) => Stage::Processing,
            State::Paid => Stage::Paid,
            State::Authorised => Stage::Authorised,
            State::Cancelled => Stage::Cancelled,
            State::Expired => Stage::Expired,
            State::Unavailable { retry } => Stage::Unavailable { retry: *retry },
        };
        Self {
            order: flow.session().map(|session| Order {
                merchant: session.merchant.clone(),
                reference: session.reference.clone(),
                total: session.total,
                lines: session.lines.clone(),
                mode: session.mode,
                success_url: session.success_url.clone(),
                cancel_url: session.cancel_url.clone(),
                language: session.language.clone(),
            }),
            stage,
            notice: flow.notice.clone(),
            problems: flow.problems,
            brand: flow.brand,
            networks: flow.offered_networks(),
            // At the bank nothing has gone wrong yet.
            support: match &flow.state {
                State::Action(_) => None,
                _ => flow.support.clone(),
            },
            offline: !flow.online,
            reversal: flow.session().and_then(|session| session.reversal),
            can_ask: flow.session.is_none() || flow.offers(Feature::Status),
        }
    }
}

fn waiting(wait: &Wait) -> Waiting {
    match wait.reason {
        Reason::Connection => Waiting::Connection,
        Reason::Pause => Waiting::Pause { seconds: wait.left },
    }
}

fn challenge(step: &Step) -> Challenge {
    Challenge {
        url: step.action.redirect_url.clone(),
        loaded: step.loaded,
        leaving: step.leaving,
        slow: step.slow,
        ending: step.ending,
    }
}
