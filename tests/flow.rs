//! Whole payments as event scripts: what comes in, what is sent, what is shown.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test may")]

#[path = "flow/challenges.rs"]
mod challenges;
#[path = "flow/direct.rs"]
mod direct;
#[path = "flow/leaving.rs"]
mod leaving;
#[path = "flow/networks.rs"]
mod networks;
#[path = "flow/refusals.rs"]
mod refusals;
#[path = "flow/returning.rs"]
mod returning;
#[path = "flow/script.rs"]
mod script;
#[path = "flow/support.rs"]
mod support;
#[path = "flow/waiting.rs"]
mod waiting;

use fanfare_checkout::{
    card::{Field, Form},
    embed::Told,
    flow::{Call, Event, Purpose},
    http::{NoAnswer, Request, Response},
    outcome::FailureKind,
    screen::{Intent, Notice, Stage, Waiting},
};
use serde_json::{Value, json};

use script::{ORDER, OTHER, Script, answer, attempt, body, form, key, state, token};

#[test]
fn a_card_is_tokenized_charged_and_forgotten() {
    let mut script = Script::ready();
    assert_eq!(script.told("ready"), 1);
    script.pay();
    assert_eq!(script.stage(), Stage::Busy);
    let tokenize = script.tokenized();
    assert_eq!(body(&tokenize)["number"], "4242424242424242");
    assert_eq!(body(&tokenize)["expiry_year"], 2030);
    assert_eq!(
        script.cleared_cvc, 1,
        "the security code goes when the token comes"
    );
    let create = script.reply(Purpose::Create, answer("succeeded", "", ""));
    assert_eq!(
        create.url,
        "https://pay.example/demo/v1/checkout/create_payment"
    );
    assert_eq!(
        body(&create),
        json!({"payment_method_token": "tok_1", "order_id": ORDER})
    );
    let key = create
        .headers
        .iter()
        .find(|(name, _)| *name == "idempotency-key")
        .unwrap();
    assert_eq!(key.1.expose(), "att_1");
    assert_eq!(script.stage(), Stage::Paid);
    assert_eq!((script.cleared_card, script.told("succeeded")), (1, 1));
}

#[test]
fn manual_capture_reads_authorised() {
    let mut script = Script::new();
    script.state(state(|s| s["capture"] = json!("manual")));
    script.pay();
    script.tokenized();
    script.reply(Purpose::Create, answer("succeeded", "", ""));
    assert_eq!(script.stage(), Stage::Authorised);
}

#[test]
fn f01_f02_f03_pay_pressed_again_and_again_sends_once() {
    let mut script = Script::ready();
    for _ in 0..50 {
        script.pay();
    }
    assert_eq!(script.sent.len(), 1);
    script.tokenized();
    script.pay();
    assert_eq!(script.sent.len(), 1, "only create_payment is out");
    script.reply(Purpose::Create, answer("succeeded", "", ""));
    script.pay();
    assert!(script.sent.is_empty(), "a paid order takes no more");
}

#[test]
fn wrong_fields_are_named_together_and_nothing_is_sent() {
    let mut script = Script::ready();
    script.intent(Intent::Submitted(Form::default()));
    let problems = script.screen().problems;
    for field in [Field::Number, Field::Expiry, Field::Cvc, Field::Name] {
        assert!(problems.get(field).is_some(), "{field:?}");
    }
    assert_eq!(problems.first(), Some(Field::Number));
    assert!(script.sent.is_empty());
}

#[test]
fn a08_an_error_comes_on_leaving_a_field_and_goes_when_it_is_cured() {
    let mut script = Script::ready();
    let number = |text: &str| Form {
        number: text.to_owned().into(),
        ..Form::default()
    };
    let wrong = |script: &Script| script.screen().problems.get(Field::Number).is_some();
    script.intent(Intent::Blurred(Field::Number, number("")));
    assert!(!wrong(&script), "passing through is no mistake");
    script.intent(Intent::Edited(Field::Number, number("4242")));
    assert!(!wrong(&script), "nobody is scolded while typing");
    script.intent(Intent::Blurred(Field::Number, number("4242")));
    assert!(wrong(&script));
    script.intent(Intent::Edited(Field::Number, number("4242 4242 4242 4242")));
    assert!(!wrong(&script));
    assert!(script.sent.is_empty(), "A23: nothing is sent without Pay");
}

