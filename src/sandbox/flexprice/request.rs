//! Bodies as they come in: which fields, of which type, and what is refused at once.
//!
//! Unknown fields are passed over. `process_payment` has a documented default of true that the
//! system never applies: left out it is false.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    answer::Refusal,
    decimal::{self, Decimal},
    status::Status,
};

const METHODS: [&str; 6] = ["CARD", "ACH", "OFFLINE", "CREDITS", "PAYMENT_LINK", "UPI"];
const GATEWAYS: [&str; 6] = ["stripe", "razorpay", "nomod", "moyasar", "paddle", "whop"];

/// The body of `POST /payments`.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) key: String,
    pub(crate) invoice: String,
    pub(crate) method: String,
    pub(crate) method_id: String,
    pub(crate) gateway: Option<String>,
    pub(crate) amount: Decimal,
    /// In lower case.
    pub(crate) currency: String,
    pub(crate) success_url: String,
    pub(crate) cancel_url: String,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) process: bool,
    pub(crate) save_card: bool,
    pub(crate) tax_id: bool,
}

fn malformed(internal: impl Into<String>) -> Refusal {
    Refusal::invalid("Invalid request format", internal, Value::Null)
}

/// A body and what it is made of.
struct Body<'a> {
    text: &'a str,
    fields: Value,
}

impl<'a> Body<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(bytes).map_err(|error| malformed(error.to_string()))?;
        let fields: Value =
            serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        if !fields.is_object() {
            return Err(malformed("the body is no JSON object"));
        }
        Ok(Self { text, fields })
    }

    /// A string; what is missing or null is empty.
    fn text(&self, key: &str) -> Result<String, Refusal> {
        Ok(self.optional(key)?.unwrap_or_default())
    }

    fn optional(&self, key: &str) -> Result<Option<String>, Refusal> {
        match &self.fields[key] {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text.clone())),
            other => Err(malformed(format!("{key}: expected a string, seen {other}"))),
        }
    }

    fn required(&self, key: &str) -> Result<String, Refusal> {
        let text = self.text(key)?;
        if text.is_empty() {
            return Err(malformed(format!("{key} is required")));
        }
        Ok(text)
    }

    fn word(&self, key: &str, words: &[&str]) -> Result<String, Refusal> {
        let word = self.required(key)?;
        if !words.contains(&word.as_str()) {
            return Err(invalid_word(key, &word, words));
        }
        Ok(word)
    }

    fn flag(&self, key: &str) -> Result<bool, Refusal> {
        match &self.fields[key] {
            Value::Null => Ok(false),
            Value::Bool(flag) => Ok(*flag),
            other => Err(malformed(format!(
                "{key}: expected a boolean, seen {other}"
            ))),
        }
    }

    /// The amount, a number or a string, read letter by letter.
    fn amount(&self) -> Result<Decimal, Refusal> {
        let seen = decimal::raw(self.text, "amount").filter(|text| *text != "null");
        let seen = seen.ok_or_else(|| malformed("amount is required"))?;
        let text = seen
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap_or(seen);
        let amount = Decimal::parse(text)
            .ok_or_else(|| malformed(format!("can't convert {seen} to decimal")))?;
        if !amount.is_positive() {
            let details = json!({"amount": text});
            return Err(Refusal::invalid(
                "Amount must be greater than 0",
                "invalid amount",
                details,
            ));
        }
        Ok(amount)
    }

    /// `metadata`: an object of strings.
    fn metadata(&self) -> Result<Option<BTreeMap<String, String>>, Refusal> {
        let entries = match &self.fields["metadata"] {
            Value::Null => return Ok(None),
            Value::Object(entries) => entries,
            other => {
                return Err(malformed(format!(
                    "metadata: expected an object, seen {other}"
                )));
            }
        };
        let read = |(key, value): (&String, &Value)| match value {
            Value::String(text) => Ok((key.clone(), text.clone())),
            other => Err(malformed(format!(
                "metadata.{key}: expected a string, seen {other}"
            ))),
        };
        Ok(Some(entries.iter().map(read).collect::<Result<_, _>>()?))
    }

    /// A moment, kept as it was written.
    fn moment(&self, key: &str) -> Result<Option<String>, Refusal> {
        let text = self.optional(key)?;
        match &text {
            Some(text) if OffsetDateTime::parse(text, &Rfc3339).is_err() => {
                Err(malformed(format!("{key}: expected a time, seen {text}")))
            }
            _ => Ok(text),
        }
    }
}

