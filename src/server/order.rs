//! The order and its sessions as the server keeps them. Times are milliseconds of Unix time.

use crate::{
    money::Money,
    provider::funnelfox::Buyer,
    session::{Capture, Line, Mode},
};

use super::gateway::Gateway;

/// How far an order is paid. The order of the variants is the only direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Settled {
    Open,
    Authorised,
    Paid,
}

impl Settled {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Authorised => "authorised",
            Self::Paid => "paid",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Authorised, Self::Paid]
            .into_iter()
            .find(|settled| settled.name() == text)
    }
}

/// An order: the unit that is paid once.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// UUID v4.
    pub(crate) id: String,
    /// `pay_` and 26 characters; ours, not the gateway's.
    pub(crate) payment_id: String,
    pub(crate) org: String,
    /// The merchant's reference.
    pub(crate) reference: String,
    pub(crate) total: Money,
    pub(crate) capture: Capture,
    pub(crate) gateway: Gateway,
    /// What the claim says for FunnelFox alone.
    pub(crate) buyer: Option<Buyer>,
    pub(crate) lines: Vec<Line>,
    pub(crate) settled: Settled,
    /// The attempt that paid.
    pub(crate) winner: Option<String>,
    /// The attempt id for the next payment.
    pub(crate) next_attempt: String,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// A way to pay an order: one checkout document.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// `cs_…`, a secret of the shopper.
    pub(crate) id: String,
    pub(crate) order_id: String,
    pub(crate) mode: Mode,
    pub(crate) success_url: String,
    pub(crate) cancel_url: String,
    pub(crate) language: String,
    pub(crate) parent_origins: Vec<String>,
    pub(crate) cancelled: bool,
    pub(crate) expires_at: i64,
}

impl Session {
    /// Its id as far as it may be shown: the whole of it opens the checkout.
    pub(crate) fn cut(&self) -> String {
        cut(&self.id)
    }
}

/// The beginning of a session's id, enough to tell two apart.
pub(crate) fn cut(session: &str) -> String {
    let beginning: String = session.chars().take(7).collect();
    format!("{beginning}…")
}

/// Whether any session of an order can still be used to pay it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// At least one session is neither cancelled nor expired.
    Open,
    /// The last one was given up.
    Cancelled,
    /// The last one ran out.
    Expired,
}

impl Door {
    /// From all sessions of an order, oldest first, at `now`.
    pub(crate) fn of(sessions: &[Session], now: i64) -> Self {
        let usable = |session: &Session| !session.cancelled && session.expires_at > now;
        match sessions.last() {
            _ if sessions.iter().any(usable) => Self::Open,
            Some(last) if last.cancelled => Self::Cancelled,
            _ => Self::Expired,
        }
    }
}

/// The latest that an automatic capture can be put off to: then the reservation is let go.
pub(crate) const LONGEST_CAPTURE_S: u32 = 7 * 86_400;
/// The earliest: a shopper may be at the bank for so long.
pub(crate) const SHORTEST_CAPTURE_S: u32 = 15 * 60;

/// As it is kept: `automatic`, `manual`, or `automatic after 86400`.
pub(crate) fn capture_name(capture: Capture) -> String {
    match capture {
        Capture::Automatic => "automatic".into(),
        Capture::After(seconds) => format!("automatic after {seconds}"),
        Capture::Manual => "manual".into(),
    }
}

pub(crate) fn parse_capture(text: &str) -> Option<Capture> {
    match text {
        "automatic" => Some(Capture::Automatic),
        "manual" => Some(Capture::Manual),
        text => {
            let seconds = text.strip_prefix("automatic after ")?.parse().ok()?;
            Some(Capture::After(seconds))
        }
    }
}

pub(crate) fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Hosted => "hosted",
        Mode::Embedded => "embedded",
    }
}

pub(crate) fn parse_mode(text: &str) -> Option<Mode> {
    match text {
        "hosted" => Some(Mode::Hosted),
        "embedded" => Some(Mode::Embedded),
        _ => None,
    }
}
