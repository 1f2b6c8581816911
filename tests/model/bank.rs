//! A gateway by its documents: payments by single-use tokens, a `Cko-Idempotency-Key` that
//! replays the first successful answer and answers 429 while the first still runs, reads,
//! searches, voids and refunds. It knows nothing of who asks; faults are ordered from outside.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Query, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::program::{Answer, Fault};

/// Longer than anybody waits for the gateway in these tests.
const TOO_LONG: Duration = Duration::from_secs(5);

/// From the work on a payment to its answer: time enough to die in.
const ON_THE_WAY: Duration = Duration::from_millis(30);

/// An answer: status and body.
type Said = (StatusCode, Value);

#[derive(Default)]
struct Books {
    payments: Vec<Value>,
    /// Successful answers by idempotency key.
    stored: HashMap<String, Said>,
    in_progress: HashSet<String>,
    used: HashSet<String>,
    faults: VecDeque<Fault>,
    charges: usize,
}

#[derive(Clone)]
pub(crate) struct Bank {
    books: Arc<Mutex<Books>>,
    pub(crate) base: String,
    /// How long the callers wait.
    deadline: Duration,
}

struct Asked {
    method: Method,
    path: String,
    reference: String,
    key: Option<String>,
    body: Value,
}

impl Asked {
    /// A key belongs to a path.
    fn scope(&self) -> Option<String> {
        Some(format!("{} {}", self.path, self.key.as_ref()?))
    }
}

impl Bank {
    pub(crate) async fn open(deadline: Duration) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bank = Self {
            books: Arc::default(),
            base: format!("http://{}", listener.local_addr().unwrap()),
            deadline,
        };
        let router = Router::new().fallback(serve).with_state(bank.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        bank
    }

    pub(crate) fn order(&self, fault: Fault) {
        self.books.lock().unwrap().faults.push_back(fault);
    }

    pub(crate) fn forget_faults(&self) {
        self.books.lock().unwrap().faults.clear();
    }

    pub(crate) fn payments(&self) -> Vec<Value> {
        self.books.lock().unwrap().payments.clone()
    }

    /// The oldest or newest payment that waits for the shopper is decided.
    pub(crate) fn decide(&self, oldest: bool, answer: Answer) {
        let mut books = self.books.lock().unwrap();
        let mut open = books
            .payments
            .iter_mut()
            .filter(|payment| payment["status"] == "Pending");
        let payment = if oldest {
            open.next()
        } else {
            open.next_back()
        };
        let Some(payment) = payment else { return };
        let (status, approved, code) = match answer {
            Answer::Approve if payment["captured"] == true => ("Captured", true, "10000"),
            Answer::Approve => ("Authorized", true, "10000"),
            Answer::Refuse => ("Declined", false, "20151"),
            Answer::Cancel => ("Canceled", false, "20153"),
        };
        payment["status"] = json!(status);
        payment["approved"] = json!(approved);
        payment["response_code"] = json!(code);
        payment["_links"] = json!({});
    }

    /// Works on a request, once per key.
    fn work(&self, asked: &Asked) -> Said {
        let mut books = self.books.lock().unwrap();
        let scope = asked
            .key
            .as_ref()
            .map(|key| format!("{} {key}", asked.path));
        if let Some(said) = scope.as_ref().and_then(|scope| books.stored.get(scope)) {
            return said.clone();
        }
        let parts: Vec<&str> = asked.path.split('/').skip(1).collect();
        let said = match (&asked.method, parts.as_slice()) {
            (&Method::POST, ["payments"]) => books.pay(&asked.body),
            (&Method::POST, ["payments", id, what]) => books.give_back(id, what),
            (_, ["payments"]) => {
                let found: Vec<&Value> = books
                    .payments
                    .iter()
                    .filter(|payment| payment["reference"] == asked.reference.as_str())
                    .collect();
                let list = json!({"total_count": found.len(), "data": found});
                (StatusCode::OK, list)
            }
            (_, ["payments", id]) => {
                let found = books.payments.iter().find(|payment| payment["id"] == *id);
                found.map_or((StatusCode::NOT_FOUND, Value::Null), |payment| {
                    (StatusCode::OK, payment.clone())
                })
            }
            _ => (StatusCode::NOT_FOUND, Value::Null),
        };
        if let Some(scope) = scope
            && said.0.is_success()
        {
            books.stored.insert(scope, said.clone());
        }
        said
    }
}

