//! Asking how things stand, until somebody says so.
//!
//! Every doubt ends here: a lost answer, a closed challenge, a second tab, a reload.

use super::{Check, Effect, Effects, Flow, State, retry, state::Asks};
use crate::{
    embed::Told,
    http::{NoAnswer, Response},
    session::{Feature, SessionState},
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
    pub(super) fn unknown(&mut self) -> Effects {
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
            req_id: self.support_code(),
        })];
        if self.offers(Feature::Status) {
            effects.push(self.ask());
        }
        effects
    }

    /// The answer of `…/state`.
    pub(super) fn told(&mut self, result: Result<Response, NoAnswer>) -> Effects {
        if self.direct.is_some() {
            return self.opened(result);
        }
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
    pub(super) fn not_told(&mut self, status: u16, pause_ms: Option<u64>) -> Effects {
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

    /// Asks after a pause how an attempt stands.
    pub(super) fn watch(&mut self, state: State, pause_ms: u32) -> Effects {
        if !self.tells() {
            return self.unknown();
        }
        self.notice = None;
        self.enter(state);
        self.ask_later(pause_ms)
    }

    /// The same without a change of state; `pause_ms` at least.
    pub(super) fn ask_later(&mut self, pause_ms: u32) -> Effects {
        let wait = self.state.asks().and_then(Asks::next_ms);
        wait.map(|ms| self.after(ms.max(pause_ms)))
            .into_iter()
            .collect()
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
