//! What is told of an order: by `GET /orders/{orderId}`, by the command `order`, and on the
//! operator's list.

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{outcome::Failure, sensitive::Sensitive, session::Capture};

use super::{
    attempt::{Attempt, OperatorSays, Phase},
    gateway::Settle,
    instruct,
    order::{Door, Order, Settled, mode_name},
    store::{Past, Store, StoreError, What, Whole, is_row_trouble, now_ms},
};

/// Milliseconds of Unix time as RFC 3339 in UTC.
pub(crate) fn rfc3339(ms: i64) -> String {
    OffsetDateTime::from_unix_timestamp(ms / 1000)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// The same with the milliseconds.
pub(crate) fn precise(ms: i64) -> String {
    let whole = rfc3339(ms);
    format!("{}.{:03}Z", whole.trim_end_matches('Z'), ms % 1000)
}

fn text<'a>(past: &'a Past, key: &str) -> &'a str {
    past.detail[key].as_str().unwrap_or_default()
}

/// When an attempt first came to `phases`.
fn came_to(whole: &Whole, attempt: &Attempt, phases: &[Phase]) -> Option<String> {
    let past = whole.history.iter().find(|past| {
        past.what == What::AttemptDecided
            && past.attempt.as_deref() == Some(attempt.id.as_str())
            && phases.iter().any(|phase| phase.name() == text(past, "to"))
    })?;
    Some(precise(past.at / 1000))
}

fn status_of(attempt: &Attempt) -> &'static str {
    if attempt.released {
        Phase::Voided.name()
    } else if attempt.abandoned && attempt.phase.may_pay() {
        "abandoned"
    } else {
        attempt.phase.name()
    }
}

fn attempt_json(whole: &Whole, attempt: &Attempt) -> Value {
    let mut body = json!({
        "id": attempt.id,
        "status": status_of(attempt),
        "gateway": attempt.gateway.name(),
        "reqId": attempt.req_id,
        "createdAt": rfc3339(attempt.created_at),
    });
    if let Some(id) = &attempt.gateway_payment_id {
        body["gatewayPaymentId"] = json!(id);
    }
    if let Some(kind) = attempt.failure.filter(|_| attempt.phase == Phase::Failed) {
        body["failure"] = json!(Failure::of(kind));
        // The shop's server may know what the shopper is not told.
        if let Some(code) = &attempt.response_code {
            body["failure"]["responseCode"] = json!(code);
        }
    }
    if let Some(at) = came_to(whole, attempt, &[Phase::Undoing]) {
        body["approvedLateAt"] = json!(at);
    }
    if let Some(at) = came_to(whole, attempt, &[Phase::Voided, Phase::Refunded]) {
        body["givenBackAt"] = json!(at);
    }
    let reversals: Vec<Value> = whole
        .reversals
        .iter()
        .filter(|(id, _)| *id == attempt.id)
        .map(|(_, one)| {
            let mut shown = json!({
                "kind": one.kind.name(),
                "status": one.said.name(),
                "askedAt": precise(one.asked_at),
            });
            if one.amount > 0 {
                shown["amount"] = json!(one.amount);
            }
            shown
        })
        .collect();
    if !reversals.is_empty() {
        body["reversals"] = json!(reversals);
    }
    body
}

fn history_json(past: &Past) -> Value {
    let mut line = json!({ "at": precise(past.at / 1000), "what": past.what.name() });
    if let Some(attempt) = &past.attempt {
        line["attempt"] = json!(attempt);
    }
    if let Some(code) = &past.req_id {
        line["reqId"] = json!(code);
    }
    if let Value::Object(detail) = &past.detail {
        for (key, value) in detail {
            line[key] = value.clone();
        }
    }
    line
}

fn status(order: &Order, door: Door, open: bool) -> &'static str {
    match (order.settled, door) {
        (Settled::Open, _) if open => "open",
        (Settled::Open, Door::Cancelled) => "cancelled",
        (Settled::Open, Door::Expired) => "expired",
        (settled, _) => settled.name(),
    }
}

/// An order as `GET /orders/{orderId}` tells it at `now`.
pub(crate) fn of_order(whole: &Whole, now: i64) -> Value {
    let order = &whole.order;
    let open = whole.attempts.iter().any(Attempt::is_open);
    let mut body = json!({
        "orderId": order.id,
        "paymentId": order.payment_id,
        "reference": order.reference,
        "status": status(order, Door::of(&whole.sessions, now), open),
        "amount": order.total.minor,
        "currency": order.total.currency,
        "capture": match order.capture {
            Capture::Automatic | Capture::After(_) => "automatic",
            Capture::Manual => "manual",
        },
        "createdAt": rfc3339(order.created_at),
        "updatedAt": rfc3339(order.updated_at),
        "attempts": whole
            .attempts
            .iter()
            .map(|attempt| attempt_json(whole, attempt))
            .collect::<Vec<_>>(),
        "history": whole.history.iter().map(history_json).collect::<Vec<_>>(),
    });
    if let Capture::After(seconds) = order.capture {
        body["captureAfter"] = json!(seconds);
    }
    if let Some(customer) = &whole.customer {
        body["pricePoint"] = json!(customer.price);
        body["customer"] = json!({
            "externalId": customer.external_id,
            "email": customer.email,
            "countryCode": customer.country,
        });
    }
    if whole.attempts.iter().any(|attempt| attempt.released) {
        body["released"] = json!(true);
    }
    instruct::add_to(&mut body, whole);
    body
}

