//! The expiry date: month and year in any usual order and writing, shown as `12 / 30`.
//!
//! A month over 12 is shown and called wrong, never read as something else (B37): `13` could
//! as well be a slip of `12` as the beginning of `1/3…`.

use zeroize::Zeroizing;

use super::{
    calendar::Month,
    digits::{self, Mark},
    edit::{Change, Fitted},
    problem::{Flaw, Problem},
};

/// Two of the month, four of the year.
const MOST: usize = 6;

/// How far ahead a card may run: longer than any that is issued.
const YEARS_AHEAD: i64 = 20;

/// What stands between two digits. The stronger one wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    Nothing,
    Blank,
    /// Slash, hyphen or full stop.
    Bar,
}

/// The digits of the input; `gaps[i]` stands before digit `i`, the last one after all.
struct Row {
    digits: [u8; MOST],
    gaps: [Gap; MOST + 1],
    len: usize,
}

/// A date as it is written: one or two digits, none to four digits.
#[derive(Debug, PartialEq, Eq)]
struct Written<'a> {
    month: &'a [u8],
    year: &'a [u8],
    /// Whether the month's leading zero is to be added.
    pad: bool,
    /// Whether the year came first.
    turned: bool,
}

impl Row {
    fn read(text: &str) -> Result<Self, Problem> {
        let mut row = Self {
            digits: [0; MOST],
            gaps: [Gap::Nothing; MOST + 1],
            len: 0,
        };
        for c in text.chars() {
            let gap = match Mark::of(c) {
                Mark::Digit(_) if row.len == MOST => return Err(Problem::BadExpiry),
                Mark::Digit(value) => {
                    row.digits[row.len] = value;
                    row.len += 1;
                    continue;
                }
                Mark::Invisible => continue,
                Mark::Blank => Gap::Blank,
                // A sign.
                Mark::Hyphen | Mark::Dot if row.len == 0 => return Err(Problem::BadExpiry),
                Mark::Slash | Mark::Hyphen | Mark::Dot => Gap::Bar,
                Mark::Other => return Err(Problem::LettersRefused),
            };
            row.gaps[row.len] = row.gaps[row.len].max(gap);
        }
        Ok(row)
    }

    /// Finds month and year. `inserted` is what came in by the last change: a leading zero is
    /// added only to what was entered just now, not while something is being deleted.
    fn written(&self, inserted: &str) -> Result<Written<'_>, Problem> {
        let digits = &self.digits[..self.len];
        let marks = || inserted.chars().map(Mark::of);
        let entered = marks()
            .filter(|mark| matches!(mark, Mark::Digit(_)))
            .count();
        let fresh = entered == self.len;
        let separated = marks().any(Mark::separates);
        let single = |month: &[u8]| matches!(month, [1..=9]);

        if let Some(split) = self.split()? {
            if split == 4 && digits.starts_with(&[2, 0]) {
                let (year, month) = digits.split_at(4);
                return Ok(Written {
                    month,
                    year: &year[2..],
                    pad: single(month),
                    turned: true,
                });
            }
            let (month, year) = digits.split_at(split);
            if month.len() <= 2 && fits_as_year(year) {
                return Ok(Written {
                    month,
                    year,
                    pad: separated && single(month) && self.gaps[split] != Gap::Nothing,
                    turned: false,
                });
            }
            // Only while digits are put in and taken out one may run over into the next part.
            if fresh {
                return Err(Problem::BadExpiry);
            }
        } else if let [2..=9, year @ ..] = digits
            && (fresh || self.len == 1)
            && fits_as_year(year)
        {
            // No month begins with 2 to 9: the zero before it was left out.
            return Ok(Written {
                month: &digits[..1],
                year,
                pad: true,
                turned: false,
            });
        }
        // No gap in its place: the first two are the month, as in a field without gaps.
        let (month, year) = digits.split_at(self.len.min(2));
        if !fits_as_year(year) {
            return Err(Problem::BadExpiry);
        }
        Ok(Written {
            month,
            year,
            pad: false,
            turned: false,
        })
    }

    /// How many digits stand before the gap between month and year, if there is one.
    fn split(&self) -> Result<Option<usize>, Problem> {
        let places = |gap: Gap| {
            let mut places = (1..self.len).filter(move |place| self.gaps[*place] == gap);
            (places.next(), places.next())
        };
        match (self.gaps[0], places(Gap::Bar), places(Gap::Blank)) {
            // Three parts are another kind of date.
            (_, (_, Some(_)), _) | (Gap::Bar, (Some(_), _), _) => Err(Problem::BadExpiry),
            (_, (Some(bar), None), _) => Ok(Some(bar)),
            (Gap::Bar, ..) if self.len > 0 => Ok(Some(0)),
            (.., (_, Some(_))) => Err(Problem::BadExpiry),
            (.., (Some(blank), None)) => Ok(Some(blank)),
            // One digit with a gap after it is a month.
            (.., (None, None)) if self.len == 1 && self.gaps[1] != Gap::Nothing => Ok(Some(1)),
            _ => Ok(None),
        }
    }
}

/// Two digits, four that begin with 20, or the beginning of either.
fn fits_as_year(digits: &[u8]) -> bool {
    digits.len() <= 2 || digits.len() <= 4 && digits.starts_with(&[2, 0])
}

