//! From the first request to the form, and what the shopper does there.

use super::{Check, Effect, Effects, Flow, Purpose, State, Step};
use serde::Serialize;

use crate::{
    card::{Field, Form, Problems},
    embed::Told,
    http, json,
    outcome::{Failure, FailureKind},
    screen::Intent,
    session::Feature,
    tokenize,
};

/// How long the session may take before a button is offered, in milliseconds.
const LOAD_DEADLINE_MS: u32 = 20_000;

impl Flow {
    pub(super) fn start(&mut self) -> Effects {
        self.enter(State::Loading);
        vec![self.ask(), self.after(LOAD_DEADLINE_MS)]
    }

    pub(super) fn shopper(&mut self, intent: Intent, now_ms: u64) -> Effects {
        match (&mut self.state, intent) {
            (State::Form | State::Loading, Intent::Edited(field, form)) => {
                self.edited(field, &form, now_ms)
            }
            (State::Form, Intent::Blurred(field, form)) => self.blurred(field, &form, now_ms),
            (State::Form, Intent::Submitted(form)) => self.submitted(&form, now_ms),
            (State::Action(step), Intent::ChallengeLoaded) => {
                step.loaded = true;
                Effects::new()
            }
            (State::Action(step), Intent::LeaveChallenge) => {
                step.leaving = !step.leaving;
                Effects::new()
            }
            (State::Action(step), Intent::StayInChallenge) => {
                step.leaving = false;
                Effects::new()
            }
            (
                State::Action(Step {
                    attempt,
                    leaving: true,
                    ..
                }),
                Intent::AbandonChallenge,
            ) => {
                let attempt = attempt.clone();
                self.leave(attempt, None)
            }
            (State::Form, Intent::Cancelled) => self.give_up(),
            (State::Unavailable { .. }, Intent::CheckAgain) => self.start(),
            (State::Checking(_) | State::Processing(_), Intent::CheckAgain) => self.woken(),
            // A press on something that is no longer on the screen.
            _ => Effects::new(),
        }
    }

    fn server_now(&self, now_ms: u64) -> Option<i64> {
        self.session.as_ref().map(|known| known.server_now(now_ms))
    }

    /// An error goes as soon as it is cured, and none appears while somebody types (A08).
    fn edited(&mut self, field: Field, form: &Form, now_ms: u64) -> Effects {
        self.brand = form.brand();
        if let (Some(now), true) = (self.server_now(now_ms), self.problems.get(field).is_some()) {
            self.problems.set(field, form.check_typing(field, now));
        }
        // The security code's length depends on the brand.
        if let (Field::Number, Some(now), Some(_)) = (
            field,
            self.server_now(now_ms),
            self.problems.get(Field::Cvc),
        ) {
            self.problems
                .set(Field::Cvc, form.check_typing(Field::Cvc, now));
        }
        let complete = self
            .server_now(now_ms)
            .is_some_and(|now| form.parse(now).is_ok());
        if complete == self.complete {
            return Effects::new();
        }
        self.complete = complete;
        vec![Effect::Tell(Told::Change { complete })]
    }

    fn blurred(&mut self, field: Field, form: &Form, now_ms: u64) -> Effects {
        // Passing through an empty field is no mistake yet; pressing Pay will say so.
        if let (Some(now), false) = (self.server_now(now_ms), form.is_blank(field)) {
            self.problems.set(field, form.check(field, now));
        }
        Effects::new()
    }

    fn submitted(&mut self, form: &Form, now_ms: u64) -> Effects {
        let Some((now, session)) = self.server_now(now_ms).zip(self.session()) else {
            return Effects::new();
        };
        let card = match form.parse(now) {
            Ok(card) => card,
            Err(problems) => {
                self.problems = problems;
                return Effects::new();
            }
        };
        let request = tokenize::request(&session.tokenizer, &card);
        let deadline = request.deadline_ms + 5_000;
        self.problems = Problems::default();
        self.notice = None;
        self.support = None;
        self.enter(State::Tokenizing);
        vec![self.send(Purpose::Tokenize, request), self.after(deadline)]
    }

