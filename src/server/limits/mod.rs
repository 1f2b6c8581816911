//! Limits against card testing (T23): what a stranger who has no key may do, and how often.
//!
//! `tries` counts payments that did not succeed, in the store, where all servers see them;
//! `meter` counts questions, in memory; `address` says whose they are; `guard` refuses them.
//!
//! What this stops: many cards through one session, order or address, and one card through
//! many orders of a shop. What it can't stop: a new card from a new address in a new order
//! each time. A card is known only when the gateway has answered, so that it is never the
//! card's own try that is refused but the next one of the session, order and address that
//! brought it. Whoever sells to strangers needs the gateway's own risk rules too.

pub(crate) mod address;
pub(crate) mod guard;
pub(crate) mod meter;
pub(crate) mod tries;

use std::{
    sync::{Mutex, Weak},
    time::Duration,
};

use meter::{Meter, Pace};
pub use tries::Rule;

use super::{Server, store::now_ms};

/// How many payments may fail before the next has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In one session.
    pub session: Rule,
    /// For one order, over all of its sessions.
    pub order: Rule,
    /// From one address (IPv6: one /64), over all orders. Many shoppers may share it.
    pub address: Rule,
    /// With one card, over all orders of an organisation; counts declines only.
    pub card: Rule,
}

impl Default for Limits {
    fn default() -> Self {
        const HOUR: Duration = Duration::from_secs(3600);
        let rule = |free, quiet| Rule { free, quiet };
        Self {
            session: rule(6, HOUR),
            order: rule(10, HOUR),
            address: rule(30, HOUR * 6),
            card: rule(5, HOUR * 24),
        }
    }
}

/// Questions of a session: several tabs ask once a second each, for as long as it takes.
const ASKING: Pace = Pace {
    each_ms: 100,
    burst: 600,
};
/// Questions from an address, behind which a whole office may be waiting.
const CROWD: Pace = Pace {
    each_ms: 20,
    burst: 3000,
};
/// Calls that make the gateway work: leaving a challenge, resuming.
const WORKING: Pace = Pace {
    each_ms: 1000,
    burst: 20,
};
/// Ids that do not exist. Nobody honest has one.
const GUESSING: Pace = Pace {
    each_ms: 1000,
    burst: 30,
};

/// Client sessions, which anybody may open: a shop's whole office may be at it, and each is a
/// row or two of the store.
const OPENING: Pace = Pace {
    each_ms: 2000,
    burst: 60,
};

/// What this process counts in memory. A restart forgets it, which costs nothing: no payment
/// is made by these calls.
#[derive(Debug, Default)]
pub(crate) struct Meters {
    asking: Mutex<Meter>,
    crowd: Mutex<Meter>,
    working: Mutex<Meter>,
    guessing: Mutex<Meter>,
    opening: Mutex<Meter>,
}

/// Counts one call; the seconds to wait if it is one too many.
fn count(meter: &Mutex<Meter>, key: &str, pace: Pace) -> Result<(), u32> {
    meter
        .lock()
        .map_or(Ok(()), |mut meter| meter.count(key, pace, now_ms()))
}

impl Meters {
    /// A call about `session`, from `address` if one is known.
    pub(crate) fn ask(&self, session: &str, address: Option<&str>) -> Result<(), u32> {
        if let Some(address) = address {
            count(&self.crowd, address, CROWD)?;
        }
        count(&self.asking, session, ASKING)
    }

    /// A call for which the gateway is asked, about an order or session.
    pub(crate) fn work(&self, about: &str) -> Result<(), u32> {
        count(&self.working, about, WORKING)
    }

    /// A client session that is opened without a key.
    pub(crate) fn open(&self, address: Option<&str>) -> Result<(), u32> {
        address.map_or(Ok(()), |address| count(&self.opening, address, OPENING))
    }

    /// An id that was not there.
    pub(crate) fn guess(&self, address: Option<&str>) -> Result<(), u32> {
        address.map_or(Ok(()), |address| count(&self.guessing, address, GUESSING))
    }
}

/// How often old counts are deleted.
const SWEEP: Duration = Duration::from_secs(600);

/// Deletes what has been forgotten, as long as `server` lives.
pub(super) async fn sweep_forever(server: Weak<Server>) {
    loop {
        match server.upgrade() {
            None => return,
            Some(server) => {
                if let Err(error) = server.store.sweep_tries(now_ms()).await {
                    tracing::error!("limits: {error}");
                }
            }
        }
        tokio::time::sleep(SWEEP).await;
    }
}
