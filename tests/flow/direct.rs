//! Straight at FunnelFox: what is asked, what is sent once, and what the tab remembers.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use fanfare_checkout::{
    flow::{Event, Purpose},
    http::{NoAnswer, Request},
    outcome::FailureKind,
    screen::{Intent, Notice, Stage},
    session::Purchase,
};
use serde_json::{Value, json};

use super::script::{ORDER, OTHER, SERVER_TIME, Script, answer, body, token};

const FIRST: &str = "00000000-0000-4000-8000-000000000001";

fn purchase() -> Purchase {
    Purchase {
        price: "price_shirt".into(),
        customer: "cus_1".into(),
        email: "jo@shop.example".into(),
        country: None,
        reference: None,
    }
}

fn config() -> Value {
    json!({
        "baseUrl": "https://billing.example", "org": "fox", "region": "default",
        "merchant": "Maison Lin", "language": "en", "serverTime": SERVER_TIME, "sandbox": false,
        "primerOrigins": ["https://*.primer.example"], "parentOrigins": ["https://shop.example"],
    })
}

fn client_token(change: impl FnOnce(&mut Value)) -> String {
    let mut payload = json!({
        "intent": "CHECKOUT", "accessToken": "acc-1", "exp": SERVER_TIME + 90_000,
        "expiration": SERVER_TIME + 86_400,
        "configurationUrl": "https://api.primer.example/configuration",
        "pciUrl": "https://pci.primer.example/v1",
    });
    change(&mut payload);
    format!("e30.{}.x", URL_SAFE_NO_PAD.encode(payload.to_string()))
}

fn session() -> Value {
    let data = json!({"client_token": client_token(|_| ()), "order_id": ORDER});
    json!({"status": "success", "req_id": "req_1", "data": data})
}

fn configuration() -> Value {
    let order = json!({"orderId": ORDER, "currencyCode": "EUR", "totalOrderAmount": 3500});
    json!({"clientSession": {"order": order}})
}

fn begin(memory: BTreeMap<String, String>) -> Script {
    let mut script = Script::direct(memory);
    script.event(Event::Purchase(purchase()));
    script.state(config());
    script
}

fn ready() -> Script {
    let mut script = begin(BTreeMap::new());
    script.state(session());
    script.state(configuration());
    assert_eq!(script.stage(), Stage::Form);
    script
}

fn paying() -> Script {
    let mut script = ready();
    script.pay();
    script.tokenized();
    assert!(script.waits_for(Purpose::Create));
    script
}

fn challenged() -> Script {
    let mut script = paying();
    let asked = answer("processing", &token("https://acs.example/x"), "");
    script.reply(Purpose::Create, asked);
    assert!(matches!(script.stage(), Stage::Challenge(_)));
    script
}

/// The page is loaded again in the same tab.
fn reload(script: &Script) -> Script {
    begin(script.memory.clone())
}

fn header(request: &Request, name: &str) -> Option<String> {
    let found = request.headers.iter().find(|(own, _)| *own == name);
    found.map(|(_, value)| value.expose().clone())
}

#[test]
fn the_way_to_the_form_asks_funnelfox_and_shows_what_primer_says() {
    let mut script = Script::direct(BTreeMap::new());
    let asked = script.reply(Purpose::State, config());
    assert_eq!(asked.url, "https://pay.example/direct/demo/config");
    assert!(script.sent.is_empty(), "nobody said yet what is bought");
    script.event(Event::Purchase(purchase()));
    let other = Purchase {
        price: "price_lamp".into(),
        ..purchase()
    };
    script.event(Event::Purchase(other));
    let opened = script.reply(Purpose::State, session());
    assert_eq!(
        opened.url,
        "https://billing.example/fox/v1/checkout/create_client_session"
    );
    assert_eq!(
        body(&opened),
        json!({"region": "default", "integration_type": "primer", "pp_ident": "price_shirt",
            "external_id": "cus_1", "email_address": "jo@shop.example"})
    );
    let told = script.reply(Purpose::State, configuration());
    assert_eq!(told.url, "https://api.primer.example/configuration");
    assert_eq!(
        header(&told, "primer-client-token").as_deref(),
        Some("acc-1")
    );
    let order = script.screen().order.unwrap();
    assert_eq!(
        (order.total.minor, order.total.currency.code()),
        (3500, "EUR")
    );
    assert_eq!(
        (order.merchant.as_str(), order.reference.as_str()),
        ("Maison Lin", ORDER)
    );
    assert_eq!(script.told("ready"), 1);
    script.pay();
    let card = script.tokenized();
    assert_eq!(
        card.url,
        "https://pci.primer.example/v1/payment-instruments"
    );
    let create = script.reply(Purpose::Create, answer("succeeded", "", ""));
    assert_eq!(
        create.url,
        "https://billing.example/fox/v1/checkout/create_payment"
    );
    assert_eq!(
        header(&create, "idempotency-key"),
        None,
        "the preflight would fail"
    );
    assert_eq!(
        body(&create),
        json!({"payment_method_token": "tok_1", "order_id": ORDER,
            "client_metadata": {"attempt_id": ORDER}})
    );
    assert_eq!(script.stage(), Stage::Paid);
}

