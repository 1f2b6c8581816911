//! The state machine that joins the steps: `update(flow, event, now) -> (flow, effects)`.
//!
//! Pure and total: every event is decided in every state, and what can't happen is ignored by
//! name. Time comes in with each event, in milliseconds of a clock that never goes back.
//! Effects are data; `browser/` carries them out and reports what came of them.
//!
//! Three rules hold everywhere:
//! - an answer belongs to the [`Call`] that asked; one that comes too late moves nothing,
//!   except that *paid* wins over everything;
//! - in doubt the backend is asked how the attempt stands, and what it says is shown; nothing
//!   is called failed or charged again before that;
//! - a call is repeated only with the same attempt id, to a backend that announced it.

mod ask;
mod believe;
mod challenge;
mod direct;
mod end;
mod leave;
mod pay;
mod retry;
mod show;
mod start;
mod state;
mod wait;

use crate::{
    card::{Brand, Network, Problems},
    embed::Told,
    http,
    screen::{Intent, Notice},
    sensitive::Sensitive,
    session::{Feature, Purchase, SessionState},
};

pub use self::direct::Place;
use self::state::{Asks, Check, Known, State};

/// Where the checkout server is, and which session this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// `https://checkout.example`, without a slash at the end.
    pub origin: String,
    /// `cs_…`.
    pub session: String,
}

/// The whole machine.
#[derive(Clone, Debug)]
pub struct Flow {
    backend: Backend,
    state: State,
    /// Grows with every change of state; calls and timers of an older one are stale.
    epoch: u32,
    session: Option<Known>,
    notice: Option<Notice>,
    problems: Problems,
    brand: Option<Brand>,
    networks: Option<[Network; 2]>,
    /// Which of them the shopper chose.
    preferred: Option<Network>,
    support: Option<String>,
    announced_ready: bool,
    complete: bool,
    online: bool,
    now_ms: u64,
    /// A backend asked not to be called before.
    not_before_ms: u64,
    /// When Pay was last pressed: no card waits longer than a while from then.
    pressed_ms: u64,
    /// When the form last asked how things stand.
    asked_ms: u64,
    /// Where the payment contract is spoken without a session of the checkout server.
    direct: Option<Box<direct::Direct>>,
}

/// What a request was sent for, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The state it was sent from.
    pub epoch: u32,
    /// What for.
    pub purpose: Purpose,
}

/// What a request was sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `POST …/cancel`.
    Cancel,
    /// `create_payment`.
    Create,
    /// The status of an action.
    Poll,
    /// `resume_payment`.
    Resume,
    /// `GET …/state`, or whatever else leads to the form.
    State,
    /// The card's token.
    Tokenize,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The document is up.
    Started,
    /// The shopper did something.
    Shopper(Intent),
    /// A request came back, or did not.
    Answered(Call, Result<http::Response, http::NoAnswer>),
    /// A timer of the given state ran out.
    Timer {
        /// The state that set it.
        epoch: u32,
    },
    /// The bank's page sent the shopper back, or the page is seen again: whatever is waited
    /// for is worth asking now.
    Woken,
    /// The connection went or came back.
    Connection(bool),
    /// The shop's page says what is bought.
    Purchase(Purchase),
    /// What the tab remembers, after [`Effect::Recall`].
    Recalled(Option<Sensitive<String>>),
    /// The page is put away, perhaps into the browser's cache: no card may stay in it.
    PutAway,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send once and report with the same [`Call`].
    Send(Call, http::Request),
    /// Report [`Event::Timer`] after some milliseconds.
    After {
        /// The state that asks.
        epoch: u32,
        /// Milliseconds.
        ms: u32,
    },
    /// Empty the security code.
    ClearCvc,
    /// Empty every field.
    ClearCard,
    /// Tell the shop's page.
    Tell(Told),
    /// Report [`Event::Recalled`] with what the tab remembers under this name.
    Recall {
        /// The purchase.
        key: String,
    },
    /// Let the tab remember this under that name, or forget it.
    Remember {
        /// The purchase.
        key: String,
        /// What a reload has to know.
        marker: Option<Sensitive<String>>,
    },
}