#[test]
fn a_decline_keeps_the_form_and_the_next_try_uses_the_next_attempt() {
    let mut script = Script::paying();
    script.reply(Purpose::Create, {
        let mut declined = answer("failed", "", "No funds");
        declined["failure"] = json!({"kind": "insufficient_funds", "retry": "other_card"});
        declined
    });
    assert_eq!(script.stage(), Stage::Form);
    assert_eq!(script.failure(), Some(FailureKind::InsufficientFunds));
    assert_eq!(script.screen().support.as_deref(), Some("req_9"));
    assert_eq!(script.cleared_card, 0, "I9: what a retry can keep is kept");
    // Faster than the state: the token waits for the new id rather than using the old one.
    script.pay();
    script.tokenized();
    assert!(!script.waits_for(Purpose::Create));
    script.state(attempt("att_2", "new", ""));
    let (_, create) = script.take(Purpose::Create);
    assert!(
        create
            .headers
            .iter()
            .any(|(_, value)| value.expose() == "att_2")
    );
}

#[test]
fn f23_f24_envelope_and_bare_object_are_read_and_an_error_in_200_is_an_error() {
    let mut script = Script::paying();
    script.reply(Purpose::Create, answer("succeeded", "", "")["data"].clone());
    assert_eq!(script.stage(), Stage::Paid);

    let mut script = Script::paying();
    script.reply(
        Purpose::Create,
        json!({"status": "error", "req_id": "r",
        "error": [{"msg": "Bad request", "code": "bad_request", "type": "api_exception"}]}),
    );
    assert_eq!(
        script.failure(),
        Some(FailureKind::MerchantMisconfiguration)
    );
}

#[test]
fn f25_f26_what_cannot_be_understood_is_checked_and_never_called_failed_or_paid() {
    let cases = [
        "",
        "{",
        "null",
        "[]",
        "<html>",
        "NaN",
        r#"{"data":{}}"#,
        r#"{"data":null}"#,
        r#"{"action_required_token":"","checkout_status":7,"failed_message_for_user":"","order_id":null}"#,
        r#"{"action_required_token":5,"checkout_status":"succeeded","failed_message_for_user":"","order_id":null}"#,
        r#"{"checkout_status":"succeeded","failed_message_for_user":"","order_id":null}"#,
        r#"{"action_required_token":"","failed_message_for_user":"","order_id":null}"#,
    ];
    for case in cases {
        let mut script = Script::paying();
        script.respond(Purpose::Create, 200, case);
        assert_eq!(script.stage(), Stage::Checking, "{case}");
        assert!(script.waits_for(Purpose::State), "{case}");
    }
    for status in [500, 502, 503, 504, 409, 422] {
        let mut script = Script::paying();
        script.respond(Purpose::Create, status, "<html>");
        assert_eq!(script.stage(), Stage::Checking, "{status}");
    }
}

#[test]
fn f10_f11_f16_a_lost_answer_is_asked_for_and_turns_into_paid() {
    let mut script = Script::paying();
    script.lose(Purpose::Create);
    assert_eq!(script.stage(), Stage::Checking);
    script.state(attempt("att_1", "creating", ""));
    assert_eq!(script.stage(), Stage::Checking);
    script.wait();
    script.state(state(|s| s["order"] = json!("paid")));
    assert_eq!(script.stage(), Stage::Paid);
}

