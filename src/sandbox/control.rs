//! `/control`: the sandbox's strings. Clock, faults, decisions of the bank, and what was counted.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{
    checkout_com::{
        codes,
        ledger::{Payment, Status},
        show,
    },
    clock::rfc3339,
    commerce_layer, fault, flexprice, funnelfox,
    post::Release,
    state::{Decline, World},
};

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/control", get(overview))
        .route("/control/reset", post(reset))
        .route("/control/clock", get(clock).post(advance))
        .route(
            "/control/faults",
            get(list_faults).post(order_fault).delete(forget_faults),
        )
        .route("/control/declines", post(order_declines))
        .route("/control/settle", post(settle))
        .route("/control/counters", get(counters))
        .route("/control/payments", get(payments))
        .route("/control/webhooks", get(webhooks).post(order_webhooks))
}

/// A body that could not be used, in words.
struct Unusable(StatusCode, String);

impl Unusable {
    fn because(text: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, text.into())
    }
}

impl IntoResponse for Unusable {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

fn read(body: &[u8]) -> Result<Value, Unusable> {
    serde_json::from_slice(body)
        .map_err(|error| Unusable::because(format!("the body is no JSON: {error}")))
}

async fn overview() -> Json<Value> {
    Json(json!({
        "POST /control/reset": "forget everything, back to real time",
        "GET /control/clock": "{now, time, offset}",
        "POST /control/clock": "{advance: seconds}",
        "POST /control/faults": format!("{{path, kind, method?, match?, reused?, times?, skip?, delayMs?, everyMs?, bytes?, retryAfter?, status?, body?, contentType?, processed?}}; paths of the stand-ins and, with --proxy, of the checkout server; match: text in the address or body, or in the metadata of the payment that the address names; reused: only if not the first request on its connection; kinds: {}", fault::NAMES),
        "GET, DELETE /control/faults": "what is still to happen, and what was counted; DELETE ?match=… forgets only those with this match",
        "POST /control/declines": "{code, times?, order?, of?: payment | capture | void | refund}: the next payments are declined with this response code; the next captures, voids or refunds are accepted, and then declined; order as for settle",
        "POST /control/settle": "{id | reference | order, outcome: approve | decline | cancel, code?}: the bank decides a pending payment; order is any value of its metadata",
        "GET /control/counters": "requests and connections per path; payments approved, captured, voided, refunded; charges per reference and per metadata value",
        "GET /control/webhooks": "every webhook with its deliveries: held, waiting, delivered or given up",
        "POST /control/webhooks": "{hold: true | false, match?}, {release: \"all\" | \"reversed\" | n} or {repeat: n}: hold webhooks back (match: only those with this text), send held ones, send all again that were sent",
        "GET /control/payments, /control/primer, GET and POST /control/funnelfox, /control/commerce-layer, /control/flexprice": "every payment as the API shows it, with its actions; the last three also say what can be ordered there",
    }))
}

async fn reset(State(world): State<Arc<World>>) -> Json<Value> {
    world.reset();
    Json(json!({"ok": true}))
}

async fn clock(State(world): State<Arc<World>>) -> Json<Value> {
    let now = world.clock.now();
    Json(json!({"now": now, "time": rfc3339(now), "offset": world.clock.offset()}))
}

async fn advance(state: State<Arc<World>>, body: Bytes) -> Result<Json<Value>, Unusable> {
    let seconds = read(&body)?["advance"]
        .as_u64()
        .and_then(|seconds| u32::try_from(seconds).ok())
        .ok_or_else(|| {
            Unusable::because(
                "expected {\"advance\": seconds}, a whole number: the clock never goes back",
            )
        })?;
    state.clock.advance(seconds);
    Ok(clock(state).await)
}

async fn list_faults(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({"faults": world.faults.list()}))
}

