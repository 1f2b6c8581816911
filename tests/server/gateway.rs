//! A gateway for the tests: the documented contract of Checkout.com's payments, with answers
//! chosen by the card token, and a log of what it was asked.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

#[derive(Default)]
struct Books {
    payments: Vec<Value>,
    /// Idempotency key → index of the payment it made.
    keys: HashMap<String, usize>,
    log: Vec<String>,
    bodies: Vec<Value>,
    /// The idempotency keys of all payment requests, repeats included.
    sent: Vec<String>,
    /// How many payments were asked for with each token.
    posts: HashMap<String, usize>,
    /// A search answers with the latest payments, whatever it was asked for.
    ignore_reference: bool,
    /// A search finds nothing yet.
    hidden: bool,
    /// What is read of a payment has no way to the bank in it; only its own answer has.
    no_redirects: bool,
    /// Nothing can be read.
    away: bool,
    /// What becomes of the next voids and refunds; they work when there is nothing here.
    turns: VecDeque<Turn>,
    /// Payment id → its actions, newest first.
    actions: HashMap<String, Vec<Value>>,
    /// Idempotency keys of captures, voids and refunds, with their bodies.
    reversals: Vec<(String, Value)>,
    /// Idempotency key → the action that it made.
    taken: HashMap<String, String>,
    /// Accepted and not carried out yet: payment, its next status, the action.
    slow: Vec<(usize, String, Value)>,
}

/// What becomes of a capture, void or refund.
#[derive(Clone, Copy)]
pub(crate) enum Turn {
    /// 202, and it fails later.
    Fails,
    /// 202, and the payment is captured before it takes effect.
    CapturedFirst,
    /// 403.
    Refused,
    /// It takes effect, and the answer is lost.
    Lost,
    /// It never came to the system's heart: no effect, no answer.
    Broken,
    /// 202, and it takes effect when the test says so.
    Slow,
    /// 401.
    Unauthorised,
    /// It waits for a permit, then goes on as usual.
    Held,
}

/// The gateway's handle for a test.
#[derive(Clone)]
pub(crate) struct Gateway {
    books: Arc<Mutex<Books>>,
    /// Payments with `tok_gate…` wait for a permit.
    pub(crate) gate: Arc<Semaphore>,
    /// Wakes when a payment request has come in.
    pub(crate) arrived: Arc<tokio::sync::Notify>,
    pub(crate) base: String,
}

