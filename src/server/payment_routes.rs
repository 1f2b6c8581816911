//! `POST /{org_id}/v1/checkout/create_payment` and `resume_payment`, called by browsers
//! without a key. What is charged comes from the order; other fields have no effect (T20).

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use crate::{payment, sensitive::Sensitive};

use super::{
    Server,
    attempt::Attempt,
    error::Refused,
    gateway::Settle,
    headers::{REQUEST_ID, RequestId},
    limits::guard::Caller,
    order::{Door, Order},
    pay::Paid,
    random,
    store::{Begin, Begun},
    unique_json,
};

/// Longest token, resume token or attempt id that is read, in bytes.
const MAX_FIELD: usize = 4096;
const MAX_ATTEMPT: usize = 128;

pub(crate) fn body(
    headers: &HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
    id: &RequestId,
) -> Result<Map<String, Value>, Refused> {
    if !is_json(headers) {
        return Err(Refused::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "expected content-type application/json",
            id,
        ));
    }
    let bytes = bytes.map_err(|rejection| {
        Refused::new(
            rejection.status(),
            "bad_request",
            "the body is too large or broken",
            id,
        )
    })?;
    match unique_json::parse(&bytes) {
        Some(Value::Object(map)) => Ok(map),
        _ => Err(Refused::bad(
            "expected a JSON object that names each key once",
            id,
        )),
    }
}

/// Whether the content type is JSON, which a foreign page can't send without a preflight.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn field(
    map: &Map<String, Value>,
    key: &str,
    id: &RequestId,
) -> Result<Sensitive<String>, Refused> {
    map.get(key)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty() && text.len() <= MAX_FIELD)
        .map(|text| Sensitive::new(text.to_owned()))
        .ok_or_else(|| {
            Refused::bad(
                &format!("{key}: expected a string of 1 to {MAX_FIELD} bytes"),
                id,
            )
        })
}

/// A caller's name for what must not be done twice.
fn name(given: &str, id: &RequestId) -> Result<String, Refused> {
    let fits = (1..=MAX_ATTEMPT).contains(&given.len())
        && given
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if fits {
        Ok(given.to_owned())
    } else {
        Err(Refused::bad(
            "Idempotency-Key: expected 1 to 128 characters of A-Z, a-z, 0-9, '.', '_' and '-'",
            id,
        ))
    }
}

/// `Idempotency-Key`, if it is there.
pub(crate) fn header_key(headers: &HeaderMap, id: &RequestId) -> Result<Option<String>, Refused> {
    headers
        .get("idempotency-key")
        .map(|value| name(value.to_str().unwrap_or_default(), id))
        .transpose()
}

/// The caller's own name for the call: the header, or `attempt_id` in the metadata.
pub(crate) fn named(
    headers: &HeaderMap,
    map: &Map<String, Value>,
    id: &RequestId,
) -> Result<Option<String>, Refused> {
    if let Some(key) = header_key(headers, id)? {
        return Ok(Some(key));
    }
    map.get("client_metadata")
        .and_then(|metadata| metadata.get("attempt_id")?.as_str())
        .map(|given| name(given, id))
        .transpose()
}

async fn order(
    server: &Server,
    org: &str,
    map: &Map<String, Value>,
    caller: &Caller,
    id: &RequestId,
) -> Result<Order, Refused> {
    let order_id = field(map, "order_id", id)?;
    let found = server
        .store
        // EXPOSE: looked up in the store.
        .order(org, order_id.expose())
        .await
        .map_err(|error| Refused::store(&error, id))?;
    let unknown = || Refused::new(StatusCode::NOT_FOUND, "not_found", "unknown order", id);
    found.ok_or_else(|| guessed(server, caller, id).unwrap_or_else(unknown))
}

/// The refusal of whoever goes on naming what is not there.
pub(crate) fn guessed(server: &Server, caller: &Caller, id: &RequestId) -> Option<Refused> {
    let seconds = server.meters.guess(caller.bucket.as_deref()).err()?;
    caller.refused("unknown orders", seconds);
    Some(too_many(seconds, id))
}

/// No word of which limit it was.
pub(crate) fn too_many(seconds: u32, id: &RequestId) -> Refused {
    Refused::new(
        StatusCode::TOO_MANY_REQUESTS,
        "rate_limited",
        "too many requests; try again later",
        id,
    )
    .after(seconds)
}

