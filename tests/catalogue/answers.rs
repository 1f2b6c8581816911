//! What the payment contract can answer, and what the shopper is told of it: every status of
//! its schema, every error code of its client.

use fanfare_checkout::{
    http::Response,
    outcome::{Failure, FailureKind as Kind},
    payment::{Reply, Status, decode},
};
use serde_json::{Value, json};

fn read(status: u16, body: &Value) -> Reply {
    decode(&Response {
        status,
        body: body.to_string(),
        ..Response::default()
    })
}

fn answer(status: &str, message: &str, failure: &Value) -> Value {
    json!({"status": "success", "req_id": "req-1", "data": {
        "action_required_token": "", "checkout_status": status,
        "failed_message_for_user": message, "order_id": null, "failure": failure}})
}

#[test]
fn every_status_of_the_contract_is_known_and_no_other() {
    let schema: Value =
        serde_json::from_str(include_str!("../contracts/funnelfox/payment.200.json")).unwrap();
    let listed = schema["properties"]["checkout_status"]["enum"]
        .as_array()
        .unwrap();
    assert_eq!(listed.len(), 4);
    for status in listed.iter().map(|status| status.as_str().unwrap()) {
        let Reply::Answer(answer) = read(200, &answer(status, "", &Value::Null)) else {
            panic!("{status} was not read");
        };
        assert_eq!(answer.status.name(), status);
        assert!(!matches!(answer.status, Status::Unknown(_)), "{status}");
    }
    for other in ["SUCCEEDED", "succeeded ", "success", "paid", "on_hold", ""] {
        let Reply::Answer(answer) = read(200, &answer(other, "", &Value::Null)) else {
            panic!("{other} was not read");
        };
        assert_eq!(answer.status, Status::Unknown(other.into()), "F27");
    }
}

#[test]
fn f30_a_message_is_cleaned_cut_and_left_out_where_there_is_nothing_to_see() {
    for (sent, shown) in [
        ("", None),
        (" \n\u{200b}\u{202e}", None),
        ("Your card was declined", Some("Your card was declined")),
        ("no\u{202e}yenom  \r\n left", Some("noyenom left")),
        ("<b onclick=x>no</b>", Some("<b onclick=x>no</b>")),
    ] {
        let Reply::Answer(answer) = read(200, &answer("failed", sent, &Value::Null)) else {
            panic!("{sent:?} was not read");
        };
        assert_eq!(answer.message.as_deref(), shown);
    }
    for long in ["x".repeat(10_000), "\u{1f4b3} ".repeat(100_000)] {
        let Reply::Answer(answer) = read(200, &answer("failed", &long, &Value::Null)) else {
            panic!("a long message was not read");
        };
        let message = answer.message.unwrap();
        assert!(message.chars().count() <= 300 && message.ends_with('…'));
    }
}

#[test]
fn an_error_envelope_is_cleaned_too() {
    let body = json!({"status": "error", "req_id": "\u{202e}req-9\u{0}",
        "error": [{"msg": format!("no\u{202e} {}", "x".repeat(9_000)), "code": "payment_failed",
                   "type": "api_exception"}]});
    let Reply::Refused(error) = read(200, &body) else {
        panic!("F23: an error within 200 is an error");
    };
    assert_eq!(error.req_id.as_deref(), Some("req-9"));
    assert!(error.msg.starts_with("no xxx") && error.msg.chars().count() <= 300);
}

#[test]
fn a_kind_of_a_newer_server_keeps_its_way_on_and_shows_its_message() {
    let told = json!({"kind": "of_tomorrow", "retry": "other_card"});
    let Reply::Answer(answer) = read(200, &answer("failed", "A new reason.", &told)) else {
        panic!("was not read");
    };
    let failure = answer.failure.unwrap();
    assert_eq!(failure.kind, Kind::Other);
    assert_ne!(failure, Failure::of(Kind::Other), "the way on was dropped");
    assert_eq!(answer.message.as_deref(), Some("A new reason."));
}
