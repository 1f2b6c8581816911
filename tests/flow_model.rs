//! The machine against a small model of a backend that knows the true charges: random shoppers,
//! networks and answers, in any order. `LONG=1` runs ten times as many; a failing run prints
//! its seed and shrinks itself, and proptest repeats it the next time.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test may")]

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use fanfare_checkout::{
    card::{Field, Form},
    embed::Told,
    flow::{Backend, Call, Effect, Event, Flow, Purpose, update},
    http::{NoAnswer, Request, Response},
    screen::{Intent, Notice, Screen, Stage},
};
use proptest::prelude::*;
use serde_json::{Value, json};

const ORDER: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
const SERVER_TIME: i64 = 1_800_000_000;

/// How the backend stands to an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Action,
    Processing,
    Unknown,
    Failed,
    Cancelled,
    Paid,
}

/// What befalls a request.
#[derive(Clone, Copy, Debug)]
enum Luck {
    /// Arrives, and its answer too.
    Fine,
    /// The browser never got it.
    NotSent,
    /// Lost on the way there.
    LostBefore,
    /// Arrives, and the answer is lost.
    LostAfter,
    /// Arrives, and the answer is broken.
    Broken(u8),
    /// Refused before it does anything, with a status and perhaps a pause.
    Refused(u16, bool),
}

#[derive(Clone, Debug)]
enum Move {
    Pay,
    Press(u8),
    /// The `n`th request under way is answered, and what the backend decides if it is a payment.
    Answer(u8, Luck, Fate),
    /// The `n`th timer runs out.
    Timer(u8),
    /// The payment system or the bank moves by itself.
    Settle(Fate),
    Connection(bool),
    Woken,
    PutAway,
    Reload,
    Later(u32),
}

fn luck() -> impl Strategy<Value = Luck> {
    prop_oneof![
        6 => Just(Luck::Fine),
        1 => Just(Luck::NotSent),
        1 => Just(Luck::LostBefore),
        1 => Just(Luck::LostAfter),
        1 => (0..8_u8).prop_map(Luck::Broken),
        1 => (prop_oneof![Just(400), Just(401), Just(403), Just(409), Just(429), Just(500), Just(503)], any::<bool>())
            .prop_map(|(status, html)| Luck::Refused(status, html)),
    ]
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        Just(Fate::Action),
        Just(Fate::Processing),
        Just(Fate::Unknown),
        Just(Fate::Failed),
        Just(Fate::Cancelled),
        Just(Fate::Paid),
    ]
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => Just(Move::Pay),
        3 => (0..9_u8).prop_map(Move::Press),
        14 => (any::<u8>(), luck(), fate()).prop_map(|(at, luck, fate)| Move::Answer(at, luck, fate)),
        6 => any::<u8>().prop_map(Move::Timer),
        2 => fate().prop_map(Move::Settle),
        2 => any::<bool>().prop_map(Move::Connection),
        1 => Just(Move::Woken),
        1 => Just(Move::PutAway),
        1 => Just(Move::Reload),
        1 => (0..700_000_u32).prop_map(Move::Later),
    ];
    prop::collection::vec(one, 1..80)
}

/// The backend, as the payment contract and the session's state describe it.
#[derive(Default)]
struct Model {
    /// Features announced: all, or none (a bare payment contract).
    bare: bool,
    /// Every attempt by its id, in the order of arrival.
    attempts: Vec<(String, Fate)>,
    charges: usize,
    /// Ids that were handed out.
    handed: usize,
    cancelled: bool,
}

fn final_fate(fate: Fate) -> bool {
    matches!(fate, Fate::Failed | Fate::Cancelled | Fate::Paid)
}

fn action_token() -> String {
    let payload = json!({"intent": "PROCESSOR_3DS", "redirectUrl": "https://acs.example/x",
        "statusUrl": "https://pay.example/s", "accessToken": "acc"});
    format!("e30.{}.x", URL_SAFE_NO_PAD.encode(payload.to_string()))
}

impl Model {
    fn open(&self) -> Option<&(String, Fate)> {
        self.attempts.iter().find(|(_, fate)| !final_fate(*fate))
    }

    fn paid(&self) -> bool {
        self.attempts.iter().any(|(_, fate)| *fate == Fate::Paid)
    }

    fn settle(&mut self, fate: Fate) {
        if let Some(at) = self
            .attempts
            .iter()
            .position(|(_, fate)| !final_fate(*fate))
        {
            self.attempts[at].1 = fate;
            if fate == Fate::Paid {
                self.charges += 1;
            }
            if final_fate(fate) {
                self.handed += 1;
            }
        }
    }