pub(crate) fn told(server: &Server, attempt: &Attempt) -> Response {
    let answer = server.answer(attempt);
    let mut response = Json(payment::encode(&answer)).into_response();
    if let Ok(value) = HeaderValue::from_str(&attempt.req_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

pub(crate) fn conflict(code: &str, msg: &str, id: &RequestId) -> Refused {
    Refused::new(StatusCode::CONFLICT, code, msg, id)
}

/// The first call is still at the gateway.
pub(crate) fn running(id: &RequestId) -> Refused {
    conflict(
        "attempt_in_progress",
        "this payment is being made; ask again",
        id,
    )
    .after(2)
}

/// How long a call to the gateway may take before its attempt counts as unknown.
pub(crate) fn lease_ms(server: &Server) -> i64 {
    let lease = server.settings.gateway_deadline + std::time::Duration::from_secs(5);
    i64::try_from(lease.as_millis()).unwrap_or(30_000)
}

/// The same name with another body.
pub(crate) fn other_body(id: &RequestId) -> Refused {
    Refused::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "idempotency_key_reused",
        "this attempt was made with another body; take the attempt id from the state",
        id,
    )
}

pub(crate) fn refused(begun: &Begun, id: &RequestId) -> Refused {
    match begun {
        Begun::Paid => conflict("double_purchase", "the order is already paid", id),
        Begun::Closed(Door::Cancelled) => {
            conflict("order_cancelled", "the checkout was cancelled", id)
        }
        Begun::Closed(_) => conflict("order_expired", "the session has expired", id),
        Begun::Stale => conflict(
            "order_changed",
            "the order was changed since; show the state before paying",
            id,
        ),
        Begun::TooMany(seconds) => too_many(*seconds, id),
        Begun::Busy | Begun::Fresh(_) | Begun::Known(_) => conflict(
            "attempt_in_progress",
            "another payment of this order is open; ask for the state",
            id,
        )
        .after(2),
    }
}

/// `create_payment`.
pub(crate) async fn create(
    State(server): State<Arc<Server>>,
    Path(org): Path<String>,
    Extension(id): Extension<RequestId>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let map = body(&headers, bytes, &id)?;
    let token = field(&map, "payment_method_token", &id)?;
    let order = order(&server, &org, &map, &caller, &id).await?;
    // EXPOSE: only hashes of the token are kept beyond the attempt's end.
    let key = server.signing_key.expose();
    let token_hash = random::keyed_hash(key, token.expose());
    let fingerprint = random::hash(&[&order.id, &token_hash]);
    // Without a name it is the hash of what is paid with what.
    let attempt =
        named(&headers, &map, &id)?.unwrap_or_else(|| format!("tok-{}", &fingerprint[..40]));
    let begin = Begin {
        attempt,
        fingerprint,
        token,
        token_hash,
        previous_payment: None,
        reference: format!("fc-{}", random::text(26)),
        gateway_key: uuid::Uuid::new_v4().to_string(),
        access_token: Sensitive::new(random::text(26)),
        resume_token: Sensitive::new(random::text(26)),
        req_id: id.0.clone(),
        address: caller.bucket.clone(),
        return_base: format!("{}/c/", server.settings.public_url),
        lease_ms: lease_ms(&server),
    };
    match server
        .pay(&order, begin)
        .await
        .map_err(|error| Refused::store(&error, &id))?
    {
        Paid::Attempt(attempt) => Ok(told(&server, &attempt)),
        Paid::OtherBody => Err(other_body(&id)),
        Paid::Running => Err(running(&id)),
        Paid::Refused(begun) => {
            if let Begun::TooMany(seconds) = begun {
                caller.refused("payments", seconds);
            }
            Err(refused(&begun, &id))
        }
    }
}

/// `resume_payment`: the gateway decides.
pub(crate) async fn resume(
    State(server): State<Arc<Server>>,
    Path(org): Path<String>,
    Extension(id): Extension<RequestId>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let map = body(&headers, bytes, &id)?;
    let token = field(&map, "resume_token", &id)?;
    let order = order(&server, &org, &map, &caller, &id).await?;
    let store = |error| Refused::store(&error, &id);
    let unknown = || {
        let unknown = || Refused::bad("resume_token: unknown for this order", &id);
        guessed(&server, &caller, &id).unwrap_or_else(unknown)
    };
    if order.gateway.settle() == Settle::ByReport {
        if let Err(seconds) = server.meters.work(&order.id) {
            return Err(too_many(seconds, &id));
        }
        let resumed = server.resume_passed_on(&order, &token).await;
        let attempt = resumed.map_err(store)?.ok_or_else(unknown)?;
        return Ok(told(&server, &attempt));
    }
    let attempt = server
        .store
        // EXPOSE: looked up in the store, within the order.
        .attempt_to_resume(&order.id, token.expose())
        .await
        .map_err(store)?;
    let Some(attempt) = attempt else {
        return Err(unknown());
    };
    // Whoever asks too often gets what is known; only the gateway is spared.
    let attempt = if server.meters.work(&order.id).is_ok() {
        server.ask_at_once(&attempt).await.map_err(store)?
    } else {
        attempt
    };
    Ok(told(&server, &attempt))
}
