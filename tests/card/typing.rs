//! The card number while it is typed and pasted (B14, B26 to B32).

use fanfare_checkout::card::{Field, Problem, edit};

use super::input::{Input, NOW, VISA, pasted, problem, refused, with};

#[test]
fn b14_a_twentieth_digit_is_not_taken_and_a_long_paste_not_cut() {
    let full = "4000 0012 0000 0000 001";
    refused(Field::Number, full, "0", Problem::TooLong);

    let mut input = Input::filled(Field::Number, "40000012000000080000");
    assert_eq!(input.text, "4000 0012 0000 0008 0000");
    assert_eq!(input.hint, Some(Problem::TooLong));
    assert_eq!(problem(Field::Number, &input.text), Some(Problem::TooLong));
    // It can be mended by hand.
    for _ in 0..4 {
        input.backspace();
    }
    assert_eq!(input.text, VISA);
    assert_eq!(input.hint, None);

    refused(Field::Number, "40", &"1".repeat(41), Problem::TooLong);
}

#[test]
fn b26_the_caret_stays_where_the_work_is() {
    let mut input = Input::filled(Field::Number, "40000012");
    assert_eq!(input.with_caret(), "4000 0012|");

    // Typing in the middle pushes digits over the gap.
    input.caret = 2;
    input.keys("5");
    assert_eq!(input.with_caret(), "405|0 0001 2");
    input.keys("6");
    assert_eq!(input.with_caret(), "4056| 0000 12");
    input.keys("7");
    assert_eq!(input.with_caret(), "4056 7|000 012");

    // Backspace over the gap takes the digit before it.
    input.caret = 5;
    input.backspace();
    assert_eq!(input.with_caret(), "405|7 0000 12");
    // Delete over the gap takes the digit after it.
    input.caret = 4;
    input.delete();
    assert_eq!(input.with_caret(), "4057| 0001 2");
    // Delete within a group.
    input.caret = 0;
    input.delete();
    assert_eq!(input.with_caret(), "|0570 0012");
    // A selection across a gap.
    input.replace(2..6, "99");
    assert_eq!(input.with_caret(), "0599| 012");
}

#[test]
fn b27_letters_are_refused() {
    refused(
        Field::Number,
        "",
        "4000 0012 oooo 0008",
        Problem::LettersRefused,
    );
    refused(Field::Number, "4000 0012", "o", Problem::LettersRefused);
    assert!(problem(Field::Number, "4000 0012 oooo 0008").is_some());
    let mut input = Input::filled(Field::Number, "40000012");
    input.caret = 2;
    input.keys("x");
    assert_eq!(input.with_caret(), "40|00 0012");
}

#[test]
fn b28_markup_and_code_are_refused() {
    for raw in ["<script>", "'\"--", "${7*7}", "%00", "\0"] {
        refused(Field::Number, "4000", raw, Problem::LettersRefused);
    }
}

#[test]
fn b29_emoji_are_refused_and_key_caps_are_digits() {
    refused(Field::Number, "4000", "💳", Problem::LettersRefused);
    refused(Field::Number, "4000", "👩‍👩‍👧", Problem::LettersRefused);
    assert_eq!(
        pasted(Field::Number, "4\u{fe0f}\u{20e3}0\u{fe0f}\u{20e3}"),
        "40"
    );
}

#[test]
fn b30_a_huge_paste_is_refused_and_changes_nothing() {
    let huge = ["1", " ", "x", "１", "\u{fffd}"].map(|unit| unit.repeat(1_000_000 / unit.len()));
    for raw in &huge {
        for field in Field::ALL {
            let before = pasted(field, "12");
            let edit = edit(field, &before, &format!("{before}{raw}"), 1_000_000);
            let form = with(field, raw);
            let found = form.check(field, NOW);
            assert_eq!(edit.text.expose(), &before);
            assert!(edit.problem.is_some());
            assert!(found.is_some());
        }
    }
    // A lone surrogate comes as U+FFFD.
    refused(Field::Number, "4000", "\u{fffd}", Problem::LettersRefused);
}

#[test]
fn b31_number_and_date_in_one_paste_are_refused() {
    let both = "4000001200000008 12/30";
    refused(Field::Number, "", both, Problem::NumberWithExpiry);
    let long = pasted(Field::Number, "4000001200000008 1230");
    assert_eq!(problem(Field::Number, &long), Some(Problem::TooLong));
}

#[test]
fn b32_signs_points_and_exponents_are_refused() {
    for raw in ["-4000001200000008", "+4000001200000008", "4e15", "4.0"] {
        refused(Field::Number, "", raw, Problem::LettersRefused);
        assert!(problem(Field::Number, raw).is_some(), "{raw}");
    }
}

#[test]
fn what_was_typed_before_the_program_ran_can_be_mended() {
    // Going back to what was wrong already would leave no way out.
    let mut input = Input::new(Field::Number);
    input.text = String::from("4000 oo");
    input.caret = 7;
    for shown in ["4000 o|", "4000|", "400|"] {
        input.backspace();
        assert_eq!(input.with_caret(), shown);
    }
}
