//! What waits to go out: for the connection, or because the backend asked for a pause.
//!
//! Nothing of it has taken effect. The shopper can stop it, and it never lasts longer than two
//! minutes, because the card waits with it.

use super::{
    Effects, Flow, Purpose, State, retry,
    state::{Card, Parcel, Reason, Wait},
};
use crate::outcome::FailureKind;

/// How long a card waits for the connection, in milliseconds.
const OFFLINE_MS: u64 = 120_000;
/// A request that did not leave though the device is online goes out again after this.
const AGAIN_MS: u64 = 1_000;
/// How often the seconds on the screen are counted down.
const TICK_MS: u32 = 1_000;

impl Parcel {
    fn again(&mut self) -> &mut bool {
        match self {
            Self::Card(card) => &mut card.again,
            Self::Call(sending) => &mut sending.again,
        }
    }
}

impl Flow {
    /// Sends a card as soon as it may go.
    pub(super) fn send_card(&mut self, card: Card) -> Effects {
        let parcel = Parcel::Card(card);
        if self.now_ms < self.not_before_ms {
            return self.wait(parcel, Reason::Pause, self.not_before_ms);
        }
        self.dispatch(parcel)
    }

    /// Sends what waits, or waits for the connection.
    fn dispatch(&mut self, parcel: Parcel) -> Effects {
        if !self.online {
            return self.wait(parcel, Reason::Connection, self.pressed_ms + OFFLINE_MS);
        }
        match parcel {
            Parcel::Card(card) => {
                let request = card.request.clone();
                let deadline = request.deadline_ms + 5_000;
                self.enter(State::Tokenizing(Some(card)));
                vec![self.send(Purpose::Tokenize, request), self.after(deadline)]
            }
            Parcel::Call(sending) => self.create(sending),
        }
    }

    fn dispatch_waiting(&mut self) -> Effects {
        match std::mem::replace(&mut self.state, State::Form) {
            State::Waiting(wait) => self.dispatch(wait.parcel),
            state => {
                self.state = state;
                Effects::new()
            }
        }
    }

    fn wait(&mut self, parcel: Parcel, reason: Reason, until_ms: u64) -> Effects {
        self.notice = None;
        self.enter(State::Waiting(Wait {
            parcel,
            reason,
            until_ms,
            left: seconds(until_ms, self.now_ms),
        }));
        vec![self.after(TICK_MS)]
    }

    pub(super) fn waited(&mut self) -> Effects {
        let now_ms = self.now_ms;
        let State::Waiting(wait) = &mut self.state else {
            return Effects::new();
        };
        if now_ms < wait.until_ms {
            wait.left = seconds(wait.until_ms, now_ms);
            return vec![self.after(TICK_MS)];
        }
        match wait.reason {
            Reason::Pause => self.dispatch_waiting(),
            Reason::Connection => self.failed(FailureKind::Offline.into(), None),
        }
    }

    /// The request never left.
    pub(super) fn unsent(&mut self, mut parcel: Parcel) -> Effects {
        if !self.online {
            return self.wait(parcel, Reason::Connection, self.pressed_ms + OFFLINE_MS);
        }
        if !std::mem::replace(parcel.again(), true) {
            return self.wait(parcel, Reason::Pause, self.now_ms + AGAIN_MS);
        }
        let kind = match parcel {
            Parcel::Card(_) => FailureKind::TokenizerUnavailable,
            Parcel::Call(_) => FailureKind::GatewayUnavailable,
        };
        self.failed(kind.into(), None)
    }

    /// The request was turned away with 429: it goes out again by itself, once, after the pause
    /// that was asked for. The next press of Pay keeps to that pause as well.
    pub(super) fn slowed(&mut self, mut parcel: Parcel, retry_after: Option<&str>) -> Effects {
        let Some(ms) = retry::pause_ms(retry_after, self.server_now()) else {
            return self.failed(FailureKind::RateLimited.into(), None);
        };
        self.not_before_ms = self.now_ms + ms;
        if std::mem::replace(parcel.again(), true) {
            return self.failed(FailureKind::RateLimited.into(), None);
        }
        self.wait(parcel, Reason::Pause, self.not_before_ms)
    }

    pub(super) fn connection(&mut self, online: bool) -> Effects {
        if self.online == online {
            return Effects::new();
        }
        self.online = online;
        match &self.state {
            _ if !online => Effects::new(),
            State::Waiting(Wait {
                reason: Reason::Connection,
                ..
            }) => self.dispatch_waiting(),
            _ => self.woken(),
        }
    }

    /// The fields are emptied by whoever tells of this; the card in the machine goes with them.
    pub(super) fn put_away(&mut self) -> Effects {
        self.brand = None;
        self.learn_networks(None);
        match &mut self.state {
            State::Waiting(_) => {
                self.enter(State::Form);
                vec![self.look_again()]
            }
            State::Tokenizing(card) => {
                *card = None;
                Effects::new()
            }
            _ => Effects::new(),
        }
    }
}

fn seconds(until_ms: u64, now_ms: u64) -> u32 {
    u32::try_from(until_ms.saturating_sub(now_ms).div_ceil(1_000)).unwrap_or(u32::MAX)
}
