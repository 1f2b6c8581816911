//! What a call asks for: `{amount?, reference?, metadata?, capture_type?}`, or an empty body.

use serde_json::{Map, Value, json};

use super::Kind;
use crate::server::{random, unique_json};

/// Checkout.com's longest reference, in characters.
const MAX_REFERENCE: usize = 80;
/// Nine digits at most.
const MAX_AMOUNT: i64 = 999_999_999;

/// A capture, void or refund that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) kind: Kind,
    /// Minor units; all that is left if there are none.
    pub(crate) amount: Option<i64>,
    pub(crate) reference: Option<String>,
    metadata: Option<Value>,
    capture_type: Option<&'static str>,
}

/// Why a body can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bad {
    /// It is no JSON object, or it names a key twice.
    Malformed,
    /// Checkout.com's codes of the fields at fault.
    Invalid(Vec<&'static str>),
}

impl Wish {
    /// Reads a body. What the contract does not name is left out and not passed on.
    ///
    /// # Errors
    /// All codes that apply.
    pub(crate) fn read(kind: Kind, body: &[u8]) -> Result<Self, Bad> {
        let map = if body.is_empty() {
            Map::new()
        } else {
            match unique_json::parse(body) {
                Some(Value::Object(map)) => map,
                _ => return Err(Bad::Malformed),
            }
        };
        let given = |key: &str| map.get(key).filter(|value| !value.is_null());
        let mut codes = Vec::new();
        let amount = given("amount").and_then(|value| {
            let amount = value.as_i64().filter(|n| (1..=MAX_AMOUNT).contains(n));
            if amount.is_none() {
                codes.push("amount_invalid");
            }
            amount
        });
        let metadata = given("metadata").cloned();
        if metadata.as_ref().is_some_and(|value| !value.is_object()) {
            codes.push("metadata_key_invalid");
        }
        let reference = match given("reference").map(Value::as_str) {
            None | Some(Some("")) => None,
            Some(Some(text)) if text.chars().count() <= MAX_REFERENCE => Some(text.to_owned()),
            Some(_) => {
                codes.push("parameter_invalid");
                None
            }
        };
        let capture_type = match given("capture_type").map(Value::as_str) {
            _ if kind != Kind::Capture => None,
            None => None,
            Some(Some("Final")) => Some("Final"),
            Some(Some("NonFinal")) => Some("NonFinal"),
            Some(_) => {
                codes.push("parameter_invalid");
                None
            }
        };
        codes.dedup();
        if !codes.is_empty() {
            return Err(Bad::Invalid(codes));
        }
        Ok(Self {
            kind,
            amount,
            reference,
            metadata,
            capture_type,
        })
    }

    /// Whether more captures are to follow.
    pub(crate) fn more(&self) -> bool {
        self.capture_type == Some("NonFinal")
    }

    /// The body for the gateway. A void names no amount there.
    pub(crate) fn for_gateway(&self, reference: &str) -> Value {
        let mut body = json!({ "reference": reference });
        if let Some(amount) = self.amount.filter(|_| self.kind != Kind::Void) {
            body["amount"] = json!(amount);
        }
        if let Some(metadata) = &self.metadata {
            body["metadata"] = metadata.clone();
        }
        if let Some(capture_type) = self.capture_type {
            body["capture_type"] = json!(capture_type);
        }
        body
    }

    /// Calls with one identity are one action: the same idempotency key or, without one, the
    /// same reference and amount.
    pub(crate) fn identity(&self, key: Option<&str>) -> String {
        match key {
            Some(key) => format!("key:{}", random::hash(&[key])),
            None => format!(
                "same:{}",
                random::hash(&[
                    self.reference.as_deref().unwrap_or_default(),
                    &self.amount.unwrap_or_default().to_string(),
                ])
            ),
        }
    }

    /// Hash of everything that is asked for.
    pub(crate) fn fingerprint(&self) -> String {
        let reference = self.reference.as_deref().unwrap_or_default();
        let amount = self.amount.unwrap_or_default().to_string();
        random::hash(&[&self.for_gateway(reference).to_string(), &amount])
    }
}

#[cfg(test)]
mod tests {
    use super::{Bad, Kind, Wish};

    fn read(body: &str) -> Result<Wish, Bad> {
        Wish::read(Kind::Capture, body.as_bytes())
    }

    #[test]
    fn the_published_examples_are_read_and_an_empty_body_is_all_that_is_left() {
        let part = read(
            r#"{"amount": 3500, "reference": "ORD-5023-4E89",
                "metadata": {"coupon_code": "NY2018", "partner_id": 123989}}"#,
        )
        .unwrap();
        assert_eq!(part.amount, Some(3500));
        let sent = part.for_gateway("ORD-5023-4E89");
        assert_eq!(sent["metadata"]["partner_id"], 123_989);
        let all = read("").unwrap();
        assert_eq!(all, read("{}").unwrap());
        assert_eq!(all, read(r#"{"amount": null}"#).unwrap());
        assert_eq!(all.amount, None);
    }

    #[test]
    fn b78_what_is_no_amount_in_minor_units_is_refused_with_its_code() {
        for amount in ["0", "-1", "35.00", "\"3500\"", "1e3", "1000000000", "true"] {
            assert_eq!(
                read(&format!(r#"{{"amount": {amount}}}"#)),
                Err(Bad::Invalid(vec!["amount_invalid"])),
                "{amount}"
            );
        }
        let long = "x".repeat(81);
        for (body, codes) in [
            (
                r#"{"metadata": []}"#.to_owned(),
                vec!["metadata_key_invalid"],
            ),
            (r#"{"reference": 7}"#.to_owned(), vec!["parameter_invalid"]),
            (
                format!(r#"{{"reference": "{long}"}}"#),
                vec!["parameter_invalid"],
            ),
            (
                r#"{"capture_type": "Half"}"#.to_owned(),
                vec!["parameter_invalid"],
            ),
            (
                r#"{"amount": 0, "metadata": 1, "reference": 1}"#.to_owned(),
                vec![
                    "amount_invalid",
                    "metadata_key_invalid",
                    "parameter_invalid",
                ],
            ),
        ] {
            assert_eq!(read(&body), Err(Bad::Invalid(codes)), "{body}");
        }
        for body in ["[]", "null", "{", r#"{"amount": 1, "amount": 2}"#] {
            assert_eq!(read(body), Err(Bad::Malformed), "{body}");
        }
    }

    #[test]
    fn the_same_call_is_told_by_its_key_or_by_reference_and_amount() {
        let one = read(r#"{"amount": 1000, "reference": "R"}"#).unwrap();
        let other = read(r#"{"amount": 1000, "reference": "R", "metadata": {"a": 1}}"#).unwrap();
        let third = read(r#"{"amount": 1001, "reference": "R"}"#).unwrap();
        assert_eq!(one.identity(None), other.identity(None));
        assert_ne!(one.identity(None), third.identity(None));
        assert_ne!(one.identity(Some("k")), one.identity(None));
        assert_eq!(one.identity(Some("k")), third.identity(Some("k")));
        assert_ne!(one.fingerprint(), other.fingerprint());
        assert_ne!(one.fingerprint(), third.fingerprint());
    }
}
