//! From the first request to the form, and what the shopper does there.

use super::{
    Check, Effect, Effects, Flow, State,
    state::{Card, Step},
};

use crate::{
    card::{Field, Form, Network, Problem, Problems},
    embed::Told,
    outcome::FailureKind,
    screen::{Intent, Notice},
    tokenize,
};

/// How long the session may take before a button is offered, in milliseconds.
pub(super) const LOAD_DEADLINE_MS: u32 = 20_000;
/// The form asks how things stand at most so often, however often the page is looked at.
const LOOK_MS: u64 = 5_000;

impl Flow {
    pub(super) fn start(&mut self) -> Effects {
        if self.direct.is_some() {
            return self.start_direct();
        }
        self.load()
    }

    pub(super) fn shopper(&mut self, intent: Intent) -> Effects {
        let barred = self.is_barred();
        match (&mut self.state, intent) {
            (State::Form | State::Loading(_), Intent::Edited(field, form)) => {
                self.edited(field, &form)
            }
            (State::Form, Intent::Blurred(field, form)) => self.blurred(field, &form),
            (State::Form, Intent::Preferred(network)) => {
                self.preferred = network;
                Effects::new()
            }
            (State::Form, Intent::Submitted(form)) if !barred => self.submitted(&form),
            (State::Form, Intent::CheckAgain) if barred => {
                self.notice = None;
                self.support = None;
                self.ask_from_form()
            }
            (State::Waiting(_), Intent::StopWaiting) => self.form(),
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
                step.left = false;
                Effects::new()
            }
            // Asked first, except where the bank's page never came up.
            (
                State::Action(
                    Step {
                        attempt,
                        leaving: true,
                        ..
                    }
                    | Step {
                        attempt,
                        slow: true,
                        loaded: false,
                        ..
                    },
                ),
                Intent::AbandonChallenge,
            ) => {
                let attempt = attempt.clone();
                self.abandon(attempt)
            }
            (State::Form, Intent::Cancelled) => self.give_up(),
            (State::Unavailable { .. }, Intent::CheckAgain) => self.start(),
            (State::Checking(_) | State::Processing(_), Intent::CheckAgain) => self.woken(),
            // A press on something that is no longer on the screen.
            _ => Effects::new(),
        }
    }

    /// An error goes as soon as it is cured, and none appears while somebody types (A08).
    fn edited(&mut self, field: Field, form: &Form) -> Effects {
        self.brand = form.brand();
        self.learn_networks(form.networks());
        let problem = self.problems.get(field);
        // A field that was emptied for the shopper stays marked until something is typed.
        let emptied = problem == Some(Problem::Refused) && form.is_blank(field);
        if let (Some(now), true) = (self.server_now(), problem.is_some() && !emptied) {
            self.problems.set(field, form.check_typing(field, now));
        }
        // The security code's length depends on the brand.
        if let (Field::Number, Some(now), Some(_)) =
            (field, self.server_now(), self.problems.get(Field::Cvc))
        {
            self.problems
                .set(Field::Cvc, form.check_typing(Field::Cvc, now));
        }
        let complete = self.server_now().is_some_and(|now| form.parse(now).is_ok());
        if complete == self.complete {
            return Effects::new();
        }
        self.complete = complete;
        vec![Effect::Tell(Told::Change { complete })]
    }

    /// What was chosen for other networks is not kept.
    pub(super) fn learn_networks(&mut self, networks: Option<[Network; 2]>) {
        if self.networks != networks {
            self.networks = networks;
            self.preferred = None;
        }
    }

    /// The networks to choose from, where the choice reaches the payment system.
    pub(super) fn offered_networks(&self) -> Option<[Network; 2]> {
        self.networks.filter(|_| {
            self.session()
                .is_some_and(|session| session.tokenizer.takes_network())
        })
    }

    fn is_barred(&self) -> bool {
        self.notice.as_ref().is_some_and(Notice::bars)
    }

    fn blurred(&mut self, field: Field, form: &Form) -> Effects {
        // What the payment system did not accept stays marked until it is changed.
        if self.problems.get(field) == Some(Problem::Refused) {
            return Effects::new();
        }
        // Passing through an empty field is no mistake yet; pressing Pay will say so.
        if let (Some(now), false) = (self.server_now(), form.is_blank(field)) {
            self.problems.set(field, form.check(field, now));
        }
        Effects::new()
    }

    fn submitted(&mut self, form: &Form) -> Effects {
        let Some((now, session)) = self.server_now().zip(self.session()) else {
            return Effects::new();
        };
        let card = match form.parse(now) {
            Ok(card) => card.preferring(self.preferred),
            Err(problems) => {
                self.problems = problems;
                return Effects::new();
            }
        };
        let request = tokenize::request(&session.tokenizer, &card);
        self.problems = Problems::default();
        self.notice = None;
        self.support = None;
        self.pressed_ms = self.now_ms;
        self.send_card(Card {
            request,
            again: false,
        })
    }

    pub(super) fn timer(&mut self) -> Effects {
        let (now_ms, spent) = (self.now_ms, self.is_spent());
        match &mut self.state {
            State::Loading(asks) if asks.over(LOAD_DEADLINE_MS, now_ms) => {
                self.unavailable(true, "load_failed")
            }
            State::Renewing { asks, .. } if asks.over(LOAD_DEADLINE_MS, now_ms) => {
                self.failed(FailureKind::GatewayUnavailable.into(), None)
            }
            State::Loading(_)
            | State::Renewing { .. }
            | State::Checking(_)
            | State::Processing(_) => self.ask_at_last(),
            State::Form if spent => self.start(),
            State::Form => {
                let mut effects = self.ask_from_form();
                effects.push(self.look_again());
                effects
            }
            State::Tokenizing(_) => self.failed(FailureKind::TokenizerUnavailable.into(), None),
            State::Waiting(_) => self.waited(),
            State::Creating(sending) => {
                let sending = sending.clone().doubted();
                self.check(Check {
                    call: Some(sending.clone()),
                    ..self.doubt(sending.call.attempt)
                })
            }
            State::Resuming { attempt, .. } => {
                let attempt = attempt.clone();
                self.check(self.doubt(attempt))
            }
            State::Leaving(leave) => {
                let leave = leave.clone();
                self.unheard(leave, 0)
            }
            State::Action(_) => self.watch_challenge(),
            State::Paid | State::Authorised | State::Cancelled | State::Expired => {
                vec![self.ask()]
            }
            State::Unknown | State::Owned | State::Unavailable { .. } => Effects::new(),
        }
    }

    pub(super) fn woken(&mut self) -> Effects {
        match &mut self.state {
            State::Action(_) => self.poll().into_iter().collect(),
            State::Loading(_)
            | State::Renewing { .. }
            | State::Checking(_)
            | State::Processing(_) => self.ask_again(),
            State::Form if self.now_ms >= self.asked_ms + LOOK_MS => self.ask_from_form(),
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
