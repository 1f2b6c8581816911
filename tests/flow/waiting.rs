//! Pay waits: for the connection, or for a pause that the backend asked for.

use fanfare_checkout::{
    flow::{Event, Purpose},
    outcome::FailureKind,
    screen::{Intent, Notice, Stage, Waiting},
};
use serde_json::json;

use crate::script::{Script, answer, attempt, key, state};

/// Lets a wait go on until it is over, but no longer than `seconds`.
fn until_over(script: &mut Script, seconds: u64) -> u64 {
    let from = script.now_ms;
    while matches!(script.stage(), Stage::Waiting(_)) {
        assert!(script.now_ms - from <= seconds * 1_000, "waits on");
        script.wait();
    }
    script.now_ms - from
}

#[test]
fn f09_pay_pressed_while_offline_sends_nothing_and_goes_on_by_itself() {
    let mut script = Script::ready();
    script.event(Event::Connection(false));
    assert!(script.screen().offline);
    script.pay();
    assert_eq!(script.stage(), Stage::Waiting(Waiting::Connection));
    assert!(script.sent.is_empty(), "nothing is sent");
    script.pay();
    script.wait();
    assert!(script.sent.is_empty());
    script.event(Event::Connection(true));
    assert_eq!(script.sent.len(), 1);
    script.tokenized();
    script.reply(Purpose::Create, answer("succeeded", "", ""));
    assert_eq!(script.stage(), Stage::Paid);
}

#[test]
fn f09_waiting_can_be_stopped_and_keeps_what_was_typed() {
    let mut script = Script::ready();
    script.event(Event::Connection(false));
    script.pay();
    script.intent(Intent::StopWaiting);
    assert_eq!(script.stage(), Stage::Form);
    assert_eq!((script.cleared_cvc, script.cleared_card), (0, 0));
    script.sent.clear();
    script.event(Event::Connection(true));
    assert!(!script.waits_for(Purpose::Tokenize), "it was stopped");
}

#[test]
fn f09_after_two_minutes_the_security_code_goes_and_that_is_said() {
    let mut script = Script::ready();
    script.event(Event::Connection(false));
    script.pay();
    let waited = until_over(&mut script, 121);
    assert!((120_000..=121_000).contains(&waited), "{waited}");
    assert_eq!(script.stage(), Stage::Form);
    assert_eq!(script.screen().notice, Some(Notice::Offline));
    assert_eq!((script.cleared_cvc, script.cleared_card), (1, 0));
}

#[test]
fn f62_a_flapping_connection_sends_nothing_twice() {
    let mut script = Script::ready();
    script.event(Event::Connection(false));
    script.pay();
    for _ in 0..5 {
        script.event(Event::Connection(true));
        script.event(Event::Connection(true));
        script.event(Event::Connection(false));
    }
    assert_eq!(script.sent.len(), 1, "one request is out, however it flaps");
    script.tokenized();
    assert!(script.waits_for(Purpose::Create));
    for _ in 0..5 {
        script.event(Event::Connection(true));
        script.event(Event::Connection(false));
    }
    assert_eq!(script.sent.len(), 1);
    script.lose(Purpose::Create);
    assert_eq!(
        script.stage(),
        Stage::Checking,
        "it went out: it is asked about"
    );
    assert!(!script.waits_for(Purpose::Create));
}

#[test]
fn a_card_that_never_left_goes_out_once_more_and_then_the_truth_is_told() {
    let mut script = Script::ready();
    script.pay();
    let first = script.unsent(Purpose::Tokenize);
    assert!(script.sent.is_empty());
    until_over(&mut script, 2);
    let again = script.unsent(Purpose::Tokenize);
    assert_eq!(again, first);
    assert_eq!(script.failure(), Some(FailureKind::TokenizerUnavailable));
    assert!(!script.waits_for(Purpose::Tokenize));
    // A request that did leave is not repeated.
    let mut script = Script::ready();
    script.pay();
    script.lose(Purpose::Tokenize);
    assert_eq!(script.failure(), Some(FailureKind::TokenizerUnavailable));
    assert!(!script.waits_for(Purpose::Tokenize));
}