impl Gateway {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway = Self {
            books: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
            arrived: Arc::default(),
            base: format!("http://{}", listener.local_addr().unwrap()),
        };
        let router = Router::new()
            .route("/payments", post(pay).get(find))
            .route("/payments/{id}", get(show))
            .route("/payments/{id}/{what}", post(reverse).get(actions))
            .with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        gateway
    }

    /// Payments made, declines included.
    pub(crate) fn payments(&self) -> Vec<Value> {
        self.books.lock().unwrap().payments.clone()
    }

    /// `POST /payments`, `GET /payments/pay_…`, …
    pub(crate) fn log(&self) -> Vec<String> {
        self.books.lock().unwrap().log.clone()
    }

    pub(crate) fn calls(&self, beginning: &str) -> usize {
        let log = self.log();
        log.iter()
            .filter(|line| line.starts_with(beginning))
            .count()
    }

    /// The idempotency keys of all payment requests, repeats included.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.books.lock().unwrap().sent.clone()
    }

    /// Bodies of the payment requests.
    pub(crate) fn bodies(&self) -> Vec<Value> {
        self.books.lock().unwrap().bodies.clone()
    }

    /// Changes a payment as the bank or the shopper would.
    pub(crate) fn set(&self, index: usize, status: &str, approved: bool) {
        let payment = &mut self.books.lock().unwrap().payments[index];
        payment["status"] = json!(status);
        payment["approved"] = json!(approved);
        payment["_links"] = json!({});
    }

    /// From now on only the answer of `POST /payments` has the way to the bank.
    pub(crate) fn hide_redirects(&self) {
        self.books.lock().unwrap().no_redirects = true;
    }

    /// Changes any field of a payment.
    pub(crate) fn edit(&self, index: usize, key: &str, value: Value) {
        self.books.lock().unwrap().payments[index][key] = value;
    }

    /// A second payment with the reference of an earlier one: the system's own fault.
    pub(crate) fn twin(&self, of: usize, status: &str, approved: bool) -> usize {
        let mut books = self.books.lock().unwrap();
        let index = books.payments.len();
        let mut twin = books.payments[of].clone();
        twin["id"] = json!(format!("pay_{index:026}"));
        twin["status"] = json!(status);
        twin["approved"] = json!(approved);
        books.payments.push(twin);
        index
    }

    /// A payment as a question shows it.
    fn read(&self, mut payment: Value) -> Value {
        if self.books.lock().unwrap().no_redirects {
            payment["_links"] = json!({});
        }
        payment
    }

    /// What becomes of the next voids and refunds.
    pub(crate) fn turns(&self, turns: &[Turn]) {
        self.books.lock().unwrap().turns.extend(turns);
    }

    /// An action that the merchant made, or the system by itself.
    pub(crate) fn act(&self, index: usize, kind: &str, amount: i64) {
        let mut books = self.books.lock().unwrap();
        let id = books.payments[index]["id"].as_str().unwrap().to_owned();
        let action = shown(kind, amount, true, "by hand");
        books.actions.entry(id).or_default().insert(0, action);
    }

    /// What was accepted slowly takes effect.
    pub(crate) fn catch_up(&self) {
        let mut books = self.books.lock().unwrap();
        for (index, to, action) in std::mem::take(&mut books.slow) {
            let id = books.payments[index]["id"].as_str().unwrap().to_owned();
            books.payments[index]["status"] = json!(to);
            books.actions.entry(id).or_default().insert(0, action);
        }
    }

    /// Keys and bodies of the captures, voids and refunds that were asked for.
    pub(crate) fn reversals(&self) -> Vec<(String, Value)> {
        self.books.lock().unwrap().reversals.clone()
    }

    /// Searches find nothing, as long as they lag behind.
    pub(crate) fn hide(&self, hidden: bool) {
        self.books.lock().unwrap().hidden = hidden;
    }

    /// Reading a payment fails.
    pub(crate) fn be_away(&self, away: bool) {
        self.books.lock().unwrap().away = away;
    }

    /// Makes searches ignore the reference.
    pub(crate) fn ignore_reference(&self, ignore: bool) {
        self.books.lock().unwrap().ignore_reference = ignore;
    }

    fn note(&self, line: String) {
        self.books.lock().unwrap().log.push(line);
    }
}