/// The orders that `id` names (order, payment or gateway's payment id, reference, support
/// code), from the database at `url`, with their organisation and sessions.
///
/// # Errors
/// There is no such database, or it can't be read.
pub async fn explain(url: &Sensitive<String>, id: &str) -> Result<Vec<Value>, StoreError> {
    // EXPOSE: the database is opened with it.
    let store = Store::look_into(url.expose()).await?;
    let now = now_ms();
    let mut found = Vec::new();
    for id in store.find(id).await? {
        if let Some(whole) = store.whole(&id).await? {
            let mut body = of_order(&whole, now);
            body["organisation"] = json!(whole.order.org);
            body["sessions"] = whole
                .sessions
                .iter()
                .map(|session| {
                    json!({
                        "id": session.cut(),
                        "mode": mode_name(session.mode),
                        "expiresAt": rfc3339(session.expires_at),
                        "cancelled": session.cancelled,
                    })
                })
                .collect();
            found.push(body);
        }
    }
    Ok(found)
}

/// Writes down what an operator did about the order that `id` names, as [`explain`] finds it:
/// the calls for an operator that it had until now leave the list of [`open_orders`].
/// Returns the ids of the orders found; with more or fewer than one, nothing is written.
///
/// # Errors
/// There is no such database, or it can't be read or written.
pub async fn operator_done(
    url: &Sensitive<String>,
    id: &str,
    done: &str,
) -> Result<Vec<String>, StoreError> {
    // EXPOSE: the database is opened with it.
    let store = Store::look_into(url.expose()).await?;
    let found = store.find(id).await?;
    if let [order] = found.as_slice() {
        store.operator_done(order, done).await?;
    }
    Ok(found)
}

/// Notes how a payment ended at a gateway that can't be asked, as an operator saw there. The
/// server takes it from the store; `false` if no payment of the order waits for such a word.
///
/// # Errors
/// There is no such database, or it can't be read or written.
pub async fn operator_says(
    url: &Sensitive<String>,
    order: &str,
    says: OperatorSays,
) -> Result<bool, StoreError> {
    // EXPOSE: the database is opened with it.
    let store = Store::look_into(url.expose()).await?;
    store.operator_says(order, says).await
}

/// The call for an operator that nothing has answered since, by attempt.
fn calls<'a>(whole: &'a Whole, attempt: Option<&str>) -> Option<&'a Past> {
    let mut call = None;
    for past in &whole.history {
        if past.what == What::OperatorDone {
            call = None;
        }
        if past.attempt.as_deref() != attempt {
            continue;
        }
        match past.what {
            What::OperatorNeeded => call = Some(past),
            What::AttemptDecided
                if Phase::parse(text(past, "to")).is_some_and(|phase| !phase.is_asked()) =>
            {
                call = None;
            }
            _ => {}
        }
    }
    call
}

fn todo(attempt: &Attempt) -> &'static str {
    match attempt.phase {
        _ if attempt.gateway.settle() == Settle::ByReport => {
            "can't be asked about: look at the gateway how its order stands, then `order ID --done \
             WORDS --outcome charged` or `not-charged`"
        }
        Phase::Undoing => "is being given back; look at the payment at the gateway",
        Phase::Unknown | Phase::Creating => {
            "is not known at the gateway yet; search there for its reference before anything is sent again"
        }
        Phase::Action | Phase::Processing => {
            "is pending at the gateway, which is asked; nothing to do unless it stays"
        }
        _ => "nothing to do",
    }
}

fn open_lines(whole: &Whole, before: i64) -> Vec<Value> {
    let line = |attempt: Option<&Attempt>, since: i64, todo: &str| {
        json!({
            "orderId": whole.order.id,
            "reference": whole.order.reference,
            "attempt": attempt.map(|attempt| attempt.id.as_str()),
            "status": attempt.map(status_of),
            "gatewayPaymentId": attempt.and_then(|attempt| attempt.gateway_payment_id.as_deref()),
            "since": precise(since),
            "todo": todo,
        })
    };
    let mut lines = Vec::new();
    for attempt in &whole.attempts {
        if let Some(call) = calls(whole, Some(&attempt.id)) {
            lines.push(line(Some(attempt), call.at / 1000, text(call, "why")));
        } else if attempt.phase.is_asked() && attempt.created_at < before {
            lines.push(line(Some(attempt), attempt.created_at, todo(attempt)));
        }
    }
    for (attempt, since, todo) in instruct::open_lines(whole, before) {
        lines.push(line(Some(attempt), since, &todo));
    }
    if let Some(call) = calls(whole, None) {
        lines.push(line(None, call.at / 1000, text(call, "why")));
    }
    for event in &whole.dead {
        let todo = format!(
            "the shop never took the event {}: {}; POST /events/{}/retry sends it again",
            event.kind, event.problem, event.id
        );
        lines.push(line(None, event.updated_at, &todo));
    }
    lines
}

/// The operator's list: what is open for longer than `minutes`, and what was said to need an
/// operator and has not been settled since; oldest first.
///
/// # Errors
/// There is no such database, or it can't be read.
pub async fn open_orders(url: &Sensitive<String>, minutes: u32) -> Result<Vec<Value>, StoreError> {
    // EXPOSE: the database is opened with it.
    let store = Store::look_into(url.expose()).await?;
    let before = now_ms() - i64::from(minutes) * 60_000;
    let mut list = Vec::new();
    for id in store.maybe_open(before).await? {
        match store.whole(&id).await {
            Ok(Some(whole)) => list.extend(open_lines(&whole, before)),
            Ok(None) => {}
            Err(error) if is_row_trouble(&error) => list.push(json!({
                "orderId": id,
                "since": "",
                "todo": format!("can't be read: {error}; mend the row"),
            })),
            Err(error) => return Err(error),
        }
    }
    list.sort_by(|one, two| one["since"].as_str().cmp(&two["since"].as_str()));
    Ok(list)
}