#[test]
fn f12_an_attempt_the_backend_has_never_seen_is_sent_again_with_the_same_id_and_token() {
    let mut script = Script::paying();
    let (call, first) = script.take(Purpose::Create);
    script.event(Event::Answered(call, Err(NoAnswer::Lost)));
    for _ in 0..3 {
        script.state(attempt("att_1", "new", ""));
        let (call, again) = script.take(Purpose::Create);
        assert_eq!(again, first);
        script.event(Event::Answered(call, Err(NoAnswer::Lost)));
    }
    script.state(attempt("att_1", "new", ""));
    assert!(!script.waits_for(Purpose::Create), "four times is enough");
    assert_eq!(script.stage(), Stage::Checking);
}

#[test]
fn f18_a_refused_repeat_says_nothing_of_the_first_call() {
    let busy =
        r#"{"status":"error","error":[{"msg":"","code":"rate_limited","type":"api_exception"}]}"#;
    let mut script = Script::paying();
    script.lose(Purpose::Create);
    script.state(attempt("att_1", "new", ""));
    script.respond(Purpose::Create, 429, busy);
    assert_eq!(
        script.stage(),
        Stage::Checking,
        "the lost call may have charged"
    );
    script.state(state(|s| s["order"] = json!("paid")));
    assert_eq!(script.stage(), Stage::Paid);
}

#[test]
fn f14_without_key_or_status_it_is_sent_once_and_said_to_be_unknown() {
    let mut script = Script::new();
    script.state(state(|s| s["features"] = json!([])));
    script.pay();
    script.tokenized();
    let (call, create) = script.take(Purpose::Create);
    assert!(
        create
            .headers
            .iter()
            .all(|(name, _)| *name != "idempotency-key")
    );
    assert_eq!(body(&create)["client_metadata"]["attempt_id"], "att_1");
    script.sent.clear();
    let timers = script.timers.len();
    script.event(Event::Answered(call, Err(NoAnswer::Lost)));
    assert_eq!(script.stage(), Stage::Unknown, "nobody can be asked");
    assert!(!script.screen().can_ask);
    for event in [
        Event::Woken,
        Event::Connection(false),
        Event::Connection(true),
        Event::Shopper(Intent::CheckAgain),
        Event::Shopper(Intent::Submitted(form("4242 4242 4242 4242"))),
    ] {
        script.event(event);
    }
    assert!(script.sent.is_empty(), "sent once, by nobody again");
    assert_eq!(script.timers.len(), timers);
    assert_eq!(
        script.told.last(),
        Some(&Told::Error {
            code: "outcome_unknown"
        })
    );
    script.event(Event::Answered(
        call,
        Ok(Response {
            status: 200,
            retry_after: None,
            body: answer("succeeded", "", "").to_string(),
        }),
    ));
    assert_eq!(script.stage(), Stage::Paid, "a late answer still counts");
}

#[test]
fn f14_without_a_state_each_try_has_an_id_of_its_own_and_nothing_is_asked() {
    let mut script = Script::new();
    script.state(state(|s| s["features"] = json!([])));
    for id in ["att_1", "att_1-1", "att_1-2"] {
        script.pay();
        script.tokenized();
        let create = script.reply(Purpose::Create, answer("failed", "", ""));
        assert_eq!(body(&create)["client_metadata"]["attempt_id"], id);
        assert_eq!(script.stage(), Stage::Form);
        script.event(Event::Woken);
        assert!(script.sent.is_empty(), "there is no state to ask for");
    }
}

#[test]
fn f27_an_unknown_status_is_told_once_and_checked() {
    let mut script = Script::paying();
    script.reply(Purpose::Create, answer("on_hold", "", ""));
    assert_eq!(script.stage(), Stage::Checking);
    assert_eq!(
        script.told.last(),
        Some(&Told::Unknown {
            raw: "on_hold".into()
        })
    );
    script.state(attempt("att_1", "processing", ""));
    assert_eq!(script.stage(), Stage::Processing);
}

#[test]
fn f29_an_action_outranks_the_status() {
    let mut script = Script::paying();
    script.reply(
        Purpose::Create,
        answer("succeeded", &token("https://acs.example/x"), ""),
    );
    assert!(matches!(script.stage(), Stage::Challenge(_)));
    assert_eq!(script.told("succeeded"), 0);
}

