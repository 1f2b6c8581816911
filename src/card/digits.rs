//! Digits of any script, and the marks that people and documents put between them.

use zeroize::{Zeroize, Zeroizing};

use crate::sensitive::Sensitive;

/// What a character is to a field of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A decimal digit, by its value.
    Digit(u8),
    /// White space.
    Blank,
    /// A mark without width or of its own: direction, joiner, byte order, key cap.
    Invisible,
    /// A hyphen or dash.
    Hyphen,
    /// A full stop.
    Dot,
    /// A slash.
    Slash,
    /// Anything else.
    Other,
}

impl Mark {
    /// Sorts a character.
    pub(super) fn of(c: char) -> Self {
        match c {
            '0'..='9' => Self::Digit(c as u8 - b'0'),
            ' ' | '\t'..='\r' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' => Self::Blank,
            '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Self::Blank,
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => Self::Invisible,
            '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{61c}' | '\u{feff}' => Self::Invisible,
            '\u{20e3}' | '\u{fe00}'..='\u{fe0f}' => Self::Invisible,
            '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}' => Self::Hyphen,
            '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => Self::Hyphen,
            '.' | '\u{ff0e}' => Self::Dot,
            '/' | '\u{2044}' | '\u{2215}' | '\u{ff0f}' => Self::Slash,
            _ => value(c).map_or(Self::Other, Self::Digit),
        }
    }

    /// Whether it stands between parts and can be seen.
    pub(super) fn separates(self) -> bool {
        matches!(self, Self::Blank | Self::Hyphen | Self::Dot | Self::Slash)
    }
}

/// The character of each script's digit zero. In Unicode the decimal digits (category Nd)
/// come in runs of ten from zero to nine, so the zeros are the whole table.
///
/// This takes the mathematical digits too (`𝟜` is 4), as they are Nd. Superscripts, circled
/// and Roman numerals, subscripts and Han numerals are not Nd and no digits here (B07).
const ZEROS: [u32; 77] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66,
    0xDE6, 0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x104A0, 0x10D30, 0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0,
    0x11650, 0x116C0, 0x116D0, 0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50,
    0x11DA0, 0x11DE0, 0x11F50, 0x16130, 0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE,
    0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

fn value(c: char) -> Option<u8> {
    let code = u32::from(c);
    let after = ZEROS.partition_point(|zero| *zero <= code);
    let zero = *ZEROS.get(after.checked_sub(1)?)?;
    u8::try_from(code - zero).ok().filter(|value| *value < 10)
}

/// More digits than this are not kept at all. Above 19, so that too long a number stays too long.
const MOST: usize = 40;

/// Why a text is not a row of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Junk {
    /// More than 40 digits.
    TooMany,
    /// A slash.
    Slash,
    /// Another mark, a letter, or a sign before the first digit.
    Other,
}

/// Reads a row of digits as ASCII: spaces and hyphens between them are dropped, anything else
/// is refused, a sign before them too.
pub(super) fn read(text: &str) -> Result<Zeroizing<String>, Junk> {
    // Made at full size: growing would leave copies behind.
    let mut digits = Zeroizing::new(String::with_capacity(MOST));
    for c in text.chars() {
        match Mark::of(c) {
            Mark::Digit(_) if digits.len() == MOST => return Err(Junk::TooMany),
            Mark::Digit(value) => digits.push(char::from(b'0' + value)),
            Mark::Blank | Mark::Invisible => {}
            Mark::Hyphen if !digits.is_empty() => {}
            Mark::Slash => return Err(Junk::Slash),
            Mark::Hyphen | Mark::Dot | Mark::Other => return Err(Junk::Other),
        }
    }
    Ok(digits)
}

/// How many digits stand in a text.
pub(super) fn count(text: &str) -> usize {
    text.chars()
        .filter(|c| matches!(Mark::of(*c), Mark::Digit(_)))
        .count()
}

/// Takes a text in custody without copying it.
pub(super) fn seal<T: Zeroize + Default>(mut text: Zeroizing<T>) -> Sensitive<T> {
    Sensitive::new(std::mem::take(&mut *text))
}

#[cfg(test)]
mod tests {
    use super::{Junk, Mark, ZEROS, read, value};

    #[test]
    fn every_run_of_ten_is_numeric_and_none_overlaps() {
        for pair in ZEROS.windows(2) {
            assert!(pair[0] + 10 <= pair[1], "{:#x} {:#x}", pair[0], pair[1]);
        }
        for zero in ZEROS {
            for digit in 0..10_u8 {
                let c = char::from_u32(zero + u32::from(digit)).unwrap();
                assert!(c.is_numeric(), "{c:?}");
                assert_eq!(value(c), Some(digit));
            }
        }
    }

    #[test]
    fn b07_numerals_that_are_no_decimal_digits_are_refused() {
        for c in "²④Ⅳ₄〇一½".chars() {
            assert_eq!(Mark::of(c), Mark::Other, "{c}");
        }
        assert_eq!(Mark::of('𝟜'), Mark::Digit(4));
    }

    #[test]
    fn rows_of_digits_lose_their_marks_and_nothing_else() {
        assert_eq!(read("4000-0012 00\t00").unwrap().as_str(), "400000120000");
        assert_eq!(read("").unwrap().as_str(), "");
        assert_eq!(read("-4"), Err(Junk::Other));
        assert_eq!(read("4.0"), Err(Junk::Other));
        assert_eq!(read("40\0"), Err(Junk::Other));
        assert_eq!(read("12/30"), Err(Junk::Slash));
        assert_eq!(read(&"1".repeat(41)), Err(Junk::TooMany));
    }
}
