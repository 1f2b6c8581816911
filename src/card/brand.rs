//! The card brands as data: number ranges, lengths, grouping, size of the security code.
//!
//! Sources: ISO/IEC 7812 for the frame (19 digits at most), the schemes' public ranges, and
//! the lengths in use today. A brand that is not in the table is not accepted.

/// A card scheme, told from the number's first digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Brand {
    Amex,
    Diners,
    Discover,
    Jcb,
    Maestro,
    Mastercard,
    Mir,
    Unionpay,
    Visa,
}

/// How long a security code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CvcSize {
    /// Three digits, on the back.
    Three,
    /// Four digits, on the front (American Express).
    Four,
}

impl CvcSize {
    /// Number of digits.
    pub fn digits(self) -> usize {
        match self {
            Self::Three => 3,
            Self::Four => 4,
        }
    }
}

/// What the first digits of a number say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// It is this brand, whatever follows.
    Is(Brand),
    /// More digits will tell.
    Open,
    /// No brand of the table, whatever follows.
    Unknown,
}

/// One row of the table.
struct Facts {
    brand: Brand,
    name: &'static str,
    /// First and last prefix, both of the same number of digits. No two rows overlap.
    ranges: &'static [(u32, u32)],
    /// Digits that a whole number may have, ascending.
    lengths: &'static [usize],
    cvc: CvcSize,
}

const TABLE: [Facts; 9] = [
    Facts {
        brand: Brand::Amex,
        name: "American Express",
        ranges: &[(34, 34), (37, 37)],
        lengths: &[15],
        cvc: CvcSize::Four,
    },
    Facts {
        brand: Brand::Diners,
        name: "Diners Club",
        ranges: &[(300, 305), (3095, 3095), (36, 36), (38, 39)],
        lengths: &[14, 16, 19],
        cvc: CvcSize::Three,
    },
    Facts {
        brand: Brand::Discover,
        name: "Discover",
        ranges: &[(6011, 6011), (644, 649), (65, 65)],
        lengths: &[16, 19],
        cvc: CvcSize::Three,
    },
    Facts {
        brand: Brand::Jcb,
        name: "JCB",
        ranges: &[(3528, 3589)],
        lengths: &[16, 17, 18, 19],
        cvc: CvcSize::Three,
    },
    Facts {
        brand: Brand::Maestro,
        name: "Maestro",
        // 506699-506778 and 509 belong to another scheme.
        ranges: &[
            (500_000, 506_698),
            (506_779, 508_999),
            (56, 59),
            (63, 63),
            (67, 67),
        ],
        lengths: &[12, 13, 14, 15, 16, 17, 18, 19],
        cvc: CvcSize::Three,
    },
    Facts {
        brand: Brand::Mastercard,
        name: "Mastercard",
        ranges: &[(51, 55), (2221, 2720)],
        lengths: &[16],
        cvc: CvcSize::Three,
    },
    Facts {
        brand: Brand::Mir,
        name: "Mir",
        ranges: &[(2200, 2204)],
        lengths: &[16, 17, 18, 19],
        cvc: CvcSize::Three,
    },
    Facts {
        brand: Brand::Unionpay,
        name: "UnionPay",
        ranges: &[(62, 62), (81, 81)],
        lengths: &[14, 15, 16, 17, 18, 19],
        cvc: CvcSize::Three,
    },
    Facts {
        brand: Brand::Visa,
        name: "Visa",
        ranges: &[(4, 4)],
        lengths: &[16, 19],
        cvc: CvcSize::Three,
    },
];

impl Brand {
    /// What ASCII digits, from the first on, say about the brand.
    pub fn guess(digits: &str) -> Guess {
        let mut open = false;
        for facts in &TABLE {
            for &range in facts.ranges {
                match within(digits, range) {
                    Prefix::All => return Guess::Is(facts.brand),
                    Prefix::Some => open = true,
                    Prefix::None => {}
                }
            }
        }
        if open { Guess::Open } else { Guess::Unknown }
    }