#[test]
fn t01_no_card_stays_in_a_page_that_is_put_away() {
    let mut script = Script::ready();
    script.event(Event::Connection(false));
    script.pay();
    script.event(Event::PutAway);
    assert_eq!(script.stage(), Stage::Form);
    script.event(Event::Connection(true));
    assert!(!script.waits_for(Purpose::Tokenize));

    let mut script = Script::ready();
    script.pay();
    script.event(Event::PutAway);
    script.unsent(Purpose::Tokenize);
    assert!(
        !matches!(script.stage(), Stage::Waiting(_)),
        "the card is gone"
    );
    assert!(!script.waits_for(Purpose::Tokenize));
}

#[test]
fn f18_a_pause_is_kept_counted_down_and_followed_by_one_repeat() {
    let mut script = Script::paying();
    let first = script.slow(Purpose::Create, "3");
    assert_eq!(
        script.stage(),
        Stage::Waiting(Waiting::Pause { seconds: 3 })
    );
    script.wait();
    assert_eq!(
        script.stage(),
        Stage::Waiting(Waiting::Pause { seconds: 2 })
    );
    script.pay();
    assert!(script.sent.is_empty(), "Pay waits");
    let waited = 1_000 + until_over(&mut script, 3);
    assert_eq!(waited, 3_000);
    assert_eq!(script.slow(Purpose::Create, "30"), first);
    assert_eq!(script.failure(), Some(FailureKind::RateLimited), "once");
    // The next press keeps to the pause as well.
    script.state(attempt("att_1", "new", ""));
    script.pay();
    assert_eq!(
        script.stage(),
        Stage::Waiting(Waiting::Pause { seconds: 30 })
    );
    assert_eq!(until_over(&mut script, 30), 30_000);
    script.tokenized();
    script.state(attempt("att_1", "new", ""));
    assert_eq!(key(&script.take(Purpose::Create).1), "att_1");
}

#[test]
fn f18_the_security_code_is_kept_while_a_card_waits_to_be_registered() {
    let mut script = Script::ready();
    script.pay();
    let first = script.slow(Purpose::Tokenize, "3");
    assert_eq!(script.cleared_cvc, 0);
    until_over(&mut script, 3);
    let again = script.slow(Purpose::Tokenize, "3");
    assert_eq!(again, first);
    assert_eq!(script.failure(), Some(FailureKind::RateLimited));
    assert_eq!(script.cleared_cvc, 1, "at most for the wait");
}

#[test]
fn f19_too_long_a_pause_is_not_waited_for() {
    for retry_after in ["61", "315360000", "Fri, 15 Jan 2037 08:00:00 GMT"] {
        let mut script = Script::paying();
        script.slow(Purpose::Create, retry_after);
        assert_eq!(
            script.failure(),
            Some(FailureKind::RateLimited),
            "{retry_after}"
        );
    }
    for retry_after in ["-1", "abc", "Fri, 15 Jan 2021 08:00:00 GMT", ""] {
        let mut script = Script::paying();
        script.slow(Purpose::Create, retry_after);
        assert_eq!(
            script.stage(),
            Stage::Waiting(Waiting::Pause { seconds: 5 }),
            "{retry_after}"
        );
    }
}

#[test]
fn f14_f18_without_an_id_nothing_goes_out_again_by_itself() {
    let mut script = Script::new();
    script.state(state(|s| s["features"] = json!(["status"])));
    script.pay();
    script.tokenized();
    let error = json!({"status": "error", "error": [{"code": "rate_limited", "msg": ""}]});
    script.respond(Purpose::Create, 429, &error.to_string());
    assert_eq!(script.failure(), Some(FailureKind::RateLimited));
    assert!(!script.waits_for(Purpose::Create));
}

#[test]
fn f14_a_lost_call_without_an_id_is_asked_about_and_never_sent_again() {
    let without_ids = |s: &mut serde_json::Value| s["features"] = json!(["status"]);
    let mut script = Script::new();
    script.state(state(without_ids));
    script.pay();
    script.tokenized();
    script.lose(Purpose::Create);
    for _ in 0..10 {
        // "Never seen" may mean "not yet".
        script.state(state(without_ids));
        assert_eq!(script.stage(), Stage::Checking);
        assert!(!script.waits_for(Purpose::Create));
        script.wait();
    }
}
