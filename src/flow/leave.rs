//! Leaving: a challenge, or the whole checkout. The backend is told, and says what became of the
//! attempt. Telling it twice changes nothing: where its answer is lost, the state is asked, and
//! while that knows nothing of it, it is told again, a few times.

use super::{
    Check, Effects, Flow, Purpose, State,
    retry::{self, may_tell_again},
    state::Leave,
};
use crate::{
    http::{NoAnswer, Request, Response},
    json,
    outcome::{Failure, FailureKind},
    session::{Feature, SessionState},
};
use serde::Serialize;

/// How long the backend may take to say what became of the attempt, in milliseconds.
const DEADLINE_MS: u32 = 15_000;

impl Flow {
    /// The shopper gave the checkout up.
    pub(super) fn give_up(&mut self) -> Effects {
        if !self.offers(Feature::Cancel) {
            return self.cancelled();
        }
        self.tell_left(Leave::of(String::new(), None))
    }

    /// Ends a challenge.
    pub(super) fn leave(&mut self, attempt: String, because: Option<FailureKind>) -> Effects {
        if !self.offers(Feature::Cancel) {
            // Nobody can say whether the bank went on: that is an unknown outcome. The state may
            // name the same action again, so that it is asked after a pause.
            let check = self.doubt(attempt);
            return self.watch(State::Checking(check), 0);
        }
        self.tell_left(Leave::of(attempt, because.map(Failure::of)))
    }

    pub(super) fn tell_left(&mut self, mut leave: Leave) -> Effects {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(skip_serializing_if = "str::is_empty")]
            attempt: &'a str,
        }
        let body = json::write(&Body {
            attempt: &leave.attempt,
        });
        let mut request = Request::post(self.session_url("/cancel"), body);
        request.deadline_ms = DEADLINE_MS;
        leave.sent += 1;
        self.notice = None;
        self.enter(State::Leaving(leave));
        vec![
            self.send(Purpose::Cancel, request),
            self.after(DEADLINE_MS + 5_000),
        ]
    }

    /// The answer of `…/cancel`, which is a state.
    pub(super) fn left(&mut self, mut leave: Leave, result: Result<Response, NoAnswer>) -> Effects {
        let mut pause_ms = 0;
        match &result {
            Ok(response) if response.status == 200 => {
                if let Some(session) = SessionState::read(&response.body) {
                    return self.believe(session);
                }
            }
            Ok(slow) if slow.status == 429 => {
                let pause = retry::pause_ms(slow.retry_after.as_deref(), self.server_now());
                pause_ms = pause.and_then(|ms| u32::try_from(ms).ok()).unwrap_or(0);
            }
            // Heard, and refused: saying it again does not help.
            Ok(refused) if refused.status < 500 => leave.sent = u8::MAX,
            Ok(_) | Err(_) => {}
        }
        self.unheard(leave, pause_ms)
    }

    /// Nobody knows whether the backend heard it: the state tells.
    pub(super) fn unheard(&mut self, leave: Leave, pause_ms: u32) -> Effects {
        let check = Check {
            left: Some(leave.clone()),
            ..self.doubt(leave.attempt)
        };
        self.watch(State::Checking(check), pause_ms)
    }

    /// The backend has let go of what was left.
    pub(super) fn let_go(&mut self, leave: Leave) -> Effects {
        let Some(failure) = leave.because else {
            return self.over(&leave.attempt, true);
        };
        if let Some(last) = self.last_of(&leave.attempt) {
            self.learn_support(&last.req_id);
        }
        self.failed(failure, None)
    }
}

impl Leave {
    fn of(attempt: String, because: Option<Failure>) -> Self {
        Self {
            attempt,
            because,
            sent: 0,
        }
    }

    /// Whether the backend may be told again.
    pub(super) fn may_repeat(&self) -> bool {
        may_tell_again(self.sent)
    }
}
