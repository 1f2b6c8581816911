//! Cards of two networks: which numbers carry a second brand, and which one the shopper prefers.
//!
//! Who issues such cards is told by lists that are not public; here stand only numbers that
//! somebody has published. Where it is not certain, no choice is offered, and the card is charged
//! as its issuer set it up. Sources: Primer's and Stripe's test cards (4000 0025…, 5555 5525…),
//! Mangopay's guide on co-branded cards (4973 55), and the list of issuer numbers in Wikipedia's
//! "Payment card number" (4571, Visa/Dankort).

/// A network that a card can be charged through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Network {
    CartesBancaires,
    Dankort,
    Mastercard,
    Visa,
}

use Network::{CartesBancaires, Dankort, Mastercard, Visa};

/// First digits, and the networks of all numbers that begin with them: the local one first.
const TABLE: [(&str, [Network; 2]); 4] = [
    ("40000025", [CartesBancaires, Visa]),
    ("4571", [Dankort, Visa]),
    ("497355", [CartesBancaires, Visa]),
    ("55555525", [CartesBancaires, Mastercard]),
];

impl Network {
    /// The two networks of a number that begins with these digits; `None` where it has one, or
    /// where that can't be told.
    pub(super) fn choice(digits: &str) -> Option<[Self; 2]> {
        TABLE
            .iter()
            .find_map(|(first, both)| digits.starts_with(first).then_some(*both))
    }

    /// The name as people know it. The same in every language.
    pub fn name(self) -> &'static str {
        match self {
            CartesBancaires => "Cartes Bancaires",
            Dankort => "Dankort",
            Mastercard => "Mastercard",
            Visa => "Visa",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, TABLE};
    use crate::card::{Brand, Guess};

    #[test]
    fn no_two_rows_meet_and_each_holds_the_brand_that_the_digits_say() {
        for (index, (first, both)) in TABLE.iter().enumerate() {
            for (other, _) in &TABLE[index + 1..] {
                assert!(!first.starts_with(other) && !other.starts_with(first));
            }
            let brand = match Brand::guess(first) {
                Guess::Is(brand) => brand.name(),
                guess => panic!("{first}: {guess:?}"),
            };
            assert!(
                both.iter().any(|network| network.name() == brand),
                "{first}"
            );
            assert_ne!(both[0], both[1], "{first}");
        }
    }

    #[test]
    fn the_choice_waits_for_the_digits_that_decide() {
        for (digits, choice) in [
            ("", None),
            ("4", None),
            ("400000", None),
            ("4000002", None),
            ("40000025", Some([Network::CartesBancaires, Network::Visa])),
            (
                "4000002500001001",
                Some([Network::CartesBancaires, Network::Visa]),
            ),
            ("4000002400001001", None),
            ("457", None),
            ("4571", Some([Network::Dankort, Network::Visa])),
            ("4572", None),
            (
                "5555552500001001",
                Some([Network::CartesBancaires, Network::Mastercard]),
            ),
            ("5555555555554444", None),
            ("4242424242424242", None),
            // A test card that is documented without a second brand.
            ("4970000000000008", None),
        ] {
            assert_eq!(Network::choice(digits), choice, "{digits}");
        }
    }
}
