//! The card form: its fields, Pay, and waiting.

use super::*;

#[test]
fn inputs_have_no_name_no_value_and_no_maxlength() {
    let html = prerender("en");
    let inputs = tags(&html, "input");
    assert_eq!(inputs.len(), 4);
    for input in inputs {
        for bad in ["name", "value", "maxlength"] {
            assert_eq!(attribute(input, bad), None, "{bad} in {input}");
        }
    }
}

#[test]
fn a04_a05_inputs_carry_the_exact_tokens() {
    let html = prerender("en");
    let seen: Vec<_> = tags(&html, "input")
        .into_iter()
        .map(|input| {
            (
                attribute(input, "data-field"),
                attribute(input, "autocomplete"),
                attribute(input, "inputmode"),
            )
        })
        .collect();
    let numeric = Some("numeric");
    assert_eq!(
        seen,
        [
            (Some("number"), Some("cc-number"), numeric),
            (Some("expiry"), Some("cc-exp"), numeric),
            (Some("cvc"), Some("cc-csc"), numeric),
            (Some("name"), Some("cc-name"), None),
        ]
    );
}

#[test]
fn a03_each_input_has_a_label_and_a_place_for_its_error() {
    let html = prerender("en");
    let labels: Vec<_> = tags(&html, "label")
        .into_iter()
        .filter_map(|label| attribute(label, "for"))
        .collect();
    for input in tags(&html, "input") {
        let id = attribute(input, "id").unwrap();
        assert!(labels.contains(&id), "no label for {id}");
        let error = attribute(input, "aria-describedby").unwrap();
        assert!(
            html.contains(&format!("id=\"{error}\"")),
            "{error} is nowhere"
        );
        assert_eq!(attribute(input, "aria-invalid"), None);
    }
}

#[test]
fn a06_a_wrong_field_is_marked_and_explained() {
    let mut wrong = screen(Stage::Form);
    wrong.problems.set(Field::Number, Some(Problem::Required));
    let html = render(&wrong);
    let input = tags(&html, "input")[0];
    assert_eq!(attribute(input, "aria-invalid"), Some("true"));
    assert!(html.contains("Enter the card number"));
}

#[test]
fn the_form_stays_in_the_document_on_every_screen() {
    for stage in stages() {
        let html = render(&screen(stage.clone()));
        let form = tags(&html, "form");
        assert_eq!(form.len(), 1, "{stage:?}");
        assert_eq!(tags(&html, "input").len(), 4, "{stage:?}");
        let working = matches!(
            stage,
            Stage::Loading | Stage::Form | Stage::Busy | Stage::Waiting(_) | Stage::Challenge(_)
        );
        assert_eq!(form[0].contains(" hidden"), !working, "{stage:?}");
    }
}

#[test]
fn a22_pay_says_how_much_and_to_whom() {
    let html = render(&screen(Stage::Form));
    let pay = tags(&html, "button")
        .into_iter()
        .find(|tag| tag.contains("type=\"submit\""))
        .unwrap();
    assert_eq!(attribute(pay, "aria-disabled"), Some("false"));
    assert_eq!(attribute(pay, "aria-describedby"), Some("pay-to"));
    assert!(html.contains("Pay EUR 35.00"));
    assert!(html.contains("Linen &amp; &lt;Co&gt;"), "the name is text");
}

#[test]
fn a10_pay_waits_without_losing_its_place() {
    for stage in [Stage::Loading, Stage::Busy] {
        let html = render(&screen(stage.clone()));
        let pay = tags(&html, "button")
            .into_iter()
            .find(|tag| tag.contains("type=\"submit\""))
            .unwrap();
        assert_eq!(attribute(pay, "aria-disabled"), Some("true"), "{stage:?}");
        assert!(
            !pay.contains(" disabled"),
            "a disabled button loses the focus"
        );
    }
}

#[test]
fn a21_the_brand_is_said_in_words() {
    let mut typed = screen(Stage::Form);
    typed.brand = Some(Brand::Amex);
    assert!(render(&typed).contains("American Express"));
}

#[test]
fn f18_a_wait_can_be_stopped_and_its_seconds_are_not_read_out() {
    for waiting in [Waiting::Connection, Waiting::Pause { seconds: 12 }] {
        let html = render(&screen(Stage::Waiting(waiting)));
        let stop = tags(&html, "button").into_iter().next_back().unwrap();
        assert!(!stop.contains(" disabled"), "{waiting:?}");
        assert!(html.contains("Stop waiting"), "{waiting:?}");
        assert!(!html.contains("Pay EUR"), "{waiting:?}");
    }
    let html = render(&screen(Stage::Waiting(Waiting::Pause { seconds: 12 })));
    assert!(html.contains("Next try in 12 s"));
    let (_, status) = html.split_once("role=\"status\"").unwrap();
    assert!(status.contains("by itself"), "the wait is said");
    assert!(!status.contains("12"), "and its seconds are not");
}
