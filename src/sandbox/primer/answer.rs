//! Refusals in the shape that Primer documents for all of its errors:
//! `{error: {errorId, description, diagnosticsId, validationErrors}}`.
//!
//! Which `errorId` a browser-facing call gives is not published; the names here are the
//! sandbox's own. The statuses are the published ones: 400, 401, 404, 422.

use axum::{
    Json,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    super::ident,
    Desk,
    client_token::{Pass, Purpose},
};

/// Why Primer does not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// 400.
    Bad(String),
    /// 401.
    Unauthorized(&'static str),
    /// 404.
    NotFound,
    /// 422 with every wrong field and what is wrong with it.
    Invalid(Vec<(&'static str, &'static str)>),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut fields: Vec<Value> = Vec::new();
        let (status, id, text) = match self {
            Self::Bad(text) => (StatusCode::BAD_REQUEST, "BadRequest", text),
            Self::Unauthorized(text) => (
                StatusCode::UNAUTHORIZED,
                "InvalidClientToken",
                text.to_owned(),
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "NotFound",
                "There is nothing here with this id.".to_owned(),
            ),
            Self::Invalid(wrong) => {
                fields.extend(
                    wrong
                        .into_iter()
                        .map(|(field, error)| json!({"field": field, "error": error})),
                );
                (
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "RequestValidationError",
                    "The request is not valid.".to_owned(),
                )
            }
        };
        let body = json!({"error": {
            "errorId": id,
            "description": text,
            "diagnosticsId": ident::word(16),
            "validationErrors": fields,
        }});
        (status, Json(body)).into_response()
    }
}

/// The pass behind the header `Primer-Client-Token`: the access token, never the JWT round it.
///
/// # Errors
/// 401 without the header, with a JWT, an unknown token, or one whose time is over.
pub(crate) fn pass<'a>(desk: &'a Desk, headers: &HeaderMap, now: i64) -> Result<&'a Pass, Refusal> {
    let token = headers
        .get("primer-client-token")
        .and_then(|value| value.to_str().ok())
        .ok_or(Refusal::Unauthorized(
            "The header Primer-Client-Token is missing.",
        ))?;
    if token.contains('.') {
        return Err(Refusal::Unauthorized(
            "Primer-Client-Token is a JWT: expected the accessToken inside of it.",
        ));
    }
    desk.passes
        .get(token)
        .ok_or(Refusal::Unauthorized("The access token is not known."))
        .and_then(|pass| {
            if now < pass.ends {
                Ok(pass)
            } else {
                Err(Refusal::Unauthorized("The access token has expired."))
            }
        })
}

/// As [`pass`], for what only the token of a checkout opens.
///
/// # Errors
/// 401.
pub(crate) fn checkout_pass<'a>(
    desk: &'a Desk,
    headers: &HeaderMap,
    now: i64,
) -> Result<&'a Pass, Refusal> {
    let pass = pass(desk, headers, now)?;
    match pass.purpose {
        Purpose::Checkout(_) => Ok(pass),
        Purpose::Action(_) => Err(Refusal::Unauthorized(
            "This access token is for an action, not for a checkout.",
        )),
    }
}
