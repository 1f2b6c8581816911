//! `POST /tokens`: the browser hands over a card, with a public key, and gets a token.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    super::{clock, guard, ident, state::Token, state::World},
    answer::{self, Refusal},
    cards::Snapshot,
    keys::{self, Role},
};

/// How long a token lives, in seconds.
const LIFETIME: i64 = 15 * 60;

/// Makes a token of a card.
///
/// # Errors
/// 401 without a public key, 415 unless JSON, 422 with the codes of every wrong field.
pub(crate) async fn create(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let platform = keys::check(&headers, Role::Public).ok_or(Refusal::Unauthorized)?;
    if !guard::is_json(&headers) {
        return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
    }
    let body = answer::object(&body)?;
    match body["type"].as_str() {
        Some("card") => {}
        None => return Err(Refusal::invalid("token_type_required")),
        Some(_) => return Err(Refusal::invalid("token_type_invalid")),
    }
    let now = world.clock.now();
    let card = Snapshot::read(&body, now)?;
    let token = ident::new("tok");
    let expires_at = now + LIFETIME;
    let mut shown = json!({
        "type": "card",
        "token": token,
        "expires_on": clock::rfc3339(expires_at),
        "expiry_month": card.month,
        "expiry_year": card.year,
        "scheme": card.scheme,
        "last4": card.last4,
        "bin": card.bin,
        "card_type": "Credit",
        "card_category": "Consumer",
        "issuer": "Sandbox Bank",
        "issuer_country": "GB",
        "product_id": "F",
        "product_type": "CLASSIC",
    });
    if let Some(name) = &card.name {
        shown["name"] = json!(name);
    }
    let entry = Token {
        platform,
        card,
        expires_at,
        used: false,
    };
    world.books().tokens.insert(token, entry);
    Ok(answer::json_answer(StatusCode::CREATED, shown))
}

/// Lets any page read the answers and send key and JSON, never cookies: the one browser-facing call.
pub(crate) async fn cross_origin(request: Request, next: Next) -> Response {
    if request.uri().path() != "/checkout-com/tokens" {
        return next.run(request).await;
    }
    let mut response = if request.method() == Method::OPTIONS {
        let allowed = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "authorization, content-type",
            ),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ];
        (StatusCode::NO_CONTENT, allowed).into_response()
    } else {
        next.run(request).await
    };
    let any = HeaderValue::from_static("*");
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    response
}
