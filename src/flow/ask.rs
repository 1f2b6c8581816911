//! Asking how things stand, and believing the answer.
//!
//! Every doubt ends here: a lost answer, a closed challenge, a second tab, a reload. The
//! backend's word on the attempt decides the screen.

use super::{
    Check, Effect, Effects, Flow, Known, State, retry,
    state::{Asks, Step},
};
use crate::{
    embed::Told,
    http::{NoAnswer, Response},
    outcome::FailureKind,
    session::{Feature, Phase, SessionState, Standing},
};

/// How often the session is asked for before a button is offered instead.
const LOADS: u32 = 2;

impl Flow {
    /// The outcome is open: it is shown as open, and asked for.
    pub(super) fn check(&mut self, check: Check) -> Effects {
        self.notice = None;
        if !self.offers(Feature::Status) {
            return self.unknown();
        }
        self.enter(State::Checking(check));
        vec![self.ask()]
    }

    /// Nobody can be asked: the screen says so, and stays (F14).
    fn unknown(&mut self) -> Effects {
        self.notice = None;
        self.enter(State::Unknown);
        vec![Effect::Tell(Told::Error {
            code: "outcome_unknown",
        })]
    }

    pub(super) fn processing(&mut self, attempt: String) -> Effects {
        let check = self.doubt(attempt);
        self.notice = None;
        self.enter(State::Processing(check));
        let mut effects = vec![Effect::Tell(Told::Processing {
            order_id: self.order_id(),
        })];
        if self.offers(Feature::Status) {
            effects.push(self.ask());
        }
        effects
    }

    /// The answer of `…/state`.
    pub(super) fn told(&mut self, result: Result<Response, NoAnswer>) -> Effects {
        let session = match &result {
            Ok(response) if response.status == 200 => SessionState::read(&response.body),
            _ => None,
        };
        let Some(session) = session else {
            let (status, pause) = match &result {
                Ok(response) if response.status == 429 => {
                    let header = response.retry_after.as_deref();
                    (429, retry::pause_ms(header, self.server_now()))
                }
                Ok(response) => (response.status, None),
                Err(_) => (0, None),
            };
            return self.not_told(status, pause);
        };
        self.believe(session)
    }

    /// The state could not be had: it is asked for again, less and less often.
    fn not_told(&mut self, status: u16, pause_ms: Option<u64>) -> Effects {
        match &mut self.state {
            State::Loading(_) if matches!(status, 403 | 404 | 410) => {
                self.unavailable(false, "not_found")
            }
            State::Loading(asks) if asks.asked >= LOADS => self.unavailable(true, "load_failed"),
            State::Checking(Check {
                refused: Some(_), ..
            }) if matches!(status, 401 | 403 | 404 | 410) => {
                self.unavailable(true, "session_refused")
            }
            State::Loading(asks)
            | State::Renewing { asks, .. }
            | State::Checking(Check { asks, .. })
            | State::Processing(Check { asks, .. }) => {
                let wait = asks.next_ms();
                let pause = pause_ms.and_then(|ms| u32::try_from(ms).ok());
                let effect = wait.map(|ms| self.after(ms.max(pause.unwrap_or_default())));
                effect.into_iter().collect()
            }
            // The form stays as it is, and asks again by itself; paying will ask as well.
            _ => self.while_returning().into_iter().collect(),
        }
    }

    /// The timer that asks again ran out.
    pub(super) fn ask_at_last(&mut self) -> Effects {
        if let Some(asks) = self.state.asks() {
            asks.timer = false;
        }
        self.ask_again()
    }

    /// Asks, unless that is under way.
    pub(super) fn ask_again(&mut self) -> Effects {
        let tells = self.session.is_none() || self.tells();
        let take = tells && self.state.asks().is_some_and(Asks::take);
        take.then(|| self.ask()).into_iter().collect()
    }

    fn tells(&self) -> bool {
        self.offers(Feature::Status)
    }

    /// The answer of `…/cancel`, which is a state too.
    pub(super) fn left(&mut self, result: Result<Response, NoAnswer>) -> Effects {
        let State::Leaving { attempt, .. } = &self.state else {
            return Effects::new();
        };
        let session = result
            .ok()
            .filter(|response| response.status == 200)
            .and_then(|response| SessionState::read(&response.body));
        match session {
            Some(session) => self.believe(session),
            None => {
                let check = self.doubt(attempt.clone());
                self.watch(State::Checking(check))
            }
        }
    }

