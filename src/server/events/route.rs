//! For a shop's server: which events it has not taken, and sending one again.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;

use crate::server::{
    Server,
    checkout::authenticate,
    error::{NOT_FOUND, Plain},
    report::rfc3339,
    store::EventState,
};

#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    status: Option<String>,
}

/// `GET /events?status=dead|pending|sent`: the newest hundred; without `status` the dead ones.
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Plain> {
    let owner = authenticate(&server, &headers)?;
    let state = wanted
        .status
        .as_deref()
        .map_or(Some(EventState::Dead), EventState::parse)
        .ok_or(Plain(
            StatusCode::BAD_REQUEST,
            "status: expected dead, pending or sent",
        ))?;
    let events = server.store.events(&owner.id, state).await?;
    let list: Vec<_> = events
        .iter()
        .map(|event| {
            json!({
                "id": event.id,
                "type": event.kind,
                "orderId": event.order_id,
                "status": event.state.name(),
                "tries": event.tries,
                "problem": event.problem,
                "createdAt": rfc3339(event.created_at),
                "updatedAt": rfc3339(event.updated_at),
            })
        })
        .collect();
    Ok(Json(json!({ "events": list })).into_response())
}

/// `POST /events/{id}/retry`: sends a dead letter again, with all its tries.
pub(crate) async fn retry(
    State(server): State<Arc<Server>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Plain> {
    let owner = authenticate(&server, &headers)?;
    if !server.store.retry_event(&owner.id, &id).await? {
        return Err(NOT_FOUND);
    }
    tracing::info!(event = id, "a dead letter is sent again");
    Ok(Json(json!({ "id": id, "status": "pending" })).into_response())
}