#[test]
fn f30_messages_of_the_backend_are_capped_and_empty_ones_are_none() {
    let mut script = Script::paying();
    script.reply(Purpose::Create, answer("failed", "", &"x".repeat(10_000)));
    let Some(Notice::Failed {
        message: Some(message),
        ..
    }) = script.screen().notice
    else {
        panic!("no message");
    };
    assert_eq!(message.chars().count(), 300);
    assert!(message.ends_with('…'), "it is cut and does not say so");
    let mut script = Script::paying();
    script.reply(Purpose::Create, answer("failed", "", ""));
    assert!(matches!(
        script.screen().notice,
        Some(Notice::Failed { message: None, .. })
    ));
}

#[test]
fn f31_processing_is_not_failure_and_offers_no_pay() {
    let mut script = Script::paying();
    script.reply(Purpose::Create, answer("processing", "", ""));
    assert_eq!(script.stage(), Stage::Processing);
    script.pay();
    assert!(!script.waits_for(Purpose::Tokenize));
    script.state(attempt("att_1", "processing", ""));
    for _ in 0..10 {
        script.wait();
        script.state(attempt("att_1", "processing", ""));
    }
    assert_eq!(script.told("processing"), 1);
    script.wait();
    script.state(state(|s| s["order"] = json!("paid")));
    assert_eq!(script.stage(), Stage::Paid);
}

#[test]
fn f31_processing_stays_until_the_state_knows_of_it() {
    let mut script = Script::paying();
    script.reply(Purpose::Create, answer("processing", "", ""));
    script.state(attempt("att_1", "new", ""));
    for _ in 0..30 {
        assert_eq!(script.stage(), Stage::Processing, "the state lags behind");
        script.wait();
        script.state(attempt("att_1", "new", ""));
    }
    assert_eq!(
        (script.told("cancelled"), script.told("processing")),
        (0, 1)
    );
    script.wait();
    script.state(state(|s| {
        s["attempt"]["id"] = json!("att_2");
        s["last"] = json!({"id": "att_1", "cancelled": false, "failure": {"kind": "card_declined"},
            "failedMessageForUser": "", "reqId": "req_3"});
    }));
    assert_eq!(script.failure(), Some(FailureKind::CardDeclined));
}

#[test]
fn f32_cancelled_leaves_a_usable_form() {
    let mut script = Script::paying();
    script.reply(Purpose::Create, answer("cancelled", "", ""));
    assert_eq!(script.screen().notice, Some(Notice::PaymentCancelled));
    assert_eq!(script.stage(), Stage::Form);
}

#[test]
fn f33_f34_a_changed_order_id_is_used_and_null_keeps_the_old_one() {
    for (sent, expected) in [(json!(OTHER), OTHER), (json!(null), ORDER)] {
        let mut script = Script::paying();
        let mut changed = answer("processing", &token("https://acs.example/x"), "");
        changed["data"]["order_id"] = sent;
        script.reply(Purpose::Create, changed);
        script.wait();
        script.reply(
            Purpose::Poll,
            json!({"status": "COMPLETE", "id": "resume_1"}),
        );
        let resume = script.reply(Purpose::Resume, answer("succeeded", "", ""));
        assert_eq!(
            body(&resume),
            json!({"resume_token": "resume_1", "order_id": expected})
        );
    }
    let mut script = Script::paying();
    let mut broken = answer("succeeded", "", "");
    broken["data"]["order_id"] = json!("not-a-uuid");
    script.reply(Purpose::Create, broken);
    assert_eq!(script.stage(), Stage::Checking);
}