async fn order_fault(
    state: State<Arc<World>>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Unusable> {
    state
        .faults
        .order(&read(&body)?)
        .map_err(Unusable::because)?;
    Ok((StatusCode::CREATED, list_faults(state).await))
}

async fn forget_faults(
    state: State<Arc<World>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Json<Value> {
    state.faults.clear(query.get("match").map(String::as_str));
    list_faults(state).await
}

async fn order_declines(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Json<Value>, Unusable> {
    let body = read(&body)?;
    let code = body["code"]
        .as_str()
        .filter(|code| codes::declines(code))
        .ok_or_else(|| {
            Unusable::because("expected {\"code\": …}, a declining response code such as \"20051\"")
        })?;
    let times = match &body["times"] {
        Value::Null => 1,
        value => value
            .as_u64()
            .filter(|times| *times <= 1000)
            .ok_or_else(|| Unusable::because("times: expected a whole number up to 1000"))?,
    };
    let order = body["order"].as_str().map(str::to_owned);
    let of = match &body["of"] {
        Value::Null => "payment",
        value => value
            .as_str()
            .filter(|of| ["payment", "capture", "void", "refund"].contains(of))
            .ok_or_else(|| Unusable::because("of: expected payment, capture, void or refund"))?,
    };
    let mut books = world.books();
    for _ in 0..times {
        books.declines.push(Decline {
            of: of.to_owned(),
            code: code.to_owned(),
            order: order.clone(),
        });
    }
    let left = books.declines.iter();
    let shown: Vec<Value> = left
        .map(|decline| json!({"of": decline.of, "code": decline.code, "order": decline.order}))
        .collect();
    Ok(Json(json!({"declines": shown})))
}

async fn settle(State(world): State<Arc<World>>, body: Bytes) -> Result<Json<Value>, Unusable> {
    let body = read(&body)?;
    let wanted = |payment: &Payment| {
        let is = |key: &str, value: &str| body[key].as_str() == Some(value);
        is("id", &payment.id)
            || payment
                .order
                .reference
                .as_deref()
                .is_some_and(|r| is("reference", r))
            || payment.order.labels().any(|(_, value)| is("order", &value))
    };
    let now = world.clock.now();
    let mut books = world.books();
    let mut found = books
        .payments
        .iter_mut()
        .filter(|payment| wanted(payment))
        .peekable();
    if found.peek().is_none() {
        let text = "no payment with this id, reference or order".to_owned();
        return Err(Unusable(StatusCode::NOT_FOUND, text));
    }
    let payment = found
        .find(|payment| payment.status == Status::Pending)
        .ok_or_else(|| {
            Unusable(
                StatusCode::CONFLICT,
                "the payment is not pending any more".into(),
            )
        })?;
    match (body["outcome"].as_str(), body["code"].as_str()) {
        (Some("approve"), _) => payment.authorise(now),
        (Some("cancel"), _) => payment.cancel(now),
        (Some("decline"), None) => payment.decline(codes::NOT_AUTHENTICATED, now),
        (Some("decline"), Some(code)) if codes::declines(code) => payment.decline(code, now),
        _ => {
            return Err(Unusable::because(
                "expected outcome approve, decline or cancel, and with decline a declining code or none",
            ));
        }
    }
    payment.pass_time(now);
    Ok(Json(show::standing(
        payment,
        &world.config.checkout_com(),
        false,
    )))
}

async fn counters(State(world): State<Arc<World>>) -> Json<Value> {
    let books = world.books();
    let count = |test: fn(&Payment) -> bool| books.payments.iter().filter(|p| test(p)).count();
    let mut by_reference: BTreeMap<String, u64> = BTreeMap::new();
    let mut by_metadata: BTreeMap<String, u64> = BTreeMap::new();
    // A charge is money that was reserved or taken, whatever happened to it later.
    for payment in books.payments.iter().filter(|payment| payment.approved()) {
        let reference = payment.order.reference.clone().unwrap_or_default();
        *by_reference.entry(reference).or_default() += 1;
        for (key, value) in payment.order.labels() {
            *by_metadata.entry(format!("{key}={value}")).or_default() += 1;
        }
    }
    let actions = |kind: &str| {
        let all = books.payments.iter().flat_map(|payment| &payment.actions);
        all.filter(|action| action.kind == kind && action.code == codes::APPROVED)
            .count()
    };
    let requests = world.tally.requests();
    let gateway_calls: u64 = requests
        .iter()
        .filter(|(key, _)| key.starts_with("POST /checkout-com/payments"))
        .map(|(_, count)| count)
        .sum();
    Json(json!({
        "requests": requests,
        "connections": world.tally.connections(),
        "gatewayCalls": gateway_calls,
        "tokens": books.tokens.len(),
        "payments": books.payments.len(),
        "approved": count(Payment::approved),
        "pending": count(|p| p.status == Status::Pending),
        "declined": count(|p| p.status == Status::Declined),
        "captured": actions("Capture"),
        "voided": actions("Void"),
        "refunded": actions("Refund"),
        // Approved and neither voided nor wholly given back.
        "standing": count(|p| p.approved() && !matches!(p.status, Status::Voided | Status::Refunded)),
        "charges": {"byReference": by_reference, "byMetadata": by_metadata},
        "funnelfox": funnelfox::tally::counted(&books.funnelfox),
        "commerceLayer": commerce_layer::tally::counted(&books),
        "flexprice": flexprice::tally::counted(&books.flexprice),
    }))
}

async fn payments(State(world): State<Arc<World>>) -> Json<Value> {
    let base = world.config.checkout_com();
    let show = |payment: &Payment| {
        let mut shown = show::standing(payment, &base, false);
        shown["actions"] = show::actions(payment);
        shown["captured_amount"] = json!(payment.captured);
        shown["refunded_amount"] = json!(payment.refunded);
        if let Some(challenge) = &payment.challenge {
            shown["redirect"] = json!(format!("{}/3ds/{}", world.config.bank_url, challenge.key));
        }
        shown
    };
    Json(json!({"payments": world.books().payments.iter().map(show).collect::<Vec<_>>()}))
}

async fn webhooks(State(world): State<Arc<World>>) -> Json<Value> {
    world.write_letters();
    Json(world.post.shown())
}

async fn order_webhooks(state: State<Arc<World>>, body: Bytes) -> Result<Json<Value>, Unusable> {
    let body = read(&body)?;
    let count = |value: &Value| value.as_u64().filter(|count| *count <= 1000);
    if let Some(hold) = body["hold"].as_bool() {
        state.write_letters();
        state.post.hold(hold, body["match"].as_str());
    } else if let Some(times) = count(&body["repeat"]) {
        state.repeat(times).await;
    } else {
        let which = match (&body["release"], count(&body["release"])) {
            (Value::String(word), _) if word == "all" => Release::All,
            (Value::String(word), _) if word == "reversed" => Release::Reversed,
            (_, Some(count)) => Release::First(usize::try_from(count).unwrap_or(usize::MAX)),
            _ => {
                return Err(Unusable::because(
                    "expected {\"hold\": true | false}, {\"release\": \"all\" | \"reversed\" | n} or {\"repeat\": n}",
                ));
            }
        };
        state.release(which).await;
    }
    Ok(webhooks(state).await)
}
