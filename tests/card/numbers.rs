//! The card number: what it is taken for (B01 to B25, B33).

use fanfare_checkout::card::{Brand, CvcSize, Field, Guess, Problem};

use super::input::{Input, NOW, VISA, form, pasted, problem, refused, typed, with};

#[track_caller]
fn number(raw: &str, shown: &str, brand: Brand, valid: bool) {
    assert_eq!(pasted(Field::Number, raw), shown, "pasted {raw:?}");
    let form = with(Field::Number, shown);
    assert_eq!(form.brand(), Some(brand), "{raw:?}");
    let found = form.check(Field::Number, NOW);
    assert_eq!(found.is_none(), valid, "{raw:?}: {found:?}");
}

#[test]
fn b01_a_number_is_grouped_and_known() {
    number("4000001200000008", VISA, Brand::Visa, true);
    assert_eq!(typed(Field::Number, "4000001200000008"), VISA);
}

#[test]
fn b02_spaces_and_hyphens_are_taken() {
    number("4000 0012 0000 0008", VISA, Brand::Visa, true);
    number("4000-0012-0000-0008", VISA, Brand::Visa, true);
    assert_eq!(typed(Field::Number, "4000-0012 0000-0008"), VISA);
}

#[test]
fn b03_line_ends_around_a_paste_are_dropped() {
    number("  4000001200000008\r\n", VISA, Brand::Visa, true);
}

#[test]
fn b04_invisible_marks_are_dropped() {
    let raw = "\u{202d}4000\u{a0}0012\u{2009}0000\u{200b}0008\u{202c}\u{feff}";
    number(raw, VISA, Brand::Visa, true);
}

#[test]
fn b05_full_width_digits_are_taken() {
    number("４０００００１２０００００００８", VISA, Brand::Visa, true);
}

#[test]
fn b06_digits_of_other_scripts_are_taken() {
    for zero in ['٠', '۰', '०', '০'] {
        let raw: String = "4000001200000008"
            .bytes()
            .map(|digit| char::from_u32(zero as u32 + u32::from(digit - b'0')).unwrap())
            .collect();
        number(&raw, VISA, Brand::Visa, true);
    }
}

#[test]
fn b07_numerals_that_are_no_decimal_digits_are_refused() {
    refused(Field::Number, "40", "²④Ⅳ𝟜₄〇一", Problem::LettersRefused);
    for numeral in ["²", "④", "Ⅳ", "₄", "〇", "一"] {
        refused(Field::Number, "40", numeral, Problem::LettersRefused);
    }
    // A decimal digit by Unicode.
    assert_eq!(pasted(Field::Number, "𝟜"), "4");
}

#[test]
fn b08_a_wrong_check_digit_is_seen() {
    assert_eq!(
        problem(Field::Number, "4000001200000001"),
        Some(Problem::BadNumber)
    );
}

#[test]
fn b09_slips_are_seen_at_every_place() {
    let good = b"4000001200000008";
    for place in 0..good.len() {
        for digit in b'0'..=b'9' {
            let mut slip = *good;
            slip[place] = digit;
            let slip = str::from_utf8(&slip).unwrap();
            let wrong = problem(Field::Number, slip).is_some();
            assert_eq!(wrong, digit != good[place], "{slip}");
        }
    }
    for place in 1..good.len() {
        let pair = [good[place - 1], good[place]];
        if pair[0] == pair[1] || pair == *b"09" || pair == *b"90" {
            continue;
        }
        let mut slip = *good;
        slip.swap(place - 1, place);
        let slip = str::from_utf8(&slip).unwrap();
        assert!(problem(Field::Number, slip).is_some(), "{slip}");
    }
}

#[test]
fn b10_zeros_are_no_card() {
    assert_eq!(
        problem(Field::Number, "0000000000000000"),
        Some(Problem::UnknownBrand)
    );
}

#[test]
fn b11_one_digit_repeated_is_no_card() {
    for digit in 0..10 {
        for len in 12..20 {
            let number = digit.to_string().repeat(len);
            assert!(problem(Field::Number, &number).is_some(), "{number}");
        }
    }
}

#[test]
fn b12_nineteen_digits_are_taken() {
    let shown = "4000 0012 0000 0000 001";
    number("4000001200000000001", shown, Brand::Visa, true);
}

