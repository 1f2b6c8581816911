//! `POST /payments/{id}/captures`, `/voids`, `/refunds` with the secret key, as Checkout.com has
//! them. `{id}` is the `paymentId` of `POST /checkout`.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{Kind, Wish, answer, wish::Bad};
use crate::server::{
    Organisation, Server,
    checkout::authenticate,
    error::{NOT_FOUND, Plain},
    headers::RequestId,
    report::of_order,
    store::{Instructed, now_ms},
};

/// Longest idempotency key that is read, in bytes.
const MAX_KEY: usize = 255;

/// The owner of the secret key, which clients of Checkout.com's previous platform send bare.
fn owner<'a>(server: &'a Server, headers: &HeaderMap) -> Result<&'a Organisation, Plain> {
    let bare = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .filter(|value| !value.contains(' '));
    match bare.and_then(|key| server.owner_of(key)) {
        Some(owner) => Ok(owner),
        None => authenticate(server, headers),
    }
}

/// The idempotency key, if one is given.
fn key(headers: &HeaderMap) -> Result<Option<&str>, Bad> {
    match headers.get("cko-idempotency-key") {
        None => Ok(None),
        Some(value) => match value.to_str() {
            Ok("") => Ok(None),
            Ok(key) if key.len() <= MAX_KEY => Ok(Some(key)),
            _ => Err(Bad::Invalid(vec!["parameter_invalid"])),
        },
    }
}

/// Asks for a capture, void or refund. 202 says that it was taken on: `GET /orders/{orderId}`
/// tells how it ended.
pub(crate) async fn act(
    State(server): State<Arc<Server>>,
    Extension(id): Extension<RequestId>,
    Path((payment, what)): Path<(String, String)>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, Plain> {
    let owner = owner(&server, &headers)?;
    let kind = Kind::of_path(&what).ok_or(NOT_FOUND)?;
    let order = server.store.order_of_payment(&owner.id, &payment).await?;
    let order = order.ok_or(NOT_FOUND)?;
    let bytes = bytes.map_err(|_| {
        Plain(
            StatusCode::PAYLOAD_TOO_LARGE,
            "expected a whole body of 64 KiB at most",
        )
    })?;
    let asked = key(&headers).and_then(|key| Ok((key, Wish::read(kind, &bytes)?)));
    let (key, wish) = match asked {
        Ok(asked) => asked,
        Err(bad) => return Ok(answer::bad(&bad, &id)),
    };
    Ok(match server.instruct(&order, &wish, key).await? {
        Instructed::Refused(refusal) => answer::refused(refusal, &id),
        Instructed::Fresh(one, _) | Instructed::Same(one) => {
            answer::of(&one, &order, &server.settings.public_url, &id)
        }
    })
}

/// `GET /payments/{id}`: where the links of the answers lead; the payment's order.
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    Path(payment): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Plain> {
    let owner = owner(&server, &headers)?;
    let order = server.store.order_of_payment(&owner.id, &payment).await?;
    let order = order.ok_or(NOT_FOUND)?;
    let whole = server.store.whole(&order.id).await?.ok_or(NOT_FOUND)?;
    Ok(Json(of_order(&whole, now_ms())).into_response())
}
