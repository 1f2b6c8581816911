//! Who may speak to the sandbox: this machine, under one of its own names (T26).
//!
//! A page in the same browser can reach loopback, also by DNS rebinding. The name in `Host`
//! tells such a page apart; for what changes something, so do `Origin` and the media type.

use std::{io, net::SocketAddr};

use axum::{
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// The bank's name.
const BANK: &str = "bank.localhost";

/// The name in the `Host` header, without the port.
fn host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    Some(host.rsplit_once(':').map_or(host, |(name, _)| name))
}

fn refuse(seen: Option<&str>, expected: &str) -> Response {
    let seen = seen.unwrap_or("none");
    let text = format!(
        "Host {seen:?} is not served here: expected {expected}. Use the address the sandbox printed at its start.\n"
    );
    (StatusCode::FORBIDDEN, text).into_response()
}

/// Lets through what is addressed to `127.0.0.1` or `localhost`.
pub(crate) async fn loopback(request: Request, next: Next) -> Response {
    match host(request.headers()) {
        Some("127.0.0.1" | "localhost") => next.run(request).await,
        seen => refuse(seen, "127.0.0.1 or localhost"),
    }
}

/// Lets through what is addressed to `bank.localhost`.
pub(crate) async fn bank(request: Request, next: Next) -> Response {
    match host(request.headers()) {
        Some(BANK) => next.run(request).await,
        seen => refuse(seen, BANK),
    }
}

/// For what pages have no business with: no foreign `Origin`, and changes only as JSON,
/// which a page cannot send elsewhere without a preflight that nobody here answers.
pub(crate) async fn no_pages(request: Request, next: Next) -> Response {
    let headers = request.headers();
    if let Some(origin) = headers.get(header::ORIGIN) {
        let own = headers.get(header::HOST).is_some_and(|host| {
            let own = [b"http://".as_slice(), host.as_bytes()].concat();
            own == origin.as_bytes()
        });
        if !own {
            let text = "Pages of other origins are not answered here: call from a program.\n";
            return (StatusCode::FORBIDDEN, text).into_response();
        }
    }
    if request.method() == Method::POST && !is_json(headers) {
        let text = "Expected content-type application/json.\n";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, text).into_response();
    }
    next.run(request).await
}

/// Whether the body says that it is JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// Refuses to serve `what` beyond this machine.
///
/// # Errors
/// The address is not a loopback address.
pub(crate) fn loopback_only(what: &str, address: SocketAddr) -> io::Result<()> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    let text = format!(
        "{what} takes orders from anyone who reaches it and listens on loopback only: \
         bound to {address}, expected 127.0.0.1"
    );
    Err(io::Error::new(io::ErrorKind::InvalidInput, text))
}
