//! The expiry date (B34 to B50).

use fanfare_checkout::card::{Field, Problem};

use super::input::{Input, NOW, pasted, problem, refused, typed, with};

#[track_caller]
fn expiry(raw: &str, shown: &str, found: Option<Problem>) {
    assert_eq!(pasted(Field::Expiry, raw), shown, "pasted {raw:?}");
    assert_eq!(problem(Field::Expiry, shown), found, "{shown:?}");
    assert_eq!(problem(Field::Expiry, raw), found, "{raw:?}");
}

#[test]
fn b34_a_date_may_be_written_in_any_usual_way() {
    for raw in ["1230", "12/30", "12 / 30", "12-30", "12 30", "12.30"] {
        expiry(raw, "12 / 30", None);
        assert_eq!(typed(Field::Expiry, raw), "12 / 30", "typed {raw}");
    }
    for raw in ["4/30", "4-30", "430", "04/30", "0430"] {
        expiry(raw, "04 / 30", None);
        assert_eq!(typed(Field::Expiry, raw), "04 / 30", "typed {raw}");
    }
}

#[test]
fn b35_the_year_may_have_four_digits_or_come_first() {
    for raw in ["12/2030", "122030", "2030-12"] {
        expiry(raw, "12 / 30", None);
    }
    for raw in ["12/2030", "122030", "12 2030"] {
        assert_eq!(typed(Field::Expiry, raw), "12 / 30", "typed {raw}");
    }
}

#[test]
fn b36_the_month_is_finished_when_it_can_only_be_one() {
    for (keys, shown) in [
        ("4", "04 / "),
        ("1", "1"),
        ("1/", "01 / "),
        ("0", "0"),
        ("12", "12 / "),
    ] {
        let mut input = Input::new(Field::Expiry);
        input.keys(keys);
        assert_eq!(input.text, shown, "typed {keys}");
        assert_eq!(input.caret, shown.len(), "typed {keys}");
    }
}

#[test]
fn b37_month_13_is_shown_and_called_wrong() {
    expiry("13/30", "13 / 30", Some(Problem::BadMonth));
    assert_eq!(typed(Field::Expiry, "13"), "13 / ");
    let form = with(Field::Expiry, "13 / ");
    assert_eq!(
        form.check_typing(Field::Expiry, NOW),
        Some(Problem::BadMonth)
    );
}

#[test]
fn b38_month_0_is_wrong() {
    expiry("00/30", "00 / 30", Some(Problem::BadMonth));
    expiry("0/30", "0 / 30", Some(Problem::BadMonth));
}

#[test]
fn b39_half_a_date_is_incomplete_and_not_scolded_while_typing() {
    for (raw, found) in [
        ("12/3", Problem::Incomplete),
        ("1", Problem::Incomplete),
        ("", Problem::Required),
    ] {
        let form = with(Field::Expiry, raw);
        assert_eq!(form.check(Field::Expiry, NOW), Some(found), "{raw}");
        assert_eq!(form.check_typing(Field::Expiry, NOW), None, "{raw}");
    }
}

/// 1 January 2027, 00:00 UTC.
const NEW_YEAR: i64 = 1_798_761_600;
const HOUR: i64 = 3600;

fn dated(raw: &str, now: i64) -> Option<Problem> {
    with(Field::Expiry, raw).check(Field::Expiry, now)
}

#[test]
fn b40_a_card_is_valid_to_the_end_of_its_month() {
    assert_eq!(dated("11/26", NOW), None);
    assert_eq!(dated("12/26", NEW_YEAR - 1), None);
}

#[test]
fn b41_last_month_is_expired() {
    assert_eq!(dated("10/26", NOW), Some(Problem::Expired));
    assert_eq!(dated("12/25", NOW), Some(Problem::Expired));
}

