//! What every request and every response has: a checked host, an id, a line in the log, and
//! headers that keep browsers from guessing.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Server, error::Plain, random, request};

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
    request: Request,
    next: Next,
) -> Response {
    let id = RequestId(format!("req_{}", random::text(20)));
    request::within(id.0.clone(), serve(server, request, next, id)).await
}

/// The path as the log may have it: which route, and of the names in it only the order's id.
/// A session's id is a secret, and anything else may be mistyped card data.
fn route_of(request: &Request) -> String {
    let Some(route) = request.extensions().get::<MatchedPath>() else {
        return "unknown".to_owned();
    };
    let path = request.uri().path();
    match path.strip_prefix("/orders/") {
        Some(id) if uuid::Uuid::try_parse(id).is_ok() => path.to_owned(),
        _ => route.as_str().to_owned(),
    }
}

async fn serve(server: Arc<Server>, mut request: Request, next: Next, id: RequestId) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let path = route_of(&request);
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
    // A repeat is answered with the code of the first call.
    let first = Some(told).filter(|told| *told != id.0);
    tracing::info!(
        %method,
        path,
        status = response.status().as_u16(),
        ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        told = first,
        "request"
    );
    response
}
