//! Months of the civil calendar, counted. No clock: the time comes in.

/// A month, counted from January of year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month(i64);

const HOUR: i64 = 3600;

impl Month {
    /// `month` is 1 to 12.
    pub(super) fn new(year: u16, month: u8) -> Self {
        Self(i64::from(year) * 12 + i64::from(month) - 1)
    }

    /// The month it is somewhere on earth that lags behind all others (UTC-12) at `now`, in
    /// Unix seconds. An earlier one has ended everywhere.
    pub(super) fn earliest(now: i64) -> Self {
        Self::in_utc(now.saturating_sub(12 * HOUR))
    }

    /// The month it is where the day begins first (UTC+14) at `now`, in Unix seconds.
    pub(super) fn latest(now: i64) -> Self {
        Self::in_utc(now.saturating_add(14 * HOUR))
    }

    /// The same month so many years later.
    pub(super) fn after_years(self, years: i64) -> Self {
        Self(self.0 + years * 12)
    }

    /// Days are counted from 1 March, so that the leap day is the last of its year, in eras of
    /// 400 years, after which the Gregorian calendar repeats.
    fn in_utc(seconds: i64) -> Self {
        let days = seconds.div_euclid(24 * HOUR) + 719_468;
        let era = days.div_euclid(146_097);
        let day = days.rem_euclid(146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        // March is 0 here and 2 in a year that begins in January.
        Self((era * 400 + year) * 12 + month + 2)
    }
}

#[cfg(test)]
mod tests {
    use super::{HOUR, Month};

    #[test]
    fn months_follow_the_calendar() {
        for (seconds, year, month) in [
            (0, 1970, 1),
            (-1, 1969, 12),
            (951_782_399, 2000, 2),    // 28 February 23:59:59
            (951_868_799, 2000, 2),    // 29 February 23:59:59
            (951_868_800, 2000, 3),    // 1 March
            (1_798_761_599, 2026, 12), // the last second of 2026
            (1_798_761_600, 2027, 1),
            (4_107_542_399, 2100, 2), // no leap day in 2100
            (4_107_542_400, 2100, 3),
        ] {
            assert_eq!(Month::in_utc(seconds), Month::new(year, month), "{seconds}");
        }
    }

    #[test]
    fn every_day_of_400_years_falls_in_its_month() {
        let mut day = 0;
        for year in 1970..2370_u16 {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let february = if leap { 29 } else { 28 };
            let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            for (month, length) in (1..).zip(lengths) {
                for _ in 0..length {
                    let noon = day * 24 * HOUR + 12 * HOUR;
                    assert_eq!(Month::in_utc(noon), Month::new(year, month));
                    day += 1;
                }
            }
        }
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for now in [i64::MIN, i64::MAX] {
            assert!(Month::earliest(now) <= Month::latest(now));
        }
    }
}