#[test]
fn trap_1_bare_objects_are_read_and_errors_in_200_are_errors() {
    let mut script = begin(BTreeMap::new());
    script.state(session()["data"].clone());
    script.state(configuration());
    assert_eq!(script.stage(), Stage::Form);
    for (code, stage) in [
        ("invalid_price", Stage::Unavailable { retry: false }),
        ("invalid_customer", Stage::Unavailable { retry: false }),
        ("bad_request", Stage::Unavailable { retry: false }),
        ("double_purchase", Stage::Owned),
    ] {
        let mut script = begin(BTreeMap::new());
        script.state(json!({"status": "error", "error": [{"msg": "x", "code": code}]}));
        assert_eq!(script.stage(), stage, "{code}");
        assert!(
            !script.waits_for(Purpose::State),
            "{code} is not asked again"
        );
        assert_eq!(script.told("error"), 1);
    }
}

#[test]
fn t11_a_client_token_that_leads_elsewhere_is_no_session() {
    let spoilt: [fn(&mut Value); 8] = [
        |t| t["intent"] = json!("PROCESSOR_3DS"),
        |t| t["expiration"] = json!(SERVER_TIME),
        |t| t["pciUrl"] = json!("https://evil.example/pci"),
        |t| t["pciUrl"] = json!("https://evil.example?x.primer.example/"),
        |t| t["pciUrl"] = json!("http://pci.primer.example/"),
        |t| t["pciUrl"] = json!("https://evilprimer.example/"),
        |t| t["configurationUrl"] = json!("javascript:alert(1)"),
        |t| t["configurationUrl"] = Value::Null,
    ];
    for spoil in spoilt {
        let mut script = begin(BTreeMap::new());
        let mut answer = session();
        answer["data"]["client_token"] = json!(client_token(spoil));
        script.state(answer);
        assert_eq!(script.stage(), Stage::Loading);
        assert!(
            !script.waits_for(Purpose::State),
            "no configuration is asked for"
        );
    }
}

#[test]
fn without_an_amount_there_is_no_form() {
    for bad in [json!(0), json!(-1), json!(35.5), json!("3500"), Value::Null] {
        let mut script = begin(BTreeMap::new());
        script.state(session());
        let mut answer = configuration();
        answer["clientSession"]["order"]["totalOrderAmount"] = bad;
        script.state(answer);
        assert_eq!(script.stage(), Stage::Loading);
    }
}

#[test]
fn f70_a_session_that_does_not_open_is_asked_for_again_and_then_said() {
    let mut script = begin(BTreeMap::new());
    for _ in 0..3 {
        script.respond(Purpose::State, 503, "<html>");
        if script.stage() == Stage::Loading {
            script.wait();
        }
    }
    assert_eq!(script.stage(), Stage::Unavailable { retry: true });
    script.intent(Intent::CheckAgain);
    script.state(session());
    script.state(configuration());
    assert_eq!(script.stage(), Stage::Form);
}