    fn state(&self) -> Value {
        let (id, phase, token) = match self.open() {
            Some((id, Fate::Action)) => (id.clone(), "action", action_token()),
            Some((id, Fate::Processing)) => (id.clone(), "processing", String::new()),
            Some((id, _)) => (id.clone(), "unknown", String::new()),
            None => (format!("att_{}", self.handed), "new", String::new()),
        };
        let last = self
            .attempts
            .iter()
            .rev()
            .find(|(_, fate)| final_fate(*fate) && *fate != Fate::Paid);
        let order = if self.paid() {
            "paid"
        } else if self.cancelled && self.open().is_none() {
            "cancelled"
        } else {
            "open"
        };
        let mut state = json!({
            "orgId": "demo", "orderId": ORDER, "reference": "ORD-1", "merchant": "Maison Lin",
            "amount": 3500, "currency": "EUR", "lines": [], "capture": "automatic", "language": "en",
            "mode": "hosted", "successUrl": "https://shop.example/ok", "cancelUrl": "https://shop.example/no",
            "parentOrigins": [], "serverTime": SERVER_TIME, "expiresAt": SERVER_TIME + 3600,
            "tokenizer": {"kind": "checkout-com", "url": "https://cko.example/tokens", "publicKey": "pk"},
            "sandbox": false,
            "features": if self.bare { json!([]) } else { json!(["idempotency-key", "status", "cancel"]) },
            "attempt": {"id": id, "phase": phase, "actionRequiredToken": token}, "order": order,
        });
        if let Some((id, fate)) = last {
            state["last"] = json!({"id": id, "cancelled": *fate == Fate::Cancelled,
                "failure": {"kind": "card_declined", "retry": "other_card"}});
        }
        state
    }

    fn told(fate: Fate) -> Value {
        let (status, token) = match fate {
            Fate::Action => ("processing", action_token()),
            Fate::Processing => ("processing", String::new()),
            Fate::Unknown => ("on_hold", String::new()),
            Fate::Failed => ("failed", String::new()),
            Fate::Cancelled => ("cancelled", String::new()),
            Fate::Paid => ("succeeded", String::new()),
        };
        json!({"status": "success", "req_id": "r", "data": {"action_required_token": token,
            "checkout_status": status, "failed_message_for_user": "", "order_id": ORDER}})
    }

    /// What an arriving request does and answers.
    fn take(&mut self, purpose: Purpose, request: &Request, fate: Fate) -> (u16, Value) {
        match purpose {
            Purpose::State => (200, self.state()),
            Purpose::Tokenize => (201, json!({"token": "tok"})),
            Purpose::Poll => match self.open() {
                Some((_, Fate::Action)) if fate != Fate::Paid => {
                    (200, json!({"status": "PENDING"}))
                }
                _ => (200, json!({"status": "COMPLETE", "id": "resume"})),
            },
            Purpose::Create => {
                let id = key(request);
                if let Some((_, fate)) = self.attempts.iter().find(|(known, _)| *known == id) {
                    return (200, Self::told(*fate));
                }
                let error = |code| json!({"status": "error", "req_id": "r", "error": [{"code": code, "msg": ""}]});
                if self.paid() {
                    return (409, error("double_purchase"));
                }
                if self.open().is_some() {
                    return (409, error("attempt_in_progress"));
                }
                self.attempts.push((id, fate));
                if fate == Fate::Paid {
                    self.charges += 1;
                }
                if final_fate(fate) {
                    self.handed += 1;
                }
                (200, Self::told(fate))
            }
            Purpose::Resume => {
                // The gateway decides; an action that was not finished is abandoned by it.
                let fate = if fate == Fate::Action {
                    Fate::Processing
                } else {
                    fate
                };
                let was = self.attempts.last().map(|(_, fate)| *fate);
                if was.is_some_and(|was| !final_fate(was)) {
                    self.settle(fate);
                }
                let now = self
                    .attempts
                    .last()
                    .map_or(Fate::Unknown, |(_, fate)| *fate);
                (200, Self::told(now))
            }
            Purpose::Cancel => {
                let leaves: Value =
                    serde_json::from_str(request.body.as_ref().unwrap().expose()).unwrap();
                if leaves["attempt"].is_string() {
                    if matches!(self.open(), Some((_, Fate::Action | Fate::Processing))) {
                        self.settle(if fate == Fate::Paid {
                            Fate::Paid
                        } else {
                            Fate::Cancelled
                        });
                    }
                } else if self.open().is_none() && !self.paid() {
                    self.cancelled = true;
                } else {
                    return (409, json!({"error": "a payment is open"}));
                }
                (200, self.state())
            }
        }
    }
}

