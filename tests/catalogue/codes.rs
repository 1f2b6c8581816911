//! Every code of `tests/contracts/checkout-com/*-codes.json` and `decline-reasons.json`.

use std::{collections::BTreeMap, fs, path::Path};

use fanfare_checkout::{
    card::Field,
    http::Response,
    outcome::{Failure, FailureKind as Kind, Retry},
    provider::checkout_com::{of_decline_reason, of_error_codes, of_response_code},
    tokenize,
};

/// Code and class, as the contract's file has them.
fn listed(file: &str) -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/contracts/checkout-com")
        .join(file);
    let list: BTreeMap<String, String> =
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert!(!list.is_empty());
    list
}

/// What a class demands: kind, field and way on.
fn demanded(class: &str) -> Failure {
    let (kind, field, retry) = match class {
        // An approval is no failure; declined all the same, it is told without a reason.
        "approved" | "refused" => (Kind::CardDeclined, None, Retry::OtherCard),
        "authentication" => (Kind::AuthenticationFailed, None, Retry::SameCard),
        "authentication-timeout" => (Kind::AuthenticationTimeout, None, Retry::SameCard),
        "cancelled" => (Kind::Cancelled, None, Retry::SameCard),
        "cvc" => (Kind::IncorrectCvc, Some(Field::Cvc), Retry::SameCard),
        "details" => (Kind::IncorrectDetails, Some(Field::Cvc), Retry::SameCard),
        "expired" => (Kind::ExpiredCard, Some(Field::Expiry), Retry::OtherCard),
        "expiry" => (Kind::IncorrectExpiry, Some(Field::Expiry), Retry::SameCard),
        "funds" => (Kind::InsufficientFunds, None, Retry::OtherCard),
        "issuer-down" => (Kind::IssuerUnavailable, None, Retry::Later),
        "limit" => (Kind::LimitExceeded, None, Retry::OtherCard),
        "name" => (Kind::IncorrectName, Some(Field::Name), Retry::SameCard),
        "not-supported" => (Kind::NotPermitted, None, Retry::OtherCard),
        "number" => (Kind::IncorrectNumber, Some(Field::Number), Retry::SameCard),
        "shop" => (Kind::MerchantMisconfiguration, None, Retry::None),
        "soft" => (Kind::DeclinedForNow, None, Retry::Later),
        // `reversal`: about captures and refunds; a payment that is refused with it was not taken.
        "system" | "reversal" => (Kind::GatewayUnavailable, None, Retry::Later),
        "token" => (Kind::CardAgain, None, Retry::SameCard),
        "too-many" => (Kind::RateLimited, None, Retry::Later),
        other => panic!("no such class: {other}"),
    };
    Failure { kind, field, retry }
}

#[test]
fn every_response_code_is_the_failure_that_its_class_demands() {
    let codes = listed("response-codes.json");
    assert!(codes.len() > 150, "{} codes", codes.len());
    for (code, class) in codes {
        let failure = Failure::of(of_response_code(&code));
        assert_eq!(failure, demanded(&class), "{code} is {class}");
    }
}

#[test]
fn t23_hard_and_risk_codes_never_offer_the_same_card_and_name_no_reason() {
    for (code, class) in listed("response-codes.json") {
        let failure = Failure::of(of_response_code(&code));
        if code.starts_with("30") {
            assert!(
                matches!(failure.retry, Retry::OtherCard | Retry::None),
                "{code} offers {:?}",
                failure.retry
            );
        }
        // 44301 asks for 3-D Secure and says nothing of the card.
        if code.starts_with('4') && code != "44301" {
            assert_eq!(failure, Failure::of(Kind::CardDeclined), "{code}");
        }
        if class == "refused" {
            assert_eq!(failure, Failure::of(Kind::CardDeclined), "{code}");
        }
    }
}

#[test]
fn t23_unknown_codes_fall_back_by_their_family() {
    let known = listed("response-codes.json");
    for number in 0..100_000 {
        let code = format!("{number:05}");
        if known.contains_key(&code) {
            continue;
        }
        let expected = match &code[..2] {
            "20" => Kind::DeclinedForNow,
            _ => Kind::CardDeclined,
        };
        assert_eq!(of_response_code(&code), expected, "{code}");
    }
}

#[test]
fn f22_every_error_code_of_a_payment_is_the_failure_that_its_class_demands() {
    let codes = listed("error-codes.json");
    assert!(codes.len() > 90, "{} codes", codes.len());
    for (code, class) in codes {
        let wanted = demanded(&class);
        let kind = of_error_codes(&["of_tomorrow".into(), code.clone()]);
        assert_eq!(Failure::of(kind), wanted, "{code} is {class}");
        // What is said of the request as a whole does not hide it.
        if wanted.retry != Retry::None {
            let kind = of_error_codes(&["request_invalid".into(), code.clone()]);
            let hidden = matches!(class.as_str(), "reversal");
            assert!(
                hidden || kind == wanted.kind,
                "{code} after request_invalid"
            );
        }
    }
}

#[test]
fn f22_f36_an_error_code_of_the_token_request_names_its_field_and_never_a_bank() {
    for (code, class) in listed("error-codes.json") {
        let refused = tokenize::parse(&Response {
            status: 422,
            body: format!(r#"{{"error_type":"request_invalid","error_codes":["{code}"]}}"#),
            ..Response::default()
        });
        let failure = refused.unwrap_err();
        match class.as_str() {
            "number" | "expired" | "expiry" | "cvc" | "name" => {
                assert_eq!(failure, demanded(&class), "{code}");
            }
            // No bank has been asked: it can't have declined.
            _ => assert_eq!(failure.kind, Kind::TokenizerUnavailable, "{code}"),
        }
    }
}

#[test]
fn every_reason_of_the_web_components_is_the_failure_that_its_class_demands() {
    for (reason, class) in listed("decline-reasons.json") {
        let failure = Failure::of(of_decline_reason(&reason));
        assert_eq!(failure, demanded(&class), "{reason} is {class}");
    }
}