impl Books {
    fn pay(&mut self, body: &Value) -> Said {
        self.charges += 1;
        let token = body["source"]["token"].as_str().unwrap();
        if !self.used.insert(token.into()) {
            let refusal = json!({"error_type": "request_invalid", "error_codes": ["token_used"]});
            return (StatusCode::UNPROCESSABLE_ENTITY, refusal);
        }
        let mut payment = json!({
            "id": format!("pay_{:026}", self.payments.len()),
            "amount": body["amount"], "currency": body["currency"],
            "reference": body["reference"], "success_url": body["success_url"],
            "_links": {}, "captured": self.charges.is_multiple_of(2),
        });
        let status = if token.starts_with("tok_asked") {
            payment["status"] = json!("Pending");
            payment["_links"] = json!({"redirect": {"href": "http://bank.localhost:4807/3ds"}});
            StatusCode::ACCEPTED
        } else {
            let good = token.starts_with("tok_good");
            let captured = good && payment["captured"] == true;
            payment["status"] = json!(match (good, captured) {
                (_, true) => "Captured",
                (true, _) => "Authorized",
                _ => "Declined",
            });
            payment["approved"] = json!(good);
            payment["response_code"] = json!(if good { "10000" } else { "20051" });
            StatusCode::CREATED
        };
        self.payments.push(payment.clone());
        (status, payment)
    }

    fn give_back(&mut self, id: &str, what: &str) -> Said {
        let found = self
            .payments
            .iter_mut()
            .find(|payment| payment["id"] == *id);
        let Some(payment) = found else {
            return (StatusCode::NOT_FOUND, Value::Null);
        };
        let (from, to) = if what == "voids" {
            ("Authorized", "Voided")
        } else {
            ("Captured", "Refunded")
        };
        if payment["status"] != from {
            return (StatusCode::FORBIDDEN, Value::Null);
        }
        payment["status"] = json!(to);
        (StatusCode::ACCEPTED, json!({"action_id": "act_1"}))
    }
}

fn tell((status, body): Said) -> Response {
    (status, axum::Json(body)).into_response()
}

async fn serve(
    State(bank): State<Bank>,
    method: Method,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = Asked {
        method,
        path: uri.path().into(),
        reference: query.get("reference").cloned().unwrap_or_default(),
        key: headers
            .get("cko-idempotency-key")
            .map(|key| key.to_str().unwrap().to_owned()),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let fault = bank.books.lock().unwrap().faults.pop_front();
    let Some(fault) = fault else {
        let said = bank.in_turn(&asked);
        if asked.method == Method::POST {
            tokio::time::sleep(ON_THE_WAY).await;
        }
        return tell(said);
    };
    match fault {
        Fault::LostBefore => tokio::time::sleep(TOO_LONG).await,
        Fault::LostAfter => {
            bank.in_turn(&asked);
            tokio::time::sleep(TOO_LONG).await;
        }
        Fault::Doubled => {
            bank.in_turn(&asked);
            return tell(bank.in_turn(&asked));
        }
        Fault::Late => {
            let scope = asked.key.clone().unwrap_or_default();
            bank.books.lock().unwrap().in_progress.insert(scope.clone());
            // Goes on when the caller has hung up.
            tokio::spawn(async move {
                tokio::time::sleep(bank.deadline + Duration::from_millis(60)).await;
                bank.work(&asked);
                bank.books.lock().unwrap().in_progress.remove(&scope);
            });
            tokio::time::sleep(TOO_LONG).await;
        }
        Fault::Overtaken => {
            let said = bank.in_turn(&asked);
            tokio::time::sleep(bank.deadline / 2).await;
            return tell(said);
        }
        Fault::ErrorBefore => {}
        Fault::ErrorAfter => {
            bank.in_turn(&asked);
            bank.forget(&asked);
        }
        Fault::Broken => {
            let (status, body) = bank.in_turn(&asked);
            let mut half = body.to_string();
            half.truncate(half.len() / 2);
            return (status, [(header::CONTENT_TYPE, "application/json")], half).into_response();
        }
        Fault::TooMany => {
            return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")]).into_response();
        }
    }
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

impl Bank {
    /// Only successful answers are kept for their key: this one was an error to the caller.
    fn forget(&self, asked: &Asked) {
        if let Some(scope) = asked.scope() {
            self.books.lock().unwrap().stored.remove(&scope);
        }
    }

    /// As [`Bank::work`], unless the same key is being worked on.
    fn in_turn(&self, asked: &Asked) -> Said {
        if let Some(key) = &asked.key
            && self.books.lock().unwrap().in_progress.contains(key)
        {
            return (StatusCode::TOO_MANY_REQUESTS, Value::Null);
        }
        self.work(asked)
    }
}
