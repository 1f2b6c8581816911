//! From the token to the outcome: what each answer of the payment contract means.
//!
//! The order of the questions is that of providers' own clients: an error envelope, then the
//! action, then the status. Whatever leaves the outcome open goes to `ask`.

use super::{Call, Check, Effect, Effects, Flow, Purpose, State, Step};
use crate::{
    action::{self, Progress},
    embed::Told,
    http::{NoAnswer, Response},
    outcome::{Failure, FailureKind},
    payment::{self, Answer, ApiError, CreatePayment, Reply, ResumePayment, Status},
    screen::Notice,
    sensitive::Sensitive,
    session::Feature,
    tokenize::{self, Token},
};

/// Between two questions to the bank's status address, in milliseconds.
const POLL_MS: u32 = 1_000;
/// The same after a network error.
const POLL_AFTER_ERROR_MS: u32 = 3_000;

type Result<T> = std::result::Result<T, NoAnswer>;
/// A call, and how often it has gone out.
type Sent = (CreatePayment, u8);

impl Flow {
    pub(super) fn answered(
        &mut self,
        call: Call,
        result: Result<Response>,
        now_ms: u64,
    ) -> Effects {
        if call.epoch != self.epoch {
            return self.late(call, result);
        }
        match (call.purpose, &self.state) {
            (Purpose::Tokenize, State::Tokenizing) => self.tokenized(result),
            (Purpose::Create, State::Creating { call: create, sent }) => {
                let create = (create.clone(), *sent);
                self.created(create, result, now_ms)
            }
            (Purpose::Resume, State::Resuming { attempt, actions }) => {
                let (attempt, actions) = (attempt.clone(), *actions);
                self.replied(attempt, None, actions, result, now_ms)
            }
            (Purpose::Poll, State::Action(_)) => self.polled(result),
            (Purpose::State, _) => self.told(result, now_ms),
            (Purpose::Cancel, State::Leaving { .. }) => self.left(result, now_ms),
            // The answer to a question that this state never asks.
            _ => Effects::new(),
        }
    }

    /// An answer that its state didn't wait for. Only *paid* still counts.
    fn late(&mut self, call: Call, result: Result<Response>) -> Effects {
        let paid = match (call.purpose, result) {
            (Purpose::Create | Purpose::Resume, Ok(response)) => matches!(
                payment::decode(&response),
                Reply::Answer(Answer {
                    status: Status::Succeeded,
                    action_required_token: None,
                    ..
                })
            ),
            _ => false,
        };
        if paid { self.succeed() } else { Effects::new() }
    }

    fn tokenized(&mut self, result: Result<Response>) -> Effects {
        let token = match result {
            Ok(response) => tokenize::parse(&response),
            Err(NoAnswer::NotSent) => Err(FailureKind::Offline.into()),
            Err(NoAnswer::Lost) => Err(FailureKind::TokenizerUnavailable.into()),
        };
        let token = match token {
            Ok(token) => token,
            Err(failure) => return self.failed(failure, None),
        };
        let used = self.session.as_ref().is_some_and(|known| known.used);
        let mut effects = vec![Effect::ClearCvc];
        if used {
            self.enter(State::Renewing { token });
            effects.extend([self.ask(), self.after(20_000)]);
        } else {
            effects.extend(self.create_with(token));
        }
        effects
    }

    pub(super) fn create_with(&mut self, token: Token) -> Effects {
        let Some(session) = self.session() else {
            return Effects::new();
        };
        let call = CreatePayment {
            payment_method_token: token,
            order_id: self.order_id(),
            attempt: session.attempt.id.clone(),
            as_header: session.offers(Feature::IdempotencyKey),
        };
        self.create(call, 1)
    }

    pub(super) fn create(&mut self, call: CreatePayment, sent: u8) -> Effects {
        let request = payment::create_request(&self.payment_base(), &call);
        let deadline = request.deadline_ms + 5_000;
        if let Some(known) = &mut self.session {
            known.used = true;
        }
        self.enter(State::Creating { call, sent });
        vec![self.send(Purpose::Create, request), self.after(deadline)]
    }

    fn created(&mut self, create: Sent, result: Result<Response>, now_ms: u64) -> Effects {
        if result == Err(NoAnswer::NotSent) && create.1 == 1 {
            return self.failed(FailureKind::Offline.into(), None);
        }
        self.replied(create.0.attempt.clone(), Some(create), 0, result, now_ms)
    }

    fn replied(
        &mut self,
        attempt: String,
        create: Option<Sent>,
        actions: u8,
        result: Result<Response>,
        now_ms: u64,
    ) -> Effects {
        match result.map(|response| payment::decode(&response)) {
            Ok(Reply::Answer(answer)) => self.decide(attempt, create, actions, answer, now_ms),
            Ok(Reply::Refused(error)) => self.refused(attempt, create, error),
            Ok(Reply::Undecidable) | Err(_) => self.check(Check::new(attempt, create)),
        }
    }

    fn decide(
        &mut self,
        attempt: String,
        create: Option<Sent>,
        actions: u8,
        answer: Answer,
        now_ms: u64,
    ) -> Effects {
        self.support = answer.req_id.clone();
        match (&answer.order_id, &mut self.session) {
            (Some(order), _) if !is_uuid(order) => return self.check(Check::new(attempt, create)),
            // The order may change with every answer, failed ones included (trap 4).
            (Some(order), Some(known)) => known.order_id.clone_from(order),
            _ => {}
        }
        if let Some(token) = &answer.action_required_token {
            return self.act(attempt, actions, token, now_ms);
        }
        match answer.status {
            Status::Succeeded => self.succeed(),
            Status::Failed => {
                let failure = answer.failure.unwrap_or(Failure::of(FailureKind::Other));
                self.failed(failure, answer.message)
            }
            Status::Cancelled => self.stopped(),
            Status::Processing => self.processing(attempt),
            Status::Unknown(raw) => {
                let mut effects = vec![Effect::Tell(Told::Unknown { raw })];
                effects.extend(self.check(Check::new(attempt, None)));
                effects
            }
        }
    }

