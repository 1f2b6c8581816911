//! What the server reads of its gateways.

use fanfare_checkout::{
    http::Response,
    outcome::Failure,
    provider::checkout_com::{
        Found, PaymentId, Reply, Reversal, State, of_error_codes, of_response_code,
    },
};
use serde_json::Value;

use super::{
    bytes::{Dice, spoilt_text},
    run::fuzz,
    samples::payments,
};

const STATUSES: [u16; 10] = [200, 200, 201, 202, 400, 401, 404, 422, 500, 999];

fn has_state(said: &Value, state: &State, name: &str) {
    let found = match state {
        State::Captured => "Captured",
        State::Authorized => "Authorized",
        State::Paid => "Paid",
        _ => return,
    };
    assert_eq!(said["status"], found, "I2: {name}");
}

#[test]
fn answers_of_checkout_com() {
    let samples = payments();
    let make = |dice: &mut Dice| spoilt_text(dice, &samples);
    fuzz("checkout_com", make, |body, dice| {
        let response = Response {
            status: *dice.one(&STATUSES),
            body: body.clone(),
            ..Response::default()
        };
        let said: Value =
            serde_json::from_str(body.strip_prefix('\u{feff}').unwrap_or(body)).unwrap_or_default();
        match Reply::read(&response) {
            Reply::Payment(payment) => {
                assert!((200..=202).contains(&response.status));
                assert_eq!(said["id"], payment.id.as_str());
                has_state(&said, &payment.state, "payment");
                assert_eq!(payment.amount, said["amount"].as_i64());
                if let Some(code) = &payment.response_code {
                    let _ = Failure::of(of_response_code(code));
                }
            }
            Reply::Rejected { error_codes } => {
                assert!(response.status >= 400 && response.status < 500);
                let _ = Failure::of(of_error_codes(&error_codes));
            }
            Reply::Undecidable => {}
        }
        if let Found::Payments(found) = Found::read(&response, "ref-1") {
            assert_eq!(response.status, 200);
            for payment in found {
                assert_eq!(payment.reference.as_deref(), Some("ref-1"));
            }
        }
        if Reversal::read(&response) == Reversal::Accepted {
            assert!((200..=202).contains(&response.status));
        }
        if let Some(id) = PaymentId::parse(body) {
            assert!(
                id.as_str()
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            );
        }
    });
}
