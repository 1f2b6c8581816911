//! What holds for every input. Each property is tried 20 000 times.

use fanfare_checkout::card::{Brand, Field, Form, Verdict, edit, edit_forward};
use proptest::{prelude::*, sample::select};

use super::{
    hands::{Plain, act, hand},
    input::{Input, NOW, form, pasted, with},
};

/// A tried case is not kept in a file: the numbers would be card numbers.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 20_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn field() -> impl Strategy<Value = Field> {
    select(&Field::ALL[..])
}

/// Text as it comes by keys, paste and autofill, with some of everything.
fn text() -> impl Strategy<Value = String> {
    let pieces: &[&str] = &[
        "0", "1", "2", "3", "4", "5", "9", "12", "30", "20", "2030", "4000", "34", "36", "62", "٤",
        "𝟜", "９", " ", "\u{a0}", "\u{200f}", "-", "–", "/", "／", ".", "\r\n", "\0", "x", "é",
        "e\u{301}", "💳", "\u{fffd}", "\u{20e3}", "+", "<",
    ];
    prop::collection::vec(select(pieces), 0..10).prop_map(|pieces| pieces.concat())
}

/// Digits with separators between them.
fn separated(digits: &str, separators: &[usize]) -> String {
    let marks = [
        "", " ", "-", "\u{a0}", "\u{2009}", "\u{200b}", "\t", "‑", "", "  ",
    ];
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        text.push(digit);
        text.push_str(marks[separators[place % separators.len()] % marks.len()]);
    }
    text
}

fn separators() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..10_usize, 1..6)
}

/// A number of a supported brand with its check digit. The ranges stand here once more, on
/// purpose: a slip in the program's table shows.
fn good_number() -> impl Strategy<Value = (Brand, String)> {
    let cards: &[(Brand, u32, u32, &[usize])] = &[
        (Brand::Visa, 4, 4, &[16, 19]),
        (Brand::Mastercard, 51, 55, &[16]),
        (Brand::Mastercard, 2221, 2720, &[16]),
        (Brand::Amex, 34, 34, &[15]),
        (Brand::Amex, 37, 37, &[15]),
        (Brand::Diners, 300, 305, &[14, 16, 19]),
        (Brand::Diners, 36, 36, &[14, 16, 19]),
        (Brand::Discover, 6011, 6011, &[16, 19]),
        (Brand::Discover, 644, 659, &[16, 19]),
        (Brand::Jcb, 3528, 3589, &[16, 17, 18, 19]),
        (Brand::Unionpay, 62, 62, &[14, 15, 16, 17, 18, 19]),
        (Brand::Maestro, 56, 59, &[12, 13, 16, 19]),
        (Brand::Maestro, 5018, 5020, &[12, 15, 18]),
        (Brand::Mir, 2200, 2204, &[16, 17, 18, 19]),
    ];
    (select(cards), any::<u64>(), any::<u64>()).prop_map(|((brand, low, high, lengths), a, b)| {
        let prefix = u64::from(low) + a % u64::from(high - low + 1);
        let length = lengths[usize::from(a.to_le_bytes()[3]) % lengths.len()];
        let mut digits = format!("{prefix}{b:020}");
        digits.truncate(length - 1);
        let check = (b'0'..=b'9')
            .map(char::from)
            .find(|check| luhn(&format!("{digits}{check}")))
            .expect("one of ten check digits is right");
        digits.push(check);
        (brand, digits)
    })
}

fn luhn(digits: &str) -> bool {
    let doubled = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
    let mut sum = 0;
    for (place, digit) in digits.bytes().rev().enumerate() {
        let digit = usize::from(digit - b'0');
        sum += if place % 2 == 1 {
            doubled[digit]
        } else {
            digit
        };
    }
    sum % 10 == 0
}

