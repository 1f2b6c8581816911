//! The card number: what it must be, and how it is grouped while it is typed.

use zeroize::Zeroizing;

use super::{
    brand::{Brand, Guess, gaps},
    digits::{self, Junk},
    edit::{Change, Fitted},
    network::Network,
    problem::{Flaw, Problem},
};
use crate::sensitive::Sensitive;

/// ISO/IEC 7812: a number has 19 digits at most.
const LONGEST: usize = 19;

fn read(text: &str) -> Result<Zeroizing<String>, Problem> {
    digits::read(text).map_err(|junk| match junk {
        Junk::TooMany => Problem::TooLong,
        Junk::Slash => Problem::NumberWithExpiry,
        Junk::Other => Problem::LettersRefused,
    })
}

/// The brand of what stands in the input, once it is certain.
pub(super) fn brand(text: &str) -> Option<Brand> {
    match Brand::guess(&read(text).ok()?) {
        Guess::Is(brand) => Some(brand),
        Guess::Open | Guess::Unknown => None,
    }
}

/// The networks of what stands in the input, where there are two.
pub(super) fn networks(text: &str) -> Option<[Network; 2]> {
    Network::choice(&read(text).ok()?)
}

/// The digits and their brand.
pub(super) fn parse(text: &str) -> Result<(Sensitive<String>, Brand), Flaw> {
    let digits = read(text).map_err(Flaw::Wrong)?;
    let brand = whole(&digits)?;
    Ok((digits::seal(digits), brand))
}

/// The brand of a whole number, or why it is none.
fn whole(digits: &str) -> Result<Brand, Flaw> {
    let len = digits.len();
    if len == 0 {
        return Err(Flaw::Open(Problem::Required));
    }
    if len > LONGEST {
        return Err(Flaw::Wrong(Problem::TooLong));
    }
    let brand = match Brand::guess(digits) {
        Guess::Is(brand) => brand,
        Guess::Open => return Err(Flaw::Open(Problem::Incomplete)),
        Guess::Unknown => return Err(Flaw::Wrong(Problem::UnknownBrand)),
    };
    let lengths = brand.lengths();
    if lengths.iter().all(|allowed| *allowed < len) {
        return Err(Flaw::Wrong(Problem::TooLong));
    }
    if lengths.iter().all(|allowed| *allowed > len) {
        return Err(Flaw::Open(Problem::Incomplete));
    }
    if lengths.contains(&len) && plausible(digits, brand) {
        return Ok(brand);
    }
    // A longer number of the same brand may still be meant.
    if lengths.iter().any(|allowed| *allowed > len) {
        Err(Flaw::Open(Problem::BadNumber))
    } else {
        Err(Flaw::Wrong(Problem::BadNumber))
    }
}

/// Check digit, and not one digit repeated.
fn plausible(digits: &str, brand: Brand) -> bool {
    let first = digits.bytes().next();
    let repeated = digits.bytes().all(|digit| Some(digit) == first);
    !repeated && (luhn(digits) || !brand.needs_check_digit())
}

/// The check digit of ISO/IEC 7812-1 (Luhn).
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') << (place % 2);
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// What the input shows after a change.
pub(super) fn fit(change: &Change<'_>) -> Result<Fitted, Problem> {
    let digits = read(change.typed())?;
    let mut problem = None;
    if digits.len() > LONGEST {
        // One more than before was typed and is not taken. More came by paste: it stays whole,
        // so that nothing is cut into another number.
        let before = read(change.before()).map_or(0, |before| before.len());
        if digits.len() == before + 1 {
            return Err(Problem::TooLong);
        }
        problem = Some(Problem::TooLong);
    }
    let gaps = gaps(Brand::guess(&digits), digits.len());
    let mut text = Zeroizing::new(String::with_capacity(digits.len() + gaps.len()));
    for (place, digit) in digits.chars().enumerate() {
        if gaps.contains(&place) {
            text.push(' ');
        }
        text.push(digit);
    }
    let left = change.digits_left_of_caret();
    // Before the gap, not after it: the caret stays with the digit just typed.
    let caret = left + gaps.iter().filter(|gap| **gap < left).count();
    Ok(Fitted {
        text,
        caret,
        problem,
    })
}

#[cfg(test)]
mod tests {
    use super::{Brand, Problem, brand, luhn, parse};
    use crate::card::Verdict;

    #[test]
    fn luhn_sees_the_check_digit() {
        for good in ["0", "18", "4000001200000008", "340000000000017"] {
            assert!(luhn(good), "{good}");
        }
        for bad in ["1", "10", "4000001200000001"] {
            assert!(!luhn(bad), "{bad}");
        }
    }

    #[test]
    fn verdicts_while_typing_a_visa_number() {
        for (typed, verdict) in [
            ("", Verdict::Open(Problem::Required)),
            ("4", Verdict::Open(Problem::Incomplete)),
            ("400000120000000", Verdict::Open(Problem::Incomplete)),
            ("4000001200000008", Verdict::Valid),
            ("4000001200000001", Verdict::Open(Problem::BadNumber)),
            ("400000120000000000", Verdict::Open(Problem::BadNumber)),
            ("4000001200000000002", Verdict::Wrong(Problem::BadNumber)),
            ("40000012000000000010", Verdict::Wrong(Problem::TooLong)),
            ("9", Verdict::Wrong(Problem::UnknownBrand)),
            ("40x", Verdict::Wrong(Problem::LettersRefused)),
        ] {
            assert_eq!(Verdict::from(parse(typed)), verdict, "{typed}");
        }
    }

    #[test]
    fn the_brand_is_told_through_any_grouping() {
        assert_eq!(brand(" 3-4 "), Some(Brand::Amex));
        assert_eq!(brand("3"), None);
        assert_eq!(brand("4x"), None);
    }
}
