//! Which pages may call the browser's part of the API: the checkout's own origin, the origins
//! that a session's claim named, and the shop's pages of the settings. Everybody else is
//! refused (T26).

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Server, error::Plain, store::now_ms};

/// An attempt begun just before a session's end may be finished within this time.
const AFTER_EXPIRY_MS: i64 = 3_600_000;

enum Place<'a> {
    Session(&'a str),
    Payment(&'a str),
    Elsewhere,
}

fn place(path: &str) -> Place<'_> {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match parts.as_slice() {
        ["c", session, "state" | "cancel" | "configuration"] | ["c", session, "action", _] => {
            Place::Session(session)
        }
        [org, "v1", "checkout", _] => Place::Payment(org),
        _ => Place::Elsewhere,
    }
}

async fn admits(server: &Server, place: &Place<'_>, origin: &str) -> bool {
    match place {
        Place::Session(session) => server.store.session(session).await.is_ok_and(|found| {
            found.is_some_and(|(session, _)| {
                session.parent_origins.iter().any(|known| known == origin)
                    && session.expires_at + AFTER_EXPIRY_MS > now_ms()
            })
        }),
        Place::Payment(org) => {
            let listed = server
                .organisation(org)
                .is_some_and(|shop| shop.shop_origins.iter().any(|known| known == origin));
            let named = || server.store.admits(org, origin, now_ms() - AFTER_EXPIRY_MS);
            listed || named().await.unwrap_or(false)
        }
        Place::Elsewhere => false,
    }
}

fn allow(headers: &mut HeaderMap, origin: &HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("retry-after, x-request-id"),
    );
}

/// Answers preflights, refuses foreign origins, and marks the answers of admitted ones.
pub(crate) async fn guard(
    State(server): State<Arc<Server>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let place = place(&path);
    let origin = request.headers().get(header::ORIGIN).cloned();
    let (Some(origin), false) = (origin, matches!(place, Place::Elsewhere)) else {
        return next.run(request).await;
    };
    let text = origin.to_str().unwrap_or_default();
    let vary = HeaderValue::from_static("origin");
    let mut response = if text == server.settings.public_url {
        next.run(request).await
    } else if !admits(&server, &place, text).await {
        tracing::warn!("a page of an unlisted origin was refused");
        Plain(StatusCode::FORBIDDEN, "origin not allowed").into_response()
    } else if request.method() == Method::OPTIONS {
        let mut response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        allow(headers, &origin);
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "content-type, idempotency-key, primer-client-token, x-sdk-version",
            ),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    } else {
        let mut response = next.run(request).await;
        allow(response.headers_mut(), &origin);
        response
    };
    response.headers_mut().append(header::VARY, vary);
    response
}
