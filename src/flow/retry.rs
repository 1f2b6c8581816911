//! What goes out again, how often and when: one rule for each kind of request.
//!
//! - What only reads (the state, a poll at the bank's status address) is repeated, with growing
//!   waits.
//! - The card goes out once more at most, and only if it was not taken: the request never left,
//!   or was turned away with 429.
//! - `create_payment` goes out again if it never left, and otherwise only with the same id to a
//!   backend that announced ids: once after a 429, a few times while the backend has never
//!   seen it.
//! - `resume_payment` is never repeated: the state tells what became of it.
//! - `cancel` names the attempt, so that a repeat changes nothing: it goes out again a few times
//!   while the state shows that it was not heard.

use crate::payment::CreatePayment;

/// Waits between questions about an open outcome, in milliseconds; the last one stays.
const READS_MS: [u32; 6] = [1_000, 2_000, 3_000, 5_000, 10_000, 15_000];
/// How often a call is sent in all, for the same attempt, while the backend has never seen it.
const SENDS: u8 = 4;
/// The longest pause that a backend can ask for; beyond that it is "try later" (F19).
const LONGEST_PAUSE_MS: u64 = 60_000;
/// The pause after a 429 that doesn't say how long, or says it in no way that can be read.
const USUAL_PAUSE_MS: u64 = 5_000;

/// How long to wait before asking for the `asked`th time again.
pub(super) fn read_wait_ms(asked: u32) -> u32 {
    let at = usize::try_from(asked).unwrap_or(usize::MAX);
    READS_MS[at.min(READS_MS.len() - 1)]
}

/// Whether every wait went by.
pub(super) fn reads_are_over(asked: u32) -> bool {
    usize::try_from(asked).is_ok_and(|asked| asked >= READS_MS.len())
}

/// Whether the backend may be told once more that the shopper left.
pub(super) fn may_tell_again(sent: u8) -> bool {
    sent < SENDS
}

/// A `create_payment` and what became of it so far.
#[derive(Clone, Debug)]
pub(super) struct Sending {
    pub(super) call: CreatePayment,
    /// How often it has gone out.
    pub(super) sent: u8,
    /// One of these has no answer: it may have taken effect, whatever the next one is told.
    pub(super) doubt: bool,
    /// It went out again after a pause, or because it had not left: not a second time.
    pub(super) again: bool,
}

impl Sending {
    pub(super) fn first(call: CreatePayment) -> Self {
        Self {
            call,
            sent: 0,
            doubt: false,
            again: false,
        }
    }

    /// The same, with no answer to the last sending.
    pub(super) fn doubted(mut self) -> Self {
        self.doubt = true;
        self
    }

    /// Whether it may go out again to a backend that has never seen it.
    pub(super) fn may_repeat(&self) -> bool {
        self.call.as_header && self.sent < SENDS
    }

    /// Whether a 429 speaks for all of it: then it may go out again under the same id.
    pub(super) fn may_pause(&self) -> bool {
        self.call.as_header && !self.doubt
    }
}

/// How long a 429 asks to wait, in milliseconds; `None` where that is too long to wait for.
/// `now` is the server's time in Unix seconds: what it sends is by its own clock.
pub(super) fn pause_ms(retry_after: Option<&str>, now: Option<i64>) -> Option<u64> {
    let text = retry_after.unwrap_or_default().trim().as_bytes();
    let seconds = number(text).or_else(|| Some(http_date(text)? - now?));
    match seconds {
        Some(seconds) if seconds > 0 => u64::try_from(seconds)
            .ok()
            .and_then(|seconds| seconds.checked_mul(1_000))
            .filter(|ms| *ms <= LONGEST_PAUSE_MS),
        // Not told, not readable, or over already.
        _ => Some(USUAL_PAUSE_MS),
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` in Unix seconds; the obsolete forms are not read.
fn http_date(text: &[u8]) -> Option<i64> {
    let part = |from: usize, to: usize| number(text.get(from..to)?);
    if text.len() != 29 || !text.ends_with(b" GMT") {
        return None;
    }
    let name = text.get(8..11)?;
    let months = b"JanFebMarAprMayJunJulAugSepOctNovDec"
        .chunks(3)
        .zip(1_i64..);
    let month = months
        .filter_map(|(known, month)| (known == name).then_some(month))
        .last()?;
    let (day, year) = (part(5, 7)?, part(12, 16)?);
    let (hour, minute, second) = (part(17, 19)?, part(20, 22)?, part(23, 25)?);
    if !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Days of the civil calendar, counted in years that begin in March.
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Digits and nothing else. More than fit are as many as fit.
fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_i64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
        Some(number.saturating_mul(10).saturating_add(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::{http_date, pause_ms};

    /// 2027-01-15 08:00:00 UTC.
    const NOW: i64 = 1_800_000_000;

    #[test]
    fn f19_a_pause_is_read_as_seconds_or_date_and_capped() {
        let cases = [
            (Some("3"), Some(3_000)),
            (Some(" 60 "), Some(60_000)),
            (Some("61"), None),
            (Some("315360000"), None),
            (Some("99999999999999999999999999"), None),
            (Some("Fri, 15 Jan 2027 08:00:30 GMT"), Some(30_000)),
            (Some("Fri, 15 Jan 2027 08:01:01 GMT"), None),
            (Some("Fri, 15 Jan 2037 08:00:00 GMT"), None),
            (Some("Fri, 15 Jan 2027 07:59:00 GMT"), Some(5_000)),
            (Some("Sun, 06 Nov 1994 08:49:37 GMT"), Some(5_000)),
            (Some("0"), Some(5_000)),
            (Some("-5"), Some(5_000)),
            (Some("1.5"), Some(5_000)),
            (Some("abc"), Some(5_000)),
            (Some("Fri, 15 Jan 2027"), Some(5_000)),
            (Some("Fri, 99 Jan 2027 08:00:30 GMT"), Some(5_000)),
            (Some("Fri, 15 Foo 2027 08:00:30 GMT"), Some(5_000)),
            (Some("\u{e9}, \u{e9}"), Some(5_000)),
            (Some(""), Some(5_000)),
            (None, Some(5_000)),
        ];
        for (header, expected) in cases {
            assert_eq!(pause_ms(header, Some(NOW)), expected, "{header:?}");
        }
        let date = Some("Fri, 15 Jan 2027 08:00:30 GMT");
        assert_eq!(pause_ms(date, None), Some(5_000), "no clock to judge it by");
    }

    #[test]
    fn dates_are_counted_as_the_calendar_does() {
        for (text, expected) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
            ("Fri, 15 Jan 2027 08:00:00 GMT", NOW),
        ] {
            assert_eq!(http_date(text.as_bytes()), Some(expected), "{text}");
        }
    }
}
