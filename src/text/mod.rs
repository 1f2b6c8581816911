//! Every word that is shown, one file per language.
//!
//! A language is one `static` of [`Text`]: a field that is missing does not compile, and
//! neither does a problem, a failure or a stage without words, because each language
//! matches them without a wildcard. What a failure says follows one order: what happened,
//! what happened to the money, what to do next.

mod en;

use crate::{
    card::{Brand, Field, Problem},
    outcome::Failure,
    screen::Waiting,
    session::Reversal,
};

/// The words of one language. `Around` fields are sentences with a name in them.
pub struct Text {
    /// BCP 47 tag of the language itself.
    pub language: &'static str,
    /// `ltr` or `rtl`, as in the attribute `dir`.
    pub direction: &'static str,

    /// Heading of the page.
    pub pay_merchant: Around,
    /// Heading until the merchant is known.
    pub checkout: &'static str,
    /// Summary of the folded order lines.
    pub details: &'static str,
    /// Before the merchant's order reference.
    pub order: &'static str,
    /// `2 ×` before a line of more than one piece.
    pub times: fn(u32) -> String,

    /// Heading of the card form, for those who hear the page.
    pub card_details: &'static str,
    /// Label of a field.
    pub label: fn(Field) -> &'static str,
    /// Shape of what is expected, inside an empty field; may be empty.
    pub placeholder: fn(Field) -> &'static str,
    /// What is wrong with a field and what cures it.
    pub problem: fn(Field, Problem) -> String,
    /// Said once when Pay was pressed and fields are wrong.
    pub check_fields: &'static str,
    /// Name of the card scheme.
    pub brand: fn(Brand) -> &'static str,
    /// Heading of the choice between the two networks of a card.
    pub networks: &'static str,
    /// The choice that leaves it to the card's issuer.
    pub no_preference: &'static str,
    /// Said when that choice appears.
    pub two_networks: &'static str,
    /// Name of the button that explains the security code.
    pub cvc_help_label: &'static str,
    /// Where the security code is found.
    pub cvc_help: &'static str,

    /// The Pay button with the formatted amount.
    pub pay: fn(&str) -> String,
    /// The Pay button while the order is being fetched.
    pub loading: &'static str,
    /// The Pay button while the payment is on its way.
    pub paying: &'static str,
    /// Who is paid, as a description of the Pay button.
    pub pay_to: Around,
    /// Gives the checkout up.
    pub cancel: &'static str,
    /// Before the support code.
    pub support: &'static str,

    /// Nothing was charged.
    pub not_charged: &'static str,
    /// Nothing is paid in the end, though a bank had taken or reserved something.
    pub pays_nothing: &'static str,
    /// Heading of the banner after a failed payment.
    pub failed: &'static str,
    /// What happened and what to do next.
    pub failure: fn(&Failure) -> Advice,
    /// The shopper left the bank's page.
    pub challenge_cancelled: Banner,
    /// Cancelled at the bank.
    pub payment_cancelled: Banner,
    /// The order is another than was shown when Pay was pressed.
    pub order_changed: Banner,
    /// A payment waited in vain for the connection.
    pub waited: Banner,
    /// The device is offline.
    pub offline: Banner,
    /// A payment that came too late, on its way back or given back.
    pub reversal: fn(Reversal) -> Banner,

    /// The Pay button, and what is said under it, while a payment waits to be sent.
    pub waiting: fn(Waiting) -> Banner,
    /// How long that lasts.
    pub seconds_left: fn(u32) -> String,
    /// No longer waits.
    pub stop_waiting: &'static str,

    /// The bank's page.
    pub challenge: ChallengeWords,
    /// The screens after the form.
    pub ending: fn(Ending) -> EndingWords,
    /// Opens the bank's page again.
    pub back_to_bank: &'static str,
    /// Asks the server again.
    pub check_again: &'static str,
    /// Loads the session again.
    pub try_again: &'static str,
    /// Link back to the shop.
    pub return_to: Around,
    /// Label of the amount on the receipt.
    pub amount: &'static str,
    /// Label of the merchant on the receipt.
    pub merchant: &'static str,
}

/// A sentence with a foreign name in it; the name is isolated by the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Around {
    /// What stands before the name, with its space.
    pub before: &'static str,
    /// What stands after it.
    pub after: &'static str,
}

/// What happened and what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What happened; empty where only the backend's own message tells.
    pub what: &'static str,
    /// What to do next.
    pub next: &'static str,
}

/// A banner above the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Banner {
    /// What happened, in a few words.
    pub title: &'static str,
    /// More of it; may be empty. What happened to the money is said after it.
    pub what: &'static str,
    /// What to do next; may be empty.
    pub next: &'static str,
}

/// The words around the bank's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChallengeWords {
    /// Heading and name of the dialog.
    pub title: &'static str,
    /// Title of the bank's frame.
    pub frame: &'static str,
    /// Until the bank's page has loaded.
    pub waiting: &'static str,
    /// The page has not come up in time.
    pub stuck: &'static str,
    /// The same where no other card can be used before the payment is over.
    pub stuck_alone: &'static str,
    /// Leaves a page that does not come up, or may not work.
    pub other_card: &'static str,
    /// The time is almost up.
    pub last_minute: &'static str,
    /// Name of the close control.
    pub close: &'static str,
    /// Link that opens the bank's page in the whole window.
    pub full_page: &'static str,
    /// The question before leaving.
    pub leave_title: &'static str,
    /// What leaving means.
    pub leave_body: &'static str,
    /// Goes on with the bank.
    pub stay: &'static str,
    /// Leaves the bank's page.
    pub leave: &'static str,
}