#[test]
fn f33_a_success_under_another_orders_name_is_asked_about_where_somebody_can_be_asked() {
    let mut other = answer("succeeded", "", "");
    other["data"]["order_id"] = json!(OTHER);
    for (told, stage) in [
        (attempt("att_1", "creating", ""), Stage::Checking),
        (state(|s| s["order"] = json!("paid")), Stage::Paid),
    ] {
        let mut script = Script::paying();
        script.reply(Purpose::Create, other.clone());
        assert_eq!(script.stage(), Stage::Checking);
        assert_eq!(script.told("succeeded"), 0);
        script.state(told);
        assert_eq!(script.stage(), stage);
    }
    // An answer that comes late is no better.
    let mut script = Script::paying();
    let (call, _) = script.take(Purpose::Create);
    script.wait();
    let late = Response {
        status: 200,
        retry_after: None,
        body: other.to_string(),
    };
    script.event(Event::Answered(call, Ok(late)));
    assert_eq!(script.stage(), Stage::Checking);
    // An order that was renamed before is ours.
    let mut script = Script::paying();
    let mut renamed = answer("processing", &token("https://acs.example/x"), "");
    renamed["data"]["order_id"] = json!(OTHER);
    script.reply(Purpose::Create, renamed);
    script.wait();
    script.reply(Purpose::Poll, json!({"status": "COMPLETE", "id": "r"}));
    script.reply(Purpose::Resume, other.clone());
    assert_eq!(script.stage(), Stage::Paid);
    // Nobody can be asked: the answer is all there is.
    let mut script = Script::new();
    script.state(state(|s| s["features"] = json!([])));
    script.pay();
    script.tokenized();
    script.reply(Purpose::Create, other);
    assert_eq!(script.stage(), Stage::Paid);
}

#[test]
fn a_challenge_passes_refuses_and_cancels() {
    for (status, stage) in [
        ("succeeded", Stage::Paid),
        ("failed", Stage::Form),
        ("cancelled", Stage::Form),
    ] {
        let mut script = Script::challenged();
        script.wait();
        let poll = script.reply(Purpose::Poll, json!({"status": "PENDING", "id": "early"}));
        assert!(
            poll.headers
                .iter()
                .any(|(n, v)| *n == "primer-client-token" && v.expose() == "acc")
        );
        script.wait();
        script.reply(
            Purpose::Poll,
            json!({"status": "COMPLETE", "id": "resume_1"}),
        );
        assert_eq!(script.stage(), Stage::Confirming);
        script.reply(Purpose::Resume, answer(status, "", ""));
        assert_eq!(script.stage(), stage, "{status}");
    }
}

#[test]
fn f39_actions_that_cannot_be_shown_give_the_attempt_back() {
    for bad in [
        "garbage",
        &token("javascript:alert(1)"),
        &token("http://acs.example/"),
    ] {
        let mut script = Script::paying();
        script.reply(Purpose::Create, answer("processing", bad, ""));
        assert_eq!(script.stage(), Stage::Confirming, "nothing is opened");
        let cancel = script.reply(Purpose::Cancel, attempt("att_2", "new", ""));
        assert_eq!(body(&cancel), json!({"attempt": "att_1"}));
        assert_eq!(script.failure(), Some(FailureKind::ActionUnsupported));
    }
}

#[test]
fn f40_at_most_five_actions() {
    let mut script = Script::challenged();
    for round in 1..=5 {
        script.wait();
        script.reply(Purpose::Poll, json!({"status": "COMPLETE", "id": "r"}));
        script.reply(
            Purpose::Resume,
            answer("processing", &token("https://acs.example/y"), ""),
        );
        assert_eq!(
            matches!(script.stage(), Stage::Challenge(_)),
            round < 5,
            "round {round}"
        );
    }
    script.reply(Purpose::Cancel, attempt("att_2", "new", ""));
    assert_eq!(script.failure(), Some(FailureKind::ActionLoop));
}

#[test]
fn f42_leaving_the_challenge_asks_first_and_the_backend_decides() {
    let mut script = Script::challenged();
    script.intent(Intent::AbandonChallenge);
    assert!(
        matches!(script.stage(), Stage::Challenge(_)),
        "not without the question"
    );
    script.intent(Intent::LeaveChallenge);
    script.intent(Intent::StayInChallenge);
    script.intent(Intent::LeaveChallenge);
    script.intent(Intent::AbandonChallenge);
    assert_eq!(script.stage(), Stage::Confirming);
    script.reply(Purpose::Cancel, attempt("att_2", "new", ""));
    assert_eq!(script.screen().notice, Some(Notice::ChallengeCancelled));

    let mut script = Script::challenged();
    script.intent(Intent::LeaveChallenge);
    script.intent(Intent::AbandonChallenge);
    script.reply(Purpose::Cancel, state(|s| s["order"] = json!("paid")));
    assert_eq!(script.stage(), Stage::Paid, "the bank had approved already");
}

