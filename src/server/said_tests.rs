use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{Reading, Said, Standing, Step};
use crate::{http::Response, outcome::FailureKind, payment::decode};

const NOW: i64 = 1_800_000_000;

fn read_as(step: Step, actions: i64, status: u16, body: &str) -> Option<Said> {
    let response = Response {
        status,
        body: body.into(),
        ..Response::default()
    };
    let reading = Reading {
        step,
        now: NOW,
        sandbox: false,
        actions,
    };
    let listed = |url: &str| url.starts_with("https://primer.example/");
    Said::read(decode(&response), status, reading, listed)
}

fn read(body: &Value) -> Option<Standing> {
    read_as(Step::Create, 0, 200, &body.to_string()).map(|said| said.standing)
}

fn four(action: &str, status: &str) -> Value {
    json!({"action_required_token": action, "checkout_status": status,
        "failed_message_for_user": "", "order_id": "o-2"})
}

fn action(intent: &str, status_url: &str) -> String {
    let payload = json!({"intent": intent, "accessToken": "a", "exp": NOW + 60,
        "redirectUrl": "https://bank.example/3ds", "statusUrl": status_url});
    format!("e30.{}.s", URL_SAFE_NO_PAD.encode(payload.to_string()))
}

const STATUS: &str = "https://primer.example/status";

#[test]
fn trap_3_a_step_for_the_shopper_outranks_every_status() {
    let token = action("PROCESSOR_3DS", STATUS);
    for status in ["succeeded", "failed", "cancelled", "processing", "new"] {
        let standing = read(&four(&token, status));
        assert!(matches!(standing, Some(Standing::Action(_))), "{status}");
    }
    assert!(matches!(
        read(&four("", "succeeded")),
        Some(Standing::Settled)
    ));
}

#[test]
fn trap_4_the_order_of_every_answer_is_taken_failed_ones_included() {
    for status in ["succeeded", "failed", "processing"] {
        let said = read_as(Step::Create, 0, 200, &four("", status).to_string()).unwrap();
        assert_eq!(said.order.as_deref(), Some("o-2"), "{status}");
    }
    let mut none = four("", "cancelled");
    none["order_id"] = Value::Null;
    let said = read_as(Step::Create, 0, 200, &none.to_string()).unwrap();
    assert_eq!(said.order, None);
}

#[test]
fn trap_2_what_can_not_be_understood_is_nothing_and_never_a_decline() {
    let error = r#"{"status":"error","error":[{"msg":"x","code":"bad_request"}]}"#;
    for (status, body) in [
        (200, "<html>".to_owned()),
        (200, four("", "paid").to_string()),
        (200, json!({"checkout_status": "succeeded"}).to_string()),
        (500, error.to_owned()),
        (502, String::new()),
    ] {
        assert!(read_as(Step::Create, 0, status, &body).is_none(), "{body}");
    }
}

#[test]
fn only_documented_refusals_of_the_first_call_say_that_nothing_was_charged() {
    let error = |step, code: &str| {
        let body = json!({"status": "error", "error": [{"msg": "x", "code": code}]});
        read_as(step, 0, 200, &body.to_string()).unwrap().standing
    };
    for code in ["bad_request", "invalid_price", "payment_failed"] {
        assert!(matches!(error(Step::Create, code), Standing::Declined(_)));
    }
    for code in ["double_purchase", "internal", ""] {
        assert!(matches!(error(Step::Create, code), Standing::Unclear(_)));
    }
    assert!(matches!(
        error(Step::Resume, "payment_failed"),
        Standing::Declined(FailureKind::DeclinedForNow)
    ));
    for code in ["bad_request", "invalid_price", "double_purchase"] {
        assert!(matches!(error(Step::Resume, code), Standing::Unclear(_)));
    }
}

#[test]
fn trap_5_trap_15_steps_are_bounded_and_lead_to_listed_addresses_only() {
    let good = four(&action("PROCESSOR_3DS", STATUS), "processing").to_string();
    let at = |actions| read_as(Step::Resume, actions, 200, &good).unwrap().standing;
    assert!(matches!(at(4), Standing::Action(_)));
    assert!(matches!(at(5), Standing::Unclear(_)));
    for bad in [
        action("USE_PRIMER_SDK", STATUS),
        action("PROCESSOR_3DS", "https://elsewhere.example/status"),
        action("PROCESSOR_3DS", "http://primer.example/status"),
        "x".to_owned(),
    ] {
        let standing = read(&four(&bad, "processing"));
        assert!(matches!(standing, Some(Standing::Unclear(_))), "{bad}");
    }
}
