//! The name on the card (B58 to B64).

use fanfare_checkout::card::{Field, Problem};

use super::input::{Input, NOW, pasted, problem, typed, with};

#[track_caller]
fn sent_name(raw: &str) -> String {
    let shown = pasted(Field::Name, raw);
    let card = with(Field::Name, &shown)
        .parse(NOW)
        .expect("the name is valid");
    card.name().expose().clone()
}

#[test]
fn b58_names_of_any_script_are_sent_unchanged() {
    for name in [
        "José Ñúñez-O’Brien",
        "李小龍",
        "محمد",
        "Nguyễn",
        "X",
        "می\u{200c}خواهم",
    ] {
        assert_eq!(typed(Field::Name, name), name);
        assert_eq!(sent_name(name), name);
    }
    assert_eq!(sent_name("  Ada Lovelace "), "Ada Lovelace");
}

#[test]
fn b59_a_blank_name_is_missing() {
    for blank in ["", "   ", "\u{a0}", "\u{200b}"] {
        assert_eq!(problem(Field::Name, blank), Some(Problem::Required));
    }
}

#[test]
fn b60_a_name_has_255_characters_at_most() {
    assert_eq!(problem(Field::Name, &"é".repeat(255)), None);
    assert_eq!(
        problem(Field::Name, &"é".repeat(256)),
        Some(Problem::NameTooLong)
    );
    assert_eq!(
        problem(Field::Name, &format!("Z{}", "\u{301}".repeat(64))),
        None
    );
}

#[test]
fn b61_a_card_number_is_no_name() {
    for name in [
        "4000001200000008",
        "Jo 4000 0012 0000 0008",
        "４０００００１２０００００００８",
    ] {
        let form = with(Field::Name, name);
        let found = Some(Problem::LooksLikeCardNumber);
        assert_eq!(form.check(Field::Name, NOW), found, "{name}");
        assert_eq!(form.check_typing(Field::Name, NOW), found, "{name}");
    }
}

#[test]
fn b62_a_security_code_is_no_name() {
    for name in ["123", "1234", " 1 2 3 "] {
        assert_eq!(problem(Field::Name, name), Some(Problem::LooksLikeCvc));
    }
}

#[test]
fn b63_numerals_in_names_are_fine() {
    for name in ["Louis XIV 2", "John Smith 3rd", "12", "12345"] {
        assert_eq!(problem(Field::Name, name), None, "{name}");
    }
}

#[test]
fn b64_controls_leave_a_name_and_markup_stays_text() {
    for (raw, sent) in [
        ("Ada\r\nLovelace\n", "Ada Lovelace"),
        ("Ada\tLovelace", "Ada Lovelace"),
        ("A\0da\u{202e}", "Ada"),
        ("<b>", "<b>"),
        ("=cmd()", "=cmd()"),
    ] {
        assert_eq!(sent_name(raw), sent, "{raw:?}");
    }
    let mut input = Input::filled(Field::Name, "Ada Lovelace");
    input.caret = 3;
    input.paste("\0h");
    assert_eq!(input.with_caret(), "Adah| Lovelace");
}
