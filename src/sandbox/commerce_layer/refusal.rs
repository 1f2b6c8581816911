//! Errors as JSON:API has them: `{errors: [{title, detail, code, status, source?, meta?}]}`, the
//! status as text.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::request::MEDIA;

/// Why a request was not carried out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    status: StatusCode,
    errors: Vec<Value>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &str, title: &str, detail: &str) -> Self {
        let error = json!({
            "title": title,
            "detail": detail,
            "code": code,
            "status": status.as_str(),
        });
        Self {
            status,
            errors: vec![error],
        }
    }

    /// 400 with one of JSON:API's codes.
    pub(super) fn bad(code: &str, title: &str, detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, title, detail)
    }

    /// 401: no token, an unknown or an expired one.
    pub(super) fn token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "INVALID_TOKEN",
            "Invalid token",
            "The access token is missing, invalid or expired.",
        )
    }

    /// 401: the token's application may not do this.
    pub(super) fn not_allowed() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "UNAUTHORIZED",
            "Unauthorized",
            "The access token has not enough permissions for this request.",
        )
    }

    /// 404.
    pub(super) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "RECORD_NOT_FOUND",
            "Record not found",
            "There is no such resource: check its type and id.",
        )
    }

    /// 422 about an attribute: `error` is the rule it breaks.
    pub(super) fn attribute(name: &str, title: &str, error: &str, value: &Value) -> Self {
        let pointer = format!("/data/attributes/{name}");
        Self::rule(
            &pointer,
            name,
            title,
            json!({"error": error, "value": value}),
        )
    }

    /// 422 about a related resource.
    pub(super) fn relationship(name: &str, title: &str, error: &str) -> Self {
        let pointer = format!("/data/relationships/{name}");
        Self::rule(&pointer, name, title, json!({"error": error}))
    }

    fn rule(pointer: &str, name: &str, title: &str, meta: Value) -> Self {
        let error = json!({
            "title": title,
            "detail": format!("{name} - {title}"),
            "code": "VALIDATION_ERROR",
            "status": "422",
            "source": {"pointer": pointer},
            "meta": meta,
        });
        Self::ordered(error)
    }

    /// 422 with an error that was ordered from outside.
    pub(super) fn ordered(error: Value) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            errors: vec![error],
        }
    }

    /// All problems of both.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.errors.extend(other.errors);
        self
    }

    /// The first problem in words, for `/control/commerce-layer`.
    pub(super) fn words(&self) -> String {
        let first = self.errors.first().map(|error| &error["detail"]);
        first.and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({"errors": self.errors}).to_string();
        (self.status, [(header::CONTENT_TYPE, MEDIA)], body).into_response()
    }
}