fn key(request: &Request) -> String {
    let header = request
        .headers
        .iter()
        .find(|(name, _)| *name == "idempotency-key");
    header.map_or_else(
        || {
            let body: Value =
                serde_json::from_str(request.body.as_ref().unwrap().expose()).unwrap();
            body["client_metadata"]["attempt_id"]
                .as_str()
                .unwrap()
                .to_owned()
        },
        |(_, value)| value.expose().clone(),
    )
}

/// A shopper at the machine, and everything that is checked after each move.
struct Run {
    model: Model,
    flow: Option<Flow>,
    now_ms: u64,
    sent: Vec<(Call, Request)>,
    timers: Vec<(u32, u64)>,
    /// Ends told since Pay was last accepted.
    ends: usize,
    succeeded: usize,
    /// How often the checkout itself was told to be over without a payment.
    closed: usize,
    /// A server has said that it is paid.
    said_paid: bool,
    /// The ids that went out, and whether the last one has no answer yet.
    ids: Vec<String>,
    doubted: Option<String>,
    cleared: bool,
    /// The newest state that sent or set anything.
    epoch: u32,
}

impl Run {
    fn new(bare: bool) -> Self {
        let mut run = Self {
            model: Model {
                bare,
                ..Model::default()
            },
            flow: None,
            now_ms: 0,
            sent: vec![],
            timers: vec![],
            ends: 0,
            succeeded: 0,
            closed: 0,
            said_paid: false,
            ids: vec![],
            doubted: None,
            cleared: false,
            epoch: 0,
        };
        run.load();
        run
    }

    fn load(&mut self) {
        self.flow = Some(Flow::new(Backend {
            origin: "https://pay.example".into(),
            session: "cs_1".into(),
        }));
        self.sent.clear();
        self.timers.clear();
        (self.ends, self.succeeded, self.closed) = (0, 0, 0);
        self.event(Event::Started);
    }

    fn screen(&self) -> Screen {
        Screen::from(self.flow.as_ref().unwrap())
    }

    fn event(&mut self, event: Event) {
        let before = self.screen().stage;
        let pays = matches!(event, Event::Shopper(Intent::Submitted(_)));
        let (flow, effects) = update(self.flow.take().unwrap(), event, self.now_ms);
        self.flow = Some(flow);
        if pays && before == Stage::Form && self.screen().stage != Stage::Form {
            self.ends = 0;
        }
        let closed = matches!(self.screen().stage, Stage::Cancelled | Stage::Expired);
        for effect in effects {
            match effect {
                Effect::Send(call, request) => {
                    self.epoch = call.epoch;
                    if call.purpose == Purpose::Create {
                        let id = key(&request);
                        // I3: never a new attempt while an old one is in doubt.
                        if let Some(doubted) = &self.doubted {
                            assert_eq!(
                                *doubted, id,
                                "I3: a second attempt while the first is open"
                            );
                            assert!(!self.model.bare, "F14: sent again without an id");
                        }
                        self.ids.push(id);
                    }
                    self.sent.push((call, request));
                }
                Effect::After { epoch, ms } => {
                    self.epoch = epoch;
                    self.timers.push((epoch, self.now_ms + u64::from(ms)));
                }
                Effect::ClearCard => self.cleared = true,
                Effect::ClearCvc => {}
                Effect::Tell(Told::Succeeded { .. }) => self.succeeded += 1,
                Effect::Tell(Told::Cancelled { .. } | Told::Expired { .. }) if closed => {
                    self.closed += 1;
                }
                Effect::Tell(Told::Declined { .. } | Told::Cancelled { .. }) => self.ends += 1,
                Effect::Tell(_) | Effect::Recall { .. } | Effect::Remember { .. } => {}
            }
        }
        self.check();
    }

