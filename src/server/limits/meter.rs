//! Counts questions in memory: a burst is free, then so many in a time.

use std::collections::HashMap;

/// So many keys are remembered. Beyond, all are forgotten: memory is worth more.
const KEYS: usize = 20_000;
/// Who goes on asking is put off further, but never for longer than this.
const LONGEST_MS: i64 = 60_000;
/// More of a key tells nobody apart.
const KEY_LENGTH: usize = 80;

/// How often something may be asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// One call in this time, in milliseconds, in the long run.
    pub(crate) each_ms: i64,
    /// So many at once.
    pub(crate) burst: i64,
}

/// Key → the time at which all its calls would have been made at an even pace.
#[derive(Debug, Default)]
pub(crate) struct Meter(HashMap<String, i64>);

impl Meter {
    /// Counts one call at `now`, in milliseconds; the seconds to wait if it came too early.
    pub(crate) fn count(&mut self, key: &str, pace: Pace, now: i64) -> Result<(), u32> {
        let key: String = key.chars().take(KEY_LENGTH).collect();
        if self.0.len() >= KEYS && !self.0.contains_key(&key) {
            self.0.retain(|_, even| *even > now);
            if self.0.len() >= KEYS {
                self.0.clear();
            }
        }
        let allowance = pace.each_ms * pace.burst;
        let even = self.0.entry(key).or_insert(now);
        // A clock that was set back must not lock anybody out.
        let latest = now + allowance + LONGEST_MS;
        *even = (*even).max(now).min(latest) + pace.each_ms;
        let late = *even - now - allowance;
        if late <= 0 {
            return Ok(());
        }
        *even = (*even).min(latest);
        let seconds = (late.min(LONGEST_MS) + 999) / 1000;
        Err(u32::try_from(seconds).unwrap_or(1))
    }
}

#[cfg(test)]
mod tests {
    use super::{KEYS, Meter, Pace};

    const PACE: Pace = Pace {
        each_ms: 100,
        burst: 20,
    };

    #[test]
    fn three_tabs_that_ask_every_second_are_never_refused() {
        let mut meter = Meter::default();
        for second in 0..7200 {
            for tab in 0..3 {
                assert_eq!(meter.count("s", PACE, second * 1000 + tab), Ok(()));
            }
        }
    }

    #[test]
    fn a_flood_is_put_off_for_longer_and_longer_up_to_a_minute_and_touches_nobody_else() {
        let mut meter = Meter::default();
        for _ in 0..20 {
            assert_eq!(meter.count("s", PACE, 0), Ok(()));
        }
        assert_eq!(meter.count("s", PACE, 0), Err(1));
        for _ in 0..100 {
            let _ = meter.count("s", PACE, 0);
        }
        assert_eq!(meter.count("s", PACE, 0), Err(11));
        for _ in 0..10_000 {
            let _ = meter.count("s", PACE, 0);
        }
        assert_eq!(meter.count("s", PACE, 0), Err(60));
        assert_eq!(meter.count("other", PACE, 0), Ok(()));
        assert_eq!(meter.count("s", PACE, 60_200), Ok(()));
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out() {
        let mut meter = Meter::default();
        assert_eq!(meter.count("s", PACE, 9_000_000), Ok(()));
        let Err(seconds) = meter.count("s", PACE, 0) else {
            return;
        };
        assert!(seconds <= 60);
    }

    #[test]
    fn made_up_keys_do_not_fill_the_memory() {
        let mut meter = Meter::default();
        for n in 0..KEYS * 3 {
            let _ = meter.count(&n.to_string(), PACE, 0);
            assert!(meter.0.len() <= KEYS);
        }
        let long = "x".repeat(10_000);
        let _ = meter.count(&long, PACE, 0);
        assert!(meter.0.keys().all(|key| key.len() <= 80));
    }
}