async fn pay(
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    gateway.note("POST /payments".into());
    gateway.arrived.notify_one();
    // `tok_kind~suffix#card`: tests tell tokens apart by the suffix, and cards by the last part.
    // A kept card is called by its last part and does as a token of that name.
    let whole = match body["source"]["id"].as_str() {
        Some(id) => id
            .replacen("src_", "tok_", 1)
            .trim_end_matches('_')
            .to_owned(),
        None => body["source"]["token"].as_str().unwrap().to_owned(),
    };
    let token = whole.split('~').next().unwrap_or_default().to_owned();
    let key = headers["cko-idempotency-key"].to_str().unwrap().to_owned();
    assert_eq!(headers["authorization"], "sk_test_demo");
    assert!(body["capture"].is_boolean() && body["amount"].is_i64());
    if token.starts_with("tok_gate") {
        gateway.gate.acquire().await.unwrap().forget();
    }
    let again = gateway.books.lock().unwrap().posts.contains_key(&whole);
    if token == "tok_lost_then_slow" && again {
        gateway.gate.acquire().await.unwrap().forget();
    }
    let (payment, posts) = match make(&gateway, &body, &key, &whole, &token) {
        Ok(made) => made,
        Err(answer) => return *answer,
    };
    // Made, and the answer is slow.
    if token.ends_with("_late") {
        gateway.gate.acquire().await.unwrap().forget();
    }
    match token.as_str() {
        "tok_lost" | "tok_lost_then_slow" | "tok_lost_forgotten" | "tok_3ds_lost" if posts == 1 => {
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        "tok_broken" => (StatusCode::CREATED, "{\"id\":\"pay_").into_response(),
        _ if payment["approved"].is_null() => {
            let id = [("cko-request-id", "cko-req-1")];
            (StatusCode::ACCEPTED, id, Json(payment)).into_response()
        }
        _ => (StatusCode::CREATED, Json(payment)).into_response(),
    }
}

/// The payment that a request makes, and how often its token came.
fn make(
    gateway: &Gateway,
    body: &Value,
    key: &str,
    whole: &str,
    token: &str,
) -> Result<(Value, usize), Box<Response>> {
    let mut books = gateway.books.lock().unwrap();
    books.bodies.push(body.clone());
    books.sent.push(key.to_owned());
    let posts = {
        let posts = books.posts.entry(whole.to_owned()).or_default();
        *posts += 1;
        *posts
    };
    if let Some(index) = books.keys.get(key) {
        return Err((StatusCode::CREATED, Json(books.payments[*index].clone()))
            .into_response()
            .into());
    }
    let refuse = |code| {
        let body = json!({"error_type": "request_invalid", "error_codes": [code]});
        (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
    };
    match token {
        "tok_expired" => return Err(refuse("token_expired").into()),
        // Not processed the first time; then as usual.
        "tok_500_first" if posts == 1 => {
            return Err(StatusCode::BAD_GATEWAY.into_response().into());
        }
        // Somebody else's payment the first time; then as usual.
        "tok_foreign_first" if posts == 1 => {
            let body = json!({"id": "pay_foreign0000000000000000000", "status": "Authorized",
                "approved": true, "amount": body["amount"], "currency": body["currency"],
                "reference": "somebody-else"});
            return Err((StatusCode::CREATED, Json(body)).into_response().into());
        }
        // Not processed, and the token is dead when it comes again.
        "tok_500_dead" if posts == 1 => return Err(StatusCode::BAD_GATEWAY.into_response().into()),
        "tok_500_dead" => return Err(refuse("token_used").into()),
        // Processed, the answer lost, and the key forgotten: the token is used.
        "tok_lost_forgotten" if posts > 1 => return Err(refuse("token_used").into()),
        _ => {}
    }
    let index = books.payments.len();
    let (status, approved, code) = if token.starts_with("tok_3ds") {
        ("Pending", None, None)
    } else if let Some(code) = token.strip_prefix("tok_decline_") {
        ("Declined", Some(false), Some(&code[..5]))
    } else {
        ("Authorized", Some(true), Some("10000"))
    };
    let mut payment = json!({
        "id": format!("pay_{index:026}"),
        "status": status,
        "amount": body["amount"],
        "currency": body["currency"],
        "reference": body["reference"],
        "_links": {},
    });
    if let Some((_, card)) = body["source"]["token"]
        .as_str()
        .and_then(|text| text.split_once('#'))
    {
        payment["source"] = json!({"type": "card", "fingerprint": format!("print-{card}"),
            "id": format!("src_{card}")});
    }
    if token == "tok_wrong_amount" {
        payment["amount"] = json!(1);
    }
    if let Some(approved) = approved {
        payment["approved"] = json!(approved);
        payment["response_code"] = json!(code);
    } else {
        payment["_links"] = json!({"redirect": {"href": "http://bank.localhost:4807/3ds"}});
    }
    books.payments.push(payment.clone());
    if token != "tok_lost_forgotten" {
        books.keys.insert(key.to_owned(), index);
    }
    Ok((payment, posts))
}

async fn find(
    State(gateway): State<Gateway>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    gateway.note("GET /payments?reference".into());
    let mut list = gateway.payments();
    if !gateway.books.lock().unwrap().ignore_reference {
        list.retain(|payment| payment["reference"] == query["reference"].as_str());
    }
    if gateway.books.lock().unwrap().hidden {
        list.clear();
    }
    let list: Vec<Value> = list.into_iter().map(|one| gateway.read(one)).collect();
    Json(json!({"total_count": list.len(), "data": list})).into_response()
}

async fn show(State(gateway): State<Gateway>, Path(id): Path<String>) -> Response {
    gateway.note(format!("GET /payments/{id}"));
    if gateway.books.lock().unwrap().away {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let found = gateway
        .payments()
        .into_iter()
        .find(|payment| payment["id"] == id.as_str());
    found.map_or(StatusCode::NOT_FOUND.into_response(), |payment| {
        Json(gateway.read(payment)).into_response()
    })
}

fn shown(kind: &str, amount: i64, approved: bool, reference: &str) -> Value {
    json!({
        "id": "act_00000000000000000000000000", "type": kind, "amount": amount,
        "approved": approved, "response_code": if approved { "10000" } else { "20005" },
        "reference": reference, "processed_on": "2030-01-01T00:00:00Z",
    })
}

async fn actions(
    State(gateway): State<Gateway>,
    Path((id, what)): Path<(String, String)>,
) -> Response {
    assert_eq!(what, "actions");
    gateway.note(format!("GET /payments/{id}/actions"));
    let actions = gateway.books.lock().unwrap().actions.get(&id).cloned();
    Json(actions.unwrap_or_default()).into_response()
}

async fn reverse(
    State(gateway): State<Gateway>,
    Path((id, what)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    gateway.note(format!("POST /payments/{id}/{what}"));
    gateway.arrived.notify_one();
    assert_eq!(headers["authorization"], "sk_test_demo");
    let held = gateway.books.lock().unwrap().turns.front().copied();
    if matches!(held, Some(Turn::Held)) {
        gateway.books.lock().unwrap().turns.pop_front();
        gateway.gate.acquire().await.unwrap().forget();
    }
    let key = headers["cko-idempotency-key"].to_str().unwrap().to_owned();
    let accepted = |action: &str| {
        let body = json!({"action_id": action, "reference": "as sent"});
        (StatusCode::ACCEPTED, Json(body)).into_response()
    };
    let mut books = gateway.books.lock().unwrap();
    let repeated = books.taken.get(&key).cloned();
    books.reversals.push((key.clone(), body.clone()));
    if let Some(action) = repeated {
        return accepted(&action);
    }
    let turn = books.turns.pop_front();
    if matches!(turn, Some(Turn::Broken)) {
        // A key whose request was not processed may come again.
        return StatusCode::BAD_GATEWAY.into_response();
    }
    if matches!(turn, Some(Turn::Unauthorised)) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let index = books
        .payments
        .iter()
        .position(|payment| payment["id"] == id.as_str())
        .unwrap();
    let status = books.payments[index]["status"].as_str().unwrap().to_owned();
    let whole = books.payments[index]["amount"].as_i64().unwrap();
    let sum = |books: &Books, kind: &str| -> i64 {
        let actions = books.actions.get(&id).into_iter().flatten();
        let counted = actions.filter(|action| action["type"] == kind && action["approved"] == true);
        counted.filter_map(|action| action["amount"].as_i64()).sum()
    };
    let invalid = |code: &str| {
        let body = json!({"request_id": "0HL80RJLS76I7", "error_type": "request_invalid",
            "error_codes": [code]});
        (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
    };
    let (kind, possible, to, amount) = match what.as_str() {
        "voids" => ("Void", status == "Authorized", "Voided", whole),
        "captures" => {
            let amount = body["amount"].as_i64().unwrap_or(whole);
            let to = if amount == whole {
                "Captured"
            } else {
                "Partially Captured"
            };
            ("Capture", status == "Authorized", to, amount)
        }
        _ => {
            let captured = match sum(&books, "Capture") {
                0 if status == "Captured" => whole,
                captured => captured,
            };
            let left = captured - sum(&books, "Refund");
            let amount = body["amount"].as_i64().unwrap_or(left);
            let to = if amount == left {
                "Refunded"
            } else {
                "Partially Refunded"
            };
            if left > 0 && amount > left {
                return invalid("refund_amount_exceeds_balance");
            }
            ("Refund", left > 0, to, amount)
        }
    };
    if !possible || matches!(turn, Some(Turn::Refused)) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let reference = body["reference"].as_str().unwrap_or_default();
    let works = !matches!(turn, Some(Turn::Fails | Turn::CapturedFirst));
    let mut action = shown(kind, amount, works, reference);
    let action_id = format!("act_{:026}", books.taken.len() + 1);
    action["id"] = json!(action_id);
    books.taken.insert(key, action_id.clone());
    match turn {
        Some(Turn::Slow) => {
            books.slow.push((index, to.to_owned(), action));
            return accepted(&action_id);
        }
        Some(Turn::Fails) => {
            books.actions.entry(id).or_default().insert(0, action);
            return accepted(&action_id);
        }
        Some(Turn::CapturedFirst) => {
            books.actions.entry(id).or_default().insert(0, action);
            books.payments[index]["status"] = json!("Captured");
            return accepted(&action_id);
        }
        _ => {}
    }
    books.actions.entry(id).or_default().insert(0, action);
    books.payments[index]["status"] = json!(to);
    match turn {
        Some(Turn::Lost) => StatusCode::BAD_GATEWAY.into_response(),
        _ => accepted(&action_id),
    }
}
