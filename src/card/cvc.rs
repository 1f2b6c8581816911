//! The security code: three digits, four for American Express, leading zeros kept.

use zeroize::Zeroizing;

use super::{
    brand::{Brand, CvcSize},
    digits::{self, Junk},
    edit::{Change, Fitted},
    problem::{Flaw, Problem},
};
use crate::sensitive::Sensitive;

/// No brand has more digits.
const LONGEST: usize = 4;

fn read(text: &str) -> Result<Zeroizing<String>, Problem> {
    let digits = digits::read(text).map_err(|junk| match junk {
        Junk::TooMany => Problem::TooLong,
        Junk::Slash | Junk::Other => Problem::LettersRefused,
    })?;
    if digits.len() > LONGEST {
        return Err(Problem::TooLong);
    }
    Ok(digits)
}

/// The digits. `brand` is the number's, as far as it is known; without it three or four will do.
pub(super) fn parse(text: &str, brand: Option<Brand>) -> Result<Sensitive<String>, Flaw> {
    let digits = read(text).map_err(Flaw::Wrong)?;
    let size = brand.map(Brand::cvc_size);
    let shortest = size.map_or(CvcSize::Three.digits(), CvcSize::digits);
    let longest = size.map_or(CvcSize::Four.digits(), CvcSize::digits);
    let problem = size.map_or(Problem::Incomplete, Problem::CvcLength);
    match digits.len() {
        0 => Err(Flaw::Open(Problem::Required)),
        len if len < shortest => Err(Flaw::Open(problem)),
        len if len > longest => Err(Flaw::Wrong(problem)),
        _ => Ok(digits::seal(digits)),
    }
}

/// What the input shows after a change: the digits. A fifth is not taken.
pub(super) fn fit(change: &Change<'_>) -> Result<Fitted, Problem> {
    Ok(Fitted {
        text: read(change.typed())?,
        caret: change.digits_left_of_caret(),
        problem: None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Brand, CvcSize, Problem, parse};
    use crate::card::Verdict;

    #[test]
    fn the_length_follows_the_brand() {
        let three = Problem::CvcLength(CvcSize::Three);
        let four = Problem::CvcLength(CvcSize::Four);
        for (typed, brand, verdict) in [
            ("", None, Verdict::Open(Problem::Required)),
            ("12", None, Verdict::Open(Problem::Incomplete)),
            ("123", None, Verdict::Valid),
            ("1234", None, Verdict::Valid),
            ("12345", None, Verdict::Wrong(Problem::TooLong)),
            ("12", Some(Brand::Visa), Verdict::Open(three)),
            ("123", Some(Brand::Visa), Verdict::Valid),
            ("1234", Some(Brand::Visa), Verdict::Wrong(three)),
            ("123", Some(Brand::Amex), Verdict::Open(four)),
            ("1234", Some(Brand::Amex), Verdict::Valid),
        ] {
            assert_eq!(
                Verdict::from(parse(typed, brand)),
                verdict,
                "{typed} {brand:?}"
            );
        }
    }
}