    /// An error envelope. What the backend refused for good has not been charged; everything
    /// else is asked about.
    fn refused(&mut self, attempt: String, create: Option<Sent>, error: ApiError) -> Effects {
        self.support = error.req_id;
        // What a repeat is refused for says nothing of the call before it.
        let first = create.as_ref().is_some_and(|(_, sent)| *sent == 1);
        match (error.status, error.code.as_str()) {
            (429, _) if first => self.failed(FailureKind::RateLimited.into(), None),
            (_, "payment_failed") => self.failed(Failure::of(FailureKind::Other), Some(error.msg)),
            (_, "bad_request" | "invalid_price" | "invalid_customer") if first => {
                self.failed(FailureKind::GatewayUnavailable.into(), None)
            }
            // The order costs something else than was shown: the form shows it first.
            (_, "order_changed") if create.is_some() => {
                self.failed(FailureKind::CardAgain.into(), None)
            }
            // The backend broke: the call is repeated if the state says that it never arrived.
            (500.., _) => self.check(Check::new(attempt, create)),
            // In progress elsewhere, used by another tab, already bought, or unclear: the call
            // is not repeated, the state tells.
            _ => self.check(Check::new(attempt, None)),
        }
    }

    /// Opens the bank's page, or gives the attempt back where that can't be done.
    pub(super) fn act(
        &mut self,
        attempt: String,
        actions: u8,
        token: &str,
        now_ms: u64,
    ) -> Effects {
        if actions >= action::MAX_ACTIONS {
            return self.leave(attempt, Some(FailureKind::ActionLoop));
        }
        let Some((now, sandbox)) = self
            .session
            .as_ref()
            .map(|known| (known.server_now(now_ms), known.session.sandbox))
        else {
            return Effects::new();
        };
        match action::decode(token, now, sandbox) {
            Ok(action) => {
                self.notice = None;
                self.support = None;
                self.enter(State::Action(Step {
                    attempt,
                    action,
                    actions: actions + 1,
                    opened_ms: now_ms,
                    loaded: false,
                    leaving: false,
                    polling: false,
                    timer: true,
                }));
                vec![Effect::Tell(Told::ActionRequired), self.after(POLL_MS)]
            }
            Err(action::Refusal::Expired) => {
                self.leave(attempt, Some(FailureKind::AuthenticationTimeout))
            }
            Err(_) => self.leave(attempt, Some(FailureKind::ActionUnsupported)),
        }
    }

    pub(super) fn poll_or_give_up(&mut self, now_ms: u64) -> Effects {
        let State::Action(step) = &mut self.state else {
            return Effects::new();
        };
        step.timer = false;
        let open_ms = now_ms.saturating_sub(step.opened_ms);
        if open_ms >= u64::from(action::TIME_LIMIT) * 1_000 {
            let attempt = step.attempt.clone();
            return self.leave(attempt, Some(FailureKind::AuthenticationTimeout));
        }
        if step.polling {
            return Effects::new();
        }
        step.polling = true;
        let request = action::status_request(&step.action);
        vec![self.send(Purpose::Poll, request)]
    }

    fn polled(&mut self, result: Result<Response>) -> Effects {
        let State::Action(step) = &mut self.state else {
            return Effects::new();
        };
        step.polling = false;
        let wait = if result.is_ok() {
            POLL_MS
        } else {
            POLL_AFTER_ERROR_MS
        };
        if let Ok(Progress::Complete(resume)) = result.map(|response| action::progress(&response)) {
            let (attempt, actions) = (step.attempt.clone(), step.actions);
            return self.resume(attempt, actions, resume);
        }
        if step.timer {
            return Effects::new();
        }
        step.timer = true;
        vec![self.after(wait)]
    }

    fn resume(&mut self, attempt: String, actions: u8, resume: Sensitive<String>) -> Effects {
        let call = ResumePayment {
            resume_token: resume,
            order_id: self.order_id(),
        };
        let request = payment::resume_request(&self.payment_base(), &call);
        let deadline = request.deadline_ms + 5_000;
        self.enter(State::Resuming { attempt, actions });
        vec![self.send(Purpose::Resume, request), self.after(deadline)]
    }

    /// Nothing was charged: the form again, with the reason above it. The session is asked for the next attempt's id.
    pub(super) fn failed(&mut self, failure: Failure, message: Option<String>) -> Effects {
        let told = Told::Declined {
            kind: failure.kind,
            order_id: self.order_id(),
            req_id: self.support.clone().unwrap_or_default(),
        };
        self.notice = Some(match failure.kind {
            FailureKind::Offline => Notice::Offline,
            _ => Notice::Failed { failure, message },
        });
        let mut effects = vec![Effect::Tell(told)];
        if !failure.kind.keeps_cvc() {
            effects.push(Effect::ClearCvc);
        }
        effects.extend(self.form());
        effects
    }

    /// Cancelled at the bank, by the contract's word.
    pub(super) fn stopped(&mut self) -> Effects {
        self.notice = Some(Notice::ChallengeCancelled);
        let told = Told::Cancelled {
            order_id: self.order_id(),
        };
        let mut effects = vec![Effect::ClearCvc, Effect::Tell(told)];
        effects.extend(self.form());
        effects
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
