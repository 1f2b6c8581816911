//! From the token to the outcome: what each answer of the payment contract means.
//!
//! The order of the questions is that of providers' own clients: an error envelope, then the
//! action, then the status. Whatever leaves the outcome open goes to `ask`.

use super::{
    Call, Effect, Effects, Flow, Purpose, State,
    retry::Sending,
    state::{Check, Parcel},
};
use crate::{
    embed::Told,
    http::{NoAnswer, Response},
    outcome::{Failure, FailureKind},
    payment::{self, Answer, ApiError, CreatePayment, Reply, Status},
    session::Feature,
    tokenize::{self, Token},
};

type Result<T> = std::result::Result<T, NoAnswer>;

impl Flow {
    pub(super) fn answered(&mut self, call: Call, result: Result<Response>) -> Effects {
        if call.epoch != self.epoch {
            return self.late(call, result);
        }
        match (call.purpose, &self.state) {
            (Purpose::Tokenize, State::Tokenizing(_)) => self.tokenized(result),
            (Purpose::Create, State::Creating(sending)) => {
                let sending = sending.clone();
                self.created(sending, result)
            }
            (Purpose::Resume, State::Resuming { attempt, actions }) => {
                let (attempt, actions) = (attempt.clone(), *actions);
                self.replied(attempt, None, actions, result)
            }
            (Purpose::Poll, State::Action(_)) => self.polled(result),
            (Purpose::State, _) => self.told(result),
            (Purpose::Cancel, State::Leaving(leave)) => {
                let leave = leave.clone();
                self.left(leave, result)
            }
            // The answer to a question that this state never asks.
            _ => Effects::new(),
        }
    }

    /// An answer that its state didn't wait for. Only *paid* still counts.
    fn late(&mut self, call: Call, result: Result<Response>) -> Effects {
        let paid = match (call.purpose, result) {
            (Purpose::Create | Purpose::Resume, Ok(response)) => match payment::decode(&response) {
                Reply::Answer(answer) => Some(answer).filter(is_success),
                Reply::Refused(_) | Reply::Undecidable => None,
            },
            _ => None,
        };
        match paid {
            Some(answer) if self.may_be_anothers(&answer) => self.ask_from_form(),
            Some(_) => self.succeed(),
            None => Effects::new(),
        }
    }

    fn tokenized(&mut self, result: Result<Response>) -> Effects {
        let State::Tokenizing(card) = &mut self.state else {
            return Effects::new();
        };
        let token = match (result, card.take()) {
            (Err(NoAnswer::NotSent), Some(card)) => return self.unsent(Parcel::Card(card)),
            (Ok(refused), Some(card)) if refused.status == 429 => {
                return self.slowed(Parcel::Card(card), refused.retry_after.as_deref());
            }
            (Ok(response), _) => tokenize::parse(&response),
            (Err(_), _) => Err(FailureKind::TokenizerUnavailable.into()),
        };
        let token = match token {
            Ok(token) => token,
            Err(failure) => return self.failed(failure, None),
        };
        let used = self.session.as_ref().is_some_and(|known| known.used > 0);
        let mut effects = vec![Effect::ClearCvc];
        if used && self.offers(Feature::Status) {
            let asks = self.asks();
            self.enter(State::Renewing { token, asks });
            effects.extend([self.ask(), self.after(super::start::LOAD_DEADLINE_MS)]);
        } else {
            effects.extend(self.create_with(token));
        }
        effects
    }

    pub(super) fn create_with(&mut self, token: Token) -> Effects {
        let Some(known) = &self.session else {
            return Effects::new();
        };
        let mut attempt = known.session.attempt.id.clone();
        // A backend without a state hands out no further ids: each try gets its own.
        if known.used > 0 && !self.offers(Feature::Status) {
            attempt.push('-');
            attempt.push_str(&known.used.to_string());
        }
        let call = CreatePayment {
            payment_method_token: token,
            order_id: self.order_id(),
            attempt,
            as_header: self.offers(Feature::IdempotencyKey),
        };
        self.create(Sending::first(call))
    }

    pub(super) fn create(&mut self, mut sending: Sending) -> Effects {
        let request = payment::create_request(&self.payment_base(), &sending.call);
        let deadline = request.deadline_ms + 5_000;
        sending.sent += 1;
        if let Some(known) = &mut self.session {
            known.used += 1;
        }
        self.enter(State::Creating(sending));
        vec![self.send(Purpose::Create, request), self.after(deadline)]
    }

    fn created(&mut self, sending: Sending, result: Result<Response>) -> Effects {
        match &result {
            Err(NoAnswer::NotSent) if !sending.doubt => self.unsent(Parcel::Call(sending)),
            Ok(refused) if refused.status == 429 && sending.may_pause() => {
                if let Reply::Refused(error) = payment::decode(refused) {
                    self.support = error.req_id;
                }
                self.slowed(Parcel::Call(sending), refused.retry_after.as_deref())
            }
            _ => {
                let attempt = sending.call.attempt.clone();
                self.replied(attempt, Some(sending), 0, result)
            }
        }
    }

