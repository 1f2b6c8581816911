//! `GET /orders/{orderId}`: for a shop's server, the only proof of payment.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{outcome::Failure, session::Capture};

use super::{
    Server,
    attempt::{Attempt, Phase},
    checkout::authenticate,
    error::{NOT_FOUND, Plain},
    order::{Door, Order, Settled, capture_name},
    store::now_ms,
};

/// Milliseconds of Unix time as RFC 3339 in UTC.
pub(crate) fn rfc3339(ms: i64) -> String {
    OffsetDateTime::from_unix_timestamp(ms / 1000)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
}

fn attempt_json(attempt: &Attempt, gateway: &str) -> Value {
    let mut body = json!({
        "id": attempt.id,
        "status": if attempt.abandoned && attempt.phase.may_pay() {
            "abandoned"
        } else {
            attempt.phase.name()
        },
        "gateway": gateway,
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
    body
}

fn status(order: &Order, door: Door, open: bool) -> &'static str {
    match (order.settled, door) {
        (Settled::Open, _) if open => "open",
        (Settled::Open, Door::Cancelled) => "cancelled",
        (Settled::Open, Door::Expired) => "expired",
        (settled, _) => settled.name(),
    }
}

/// The order of the key's owner; anything else is not found.
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Plain> {
    let owner = authenticate(&server, &headers)?;
    let order = server.store.order(&owner.id, &id).await?.ok_or(NOT_FOUND)?;
    let attempts = server.store.attempts_of(&order.id).await?;
    let sessions = server.store.sessions_of(&order.id).await?;
    // Read after its attempts: one that paid meanwhile must not look unpaid.
    let order = server.store.order(&owner.id, &id).await?.ok_or(NOT_FOUND)?;
    let open = attempts.iter().any(Attempt::is_open);
    let capture: Capture = order.capture;
    Ok(Json(json!({
        "orderId": order.id,
        "paymentId": order.payment_id,
        "reference": order.reference,
        "status": status(&order, Door::of(&sessions, now_ms()), open),
        "amount": order.total.minor,
        "currency": order.total.currency,
        "capture": capture_name(capture),
        "createdAt": rfc3339(order.created_at),
        "updatedAt": rfc3339(order.updated_at),
        "attempts": attempts
            .iter()
            .map(|attempt| attempt_json(attempt, &order.gateway))
            .collect::<Vec<_>>(),
    }))
    .into_response())
}
