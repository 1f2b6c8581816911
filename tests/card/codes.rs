//! The security code (B51 to B56).

use fanfare_checkout::card::{CvcSize, Field, Problem};

use super::input::{NOW, VISA, pasted, problem, refused, typed, with};

#[track_caller]
fn code(number: &str, cvc: &str) -> Option<Problem> {
    let mut form = with(Field::Number, number);
    form.cvc = cvc.to_owned().into();
    form.check(Field::Cvc, NOW)
}

const AMEX: &str = "3400 000000 00017";

#[test]
fn b51_codes_of_the_right_length_are_valid() {
    assert_eq!(code(VISA, "123"), None);
    assert_eq!(code(AMEX, "1234"), None);
    assert_eq!(code("", "123"), None);
    assert_eq!(code("", "1234"), None);
}

#[test]
fn b52_codes_of_another_length_are_not() {
    let three = Some(Problem::CvcLength(CvcSize::Three));
    assert_eq!(code(AMEX, "123"), Some(Problem::CvcLength(CvcSize::Four)));
    assert_eq!(code(VISA, "1234"), three);
    assert_eq!(code(VISA, "12"), three);
    assert_eq!(code("", "12"), Some(Problem::Incomplete));
    assert_eq!(code(VISA, ""), Some(Problem::Required));
    assert_eq!(code(VISA, "12345"), Some(Problem::TooLong));
    refused(Field::Cvc, "1234", "5", Problem::TooLong);
    refused(Field::Cvc, "", "12345", Problem::TooLong);
}

#[test]
fn b53_leading_zeros_reach_the_card() {
    for cvc in ["000", "007"] {
        assert_eq!(typed(Field::Cvc, cvc), cvc);
        let card = with(Field::Cvc, cvc).parse(NOW).unwrap();
        assert_eq!(card.cvc().expose(), cvc);
    }
}

#[test]
fn b54_a_code_typed_first_is_judged_again() {
    assert_eq!(code("", "123"), None);
    assert_eq!(code("3", "123"), None);
    assert_eq!(code("34", "123"), Some(Problem::CvcLength(CvcSize::Four)));
}

#[test]
fn b55_codes_in_any_writing_are_taken() {
    for raw in ["1 2 3", "１２３", "١٢٣"] {
        assert_eq!(pasted(Field::Cvc, raw), "123", "{raw}");
        assert_eq!(typed(Field::Cvc, raw), "123", "{raw}");
        assert_eq!(problem(Field::Cvc, raw), None, "{raw}");
    }
}

#[test]
fn b56_anything_else_is_no_code() {
    for raw in ["12a", "-12", "1.2", "Infinity", "1/2"] {
        refused(Field::Cvc, "", raw, Problem::LettersRefused);
        assert_eq!(problem(Field::Cvc, raw), Some(Problem::LettersRefused));
    }
}
