//! `/control/flexprice`: invoices, customers, cards and wallets, the forms of the answers,
//! ordered outcomes, late decisions, webhooks, and what happened.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

use super::{
    super::{clock::rfc3339, post::Release, state::World},
    answer::Shape,
    forced::{DECLINED, Outcome},
    ledger::{Amounts, Office, Payment, Verdict},
    make,
    status::Status,
    tally,
    webhooks::{self, Event},
};

const EXPECTED: &str = "expected one of \
    {invoice: {id?, customer, currency, amount: \"35.00\", status?: DRAFT | FINALIZED | VOIDED, number?}}; \
    {customer: {id}}; \
    {card: {customer, id?, habit?: approve | decline | authenticate, last4?, default?}}; \
    {wallet: {customer, id?, currency, balance: \"500\", kind?: POST_PAID | PRE_PAID}}; \
    {amounts: string | padded | number}; {errors: now | before | docs}; \
    {paidFirst: true | false}, a repeat of a paid payment is refused because its invoice is paid; \
    {silent: true | false}, the gateway's news reach only who asks for the payment; \
    {next: [outcome, …], for?: payment, invoice, customer or value of the metadata}, with outcomes \
    succeeded, failed, processing, broken, or {outcome, message}; \
    {settle: payment, invoice, customer or value of the metadata, outcome: approve | decline, message?}; \
    {set: the same, status}, as far as the table of statuses allows; \
    {hold: true | false, match?}, {release: \"all\" | \"reversed\" | n}, {repeat: n}: webhooks";

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/control/flexprice", get(overview).post(order))
}

async fn overview(State(world): State<Arc<World>>) -> Json<Value> {
    let now = world.clock.now();
    let office = &mut world.books().flexprice;
    office.write_letters(now);
    Json(shown(office))
}

/// What can't be done, and why.
type Refused = (StatusCode, String);

async fn order(state: State<Arc<World>>, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let count = |key: &str| body[key].as_u64().filter(|count| *count <= 1000);
    let which = match (&body["release"], count("release")) {
        (Value::String(word), _) if word == "all" => Some(Release::All),
        (Value::String(word), _) if word == "reversed" => Some(Release::Reversed),
        (_, Some(count)) => Some(Release::First(usize::try_from(count).unwrap_or(usize::MAX))),
        _ => None,
    };
    if let Some(which) = which {
        webhooks::release(&state, which).await;
    } else if let Some(times) = count("repeat") {
        webhooks::repeat(&state, times).await;
    } else {
        let now = state.clock.now();
        let done = carry_out(&mut state.books().flexprice, &body, now);
        if let Err((status, text)) = done {
            return (status, Json(json!({"error": text}))).into_response();
        }
    }
    overview(state).await.into_response()
}

fn carry_out(office: &mut Office, body: &Value, now: i64) -> Result<(), Refused> {
    let bad = |text: String| (StatusCode::BAD_REQUEST, text);
    let field = ["invoice", "customer", "card", "wallet"]
        .into_iter()
        .find(|key| body[key].is_object());
    if let Some(what) = field {
        return make::add(office, what, &body[what], now);
    }
    let settings = &mut office.settings;
    if let Some(form) = body["amounts"].as_str() {
        settings.amounts = match form {
            "string" => Amounts::Text,
            "padded" => Amounts::Padded,
            "number" => Amounts::Number,
            _ => return Err(bad(EXPECTED.into())),
        };
    } else if let Some(shape) = body["errors"].as_str() {
        settings.errors = match shape {
            "now" => Shape::Now,
            "before" => Shape::Before,
            "docs" => Shape::Docs,
            _ => return Err(bad(EXPECTED.into())),
        };
    } else if let Some(first) = body["paidFirst"].as_bool() {
        settings.paid_first = first;
    } else if let Some(silent) = body["silent"].as_bool() {
        settings.silent = silent;
    } else if let Some(hold) = body["hold"].as_bool() {
        office.write_letters(now);
        office.bag.hold(hold, body["match"].as_str());
    } else if let Some(next) = body["next"].as_array() {
        let whom = body["for"].as_str();
        for outcome in next {
            let outcome = Outcome::read(outcome).map_err(bad)?;
            office.next.push((whom.map(str::to_owned), outcome));
        }
    } else if let Some(name) = body["settle"].as_str() {
        let message = body["message"].as_str().unwrap_or(DECLINED);
        let verdict = match body["outcome"].as_str() {
            Some("approve") => Verdict::Paid,
            Some("decline") => Verdict::Declined(message.to_owned()),
            _ => return Err(bad(EXPECTED.into())),
        };
        settle(office, name, verdict, now)?;
    } else if let Some(name) = body["set"].as_str() {
        let status = body["status"].as_str().and_then(Status::read);
        set(
            office,
            name,
            status.ok_or_else(|| bad(EXPECTED.into()))?,
            now,
        )?;
    } else {
        return Err(bad(EXPECTED.into()));
    }
    Ok(())
}

