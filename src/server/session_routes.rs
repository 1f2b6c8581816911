//! What the widget asks of its session: the state, leaving a challenge or the checkout, and
//! whether a challenge is done.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use subtle::ConstantTimeEq;

use super::{
    Server,
    attempt::{Attempt, Phase},
    error::{NOT_FOUND, Plain},
    funnelfox::Untold,
    gateway::Settle,
    order::{Order, Session, Settled},
    payment_routes::is_json,
    unique_json,
};

/// A question to the gateway this young answers a state or a status too, in milliseconds.
const ASK_MS: i64 = 2_000;

/// Nothing can be paid, and nothing was: the operator's list has the reason.
const NO_SESSION: Plain = Plain(
    StatusCode::SERVICE_UNAVAILABLE,
    "the payment system has no session for this order now",
);

async fn find(server: &Server, session: &str) -> Result<(Session, Order), Plain> {
    server.store.session(session).await?.ok_or(NOT_FOUND)
}

async fn tell(server: &Server, session: &str) -> Result<Response, Plain> {
    let (_, order) = find(server, session).await?;
    let attempts = server.store.attempts_of(&order.id).await?;
    // The order is read after its attempts: one that paid meanwhile must not look unpaid.
    let (session, order) = find(server, session).await?;
    let busy = order.settled != Settled::Open || attempts.iter().any(Attempt::is_open);
    let tokenizer = match server.tokenizer(&order, busy).await {
        Ok(tokenizer) => tokenizer,
        Err(Untold::Store(error)) => return Err(error.into()),
        Err(Untold::NoGateway) => {
            tracing::error!(order = order.id, "its gateway is not in the settings");
            return Err(NOT_FOUND);
        }
        Err(Untold::NoSession) => return Err(NO_SESSION),
    };
    let state = server.state_of(&session, &order, &attempts, tokenizer);
    Ok(Json(state.ok_or(NOT_FOUND)?).into_response())
}

/// `GET /c/{session}/state`. Asks the gateway first where something is open.
pub(crate) async fn state(
    State(server): State<Arc<Server>>,
    Path(session): Path<String>,
) -> Result<Response, Plain> {
    let (_, order) = find(&server, &session).await?;
    for attempt in server.store.attempts_of(&order.id).await? {
        // While the shopper is at the bank there is nothing to learn.
        if attempt.is_open() && !attempt.at_the_bank() {
            server.ask_briefly(attempt, ASK_MS).await?;
        }
    }
    tell(&server, &session).await
}

#[derive(Debug, Deserialize)]
struct Leave {
    attempt: Option<String>,
}

/// `POST /c/{session}/cancel`: with an attempt, leaves its challenge; without, gives the
/// checkout up. Answers like `state`; 409 if the checkout can't be given up.
pub(crate) async fn cancel(
    State(server): State<Arc<Server>>,
    Path(session): Path<String>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, Plain> {
    if !is_json(&headers) {
        return Err(Plain(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "expected content-type application/json",
        ));
    }
    let leave: Leave = bytes
        .ok()
        .and_then(|bytes| serde_json::from_value(unique_json::parse(&bytes)?).ok())
        .ok_or(Plain(
            StatusCode::BAD_REQUEST,
            "expected {} or {\"attempt\":\"…\"}",
        ))?;
    let (held, order) = find(&server, &session).await?;
    let Some(attempt) = leave.attempt else {
        if !server.store.cancel_session(&held).await? {
            return Err(Plain(
                StatusCode::CONFLICT,
                "a payment is open or made: the checkout can't be cancelled",
            ));
        }
        return tell(&server, &session).await;
    };
    // An attempt that never arrived here has nothing to leave: the state says so.
    if let Some(attempt) = server.store.attempt(&order.id, &attempt).await?
        && attempt.is_open()
    {
        server.ask_at_once(&attempt).await?;
        match attempt.gateway.settle() {
            // Final by now, or pending and left; an unknown outcome is kept.
            Settle::ByKeyThenReference { .. } => {
                server.store.abandon(&order.id, &attempt.id).await?;
            }
            // Another attempt beside it could charge twice, and nothing could be given back.
            Settle::ByReport => server.store.leave_question(&attempt).await?,
        }
    }
    tell(&server, &session).await
}

/// `GET /c/{session}/action/{attempt}`, the status of an action token.
pub(crate) async fn action(
    State(server): State<Arc<Server>>,
    Path((session, attempt)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Plain> {
    let (_, order) = find(&server, &session).await?;
    let attempt = server
        .store
        .attempt(&order.id, &attempt)
        .await?
        .ok_or(NOT_FOUND)?;
    let given = headers
        .get("primer-client-token")
        .map(axum::http::HeaderValue::as_bytes)
        .unwrap_or_default();
    // EXPOSE: compared with what the browser sent, in constant time.
    let expected = attempt.access_token.expose().as_bytes();
    if !bool::from(expected.ct_eq(given)) {
        return Err(Plain(StatusCode::UNAUTHORIZED, "unknown client token"));
    }
    let attempt = if attempt.phase == Phase::Action && !attempt.returned {
        server.ask_briefly(attempt, ASK_MS).await?
    } else {
        attempt
    };
    let done = attempt.returned || !matches!(attempt.phase, Phase::Creating | Phase::Action);
    let (status, id) = if done {
        // EXPOSE: the challenge is over: from here the shopper may resume.
        ("COMPLETE", attempt.resume_token.expose().as_str())
    } else {
        ("PENDING", "")
    };
    let body = json!({ "status": status, "id": id, "source": "checkout-com" });
    Ok(Json(body).into_response())
}