#[test]
fn b13_spaces_cost_no_digits() {
    let shown = "4000 0012 0000 0000 001";
    number(shown, shown, Brand::Visa, true);
}

#[test]
fn b15_thirteen_digits_are_incomplete() {
    assert_eq!(
        problem(Field::Number, "4000001200001"),
        Some(Problem::Incomplete)
    );
    assert!(with(Field::Number, "4000001200001").parse(NOW).is_err());
}

#[test]
fn b16_eighteen_digits_are_no_visa() {
    assert_eq!(
        problem(Field::Number, "400000120000000008"),
        Some(Problem::BadNumber)
    );
}

#[test]
fn b17_mastercard_ends_its_second_range_at_both_sides() {
    let (first, last) = ("2221 0000 0000 0009", "2720 9900 0000 0007");
    number("2221000000000009", first, Brand::Mastercard, true);
    number("2720990000000007", last, Brand::Mastercard, true);
}

#[test]
fn b18_beyond_the_range_is_no_mastercard() {
    for raw in ["2220990000000002", "2721000000000004"] {
        assert_eq!(with(Field::Number, raw).brand(), None, "{raw}");
        assert_eq!(problem(Field::Number, raw), Some(Problem::UnknownBrand));
    }
}

#[test]
fn b19_a_prefix_is_certain_possible_or_unknown() {
    for (digits, guess) in [
        ("222", Guess::Open),
        ("2221", Guess::Is(Brand::Mastercard)),
        ("27", Guess::Open),
        ("272", Guess::Open),
        ("2720", Guess::Is(Brand::Mastercard)),
        ("2721", Guess::Unknown),
    ] {
        assert_eq!(Brand::guess(digits), guess, "{digits}");
    }
    // Nothing is called wrong as long as it can become right.
    for (digits, scolded) in [("222", false), ("272", false), ("2721", true)] {
        let found = with(Field::Number, digits).check_typing(Field::Number, NOW);
        assert_eq!(found.is_some(), scolded, "{digits}: {found:?}");
    }
}

#[test]
fn b20_amex_has_its_own_groups_and_code() {
    number("340000000000017", "3400 000000 00017", Brand::Amex, true);
    assert_eq!(Brand::Amex.cvc_size().digits(), 4);
}

#[test]
fn b21_diners_has_its_own_groups() {
    number("36000000000016", "3600 000000 0016", Brand::Diners, true);
}

#[test]
fn b22_maestro_is_short_or_long() {
    number("500000000009", "5000 0000 0009", Brand::Maestro, true);
    let long = "6761 0000 0000 0000 001";
    number("6761000000000000001", long, Brand::Maestro, true);
}

#[test]
fn b23_unionpay_may_fail_the_check_digit() {
    let good = "6200 0000 0000 0013";
    number("6200000000000013", good, Brand::Unionpay, true);
    let other = "6200 0000 0000 0014";
    number("6200000000000014", other, Brand::Unionpay, true);
    assert!(with(Field::Number, other).parse(NOW).is_ok());
}

#[test]
fn b24_jcb_is_known_at_both_ends_of_its_range() {
    number("3528000000000007", "3528 0000 0000 0007", Brand::Jcb, true);
    number("3589990000000005", "3589 9900 0000 0005", Brand::Jcb, true);
}

#[test]
fn b25_groups_and_code_follow_a_change_of_brand() {
    let mut input = Input::filled(Field::Number, "400000000000017");
    assert_eq!(input.text, "4000 0000 0000 017");
    input.replace(0..2, "34");
    assert_eq!(input.with_caret(), "34|00 000000 00017");

    let mut form = form();
    assert_eq!(form.check(Field::Cvc, NOW), None);
    form.number = input.text.into();
    assert_eq!(form.brand(), Some(Brand::Amex));
    assert_eq!(
        form.check(Field::Cvc, NOW),
        Some(Problem::CvcLength(CvcSize::Four))
    );
}

#[test]
fn b33_the_brand_is_told_without_knowing_the_bank() {
    let raw = "4987654300000004";
    assert_eq!(with(Field::Number, raw).brand(), Some(Brand::Visa));
}