/// The oldest payment of whoever is named for which this can be done.
fn find(office: &Office, name: &str, fits: impl Fn(&Payment) -> bool) -> Result<usize, Refused> {
    office
        .payments
        .iter()
        .position(|one| office.is_named(one, name) && fits(one))
        .ok_or_else(|| {
            let text = format!("no payment of {name:?} stands so that this can be done");
            (StatusCode::CONFLICT, text)
        })
}

/// The gateway decides what is under way.
fn settle(office: &mut Office, name: &str, verdict: Verdict, now: i64) -> Result<(), Refused> {
    let undecided = |one: &Payment| {
        one.status.in_flight() && matches!(one.verdict, None | Some(Verdict::Later))
    };
    let index = find(office, name, undecided)?;
    office.payments[index].verdict = Some(verdict);
    if !office.settings.silent {
        office.hear(index, now);
    }
    Ok(())
}

/// Puts a payment's record elsewhere, as a refund or the merchant's own hand would.
fn set(office: &mut Office, name: &str, status: Status, now: i64) -> Result<(), Refused> {
    let index = find(office, name, |one| one.may_become(status).is_ok())?;
    let payment = &mut office.payments[index];
    let at = Some(rfc3339(now));
    match status {
        Status::Refunded | Status::PartiallyRefunded => payment.refunded_at = at,
        Status::Voided => payment.voided_at = at,
        Status::Succeeded => payment.succeeded_at = at,
        Status::Failed => payment.failed_at = at,
        _ => {}
    }
    payment.status = status;
    payment.updated = now;
    office.note(index, Event::Updated);
    Ok(())
}

fn shown(office: &Office) -> Value {
    let invoices: Vec<Value> = office
        .invoices
        .iter()
        .map(|one| {
            json!({"id": one.id, "number": one.number, "customer": one.customer,
                   "currency": one.currency, "amount_due": one.due.to_string(),
                   "amount_paid": one.paid.to_string(), "status": one.status,
                   "payment_status": one.payment_status()})
        })
        .collect();
    let customers: Vec<Value> = office
        .customers
        .iter()
        .map(|one| {
            let cards: Vec<Value> = one
                .cards
                .iter()
                .map(|card| json!({"id": card.id, "last4": card.last4, "default": card.default}))
                .collect();
            json!({"id": one.id, "cards": cards})
        })
        .collect();
    let wallets: Vec<Value> = office
        .wallets
        .iter()
        .map(|one| {
            json!({"id": one.id, "customer": one.customer, "currency": one.currency,
                   "balance": one.balance.to_string(), "kind": one.kind})
        })
        .collect();
    let payments: Vec<Value> = office
        .payments
        .iter()
        .map(|one| serde_json::from_str(&office.shown(one)).unwrap_or_default())
        .collect();
    let mail = office.bag.shown();
    json!({
        "POST": EXPECTED,
        "invoices": invoices,
        "customers": customers,
        "wallets": wallets,
        "payments": payments,
        "next": office.next.len(),
        "counters": tally::counted(office),
        "hold": mail["hold"],
        "webhooks": mail["webhooks"],
    })
}
