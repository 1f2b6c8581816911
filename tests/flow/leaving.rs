//! Leaving the bank's page, or the checkout, while the backend can't be heard.

use fanfare_checkout::{
    flow::{Event, Purpose},
    outcome::FailureKind,
    screen::{Intent, Notice, Stage},
};
use serde_json::json;

use crate::script::{Script, attempt, body, state, token};

fn leave(script: &mut Script) {
    script.intent(Intent::LeaveChallenge);
    script.intent(Intent::AbandonChallenge);
    assert_eq!(script.stage(), Stage::Confirming);
}

/// The state after a pause: the challenge is as open as before.
fn still_open(script: &mut Script) {
    assert_eq!(script.stage(), Stage::Checking, "never called over");
    script.wait();
    script.state(attempt("att_1", "action", &token("https://acs.example/x")));
}

#[test]
fn f42_a_leave_that_got_lost_is_told_again_with_the_same_attempt_a_few_times() {
    for lost in [None, Some(502), Some(429), Some(200)] {
        let mut script = Script::challenged();
        leave(&mut script);
        for _ in 0..3 {
            match lost {
                None => script.lose(Purpose::Cancel),
                Some(status) => drop(script.respond(Purpose::Cancel, status, "<html>")),
            }
            still_open(&mut script);
            assert_eq!(script.stage(), Stage::Confirming, "{lost:?}");
        }
        let again = script.reply(Purpose::Cancel, attempt("att_2", "new", ""));
        assert_eq!(body(&again), json!({"attempt": "att_1"}));
        assert_eq!(script.screen().notice, Some(Notice::ChallengeCancelled));
        assert_eq!(script.told("cancelled"), 1);
    }
    // Bounded: then the bank's page is there again, which is the truth.
    let mut script = Script::challenged();
    leave(&mut script);
    for _ in 0..4 {
        script.lose(Purpose::Cancel);
        still_open(&mut script);
    }
    assert!(matches!(script.stage(), Stage::Challenge(_)));
    assert!(!script.waits_for(Purpose::Cancel));
}

#[test]
fn f42_a_leave_that_was_heard_though_its_answer_got_lost_is_not_told_again() {
    let mut script = Script::challenged();
    leave(&mut script);
    script.lose(Purpose::Cancel);
    script.wait();
    script.state(attempt("att_2", "new", ""));
    assert!(!script.waits_for(Purpose::Cancel));
    assert_eq!(script.screen().notice, Some(Notice::ChallengeCancelled));

    // It timed out, and says so also after a lost answer.
    let mut script = Script::challenged();
    script.now_ms = 600_000;
    script.wait();
    script.lose(Purpose::Cancel);
    script.wait();
    script.state(attempt("att_2", "new", ""));
    assert_eq!(script.failure(), Some(FailureKind::AuthenticationTimeout));

    let mut script = Script::challenged();
    leave(&mut script);
    script.lose(Purpose::Cancel);
    script.wait();
    script.state(state(|s| s["order"] = json!("paid")));
    assert_eq!(script.stage(), Stage::Paid, "the bank had agreed");
}

#[test]
fn f42_a_leave_that_is_refused_is_asked_about_and_not_told_again() {
    let mut script = Script::challenged();
    leave(&mut script);
    script.respond(Purpose::Cancel, 409, "{}");
    still_open(&mut script);
    assert!(!script.waits_for(Purpose::Cancel));
    assert!(matches!(script.stage(), Stage::Challenge(_)));
}

#[test]
fn f42_without_an_answer_the_leave_ends_in_checking() {
    let mut script = Script::challenged();
    leave(&mut script);
    script.wait();
    assert_eq!(script.stage(), Stage::Checking);
    assert!(script.now_ms < 30_000);
    still_open(&mut script);
    assert!(script.waits_for(Purpose::Cancel));
}

#[test]
fn f18_a_leave_that_is_slowed_down_waits_as_long_as_asked() {
    let mut script = Script::challenged();
    leave(&mut script);
    let from = script.now_ms;
    script.slow(Purpose::Cancel, "20");
    script.wait();
    assert_eq!(script.now_ms - from, 20_000);
    assert!(script.waits_for(Purpose::State));
}

#[test]
fn f42_giving_the_checkout_up_is_told_again_while_the_order_is_open() {
    let mut script = Script::ready();
    script.intent(Intent::Cancelled);
    for _ in 0..3 {
        script.lose(Purpose::Cancel);
        script.event(Event::Connection(true));
        script.wait();
        script.state(state(|_| ()));
    }
    let again = script.reply(Purpose::Cancel, state(|s| s["order"] = json!("cancelled")));
    assert_eq!(body(&again), json!({}));
    assert_eq!(
        (script.stage(), script.told("cancelled")),
        (Stage::Cancelled, 1)
    );

    let mut script = Script::ready();
    script.intent(Intent::Cancelled);
    for _ in 0..4 {
        script.lose(Purpose::Cancel);
        script.wait();
        script.state(state(|_| ()));
    }
    assert_eq!(script.stage(), Stage::Form, "it can't be given up now");
    assert_eq!(script.cleared_card, 0);
}
