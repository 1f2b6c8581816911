//! Answers in Checkout.com's form: JSON, a request id and version, errors as lists of codes.

use axum::{
    Json,
    http::{HeaderName, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::super::ident;

const REQUEST_ID: HeaderName = HeaderName::from_static("cko-request-id");
const VERSION: HeaderName = HeaderName::from_static("cko-version");

/// Why a request was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// 403: the payment's state does not allow it.
    Forbidden,
    /// 422: the body is wrong; the codes name how.
    Invalid(Vec<&'static str>),
    /// 422: the body is no JSON.
    Malformed,
    /// 404.
    NotFound,
    /// 429: the same request is still being worked on.
    Repeated,
    /// 401 with an empty body.
    Unauthorized,
}

impl Refusal {
    pub(crate) fn invalid(code: &'static str) -> Self {
        Self::Invalid(vec![code])
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (kind, codes) = match self {
            Self::Forbidden => return bare(StatusCode::FORBIDDEN),
            Self::NotFound => return bare(StatusCode::NOT_FOUND),
            Self::Repeated => return bare(StatusCode::TOO_MANY_REQUESTS),
            Self::Unauthorized => return bare(StatusCode::UNAUTHORIZED),
            Self::Invalid(codes) => ("request_invalid", codes),
            Self::Malformed => ("request_malformed", vec!["request_json_invalid"]),
        };
        let request_id = ident::word(13).to_ascii_uppercase();
        let body = json!({"request_id": request_id, "error_type": kind, "error_codes": codes});
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        (status, with_id(request_id), Json(body)).into_response()
    }
}

/// A body with its status and the two headers.
pub(crate) fn json_answer(status: StatusCode, body: Value) -> Response {
    (status, head(), Json(body)).into_response()
}

fn bare(status: StatusCode) -> Response {
    (status, head()).into_response()
}

fn head() -> [(HeaderName, String); 2] {
    with_id(ident::word(13).to_ascii_uppercase())
}

fn with_id(request_id: String) -> [(HeaderName, String); 2] {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    [(REQUEST_ID, request_id), (VERSION, version)]
}

/// The body as a JSON object.
///
/// # Errors
/// It is no JSON, or not an object.
pub(crate) fn object(body: &[u8]) -> Result<Value, Refusal> {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) if value.is_object() => Ok(value),
        _ => Err(Refusal::Malformed),
    }
}

/// As [`object`], where an empty body stands for an empty object.
///
/// # Errors
/// It is neither empty nor a JSON object.
pub(crate) fn optional_object(body: &[u8]) -> Result<Value, Refusal> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    object(body)
}
