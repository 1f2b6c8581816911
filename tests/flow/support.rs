//! The support code: the same on the screen, in the event, and in the answer it came from.

use fanfare_checkout::{
    embed::Told,
    flow::Purpose,
    screen::{Intent, Stage},
};
use serde_json::{Value, json};

use crate::script::{Script, answer, attempt, state, token};

/// The code of the newest event that has one.
fn told(script: &Script) -> Option<&str> {
    script.told.iter().rev().find_map(|told| match told {
        Told::Declined { req_id, .. }
        | Told::Cancelled { req_id, .. }
        | Told::Processing { req_id, .. } => Some(req_id.as_str()),
        _ => None,
    })
}

fn after(last: Value) -> Value {
    state(|s| {
        s["attempt"]["id"] = json!("att_2");
        s["last"] = last;
    })
}

#[test]
fn f43_what_is_left_at_the_bank_keeps_the_code_of_its_payment() {
    let cancelled = |id: &str, code: &str| {
        json!({"id": id, "cancelled": true, "failure": {"kind": "cancelled"},
            "failedMessageForUser": "", "reqId": code})
    };
    let nothing = attempt("att_2", "new", "");
    for (state, code) in [
        (nothing, "req_9"),
        (after(cancelled("att_0", "req_0")), "req_9"),
        (after(cancelled("att_1", "")), "req_9"),
        (after(cancelled("att_1", "req_12")), "req_12"),
    ] {
        for left in [true, false] {
            let mut script = Script::challenged();
            assert_eq!(script.screen().support, None, "nothing is wrong yet");
            if left {
                script.intent(Intent::LeaveChallenge);
                script.intent(Intent::AbandonChallenge);
            } else {
                script.now_ms = 600_000;
                script.wait();
            }
            script.reply(Purpose::Cancel, state.clone());
            assert_eq!(script.stage(), Stage::Form);
            let name = if left { "cancelled" } else { "declined" };
            assert_eq!(script.told(name), 1);
            assert_eq!(script.screen().support.as_deref(), Some(code), "{name}");
            assert_eq!(told(&script), Some(code), "{name}");
        }
    }
    // Reloaded at the bank: the state knows the code.
    let mut script = Script::new();
    let mut reloaded = attempt("att_1", "action", &token("https://acs.example/x"));
    reloaded["attempt"]["reqId"] = json!("req_4");
    script.state(reloaded);
    script.intent(Intent::LeaveChallenge);
    script.intent(Intent::AbandonChallenge);
    script.reply(Purpose::Cancel, attempt("att_2", "new", ""));
    assert_eq!(told(&script), Some("req_4"));
}

#[test]
fn processing_cancelled_and_declined_carry_the_code_on_the_screen() {
    for status in ["processing", "cancelled", "failed"] {
        let mut script = Script::paying();
        script.reply(Purpose::Create, answer(status, "", ""));
        assert_eq!(
            script.screen().support.as_deref(),
            Some("req_9"),
            "{status}"
        );
        assert_eq!(told(&script), Some("req_9"), "{status}");
    }
    // Found out by asking.
    let mut script = Script::new();
    let mut pending = attempt("att_1", "processing", "");
    pending["attempt"]["reqId"] = json!("req_4");
    script.state(pending);
    assert_eq!(told(&script), Some("req_4"));
    let detail = serde_json::to_value(script.told.last().unwrap().detail()).unwrap();
    assert_eq!(detail["reqId"], "req_4");
}

#[test]
fn an_open_payment_shows_its_support_code_after_a_reload_and_a_lost_answer() {
    let open = |id: &str, phase: &str| {
        state(|s| s["attempt"] = json!({"id": id, "phase": phase, "reqId": "req_7\u{202e}"}))
    };
    for phase in ["creating", "unknown", "processing"] {
        let mut script = Script::new();
        script.state(open("att_1", phase));
        assert_eq!(script.screen().support.as_deref(), Some("req_7"), "{phase}");
    }
    let mut script = Script::paying();
    script.lose(Purpose::Create);
    assert_eq!(script.stage(), Stage::Checking);
    assert_eq!(script.screen().support, None, "no answer, no code");
    script.state(open("att_1", "unknown"));
    assert_eq!(script.screen().support.as_deref(), Some("req_7"));
}