#[test]
fn b42_a_month_has_not_ended_until_it_has_ended_everywhere() {
    assert_eq!(dated("12/26", NEW_YEAR + HOUR / 2), None);
    assert_eq!(dated("12/26", NEW_YEAR + 12 * HOUR - 1), None);
    assert_eq!(dated("12/26", NEW_YEAR + 12 * HOUR), Some(Problem::Expired));
}

#[test]
fn b43_a_shopper_ahead_of_the_server_keeps_the_december_card() {
    assert_eq!(dated("12/26", NEW_YEAR - 14 * HOUR), None);
}

#[test]
fn b44_twenty_years_ahead_is_the_limit() {
    assert_eq!(dated("11/46", NOW), None);
    assert_eq!(dated("12/46", NOW), Some(Problem::TooFarAhead));
    assert_eq!(dated("12/99", NOW), Some(Problem::TooFarAhead));
    // Where it is January already, twenty years from January are twenty years.
    assert_eq!(dated("01/47", NEW_YEAR - HOUR), None);
}

#[test]
fn b45_other_dates_are_refused() {
    for raw in ["02/29/30", "12/030", "12/20301"] {
        refused(Field::Expiry, "", raw, Problem::BadExpiry);
        assert_eq!(
            problem(Field::Expiry, raw),
            Some(Problem::BadExpiry),
            "{raw}"
        );
    }
    // A digit too many is not taken.
    refused(Field::Expiry, "12 / 30", "1", Problem::TooLong);
    refused(Field::Expiry, "", "1/230", Problem::BadExpiry);
}

#[test]
fn b46_digits_of_other_scripts_are_taken() {
    expiry("１２／３０", "12 / 30", None);
    expiry("١٢/٣٠", "12 / 30", None);
}

#[test]
fn b47_direction_marks_are_dropped() {
    expiry("12\u{200f}/30", "12 / 30", None);
}

#[test]
fn b48_backspace_over_the_slash_takes_one_digit() {
    let mut input = Input::new(Field::Expiry);
    input.keys("1230");
    let mut shown = Vec::new();
    for _ in 0..4 {
        input.backspace();
        shown.push(input.with_caret());
    }
    assert_eq!(shown, ["12 / 3|", "12 / |", "1|", "|"]);

    // From the middle the rest stays in its place.
    input.keys("1230");
    input.caret = 5;
    input.backspace();
    assert_eq!(input.with_caret(), "1| / 30");
    input.keys("1");
    assert_eq!(input.with_caret(), "11| / 30");
    input.delete();
    assert_eq!(input.with_caret(), "11| / 0");
    input.keys("2");
    assert_eq!(input.with_caret(), "11 / 2|0");
    input.caret = 2;
    input.keys("/");
    assert_eq!(input.with_caret(), "11 / |20");

    // The slash that the field adds by itself may be typed as well.
    let mut input = Input::new(Field::Expiry);
    input.keys("4/30");
    assert_eq!(input.with_caret(), "04 / 30|");
    // Control and Backspace remove a word, here a slash with its spaces.
    let mut input = Input::filled(Field::Expiry, "12");
    input.replace(2..5, "");
    assert_eq!(input.with_caret(), "1|");
}

#[test]
fn b49_autofill_writes_long_years() {
    expiry("12/2030", "12 / 30", None);
    expiry("2030-12", "12 / 30", None);
    expiry("04/2030", "04 / 30", None);
    expiry("2030-04", "04 / 30", None);
}

#[test]
fn b50_letters_and_signs_are_no_date() {
    for (raw, hint) in [
        ("ab/cd", Problem::LettersRefused),
        ("-1/-1", Problem::BadExpiry),
        ("1e/30", Problem::LettersRefused),
        ("+1/30", Problem::LettersRefused),
    ] {
        refused(Field::Expiry, "", raw, hint);
        refused(Field::Expiry, "12 / 3", "x", Problem::LettersRefused);
        assert_eq!(problem(Field::Expiry, raw), Some(hint), "{raw}");
    }
}
