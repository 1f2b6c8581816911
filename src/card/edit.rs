//! What an input shows after a change, and where the caret goes.
//!
//! A field of digits behaves as if its gaps were not there: Backspace and Delete across a gap
//! remove the digit beyond it, and the caret keeps its place among the digits.

use zeroize::Zeroizing;

use super::{
    Field, cvc,
    digits::{self, Mark},
    expiry, holder, number,
    problem::Problem,
};
use crate::sensitive::Sensitive;

/// A text longer than this many bytes was not typed and fits no field: it is not looked at (B30).
pub(super) const MOST: usize = 4096;

/// What an input shows after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The text to show, ASCII where digits are expected.
    pub text: Sensitive<String>,
    /// Where the caret goes, in UTF-16 units from the start of `text`.
    pub caret: usize,
    /// A hint: something was refused, and the field shows what stood there before. Only a
    /// pasted number with more than 19 digits stays, with [`Problem::TooLong`], and a text
    /// that was wrong before this module saw it, until it is mended.
    pub problem: Option<Problem>,
}

/// Normalises and groups what stands in an input after a change. `before` is what the input
/// showed before it, `typed` what it shows now, `caret` the caret now (UTF-16 units).
///
/// Where only a gap was removed, this takes it for Backspace: the digit before the gap goes.
/// See [`edit_forward`]. For a field filled in at once `before` is empty.
pub fn edit(field: Field, before: &str, typed: &str, caret: usize) -> Edit {
    settle(field, before, typed, caret, Way::Backward)
}

/// As [`edit`], for a change made by the Delete key (`inputType` is `deleteContentForward`,
/// `deleteWordForward` or the like): where only a gap was removed, the digit after it goes.
/// The texts alone do not tell the two keys apart.
pub fn edit_forward(field: Field, before: &str, typed: &str, caret: usize) -> Edit {
    settle(field, before, typed, caret, Way::Forward)
}

/// In which direction a key removes.
#[derive(Clone, Copy)]
enum Way {
    Backward,
    Forward,
}

/// What a field makes of a change that it takes. The caret is in UTF-16 units.
pub(super) struct Fitted {
    pub(super) text: Zeroizing<String>,
    pub(super) caret: usize,
    pub(super) problem: Option<Problem>,
}

fn settle(field: Field, before: &str, typed: &str, caret: usize, way: Way) -> Edit {
    let at = if typed.len() > MOST {
        typed.len()
    } else {
        byte_at(typed, caret)
    };
    match fit(field, before, typed, at, way) {
        Ok(fitted) => Edit {
            text: digits::seal(fitted.text),
            caret: fitted.caret,
            problem: fitted.problem,
        },
        // As if nothing had been typed.
        Err(problem) if fit(field, "", before, before.len(), way).is_ok() => {
            let right = utf16(typed.get(at..).unwrap_or_default());
            Edit {
                text: before.to_owned().into(),
                caret: utf16(before).saturating_sub(right),
                problem: Some(problem),
            }
        }
        // What stood there was no better (typed before this program ran): going back to it
        // would leave no way out.
        Err(problem) => Edit {
            text: typed.to_owned().into(),
            caret: utf16(typed.get(..at).unwrap_or_default()),
            problem: Some(problem),
        },
    }
}

fn fit(field: Field, before: &str, typed: &str, at: usize, way: Way) -> Result<Fitted, Problem> {
    if typed.len() > MOST {
        return Err(match field {
            Field::Number | Field::Cvc => Problem::TooLong,
            Field::Expiry => Problem::BadExpiry,
            Field::Name => Problem::NameTooLong,
        });
    }
    match field {
        Field::Number => number::fit(&Change::in_digits(before, typed, at, way)),
        Field::Expiry => expiry::fit(&Change::in_digits(before, typed, at, way)),
        Field::Cvc => cvc::fit(&Change::new(before, typed, at)),
        Field::Name => holder::fit(&Change::new(before, typed, at)),
    }
}

