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
    let mut paused = screen(Stage::Waiting(Waiting::Pause { seconds: 12 }));
    let html = render(&paused);
    assert!(html.contains("Next try in 12 s"));
    let (_, status) = html.split_once("role=\"status\"").unwrap();
    assert!(status.contains("by itself"), "the wait is said");
    assert!(!status.contains("12"), "and its seconds are not");
    // What is heard of the money is seen as well; beside an earlier payment neither.
    for waiting in [Waiting::Connection, Waiting::Pause { seconds: 12 }] {
        paused.stage = Stage::Waiting(waiting);
        paused.reversal = None;
        let html = render(&paused);
        assert_eq!(html.matches("not been charged").count(), 2, "{waiting:?}");
        let (_, under_pay) = html.split_once("class=\"pause\"").unwrap();
        let line = under_pay.split("</p>").next().unwrap();
        assert!(line.contains("You have not been charged."), "{waiting:?}");
        paused.reversal = Some(Reversal::Possible);
        assert!(!render(&paused).contains("not been charged"), "{waiting:?}");
    }
    assert!(!render(&screen(Stage::Form)).contains("not been charged"));
}

#[test]
fn where_no_card_can_help_another_try_stands_in_place_of_pay() {
    let mut barred = screen(Stage::Form);
    barred.notice = Some(Notice::Failed {
        failure: Failure::of(FailureKind::MerchantMisconfiguration),
        message: None,
    });
    let html = render(&barred);
    assert!(html.contains("The shop can’t take this payment."));
    assert!(html.contains("You have not been charged."));
    assert!(!html.contains("Pay EUR") && html.contains("Try again"));
    let submit = tags(&html, "button")
        .into_iter()
        .find(|tag| tag.contains("type=\"submit\""))
        .unwrap();
    assert_eq!(attribute(submit, "class"), Some("second"));
    // The way to the shop, on a page of its own.
    assert!(!html.contains("Return to"), "javascript: became a link");
    let order = barred.order.as_mut().unwrap();
    order.cancel_url = "https://shop.example/cart".to_owned();
    let html = render(&barred);
    assert_eq!(
        attribute(tags(&html, "a")[0], "href"),
        Some("https://shop.example/cart")
    );
    barred.order = Some(super::order(Mode::Embedded));
    assert!(tags(&render(&barred), "a").is_empty());
    assert!(render(&barred).contains("Try again"));
}

#[test]
fn a_card_of_two_networks_may_be_charged_through_either() {
    let mut two = screen(Stage::Form);
    assert!(!render(&two).contains("radio"));
    two.networks = Some([Network::CartesBancaires, Network::Visa]);
    let html = render(&two);
    let (_, group) = html.split_once("<fieldset").unwrap();
    let group = group.split("</fieldset>").next().unwrap();
    assert!(group.contains("Brand to pay with</legend>"));
    let radios = tags(group, "input");
    assert_eq!(radios.len(), 3);
    for (at, name) in ["No preference", "Cartes Bancaires", "Visa"]
        .into_iter()
        .enumerate()
    {
        let label = group.split("<label").nth(at + 1).unwrap();
        assert!(label.contains(name), "{name}: {label}");
        assert_eq!(radios[at].contains(" checked"), at == 0, "{name}");
    }
    assert!(html.contains("This card has two brands."), "it is said");
}