fn invalid_word(key: &str, word: &str, words: &[&str]) -> Refusal {
    let message = format!("Please provide a valid {}", key.replace('_', " "));
    let internal = format!("invalid {key}: {word}");
    Refusal::invalid(&message, internal, json!({"allowed": words}))
}

impl Asked {
    /// Reads a body.
    ///
    /// # Errors
    /// 400 for a missing or mistyped field, and for a method and fields that don't go together.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let body = Body::open(bytes)?;
        let destination = body.word("destination_type", &["INVOICE", "CUSTOMER"])?;
        let mut asked = Self {
            key: body.text("idempotency_key")?,
            invoice: body.required("destination_id")?,
            method: body.word("payment_method_type", &METHODS)?,
            method_id: body.text("payment_method_id")?,
            gateway: body
                .optional("payment_gateway")?
                .filter(|name| !name.is_empty()),
            currency: body.required("currency")?.to_ascii_lowercase(),
            amount: body.amount()?,
            success_url: body.text("success_url")?,
            cancel_url: body.text("cancel_url")?,
            metadata: body.metadata()?.unwrap_or_default(),
            process: body.flag("process_payment")?,
            save_card: body.flag("save_card_and_make_default")?,
            tax_id: body.fields["gateway_options"]["stripe"]["tax_id_collection_enabled"] == true,
        };
        if destination == "CUSTOMER" {
            let internal = "no payments for customers here: expected INVOICE";
            return Err(Refusal::invalid(
                "Invalid destination type",
                internal,
                Value::Null,
            ));
        }
        let letters = asked.currency.bytes().all(|byte| byte.is_ascii_lowercase());
        if asked.currency.len() != 3 || !letters {
            let details = json!({"currency": asked.currency});
            return Err(Refusal::invalid(
                "Invalid currency code",
                "invalid currency",
                details,
            ));
        }
        if let Some(name) = asked
            .gateway
            .as_deref()
            .filter(|name| !GATEWAYS.contains(name))
        {
            return Err(invalid_word("payment_gateway", name, &GATEWAYS));
        }
        asked.go_together()?;
        Ok(asked)
    }

    fn go_together(&mut self) -> Result<(), Refusal> {
        let details = json!({"payment_method_type": self.method});
        let refuse = |message: &str| Err(Refusal::invalid(message, message, details.clone()));
        match self.method.as_str() {
            "OFFLINE" => {
                self.gateway = None;
                if !self.method_id.is_empty() {
                    return refuse("Payment method ID is not allowed for offline payments");
                }
            }
            "PAYMENT_LINK" => {
                self.method_id.clear();
                if self.gateway.is_none() {
                    return refuse("Payment gateway must be specified for payment links");
                }
                if self.gateway.as_deref() == Some("moyasar") {
                    return refuse(
                        "Invoice must be synced to Moyasar before creating a payment link",
                    );
                }
            }
            "ACH" | "UPI" if self.method_id.is_empty() => {
                return refuse("Payment method ID is required for online payment methods");
            }
            _ => {}
        }
        Ok(())
    }
}

/// The body of `PUT /payments/{id}`: only what is there is changed.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) status: Option<Status>,
    pub(crate) gateway: Option<String>,
    pub(crate) gateway_payment: Option<String>,
    pub(crate) method_id: Option<String>,
    pub(crate) metadata: Option<BTreeMap<String, String>>,
    pub(crate) succeeded_at: Option<String>,
    pub(crate) failed_at: Option<String>,
    pub(crate) refunded_at: Option<String>,
    pub(crate) voided_at: Option<String>,
    pub(crate) error: Option<String>,
}

impl Change {
    /// Reads a body.
    ///
    /// # Errors
    /// 400 for a mistyped field or an unknown status.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let body = Body::open(bytes)?;
        let status = match body.optional("payment_status")? {
            None => None,
            Some(name) => Some(Status::read(&name).ok_or_else(|| {
                let internal = format!("invalid payment status: {name}");
                Refusal::invalid(
                    "Please provide a valid payment status",
                    internal,
                    Value::Null,
                )
            })?),
        };
        Ok(Self {
            status,
            gateway: body.optional("payment_gateway")?,
            gateway_payment: body.optional("gateway_payment_id")?,
            method_id: body.optional("payment_method_id")?,
            metadata: body.metadata()?,
            succeeded_at: body.moment("succeeded_at")?,
            failed_at: body.moment("failed_at")?,
            refunded_at: body.moment("refunded_at")?,
            voided_at: body.moment("voided_at")?,
            error: body.optional("error_message")?,
        })
    }
}
