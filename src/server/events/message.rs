//! What an event says: the order as it stands, never how it was paid.

use serde_json::json;

use crate::server::{order::Order, report::rfc3339};

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Its first session was opened.
    Created,
    /// It is paid, or authorised where the shop captures later. Told once.
    Completed,
    /// No session of it can be used any more, and nothing that could still pay it is open.
    Cancelled,
}

impl Kind {
    /// `type` of the event.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Created => "order.created",
            Self::Completed => "order.completed",
            Self::Cancelled => "order.cancelled",
        }
    }
}

/// An event about to be written down.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) kind: Kind,
    /// As `GET /orders/{orderId}` says it.
    pub(crate) status: &'static str,
    pub(crate) reason: Option<&'static str>,
}

/// The body of the event `id` at `now` (milliseconds).
pub(crate) fn body(id: &str, order: &Order, told: Told, now: i64) -> String {
    let mut data = json!({
        "orderId": order.id,
        "paymentId": order.payment_id,
        "reference": order.reference,
        "status": told.status,
        "amount": order.total.minor,
        "currency": order.total.currency,
    });
    if let Some(reason) = told.reason {
        data["reason"] = json!(reason);
    }
    json!({
        "id": id,
        "type": told.kind.name(),
        "timestamp": rfc3339(now),
        "organizationId": order.org,
        "data": data,
    })
    .to_string()
}
