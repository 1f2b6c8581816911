//! Cards of two networks: when there is a choice, and what is kept of it.

use fanfare_checkout::card::{Card, Form, Network};

fn form(number: &str) -> Form {
    Form {
        number: number.to_owned().into(),
        expiry: "12/30".to_owned().into(),
        cvc: "100".to_owned().into(),
        name: "Jo Doe".to_owned().into(),
    }
}

fn card(number: &str) -> Card {
    let parsed = form(number).parse(1_800_000_000);
    parsed.unwrap_or_else(|problems| panic!("{number}: {problems:?}"))
}

#[test]
fn the_choice_is_there_as_soon_as_the_digits_tell_however_they_are_written() {
    let visa = Some([Network::CartesBancaires, Network::Visa]);
    for (text, choice) in [
        ("4000 002", None),
        ("4000 0025", visa),
        ("4000-0025-0000-1001", visa),
        ("４０００ ００２５", visa),
        ("4000 0025 0000 100x", None),
        (
            "5555 5525 0000 1001",
            Some([Network::CartesBancaires, Network::Mastercard]),
        ),
        ("4242 4242 4242 4242", None),
        ("", None),
    ] {
        assert_eq!(form(text).networks(), choice, "{text}");
    }
}

#[test]
fn a_card_prefers_only_a_network_of_its_own() {
    let co_badged = card("4000 0025 0000 1001");
    assert_eq!(co_badged.preferred(), None);
    for (network, kept) in [
        (Some(Network::CartesBancaires), true),
        (Some(Network::Visa), true),
        (Some(Network::Mastercard), false),
        (Some(Network::Dankort), false),
        (None, true),
    ] {
        let preferred = co_badged.clone().preferring(network).preferred();
        assert_eq!(preferred, network.filter(|_| kept), "{network:?}");
    }
    let plain = card("4242 4242 4242 4242").preferring(Some(Network::Visa));
    assert_eq!(plain.preferred(), None, "there is nothing to choose");
}
