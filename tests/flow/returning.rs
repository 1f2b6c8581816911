//! Coming back to the page, sessions that end, and payments that are given back.

use fanfare_checkout::{
    flow::{Event, Purpose},
    screen::Stage,
    session::Reversal,
};
use serde_json::{Value, json};

use crate::script::{SERVER_TIME, Script, answer, attempt, state, token};

fn late(reversal: &str, order: &str) -> Value {
    state(|s| {
        s["reversal"] = json!(reversal);
        s["order"] = json!(order);
    })
}

#[test]
fn f48_the_form_asks_around_the_sessions_end_and_the_server_decides() {
    let mut script = Script::new();
    script.state(state(|s| s["expiresAt"] = json!(SERVER_TIME + 40)));
    script.wait();
    assert_eq!(script.now_ms, 35_000, "a little before the end");
    script.state(state(|s| {
        s["serverTime"] = json!(SERVER_TIME + 35);
        s["expiresAt"] = json!(SERVER_TIME + 40);
    }));
    script.wait();
    assert!(script.now_ms > 40_000, "and after it");
    assert_eq!(script.stage(), Stage::Form, "nobody has said so yet");
    // A session that was prolonged goes on; one that ended has ended.
    script.state(state(|s| s["expiresAt"] = json!(SERVER_TIME + 9_000)));
    assert_eq!(script.stage(), Stage::Form);
    assert_eq!(script.cleared_card, 0);
    script.wait();
    script.state(state(|s| s["order"] = json!("expired")));
    assert_eq!(script.stage(), Stage::Expired);
    assert_eq!(script.cleared_card, 1);
}

#[test]
fn an_open_attempt_outlives_its_session() {
    for (phase, token, stage) in [
        ("processing", String::new(), "Processing"),
        ("unknown", String::new(), "Checking"),
        ("action", token("https://acs.example/x"), "Challenge"),
    ] {
        for order in ["expired", "cancelled"] {
            let mut script = Script::new();
            let mut told = attempt("att_1", phase, &token);
            told["order"] = json!(order);
            script.state(told);
            let shown = format!("{:?}", script.stage());
            assert!(shown.starts_with(stage), "{shown} for {phase}, {order}");
        }
    }
}

#[test]
fn f57_the_page_is_looked_at_again_and_asks_in_measure() {
    let mut script = Script::ready();
    script.now_ms = 10_000;
    for _ in 0..20 {
        script.event(Event::Woken);
    }
    assert_eq!(script.sent.len(), 1, "once every so often");
    script.state(state(|s| s["order"] = json!("paid")));
    assert_eq!(script.stage(), Stage::Paid, "paid in another tab");
    let before = script.screen();
    script.event(Event::PutAway);
    script.event(Event::Woken);
    assert_eq!(script.screen(), before);
    assert!(script.sent.is_empty());
}

#[test]
fn f57_while_a_payment_runs_the_way_back_leads_to_checking() {
    let mut script = Script::paying();
    script.event(Event::PutAway);
    script.event(Event::Woken);
    script.lose(Purpose::Create);
    assert_eq!(script.stage(), Stage::Checking);
}

#[test]
fn f70_a_page_that_could_not_load_tries_again_with_the_connection() {
    let mut script = Script::new();
    script.event(Event::Connection(false));
    for _ in 0..3 {
        assert_eq!(script.stage(), Stage::Loading);
        script.unsent(Purpose::State);
        if script.stage() == Stage::Loading {
            script.wait();
        }
    }
    assert_eq!(script.stage(), Stage::Unavailable { retry: true });
    script.event(Event::Connection(true));
    script.state(state(|_| ()));
    assert_eq!(script.stage(), Stage::Form);
}

#[test]
fn a_payment_that_came_too_late_is_shown_until_it_is_given_back() {
    for (order, stage) in [
        ("open", Stage::Form),
        ("paid", Stage::Paid),
        ("cancelled", Stage::Cancelled),
        ("expired", Stage::Expired),
    ] {
        let mut script = Script::new();
        script.state(late("returning", order));
        assert_eq!(script.stage(), stage);
        assert_eq!(script.screen().reversal, Some(Reversal::Returning));
        for _ in 0..3 {
            script.wait();
            script.respond(Purpose::State, 500, "");
        }
        script.wait();
        script.state(late("returned", order));
        assert_eq!(script.stage(), stage);
        assert_eq!(
            script.screen().reversal,
            Some(Reversal::Returned),
            "{order}"
        );
        let told: Vec<_> = script.told.iter().map(|told| told.name()).collect();
        assert_eq!(told.len(), 1, "told once: {told:?}");
    }
}

#[test]
fn a_payment_that_came_too_late_is_noticed_after_another_has_paid() {
    let mut script = Script::new();
    script.state(late("returning", "open"));
    script.pay();
    script.tokenized();
    script.reply(Purpose::Create, answer("succeeded", "", ""));
    assert_eq!(script.stage(), Stage::Paid);
    script.wait();
    script.state(late("returned", "paid"));
    assert_eq!(script.screen().reversal, Some(Reversal::Returned));
}
