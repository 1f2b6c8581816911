//! Traps of the systems' documents, by their number in `tests/traps.md`, where values decide.
//! What needs a server, a stand-in or a browser is tested there.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test may")]

use base64::{
    Engine as _,
    engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD},
};
use fanfare_checkout::{
    action::{self, Refusal},
    card::Form,
    http::{Request, Response},
    payment::{self, CreatePayment, Reply, ResumePayment, Status},
    provider::checkout_com::{self, State, webhook::Webhook},
    sensitive::Sensitive,
    session::Tokenizer,
    tokenize,
};
use serde_json::{Value, json};

/// 2026-11-21.
const NOW: i64 = 1_795_219_200;

fn answer(body: &Value) -> Reply {
    payment::decode(&Response {
        status: 200,
        body: body.to_string(),
        ..Response::default()
    })
}

fn body(request: &Request) -> Value {
    // EXPOSE: the test looks at what is sent.
    serde_json::from_str(request.body.as_ref().unwrap().expose()).unwrap()
}

#[test]
fn trap_03_a_step_comes_first_and_an_empty_text_is_none() {
    for (action, message) in [("", ""), ("a.b.c", "Sorry")] {
        let bare = json!({"action_required_token": action, "checkout_status": "succeeded",
            "failed_message_for_user": message, "order_id": null});
        for body in [bare.clone(), json!({"status": "success", "data": bare})] {
            let Reply::Answer(read) = answer(&body) else {
                panic!("{body}");
            };
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            assert_eq!(read.action_required_token, some(action));
            assert_eq!(read.message, some(message));
            assert_eq!(read.order_id, None);
        }
    }
}

#[test]
fn trap_11_a_status_of_tomorrow_is_kept_as_unknown() {
    let body = json!({"action_required_token": "", "checkout_status": "in_review",
        "failed_message_for_user": "", "order_id": null});
    let Reply::Answer(read) = answer(&body) else {
        panic!("{body}");
    };
    assert_eq!(read.status, Status::Unknown("in_review".into()));
}

fn create(as_header: bool) -> CreatePayment {
    CreatePayment {
        payment_method_token: Sensitive::new("tok_secret".into()),
        order_id: "o-1".into(),
        attempt: "a-1".into(),
        as_header,
    }
}

#[test]
fn trap_12_client_metadata_holds_the_attempts_id_and_nothing_else() {
    let request = payment::create_request("https://fox.test/org/v1", &create(false));
    let sent = body(&request);
    assert_eq!(sent["client_metadata"], json!({"attempt_id": "a-1"}));
    assert_eq!(sent.as_object().unwrap().len(), 3, "{sent}");
    let keyed = payment::create_request("https://pay.test/org/v1", &create(true));
    assert_eq!(
        body(&keyed),
        json!({"payment_method_token": "tok_secret", "order_id": "o-1"})
    );
}

fn action_token(payload: &Value, padded: bool) -> String {
    let payload = payload.to_string();
    let payload = if padded {
        URL_SAFE.encode(payload)
    } else {
        URL_SAFE_NO_PAD.encode(payload)
    };
    format!("e30.{payload}.x")
}

fn asked() -> Value {
    json!({"intent": "PROCESSOR_3DS", "accessToken": "secret-access",
        "redirectUrl": "https://bank.test/3ds", "statusUrl": "https://psp.test/status"})
}

#[test]
fn trap_13_the_access_token_goes_out_and_expiration_beats_exp() {
    for padded in [false, true] {
        // A length that needs padding, whatever the rest.
        for fill in ["", "x", "xx"] {
            let mut payload = asked();
            payload["fill"] = json!(fill);
            let token = action_token(&payload, padded);
            let action = action::decode(&token, NOW, false).unwrap();
            let poll = action::status_request(&action);
            let (name, value) = &poll.headers[0];
            // EXPOSE: the test looks at what is sent.
            assert_eq!(
                (*name, value.expose().as_str()),
                ("primer-client-token", "secret-access")
            );
        }
    }
    for (expiration, exp, held) in [(NOW + 60, NOW - 60, true), (NOW - 60, NOW + 60, false)] {
        let mut payload = asked();
        payload["expiration"] = json!(expiration);
        payload["exp"] = json!(exp);
        let read = action::decode(&action_token(&payload, false), NOW, false);
        assert_eq!(read.is_ok(), held, "{payload}");
    }
}

