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
mod pay;
mod show;
mod start;

use crate::{
    action::Action,
    card::{Brand, Problems},
    embed::Told,
    http,
    outcome::Failure,
    payment::CreatePayment,
    screen::{Intent, Notice},
    session::{Capture, Feature, SessionState, Standing},
    tokenize::Token,
};

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
    support: Option<String>,
    announced_ready: bool,
    complete: bool,
}

/// The session, and when it was told.
#[derive(Clone, Debug)]
struct Known {
    session: SessionState,
    /// The order as last told; an answer may change it.
    order_id: String,
    at_ms: u64,
    /// Whether the attempt's id has been sent: the state is asked before the next payment.
    used: bool,
}

impl Known {
    /// Now by the server's clock, in Unix seconds. The device's clock plays no part (F49).
    fn server_now(&self, now_ms: u64) -> i64 {
        let passed = now_ms.saturating_sub(self.at_ms) / 1000;
        self.session
            .server_time
            .saturating_add(i64::try_from(passed).unwrap_or(i64::MAX))
    }
}

/// Where the payment is. Every state that is not final has a timer or a call under way.
#[derive(Clone, Debug)]
enum State {
    Loading,
    Form,
    Tokenizing,
    /// The token waits for a new attempt's id.
    Renewing {
        token: Token,
    },
    /// `sent` counts how often the call went out.
    Creating {
        call: CreatePayment,
        sent: u8,
    },
    Action(Step),
    Resuming {
        attempt: String,
        actions: u8,
    },
    Leaving {
        attempt: String,
        because: Option<Failure>,
    },
    Checking(Check),
    Processing(Check),
    Paid,
    Authorised,
    Cancelled,
    Expired,
    Unavailable {
        retry: bool,
    },
}

/// An action under way.
#[derive(Clone, Debug)]
struct Step {
    attempt: String,
    action: Action,
    actions: u8,
    opened_ms: u64,
    loaded: bool,
    leaving: bool,
    polling: bool,
    timer: bool,
}

/// An attempt whose outcome is being asked for.
#[derive(Clone, Debug)]
struct Check {
    attempt: String,
    /// The call to repeat, with the same id, if the backend has never seen it, and how often
    /// it has gone out.
    call: Option<(CreatePayment, u8)>,
    asked: u32,
    asking: bool,
    timer: bool,
}

impl Check {
    fn new(attempt: String, call: Option<(CreatePayment, u8)>) -> Self {
        Self {
            attempt,
            call,
            asked: 0,
            asking: true,
            timer: false,
        }
    }
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
    /// `GET …/state`.
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
    /// The bank's page sent the shopper back, or the connection or the page came back:
    /// whatever is waited for is worth asking now.
    Woken,
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
}

type Effects = Vec<Effect>;

impl Flow {
    /// A machine that has not started.
    pub fn new(backend: Backend) -> Self {
        Self {
            backend,
            state: State::Loading,
            epoch: 0,
            session: None,
            notice: None,
            problems: Problems::default(),
            brand: None,
            support: None,
            announced_ready: false,
            complete: false,
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

    fn ask(&self) -> Effect {
        let mut request = http::Request::get(self.session_url("/state"));
        request.deadline_ms = 15_000;
        self.send(Purpose::State, request)
    }

    /// Whether nothing can change any more.
    fn is_final(&self) -> bool {
        matches!(
            self.state,
            State::Paid | State::Authorised | State::Cancelled | State::Expired
        )
    }

    fn succeed(&mut self) -> Effects {
        if matches!(self.state, State::Paid | State::Authorised) {
            return Effects::new();
        }
        let reserved = self.session().is_some_and(|session| match session.order {
            Standing::Authorised => true,
            Standing::Paid => false,
            // The payment contract's `succeeded` says nothing of when the money is taken.
            _ => session.capture == Capture::Manual,
        });
        self.notice = None;
        self.support = None;
        self.problems = Problems::default();
        self.enter(if reserved {
            State::Authorised
        } else {
            State::Paid
        });
        let told = Told::Succeeded {
            order_id: self.order_id(),
            reference: self
                .session()
                .map(|s| s.reference.clone())
                .unwrap_or_default(),
            status: if reserved { "authorised" } else { "paid" },
        };
        vec![Effect::ClearCard, Effect::Tell(told)]
    }
}

/// The next state of affairs, and what to do about it.
pub fn update(mut flow: Flow, event: Event, now_ms: u64) -> (Flow, Effects) {
    let effects = match event {
        Event::Started => flow.start(),
        Event::Shopper(intent) => flow.shopper(intent, now_ms),
        Event::Answered(call, result) => flow.answered(call, result, now_ms),
        Event::Timer { epoch } if epoch == flow.epoch => flow.timer(now_ms),
        // A timer of a state that has been left.
        Event::Timer { .. } => Effects::new(),
        Event::Woken => flow.woken(),
    };
    (flow, effects)
}
