//! What the widget reads.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use fanfare_checkout::{
    action::{self, Progress},
    embed::{self, ToFrame},
    foreign,
    http::Response,
    money::{Currency, Money},
    payment::{self, Reply, Status},
    session::{SessionState, Standing},
    text, tokenize,
};
use serde_json::{Value, json};

use super::{
    bytes::{Dice, spoilt, spoilt_text},
    run::fuzz,
    samples::{NOW, bytes, payment_answers, payments, session_states},
};

const STATUSES: [u16; 12] = [200, 200, 200, 201, 202, 204, 302, 400, 401, 422, 429, 503];

fn response(status: u16, body: &str) -> Response {
    Response {
        status,
        retry_after: Some(body.chars().take(12).collect()),
        body: body.to_owned(),
    }
}

/// The JSON of a body, read apart from the code under test.
fn json_of(body: &str) -> Value {
    serde_json::from_str(body.strip_prefix('\u{feff}').unwrap_or(body)).unwrap_or_default()
}

fn is_shown_safely(text: &str, most: usize) {
    assert!(text.chars().count() <= most);
    for c in text.chars() {
        assert!(
            !c.is_control() && !"\u{202e}\u{2066}\u{200b}\u{feff}".contains(c),
            "{c:?}"
        );
    }
    assert_eq!(text.trim(), text);
}

#[test]
fn answers_of_the_payment_contract() {
    let samples = payment_answers();
    let make = |dice: &mut Dice| spoilt_text(dice, &samples);
    fuzz("payment::decode", make, |body, dice| {
        let status = *dice.one(&STATUSES);
        let sent = response(status, body);
        let outer = json_of(body);
        let inner = outer.get("data").unwrap_or(&outer);
        match payment::decode(&sent) {
            Reply::Answer(answer) => {
                assert!((200..300).contains(&status));
                assert_ne!(outer["status"], "error", "F23");
                if answer.status == Status::Succeeded {
                    assert_eq!(inner["checkout_status"], "succeeded", "I2");
                    assert!(inner.get("action_required_token").is_some(), "F26");
                }
                if answer.action_required_token.is_none() {
                    let none = [json!(""), Value::Null];
                    assert!(none.contains(&inner["action_required_token"]), "F29");
                }
                let message = answer.message.as_deref().unwrap_or_default();
                is_shown_safely(message, 300);
                is_shown_safely(answer.req_id.as_deref().unwrap_or_default(), 64);
                let again = response(200, &payment::encode(&answer).to_string());
                assert_eq!(payment::decode(&again), Reply::Answer(answer));
            }
            Reply::Refused(error) => {
                assert_eq!(outer["status"], "error");
                is_shown_safely(&error.msg, 300);
                let mut again = response(status, &payment::encode_error(&error).to_string());
                again.retry_after = error.retry_after.map(|seconds| seconds.to_string());
                assert_eq!(payment::decode(&again), Reply::Refused(error));
            }
            Reply::Undecidable => {}
        }
    });
}

#[test]
fn answers_of_the_token_request() {
    let samples = payments();
    let make = |dice: &mut Dice| spoilt_text(dice, &samples);
    fuzz("tokenize::parse", make, |body, dice| {
        let status = *dice.one(&STATUSES);
        if let Ok(token) = tokenize::parse(&response(status, body)) {
            assert!((200..300).contains(&status));
            // EXPOSE: compared with what was sent.
            assert_eq!(json_of(body)["token"], json!(token.expose()));
            assert!(!token.expose().is_empty());
        }
    });
}

fn action_payloads() -> Vec<Vec<u8>> {
    bytes(&[
        json!({"intent": "PROCESSOR_3DS", "redirectUrl": "https://acs.example/x?a=1#b",
            "statusUrl": "https://pay.example:8443/s", "accessToken": "acc", "exp": NOW + 900}),
        json!({"intent": "ADYEN_IDEAL_REDIRECTION", "redirectUrl": "http://bank.localhost:4807/x",
            "statusUrl": "http://127.0.0.1/s", "accessToken": "acc", "expiration": NOW + 900, "exp": 1}),
    ])
}