    fn believe(&mut self, session: SessionState) -> Effects {
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
        if !attempt.req_id.is_empty() {
            self.support = Some(attempt.req_id.clone());
        }
        match (attempt.phase, &mut self.state) {
            (Phase::New, _) => self.attempt_is_free(repriced),
            (Phase::Action, State::Action(step)) if step.attempt == attempt.id => Effects::new(),
            (Phase::Action, _) => self.act(attempt.id, 0, &attempt.action_required_token),
            (Phase::Processing, State::Processing(check))
            | (Phase::Creating | Phase::Unknown, State::Checking(check))
                if check.attempt == attempt.id =>
            {
                // It has arrived there: from now on only questions.
                check.call = None;
                check.refused = None;
                self.ask_later()
            }
            (Phase::Processing, _) => {
                let check = self.doubt(attempt.id);
                let mut effects = self.watch(State::Processing(check));
                effects.insert(
                    0,
                    Effect::Tell(Told::Processing {
                        order_id: self.order_id(),
                    }),
                );
                effects
            }
            (Phase::Creating | Phase::Unknown, _) => {
                let check = self.doubt(attempt.id);
                self.watch(State::Checking(check))
            }
        }
    }

    /// Asks after a pause how an attempt stands.
    pub(super) fn watch(&mut self, state: State) -> Effects {
        if !self.tells() {
            return self.unknown();
        }
        self.notice = None;
        self.enter(state);
        self.ask_later()
    }

    /// No attempt is under way: whatever was, is over, or has never arrived. An order that was
    /// `repriced` since the last state is paid only after its new amount was seen.
    fn attempt_is_free(&mut self, repriced: bool) -> Effects {
        let next = self
            .session()
            .map(|session| session.attempt.id.clone())
            .unwrap_or_default();
        match &mut self.state {
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
                    _ => self.ask_later(),
                }
            }
            State::Renewing { .. } if repriced => self.failed(FailureKind::CardAgain.into(), None),
            // Also under the id of a call that was refused or never left: the backend says
            // that it is free.
            State::Renewing { token, .. } => {
                let token = token.clone();
                self.create_with(token)
            }
            State::Checking(Check { attempt, .. })
            | State::Processing(Check { attempt, .. })
            | State::Resuming { attempt, .. }
            | State::Action(Step { attempt, .. }) => {
                let attempt = attempt.clone();
                self.over(&attempt, false)
            }
            State::Leaving { attempt, because } => {
                let (attempt, because) = (attempt.clone(), *because);
                match because {
                    Some(failure) => self.failed(failure, None),
                    None => self.over(&attempt, true),
                }
            }
            State::Loading(_) => self.first_form(),
            State::Form
            | State::Tokenizing(_)
            | State::Waiting(_)
            | State::Creating(_)
            | State::Unknown
            | State::Paid
            | State::Authorised
            | State::Cancelled
            | State::Expired
            | State::Unavailable { .. } => Effects::new(),
        }
    }

    /// An attempt that ended without paying: its reason is in the state, or the shopper left it.
    fn over(&mut self, attempt: &str, left: bool) -> Effects {
        if attempt.is_empty() {
            return self.form();
        }
        let last = self.session().and_then(|session| session.last.clone());
        match last.filter(|last| last.id == attempt) {
            Some(last) if !last.cancelled => {
                self.support = Some(last.req_id).filter(|id| !id.is_empty());
                let message = Some(last.failed_message_for_user).filter(|text| !text.is_empty());
                self.failed(last.failure, message)
            }
            _ => self.stopped(left),
        }
    }

    fn first_form(&mut self) -> Effects {
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

    fn ask_later(&mut self) -> Effects {
        let wait = self.state.asks().and_then(Asks::next_ms);
        wait.map(|ms| self.after(ms)).into_iter().collect()
    }
}

impl State {
    /// The question that this state asks until it is answered.
    fn asks(&mut self) -> Option<&mut Asks> {
        match self {
            Self::Loading(asks)
            | Self::Renewing { asks, .. }
            | Self::Checking(Check { asks, .. })
            | Self::Processing(Check { asks, .. }) => Some(asks),
            _ => None,
        }
    }
}

impl crate::session::LastAttempt {
    fn notice(&self) -> crate::screen::Notice {
        use crate::screen::Notice;
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
