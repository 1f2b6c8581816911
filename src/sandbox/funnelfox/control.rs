//! `/control/funnelfox`: prices, ordered outcomes, late decisions, refunds, and what happened.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::State as Shared,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

use super::{
    super::{clock::rfc3339, state::World},
    forced::{DECLINED, Outcome},
    ledger::{Office, State},
    prices::{self, Price},
    tally,
};

const EXPECTED: &str = "expected one of \
    {price: {ident, amount, currency, bare?}}; \
    {bare: true | false}, answers without the envelope; \
    {next: [outcome, …], for?: customer, order or value of the metadata}, with outcomes succeeded, \
    failed, cancelled, processing, an intent such as PROCESSOR_3DS, an error code, or {outcome, message}; \
    {settle: customer, order or value of the metadata, outcome: approve | decline | cancel}; \
    {refund: the same}; \
    {hold: true | false}, webhooks wait";

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/control/funnelfox", get(overview).post(order))
}

async fn overview(Shared(world): Shared<Arc<World>>) -> Json<Value> {
    Json(shown(&world.books().funnelfox))
}

async fn order(Shared(world): Shared<Arc<World>>, body: Bytes) -> Response {
    let now = world.clock.now();
    let office = &mut world.books().funnelfox;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    match carry_out(office, &body, now) {
        Ok(()) => Json(shown(office)).into_response(),
        Err((status, text)) => (status, Json(json!({"error": text}))).into_response(),
    }
}

fn carry_out(office: &mut Office, body: &Value, now: i64) -> Result<(), (StatusCode, String)> {
    let bad = |text: String| (StatusCode::BAD_REQUEST, text);
    if !body["price"].is_null() {
        office
            .prices
            .push(Price::read(&body["price"]).map_err(bad)?);
    } else if let Some(bare) = body["bare"].as_bool() {
        office.bare = bare;
    } else if let Some(hold) = body["hold"].as_bool() {
        office.bag.hold = hold;
    } else if let Some(next) = body["next"].as_array() {
        let whom = body["for"].as_str();
        for outcome in next {
            let outcome = Outcome::read(outcome).map_err(bad)?;
            office.next.push((whom.map(str::to_owned), outcome));
        }
    } else if let Some(name) = body["settle"].as_str() {
        let state = match body["outcome"].as_str() {
            Some("approve") => State::Settled,
            Some("decline") => State::Declined(DECLINED.into()),
            Some("cancel") => State::Cancelled,
            _ => return Err(bad(EXPECTED.into())),
        };
        let open = |state: &State| matches!(state, State::Asked(_) | State::Processing);
        let index = find(office, name, open)?;
        office.set(index, state, now);
    } else if let Some(name) = body["refund"].as_str() {
        let index = find(office, name, |state| *state == State::Settled)?;
        office.charges[index].state = State::Refunded;
    } else {
        return Err(bad(EXPECTED.into()));
    }
    Ok(())
}

/// The oldest charge of whoever is named that stands so.
fn find(
    office: &Office,
    name: &str,
    stands: impl Fn(&State) -> bool,
) -> Result<usize, (StatusCode, String)> {
    office
        .charges
        .iter()
        .position(|one| office.sessions[one.session].is_named(name) && stands(&one.state))
        .ok_or_else(|| {
            let text = format!("no payment of {name:?} stands so that this can be done");
            (StatusCode::CONFLICT, text)
        })
}

fn shown(office: &Office) -> Value {
    let sessions: Vec<Value> = office
        .sessions
        .iter()
        .map(|session| {
            json!({
                "org": session.org,
                "customer": session.customer,
                "orders": session.orders,
                "price": session.price.shown(),
                "metadata": session.metadata,
                "createdAt": rfc3339(session.created_at),
            })
        })
        .collect();
    let payments: Vec<Value> = office
        .charges
        .iter()
        .map(|one| {
            json!({
                "order": one.order,
                "session": office.sessions[one.session].orders.first(),
                "customer": office.sessions[one.session].customer,
                "token": one.token,
                "amount": one.sum.amount,
                "currency": one.sum.currency,
                "at": rfc3339(one.at),
                "state": name(&one.state),
            })
        })
        .collect();
    json!({
        "POST": EXPECTED,
        "prices": prices::shown(&office.prices),
        "bare": office.bare,
        "next": office.next.len(),
        "sessions": sessions,
        "payments": payments,
        "counters": tally::counted(office),
        "hold": office.bag.hold,
        "webhooks": office.bag.shown(),
    })
}

fn name(state: &State) -> &'static str {
    match state {
        State::Asked(_) => "action required",
        State::Processing => "processing",
        State::Settled => "settled",
        State::Declined(_) => "declined",
        State::Failed => "failed",
        State::Cancelled => "cancelled",
        State::Refunded => "refunded",
    }
}