#[test]
fn f43_a_challenge_has_ten_minutes() {
    let mut script = Script::challenged();
    script.now_ms = 600_000;
    script.wait();
    assert_eq!(script.stage(), Stage::Confirming);
    script.reply(Purpose::Cancel, attempt("att_2", "new", ""));
    assert_eq!(script.failure(), Some(FailureKind::AuthenticationTimeout));
}

#[test]
fn f38_a_failing_tokenizer_charges_nothing_and_says_so() {
    let mut script = Script::ready();
    script.pay();
    script.respond(Purpose::Tokenize, 503, "");
    assert_eq!(script.failure(), Some(FailureKind::TokenizerUnavailable));
    assert!(!script.waits_for(Purpose::Create));
}

#[test]
fn f09_offline_sends_nothing() {
    let mut script = Script::ready();
    script.pay();
    assert_eq!(script.stage(), Stage::Busy);
    script.event(Event::Connection(false));
    let (call, first) = script.take(Purpose::Tokenize);
    script.event(Event::Answered(call, Err(NoAnswer::NotSent)));
    assert_eq!(script.stage(), Stage::Waiting(Waiting::Connection));
    assert!(script.screen().offline);
    assert!(script.sent.is_empty());
    assert_eq!(script.cleared_cvc, 0, "I9: the security code is kept");
    script.event(Event::Connection(true));
    assert_eq!(script.take(Purpose::Tokenize).1, first, "it goes by itself");
    assert!(!script.screen().offline);
}

#[test]
fn f07_another_tab_has_paid() {
    let mut script = Script::paying();
    script.reply(Purpose::Create, json!({"status": "error", "error": [{"msg": "", "code": "attempt_reused", "type": "api_exception"}]}));
    assert_eq!(script.stage(), Stage::Checking);
    script.state(state(|s| s["order"] = json!("paid")));
    assert_eq!(script.stage(), Stage::Paid);
}

#[test]
fn f57_f58_a_reload_lands_on_the_true_state() {
    let cases = [
        (attempt("att_1", "new", ""), Stage::Form),
        (attempt("att_1", "creating", ""), Stage::Checking),
        (attempt("att_1", "unknown", ""), Stage::Checking),
        (attempt("att_1", "processing", ""), Stage::Processing),
        (state(|s| s["order"] = json!("paid")), Stage::Paid),
        (
            state(|s| s["order"] = json!("authorised")),
            Stage::Authorised,
        ),
        (state(|s| s["order"] = json!("cancelled")), Stage::Cancelled),
        (state(|s| s["order"] = json!("expired")), Stage::Expired),
    ];
    for (state, stage) in cases {
        let mut script = Script::new();
        script.state(state.clone());
        assert_eq!(script.stage(), stage, "{state}");
    }
    let mut script = Script::new();
    script.state(attempt("att_1", "action", &token("https://acs.example/x")));
    assert!(matches!(script.stage(), Stage::Challenge(_)));
}

#[test]
fn f70_a_session_that_cannot_be_loaded_says_so_and_can_be_tried_again() {
    for (status, retry, asked) in [(404, false, 1), (403, false, 1), (500, true, 3)] {
        let mut script = Script::new();
        for more in (0..asked).rev() {
            assert_eq!(script.stage(), Stage::Loading, "{status}");
            script.respond(Purpose::State, status, "");
            if more > 0 {
                script.wait();
            }
        }
        assert_eq!(script.stage(), Stage::Unavailable { retry });
        script.intent(Intent::CheckAgain);
        assert!(script.waits_for(Purpose::State));
    }
    let mut script = Script::new();
    script.wait();
    assert_eq!(
        script.stage(),
        Stage::Unavailable { retry: true },
        "no answer at all"
    );
}

