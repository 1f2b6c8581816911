//! The payment contract: `create_payment` and `resume_payment`, read and written.
//!
//! Sources: FunnelFox's published schema (the bare object with four keys) and its client
//! (an envelope `{status, req_id, data}`; errors may come with HTTP 200). Both are read.
//! Our server writes a superset of both.

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    foreign, http,
    json::{self, Fields},
    outcome::Failure,
    sensitive::Sensitive,
};

/// Body of `create_payment`.
#[derive(Clone, Debug)]
pub struct CreatePayment {
    /// The card's token.
    pub payment_method_token: Sensitive<String>,
    /// The order, as last told by the backend.
    pub order_id: String,
    /// The attempt this call belongs to.
    pub attempt: String,
    /// Whether the backend takes the attempt as `Idempotency-Key`; otherwise it travels in
    /// `client_metadata`, because an unknown header would fail the preflight.
    pub as_header: bool,
}

/// Body of `resume_payment`.
#[derive(Clone, Debug)]
pub struct ResumePayment {
    /// What the action ended with.
    pub resume_token: Sensitive<String>,
    /// The order, as last told by the backend.
    pub order_id: String,
}

/// `create_payment` below `base` = `{server}/{org_id}/v1`.
pub fn create_request(base: &str, call: &CreatePayment) -> http::Request {
    #[derive(Serialize)]
    struct Metadata<'a> {
        attempt_id: &'a str,
    }
    #[derive(Serialize)]
    struct Body<'a> {
        payment_method_token: &'a str,
        order_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        client_metadata: Option<Metadata<'a>>,
    }
    let body = json::write(&Body {
        // EXPOSE: the token goes to the payment backend and nowhere else.
        payment_method_token: call.payment_method_token.expose(),
        order_id: &call.order_id,
        client_metadata: (!call.as_header).then_some(Metadata {
            attempt_id: &call.attempt,
        }),
    });
    let request = http::Request::post(format!("{base}/checkout/create_payment"), body);
    if call.as_header {
        request.header("idempotency-key", call.attempt.clone())
    } else {
        request
    }
}

/// `resume_payment` below `base` = `{server}/{org_id}/v1`.
pub fn resume_request(base: &str, call: &ResumePayment) -> http::Request {
    #[derive(Serialize)]
    struct Body<'a> {
        resume_token: &'a str,
        order_id: &'a str,
    }
    let body = json::write(&Body {
        // EXPOSE: the resume token goes to the payment backend and nowhere else.
        resume_token: call.resume_token.expose(),
        order_id: &call.order_id,
    });
    http::Request::post(format!("{base}/checkout/resume_payment"), body)
}

/// `checkout_status`; a value of a newer backend is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing charged; the shopper or the shop stopped it.
    Cancelled,
    /// Nothing charged; declined.
    Failed,
    /// Known to the backend, not decided.
    Processing,
    /// Charged, or reserved where captured later.
    Succeeded,
    /// Not one of the contract's: nothing is known.
    Unknown(String),
}

impl Status {
    fn parse(text: &str) -> Self {
        match text {
            "cancelled" => Self::Cancelled,
            "failed" => Self::Failed,
            "processing" => Self::Processing,
            "succeeded" => Self::Succeeded,
            other => Self::Unknown(other.chars().take(64).collect()),
        }
    }

    /// The value on the wire.
    pub fn name(&self) -> &str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Unknown(text) => text,
        }
    }
}

/// The four keys, with empty strings read as absent, and what our server adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// A further step; it outranks the status.
    pub action_required_token: Option<String>,
    /// How far the payment is.
    pub status: Status,
    /// Foreign text for the shopper, as [`foreign::message`] leaves it.
    pub message: Option<String>,
    /// The order, which may be another than was asked for.
    pub order_id: Option<String>,
    /// Our server's reason.
    pub failure: Option<Failure>,
    /// Support code.
    pub req_id: Option<String>,
}

/// An error envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiError {
    /// HTTP status it came with.
    #[serde(skip)]
    pub status: u16,
    /// For developers.
    pub msg: String,
    /// `bad_request`, `double_purchase`, …
    pub code: String,
    /// `api_exception`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Support code.
    #[serde(skip)]
    pub req_id: Option<String>,
    /// Seconds to wait, where told.
    #[serde(skip)]
    pub retry_after: Option<u32>,
    /// The reason for the shopper, where told.
    #[serde(skip)]
    pub failure: Option<Failure>,
}

