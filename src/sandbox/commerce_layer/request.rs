//! A request before it is looked into: media types, the token, and the envelope of its body.

use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use serde_json::{Map, Value};

use super::{
    access::{Generation, Kind},
    ledger::Organization,
    refusal::Refusal,
};

/// The media type of both ways, without parameters.
pub(super) const MEDIA: &str = "application/vnd.api+json";

/// Whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) kind: Kind,
    /// The form of the API that is spoken.
    pub(crate) generation: Generation,
}

impl Caller {
    /// # Errors
    /// 401: the application is no integration.
    pub(super) fn integration(self) -> Result<(), Refusal> {
        if self.kind == Kind::Integration {
            return Ok(());
        }
        Err(Refusal::not_allowed())
    }
}

/// Lets a request in: 406, 415 if it `writes`, 401.
///
/// # Errors
/// A media type is another, or the token is missing, unknown or over.
pub(super) fn admit(
    organization: &Organization,
    headers: &HeaderMap,
    writes: bool,
    now: i64,
) -> Result<Caller, Refusal> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let accept = text(header::ACCEPT).unwrap_or_default();
    if !accept.split(',').any(|kind| kind.trim() == MEDIA) {
        return Err(Refusal::new(
            StatusCode::NOT_ACCEPTABLE,
            "NOT_ACCEPTABLE",
            "Not acceptable",
            "The Accept header must be application/vnd.api+json.",
        ));
    }
    if writes && text(header::CONTENT_TYPE) != Some(MEDIA) {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            "Unsupported media type",
            "The Content-Type header must be application/vnd.api+json, without parameters.",
        ));
    }
    let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    let pass = bearer
        .and_then(|token| organization.passes.get(token))
        .filter(|pass| now < pass.ends)
        .ok_or_else(Refusal::token)?;
    Ok(Caller {
        kind: pass.kind,
        generation: pass.generation.unwrap_or(organization.generation),
    })
}

/// What a body wants: its attributes, and the resources it relates to.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) attributes: Map<String, Value>,
    relationships: Map<String, Value>,
}

impl Wish {
    /// Reads `{data: {type, id?, attributes?, relationships?}}`.
    ///
    /// # Errors
    /// 400: no such envelope, another type, another id than the address has.
    pub(super) fn read(body: &[u8], kind: &str, id: Option<&str>) -> Result<Self, Refusal> {
        let body: Value = serde_json::from_slice(body).map_err(|_| {
            Refusal::bad(
                "BAD_REQUEST",
                "Bad Request",
                "The body is no JSON document.",
            )
        })?;
        let missing = |name: &str| {
            let text = format!("The required parameter, {name}, is missing.");
            Refusal::bad("PARAM_MISSING", "Missing Parameter", &text)
        };
        let data = body["data"].as_object().ok_or_else(|| missing("data"))?;
        match data.get("type").and_then(Value::as_str) {
            None => return Err(missing("type")),
            Some(own) if own == kind => {}
            Some(other) => {
                let text = format!("{other} is not a valid resource.");
                return Err(Refusal::bad("INVALID_RESOURCE", "Invalid resource", &text));
            }
        }
        if let Some(id) = id {
            let own = data.get("id").and_then(Value::as_str);
            let own = own.ok_or_else(|| missing("id"))?;
            if own != id {
                let text = format!("The URL does not support the key {own}");
                let title = "Key is not included in URL";
                return Err(Refusal::bad("KEY_NOT_INCLUDED_IN_URL", title, &text));
            }
        }
        let part = |name: &str| match data.get(name) {
            None => Ok(Map::new()),
            Some(Value::Object(part)) => Ok(part.clone()),
            Some(_) => {
                let text = format!("{name} is not an object.");
                let title = "Invalid data format";
                Err(Refusal::bad("INVALID_DATA_FORMAT", title, &text))
            }
        };
        Ok(Self {
            attributes: part("attributes")?,
            relationships: part("relationships")?,
        })
    }

    /// # Errors
    /// 400 for the first attribute or relationship that is not among these.
    pub(super) fn only(&self, attributes: &[&str], relationships: &[&str]) -> Result<(), Refusal> {
        let other = |map: &Map<String, Value>, allowed: &[&str]| {
            let mut names = map.keys().filter(|name| !allowed.contains(&name.as_str()));
            names.next().cloned()
        };
        let found = other(&self.attributes, attributes)
            .or_else(|| other(&self.relationships, relationships));
        match found {
            None => Ok(()),
            Some(name) => {
                let text = format!("{name} is not allowed.");
                Err(Refusal::bad(
                    "PARAM_NOT_ALLOWED",
                    "Param not allowed",
                    &text,
                ))
            }
        }
    }

    /// An attribute's text, unless it is missing, null or empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let text = self.attributes.get(name)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }

    /// Whether a trigger such as `_place` was pulled: `true`, in the samples also as text.
    pub(super) fn pulls(&self, name: &str) -> bool {
        match self.attributes.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text == "true",
            _ => false,
        }
    }

    /// An amount in cents, in the samples also as text.
    ///
    /// # Errors
    /// 422 for anything but a whole number above zero.
    pub(super) fn cents(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let value = match self.attributes.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(value) => value,
        };
        let number = match value {
            Value::String(text) => text.parse().ok(),
            value => value.as_u64(),
        };
        let title = "must be greater than 0";
        number
            .filter(|number| *number > 0)
            .map(Some)
            .ok_or_else(|| Refusal::attribute(name, title, "greater_than", value))
    }

    /// The id of a related resource of this type.
    pub(super) fn related(&self, name: &str, kind: &str) -> Option<&str> {
        let data = &self.relationships.get(name)?["data"];
        (data["type"] == kind).then(|| data["id"].as_str())?
    }
}
