//! Where a client token leads: what is to be paid, and the address of the checkout that takes
//! the card. There is no `pciUrl`: cards go from the checkout to the gateway's own tokenizer.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode},
};
use serde_json::{Value, json};

use crate::server::{
    Server,
    error::{NOT_FOUND, Plain},
    report::rfc3339,
    store::now_ms,
};

const UNKNOWN: Plain = Plain(StatusCode::UNAUTHORIZED, "unknown client token");

fn access(headers: &HeaderMap) -> &str {
    headers
        .get("primer-client-token")
        .map(HeaderValue::as_bytes)
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .unwrap_or_default()
}

/// `GET /c/{session}/configuration`.
pub(crate) async fn of_session(
    State(server): State<Arc<Server>>,
    Path(session): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Plain> {
    let (session, order) = server.store.session(&session).await?.ok_or(NOT_FOUND)?;
    if !server.opens_session(&session.id, access(&headers)) {
        return Err(UNKNOWN);
    }
    let customer = server.store.customer_of(&order.id).await?;
    Ok(Json(json!({
        "env": server.environment(),
        "orderId": order.id,
        "amount": order.total.minor,
        "currency": order.total.currency,
        "checkoutUrl": format!("{}/c/{}", server.settings.public_url, session.id),
        "expiresAt": rfc3339(session.expires_at),
        "paymentMethods": [{ "type": "PAYMENT_CARD", "options": {} }],
        "clientSession": {
            "order": {
                "orderId": order.id,
                "currencyCode": order.total.currency,
                "totalOrderAmount": order.total.minor,
            },
            "customer": { "customerId": customer.map(|customer| customer.external_id) },
        },
    })))
}

/// `GET /{org_id}/v1/checkout/configuration`, of a token without a session.
pub(crate) async fn of_simple(
    State(server): State<Arc<Server>>,
    Path(org): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Plain> {
    let shop = server.organisation(&org).ok_or(NOT_FOUND)?;
    if !server.opens_org(&org, access(&headers), now_ms() / 1000) {
        return Err(UNKNOWN);
    }
    Ok(Json(json!({
        "env": server.environment(),
        "merchant": shop.name,
        "paymentMethods": [{ "type": "PAYMENT_CARD", "options": {} }],
    })))
}
