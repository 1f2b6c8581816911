//! Calls that are turned away: what is asked, what is repeated, what is shown.

use fanfare_checkout::{
    card::{Field, Form, Problem},
    embed::Told,
    flow::{Event, Purpose},
    outcome::FailureKind,
    screen::{Intent, Stage},
};
use serde_json::{Value, json};

use crate::script::{Script, answer, attempt, form, state};

fn error(code: &str) -> Value {
    json!({"status": "error", "req_id": "req_5", "error": [{"msg": "no", "code": code, "type": "api_exception"}]})
}

#[test]
fn f20_an_ended_session_is_asked_for_once_and_never_loops() {
    for (status, body) in [
        (401, error("unauthorized").to_string()),
        (403, r#"{"error":"origin not allowed"}"#.to_owned()),
        (401, String::new()),
    ] {
        let mut script = Script::paying();
        script.respond(Purpose::Create, status, &body);
        script.state(attempt("att_1", "new", ""));
        assert_eq!(script.stage(), Stage::Form, "{status}");
        assert!(!script.waits_for(Purpose::Create), "not sent again");
        assert_eq!(script.failure(), Some(FailureKind::GatewayUnavailable));
        assert_eq!(script.cleared_card, 0, "I9: what was typed stays");

        let mut script = Script::paying();
        script.respond(Purpose::Create, status, &body);
        script.respond(Purpose::State, 403, "{}");
        assert_eq!(script.stage(), Stage::Unavailable { retry: true });
        assert!(script.sent.is_empty());
        assert_eq!(script.cleared_card, 0);
    }
    // After a lost call a refusal says nothing of it.
    let mut script = Script::paying();
    script.lose(Purpose::Create);
    script.state(attempt("att_1", "new", ""));
    script.respond(Purpose::Create, 401, "");
    script.state(attempt("att_1", "new", ""));
    assert_eq!(script.stage(), Stage::Checking);
}

#[test]
fn f23_what_is_the_shops_own_mistake_is_told_to_the_shop() {
    for code in ["bad_request", "invalid_price", "invalid_customer"] {
        let mut script = Script::paying();
        script.respond(Purpose::Create, 400, &error(code).to_string());
        assert_eq!(
            script.failure(),
            Some(FailureKind::MerchantMisconfiguration)
        );
        assert_eq!(script.told("declined"), 1, "the shopper's payment ended");
        assert!(script.told.contains(&Told::Error { code }), "{code}");
        // After a lost call the refusal of its repeat says nothing of it.
        let mut script = Script::paying();
        script.lose(Purpose::Create);
        script.state(attempt("att_1", "new", ""));
        script.respond(Purpose::Create, 400, &error(code).to_string());
        assert_eq!(script.stage(), Stage::Checking);
        assert_eq!(script.told("error"), 0);
    }
}

#[test]
fn f23_where_no_card_can_help_paying_again_is_asked_for_first() {
    let barred = |after: &dyn Fn(&mut Script)| {
        let mut script = Script::paying();
        script.respond(Purpose::Create, 400, &error("invalid_price").to_string());
        after(&mut script);
        assert_eq!(script.stage(), Stage::Form);
        assert!(script.screen().is_barred());
        script.sent.clear();
        script.pay();
        assert!(script.sent.is_empty(), "nothing is sent");
        script
    };
    let mut script = barred(&|_| ());
    script.intent(Intent::CheckAgain);
    let screen = script.screen();
    assert!(!screen.is_barred() && screen.notice.is_none() && screen.support.is_none());
    // The id of the next attempt is asked for, and all goes on.
    script.state(attempt("att_2", "new", ""));
    script.pay();
    script.tokenized();
    if script.waits_for(Purpose::State) {
        script.state(attempt("att_2", "new", ""));
    }
    script.reply(Purpose::Create, answer("succeeded", "", ""));
    assert_eq!(script.stage(), Stage::Paid);

    // What another tab paid meanwhile still counts.
    let mut script = barred(&|_| ());
    script.event(Event::Woken);
    script.now_ms += 60_000;
    script.event(Event::Woken);
    script.state(state(|s| s["order"] = json!("paid")));
    assert_eq!(script.stage(), Stage::Paid);

    // After a reload as well, and any other failure leaves Pay as it is.
    for (kind, stays) in [
        ("merchant_misconfiguration", true),
        ("card_declined", false),
    ] {
        let mut script = Script::new();
        script.state(state(|s| {
            s["last"] = json!({"id": "att_0", "cancelled": false, "reqId": "",
                "failure": {"kind": kind, "retry": if stays { "none" } else { "other_card" }}});
        }));
        assert_eq!(script.screen().is_barred(), stays, "{kind}");
        script.intent(Intent::CheckAgain);
        assert_eq!(script.screen().notice.is_none(), stays, "{kind}");
        script.pay();
        assert!(script.waits_for(Purpose::Tokenize), "{kind}");
    }
}

#[test]
fn f21_in_progress_elsewhere_is_polled_and_begins_nothing() {
    let mut script = Script::paying();
    script.respond(
        Purpose::Create,
        409,
        &error("attempt_in_progress").to_string(),
    );
    for _ in 0..4 {
        assert_eq!(script.stage(), Stage::Checking);
        script.state(attempt("att_1", "creating", ""));
        script.wait();
    }
    assert!(!script.waits_for(Purpose::Create));
    script.state(state(|s| s["order"] = json!("paid")));
    assert_eq!(script.stage(), Stage::Paid);
}

#[test]
fn f22_the_field_at_fault_is_marked_until_it_is_changed() {
    let refused = |field: &str, kind: &str| {
        let mut body = error("validation_error");
        body["failure"] = json!({"kind": kind, "field": field, "retry": "same_card"});
        body.to_string()
    };
    for (status, field, kind, at) in [
        (422, "number", "incorrect_number", Field::Number),
        (400, "expiry", "incorrect_expiry", Field::Expiry),
        (400, "cvc", "incorrect_cvc", Field::Cvc),
    ] {
        let mut script = Script::paying();
        script.respond(Purpose::Create, status, &refused(field, kind));
        assert_eq!(script.stage(), Stage::Form, "Pay is there");
        assert_eq!(script.screen().problems.get(at), Some(Problem::Refused));
        // The security code was emptied: that is no cure.
        let emptied = Form {
            cvc: String::new().into(),
            ..form("4242 4242 4242 4242")
        };
        script.intent(Intent::Edited(Field::Cvc, emptied.clone()));
        script.intent(Intent::Blurred(at, emptied));
        assert_eq!(script.screen().problems.get(at), Some(Problem::Refused));
        script.intent(Intent::Edited(at, form("4242 4242 4242 4242")));
        assert_eq!(script.screen().problems.get(at), None);
    }
    let mut script = Script::ready();
    script.pay();
    script.respond(
        Purpose::Tokenize,
        422,
        r#"{"error_codes":["card_number_invalid"]}"#,
    );
    assert_eq!(
        script.screen().problems.get(Field::Number),
        Some(Problem::Refused)
    );
}

#[test]
fn f28_more_than_expected_is_ignored_within_the_caps() {
    let mut script = Script::paying();
    let mut more = answer("succeeded", "", "");
    let mut deep = json!(1);
    for _ in 0..60 {
        deep = json!({ "deeper": deep });
    }
    more["data"]["extra"] = deep;
    script.reply(Purpose::Create, more);
    assert_eq!(script.stage(), Stage::Paid);

    let nested = format!(r#"{{"data":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    let mut long = answer("succeeded", "", "");
    long["data"]["extra"] = json!("x".repeat(5 << 20));
    for beyond in [nested, long.to_string()] {
        let mut script = Script::paying();
        script.respond(Purpose::Create, 200, &beyond);
        assert_eq!(script.stage(), Stage::Checking);
    }
}

#[test]
fn f35_f36_a_token_that_is_used_up_or_dead_asks_for_the_card_again() {
    let mut script = Script::paying();
    let mut used = answer("failed", "", "");
    used["failure"] = json!({"kind": "card_again"});
    script.reply(Purpose::Create, used);
    assert_eq!(script.failure(), Some(FailureKind::CardAgain));
    assert!(!script.waits_for(Purpose::Create) && !script.waits_for(Purpose::Tokenize));
    // The next try registers the card anew.
    script.pay();
    assert!(script.waits_for(Purpose::Tokenize));
}

#[test]
fn f72_the_state_knows_better_than_a_decline() {
    let mut script = Script::paying();
    script.reply(Purpose::Create, answer("failed", "", ""));
    assert_eq!(script.stage(), Stage::Form);
    script.state(state(|s| s["order"] = json!("paid")));
    assert_eq!(script.stage(), Stage::Paid);
}
