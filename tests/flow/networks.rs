//! Cards of two networks: the choice is offered where it reaches the payment system.

use fanfare_checkout::{
    card::{Field, Network},
    flow::{Event, Purpose},
    screen::{Intent, Stage},
};
use serde_json::{Value, json};

use crate::script::{Script, answer, attempt, body, form, state};

const CO_BADGED: &str = "4000 0025 0000 1001";
const BOTH: Option<[Network; 2]> = Some([Network::CartesBancaires, Network::Visa]);

fn ready(tokenizer: &Value) -> Script {
    let mut script = Script::new();
    script.state(state(|s| s["tokenizer"] = tokenizer.clone()));
    assert_eq!(script.stage(), Stage::Form);
    script
}

fn primer() -> Value {
    json!({"kind": "primer", "url": "https://pci.example/payment-instruments", "accessToken": "acc"})
}

fn types(script: &mut Script, number: &str) {
    script.intent(Intent::Edited(Field::Number, form(number)));
}

/// What the token request names after Pay.
fn sent(script: &mut Script, number: &str) -> Value {
    script.intent(Intent::Submitted(form(number)));
    let request = script.respond(Purpose::Tokenize, 200, r#"{"token":"tok_1"}"#);
    body(&request)["paymentInstrument"]["preferredNetwork"].clone()
}

#[test]
fn the_choice_is_kept_while_typing_and_reaches_the_token_request() {
    let mut script = ready(&primer());
    types(&mut script, "4000 002");
    assert_eq!(script.screen().networks, None);
    types(&mut script, "4000 0025");
    assert_eq!(script.screen().networks, BOTH);
    script.intent(Intent::Preferred(Some(Network::CartesBancaires)));
    for more in ["4000 0025 0", "4000 0025 0000 10", CO_BADGED] {
        types(&mut script, more);
    }
    assert_eq!(sent(&mut script, CO_BADGED), "CARTES_BANCAIRES");
    // After a decline it stands as it was chosen, and can be taken back.
    script.reply(Purpose::Create, answer("failed", "", "no"));
    script.state(attempt_at_primer());
    assert_eq!(script.screen().networks, BOTH);
    script.intent(Intent::Preferred(None));
    assert_eq!(sent(&mut script, CO_BADGED), Value::Null);
}

fn attempt_at_primer() -> Value {
    let mut next = attempt("att_2", "new", "");
    next["tokenizer"] = primer();
    next
}

#[test]
fn without_a_choice_none_is_sent() {
    let mut script = ready(&primer());
    types(&mut script, CO_BADGED);
    assert_eq!(sent(&mut script, CO_BADGED), Value::Null);
}

#[test]
fn what_was_chosen_for_another_number_is_forgotten() {
    for between in ["4000 002", "4242 4242", "5555 5525", ""] {
        let mut script = ready(&primer());
        types(&mut script, CO_BADGED);
        script.intent(Intent::Preferred(Some(Network::Visa)));
        types(&mut script, between);
        assert_ne!(script.screen().networks, BOTH, "{between}");
        types(&mut script, CO_BADGED);
        assert_eq!(sent(&mut script, CO_BADGED), Value::Null, "{between}");
    }
    // Put away, the page comes back empty.
    let mut script = ready(&primer());
    types(&mut script, CO_BADGED);
    script.event(Event::PutAway);
    assert_eq!(script.screen().networks, None);
    assert_eq!(script.screen().brand, None);
}

#[test]
fn where_the_choice_would_go_nowhere_none_is_offered() {
    let checkout_com = json!({"kind": "checkout-com", "url": "https://cko.example/tokens", "publicKey": "pk_test_demo"});
    let mut script = ready(&checkout_com);
    types(&mut script, CO_BADGED);
    assert_eq!(script.screen().networks, None);
    script.intent(Intent::Preferred(Some(Network::CartesBancaires)));
    script.intent(Intent::Submitted(form(CO_BADGED)));
    let request = script.tokenized();
    assert!(!body(&request).to_string().contains("CARTES"));
}
