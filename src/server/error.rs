//! Refusals as the callers expect them: `{error}` for shops, an envelope for the payment
//! contract.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::payment::{ApiError, encode_error};

use super::{headers::RequestId, store::StoreError};

/// `{error}` with a status.
#[derive(Debug)]
pub(crate) struct Plain(pub(crate) StatusCode, pub(crate) &'static str);

impl IntoResponse for Plain {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<StoreError> for Plain {
    fn from(error: StoreError) -> Self {
        tracing::error!("store: {error}");
        Self(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
    }
}

/// The same answer for what is unknown and what is somebody else's (T24).
pub(crate) const NOT_FOUND: Plain = Plain(StatusCode::NOT_FOUND, "not found");

pub(crate) async fn not_found() -> Plain {
    std::future::ready(NOT_FOUND).await
}

/// An error of the payment contract.
#[derive(Debug)]
pub(crate) struct Refused(Box<ApiError>);

impl Refused {
    pub(crate) fn new(status: StatusCode, code: &str, msg: &str, id: &RequestId) -> Self {
        Self(Box::new(ApiError {
            status: status.as_u16(),
            msg: msg.into(),
            code: code.into(),
            kind: "api_exception".into(),
            req_id: Some(id.0.clone()),
            retry_after: None,
            failure: None,
        }))
    }

    pub(crate) fn bad(msg: &str, id: &RequestId) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", msg, id)
    }

    pub(crate) fn after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    pub(crate) fn store(error: &StoreError, id: &RequestId) -> Self {
        tracing::error!(req_id = id.0, "store: {error}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "internal error; ask for the state before paying again",
            id,
        )
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(encode_error(&self.0))).into_response();
        if let Some(seconds) = self.0.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
