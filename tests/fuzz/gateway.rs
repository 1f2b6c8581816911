//! What the server reads of its gateways.

use fanfare_checkout::{
    http::Response,
    outcome::Failure,
    provider::checkout_com::{
        Found, PaymentId, Reply, Reversal, State, of_error_codes, of_response_code, read_actions,
        webhook::{Webhook, is_signed},
    },
    sensitive::Sensitive,
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

#[test]
fn t22_webhooks_and_lists_of_actions() {
    let samples = vec![
        r#"{"id":"evt_az5sblvku4ge3dwpztvyizgcau","type":"payment_captured","version":"2.0.0","created_on":"2030-01-01T12:00:00Z","data":{"id":"pay_mbabizu24mvu3mela5njyhpit4","action_id":"act_mbabizu24mvu3mela5njyhpit4","reference":"fc-1","amount":3500,"currency":"EUR","response_code":"10000","metadata":{"order_id":"1"}},"_links":{}}"#.as_bytes().to_vec(),
        r#"[{"id":"act_mbabizu24mvu3mela5njyhpit4","type":"Void","amount":3500,"approved":true,"response_code":"10000","reference":"fc-1","processed_on":"2030-01-01T12:00:00Z"}]"#.as_bytes().to_vec(),
    ];
    let make = |dice: &mut Dice| spoilt_text(dice, &samples);
    let key = Sensitive::new("a key of webhooks".to_owned());
    fuzz("webhook", make, |body, _| {
        let said: Value = serde_json::from_str(body).unwrap_or_default();
        if let Some(webhook) = Webhook::read(body.as_bytes()) {
            assert_eq!(said["id"], webhook.id.as_str());
            assert_eq!(said["type"], webhook.kind.as_str());
            if let Some(payment) = webhook.payment {
                assert_eq!(said["data"]["id"], payment.as_str());
            }
        }
        // Nobody but the owner of the key has signed this.
        assert!(!is_signed(body.as_bytes(), body.as_bytes(), &key));
        let response = Response {
            status: 200,
            body: body.clone(),
            ..Response::default()
        };
        if let Some(actions) = read_actions(&response) {
            assert_eq!(actions.len(), said.as_array().unwrap().len());
        }
    });
}