/// A change of an input.
pub(super) struct Change<'a> {
    before: &'a str,
    typed: Zeroizing<String>,
    /// Byte of `typed` at which the caret is.
    caret: usize,
    /// Whether a key went over a gap; `typed` then lacks the digit beyond it.
    over_gap: bool,
}

impl<'a> Change<'a> {
    fn new(before: &'a str, typed: &str, caret: usize) -> Self {
        Self {
            before,
            typed: Zeroizing::new(typed.to_owned()),
            caret,
            over_gap: false,
        }
    }

    fn in_digits(before: &'a str, typed: &str, caret: usize, way: Way) -> Self {
        let mut change = Self::new(before, typed, caret);
        if !change.removed_a_gap() {
            return change;
        }
        change.over_gap = true;
        let is_digit = |c: char| matches!(Mark::of(c), Mark::Digit(_));
        let beyond = match way {
            Way::Backward => change.left_of_caret().rfind(is_digit),
            Way::Forward => typed
                .get(caret..)
                .and_then(|right| right.find(is_digit))
                .map(|place| caret + place),
        };
        if let Some(place) = beyond {
            change.typed.remove(place);
            change.caret = change.caret.min(place);
        }
        change
    }

    /// Whether `typed` is `before` without a gap (spaces, slash) right of the caret.
    fn removed_a_gap(&self) -> bool {
        let (left, right) = self.typed.split_at(self.caret);
        self.before
            .strip_prefix(left)
            .and_then(|rest| rest.strip_suffix(right))
            .is_some_and(|gap| !gap.is_empty() && gap.chars().all(|c| c == ' ' || c == '/'))
    }

    pub(super) fn before(&self) -> &'a str {
        self.before
    }

    pub(super) fn typed(&self) -> &str {
        &self.typed
    }

    pub(super) fn over_gap(&self) -> bool {
        self.over_gap
    }

    pub(super) fn left_of_caret(&self) -> &str {
        self.typed.get(..self.caret).unwrap_or_default()
    }

    pub(super) fn digits_left_of_caret(&self) -> usize {
        digits::count(self.left_of_caret())
    }

    /// What came in by this change: it ends at the caret. Nothing if something was only removed.
    pub(super) fn inserted(&self) -> &str {
        let left = self.left_of_caret();
        if self.over_gap {
            return "";
        }
        let same = left
            .char_indices()
            .zip(self.before.chars())
            .find(|((_, now), then)| now != then)
            .map_or(left.len().min(self.before.len()), |((place, _), _)| place);
        left.get(same..).unwrap_or_default()
    }
}

/// The byte at which a caret in UTF-16 units stands; inside a pair, before it.
fn byte_at(text: &str, caret: usize) -> usize {
    let mut units = 0;
    text.char_indices()
        .find(|(_, c)| {
            units += c.len_utf16();
            units > caret
        })
        .map_or(text.len(), |(place, _)| place)
}

fn utf16(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests {
    use super::{Change, Way, byte_at};

    #[test]
    fn carets_count_utf16_units() {
        for (caret, byte) in [(0, 0), (1, 1), (2, 1), (3, 5), (4, 6), (99, 6)] {
            assert_eq!(byte_at("1𝟜2", caret), byte, "{caret}");
        }
    }

    #[test]
    fn what_was_inserted_ends_at_the_caret() {
        for (before, typed, caret, inserted) in [
            ("", "4", 1, "4"),
            ("12 / 3", "12 / 30", 7, "0"),
            ("12 / 30", "1 / 30", 1, ""),
            ("12 / 30", "4", 1, "4"),
            ("1", "1/", 2, "/"),
            ("12 / 30", "12 /", 4, ""),
        ] {
            let change = Change::new(before, typed, caret);
            assert_eq!(change.inserted(), inserted, "{before} to {typed}");
        }
    }

    #[test]
    fn a_key_over_a_gap_takes_the_digit_beyond() {
        for (way, typed, left) in [
            (Way::Backward, "4000012", "400"),
            (Way::Forward, "4000012", "4000"),
        ] {
            let change = Change::in_digits("4000 0012", "40000012", 4, way);
            assert_eq!(change.typed(), typed);
            assert_eq!(change.left_of_caret(), left);
        }
    }
}
