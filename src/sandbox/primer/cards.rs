//! The cards the stand-in knows: Primer's documented test cards, and the three that FunnelFox
//! documents for the processors behind Primer. No other number is taken, as in Primer's sandbox.

/// What the bank behind a card does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    Approve,
    /// The bank says no.
    Decline,
    /// The processor could not do its work.
    Fail,
    /// Declined without a question: the bank would not have it authenticated.
    NotAuthenticated,
    /// Asks the shopper, by a client token with this intent.
    Ask(&'static str),
}

/// The bank's page in a frame.
pub(crate) const PROCESSOR_3DS: &str = "PROCESSOR_3DS";
/// The bank's page by redirection: `<METHOD>_REDIRECTION`.
pub(crate) const REDIRECTION: &str = "PAYMENT_CARD_REDIRECTION";

/// By number. Both documented challenge cards ask; that the Mastercard one does so by
/// redirection is the sandbox's own choice, to have one of each.
const CARDS: [(&str, Habit); 21] = [
    ("4111111111111111", Habit::Approve),
    ("4242424242424242", Habit::Approve),
    ("5252525252525258", Habit::Approve),
    ("5555555555554444", Habit::Approve),
    ("4035500000000000", Habit::Approve),
    ("5132000000000000", Habit::Approve),
    ("4970000000000008", Habit::Approve),
    ("4000002500001001", Habit::Approve),
    ("5555552500001001", Habit::Approve),
    ("4929251897047956", Habit::Approve),
    ("5512459816707531", Habit::Approve),
    ("5454545454545454", Habit::Approve),
    ("5436031030606378", Habit::Approve),
    ("4000000000000002", Habit::Decline),
    ("5100000000000008", Habit::Decline),
    ("4000000000000010", Habit::Fail),
    ("5100000000000016", Habit::Fail),
    ("4716429323842524", Habit::NotAuthenticated),
    ("5487971631330522", Habit::NotAuthenticated),
    ("4916994064252017", Habit::Ask(PROCESSOR_3DS)),
    ("5306889942833340", Habit::Ask(REDIRECTION)),
];

/// Cards of two networks: the shopper may choose.
const CO_BADGED: [&str; 2] = ["4000002500001001", "5555552500001001"];

/// A card network, as answers and requests spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    /// In answers: `Visa`.
    pub(crate) shown: &'static str,
    /// In `preferredNetwork`: `VISA`.
    pub(crate) named: &'static str,
}

const VISA: Network = Network {
    shown: "Visa",
    named: "VISA",
};
const MASTERCARD: Network = Network {
    shown: "Mastercard",
    named: "MASTERCARD",
};
const CARTES_BANCAIRES: Network = Network {
    shown: "Cartes Bancaires",
    named: "CARTES_BANCAIRES",
};

/// What the stand-in knows about a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) habit: Habit,
    pub(crate) network: Network,
    pub(crate) second: Option<Network>,
}

impl Known {
    /// The network of the card that a client asked for by name.
    pub(crate) fn preferred(&self, named: &str) -> Option<Network> {
        [Some(self.network), self.second]
            .into_iter()
            .flatten()
            .find(|network| network.named == named)
    }
}

/// The card with this number, if it is a test card.
pub(crate) fn known(number: &str) -> Option<Known> {
    let (_, habit) = CARDS.iter().find(|(card, _)| *card == number)?;
    Some(Known {
        habit: *habit,
        network: if number.starts_with('4') {
            VISA
        } else {
            MASTERCARD
        },
        second: CO_BADGED.contains(&number).then_some(CARTES_BANCAIRES),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_co_badged_cards_let_choose() {
        for (number, _) in CARDS {
            let known = known(number).expect("a card");
            let offered = known.preferred("CARTES_BANCAIRES").is_some();
            assert_eq!(offered, CO_BADGED.contains(&number), "{number}");
        }
    }
}