    fn replied(
        &mut self,
        attempt: String,
        create: Option<Sending>,
        actions: u8,
        result: Result<Response>,
    ) -> Effects {
        let barred = matches!(&result, Ok(answer) if matches!(answer.status, 401 | 403));
        match result.map(|response| payment::decode(&response)) {
            Ok(Reply::Answer(answer)) => self.decide(attempt, create, actions, answer),
            Ok(Reply::Refused(error)) => self.refused(attempt, create, error),
            Ok(Reply::Undecidable) if barred => self.barred(attempt, create),
            Ok(Reply::Undecidable) | Err(_) => self.check(Check {
                call: create.map(Sending::doubted),
                ..self.doubt(attempt)
            }),
        }
    }

    fn decide(
        &mut self,
        attempt: String,
        create: Option<Sending>,
        actions: u8,
        answer: Answer,
    ) -> Effects {
        self.support = answer.req_id.clone();
        if self.may_be_anothers(&answer) {
            return self.check(self.doubt(attempt));
        }
        match (&answer.order_id, &mut self.session) {
            (Some(order), _) if !is_uuid(order) => {
                return self.check(Check {
                    call: create.map(Sending::doubted),
                    ..self.doubt(attempt)
                });
            }
            // The order may change with every answer, failed ones included (trap 4).
            (Some(order), Some(known)) => {
                // Where the shop has no name of its own for it, this is what it can be asked by.
                if known.session.reference == known.order_id {
                    known.session.reference.clone_from(order);
                }
                known.order_id.clone_from(order);
            }
            _ => {}
        }
        if let Some(token) = &answer.action_required_token {
            return self.act(attempt, actions, token);
        }
        match answer.status {
            Status::Succeeded => self.succeed(),
            Status::Failed => {
                let failure = answer.failure.unwrap_or(Failure::of(FailureKind::Other));
                self.failed(failure, answer.message)
            }
            Status::Cancelled => self.stopped(false),
            Status::Processing => self.processing(attempt),
            Status::Unknown(raw) => {
                let mut effects = vec![Effect::Tell(Told::Unknown { raw })];
                effects.extend(self.check(self.doubt(attempt)));
                effects
            }
        }
    }

    /// A success under the name of another order than ours. An answer may rename the order (trap
    /// 4), but where the backend can be asked, its word on our own order comes first.
    fn may_be_anothers(&self, answer: &Answer) -> bool {
        is_success(answer)
            && self.offers(Feature::Status)
            && answer
                .order_id
                .as_deref()
                .is_some_and(|order| order != self.order_id())
    }

    /// An error envelope. What the backend refused for good has not been charged; everything
    /// else is asked about.
    fn refused(&mut self, attempt: String, create: Option<Sending>, error: ApiError) -> Effects {
        self.support = error.req_id;
        // What a repeat is refused for says nothing of the call before it.
        let sure = create.as_ref().is_some_and(|sending| !sending.doubt);
        match (error.status, error.code.as_str()) {
            (429, _) if sure => self.failed(FailureKind::RateLimited.into(), None),
            (_, "payment_failed") => self.failed(Failure::of(FailureKind::Other), Some(error.msg)),
            (400 | 422, _) if sure && error.failure.is_some() => {
                let failure = error.failure.unwrap_or(Failure::of(FailureKind::Other));
                self.failed(failure, Some(error.msg))
            }
            (_, code) if sure && blamed(code).is_some() => {
                let mut effects = self.failed(FailureKind::MerchantMisconfiguration.into(), None);
                let told = blamed(code).map(|code| Effect::Tell(Told::Error { code }));
                effects.extend(told);
                effects
            }
            // Without a session there is nobody else to know of it.
            (_, "double_purchase") if sure && self.direct.is_some() => self.owned(),
            (_, "order_changed") if create.is_some() => self.repriced(),
            (401 | 403, _) => self.barred(attempt, create),
            // The backend broke: the call is repeated if the state says that it never arrived.
            (500.., _) => self.check(Check {
                call: create.map(Sending::doubted),
                ..self.doubt(attempt)
            }),
            // In progress elsewhere, used by another tab, already bought, or unclear: the call
            // is not repeated, the state tells.
            _ => self.check(self.doubt(attempt)),
        }
    }

    /// Turned away with 401 or 403 (F20): the state is asked, and the call is not repeated.
    fn barred(&mut self, attempt: String, create: Option<Sending>) -> Effects {
        let sure = create.is_some_and(|sending| !sending.doubt);
        if sure && !self.offers(Feature::Status) {
            return self.failed(FailureKind::GatewayUnavailable.into(), None);
        }
        self.check(Check {
            refused: sure.then_some(FailureKind::GatewayUnavailable),
            ..self.doubt(attempt)
        })
    }
}

/// What the backend refuses because of how the shop built it in, whatever the card.
pub(super) fn blamed(code: &str) -> Option<&'static str> {
    ["bad_request", "invalid_price", "invalid_customer"]
        .into_iter()
        .find(|known| *known == code)
}

fn is_success(answer: &Answer) -> bool {
    answer.status == Status::Succeeded && answer.action_required_token.is_none()
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