    fn give_up(&mut self) -> Effects {
        if !self.offers(Feature::Cancel) {
            return self.cancelled();
        }
        let request = http::Request::post(self.session_url("/cancel"), "{}".into());
        self.enter(State::Leaving {
            attempt: String::new(),
            because: None,
        });
        vec![self.send(Purpose::Cancel, request), self.after(35_000)]
    }

    pub(super) fn cancelled(&mut self) -> Effects {
        self.notice = None;
        self.enter(State::Cancelled);
        vec![
            Effect::ClearCard,
            Effect::Tell(Told::Cancelled {
                order_id: self.order_id(),
            }),
        ]
    }

    /// Ends a challenge: the backend is told, and says what became of the attempt.
    pub(super) fn leave(&mut self, attempt: String, because: Option<FailureKind>) -> Effects {
        if !self.offers(Feature::Cancel) {
            // Nobody can say whether the bank went on: that is an unknown outcome. The state may
            // name the same action again, so that it is asked after a pause.
            let check = Check::new(attempt, None);
            return if self.offers(Feature::Status) {
                self.watch(State::Checking(check))
            } else {
                self.check(check)
            };
        }
        #[derive(Serialize)]
        struct Body<'a> {
            attempt: &'a str,
        }
        let body = json::write(&Body { attempt: &attempt });
        let request = http::Request::post(self.session_url("/cancel"), body);
        self.enter(State::Leaving {
            attempt,
            because: because.map(Failure::of),
        });
        vec![self.send(Purpose::Cancel, request), self.after(35_000)]
    }

    pub(super) fn timer(&mut self, now_ms: u64) -> Effects {
        match &mut self.state {
            State::Loading => self.unavailable(true, "load_failed"),
            State::Form => {
                // The session's time is up: the backend says whether it really is.
                vec![self.ask(), self.after(60_000)]
            }
            State::Tokenizing => self.failed(FailureKind::TokenizerUnavailable.into(), None),
            State::Renewing { .. } => self.failed(FailureKind::GatewayUnavailable.into(), None),
            State::Creating { call, sent } => {
                let check = Check::new(call.attempt.clone(), Some((call.clone(), *sent)));
                self.check(check)
            }
            State::Resuming { attempt, .. } | State::Leaving { attempt, .. } => {
                let check = Check::new(attempt.clone(), None);
                self.check(check)
            }
            State::Action(_) => self.poll_or_give_up(now_ms),
            State::Checking(check) | State::Processing(check) => {
                check.timer = false;
                if check.asking {
                    return Effects::new();
                }
                check.asking = true;
                vec![self.ask()]
            }
            State::Paid
            | State::Authorised
            | State::Cancelled
            | State::Expired
            | State::Unavailable { .. } => Effects::new(),
        }
    }

    pub(super) fn woken(&mut self) -> Effects {
        match &mut self.state {
            State::Action(step) if !step.polling => {
                step.polling = true;
                let request = crate::action::status_request(&step.action);
                vec![self.send(Purpose::Poll, request)]
            }
            State::Checking(check) | State::Processing(check)
                if !check.asking
                    && self
                        .session
                        .as_ref()
                        .is_some_and(|known| known.session.offers(Feature::Status)) =>
            {
                check.asking = true;
                vec![self.ask()]
            }
            State::Form => vec![self.ask()],
            State::Unavailable { retry: true } => self.start(),
            // Something is already under way, or nothing is left to wait for.
            _ => Effects::new(),
        }
    }

    pub(super) fn unavailable(&mut self, retry: bool, code: &'static str) -> Effects {
        self.enter(State::Unavailable { retry });
        vec![Effect::Tell(Told::Error { code })]
    }
}
