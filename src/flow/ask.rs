//! Asking how things stand, and believing the answer.
//!
//! Every doubt ends here: a lost answer, a closed challenge, a second tab, a reload. The
//! backend's word on the attempt decides the screen.

use super::{Check, Effect, Effects, Flow, Known, State};
use crate::{
    embed::Told,
    http::{NoAnswer, Response},
    outcome::FailureKind,
    session::{Feature, Phase, SessionState, Standing},
};

/// Waits between questions about an open outcome, in milliseconds; the last one stays.
const WAITS_MS: [u32; 6] = [1_000, 2_000, 3_000, 5_000, 10_000, 15_000];
/// How often a call is sent in all, with the same id, while the backend has never seen it.
const SENDS: u8 = 4;

impl Flow {
    /// Shows the form and asks for the attempt that the next payment will belong to.
    pub(super) fn form(&mut self) -> Effects {
        self.enter(State::Form);
        vec![self.ask(), self.after(60_000)]
    }

    /// The outcome is open: it is shown as open, and asked for.
    pub(super) fn check(&mut self, check: Check) -> Effects {
        self.notice = None;
        self.enter(State::Checking(check));
        self.ask_if_told()
    }

    pub(super) fn processing(&mut self, attempt: String) -> Effects {
        self.notice = None;
        self.enter(State::Processing(Check::new(attempt, None)));
        let mut effects = vec![Effect::Tell(Told::Processing {
            order_id: self.order_id(),
        })];
        effects.extend(self.ask_if_told());
        effects
    }

    fn ask_if_told(&mut self) -> Effects {
        // Without a status address nobody can be asked: the screen says so and stays.
        if self.offers(Feature::Status) || self.session.is_none() {
            vec![self.ask()]
        } else {
            Effects::new()
        }
    }

    /// The answer of `…/state`.
    pub(super) fn told(&mut self, result: Result<Response, NoAnswer>, now_ms: u64) -> Effects {
        let session = match &result {
            Ok(response) if response.status == 200 => SessionState::read(&response.body),
            _ => None,
        };
        let gone = matches!(&result, Ok(response) if matches!(response.status, 403 | 404 | 410));
        match (session, &mut self.state) {
            (Some(session), _) => self.believe(session, now_ms),
            (None, State::Loading) => {
                self.unavailable(!gone, if gone { "not_found" } else { "load_failed" })
            }
            (None, State::Checking(check) | State::Processing(check)) => {
                check.asking = false;
                self.ask_later()
            }
            // The form stays as it is; paying will ask again.
            (None, _) => Effects::new(),
        }
    }

    /// The answer of `…/cancel`, which is a state too.
    pub(super) fn left(&mut self, result: Result<Response, NoAnswer>, now_ms: u64) -> Effects {
        let State::Leaving { attempt, .. } = &self.state else {
            return Effects::new();
        };
        let session = result
            .ok()
            .filter(|response| response.status == 200)
            .and_then(|response| SessionState::read(&response.body));
        match session {
            Some(session) => self.believe(session, now_ms),
            None => {
                let check = Check::new(attempt.clone(), None);
                self.watch(State::Checking(check))
            }
        }
    }

    fn believe(&mut self, session: SessionState, now_ms: u64) -> Effects {
        // Paid is never taken back.
        if matches!(self.state, State::Paid | State::Authorised) {
            return Effects::new();
        }
        let used = self
            .session
            .as_ref()
            .is_some_and(|known| known.used && known.session.attempt.id == session.attempt.id);
        let repriced = self
            .session()
            .is_some_and(|known| known.total != session.total);
        let known = Known {
            order_id: session.order_id.clone(),
            session,
            at_ms: now_ms,
            used,
        };
        let session = &self.session.insert(known).session;
        match session.order {
            Standing::Paid | Standing::Authorised => self.succeed(),
            Standing::Cancelled => self.cancelled_once(),
            Standing::Expired => self.expired(),
            Standing::Open => self.continue_attempt(repriced, now_ms),
        }
    }

    fn cancelled_once(&mut self) -> Effects {
        if matches!(self.state, State::Cancelled) {
            Effects::new()
        } else {
            self.cancelled()
        }
    }

    fn expired(&mut self) -> Effects {
        if self.is_final() {
            return Effects::new();
        }
        self.notice = None;
        self.enter(State::Expired);
        vec![
            Effect::ClearCard,
            Effect::Tell(Told::Expired {
                order_id: self.order_id(),
            }),
        ]
    }