    /// I2, I3, I5, I6 of every moment.
    fn check(&self) {
        let screen = self.screen();
        let stage = &screen.stage;
        if matches!(stage, Stage::Paid | Stage::Authorised) {
            assert!(self.said_paid, "I2: called paid before a server said so");
            assert!(self.cleared, "I4: the card stays in the form");
        }
        assert!(
            self.model.charges <= 1,
            "I1: charged {} times",
            self.model.charges
        );
        assert!(self.ends <= 1, "I5: one attempt ended {} times", self.ends);
        assert!(self.closed <= 1, "I5: closed {} times", self.closed);
        assert!(
            self.succeeded <= 1,
            "I5: paid told {} times",
            self.succeeded
        );
        if self.doubted.is_some() {
            let says = matches!(
                screen.notice,
                Some(Notice::Failed { .. } | Notice::ChallengeCancelled | Notice::PaymentCancelled)
            );
            assert!(
                !says,
                "I3: an unknown outcome was called failed: {:?}",
                screen.notice
            );
            assert!(
                !matches!(stage, Stage::Form | Stage::Cancelled | Stage::Expired),
                "I3: {stage:?} while a payment is in doubt"
            );
        }
        // I6: something will come, or somebody can press.
        let epoch_lives = self.sent.iter().any(|(call, _)| call.epoch == self.epoch)
            || self.timers.iter().any(|(epoch, _)| *epoch == self.epoch);
        let button = match stage {
            Stage::Form | Stage::Unavailable { .. } | Stage::Waiting(_) | Stage::Challenge(_) => {
                true
            }
            Stage::Checking | Stage::Processing => screen.can_ask,
            _ => false,
        };
        let ended = matches!(
            stage,
            Stage::Paid | Stage::Authorised | Stage::Cancelled | Stage::Expired | Stage::Unknown
        ) || (self.model.bare && *stage == Stage::Processing);
        assert!(
            ended || button || epoch_lives,
            "I6: {stage:?} leads nowhere"
        );
        let moves = matches!(
            stage,
            Stage::Loading
                | Stage::Busy
                | Stage::Waiting(_)
                | Stage::Challenge(_)
                | Stage::Confirming
                | Stage::Checking
        );
        assert!(!moves || epoch_lives, "I6: {stage:?} waits for nothing");
    }

    fn answer(&mut self, at: u8, luck: Luck, fate: Fate) {
        if self.sent.is_empty() {
            return;
        }
        let (call, request) = self.sent.remove(usize::from(at) % self.sent.len());
        let payment = matches!(call.purpose, Purpose::Create | Purpose::Resume);
        let body_of = |model: &mut Model| model.take(call.purpose, &request, fate);
        let result = match luck {
            Luck::Fine => {
                let (status, body) = body_of(&mut self.model);
                self.said_paid |=
                    body["order"] == "paid" || body["data"]["checkout_status"] == "succeeded";
                Ok(response(status, &body.to_string()))
            }
            Luck::NotSent => Err(NoAnswer::NotSent),
            Luck::LostBefore => Err(NoAnswer::Lost),
            Luck::LostAfter => {
                body_of(&mut self.model);
                Err(NoAnswer::Lost)
            }
            Luck::Broken(how) => {
                let (status, body) = body_of(&mut self.model);
                Ok(broken(how, status, &body))
            }
            Luck::Refused(status, html) => Ok(refusal(status, html)),
        };
        self.learn(&call, &result, payment);
        self.event(Event::Answered(call, result));
    }

    /// What an honest observer knows after an answer: whether an attempt is in doubt.
    fn learn(&mut self, call: &Call, result: &Result<Response, NoAnswer>, payment: bool) {
        let open = self.model.open().is_some() || self.model.paid();
        match result {
            Err(NoAnswer::NotSent) => {}
            Ok(answer) if readable(answer) && !open => match call.purpose {
                Purpose::Poll | Purpose::Tokenize => {}
                Purpose::State | Purpose::Cancel | Purpose::Create | Purpose::Resume => {
                    self.doubted = None;
                }
            },
            Ok(answer) if readable(answer) => {}
            _ if payment && open && call.purpose == Purpose::Create => {
                self.doubted = self.ids.last().cloned()
            }
            _ => {}
        }
        if self.said_paid {
            self.doubted = None;
        }
    }

    fn press(&mut self, which: u8) {
        let form = card();
        let intent = match which {
            0 => Intent::Edited(Field::Cvc, form),
            1 => Intent::Blurred(Field::Number, form),
            2 => Intent::ChallengeLoaded,
            3 => Intent::LeaveChallenge,
            4 => Intent::StayInChallenge,
            5 => Intent::AbandonChallenge,
            6 => Intent::Cancelled,
            7 => Intent::StopWaiting,
            _ => Intent::CheckAgain,
        };
        self.event(Event::Shopper(intent));
    }

    fn timer(&mut self, at: u8) {
        if self.timers.is_empty() {
            return;
        }
        let (epoch, due) = self.timers.remove(usize::from(at) % self.timers.len());
        self.now_ms = self.now_ms.max(due);
        self.event(Event::Timer { epoch });
    }

