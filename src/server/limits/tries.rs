//! How long the next payment has to wait, from those that failed: values in, values out.

use std::time::Duration;

/// The longest wait, in seconds.
const CAP_S: i64 = 15 * 60;

/// How many may fail, and how long until that is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// So many tries without a wait.
    pub free: u32,
    /// All is forgotten when nothing was tried for so long. Longer than the longest wait of
    /// 15 minutes, or the waits stop growing.
    pub quiet: Duration,
}

/// What is known of a session, order, address or card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct History {
    /// Tries that did not succeed, those under way included.
    pub(crate) strikes: i64,
    /// When the last one was made, in milliseconds of Unix time.
    pub(crate) last_at: i64,
}

/// Whether another payment may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// Seconds until it may.
    Wait(u32),
}

impl Rule {
    fn quiet_ms(self) -> i64 {
        i64::try_from(self.quiet.as_millis()).unwrap_or(i64::MAX)
    }

    pub(crate) fn free(self) -> i64 {
        i64::from(self.free)
    }

    /// When a history that ends at `last_at` is forgotten.
    pub(crate) fn forget_at(self, last_at: i64) -> i64 {
        last_at.saturating_add(self.quiet_ms())
    }

    /// What still counts at `now`.
    pub(crate) fn remembered(self, history: History, now: i64) -> History {
        if self.forget_at(history.last_at) <= now {
            History::default()
        } else {
            history
        }
    }
}

/// The first `free` tries may follow each other as they like; the next waits 2 s after the
/// last, then 4 s, 8 s, … 15 minutes at most. Being refused is no try and makes nothing worse.
pub(crate) fn allow(rule: Rule, history: History, now: i64) -> Verdict {
    let history = rule.remembered(history, now);
    let over = history.strikes - rule.free();
    if over < 0 {
        return Verdict::Allowed;
    }
    let delay = (2_i64 << over.min(20)).min(CAP_S);
    let left = history.last_at.saturating_add(delay * 1000) - now;
    if left <= 0 {
        return Verdict::Allowed;
    }
    // A clock that was set back must not lock anybody out.
    let seconds = ((left + 999) / 1000).min(delay);
    Verdict::Wait(u32::try_from(seconds).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::{Duration, History, Rule, Verdict, allow};

    const NOW: i64 = 1_800_000_000_000;
    const RULE: Rule = Rule {
        free: 4,
        quiet: Duration::from_secs(3600),
    };

    #[test]
    fn t23_the_first_are_free_and_then_the_wait_doubles_up_to_a_quarter_of_an_hour() {
        for (strikes, seconds_ago, expected) in [
            (0, 0, Verdict::Allowed),
            // Three declines and a right card.
            (3, 0, Verdict::Allowed),
            (4, 0, Verdict::Wait(2)),
            (4, 1, Verdict::Wait(1)),
            (4, 2, Verdict::Allowed),
            (5, 0, Verdict::Wait(4)),
            (5, 3, Verdict::Wait(1)),
            (5, 4, Verdict::Allowed),
            (8, 0, Verdict::Wait(32)),
            (12, 0, Verdict::Wait(512)),
            (13, 0, Verdict::Wait(900)),
            (1_000_000, 0, Verdict::Wait(900)),
            (1_000_000, 899, Verdict::Wait(1)),
            (1_000_000, 900, Verdict::Allowed),
            // Forgotten after the quiet time, and not a second before.
            (i64::MAX, 3600, Verdict::Allowed),
            // A clock that went back.
            (4, -7200, Verdict::Wait(2)),
        ] {
            let history = History {
                strikes,
                last_at: NOW - seconds_ago * 1000,
            };
            assert_eq!(
                allow(RULE, history, NOW),
                expected,
                "{strikes} strikes, {seconds_ago} s ago"
            );
        }
    }

    #[test]
    fn a_history_counts_until_it_was_quiet_for_long_enough() {
        let history = History {
            strikes: 9,
            last_at: NOW,
        };
        assert_eq!(RULE.remembered(history, NOW + 3_599_999), history);
        assert_eq!(
            RULE.remembered(history, NOW + 3_600_000),
            History::default()
        );
    }

    #[test]
    fn a_fraction_of_a_second_is_a_second_to_wait() {
        let history = History {
            strikes: 4,
            last_at: NOW - 1001,
        };
        assert_eq!(allow(RULE, history, NOW), Verdict::Wait(1));
    }
}
