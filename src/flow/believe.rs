//! Believing what the state says: the backend's word on the attempt decides the screen.

use super::{Check, Effect, Effects, Flow, Known, State, retry, state::Step};
use crate::{
    embed::Told,
    outcome::FailureKind,
    screen::Notice,
    session::{Feature, LastAttempt, Phase, SessionState, Standing},
};

impl Flow {
    pub(super) fn believe(&mut self, session: SessionState) -> Effects {
        let known = self.session.as_ref();
        // Paid is never taken back.
        if matches!(self.state, State::Paid | State::Authorised) {
            if let Some(known) = &mut self.session {
                known.session.reversal = session.reversal;
            }
            return self.while_returning().into_iter().collect();
        }
        let used = known.map_or(0, |known| {
            if known.session.attempt.id == session.attempt.id {
                known.used
            } else {
                0
            }
        });
        let repriced = known.is_some_and(|known| known.session.total != session.total);
        // An attempt under way outlives the session that it was begun in.
        let open = session.attempt.phase != Phase::New;
        let order = session.order;
        self.session = Some(Known {
            order_id: session.order_id.clone(),
            session,
            at_ms: self.now_ms,
            used,
        });
        match order {
            Standing::Paid | Standing::Authorised => self.succeed(),
            _ if self.is_final() => self.while_returning().into_iter().collect(),
            Standing::Cancelled if !open => self.cancelled(),
            Standing::Expired if !open => self.expired(),
            Standing::Cancelled | Standing::Expired | Standing::Open => {
                self.continue_attempt(repriced)
            }
        }
    }

    fn continue_attempt(&mut self, repriced: bool) -> Effects {
        let Some(session) = self.session() else {
            return Effects::new();
        };
        let attempt = session.attempt.clone();
        self.learn_support(&attempt.req_id);
        match (attempt.phase, &mut self.state) {
            (Phase::New, _) => self.attempt_is_free(repriced),
            (Phase::Action, State::Action(step)) if step.attempt == attempt.id => Effects::new(),
            // It has not heard that the shopper left.
            (
                Phase::Action,
                State::Checking(Check {
                    left: Some(leave), ..
                }),
            ) if leave.attempt == attempt.id && leave.may_repeat() => {
                let leave = leave.clone();
                self.tell_left(leave)
            }
            (Phase::Action, _) => self.act(attempt.id, 0, &attempt.action_required_token),
            (Phase::Processing, State::Processing(check))
            | (Phase::Creating | Phase::Unknown, State::Checking(check))
                if check.attempt == attempt.id =>
            {
                // It has arrived there: from now on only questions.
                check.call = None;
                check.refused = None;
                self.ask_later(0)
            }
            (Phase::Processing, _) => {
                let check = self.doubt(attempt.id);
                let mut effects = vec![Effect::Tell(Told::Processing {
                    order_id: self.order_id(),
                    req_id: self.support_code(),
                })];
                effects.extend(self.watch(State::Processing(check), 0));
                effects
            }
            (Phase::Creating | Phase::Unknown, _) => {
                let check = self.doubt(attempt.id);
                self.watch(State::Checking(check), 0)
            }
        }
    }

    /// No attempt is under way: whatever was, is over, or has never arrived. An order that was
    /// `repriced` since the last state is paid only after its new amount was seen.
    fn attempt_is_free(&mut self, repriced: bool) -> Effects {
        let next = self
            .session()
            .map(|session| session.attempt.id.clone())
            .unwrap_or_default();
        match &mut self.state {
            State::Checking(Check {
                left: Some(leave), ..
            }) => {
                let leave = leave.clone();
                // The order is open: it has not heard that the checkout was given up.
                if leave.attempt.is_empty() && leave.may_repeat() {
                    self.tell_left(leave)
                } else {
                    self.let_go(leave)
                }
            }
            State::Checking(check) if check.attempt == next => {
                let over = retry::reads_are_over(check.asks.asked);
                match (check.call.take(), check.refused) {
                    (_, Some(kind)) => self.failed(kind.into(), None),
                    // Never seen there: once more, same id, same body.
                    (Some(sending), None) if sending.may_repeat() && !repriced => {
                        self.create(sending)
                    }
                    // All waits went by, and nothing came: the form again, under the same id,
                    // so that a straggler and the next payment can't both count.
                    _ if over && self.offers(Feature::IdempotencyKey) => {
                        self.failed(FailureKind::GatewayUnavailable.into(), None)
                    }
                    _ => self.ask_later(0),
                }
            }
            State::Renewing { .. } if repriced => self.repriced(),
            // Also under the id of a call that was refused or never left: the backend says
            // that it is free.
            State::Renewing { token, .. } => {
                let token = token.clone();
                self.create_with(token)
            }
            // An answer told more than the state knows yet: that a step is open, or that the
            // payment is pending.
            State::Processing(check) if check.attempt == next => self.ask_later(0),
            State::Action(step) if step.attempt == next => Effects::new(),
            State::Checking(Check { attempt, .. })
            | State::Processing(Check { attempt, .. })
            | State::Resuming { attempt, .. }
            | State::Action(Step { attempt, .. }) => {
                let attempt = attempt.clone();
                self.over(&attempt, false)
            }
            State::Leaving(leave) => {
                let leave = leave.clone();
                self.let_go(leave)
            }
            State::Loading(_) => self.first_form(),
            State::Form
            | State::Tokenizing(_)
            | State::Waiting(_)
            | State::Creating(_)
            | State::Unknown
            | State::Owned
            | State::Paid
            | State::Authorised
            | State::Cancelled
            | State::Expired
            | State::Unavailable { .. } => Effects::new(),
        }
    }

    /// An attempt that ended without paying: its reason is in the state, or the shopper left it.
    pub(super) fn over(&mut self, attempt: &str, left: bool) -> Effects {
        if attempt.is_empty() {
            return self.form();
        }
        let last = self.last_of(attempt);
        if let Some(last) = &last {
            self.learn_support(&last.req_id);
        }
        match last {
            Some(last) if !last.cancelled => {
                let message = Some(last.failed_message_for_user).filter(|text| !text.is_empty());
                self.failed(last.failure, message)
            }
            _ => self.stopped(left),
        }
    }

    /// The code of the newest answer stays until there is another.
    pub(super) fn learn_support(&mut self, req_id: &str) {
        if !req_id.is_empty() {
            self.support = Some(req_id.to_owned());
        }
    }

    /// How `attempt` ended, if the state tells.
    pub(super) fn last_of(&self, attempt: &str) -> Option<LastAttempt> {
        let last = self.session()?.last.as_ref()?;
        (last.id == attempt).then(|| last.clone())
    }

    pub(super) fn first_form(&mut self) -> Effects {
        let last = self.session().and_then(|session| session.last.clone());
        if let Some(last) = last {
            self.notice = Some(last.notice());
            self.support = Some(last.req_id).filter(|id| !id.is_empty());
        }
        self.enter(State::Form);
        self.asked_ms = self.now_ms;
        let mut effects = vec![self.look_again()];
        if !self.announced_ready {
            self.announced_ready = true;
            effects.push(Effect::Tell(Told::Ready));
        }
        effects
    }
}

impl LastAttempt {
    fn notice(&self) -> Notice {
        if self.cancelled {
            return Notice::PaymentCancelled;
        }
        let message = Some(self.failed_message_for_user.clone()).filter(|text| !text.is_empty());
        Notice::Failed {
            failure: self.failure,
            message,
        }
    }
}
