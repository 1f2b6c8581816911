//! Where the payment is: the states, and what each of them knows.

use super::retry::{self, Sending};
use crate::{
    action::Action,
    http::Request,
    outcome::{Failure, FailureKind},
    session::SessionState,
    tokenize::Token,
};

/// The session, and when it was told.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) session: SessionState,
    /// The order as last told; an answer may change it.
    pub(super) order_id: String,
    pub(super) at_ms: u64,
    /// How often the attempt's id has been sent: the state is asked before the next payment.
    pub(super) used: u32,
}

impl Known {
    /// Now by the server's clock, in Unix seconds. The device's clock plays no part (F49).
    pub(super) fn server_now(&self, now_ms: u64) -> i64 {
        let passed = now_ms.saturating_sub(self.at_ms) / 1000;
        self.session
            .server_time
            .saturating_add(i64::try_from(passed).unwrap_or(i64::MAX))
    }
}

/// Where the payment is. Every state that is not final has a timer or a call under way.
#[derive(Clone, Debug)]
pub(super) enum State {
    Loading(Asks),
    Form,
    /// The card is kept for one more try, until it has its token or the page is put away.
    Tokenizing(Option<Card>),
    /// The token waits for a new attempt's id.
    Renewing {
        token: Token,
        asks: Asks,
    },
    /// Pay was pressed, and what it sends waits. Nothing of it has taken effect.
    Waiting(Wait),
    Creating(Sending),
    Action(Step),
    Resuming {
        attempt: String,
        actions: u8,
    },
    Leaving(Leave),
    Checking(Check),
    Processing(Check),
    /// The outcome is open, and there is nobody to ask.
    Unknown,
    /// Refused, because the customer has bought it before.
    Owned,
    Paid,
    Authorised,
    Cancelled,
    Expired,
    Unavailable {
        retry: bool,
    },
}

/// The request that registers the card, with the card in it.
#[derive(Clone, Debug)]
pub(super) struct Card {
    pub(super) request: Request,
    /// It went out again once: not a second time.
    pub(super) again: bool,
}

/// Something that goes out later.
#[derive(Clone, Debug)]
pub(super) struct Wait {
    pub(super) parcel: Parcel,
    pub(super) reason: Reason,
    pub(super) until_ms: u64,
    /// Seconds left, as shown.
    pub(super) left: u32,
}

/// What waits.
#[derive(Clone, Debug)]
pub(super) enum Parcel {
    Card(Card),
    Call(Sending),
}

/// What it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Connection,
    /// The backend asked for a pause.
    Pause,
}

/// An action under way.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) attempt: String,
    pub(super) action: Action,
    pub(super) actions: u8,
    pub(super) opened_ms: u64,
    pub(super) loaded: bool,
    /// It has been open for a while: other ways on are offered.
    pub(super) slow: bool,
    /// The bank waits another minute.
    pub(super) ending: bool,
    pub(super) leaving: bool,
    /// The shopper left, and the bank is still asked: there is a way back to its page.
    pub(super) left: bool,
    pub(super) polling: bool,
    pub(super) poll_at_ms: u64,
}

/// A challenge, or with no attempt the whole checkout, that is being left.
#[derive(Clone, Debug)]
pub(super) struct Leave {
    pub(super) attempt: String,
    /// Why, where it was not the shopper's wish.
    pub(super) because: Option<Failure>,
    /// How often the backend was told.
    pub(super) sent: u8,
}

/// A question that is asked until it is answered.
#[derive(Clone, Debug)]
pub(super) struct Asks {
    pub(super) since_ms: u64,
    /// How often it was asked again.
    pub(super) asked: u32,
    pub(super) asking: bool,
    pub(super) timer: bool,
}

impl Asks {
    /// Being asked for the first time.
    pub(super) fn since(now_ms: u64) -> Self {
        Self {
            since_ms: now_ms,
            asked: 0,
            asking: true,
            timer: false,
        }
    }

    /// Whether `limit` milliseconds have gone by.
    pub(super) fn over(&self, limit: u32, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.since_ms) >= u64::from(limit)
    }

    /// How long until it is asked again; `None` where that is settled already.
    pub(super) fn next_ms(&mut self) -> Option<u32> {
        self.asking = false;
        if self.timer {
            return None;
        }
        self.timer = true;
        let ms = retry::read_wait_ms(self.asked);
        self.asked = self.asked.saturating_add(1);
        Some(ms)
    }

    /// Whether it can be asked now; then it is under way.
    pub(super) fn take(&mut self) -> bool {
        !std::mem::replace(&mut self.asking, true)
    }
}

/// An attempt whose outcome is being asked for.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) attempt: String,
    /// The call to repeat, with the same id, if the backend has never seen it.
    pub(super) call: Option<Sending>,
    /// The backend turned the call away: if it knows nothing of the attempt, this is why.
    pub(super) refused: Option<FailureKind>,
    /// The backend was told that the shopper left, and has not said that it heard.
    pub(super) left: Option<Leave>,
    pub(super) asks: Asks,
}