/// The screens without a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The bank has been answered.
    Confirming,
    /// It is not known whether the payment took effect.
    Checking,
    /// The same, and nobody can be asked.
    Unknown,
    /// The shopper left the bank's page, which may still approve.
    Left,
    /// Bought before: refused.
    Owned,
    /// Known to be pending.
    Processing,
    /// Paid.
    Paid,
    /// Reserved, taken later.
    Authorised,
    /// Given up.
    Cancelled,
    /// Not paid in time.
    Expired,
    /// Can't be loaded, for now.
    Unreachable,
    /// Does not exist or can't be used.
    Unavailable,
}

impl Ending {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Confirming,
        Self::Checking,
        Self::Unknown,
        Self::Left,
        Self::Owned,
        Self::Processing,
        Self::Paid,
        Self::Authorised,
        Self::Cancelled,
        Self::Expired,
        Self::Unreachable,
        Self::Unavailable,
    ];
}

/// The words of a screen without a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndingWords {
    /// Heading.
    pub title: &'static str,
    /// What this means for the money.
    pub body: &'static str,
    /// What comes next; may be empty.
    pub next: &'static str,
}

/// The words for a BCP 47 language, by its primary part; English where there are none.
pub fn for_language(language: &str) -> &'static Text {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    [&en::TEXT]
        .into_iter()
        .find(|text| text.language.eq_ignore_ascii_case(primary))
        .unwrap_or(&en::TEXT)
}

#[cfg(test)]
mod tests {
    use super::{Ending, Text, for_language};
    use crate::{
        card::{CvcSize, Field, Problem},
        outcome::{Failure, FailureKind, Retry},
    };

    const PROBLEMS: [Problem; 17] = [
        Problem::Required,
        Problem::Incomplete,
        Problem::TooLong,
        Problem::BadNumber,
        Problem::LettersRefused,
        Problem::BadMonth,
        Problem::Expired,
        Problem::TooFarAhead,
        Problem::BadExpiry,
        Problem::CvcLength(CvcSize::Three),
        Problem::NumberWithExpiry,
        Problem::UnknownBrand,
        Problem::CvcLength(CvcSize::Four),
        Problem::LooksLikeCardNumber,
        Problem::LooksLikeCvc,
        Problem::NameTooLong,
        Problem::Refused,
    ];
    const FIELDS: [Field; 4] = [Field::Number, Field::Expiry, Field::Cvc, Field::Name];

    fn english() -> &'static Text {
        for_language("en")
    }

    #[test]
    fn f68_a_language_without_words_falls_back_to_english() {
        for language in ["en", "EN-GB", "en_US", "tlh", "", "-", "é"] {
            assert_eq!(for_language(language).language, "en", "{language:?}");
        }
    }

    #[test]
    fn every_failure_says_what_happened_and_what_to_do() {
        for kind in FailureKind::ALL {
            for retry in [Retry::Later, Retry::None, Retry::OtherCard, Retry::SameCard] {
                let failure = Failure {
                    retry,
                    ..Failure::of(kind)
                };
                let advice = (english().failure)(&failure);
                assert!(advice.what.ends_with('.'), "{kind:?}: {:?}", advice.what);
                assert!(advice.next.ends_with('.'), "{kind:?}: {:?}", advice.next);
            }
        }
    }

    #[test]
    fn t23_a_declined_card_is_told_without_a_reason() {
        let advice = (english().failure)(&Failure::of(FailureKind::CardDeclined));
        let said = format!("{} {}", advice.what, advice.next).to_lowercase();
        for word in ["stolen", "lost", "fraud", "suspect", "honour", "invalid"] {
            assert!(!said.contains(word), "tells {word:?}: {said}");
        }
    }

    #[test]
    fn a06_every_problem_names_a_cure_in_words() {
        for field in FIELDS {
            assert!(!(english().label)(field).is_empty());
            for problem in PROBLEMS {
                let said = (english().problem)(field, problem);
                assert!(
                    said.split(' ').count() >= 3,
                    "{field:?} {problem:?}: {said:?}"
                );
            }
        }
    }

    #[test]
    fn i3_an_unknown_outcome_is_never_called_failed() {
        for ending in [
            Ending::Confirming,
            Ending::Checking,
            Ending::Unknown,
            Ending::Left,
            Ending::Processing,
        ] {
            let words = (english().ending)(ending);
            let said = format!("{} {} {}", words.title, words.body, words.next).to_lowercase();
            for word in ["fail", "declin", "not been charged", "try again"] {
                assert!(!said.contains(word), "{ending:?} says {word:?}: {said}");
            }
        }
        let checking = (english().ending)(Ending::Checking);
        let said = format!("{} {}", checking.title, checking.body);
        assert!(said.contains("don't pay again"), "{said}");
    }

    #[test]
    fn every_screen_has_a_heading_and_a_sentence() {
        for ending in Ending::ALL {
            let words = (english().ending)(ending);
            assert!(
                !words.title.is_empty() && words.body.ends_with('.'),
                "{ending:?}"
            );
        }
    }
}
