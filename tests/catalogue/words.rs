//! What each kind says, in the widget's own words.

use fanfare_checkout::{
    outcome::{Failure, FailureKind as Kind, Retry},
    screen::{Notice, Screen, Stage},
    text::for_language,
    view::render,
};

/// What must never be read from any kind (T23).
const HINTS: [&str; 17] = [
    "stolen",
    "lost",
    "fraud",
    "risk",
    "suspicio",
    "suspect",
    "pick up",
    "pick-up",
    "honour",
    "honor",
    "blocked",
    "blacklist",
    "blocklist",
    "restricted",
    "security violation",
    "closed",
    "account",
];

/// The banner of a failure as it stands on the screen, without its tags.
fn banner(failure: Failure, message: Option<&str>) -> String {
    let html = render(&Screen {
        stage: Stage::Form,
        notice: Some(match failure.kind {
            Kind::Offline => Notice::Offline,
            _ => Notice::Failed {
                failure,
                message: message.map(str::to_owned),
            },
        }),
        ..Screen::default()
    });
    let start = html.find("class=\"notice-words\"").unwrap();
    let end = start + html[start..].find("</div>").unwrap();
    let mut text = String::new();
    let mut inside = true;
    for c in html[start..end].chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

#[test]
fn every_kind_says_what_happened_what_became_of_the_money_and_what_to_do() {
    for kind in Kind::ALL {
        let failure = Failure::of(kind);
        let said = banner(failure, None);
        let advice = (for_language("en").failure)(&failure);
        let told_of_money = if kind == Kind::ApprovedLate {
            "you pay nothing"
        } else {
            "have not been charged"
        };
        assert!(said.contains(told_of_money), "{kind:?}: {said}");
        let told = if kind == Kind::Offline {
            "The connection did not come back"
        } else {
            advice.what
        };
        assert!(said.contains(told), "{kind:?}: {said}");
        let after = said.find(told_of_money).unwrap() + told_of_money.len();
        let next = said[after..].trim_end();
        assert!(
            next.ends_with('.') && next.contains(". "),
            "{kind:?}: {said}"
        );
    }
}

#[test]
fn t23_no_kind_hints_at_what_only_the_bank_may_say() {
    for kind in Kind::ALL {
        let said = banner(Failure::of(kind), None).to_lowercase();
        for hint in HINTS {
            assert!(!said.contains(hint), "{kind:?} says {hint:?}: {said}");
        }
    }
}

#[test]
fn the_way_on_is_the_one_that_the_kind_names() {
    for kind in Kind::ALL {
        let failure = Failure::of(kind);
        let next = (for_language("en").failure)(&failure).next;
        let says = |words: &str| next.contains(words);
        match failure.retry {
            Retry::OtherCard => {
                assert!(says("another card"), "{kind:?}: {next}");
                assert!(!says("try again"), "{kind:?} offers the same card: {next}");
            }
            Retry::Later => assert!(says("few minutes"), "{kind:?}: {next}"),
            Retry::None => assert!(says("tell the shop"), "{kind:?}: {next}"),
            Retry::SameCard => assert!(
                ["again", "when you are back"]
                    .iter()
                    .any(|words| says(words)),
                "{kind:?}: {next}"
            ),
        }
    }
}

#[test]
fn t23_foreign_words_are_shown_only_where_nothing_else_is_known() {
    for kind in Kind::ALL {
        let said = banner(Failure::of(kind), Some("STOLEN CARD"));
        assert_eq!(
            said.contains("STOLEN"),
            kind == Kind::Other,
            "{kind:?}: {said}"
        );
    }
}

#[test]
fn the_list_of_kinds_is_whole() {
    for kind in Kind::ALL {
        let word = serde_json::to_value(kind).unwrap();
        assert_eq!(serde_json::from_value::<Kind>(word).unwrap(), kind);
        assert_eq!(Kind::ALL.iter().filter(|other| **other == kind).count(), 1);
        assert_eq!(kind.keeps_cvc(), kind == Kind::TokenizerUnavailable);
    }
    // A kind that is added without a place in the list fails here.
    let known = fanfare_kinds();
    assert_eq!(known, Kind::ALL.len());
}

/// How many kinds the sources name: the words of a language match them without a wildcard.
fn fanfare_kinds() -> usize {
    let source = include_str!("../../src/outcome.rs");
    let body = source.split("pub enum FailureKind {").nth(1).unwrap();
    let body = body.split("\n}").next().unwrap();
    body.lines()
        .filter(|line| line.trim_end().ends_with(',') && !line.contains("//"))
        .count()
}
