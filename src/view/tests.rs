//! What the static HTML of each screen must and must not hold.

use super::{prerender, render};
use crate::{
    card::{Brand, Field, Problem},
    money::{Currency, Money},
    outcome::{Failure, FailureKind},
    screen::{Challenge, Notice, Order, Screen, Stage, Waiting},
    session::{Line, Mode, Reversal},
};

fn order(mode: Mode) -> Order {
    Order {
        merchant: "Linen & <Co>".to_owned(),
        reference: "ORD-1001".to_owned(),
        total: Money::new(3500, Currency::parse("EUR").unwrap()),
        lines: vec![
            Line {
                name: "Linen shirt".to_owned(),
                quantity: 2,
                amount: 3000,
            },
            Line {
                name: "Postage".to_owned(),
                quantity: 1,
                amount: 500,
            },
        ],
        mode,
        success_url: "https://shop.example/thanks".to_owned(),
        cancel_url: "javascript:alert(1)".to_owned(),
        language: "en".to_owned(),
    }
}

fn screen(stage: Stage) -> Screen {
    Screen {
        order: Some(order(Mode::Hosted)),
        stage,
        ..Screen::default()
    }
}

fn challenge() -> Stage {
    Stage::Challenge(Challenge {
        url: "https://bank.example/3ds?a=1&b=2".to_owned(),
        loaded: false,
        leaving: false,
        stuck: false,
        ending: false,
    })
}

fn stages() -> Vec<Stage> {
    vec![
        Stage::Loading,
        Stage::Form,
        Stage::Busy,
        Stage::Waiting(Waiting::Connection),
        Stage::Waiting(Waiting::Pause { seconds: 12 }),
        challenge(),
        Stage::Confirming,
        Stage::Checking,
        Stage::Unknown,
        Stage::Processing,
        Stage::Paid,
        Stage::Authorised,
        Stage::Cancelled,
        Stage::Expired,
        Stage::Unavailable { retry: true },
        Stage::Unavailable { retry: false },
    ]
}

/// The opening tags of `html` that begin with `<name `.
fn tags<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    html.match_indices(&format!("<{name} "))
        .filter_map(|(at, _)| html[at..].split('>').next())
        .collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\""))
        .and_then(|(_, rest)| rest.split('"').next())
}

#[test]
fn the_first_paint_can_be_hydrated_and_obeys_the_csp() {
    let html = prerender("en");
    assert!(
        html.starts_with("<div"),
        "white space before the root breaks hydration"
    );
    for screen in stages().into_iter().map(screen) {
        let html = render(&screen);
        for bad in [" style=", "<script", " onclick=", " onload="] {
            assert!(!html.contains(bad), "{bad} in {:?}", screen.stage);
        }
    }
    for text in [
        "Card number",
        "Expiry date",
        "Security code",
        "Name on card",
    ] {
        assert!(
            html.contains(text),
            "{text} is missing from the first paint"
        );
    }
}

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
fn a09_live_regions_are_there_and_empty_at_load() {
    let html = prerender("en");
    for role in ["alert", "status"] {
        let (_, rest) = html.split_once(&format!("role=\"{role}\"")).unwrap();
        let (_, inside) = rest.split_once('>').unwrap();
        let said = inside.split("</").next().unwrap().replace("<!>", "");
        assert_eq!(said.trim(), "", "{role} speaks at load");
    }
}

#[test]
fn a_failure_says_what_happened_to_the_money() {
    let mut failed = screen(Stage::Form);
    failed.notice = Some(Notice::Failed {
        failure: Failure::of(FailureKind::CardDeclined),
        message: Some("Do not honour".to_owned()),
    });
    let html = render(&failed);
    assert!(html.contains("Your bank declined the payment."));
    assert!(html.contains("You have not been charged."));
    assert!(
        !html.contains("Do not honour"),
        "T23: the bank's own reason is shown"
    );
}

#[test]
fn t12_a_foreign_message_is_shown_as_isolated_text() {
    let mut failed = screen(Stage::Form);
    failed.notice = Some(Notice::Failed {
        failure: Failure::of(FailureKind::Other),
        message: Some("<img src=x onerror=alert(1)>\u{202e}".to_owned()),
    });
    let html = render(&failed);
    assert!(!html.contains("<img"));
    assert!(html.contains("<bdi>&lt;img src=x onerror=alert(1)&gt;\u{202e}</bdi>"));
}

#[test]
fn a27_t13_the_bank_is_a_dialog_with_a_caged_frame() {
    let html = render(&screen(challenge()));
    let frame = tags(&html, "iframe")[0];
    assert_eq!(attribute(frame, "title"), Some("Bank verification"));
    assert_eq!(
        attribute(frame, "sandbox"),
        Some("allow-scripts allow-forms allow-same-origin allow-popups")
    );
    assert_eq!(attribute(frame, "referrerpolicy"), Some("no-referrer"));
    assert_eq!(
        attribute(frame, "src"),
        Some("https://bank.example/3ds?a=1&amp;b=2")
    );
    assert!(html.contains("aria-modal=\"true\""));
    assert!(html.contains("aria-label=\"Close the bank’s page\""));
    assert!(
        tags(&html, "main")[0].contains(" inert"),
        "the rest is not inert"
    );
}

