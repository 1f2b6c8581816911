//! The shop's content security policy: nothing but what a page needs, no inline anything.
//! With `?coop` in the address a page also cuts itself off from pop-ups, as some shops do.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};

use super::{Config, shelf::Shelf};

/// Sets the policy of a page, and keeps its address from other sites.
pub(super) async fn headers(
    State(shelf): State<Arc<Shelf>>,
    request: Request,
    next: Next,
) -> Response {
    let policy = policy(&shelf.config, request.uri().path());
    let query = request.uri().query().unwrap_or_default();
    let cut_off = query.split('&').any(|word| word == "coop");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    let referrer = HeaderValue::from_static("strict-origin-when-cross-origin");
    headers.insert(header::REFERRER_POLICY, referrer);
    if cut_off {
        let same = HeaderValue::from_static("same-origin");
        headers.insert("cross-origin-opener-policy", same);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn policy(config: &Config, path: &str) -> String {
    let (checkout, bank) = (&config.checkout_url, &config.bank_url);
    // The component runs in the shop's own page there: its code, calls and frames are the page's.
    let (script, style, frame, connect) = if path.starts_with("/mount/") {
        (
            format!("{checkout} 'wasm-unsafe-eval'"),
            checkout.as_str(),
            format!("{checkout} {bank}"),
            format!("{checkout} {}", config.standins_url),
        )
    } else {
        (checkout.clone(), "", checkout.clone(), "'none'".to_owned())
    };
    format!(
        "default-src 'none'; script-src 'self' {script}; style-src 'self' {style}; \
         frame-src {frame}; connect-src {connect}; img-src 'self'; \
         form-action 'self' {checkout}; base-uri 'none'; frame-ancestors 'none'"
    )
}