    /// The brand's name as people know it. The same in every language.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// How long its security code is.
    pub fn cvc_size(self) -> CvcSize {
        self.facts().cvc
    }

    /// How many digits its numbers may have, ascending.
    pub fn lengths(self) -> &'static [usize] {
        self.facts().lengths
    }

    /// Whether its numbers must pass the check digit. Some UnionPay numbers in use do not.
    pub fn needs_check_digit(self) -> bool {
        self != Self::Unionpay
    }

    fn facts(self) -> &'static Facts {
        // The table is in the order of the enum; a test holds it there.
        &TABLE[self as usize]
    }
}

/// After how many digits a gap comes, for a number with `len` digits so far.
pub(super) fn gaps(guess: Guess, len: usize) -> &'static [usize] {
    match guess {
        Guess::Is(Brand::Amex) => &[4, 10],
        // Diners numbers beyond 14 digits are printed like all others.
        Guess::Is(Brand::Diners) if len <= 14 => &[4, 10],
        _ => &[4, 8, 12, 16],
    }
}

/// How many of the numbers that begin with some digits lie in a range of prefixes.
enum Prefix {
    All,
    Some,
    None,
}

fn within(digits: &str, (low, high): (u32, u32)) -> Prefix {
    let width = low.ilog10() + 1;
    let mut first = 0;
    let mut known = 0;
    for digit in digits.bytes().take(width as usize) {
        first = first * 10 + u32::from(digit.wrapping_sub(b'0'));
        known += 1;
    }
    // All prefixes of full width that begin so: first00 to first99.
    let span = 10_u32.pow(width - known);
    let (first, last) = (first * span, first * span + (span - 1));
    if low <= first && last <= high {
        Prefix::All
    } else if first <= high && low <= last {
        Prefix::Some
    } else {
        Prefix::None
    }
}

#[cfg(test)]
mod tests {
    use super::{Brand, Guess, TABLE};

    #[test]
    fn the_table_is_in_the_order_of_the_enum_and_ascending() {
        for (index, facts) in TABLE.iter().enumerate() {
            assert_eq!(facts.brand as usize, index);
            assert!(facts.lengths.is_sorted());
            for (low, high) in facts.ranges {
                assert_eq!(low.ilog10(), high.ilog10(), "{}", facts.name);
                assert!(low <= high);
            }
        }
    }

    #[test]
    fn no_two_ranges_overlap() {
        let padded: Vec<(u32, u32)> = TABLE
            .iter()
            .flat_map(|facts| facts.ranges)
            .map(|&(low, high)| {
                let span = 10_u32.pow(5 - low.ilog10());
                (low * span, high * span + (span - 1))
            })
            .collect();
        for (index, (low, high)) in padded.iter().enumerate() {
            for (other_low, other_high) in &padded[index + 1..] {
                assert!(
                    high < other_low || other_high < low,
                    "{low}-{high} meets {other_low}-{other_high}"
                );
            }
        }
    }

    #[test]
    fn b19_prefixes_are_certain_possible_or_unknown() {
        for (digits, guess) in [
            ("", Guess::Open),
            ("2", Guess::Open),
            ("22", Guess::Open),
            ("222", Guess::Open),
            ("2221", Guess::Is(Brand::Mastercard)),
            ("23", Guess::Is(Brand::Mastercard)),
            ("27", Guess::Open),
            ("272", Guess::Open),
            ("2720", Guess::Is(Brand::Mastercard)),
            ("2721", Guess::Unknown),
            ("2220", Guess::Unknown),
            ("2204", Guess::Is(Brand::Mir)),
            ("4", Guess::Is(Brand::Visa)),
            ("50", Guess::Open),
            ("506699", Guess::Unknown),
            ("3", Guess::Open),
            ("352", Guess::Open),
            ("353", Guess::Is(Brand::Jcb)),
            ("0", Guess::Unknown),
            ("9", Guess::Unknown),
        ] {
            assert_eq!(Brand::guess(digits), guess, "{digits}");
        }
    }
}
