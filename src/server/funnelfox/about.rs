//! Which attempt a report is about. FunnelFox reports by its own order, which may hold several
//! payments, and names no attempt of ours: values in, values out.
//!
//! A charge that is taken for another is harmless, because it pays the order either way. A
//! decline that is taken for another would end an attempt that may still charge: so it counts
//! only where it can mean one attempt alone.

use super::charge::NEVER_SENT;
use crate::{
    provider::funnelfox::{Ended, Report},
    server::attempt::{Attempt, Phase},
};

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About<'a> {
    /// This attempt.
    Attempt(&'a str),
    /// Nothing that is open: it was known, or can't be told apart from what was.
    Old,
    /// A charge that no attempt of this server can have made.
    Nobody,
}

/// Whether the attempt may be what `order` is about there.
fn may_be(attempt: &Attempt, order: &str) -> bool {
    match attempt.gateway_payment_id.as_deref() {
        Some(named) => named == order,
        // Its answer is missing: it went to the order it was sent for, or to a new one.
        None => !["", NEVER_SENT].contains(&attempt.gateway_order.as_str()),
    }
}

/// Finds the attempt among all of the order, oldest first.
pub(crate) fn about<'a>(report: &Report, attempts: &'a [Attempt]) -> About<'a> {
    let order = report.order.as_str();
    let fitting: Vec<&Attempt> = attempts
        .iter()
        .filter(|attempt| may_be(attempt, order))
        .collect();
    match report.ended {
        Ended::Settled => {
            let paid = |attempt: &&&Attempt| attempt.phase == Phase::Succeeded;
            let open = |attempt: &&&Attempt| attempt.phase.may_pay();
            let found = fitting
                .iter()
                .find(paid)
                .or_else(|| fitting.iter().rev().find(open))
                .or_else(|| fitting.last());
            found.map_or(About::Nobody, |attempt| About::Attempt(&attempt.id))
        }
        Ended::Declined => match fitting.as_slice() {
            [one] if one.phase.may_pay() => About::Attempt(&one.id),
            _ => About::Old,
        },
    }
}

#[cfg(test)]
#[path = "about_tests.rs"]
mod tests;
