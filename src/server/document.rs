//! The checkout document and the page the bank sends the shopper back to, with the policies
//! they live under.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;

use crate::session::Mode;

use super::{
    Server, assets,
    checkout::urls::origin_of,
    error::{NOT_FOUND, Plain},
    order::Session,
    store::now_ms,
};

/// Denied to the document and everything in it. Payment and passkeys are left to the bank's
/// pages, which may need them.
const PERMISSIONS: &str = "camera=(), display-capture=(), geolocation=(), hid=(), \
     microphone=(), midi=(), serial=(), usb=()";

/// `calls` are the origins that the document may call.
fn policy(calls: &str, sandbox: bool, ancestors: &str) -> String {
    // Banks' pages are on hosts nobody can list, and the way back is on ours.
    let local = if sandbox {
        " 'self' http://bank.localhost:* http://localhost:* http://127.0.0.1:*"
    } else {
        ""
    };
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; font-src 'self'; connect-src 'self' {calls}; \
         frame-src https:{local}; base-uri 'none'; form-action 'none'; \
         frame-ancestors {ancestors}; require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

/// Both pages. There is no `Cross-Origin-Embedder-Policy`: with either of its values a bank's
/// frame, which has none, would be blocked inside the document. A shop page that demands
/// isolation uses the hosted page.
fn page(status: StatusCode, body: Vec<u8>, policy: &str, opener: bool) -> Response {
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        ),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if opener {
        headers.insert(
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin-allow-popups"),
        );
    }
    if let Ok(value) = HeaderValue::from_str(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, value);
    }
    response
}

fn ancestors(origins: &BTreeSet<&str>) -> String {
    if origins.is_empty() {
        "'none'".into()
    } else {
        origins.iter().copied().collect::<Vec<_>>().join(" ")
    }
}

/// `GET /c/{session}`: the same bytes for every session, known or not.
pub(crate) async fn checkout(
    State(server): State<Arc<Server>>,
    Path(session): Path<String>,
) -> Result<Response, Plain> {
    let body = assets::read(&server.settings.assets, "checkout.html").await?;
    let found = server.store.session(&session).await?;
    let sandbox = server.settings.sandbox;
    let Some((session, order)) = found else {
        let policy = policy("", sandbox, "'none'");
        return Ok(page(StatusCode::NOT_FOUND, body, &policy, true));
    };
    let tokenizer = server
        .organisation(&order.org)
        .map_or_else(Vec::new, |org| org.origins(order.gateway))
        .join(" ");
    let origins: BTreeSet<&str> = match session.mode {
        Mode::Hosted => BTreeSet::new(),
        Mode::Embedded => session.parent_origins.iter().map(String::as_str).collect(),
    };
    let policy = policy(&tokenizer, sandbox, &ancestors(&origins));
    Ok(page(
        StatusCode::OK,
        body,
        &policy,
        session.mode == Mode::Hosted,
    ))
}

/// `GET /direct/{org}`: the same bytes again. What is bought is told by the page above.
pub(crate) async fn direct(
    State(server): State<Arc<Server>>,
    Path(org): Path<String>,
) -> Result<Response, Plain> {
    let body = assets::read(&server.settings.assets, "checkout.html").await?;
    let sandbox = server.settings.sandbox;
    let Some(fox) = server
        .organisation(&org)
        .and_then(|organisation| organisation.funnelfox.as_ref())
    else {
        let policy = policy("", sandbox, "'none'");
        return Ok(page(StatusCode::NOT_FOUND, body, &policy, true));
    };
    let mut calls = origin_of(&fox.base_url).to_owned();
    for origin in &fox.primer_origins {
        calls.push(' ');
        calls.push_str(origin);
    }
    let origins = fox.parent_origins.iter().map(String::as_str).collect();
    let policy = policy(&calls, sandbox, &ancestors(&origins));
    Ok(page(StatusCode::OK, body, &policy, false))
}

/// `GET /direct/{org}/config`: what the widget has to know of the organisation. All of it is
/// public; pages that mount the widget themselves may read it if they may frame it.
pub(crate) async fn direct_config(
    State(server): State<Arc<Server>>,
    Path(org): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Plain> {
    let organisation = server.organisation(&org).ok_or(NOT_FOUND)?;
    let fox = organisation.funnelfox.as_ref().ok_or(NOT_FOUND)?;
    let mut response = Json(json!({
        "baseUrl": fox.base_url,
        "org": fox.org,
        "region": fox.region,
        "merchant": organisation.name,
        "language": "en",
        "serverTime": now_ms() / 1000,
        "sandbox": server.settings.sandbox,
        "primerOrigins": fox.primer_origins,
        "parentOrigins": fox.parent_origins,
    }))
    .into_response();
    let answer = response.headers_mut();
    answer.insert(header::VARY, HeaderValue::from_static("origin"));
    let listed = |origin: &&HeaderValue| {
        let known = |parent: &String| origin.as_bytes() == parent.as_bytes();
        fox.parent_origins.iter().any(known)
    };
    if let Some(origin) = headers.get(header::ORIGIN).filter(listed) {
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    Ok(response)
}

/// Query of the way back. What else the bank adds decides nothing and is not read.
#[derive(Debug, Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    attempt: String,
}

/// `GET /c/{session}/return`: notes that the shopper is back and wakes the widget.
pub(crate) async fn returned(
    State(server): State<Arc<Server>>,
    Path(session): Path<String>,
    Query(back): Query<Back>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Plain> {
    let body = assets::read(&server.settings.assets, "return.html").await?;
    let body = String::from_utf8_lossy(&body)
        .replace("{version}", assets::VERSION)
        .into_bytes();
    let own = |ancestors: &str| {
        format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; \
             form-action 'none'; frame-ancestors {ancestors}; \
             require-trusted-types-for 'script'; trusted-types 'none'"
        )
    };
    let Some((_, order)) = server.store.session(&session).await? else {
        return Ok(page(StatusCode::NOT_FOUND, body, &own("'none'"), false));
    };
    // A browser that fetches ahead, or a scanner that looks first, is not the shopper.
    let ahead = ["sec-purpose", "purpose"]
        .into_iter()
        .any(|name| headers.contains_key(name));
    if method == Method::GET && !ahead {
        server
            .store
            .shopper_returned(&order.id, &back.attempt)
            .await?;
    }
    // The attempt may have been made from another session of the order.
    let sessions: Vec<Session> = server.store.sessions_of(&order.id).await?;
    let mut origins: BTreeSet<&str> = sessions
        .iter()
        .flat_map(|session| session.parent_origins.iter().map(String::as_str))
        .collect();
    origins.insert("'self'");
    let policy = own(&ancestors(&origins));
    Ok(page(StatusCode::OK, body, &policy, false))
}