/// Whether a text shows a run of five digits or more.
fn shows_digits(text: &str) -> bool {
    text.as_bytes()
        .windows(5)
        .any(|run| run.iter().all(u8::is_ascii_digit))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn normalising_twice_is_normalising_once(field in field(), text in text()) {
        let once = pasted(field, &text);
        prop_assert_eq!(pasted(field, &once), once);
    }

    #[test]
    fn grouping_keeps_every_digit(digits in "[0-9]{0,19}", separators in separators()) {
        let input = Input::filled(Field::Number, &separated(&digits, &separators));
        prop_assert_eq!(input.digits(), digits);
        prop_assert_eq!(input.caret, input.text.len());
        prop_assert!(!input.text.starts_with(' ') && !input.text.ends_with(' '));
    }

    #[test]
    fn b26_a_number_behaves_like_a_plain_field(
        start in select(&["", "4000001200000008", "340000000000017", "36000000000016"][..]),
        hands in prop::collection::vec(hand(), 1..8),
    ) {
        let mut input = Input::filled(Field::Number, start);
        let mut plain = Plain::of(&input);
        for hand in &hands {
            let before = plain.clone();
            plain.act(hand);
            act(&mut input, hand);
            let len = plain.digits.len();
            if len > 40 || len > 19 && len == before.digits.len() + 1 {
                // Refused: nothing changed.
                prop_assert!(input.hint.is_some());
                prop_assert_eq!(&input.digits(), &before.digits);
                plain = Plain::of(&input);
            }
            prop_assert_eq!(&Plain::of(&input), &plain, "{:?} in {:?}", hand, input.text);
        }
    }

    #[test]
    fn b48_a_date_behaves_like_a_plain_field(
        start in select(&["", "12", "1230", "12/203"][..]),
        hands in prop::collection::vec(hand(), 1..8),
    ) {
        let mut input = Input::filled(Field::Expiry, start);
        for hand in &hands {
            let before = Plain::of(&input);
            let mut plain = before.clone();
            plain.act(hand);
            act(&mut input, hand);
            let after = Plain::of(&input);
            let refused = input.hint.is_some() && after.digits == before.digits;
            let padded = after.digits == format!("0{}", plain.digits);
            let shortened = [0, 1, 2].into_iter().any(|month| {
                plain.digits.get(month..month + 2) == Some("20") && {
                    let mut short = plain.digits.clone();
                    short.replace_range(month..month + 2, "");
                    after.digits == short
                }
            });
            prop_assert!(
                after == plain || refused || padded || shortened,
                "{:?} made {:?} of {:?}", hand, after, before
            );
        }
        input.caret = input.text.len();
        for _ in 0..input.digits().len() {
            let digits = input.digits().len();
            input.backspace();
            prop_assert_eq!(input.digits().len(), digits - 1, "stuck at {:?}", input.text);
        }
        prop_assert_eq!(&input.text, "");
    }

    #[test]
    fn good_numbers_are_valid_and_slips_are_not(
        (brand, digits) in good_number(), place in 0..19_usize, by in 1..10_u8,
    ) {
        let form = with(Field::Number, &digits);
        let repeated = digits.bytes().all(|digit| digit == digits.as_bytes()[0]);
        prop_assert_eq!(form.brand(), Some(brand));
        prop_assert_eq!(form.verdict(Field::Number, NOW) == Verdict::Valid, !repeated);

        let mut slip = digits.into_bytes();
        let place = place % slip.len();
        slip[place] = b'0' + (slip[place] - b'0' + by) % 10;
        let form = with(Field::Number, str::from_utf8(&slip).unwrap());
        // UnionPay goes without a check digit.
        if form.brand() != Some(Brand::Unionpay) {
            prop_assert!(form.check(Field::Number, NOW).is_some());
        }
    }

    #[test]
    fn separators_never_change_the_verdict(
        number in prop_oneof!["[0-9]{0,20}", good_number().prop_map(|(_, digits)| digits)],
        cvc in "[0-9]{0,5}",
        date in ("[0-9]{2}", "[0-9]{2}", select(&["/", " / ", "-", ".", " ", "／", "\u{200f}/ "][..])),
        separators in separators(),
    ) {
        for (field, digits) in [(Field::Number, &number), (Field::Cvc, &cvc)] {
            let plain = with(field, digits);
            let form = with(field, &separated(digits, &separators));
            prop_assert_eq!(form.verdict(field, NOW), plain.verdict(field, NOW));
            prop_assert_eq!(form.brand(), plain.brand());
        }
        let (month, year, bar) = date;
        let plain = with(Field::Expiry, &format!("{month} / {year}"));
        let form = with(Field::Expiry, &format!("{month}{bar}{year}"));
        prop_assert_eq!(
            form.verdict(Field::Expiry, NOW),
            plain.verdict(Field::Expiry, NOW)
        );
    }

    #[test]
    fn what_is_shown_is_judged_like_what_was_pasted(field in field(), text in text()) {
        let input = Input::filled(field, &text);
        if input.hint.is_none() {
            let (raw, shown) = (with(field, &text), with(field, &input.text));
            prop_assert_eq!(raw.check(field, NOW), shown.check(field, NOW));
        } else if input.text.is_empty() {
            // Refused as a whole: it would not have been valid either.
            prop_assert!(with(field, &text).check(field, NOW).is_some());
        }
    }

    #[test]
    fn no_input_panics_and_the_caret_stays_inside(
        field in field(),
        before in prop_oneof![text(), ".{0,12}"],
        typed in prop_oneof![text(), ".{0,12}"],
        caret in 0..30_usize,
        now in prop_oneof![any::<i64>(), Just(NOW)],
    ) {
        for change in [edit, edit_forward] {
            let edit = change(field, &before, &typed, caret);
            prop_assert!(edit.caret <= edit.text.expose().encode_utf16().count());
        }
        let form = with(field, &typed);
        let parsed = form.parse(now);
        let clean = Field::ALL.iter().all(|field| form.check(*field, now).is_none());
        prop_assert_eq!(parsed.is_ok(), clean);
        if let Err(problems) = parsed {
            for field in Field::ALL {
                prop_assert_eq!(problems.get(field), form.check(field, now));
            }
        }
    }

    #[test]
    fn t28_debug_shows_no_digits(
        (_, digits) in good_number(), field in field(), text in text(),
    ) {
        let whole = with(Field::Number, &digits);
        let card = Form { cvc: String::from("1234").into(), ..whole.clone() };
        let edit = edit(Field::Number, &text, &digits, 3);
        let other = with(field, &format!("{digits}{text}"));
        let shown = format!(
            "{whole:?} {:?} {:?} {edit:?} {other:?} {:?} {:?} {:?}",
            whole.parse(NOW),
            card.parse(NOW),
            other.parse(NOW),
            other.verdict(field, NOW),
            form().parse(NOW),
        );
        prop_assert!(!shows_digits(&shown), "{}", shown.len());
    }
}
