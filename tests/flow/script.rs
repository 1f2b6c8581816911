//! A shopper, a backend, and the machine between them.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use fanfare_checkout::{
    card::Form,
    embed::Told,
    flow::{Backend, Call, Effect, Event, Flow, Place, Purpose, update},
    http::{NoAnswer, Request, Response},
    outcome::FailureKind,
    screen::{Challenge, Intent, Notice, Screen, Stage},
};
use serde_json::{Value, json};

pub(crate) const ORDER: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
pub(crate) const OTHER: &str = "7d1f6b1e-1c1c-4a7e-9f3a-2f6f7f0a9b11";
/// 2027-01-15, so that a card of 12/30 is good.
pub(crate) const SERVER_TIME: i64 = 1_800_000_000;

/// A shopper, a backend, and the machine between them.
pub(crate) struct Script {
    pub(crate) flow: Option<Flow>,
    pub(crate) now_ms: u64,
    /// Sent and not answered yet.
    pub(crate) sent: Vec<(Call, Request)>,
    pub(crate) timers: Vec<(u32, u32)>,
    pub(crate) told: Vec<Told>,
    pub(crate) cleared_cvc: usize,
    pub(crate) cleared_card: usize,
    /// What the tab remembers, by the purchase's name.
    pub(crate) memory: BTreeMap<String, String>,
}

pub(crate) fn state(change: impl FnOnce(&mut Value)) -> Value {
    let mut state = json!({
        "orgId": "demo", "orderId": ORDER, "reference": "ORD-1", "merchant": "Maison Lin",
        "amount": 3500, "currency": "EUR",
        "lines": [{"name": "Shirt", "quantity": 1, "amount": 3500}],
        "capture": "automatic", "language": "en", "mode": "hosted",
        "successUrl": "https://shop.example/ok", "cancelUrl": "https://shop.example/no",
        "parentOrigins": [], "serverTime": SERVER_TIME, "expiresAt": SERVER_TIME + 3600,
        "tokenizer": {"kind": "checkout-com", "url": "https://cko.example/tokens", "publicKey": "pk_test_demo"},
        "sandbox": false, "features": ["idempotency-key", "status", "cancel", "of-tomorrow"],
        "attempt": {"id": "att_1", "phase": "new"}, "order": "open", "addedLater": 1
    });
    change(&mut state);
    state
}

pub(crate) fn attempt(id: &str, phase: &str, token: &str) -> Value {
    state(|s| s["attempt"] = json!({"id": id, "phase": phase, "actionRequiredToken": token}))
}

pub(crate) fn answer(status: &str, token: &str, message: &str) -> Value {
    json!({"status": "success", "req_id": "req_9", "data": {
        "action_required_token": token, "checkout_status": status,
        "failed_message_for_user": message, "order_id": ORDER}})
}

pub(crate) fn token(url: &str) -> String {
    let payload = json!({"intent": "PROCESSOR_3DS", "redirectUrl": url, "statusUrl": "https://pay.example/s",
        "accessToken": "acc", "exp": SERVER_TIME + 900});
    format!("e30.{}.x", URL_SAFE_NO_PAD.encode(payload.to_string()))
}

pub(crate) fn form(number: &str) -> Form {
    Form {
        number: number.to_owned().into(),
        expiry: "12/30".to_owned().into(),
        cvc: "100".to_owned().into(),
        name: "Jo Doe".to_owned().into(),
    }
}

impl Script {
    pub(crate) fn new() -> Self {
        let backend = Backend {
            origin: "https://pay.example".into(),
            session: "cs_1".into(),
        };
        let mut script = Self {
            flow: Some(Flow::new(backend)),
            now_ms: 0,
            sent: vec![],
            timers: vec![],
            told: vec![],
            cleared_cvc: 0,
            cleared_card: 0,
            memory: BTreeMap::new(),
        };
        script.event(Event::Started);
        script
    }

    /// The same at FunnelFox, in a tab that remembers `memory`.
    pub(crate) fn direct(memory: BTreeMap<String, String>) -> Self {
        let place = Place {
            origin: "https://pay.example".into(),
            org: "demo".into(),
        };
        let mut script = Self {
            flow: Some(Flow::direct(place)),
            memory,
            ..Self::new()
        };
        script.sent.clear();
        script.timers.clear();
        script.event(Event::Started);
        script
    }

    /// The form is up and ready.
    pub(crate) fn ready() -> Self {
        let mut script = Self::new();
        script.state(state(|_| ()));
        assert_eq!(script.stage(), Stage::Form);
        script
    }

    /// Pay was pressed, the card has its token, and `create_payment` is out.
    pub(crate) fn paying() -> Self {
        let mut script = Self::ready();
        script.pay();
        script.tokenized();
        assert!(
            script.waits_for(Purpose::Create),
            "create_payment was not sent"
        );
        script
    }