/// What a call to the payment contract came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The four keys were readable.
    Answer(Answer),
    /// The backend refused the call.
    Refused(ApiError),
    /// Nothing can be known from this: whether it took effect is open.
    Undecidable,
}

/// Reads any answer of the payment contract. Never fails: what can't be understood is
/// [`Reply::Undecidable`], because the call may have taken effect.
pub fn decode(response: &http::Response) -> Reply {
    let parsed = (response.body.len() <= http::MAX_BODY)
        .then(|| json::parse(response.body.as_bytes()))
        .flatten();
    let Some(outer) = parsed.as_ref().and_then(Fields::of) else {
        return Reply::Undecidable;
    };
    if let Some(error) = refusal(outer, response) {
        return Reply::Refused(error);
    }
    if !(200..300).contains(&response.status) {
        return Reply::Undecidable;
    }
    let Some(inner) = inner(outer) else {
        return Reply::Undecidable;
    };
    let understood = ["action_required_token", "order_id"]
        .iter()
        .all(|key| inner.get(key).is_none_or(Value::is_string));
    let Some(status) = inner.str("checkout_status").filter(|_| understood) else {
        return Reply::Undecidable;
    };
    // Without the key that says whether a step is required, success can't be believed.
    if !inner.has("action_required_token") {
        return Reply::Undecidable;
    }
    Reply::Answer(Answer {
        action_required_token: text(inner, "action_required_token"),
        status: Status::parse(status),
        message: inner
            .str("failed_message_for_user")
            .and_then(foreign::message),
        order_id: text(inner, "order_id"),
        failure: inner
            .get("failure")
            .or_else(|| outer.get("failure"))
            .and_then(Failure::read),
        req_id: outer.str("req_id").and_then(foreign::support_code),
    })
}

/// The error of an error envelope, which may come with HTTP 200 (trap 1).
pub(crate) fn refusal(outer: Fields<'_>, response: &http::Response) -> Option<ApiError> {
    if outer.str("status") != Some("error") {
        return None;
    }
    let first = outer.get("error").and_then(|errors| match errors {
        Value::Array(list) => list.first().and_then(Fields::of),
        one => Fields::of(one),
    });
    let part = |key| first.and_then(|one| text(one, key)).unwrap_or_default();
    Some(ApiError {
        status: response.status,
        msg: first
            .and_then(|one| foreign::message(one.str("msg")?))
            .unwrap_or_default(),
        code: part("code"),
        kind: part("type"),
        req_id: outer.str("req_id").and_then(foreign::support_code),
        retry_after: response
            .retry_after
            .as_deref()
            .and_then(|text| text.trim().parse().ok()),
        failure: outer.get("failure").and_then(Failure::read),
    })
}

/// What is in an envelope, or the bare object.
pub(crate) fn inner(outer: Fields<'_>) -> Option<Fields<'_>> {
    if outer.has("data") {
        outer.inner("data")
    } else {
        Some(outer)
    }
}

/// A text that says something.
fn text(fields: Fields<'_>, key: &str) -> Option<String> {
    fields.text(key).filter(|text| !text.is_empty())
}

/// Writes an answer the way our server gives it: envelope, and the four keys at top level.
pub fn encode(answer: &Answer) -> Value {
    let data = json!({
        "action_required_token": answer.action_required_token.as_deref().unwrap_or_default(),
        "checkout_status": answer.status.name(),
        "failed_message_for_user": answer.message.as_deref().unwrap_or_default(),
        "order_id": answer.order_id,
    });
    let mut body = data.clone();
    if let Some(failure) = answer.failure {
        body["failure"] = json!(failure);
    }
    body["status"] = json!("success");
    body["req_id"] = json!(answer.req_id.as_deref().unwrap_or_default());
    body["data"] = data;
    body
}

/// Writes an error envelope.
pub fn encode_error(error: &ApiError) -> Value {
    let mut body = json!({
        "status": "error",
        "error": [error],
        "req_id": error.req_id.as_deref().unwrap_or_default(),
    });
    if let Some(failure) = error.failure {
        body["failure"] = json!(failure);
    }
    body
}