    fn step(&mut self, one: Move) {
        match one {
            Move::Pay => self.event(Event::Shopper(Intent::Submitted(card()))),
            Move::Press(which) => self.press(which),
            Move::Answer(at, luck, fate) => self.answer(at, luck, fate),
            Move::Timer(at) => self.timer(at),
            Move::Settle(fate) => {
                if self.model.open().is_some() && fate != Fate::Action {
                    self.model.settle(fate);
                }
            }
            Move::Connection(online) => self.event(Event::Connection(online)),
            Move::Woken => self.event(Event::Woken),
            Move::PutAway => self.event(Event::PutAway),
            Move::Reload => {
                // What is under way may still arrive.
                self.load();
            }
            Move::Later(ms) => self.now_ms += u64::from(ms),
        }
    }

    /// The network is good again and everything that is open settles: the true state is shown.
    fn come_to_rest(&mut self) {
        self.event(Event::Connection(true));
        for _ in 0..400 {
            if self.model.open().is_some() {
                self.model.settle(Fate::Failed);
            }
            if self.sent.is_empty() {
                if matches!(self.screen().stage, Stage::Form | Stage::Unavailable { .. })
                    || self.timers.is_empty()
                {
                    break;
                }
                self.timer(0);
            } else {
                self.answer(0, Luck::Fine, Fate::Failed);
            }
        }
        if matches!(self.screen().stage, Stage::Unavailable { .. }) {
            self.press(8);
            self.answer(0, Luck::Fine, Fate::Failed);
        }
        let stage = self.screen().stage;
        if self.model.bare {
            return;
        }
        // A form asks by itself.
        if stage == Stage::Form {
            self.event(Event::Shopper(Intent::Edited(Field::Cvc, card())));
            self.now_ms += 60_000;
            self.event(Event::Woken);
            while !self.sent.is_empty() {
                self.answer(0, Luck::Fine, Fate::Failed);
            }
        }
        let stage = self.screen().stage;
        if self.model.paid() {
            assert_eq!(stage, Stage::Paid, "the true state is not shown");
        } else if self.model.cancelled {
            assert_eq!(stage, Stage::Cancelled, "the true state is not shown");
        } else {
            assert_eq!(stage, Stage::Form, "the way on is not shown");
        }
    }
}

fn card() -> Form {
    Form {
        number: "4242 4242 4242 4242".to_owned().into(),
        expiry: "12/30".to_owned().into(),
        cvc: "100".to_owned().into(),
        name: "Jo Doe".to_owned().into(),
    }
}

fn response(status: u16, body: &str) -> Response {
    Response {
        status,
        retry_after: None,
        body: body.into(),
    }
}

fn broken(how: u8, status: u16, body: &Value) -> Response {
    let whole = body.to_string();
    match how {
        0 => response(200, ""),
        1 => response(200, "<html>"),
        2 => response(status, &whole[..whole.len() / 2]),
        3 => response(502, "<html>"),
        4 => response(504, ""),
        5 => response(200, "null"),
        6 => response(200, r#"{"data":{"checkout_status":7}}"#),
        _ => response(500, &whole),
    }
}

fn refusal(status: u16, html: bool) -> Response {
    let code = match status {
        400 => "bad_request",
        429 => "rate_limited",
        500 | 503 => "internal_error",
        _ => "refused",
    };
    let error = json!({"status": "error", "req_id": "r", "error": [{"code": code, "msg": ""}]});
    Response {
        status,
        retry_after: (status == 429).then(|| "3".into()),
        body: if html {
            "<html>".into()
        } else {
            error.to_string()
        },
    }
}

/// Whether the widget can learn anything of an attempt from this.
fn readable(answer: &Response) -> bool {
    answer.status == 200
        && serde_json::from_str::<Value>(&answer.body)
            .is_ok_and(|body| body["orgId"].is_string() || body["data"]["order_id"].is_string())
}

fn config() -> ProptestConfig {
    let long = std::env::var_os("LONG").is_some();
    ProptestConfig {
        cases: if long { 10_000 } else { 1_000 },
        max_shrink_iters: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn i1_i2_i3_i5_i6_hold_whatever_happens(moves in moves()) {
        let mut run = Run::new(false);
        for one in moves {
            run.step(one);
        }
        run.come_to_rest();
    }

    #[test]
    fn f14_they_hold_with_a_backend_that_has_neither_ids_nor_a_state(moves in moves()) {
        let mut run = Run::new(true);
        for one in moves {
            // What is shown after a reload comes from a state, which such a backend has not.
            if !matches!(one, Move::Reload) {
                run.step(one);
            }
        }
        run.come_to_rest();
    }
}
