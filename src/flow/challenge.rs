//! The bank's page: opened, watched, left. It decides nothing: whatever the page says or does,
//! the status address says when to resume, and the backend how it ended.

use super::{
    Effect, Effects, Flow, Purpose, State,
    retry::{self},
    state::Step,
};
use crate::{
    action::{self, Progress},
    embed::Told,
    http::{NoAnswer, Response},
    outcome::FailureKind,
    payment::{self, ResumePayment},
    sensitive::Sensitive,
    session::Feature,
};

/// Between two looks at the clock and the bank's status address, in milliseconds.
const TICK_MS: u32 = 1_000;
/// From a poll that was not answered to the next.
const AFTER_ERROR_MS: u64 = 3_000;
/// A bank that has not answered by then may have a page that doesn't work (F41).
const SLOW_MS: u64 = 30_000;
/// How long before the end the shopper is told of it (F43).
const WARNING_MS: u64 = 60_000;

impl Flow {
    /// Opens the bank's page, or gives the attempt back where that can't be done.
    pub(super) fn act(&mut self, attempt: String, actions: u8, token: &str) -> Effects {
        if actions >= action::MAX_ACTIONS {
            return self.leave(attempt, Some(FailureKind::ActionLoop));
        }
        let Some((now, session)) = self.server_now().zip(self.session()) else {
            return Effects::new();
        };
        match action::decode(token, now, session.sandbox) {
            Ok(action) => {
                if let Some(direct) = &mut self.direct {
                    direct.action = token.to_owned().into();
                }
                self.notice = None;
                self.enter(State::Action(Step {
                    attempt,
                    action,
                    actions: actions + 1,
                    opened_ms: self.now_ms,
                    loaded: false,
                    slow: false,
                    ending: false,
                    leaving: false,
                    left: false,
                    polling: false,
                    poll_at_ms: self.now_ms,
                }));
                vec![Effect::Tell(Told::ActionRequired), self.after(TICK_MS)]
            }
            Err(action::Refusal::Expired) => {
                self.leave(attempt, Some(FailureKind::AuthenticationTimeout))
            }
            Err(_) => self.leave(attempt, Some(FailureKind::ActionUnsupported)),
        }
    }

    /// The shopper leaves the bank's page. Where nobody can be told, the bank may still approve:
    /// no form follows, the bank is asked on, and the way back to its page stays open.
    pub(super) fn abandon(&mut self, attempt: String) -> Effects {
        match &mut self.state {
            State::Action(step) if self.direct.is_some() => {
                step.leaving = false;
                step.left = true;
                step.loaded = false;
                Effects::new()
            }
            _ => self.leave(attempt, None),
        }
    }

    /// A second has gone by at the bank.
    pub(super) fn watch_challenge(&mut self) -> Effects {
        let (now_ms, tells) = (self.now_ms, self.offers(Feature::Status));
        let State::Action(step) = &mut self.state else {
            return Effects::new();
        };
        let limit_ms = u64::from(action::TIME_LIMIT) * 1_000;
        let open_ms = now_ms.saturating_sub(step.opened_ms);
        if open_ms >= limit_ms {
            let attempt = step.attempt.clone();
            return self.leave(attempt, Some(FailureKind::AuthenticationTimeout));
        }
        step.ending = open_ms >= limit_ms - WARNING_MS;
        // A frame says `load` for the browser's own error page as well: whatever it holds, the
        // backend is asked once, and other ways on are offered.
        let slow = open_ms >= SLOW_MS;
        let ask = slow && tells && !std::mem::replace(&mut step.slow, slow);
        let poll = now_ms >= step.poll_at_ms;
        let mut effects = vec![self.after(TICK_MS)];
        if ask {
            effects.push(self.ask());
        }
        if poll {
            effects.extend(self.poll());
        }
        effects
    }

    /// One poll, unless one is under way.
    pub(super) fn poll(&mut self) -> Option<Effect> {
        let State::Action(step) = &mut self.state else {
            return None;
        };
        if std::mem::replace(&mut step.polling, true) {
            return None;
        }
        let request = action::status_request(&step.action);
        Some(self.send(Purpose::Poll, request))
    }

    pub(super) fn polled(&mut self, result: Result<Response, NoAnswer>) -> Effects {
        let (now_ms, server_now) = (self.now_ms, self.server_now());
        let State::Action(step) = &mut self.state else {
            return Effects::new();
        };
        step.polling = false;
        step.poll_at_ms = now_ms
            + match &result {
                Ok(answer) if answer.status == 429 => {
                    let asked = retry::pause_ms(answer.retry_after.as_deref(), server_now);
                    asked.unwrap_or(SLOW_MS)
                }
                Ok(_) => u64::from(TICK_MS),
                Err(_) => AFTER_ERROR_MS,
            };
        match result.map(|response| action::progress(&response)) {
            Ok(Progress::Complete(resume)) => {
                let (attempt, actions) = (step.attempt.clone(), step.actions);
                self.resume(attempt, actions, resume)
            }
            Ok(Progress::Pending) | Err(_) => Effects::new(),
        }
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
}
