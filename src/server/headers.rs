//! What every request and every response has: a checked host, an id, a line in the log, and
//! headers that keep browsers from guessing.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Server, error::Plain, random};

/// The support code of a request: `req_` and 20 characters.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The host part of an origin or a `Host` header.
fn host_of(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    if rest.starts_with('[') {
        return rest.split_inclusive(']').next().unwrap_or(rest);
    }
    rest.split([':', '/']).next().unwrap_or(rest)
}

/// In the sandbox a name that a hostile page could point here is refused (T26).
fn host_allowed(server: &Server, headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .map(host_of)
        .unwrap_or_default();
    !server.settings.sandbox
        || ["localhost", "127.0.0.1", "[::1]"].contains(&host)
        || host == host_of(&server.settings.public_url)
}

/// The outermost layer.
pub(crate) async fn frame(
    State(server): State<Arc<Server>>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = RequestId(format!("req_{}", random::text(20)));
    let method = request.method().clone();
    // Only the kind of path: a session's id is a secret, and a query may hold anything.
    let first = request.uri().path().split('/').nth(1).unwrap_or_default();
    let place = match first {
        "c" | "checkout" | "orders" | "events" | "webhooks" | "embed" | "health" => {
            first.to_owned()
        }
        _ => "payment".to_owned(),
    };
    let allowed = host_allowed(&server, request.headers());
    request.extensions_mut().insert(id.clone());
    let mut response = if allowed {
        next.run(request).await
    } else {
        Plain(StatusCode::FORBIDDEN, "unknown host").into_response()
    };
    let headers = response.headers_mut();
    let told = headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .unwrap_or(&id.0)
        .to_owned();
    let default = |headers: &mut HeaderMap, name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    if let Ok(value) = HeaderValue::from_str(&told) {
        headers.insert(REQUEST_ID, value);
    }
    default(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(headers, header::REFERRER_POLICY, "no-referrer");
    default(headers, header::CACHE_CONTROL, "no-store");
    default(
        headers,
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    if !server.settings.sandbox {
        default(
            headers,
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=63072000",
        );
    }
    tracing::info!(
        req_id = told,
        %method,
        place,
        status = response.status().as_u16(),
        ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "request"
    );
    response
}
