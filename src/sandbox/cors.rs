//! What pages of other origins may ask of the browser-facing stand-ins: the documented headers,
//! of any origin, never with cookies. A preflight for anything else fails in the browser.

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// By the beginning of the path: methods and headers.
const OPEN: [(&str, &str, &str); 2] = [
    ("/funnelfox/", "POST", "content-type, x-sdk-version"),
    (
        "/primer/",
        "GET, POST",
        "content-type, primer-client-token, x-api-version, primer-sdk-version, primer-sdk-client, primer-sdk-checkout-session-id",
    ),
];

/// Answers preflights, and lets any page read the answers.
pub(crate) async fn cross_origin(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let Some((_, methods, headers)) = OPEN.iter().find(|(start, ..)| path.starts_with(start))
    else {
        return next.run(request).await;
    };
    let mut response = if request.method() == Method::OPTIONS {
        let allowed = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, *methods),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, *headers),
        ];
        (StatusCode::NO_CONTENT, allowed).into_response()
    } else {
        next.run(request).await
    };
    response.headers_mut().insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}