#[test]
fn trap_15_no_page_is_opened_for_an_unknown_intent_or_without_https() {
    for intent in ["CHECKOUT", "PAY_NL", "REDIRECTION", "processor_3ds", ""] {
        let mut payload = asked();
        payload["intent"] = json!(intent);
        let read = action::decode(&action_token(&payload, false), NOW, true);
        assert_eq!(read, Err(Refusal::UnknownIntent), "{intent}");
    }
    for key in ["redirectUrl", "statusUrl"] {
        for url in ["http://bank.test/3ds", "javascript:alert(1)", "//bank.test"] {
            let mut payload = asked();
            payload[key] = json!(url);
            let read = action::decode(&action_token(&payload, false), NOW, false);
            assert_eq!(read, Err(Refusal::UnsafeUrl), "{key} {url}");
        }
    }
}

#[test]
fn trap_16_checkout_com_takes_integers_and_primer_strings() {
    let typed = |text: &str| Sensitive::new(text.to_owned());
    let form = Form {
        number: typed("4242 4242 4242 4242"),
        expiry: typed("03/30"),
        cvc: typed("012"),
        name: typed("Jo Doe"),
        ..Form::default()
    };
    let card = form.parse(NOW).unwrap();
    let sent = body(&tokenize::request(
        &Tokenizer::CheckoutCom {
            url: "https://api.test/tokens".into(),
            public_key: "pk_sbox_x".into(),
        },
        &card,
    ));
    assert_eq!(
        (&sent["expiry_month"], &sent["expiry_year"], &sent["cvv"]),
        (&json!(3), &json!(2030), &json!("012"))
    );
    let sent = body(&tokenize::request(
        &Tokenizer::Primer {
            url: "https://api.test/payment-instruments".into(),
            access_token: Sensitive::new("secret-access".into()),
        },
        &card,
    ));
    let sent = &sent["paymentInstrument"];
    assert_eq!(
        (
            &sent["expirationMonth"],
            &sent["expirationYear"],
            &sent["cvv"]
        ),
        (&json!("03"), &json!("2030"), &json!("012"))
    );
}

#[test]
fn trap_25_and_51_either_name_of_the_time_and_any_kind_of_webhook_is_read() {
    for (key, kind) in [
        ("created_on", "payment_captured"),
        ("timestamp", "payment_of_tomorrow"),
    ] {
        let event = json!({"id": "evt_1", "type": kind, key: "2030-08-27T10:25:29Z",
            "data": {"id": "pay_mbabizu24mvu3mela5njyhpit4", "of_tomorrow": []}});
        let read = Webhook::read(event.to_string().as_bytes()).unwrap();
        assert_eq!(read.kind, kind);
        assert_eq!(read.created.as_deref(), Some("2030-08-27T10:25:29Z"));
        assert!(read.payment.is_some());
    }
}

#[test]
fn trap_51_a_payment_with_a_status_of_tomorrow_is_neither_paid_nor_failed() {
    let body = json!({"id": "pay_mbabizu24mvu3mela5njyhpit4", "approved": true,
        "status": "In Review", "amount": 100, "currency": "EUR", "of_tomorrow": {}});
    let read = checkout_com::Reply::read(&Response {
        status: 201,
        body: body.to_string(),
        ..Response::default()
    });
    let checkout_com::Reply::Payment(read) = read else {
        panic!("{read:?}");
    };
    assert_eq!(read.state, State::Unknown("In Review".into()));
}

#[test]
fn trap_49_what_opens_a_payment_is_not_shown() {
    let resume = ResumePayment {
        resume_token: Sensitive::new("resume-secret".into()),
        order_id: "o-1".into(),
    };
    let action = action::decode(&action_token(&asked(), false), NOW, false).unwrap();
    let primer = Tokenizer::Primer {
        url: "https://api.test/payment-instruments".into(),
        access_token: Sensitive::new("secret-access".into()),
    };
    let shown = format!(
        "{:?} {:?} {resume:?} {:?} {action:?} {primer:?}",
        create(true),
        payment::create_request("https://pay.test/org/v1", &create(true)),
        payment::resume_request("https://pay.test/org/v1", &resume),
    );
    for secret in ["tok_secret", "resume-secret", "secret-access"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