/// Month (1 to 12) and year (four digits). `now` is the server's time in Unix seconds.
pub(super) fn parse(text: &str, now: i64) -> Result<(u8, u16), Flaw> {
    let row = Row::read(text).map_err(Flaw::Wrong)?;
    let written = row.written(text).map_err(Flaw::Wrong)?;
    let number = |digits: &[u8]| digits.iter().fold(0_u8, |sum, digit| sum * 10 + digit);

    let month = number(written.month);
    let whole = written.month.len() == 2 || !written.year.is_empty();
    match written.month {
        [] if written.year.is_empty() => return Err(Flaw::Open(Problem::Required)),
        [] => return Err(Flaw::Open(Problem::Incomplete)),
        _ if whole && !(1..=12).contains(&month) => return Err(Flaw::Wrong(Problem::BadMonth)),
        _ => {}
    }
    let year = match written.year {
        [tens, ones] | [2, 0, tens, ones] => 2000 + u16::from(tens * 10 + ones),
        _ => return Err(Flaw::Open(Problem::Incomplete)),
    };
    let last = Month::new(year, month);
    if last < Month::earliest(now) {
        // `20` may become 2030.
        Err(if written.year == [2, 0] {
            Flaw::Open(Problem::Expired)
        } else {
            Flaw::Wrong(Problem::Expired)
        })
    } else if last > Month::latest(now).after_years(YEARS_AHEAD) {
        Err(Flaw::Wrong(Problem::TooFarAhead))
    } else {
        Ok((month, year))
    }
}

/// What the input shows after a change.
pub(super) fn fit(change: &Change<'_>) -> Result<Fitted, Problem> {
    show(change).map_err(|problem| {
        let one_more = digits::count(change.typed()) == digits::count(change.before()) + 1;
        match problem {
            Problem::BadExpiry if one_more => Problem::TooLong,
            _ => problem,
        }
    })
}

fn show(change: &Change<'_>) -> Result<Fitted, Problem> {
    let row = Row::read(change.typed())?;
    let inserted = change.inserted();
    let written = row.written(inserted)?;
    let left = change.digits_left_of_caret();

    let mut text = Zeroizing::new(String::with_capacity(MOST + 3));
    let push = |text: &mut Zeroizing<String>, digits: &[u8]| {
        text.extend(digits.iter().map(|digit| char::from(b'0' + digit)));
    };
    if written.pad {
        text.push('0');
    }
    push(&mut text, written.month);
    let month = text.len();
    // A month being deleted from its front keeps its bar, so that the rest stays in its place.
    let kept = !change.over_gap() && row.gaps[row.len] == Gap::Bar && left < month;
    let barred = month == 2 || !written.year.is_empty() || month == 1 && kept;
    if barred {
        text.push_str(" / ");
    }
    let whole_year = match written.year {
        [2, 0, year @ ..] if year.len() == 2 => year,
        year => year,
    };
    push(&mut text, whole_year);

    let left = left + usize::from(written.pad && left > 0);
    let after_bar = inserted
        .chars()
        .next_back()
        .map(Mark::of)
        .is_some_and(Mark::separates);
    let rewritten = written.turned || whole_year.len() < written.year.len();
    let caret = if rewritten || left == month + whole_year.len() {
        text.len()
    } else if left < month || left == month && !after_bar {
        left
    } else {
        left + 3
    };
    Ok(Fitted {
        caret: caret.min(text.len()),
        text,
        problem: None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Flaw, Problem, parse};

    /// 21 November 2026.
    const NOW: i64 = 1_795_219_200;

    #[test]
    fn dates_are_read_in_any_usual_writing() {
        for text in [
            "430",
            "4/30",
            "04/30",
            "0430",
            "04 2030",
            "2030-4",
            "04.30",
            "04 / 2 0 3 0",
        ] {
            assert_eq!(parse(text, NOW), Ok((4, 2030)), "{text}");
        }
    }

    #[test]
    fn what_more_typing_can_cure_stays_open() {
        for (text, flaw) in [
            ("", Flaw::Open(Problem::Required)),
            (" / ", Flaw::Open(Problem::Required)),
            ("0", Flaw::Open(Problem::Incomplete)),
            ("1", Flaw::Open(Problem::Incomplete)),
            (" / 30", Flaw::Open(Problem::Incomplete)),
            ("12 / 203", Flaw::Open(Problem::Incomplete)),
            ("12 / 20", Flaw::Open(Problem::Expired)),
            ("12 / 21", Flaw::Wrong(Problem::Expired)),
            ("13 / ", Flaw::Wrong(Problem::BadMonth)),
            ("00", Flaw::Wrong(Problem::BadMonth)),
            ("0 / 3", Flaw::Wrong(Problem::BadMonth)),
            ("12 / 47", Flaw::Wrong(Problem::TooFarAhead)),
            ("1/2/30", Flaw::Wrong(Problem::BadExpiry)),
            ("/12/30", Flaw::Wrong(Problem::BadExpiry)),
            ("1/230", Flaw::Wrong(Problem::BadExpiry)),
            ("123 0", Flaw::Wrong(Problem::BadExpiry)),
            ("30/12", Flaw::Wrong(Problem::BadMonth)),
            ("12/1999", Flaw::Wrong(Problem::BadExpiry)),
        ] {
            assert_eq!(parse(text, NOW), Err(flaw), "{text}");
        }
    }
}
