//! Answers: JSON as the system's own server writes it, and errors in the three shapes that
//! its versions and its documents have.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// Which shape errors have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `{code, message, http_status_code, details?}`, since April 2026.
    #[default]
    Now,
    /// `{success: false, error: {message, internal_error, details}}`, until then.
    Before,
    /// `{error: {code, message, details}}`, as some pages of the documents show it.
    Docs,
}

/// Why a request was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// 401, before anything else is looked at: `{error: "…"}` in every version.
    Unauthorized,
    Error {
        code: &'static str,
        /// For people.
        message: String,
        /// What went wrong inside.
        internal: String,
        details: Value,
    },
}

impl Refusal {
    pub(crate) fn new(
        code: &'static str,
        message: &str,
        internal: impl Into<String>,
        details: Value,
    ) -> Self {
        Self::Error {
            code,
            message: message.to_owned(),
            internal: internal.into(),
            details,
        }
    }

    /// 400: the body or the query breaks a rule.
    pub(crate) fn invalid(message: &str, internal: impl Into<String>, details: Value) -> Self {
        Self::new("validation_error", message, internal, details)
    }

    /// 400: how things stand does not allow it.
    pub(crate) fn not_now(message: &str, internal: impl Into<String>, details: Value) -> Self {
        Self::new("invalid_operation", message, internal, details)
    }

    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        let internal = format!("{what} not found: {id}");
        Self::new(
            "not_found",
            &format!("{what} not found"),
            internal,
            json!({"id": id}),
        )
    }

    /// What went wrong inside, as a payment keeps it.
    pub(crate) fn internal(&self) -> &str {
        match self {
            Self::Unauthorized => "Unauthorized",
            Self::Error { internal, .. } => internal,
        }
    }

    pub(crate) fn response(self, shape: Shape) -> Response {
        let (code, message, internal, details) = match self {
            Self::Unauthorized => {
                return body(
                    StatusCode::UNAUTHORIZED,
                    json!({"error": "Unauthorized"}).to_string(),
                );
            }
            Self::Error {
                code,
                message,
                internal,
                details,
            } => (code, message, internal, details),
        };
        let status = status_of(code);
        let mut error = match shape {
            Shape::Now => {
                json!({"code": code, "message": message, "http_status_code": status.as_u16()})
            }
            Shape::Before => json!({"message": message, "internal_error": internal}),
            Shape::Docs => json!({"code": code, "message": message}),
        };
        if !details.is_null() {
            error["details"] = details;
        }
        let error = match shape {
            Shape::Now => error,
            Shape::Before => json!({"success": false, "error": error}),
            Shape::Docs => json!({"error": error}),
        };
        body(status, error.to_string())
    }
}

fn status_of(code: &str) -> StatusCode {
    match code {
        "not_found" => StatusCode::NOT_FOUND,
        "validation_error" | "invalid_operation" => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A JSON text with its status.
pub(crate) fn body(status: StatusCode, json: String) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (status, kind, json).into_response()
}
