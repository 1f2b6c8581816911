//! The name on the card: any script, as typed, but no card number and no security code.

use zeroize::Zeroizing;

use super::{
    digits::{self, Mark},
    edit::{Change, Fitted, MOST},
    problem::{Flaw, Problem},
};
use crate::sensitive::Sensitive;

/// Characters (Unicode scalar values) a name may have.
const LONGEST: usize = 255;

/// A name with this many digits has a card number in it: no shorter number is in use.
const CARD_NUMBER: usize = 12;

/// The name, trimmed.
pub(super) fn parse(text: &str) -> Result<Sensitive<String>, Flaw> {
    if text.len() > MOST {
        return Err(Flaw::Wrong(Problem::NameTooLong));
    }
    let name = clean(text);
    let name = name.trim();
    let digits = digits::count(name);
    if name.chars().all(|c| c.is_whitespace() || joins(c)) {
        Err(Flaw::Open(Problem::Required))
    } else if digits >= CARD_NUMBER {
        Err(Flaw::Wrong(Problem::LooksLikeCardNumber))
    } else if name.chars().nth(LONGEST).is_some() {
        Err(Flaw::Wrong(Problem::NameTooLong))
    } else if (3..=4).contains(&digits) && digits::read(name).is_ok() {
        Err(Flaw::Open(Problem::LooksLikeCvc))
    } else {
        Ok(name.to_owned().into())
    }
}

/// What the input shows after a change: what was typed, without what can't be seen.
pub(super) fn fit(change: &Change<'_>) -> Result<Fitted, Problem> {
    Ok(Fitted {
        text: clean(change.typed()),
        caret: clean(change.left_of_caret()).encode_utf16().count(),
        problem: None,
    })
}

/// Line ends and tabs become spaces; other controls and marks that turn the writing direction
/// go. Joiners stay: Persian and Indic names are written with them.
fn clean(text: &str) -> Zeroizing<String> {
    let mut name = Zeroizing::new(String::with_capacity(text.len()));
    let mut last = None;
    for c in text.chars() {
        match c {
            '\n' if last == Some('\r') => {}
            '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => name.push(' '),
            _ if c.is_control() => {}
            _ if Mark::of(c) == Mark::Invisible && !joins(c) && !shapes(c) => {}
            _ => name.push(c),
        }
        last = Some(c);
    }
    name
}

/// Zero width non-joiner and joiner.
fn joins(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Variation selectors and the key cap: part of the character before them.
fn shapes(c: char) -> bool {
    matches!(c, '\u{20e3}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::{Problem, clean, parse};
    use crate::card::Verdict;

    #[test]
    fn b64_controls_go_and_line_ends_become_spaces() {
        assert_eq!(clean("Jo\r\nDoe\0\u{202e}\tX").as_str(), "Jo Doe X");
        assert_eq!(clean("<b>=cmd()").as_str(), "<b>=cmd()");
        assert_eq!(clean("می\u{200c}خواهم").as_str(), "می\u{200c}خواهم");
    }

    #[test]
    fn names_that_show_nothing_are_missing() {
        for blank in ["", "  ", "\u{200d}", "\u{200b}", "\0\t"] {
            assert_eq!(
                Verdict::from(parse(blank)),
                Verdict::Open(Problem::Required),
                "{blank:?}"
            );
        }
    }
}
