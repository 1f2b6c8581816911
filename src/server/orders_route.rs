//! `GET /orders/{orderId}`: for a shop's server, the only proof of payment.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};

use super::{
    Server,
    checkout::authenticate,
    error::{NOT_FOUND, Plain},
    report::of_order,
    store::now_ms,
};

/// The order of the key's owner; anything else is not found.
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Plain> {
    let owner = authenticate(&server, &headers)?;
    let order = server.store.order(&owner.id, &id).await?.ok_or(NOT_FOUND)?;
    let whole = server.store.whole(&order.id).await?.ok_or(NOT_FOUND)?;
    Ok(Json(of_order(&whole, now_ms())).into_response())
}