#[test]
fn trap_9_after_a_decline_the_card_is_registered_again_under_the_new_order() {
    let mut script = paying();
    let mut declined = answer("failed", "", "No funds");
    declined["data"]["order_id"] = json!(OTHER);
    script.reply(Purpose::Create, declined);
    assert_eq!(script.stage(), Stage::Form);
    assert!(script.memory.is_empty(), "nothing is open");
    script.pay();
    script.respond(Purpose::Tokenize, 200, r#"{"token":"tok_2"}"#);
    let create = script.reply(Purpose::Create, answer("succeeded", "", ""));
    let sent = body(&create);
    assert_eq!(sent["payment_method_token"], "tok_2");
    assert_eq!(sent["order_id"], OTHER);
    assert_ne!(
        sent["client_metadata"]["attempt_id"], ORDER,
        "an attempt of its own"
    );
}

#[test]
fn trap_4_the_order_is_shown_as_it_was_last_named() {
    let mut script = challenged();
    script.wait();
    script.reply(
        Purpose::Poll,
        json!({"status": "COMPLETE", "id": "resume-1"}),
    );
    let mut pending = answer("processing", "", "");
    pending["data"]["order_id"] = json!(OTHER);
    script.reply(Purpose::Resume, pending);
    assert_eq!(script.stage(), Stage::Processing);
    assert_eq!(script.screen().order.unwrap().reference, OTHER);
    assert!(!script.screen().can_ask && script.sent.is_empty(), "trap 6");
    let again = reload(&script);
    assert_eq!(again.stage(), Stage::Processing);
    assert_eq!(again.screen().order.unwrap().reference, OTHER);
}

#[test]
fn f14_a_lost_answer_stays_unknown_and_is_never_sent_again() {
    for lose in [
        |script: &mut Script| script.lose(Purpose::Create),
        |script: &mut Script| {
            script.respond(Purpose::Create, 500, "oops");
        },
        |script: &mut Script| {
            script.respond(Purpose::Create, 200, "<html>");
        },
    ] {
        let mut script = paying();
        lose(&mut script);
        assert_eq!(script.stage(), Stage::Unknown);
        assert!(script.sent.is_empty());
        assert_eq!(script.screen().order.unwrap().reference, ORDER);
        for event in [
            Event::Woken,
            Event::Connection(false),
            Event::Connection(true),
        ] {
            script.event(event);
        }
        script.pay();
        assert!(script.sent.is_empty() && script.stage() == Stage::Unknown);
        // Nor after a reload, which opens no session either.
        let mut again = reload(&script);
        assert_eq!(again.stage(), Stage::Unknown);
        assert!(again.sent.is_empty());
        let order = again.screen().order.unwrap();
        assert_eq!((order.reference.as_str(), order.total.minor), (ORDER, 3500));
        again.pay();
        assert!(again.sent.is_empty());
    }
}

#[test]
fn f57_the_tab_knows_before_anything_is_sent() {
    let mut script = ready();
    assert!(script.memory.is_empty());
    script.pay();
    script.tokenized();
    // Sent, and the page is loaded again before the answer.
    let text = script.memory.values().next().unwrap().clone();
    for secret in ["4242", "100", "tok_1", "acc-1", "jo@shop.example", "Jo Doe"] {
        let plain = text
            .replace("3500", "")
            .replace(&SERVER_TIME.to_string(), "");
        assert!(!plain.contains(secret), "{secret}: {text}");
    }
    assert_eq!(reload(&script).stage(), Stage::Unknown);
}

#[test]
fn f57_what_never_left_is_not_remembered() {
    let mut script = paying();
    script.event(Event::Connection(false));
    script.unsent(Purpose::Create);
    assert!(matches!(script.stage(), Stage::Waiting(_)));
    assert!(script.memory.is_empty());
}

#[test]
fn f58_a_reload_in_the_challenge_goes_on_with_it() {
    let script = challenged();
    let mut again = reload(&script);
    assert_eq!(again.challenge().url, "https://acs.example/x");
    again.wait();
    again.reply(Purpose::Poll, json!({"status": "PENDING", "id": "early"}));
    again.wait();
    again.reply(
        Purpose::Poll,
        json!({"status": "COMPLETE", "id": "resume-1"}),
    );
    assert_eq!(reload(&again).stage(), Stage::Unknown, "a resume is out");
    let resume = again.reply(Purpose::Resume, answer("succeeded", "", ""));
    assert_eq!(
        body(&resume),
        json!({"resume_token": "resume-1", "order_id": ORDER})
    );
    assert_eq!(again.stage(), Stage::Paid);
    let third = reload(&again);
    assert_eq!(third.stage(), Stage::Paid);
    assert!(third.sent.is_empty());
}

#[test]
fn f58_a_decline_after_a_reload_opens_a_new_session_and_says_why() {
    let mut script = reload(&challenged());
    script.wait();
    script.reply(
        Purpose::Poll,
        json!({"status": "COMPLETE", "id": "resume-1"}),
    );
    script.reply(Purpose::Resume, answer("failed", "", "Not confirmed"));
    assert_eq!(script.stage(), Stage::Loading);
    let mut opened = session();
    opened["data"]["order_id"] = json!(FIRST);
    script.state(opened);
    script.state(configuration());
    assert_eq!(
        (script.stage(), script.failure()),
        (Stage::Form, Some(FailureKind::Other))
    );
    script.pay();
    script.tokenized();
    let create = script.reply(Purpose::Create, answer("succeeded", "", ""));
    assert_eq!(body(&create)["order_id"], FIRST);
}

#[test]
fn another_purchase_in_the_same_tab_is_another_matter() {
    let script = paying();
    for change in [
        |purchase: &mut Purchase| purchase.price = "price_lamp".into(),
        |purchase: &mut Purchase| purchase.customer = "cus_2".into(),
        |purchase: &mut Purchase| purchase.reference = Some("ORD-2".into()),
    ] {
        let mut other = purchase();
        change(&mut other);
        let mut again = Script::direct(script.memory.clone());
        again.event(Event::Purchase(other));
        again.state(config());
        assert_eq!(again.stage(), Stage::Loading);
        assert!(again.waits_for(Purpose::State), "a session is opened");
    }
}

#[test]
fn trap_7_a_challenge_that_was_left_is_asked_on_and_can_be_gone_back_to() {
    let mut script = challenged();
    script.intent(Intent::LeaveChallenge);
    script.intent(Intent::AbandonChallenge);
    assert_eq!(script.stage(), Stage::Left);
    script.pay();
    assert!(
        !script.waits_for(Purpose::Tokenize),
        "the bank may still approve"
    );
    script.intent(Intent::StayInChallenge);
    assert_eq!(script.challenge().url, "https://acs.example/x");
    script.intent(Intent::LeaveChallenge);
    script.intent(Intent::AbandonChallenge);
    script.wait();
    script.reply(
        Purpose::Poll,
        json!({"status": "COMPLETE", "id": "resume-1"}),
    );
    let mut cancelled = answer("cancelled", "", "");
    cancelled["data"]["order_id"] = Value::Null;
    script.reply(Purpose::Resume, cancelled);
    assert_eq!(script.stage(), Stage::Form);
    assert_eq!(script.screen().notice, Some(Notice::PaymentCancelled));
}

#[test]
fn f43_after_ten_minutes_nobody_knows_and_no_form_follows() {
    for leave in [false, true] {
        let mut script = challenged();
        if leave {
            script.intent(Intent::LeaveChallenge);
            script.intent(Intent::AbandonChallenge);
        }
        script.now_ms += 600_000;
        script.wait();
        assert_eq!(script.stage(), Stage::Unknown);
        assert!(script.memory.len() == 1 && script.told("declined") == 0);
    }
}

#[test]
fn f40_the_loop_of_actions_is_bounded() {
    let mut script = challenged();
    for step in 0..5 {
        assert!(matches!(script.stage(), Stage::Challenge(_)), "step {step}");
        script.wait();
        script.reply(Purpose::Poll, json!({"status": "COMPLETE", "id": "r"}));
        let asked = answer("processing", &token("https://acs.example/x"), "");
        script.reply(Purpose::Resume, asked);
    }
    assert_eq!(script.stage(), Stage::Unknown);
}

#[test]
fn f35_a_client_token_that_ran_out_is_replaced_before_the_next_payment() {
    let mut script = ready();
    script.now_ms += 86_400_000;
    script.wait();
    assert_eq!(script.stage(), Stage::Loading);
    script.state(json!({"data": {"client_token":
        client_token(|t| t["expiration"] = json!(SERVER_TIME + 200_000)), "order_id": FIRST}}));
    script.state(configuration());
    assert_eq!(script.stage(), Stage::Form);
    assert_eq!(script.screen().order.unwrap().reference, FIRST);
    assert_eq!(script.told("ready"), 1);
}

#[test]
fn a_double_purchase_is_refused_without_a_charge_and_said() {
    let mut script = paying();
    let refused = json!({"status": "error", "error": [{"code": "double_purchase"}]});
    script.reply(Purpose::Create, refused);
    assert_eq!(script.stage(), Stage::Owned);
    assert!(script.memory.is_empty());
}

#[test]
fn the_device_without_a_connection_says_so_before_anything_is_known() {
    let mut script = Script::direct(BTreeMap::new());
    let (call, _) = script.take(Purpose::State);
    script.event(Event::Answered(call, Err(NoAnswer::NotSent)));
    assert_eq!(script.stage(), Stage::Loading);
    script.wait();
    script.state(config());
    script.event(Event::Purchase(purchase()));
    assert!(script.waits_for(Purpose::State));
}