#[test]
fn action_tokens() {
    let payloads = action_payloads();
    let make = |dice: &mut Dice| {
        let payload = URL_SAFE_NO_PAD.encode(spoilt(dice, &payloads));
        let token = format!("e30.{payload}.sig").into_bytes();
        // The payload is spoilt, or what carries it too.
        if dice.chance(70) {
            String::from_utf8(token).unwrap()
        } else {
            spoilt_text(dice, &[token])
        }
    };
    fuzz("action::decode", make, |token, dice| {
        let sandbox = dice.chance(50);
        let Ok(action) = action::decode(token, NOW, sandbox) else {
            return;
        };
        for url in [&action.redirect_url, &action.status_url] {
            let lower = url.to_ascii_lowercase();
            let local = lower.starts_with("http://localhost")
                || lower.starts_with("http://127.0.0.1")
                || lower
                    .split('/')
                    .nth(2)
                    .is_some_and(|host| host.contains(".localhost"));
            assert!(
                lower.starts_with("https://") || sandbox && local,
                "T11: {url}"
            );
            let host = url.split('/').nth(2).unwrap();
            assert!(!host.is_empty() && !host.contains('@'), "T11: {url}");
            assert!(
                url.bytes().all(|byte| byte.is_ascii_graphic()),
                "T11: {url:?}"
            );
        }
    });
}

#[test]
fn polls_of_an_action() {
    let samples = bytes(&[
        json!({"status": "COMPLETE", "id": "res_1", "source": "x"}),
        json!({"status": "PENDING", "id": "res_1"}),
    ]);
    let make = |dice: &mut Dice| spoilt_text(dice, &samples);
    fuzz("action::progress", make, |body, dice| {
        let status = *dice.one(&STATUSES);
        if let Progress::Complete(id) = action::progress(&response(status, body)) {
            let said = json_of(body);
            assert!(status == 200 && said["status"] == "COMPLETE", "trap 14");
            // EXPOSE: compared with what was sent.
            assert_eq!(said["id"], json!(id.expose()));
        }
    });
}

#[test]
fn states_of_a_session() {
    let samples = session_states();
    let make = |dice: &mut Dice| spoilt_text(dice, &samples);
    fuzz("SessionState::read", make, |body, _| {
        let Some(state) = SessionState::read(body) else {
            return;
        };
        let said = json_of(body);
        if state.order == Standing::Paid {
            assert_eq!(said["order"], "paid", "I2");
        }
        assert_eq!(json!(state.total.minor), said["amount"]);
        if let Some(last) = &state.last {
            is_shown_safely(&last.failed_message_for_user, 300);
            is_shown_safely(&last.req_id, 64);
        }
        let again = serde_json::to_string(&state).unwrap();
        assert_eq!(SessionState::read(&again), Some(state));
    });
}

#[test]
fn messages_to_the_frame() {
    let samples = bytes(&[json!({"type": "hello", "fanfare": 1, "instance": "abcdefgh-1"})]);
    let make = |dice: &mut Dice| spoilt_text(dice, &samples);
    fuzz("embed::read", make, |text, _| {
        let Some(ToFrame::Hello { instance, .. }) = embed::read(text) else {
            return;
        };
        let said = json_of(text);
        assert_eq!(said["instance"], json!(instance), "T06");
        assert_eq!(said.as_object().unwrap().len(), 3, "T06: {text}");
        let answer = json_of(&embed::welcome_message(&instance));
        assert_eq!(answer["instance"], json!(instance));
    });
}

#[test]
fn currencies_amounts_and_languages() {
    let samples = ["EUR", "jpy", "BHD", "XXX", "en-GB", "US D"].map(|text| text.into());
    let make = |dice: &mut Dice| spoilt_text(dice, &samples);
    fuzz("Currency::parse", make, |text, dice| {
        assert_eq!(text::for_language(text).language, "en");
        let Ok(currency) = Currency::parse(text) else {
            return;
        };
        assert_eq!(currency.code(), text.to_ascii_uppercase());
        let minor = i64::from_le_bytes(dice.roll().to_le_bytes()) >> dice.below(64);
        let shown = Money::new(minor, currency).decimal();
        assert_eq!(
            shown.replace('.', "").parse::<i64>().unwrap(),
            minor,
            "{shown}"
        );
    });
}

#[test]
fn words_from_outside() {
    let samples = [
        "Your card was declined. Please try another one, or ask your bank.",
        "\u{202e}drawkcab\u{2069} \u{200b}",
        "n\u{30d}\u{30d}\u{30d}\u{30d}\u{30d}o \u{1f468}\u{200d}\u{1f469}",
        "<img src=x onerror=alert(1)>",
    ]
    .map(|text| text.as_bytes().to_vec());
    let make = |dice: &mut Dice| {
        let times = *dice.one(&[1, 1, 3, 40]);
        spoilt_text(dice, &samples).repeat(times)
    };
    fuzz("foreign::message", make, |text, _| {
        type Clean = fn(&str) -> Option<String>;
        for (clean, most) in [
            (foreign::message as Clean, 300),
            (foreign::support_code as Clean, 64),
        ] {
            let Some(shown) = clean(text) else {
                continue;
            };
            assert!(!shown.is_empty());
            is_shown_safely(&shown, most);
            assert_eq!(clean(&shown).as_ref(), Some(&shown), "cleaning twice");
        }
    });
}