    /// The bank's page is open.
    pub(crate) fn challenged() -> Self {
        let mut script = Self::paying();
        script.reply(
            Purpose::Create,
            answer("processing", &token("https://acs.example/x"), ""),
        );
        assert!(matches!(script.stage(), Stage::Challenge(_)));
        script
    }

    pub(crate) fn event(&mut self, event: Event) {
        let (flow, effects) = update(self.flow.take().unwrap(), event, self.now_ms);
        self.flow = Some(flow);
        for effect in effects {
            match effect {
                Effect::Send(call, request) => self.sent.push((call, request)),
                Effect::After { epoch, ms } => self.timers.push((epoch, ms)),
                Effect::ClearCvc => self.cleared_cvc += 1,
                Effect::ClearCard => self.cleared_card += 1,
                Effect::Tell(told) => self.told.push(told),
                Effect::Recall { key } => {
                    let marker = self.memory.get(&key).cloned().map(Into::into);
                    self.event(Event::Recalled(marker));
                }
                Effect::Remember { key, marker } => match marker {
                    Some(marker) => {
                        self.memory.insert(key, marker.expose().clone());
                    }
                    None => {
                        self.memory.remove(&key);
                    }
                },
            }
        }
    }

    pub(crate) fn intent(&mut self, intent: Intent) {
        self.event(Event::Shopper(intent));
    }

    pub(crate) fn pay(&mut self) {
        self.intent(Intent::Submitted(form("4242 4242 4242 4242")));
    }

    pub(crate) fn waits_for(&self, purpose: Purpose) -> bool {
        self.sent.iter().any(|(call, _)| call.purpose == purpose)
    }

    /// The newest unanswered request of a purpose.
    pub(crate) fn take(&mut self, purpose: Purpose) -> (Call, Request) {
        let at = self
            .sent
            .iter()
            .rposition(|(call, _)| call.purpose == purpose);
        self.sent
            .remove(at.unwrap_or_else(|| panic!("no {purpose:?} was sent")))
    }

    pub(crate) fn respond(&mut self, purpose: Purpose, status: u16, body: &str) -> Request {
        let (call, request) = self.take(purpose);
        let response = Response {
            status,
            retry_after: None,
            body: body.into(),
        };
        self.event(Event::Answered(call, Ok(response)));
        request
    }

    pub(crate) fn reply(&mut self, purpose: Purpose, body: Value) -> Request {
        self.respond(purpose, 200, &body.to_string())
    }

    pub(crate) fn lose(&mut self, purpose: Purpose) {
        let (call, _) = self.take(purpose);
        self.event(Event::Answered(call, Err(NoAnswer::Lost)));
    }

    pub(crate) fn state(&mut self, state: Value) {
        self.reply(Purpose::State, state);
    }

    pub(crate) fn tokenized(&mut self) -> Request {
        self.respond(Purpose::Tokenize, 201, r#"{"token":"tok_1"}"#)
    }

    /// Lets the newest timer run out.
    pub(crate) fn wait(&mut self) {
        let (epoch, ms) = self.timers.pop().expect("nothing is waited for");
        self.now_ms += u64::from(ms);
        self.event(Event::Timer { epoch });
    }

    pub(crate) fn screen(&self) -> Screen {
        Screen::from(self.flow.as_ref().unwrap())
    }

    pub(crate) fn stage(&self) -> Stage {
        self.screen().stage
    }

    pub(crate) fn failure(&self) -> Option<FailureKind> {
        match self.screen().notice {
            Some(Notice::Failed { failure, .. }) => Some(failure.kind),
            _ => None,
        }
    }

    /// What the bank's dialog shows.
    pub(crate) fn challenge(&self) -> Challenge {
        match self.stage() {
            Stage::Challenge(challenge) => challenge,
            other => panic!("no challenge: {other:?}"),
        }
    }

    /// A refusal with a pause in its header.
    pub(crate) fn slow(&mut self, purpose: Purpose, retry_after: &str) -> Request {
        let (call, request) = self.take(purpose);
        let response = Response {
            status: 429,
            retry_after: Some(retry_after.to_owned()),
            body: String::new(),
        };
        self.event(Event::Answered(call, Ok(response)));
        request
    }

    /// The request never left.
    pub(crate) fn unsent(&mut self, purpose: Purpose) -> Request {
        let (call, request) = self.take(purpose);
        self.event(Event::Answered(call, Err(NoAnswer::NotSent)));
        request
    }

    pub(crate) fn told(&self, name: &str) -> usize {
        self.told.iter().filter(|told| told.name() == name).count()
    }
}

pub(crate) fn body(request: &Request) -> Value {
    serde_json::from_str(request.body.as_ref().unwrap().expose()).unwrap()
}

pub(crate) fn key(request: &Request) -> String {
    let key = request
        .headers
        .iter()
        .find(|(name, _)| *name == "idempotency-key");
    key.unwrap().1.expose().clone()
}