#[test]
fn t11_only_a_web_address_leads_back_to_the_shop() {
    let paid = render(&screen(Stage::Paid));
    let link = tags(&paid, "a")[0];
    assert_eq!(attribute(link, "href"), Some("https://shop.example/thanks"));
    assert_eq!(attribute(link, "target"), Some("_top"));
    let cancelled = render(&screen(Stage::Cancelled));
    assert!(
        tags(&cancelled, "a").is_empty(),
        "javascript: became a link"
    );
}

#[test]
fn i3_while_the_outcome_is_open_there_is_no_way_to_pay_again() {
    for stage in [
        Stage::Confirming,
        Stage::Checking,
        Stage::Unknown,
        Stage::Processing,
    ] {
        let html = render(&screen(stage.clone()));
        assert!(tags(&html, "form")[0].contains(" hidden"), "{stage:?}");
        assert!(!html.contains("not been charged"), "{stage:?}");
    }
}

#[test]
fn a29_one_main_and_one_heading_of_the_page() {
    for stage in stages() {
        let html = render(&screen(stage.clone()));
        assert_eq!(html.matches("<main").count(), 1, "{stage:?}");
        assert_eq!(html.matches("<h1").count(), 1, "{stage:?}");
    }
}

#[test]
fn a21_the_brand_is_said_in_words() {
    let mut typed = screen(Stage::Form);
    typed.brand = Some(Brand::Amex);
    assert!(render(&typed).contains("American Express"));
}

#[test]
fn the_support_code_is_shown_where_there_is_one() {
    let mut checking = screen(Stage::Checking);
    checking.support = Some("req_7f3k".to_owned());
    assert!(render(&checking).contains("req_7f3k"));
    assert!(!render(&screen(Stage::Checking)).contains("Support code"));
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

#[test]
fn f14_the_unknown_names_the_order_and_offers_nothing_that_charges() {
    let mut unknown = screen(Stage::Unknown);
    unknown.support = Some("req_7f3k".to_owned());
    let html = render(&unknown);
    for word in [
        "ORD-1001",
        "asked the shop",
        "req_7f3k",
        "don&#x27;t pay again",
    ] {
        assert!(
            html.contains(word) || html.contains(&word.replace("&#x27;", "'")),
            "{word}"
        );
    }
    assert!(!html.contains("We keep asking"));
    let way = html.split("class=\"ending\"").nth(1).unwrap();
    assert!(tags(way, "button").is_empty() && tags(way, "a").is_empty());
}

#[test]
fn a_payment_that_came_too_late_is_told_and_not_called_no_charge() {
    for (reversal, words) in [
        (Reversal::Possible, "You never pay twice"),
        (Reversal::Returning, "It is being given back"),
        (Reversal::Returned, "It was given back"),
    ] {
        for stage in [Stage::Form, Stage::Paid, Stage::Cancelled, Stage::Expired] {
            for notice in [
                None,
                Some(Notice::ChallengeCancelled),
                Some(Notice::PaymentCancelled),
                Some(Notice::Offline),
                Some(Notice::Failed {
                    failure: Failure::of(FailureKind::CardDeclined),
                    message: None,
                }),
            ] {
                let mut late = screen(stage.clone());
                late.reversal = Some(reversal);
                late.notice = notice;
                let html = render(&late);
                assert!(html.contains(words), "{stage:?}");
                assert!(
                    !html.contains("not been charged"),
                    "{stage:?} {:?}",
                    late.notice
                );
            }
        }
    }
}

#[test]
fn f41_a_bank_page_that_does_not_come_up_offers_other_ways() {
    let Stage::Challenge(shown) = challenge() else {
        panic!("no challenge");
    };
    let html = render(&screen(Stage::Challenge(Challenge {
        stuck: true,
        ..shown.clone()
    })));
    assert!(html.contains("doesn’t come up"));
    let foot = html.split("class=\"dialog-foot\"").nth(1).unwrap();
    let full = tags(foot, "a")[0];
    assert_eq!(
        attribute(full, "href"),
        Some("https://bank.example/3ds?a=1&amp;b=2")
    );
    assert!(foot.contains("Use another card"));
    assert!(!tags(foot, "button")[0].contains(" hidden"));
    assert!(html.contains("Close the bank’s page"));

    let warned = |ending| {
        let html = render(&screen(Stage::Challenge(Challenge {
            ending,
            ..shown.clone()
        })));
        let (_, status) = html.split_once("role=\"status\"").unwrap();
        status.contains("another minute")
    };
    assert!(warned(true) && !warned(false));
}

#[test]
fn f09_the_banner_of_a_device_without_a_connection() {
    for (stage, shown) in [
        (Stage::Form, true),
        (Stage::Checking, true),
        (Stage::Waiting(Waiting::Connection), true),
        (Stage::Paid, false),
    ] {
        let mut offline = screen(stage.clone());
        offline.offline = true;
        assert_eq!(
            render(&offline).contains("You are offline"),
            shown,
            "{stage:?}"
        );
    }
}
