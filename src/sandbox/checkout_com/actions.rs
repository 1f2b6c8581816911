//! Captures, voids and refunds: 202 says accepted; how it ended stands in the payment's actions.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::Value;

use super::{
    super::state::World,
    answer::{self, Refusal},
    keys::{self, Role},
    ledger::{Payment, Wish},
    order, payments, show,
};

type Step = fn(&mut Payment, Wish, i64) -> Result<String, Refusal>;

/// Takes reserved money: `{amount?, reference?, metadata?, capture_type?}`.
///
/// # Errors
/// 401, 403 not waiting for a capture, 404, 422.
pub(crate) async fn capture(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Refusal> {
    carry_out(&world, &headers, &id, &body, "capture", Payment::capture)
}

/// Lets reserved money go: `{reference?, metadata?}`.
///
/// # Errors
/// 401, 403 captured or never authorised, 404, 422.
pub(crate) async fn void(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Refusal> {
    carry_out(&world, &headers, &id, &body, "void", Payment::void)
}

/// Gives captured money back: `{amount?, reference?, metadata?}`.
///
/// # Errors
/// 401, 403 nothing captured, 404, 422.
pub(crate) async fn refund(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Refusal> {
    carry_out(&world, &headers, &id, &body, "refund", Payment::refund)
}

fn carry_out(
    world: &World,
    headers: &HeaderMap,
    id: &str,
    body: &[u8],
    what: &str,
    step: Step,
) -> Result<Response, Refusal> {
    let platform = keys::check(headers, Role::Secret).ok_or(Refusal::Unauthorized)?;
    let now = world.clock.now();
    let mut books = world.books();
    let order = payments::own(&mut books, platform, id)?.order.clone();
    let mut wish = wish(&answer::optional_object(body)?)?;
    let reference = wish.reference.clone();
    let ordered = books.ordered_decline(what, &order);
    wish.declined = ordered.map(|n| books.declines[n].code.clone());
    let payment = payments::own(&mut books, platform, id)?;
    let action = step(payment, wish, now)?;
    let base = world.config.checkout_com();
    let shown = show::accepted(payment, &action, reference.as_deref(), &base);
    if let Some(n) = ordered {
        books.declines.remove(n);
    }
    Ok(answer::json_answer(StatusCode::ACCEPTED, shown))
}

fn wish(body: &Value) -> Result<Wish, Refusal> {
    let amount = match &body["amount"] {
        Value::Null => None,
        value => Some(order::amount(value).ok_or(Refusal::invalid("amount_invalid"))?),
    };
    let more = match &body["capture_type"] {
        Value::Null => false,
        Value::String(kind) if kind == "Final" => false,
        Value::String(kind) if kind == "NonFinal" => true,
        _ => return Err(Refusal::invalid("parameter_invalid")),
    };
    let metadata = match &body["metadata"] {
        Value::Null => None,
        Value::Object(_) => Some(body["metadata"].clone()),
        _ => return Err(Refusal::invalid("metadata_key_invalid")),
    };
    let reference = order::text(&body["reference"], 80).map_err(Refusal::invalid)?;
    Ok(Wish {
        amount,
        reference,
        metadata,
        more,
        declined: None,
    })
}
