//! Answers in Checkout.com's published form: 202 with the action, refusals with their codes.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{Fate, Instruction, Refusal, wish::Bad};
use crate::server::{error::NOT_FOUND, headers::RequestId, order::Order};

/// 422 to the letter of the contract.
fn invalid(kind: &str, codes: &[&str], id: &RequestId) -> Response {
    let body = json!({ "request_id": id.0, "error_type": kind, "error_codes": codes });
    (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
}

/// 403: the contract has no body for it; this one says why.
fn forbidden(message: &str, id: &RequestId) -> Response {
    let body = json!({
        "request_id": id.0,
        "error_type": "request_invalid",
        "error_codes": ["payment_invalid"],
        "message": message,
    });
    (StatusCode::FORBIDDEN, Json(body)).into_response()
}

pub(super) fn bad(bad: &Bad, id: &RequestId) -> Response {
    match bad {
        Bad::Malformed => invalid("request_malformed", &["request_json_invalid"], id),
        Bad::Invalid(codes) => invalid("request_invalid", codes, id),
    }
}

pub(super) fn refused(refusal: Refusal, id: &RequestId) -> Response {
    let message = match refusal {
        Refusal::Amount(code) => return invalid("request_invalid", &[code], id),
        Refusal::KeyReused => return invalid("request_invalid", &["parameter_invalid"], id),
        Refusal::NotAuthorised => "the order holds no money: no payment of it was approved",
        Refusal::NotHere => {
            "the order's gateway captures at once, and gives nothing back from here: do it there"
        }
        Refusal::Automatic => "the payment is captured automatically",
        Refusal::Captured => {
            "the payment is captured, or is being captured; what was taken can only be refunded"
        }
        Refusal::Released => "the payment is voided, is being voided, or ran out uncaptured",
        Refusal::Refunded => "all of it is refunded, or is being refunded",
    };
    forbidden(message, id)
}

/// 202 with the action, or what the gateway refused.
pub(super) fn of(one: &Instruction, order: &Order, base: &str, id: &RequestId) -> Response {
    match one.fate {
        Fate::Refused => by_gateway(one, id),
        Fate::Asked => {
            let retry = [(header::RETRY_AFTER, HeaderValue::from_static("5"))];
            (StatusCode::TOO_MANY_REQUESTS, retry).into_response()
        }
        Fate::Unknown | Fate::Accepted | Fate::Done | Fate::Failed => {
            let href = format!("{base}/payments/{}", order.payment_id);
            let mut body = json!({
                "action_id": one.id,
                "_links": { "payment": { "href": href } },
            });
            if let Some(reference) = &one.reference {
                body["reference"] = json!(reference);
            }
            (StatusCode::ACCEPTED, Json(body)).into_response()
        }
    }
}

fn by_gateway(one: &Instruction, id: &RequestId) -> Response {
    let (status, codes) = one.refused();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    match status {
        403 => forbidden(
            "the payment system does not allow it in the payment's state",
            id,
        ),
        404 => NOT_FOUND.into_response(),
        422 if codes.is_empty() => invalid("request_invalid", &["request_invalid"], id),
        422 => invalid("request_invalid", &codes, id),
        // Its account, or the way to it: nothing was done, and it may be asked for again.
        _ => {
            let body = json!({
                "request_id": id.0,
                "error_type": "processing_error",
                "error_codes": ["service_unavailable"],
            });
            (StatusCode::BAD_GATEWAY, Json(body)).into_response()
        }
    }
}
