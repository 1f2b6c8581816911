//! The screens in place of the form.

use super::*;

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
        Stage::Left,
        Stage::Processing,
    ] {
        let html = render(&screen(stage.clone()));
        assert!(tags(&html, "form")[0].contains(" hidden"), "{stage:?}");
        assert!(!html.contains("not been charged"), "{stage:?}");
    }
}

#[test]
fn trap_7_a_bank_s_page_that_was_left_can_be_gone_back_to_though_nobody_can_be_asked() {
    let mut left = screen(Stage::Left);
    left.can_ask = false;
    let html = render(&left);
    let way = html.split("class=\"ending\"").nth(1).unwrap();
    assert_eq!(tags(way, "button").len(), 1);
    assert!(way.contains("Back to your bank"));
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
