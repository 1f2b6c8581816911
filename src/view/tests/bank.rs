//! The dialog with the bank's page.

use super::*;

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
fn f41_a_bank_page_that_does_not_come_up_offers_other_ways() {
    let Stage::Challenge(shown) = challenge() else {
        panic!("no challenge");
    };
    let asked = |stage| Screen {
        can_ask: true,
        ..screen(stage)
    };
    let html = render(&asked(Stage::Challenge(Challenge {
        slow: true,
        ..shown.clone()
    })));
    assert!(html.contains("doesn’t come up"));
    let progress = |html: &str| {
        tags(html, "span")
            .into_iter()
            .any(|tag| tag.contains("progress") && tag.contains(" hidden"))
    };
    assert!(progress(&html), "nothing goes on that has stopped");
    assert!(!progress(&render(&asked(challenge()))));
    let foot = html.split("class=\"dialog-foot\"").nth(1).unwrap();
    let full = tags(foot, "a")[0];
    assert_eq!(
        attribute(full, "href"),
        Some("https://bank.example/3ds?a=1&amp;b=2")
    );
    assert!(foot.contains("Use another card"));
    assert!(!tags(foot, "button")[0].contains(" hidden"));
    assert!(html.contains("Close the bank’s page"));

    // A frame says that it loaded for the browser's own error page as well.
    let html = render(&asked(Stage::Challenge(Challenge {
        slow: true,
        loaded: true,
        ..shown.clone()
    })));
    let foot = html.split("class=\"dialog-foot\"").nth(1).unwrap();
    assert!(!html.contains("doesn’t come up"), "nothing stands over it");
    let another = tags(foot, "button")[0];
    assert!(!another.contains(" hidden"));
    assert_eq!(attribute(another, "class"), Some("quiet"));
    let quick = render(&asked(challenge()));
    let foot = quick.split("class=\"dialog-foot\"").nth(1).unwrap();
    assert!(tags(foot, "button")[0].contains(" hidden"));

    let warned = |ending| {
        let html = render(&asked(Stage::Challenge(Challenge {
            ending,
            ..shown.clone()
        })));
        let (_, status) = html.split_once("role=\"status\"").unwrap();
        status.contains("another minute")
    };
    assert!(warned(true) && !warned(false));
}

#[test]
fn trap_7_without_a_server_to_ask_no_other_card_is_offered_and_the_full_page_is_another() {
    let Stage::Challenge(shown) = challenge() else {
        panic!("no challenge");
    };
    let html = render(&screen(Stage::Challenge(Challenge {
        slow: true,
        ..shown
    })));
    let foot = html.split("class=\"dialog-foot\"").nth(1).unwrap();
    assert!(tags(foot, "button")[0].contains(" hidden"));
    assert_eq!(attribute(tags(foot, "a")[0], "target"), Some("_blank"));
    assert!(html.contains("come back here afterwards"));
}
