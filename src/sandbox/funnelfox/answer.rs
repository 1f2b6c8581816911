//! The envelope that FunnelFox's own client reads: `{status, data, req_id}`, and for errors
//! `{status, error: [{msg, code, type}], req_id}`. Both come with HTTP 200.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::super::ident;

/// The body breaks a rule, or names what is not there.
pub(crate) const BAD_REQUEST: &str = "bad_request";
/// There is no such price point.
pub(crate) const INVALID_PRICE: &str = "invalid_price";
/// The customer can't be used like this.
pub(crate) const INVALID_CUSTOMER: &str = "invalid_customer";
/// The processor could not do its work. A decline is no error.
pub(crate) const PAYMENT_FAILED: &str = "payment_failed";
/// The code is published; when it is given is not. Only on order from `/control/funnelfox`.
pub(crate) const DOUBLE_PURCHASE: &str = "double_purchase";

/// The published codes.
pub(crate) const CODES: [&str; 5] = [
    BAD_REQUEST,
    INVALID_PRICE,
    INVALID_CUSTOMER,
    PAYMENT_FAILED,
    DOUBLE_PURCHASE,
];

/// An error envelope in the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    code: &'static str,
    messages: Vec<String>,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            messages: vec![message.into()],
        }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(BAD_REQUEST, message)
    }

    /// One item for each problem.
    pub(crate) fn all(messages: Vec<String>) -> Self {
        Self {
            code: BAD_REQUEST,
            messages,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = self.code;
        let items: Vec<Value> = self
            .messages
            .into_iter()
            .map(|msg| json!({"msg": msg, "code": code, "type": "api_exception"}))
            .collect();
        Json(json!({"status": "error", "error": items, "req_id": request_id()})).into_response()
    }
}

/// A success: the envelope, or only what is in it, as the published schema has it.
pub(crate) fn success(data: Value, bare: bool) -> Response {
    if bare {
        return Json(data).into_response();
    }
    Json(json!({"status": "success", "data": data, "req_id": request_id()})).into_response()
}

fn request_id() -> String {
    format!("req-{}", ident::word(16))
}
