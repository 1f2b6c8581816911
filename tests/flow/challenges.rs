//! The bank's page: pages that never come, the last minute, and outcomes told apart.

use fanfare_checkout::{
    flow::{Event, Purpose},
    http::NoAnswer,
    outcome::FailureKind,
    screen::{Intent, Notice, Stage},
};
use serde_json::json;

use crate::script::{Script, answer, attempt, state, token};

/// Seconds pass at the bank's page; polls are answered as they come.
fn seconds(script: &mut Script, seconds: u32) {
    for _ in 0..seconds {
        script.wait();
        while script.waits_for(Purpose::Poll) {
            script.reply(Purpose::Poll, json!({"status": "PENDING"}));
        }
        if !matches!(script.stage(), Stage::Challenge(_)) {
            break;
        }
    }
}

#[test]
fn f41_a_page_that_never_comes_up_is_asked_about_and_other_ways_are_offered() {
    let mut script = Script::challenged();
    seconds(&mut script, 29);
    assert!(!script.challenge().stuck());
    seconds(&mut script, 2);
    assert!(script.challenge().stuck());
    script.state(attempt("att_1", "action", &token("https://acs.example/x")));
    assert!(
        script.challenge().stuck(),
        "the backend knows of nothing else"
    );
    seconds(&mut script, 20);
    assert!(!script.waits_for(Purpose::State), "asked once");
    // "Use another card" needs no second question.
    script.intent(Intent::AbandonChallenge);
    script.reply(Purpose::Cancel, attempt("att_2", "new", ""));
    assert_eq!(script.stage(), Stage::Form);

    let mut script = Script::challenged();
    seconds(&mut script, 31);
    script.intent(Intent::ChallengeLoaded);
    assert!(!script.challenge().stuck(), "late is not never");
    script.intent(Intent::AbandonChallenge);
    assert!(matches!(script.stage(), Stage::Challenge(_)));

    let mut script = Script::challenged();
    seconds(&mut script, 31);
    script.state(state(|s| s["order"] = json!("paid")));
    assert_eq!(
        script.stage(),
        Stage::Paid,
        "the bank had agreed without it"
    );
}

#[test]
fn f41_a_page_that_says_it_loaded_is_asked_about_too_and_is_left_only_after_a_question() {
    let mut script = Script::challenged();
    script.intent(Intent::ChallengeLoaded);
    seconds(&mut script, 29);
    assert!(!script.challenge().slow && !script.waits_for(Purpose::State));
    seconds(&mut script, 2);
    assert!(script.challenge().slow && !script.challenge().stuck());
    script.state(attempt("att_1", "action", &token("https://acs.example/x")));
    seconds(&mut script, 60);
    assert!(!script.waits_for(Purpose::State), "asked once");
    assert!(
        script.challenge().slow,
        "the page stays, and so does the offer"
    );
    script.intent(Intent::AbandonChallenge);
    assert!(!script.waits_for(Purpose::Cancel), "it may be about to pay");
    script.intent(Intent::LeaveChallenge);
    script.intent(Intent::AbandonChallenge);
    assert!(script.waits_for(Purpose::Cancel));

    // A state that lags behind closes nothing.
    let mut script = Script::challenged();
    seconds(&mut script, 31);
    script.state(attempt("att_1", "new", ""));
    assert!(matches!(script.stage(), Stage::Challenge(_)));
}

#[test]
fn f43_the_last_minute_is_said_and_the_limit_holds_whatever_the_polls_do() {
    let mut script = Script::challenged();
    script.intent(Intent::ChallengeLoaded);
    seconds(&mut script, 539);
    assert!(!script.challenge().ending);
    seconds(&mut script, 1);
    assert!(script.challenge().ending);
    assert!(!script.challenge().stuck());
    seconds(&mut script, 61);
    script.reply(Purpose::Cancel, attempt("att_2", "new", ""));
    assert_eq!(script.failure(), Some(FailureKind::AuthenticationTimeout));

    // A poll that is never answered stops no clock.
    let mut script = Script::challenged();
    for _ in 0..601 {
        if !script.waits_for(Purpose::Cancel) {
            script.wait();
        }
    }
    assert!(script.waits_for(Purpose::Cancel));
    assert_eq!(script.now_ms, 600_000);
}

#[test]
fn refused_left_cancelled_and_timed_out_are_four_things() {
    let resumed = |answer| {
        let mut script = Script::challenged();
        script.wait();
        script.reply(Purpose::Poll, json!({"status": "COMPLETE", "id": "r"}));
        script.reply(Purpose::Resume, answer);
        script.screen().notice
    };
    let mut refused = answer("failed", "", "");
    refused["failure"] = json!({"kind": "authentication_failed"});
    let left = {
        let mut script = Script::challenged();
        script.intent(Intent::LeaveChallenge);
        script.intent(Intent::AbandonChallenge);
        script.reply(Purpose::Cancel, attempt("att_2", "new", ""));
        script.screen().notice
    };
    assert!(matches!(resumed(refused), Some(Notice::Failed { .. })));
    assert_eq!(
        resumed(answer("cancelled", "", "")),
        Some(Notice::PaymentCancelled)
    );
    assert_eq!(left, Some(Notice::ChallengeCancelled));
}

#[test]
fn f46_f47_whatever_the_page_says_only_the_backend_is_believed() {
    let mut script = Script::challenged();
    for _ in 0..9 {
        script.event(Event::Woken);
    }
    assert_eq!(script.sent.len(), 1, "a message only wakes");
    script.reply(Purpose::Poll, json!({"status": "PENDING", "id": "forged"}));
    assert!(matches!(script.stage(), Stage::Challenge(_)));
    script.event(Event::Woken);
    script.reply(Purpose::Poll, json!({"status": "COMPLETE", "id": "r"}));
    script.reply(Purpose::Resume, answer("failed", "", ""));
    assert_eq!(script.failure(), Some(FailureKind::Other));
}

#[test]
fn a_slow_status_address_is_polled_less_often() {
    let polls = |retry_after: &str| {
        let mut script = Script::challenged();
        script.wait();
        script.slow(Purpose::Poll, retry_after);
        let from = script.now_ms;
        while !script.waits_for(Purpose::Poll) {
            script.wait();
        }
        script.now_ms - from
    };
    assert_eq!(polls("7"), 7_000);
    assert_eq!(polls("315360000"), 30_000);
    let mut script = Script::challenged();
    script.wait();
    let (call, _) = script.take(Purpose::Poll);
    script.event(Event::Answered(call, Err(NoAnswer::Lost)));
    script.wait();
    assert!(!script.waits_for(Purpose::Poll), "after an error it waits");
}

#[test]
fn f12_f44_a_resume_that_is_lost_is_asked_about() {
    let mut script = Script::challenged();
    script.wait();
    script.reply(Purpose::Poll, json!({"status": "COMPLETE", "id": "r"}));
    script.lose(Purpose::Resume);
    assert_eq!(script.stage(), Stage::Checking);
    assert!(!script.waits_for(Purpose::Resume), "never sent twice");
    script.state(state(|s| s["order"] = json!("paid")));
    assert_eq!(script.stage(), Stage::Paid);
}