type Effects = Vec<Effect>;

impl Flow {
    /// A machine that has not started.
    #[inline(never)]
    pub fn new(backend: Backend) -> Self {
        Self {
            backend,
            state: State::Loading(Asks::since(0)),
            epoch: 0,
            session: None,
            notice: None,
            problems: Problems::default(),
            brand: None,
            networks: None,
            preferred: None,
            support: None,
            announced_ready: false,
            complete: false,
            online: true,
            now_ms: 0,
            not_before_ms: 0,
            pressed_ms: 0,
            asked_ms: 0,
            direct: None,
        }
    }

    /// The session, once known.
    pub fn session(&self) -> Option<&SessionState> {
        self.session.as_ref().map(|known| &known.session)
    }

    fn offers(&self, feature: Feature) -> bool {
        self.session()
            .is_some_and(|session| session.offers(feature))
    }

    /// Goes into `state`; whatever was under way for the last one is stale from here on.
    fn enter(&mut self, state: State) {
        self.state = state;
        self.epoch += 1;
    }

    fn after(&self, ms: u32) -> Effect {
        Effect::After {
            epoch: self.epoch,
            ms,
        }
    }

    fn send(&self, purpose: Purpose, request: http::Request) -> Effect {
        Effect::Send(
            Call {
                epoch: self.epoch,
                purpose,
            },
            request,
        )
    }

    fn session_url(&self, path: &str) -> String {
        format!("{}/c/{}{path}", self.backend.origin, self.backend.session)
    }

    fn payment_base(&self) -> String {
        if let Some(base) = self.direct_base() {
            return base;
        }
        let org = self
            .session()
            .map(|session| session.org_id.as_str())
            .unwrap_or_default();
        format!("{}/{org}/v1", self.backend.origin)
    }

    fn order_id(&self) -> String {
        self.session
            .as_ref()
            .map(|known| known.order_id.clone())
            .unwrap_or_default()
    }

    /// The code on the screen, as the shop's page is told it.
    fn support_code(&self) -> String {
        self.support.clone().unwrap_or_default()
    }

    fn ask(&self) -> Effect {
        let mut request = self
            .opening()
            .unwrap_or_else(|| http::Request::get(self.session_url("/state")));
        request.deadline_ms = 15_000;
        self.send(Purpose::State, request)
    }

    fn asks(&self) -> Asks {
        Asks::since(self.now_ms)
    }

    /// What is known of an attempt: nothing yet.
    fn doubt(&self, attempt: String) -> Check {
        Check {
            attempt,
            call: None,
            refused: None,
            left: None,
            asks: self.asks(),
        }
    }

    fn server_now(&self) -> Option<i64> {
        self.session
            .as_ref()
            .map(|known| known.server_now(self.now_ms))
    }
}

/// The next state of affairs, and what to do about it.
pub fn update(mut flow: Flow, event: Event, now_ms: u64) -> (Flow, Effects) {
    flow.now_ms = flow.now_ms.max(now_ms);
    let mut effects = match event {
        Event::Started => flow.start(),
        Event::Shopper(intent) => flow.shopper(intent),
        Event::Answered(call, result) => flow.answered(call, result),
        Event::Timer { epoch } if epoch == flow.epoch => flow.timer(),
        // A timer of a state that has been left.
        Event::Timer { .. } => Effects::new(),
        Event::Woken => flow.woken(),
        Event::Connection(online) => flow.connection(online),
        Event::Purchase(purchase) => flow.bought(purchase),
        Event::Recalled(marker) => flow.recalled(marker.as_ref()),
        Event::PutAway => flow.put_away(),
    };
    // Before anything goes out: the page may be gone at any time after that.
    if let Some(remember) = flow.remember() {
        effects.insert(0, remember);
    }
    (flow, effects)
}