#[test]
fn a_late_answer_moves_nothing_but_paid() {
    let mut script = Script::paying();
    let (call, _) = script.take(Purpose::Create);
    script.wait();
    assert_eq!(script.stage(), Stage::Checking);
    let late = |body: Value| Response {
        status: 200,
        retry_after: None,
        body: body.to_string(),
    };
    script.event(Event::Answered(call, Ok(late(answer("failed", "", "")))));
    assert_eq!(script.stage(), Stage::Checking);
    script.event(Event::Answered(call, Ok(late(answer("succeeded", "", "")))));
    assert_eq!(script.stage(), Stage::Paid);
}

#[test]
fn a_stray_answer_or_timer_after_the_end_is_ignored() {
    let mut script = Script::paying();
    script.reply(Purpose::Create, answer("succeeded", "", ""));
    let before = script.screen();
    for purpose in [
        Purpose::State,
        Purpose::Create,
        Purpose::Resume,
        Purpose::Poll,
        Purpose::Cancel,
        Purpose::Tokenize,
    ] {
        for epoch in 0..9 {
            let call = Call { epoch, purpose };
            script.event(Event::Answered(call, Err(NoAnswer::Lost)));
            script.event(Event::Timer { epoch });
        }
    }
    script.event(Event::Woken);
    assert_eq!(script.screen(), before);
    assert_eq!(script.told("succeeded"), 1);
}

#[test]
fn paid_is_never_taken_back() {
    for later in [
        state(|s| s["order"] = json!("cancelled")),
        state(|s| s["order"] = json!("expired")),
        attempt("att_1", "action", &token("https://acs.example/x")),
        attempt("att_1", "unknown", ""),
    ] {
        let mut script = Script::paying();
        script.reply(Purpose::Create, answer("succeeded", "", ""));
        for epoch in 0..9 {
            let call = Call {
                epoch,
                purpose: Purpose::State,
            };
            let response = Response {
                status: 200,
                retry_after: None,
                body: later.to_string(),
            };
            script.event(Event::Answered(call, Ok(response)));
        }
        assert_eq!(script.stage(), Stage::Paid, "{later}");
    }
}

/// Presses Pay until `create_payment` is out again, whatever it takes from the state.
fn pay_again(script: &mut Script, state: Value) -> Request {
    script.pay();
    script.tokenized();
    if !script.waits_for(Purpose::Create) {
        script.state(state);
    }
    script.take(Purpose::Create).1
}

#[test]
fn f09_f18_an_attempt_that_never_began_can_be_tried_again() {
    let refused = |code| {
        json!({"status": "error", "req_id": "r", "error": [{"msg": "", "code": code, "type": "api_exception"}]}).to_string()
    };
    let cases = [
        None,
        Some((429, refused("rate_limited"))),
        Some((400, refused("bad_request"))),
    ];
    for case in cases {
        let mut script = Script::paying();
        match &case {
            None => {
                script.event(Event::Connection(false));
                let (call, _) = script.take(Purpose::Create);
                script.event(Event::Answered(call, Err(NoAnswer::NotSent)));
                assert_eq!(script.stage(), Stage::Waiting(Waiting::Connection));
                script.intent(Intent::StopWaiting);
                script.event(Event::Connection(true));
            }
            Some((status, body)) => {
                script.respond(Purpose::Create, *status, body);
                script.intent(Intent::StopWaiting);
                // The pause that was asked for.
                script.now_ms += 5_000;
            }
        }
        assert_eq!(script.stage(), Stage::Form, "{case:?}");
        // The backend never stored it, so that it hands out the same id.
        script.state(attempt("att_1", "new", ""));
        if script.screen().is_barred() {
            script.intent(Intent::CheckAgain);
            script.state(attempt("att_1", "new", ""));
        }
        let create = pay_again(&mut script, attempt("att_1", "new", ""));
        assert_eq!(key(&create), "att_1", "{case:?}");
    }
}