    fn continue_attempt(&mut self, repriced: bool, now_ms: u64) -> Effects {
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
            (Phase::Action, _) => self.act(attempt.id, 0, &attempt.action_required_token, now_ms),
            (Phase::Processing, State::Processing(check))
            | (Phase::Creating | Phase::Unknown, State::Checking(check))
                if check.attempt == attempt.id =>
            {
                check.asking = false;
                // It has arrived there: from now on only questions.
                check.call = None;
                self.ask_later()
            }
            (Phase::Processing, _) => {
                let mut effects = self.watch(State::Processing(Check::new(attempt.id, None)));
                effects.insert(
                    0,
                    Effect::Tell(Told::Processing {
                        order_id: self.order_id(),
                    }),
                );
                effects
            }
            (Phase::Creating | Phase::Unknown, _) => {
                self.watch(State::Checking(Check::new(attempt.id, None)))
            }
        }
    }

    pub(super) fn watch(&mut self, state: State) -> Effects {
        self.notice = None;
        self.enter(state);
        if let State::Checking(check) | State::Processing(check) = &mut self.state {
            check.asking = false;
        }
        self.ask_later()
    }

    /// No attempt is under way: whatever was, is over, or has never arrived. An order that was
    /// `repriced` since the last state is paid only after its new amount was seen.
    fn attempt_is_free(&mut self, repriced: bool) -> Effects {
        let next = self
            .session()
            .map(|session| session.attempt.id.clone())
            .unwrap_or_default();
        let repeatable = self.offers(Feature::IdempotencyKey);
        match &mut self.state {
            State::Form | State::Tokenizing | State::Creating { .. } => Effects::new(),
            State::Checking(check) if check.attempt == next => {
                check.asking = false;
                match check.call.take() {
                    // Never seen there: once more, same id, same body.
                    Some((call, sent)) if sent < SENDS && repeatable && !repriced => {
                        self.create(call, sent + 1)
                    }
                    // All waits went by, and nothing came: the form again, under the same id,
                    // so that a straggler and the next payment can't both count.
                    _ if repeatable && waits_over(check.asked) => {
                        self.failed(FailureKind::GatewayUnavailable.into(), None)
                    }
                    _ => self.ask_later(),
                }
            }
            State::Renewing { .. } if repriced => self.failed(FailureKind::CardAgain.into(), None),
            // Also under the id of a call that was refused or never left: the backend says
            // that it is free.
            State::Renewing { token } => {
                let token = token.clone();
                self.create_with(token)
            }
            State::Checking(Check { attempt, .. })
            | State::Processing(Check { attempt, .. })
            | State::Resuming { attempt, .. }
            | State::Action(super::Step { attempt, .. }) => {
                let attempt = attempt.clone();
                self.over(&attempt)
            }
            State::Leaving { attempt, because } => {
                let (attempt, because) = (attempt.clone(), *because);
                match because {
                    Some(failure) => self.failed(failure, None),
                    None => self.over(&attempt),
                }
            }
            State::Loading => self.first_form(),
            State::Paid
            | State::Authorised
            | State::Cancelled
            | State::Expired
            | State::Unavailable { .. } => Effects::new(),
        }
    }

    /// An attempt that ended without paying: its reason is in the state, or the shopper left it.
    fn over(&mut self, attempt: &str) -> Effects {
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
            _ => self.stopped(),
        }
    }

    fn first_form(&mut self) -> Effects {
        let last = self.session().and_then(|session| session.last.clone());
        if let Some(last) = last {
            self.notice = Some(last.notice());
            self.support = Some(last.req_id).filter(|id| !id.is_empty());
        }
        self.enter(State::Form);
        let mut effects = vec![self.after(60_000)];
        if !self.announced_ready {
            self.announced_ready = true;
            effects.push(Effect::Tell(Told::Ready));
        }
        effects
    }

    fn ask_later(&mut self) -> Effects {
        let (State::Checking(check) | State::Processing(check)) = &mut self.state else {
            return Effects::new();
        };
        if check.timer {
            return Effects::new();
        }
        check.timer = true;
        let at = usize::try_from(check.asked).unwrap_or(usize::MAX);
        check.asked = check.asked.saturating_add(1);
        let ms = WAITS_MS[at.min(WAITS_MS.len() - 1)];
        vec![self.after(ms)]
    }
}

fn waits_over(asked: u32) -> bool {
    usize::try_from(asked).is_ok_and(|asked| asked >= WAITS_MS.len())
}

impl crate::session::LastAttempt {
    fn notice(&self) -> crate::screen::Notice {
        use crate::screen::Notice;
        if self.cancelled {
            return Notice::ChallengeCancelled;
        }
        let message = Some(self.failed_message_for_user.clone()).filter(|text| !text.is_empty());
        Notice::Failed {
            failure: self.failure,
            message,
        }
    }
}