#[test]
fn f15_an_error_of_the_backend_itself_is_repeated_with_the_same_id_and_token() {
    let mut script = Script::paying();
    let (call, first) = script.take(Purpose::Create);
    let error = json!({"status": "error", "req_id": "r", "error": [{"msg": "", "code": "internal_error", "type": "api_exception"}]});
    script.event(Event::Answered(
        call,
        Ok(Response {
            status: 500,
            retry_after: None,
            body: error.to_string(),
        }),
    ));
    assert_eq!(script.stage(), Stage::Checking);
    script.state(attempt("att_1", "new", ""));
    assert_eq!(script.take(Purpose::Create).1, first);
}

#[test]
fn f12_a_call_that_never_arrives_gives_the_form_back_in_the_end() {
    let mut script = Script::paying();
    for _ in 0..4 {
        script.lose(Purpose::Create);
        script.state(attempt("att_1", "new", ""));
    }
    let exhausted = script.now_ms;
    for _ in 0..20 {
        if script.stage() != Stage::Checking {
            break;
        }
        script.wait();
        script.state(attempt("att_1", "new", ""));
    }
    assert_eq!(script.stage(), Stage::Form);
    assert!(
        script.now_ms - exhausted > 30_000,
        "a call may still be on its way"
    );
    assert_eq!(script.failure(), Some(FailureKind::GatewayUnavailable));
    script.state(attempt("att_1", "new", ""));
    // The same id again: if the lost call arrives after all, only one of the two counts.
    let create = pay_again(&mut script, attempt("att_1", "new", ""));
    assert_eq!(key(&create), "att_1");
}

#[test]
fn f39_without_cancel_an_action_that_cannot_be_shown_is_asked_about_in_measure() {
    let mut script = Script::new();
    let bad = |s: &mut Value| {
        s["features"] = json!(["idempotency-key", "status"]);
        s["attempt"] = json!({"id": "att_1", "phase": "action", "actionRequiredToken": "garbage"});
    };
    script.state(state(bad));
    for _ in 0..3 {
        assert_eq!(script.stage(), Stage::Checking);
        assert!(
            !script.waits_for(Purpose::State),
            "asked again without a pause"
        );
        script.wait();
        script.state(state(bad));
    }
}

#[test]
fn t20_a_changed_price_is_shown_before_it_is_charged() {
    let dearer = |id: &str| {
        state(|s| {
            s["amount"] = json!(9900);
            s["lines"][0]["amount"] = json!(9900);
            s["attempt"]["id"] = json!(id);
        })
    };
    // The next attempt's id comes with another amount than the one Pay was pressed for.
    let mut script = Script::paying();
    script.reply(Purpose::Create, answer("failed", "", ""));
    script.pay();
    script.tokenized();
    script.state(dearer("att_2"));
    assert!(!script.waits_for(Purpose::Create), "never seen, not paid");
    assert_eq!(script.stage(), Stage::Form);
    assert_eq!(script.screen().order.unwrap().total.minor, 9900);
    script.state(dearer("att_2"));
    assert_eq!(key(&pay_again(&mut script, dearer("att_2"))), "att_2");

    // The backend refuses an id that was handed out for the old amount.
    let mut script = Script::paying();
    script.respond(Purpose::Create, 409, &json!({"status": "error", "req_id": "r", "error": [{"msg": "", "code": "order_changed", "type": "api_exception"}]}).to_string());
    assert_eq!(script.stage(), Stage::Form);
    assert_eq!(script.screen().notice, Some(Notice::OrderChanged));
    script.state(dearer("att_2"));
    assert_eq!(key(&pay_again(&mut script, dearer("att_2"))), "att_2");

    // A call that got lost is not repeated for another amount.
    let mut script = Script::paying();
    script.lose(Purpose::Create);
    script.state(dearer("att_1"));
    assert!(!script.waits_for(Purpose::Create));
}
