//! A payment as the API shows it. What is not set is left out, never null; ids that are not
//! set are empty strings.

use serde_json::{Map, Value, json};

use super::{
    super::clock::rfc3339,
    decimal::Decimal,
    ledger::{Amounts, Attempt, Office, Payment},
};

const TENANT: &str = "tenant_sandbox";
const ENVIRONMENT: &str = "env_sandbox";
const USER: &str = "user_sandbox";

impl Office {
    /// The payment as JSON text: an amount that is a number is written, not converted.
    pub(super) fn shown(&self, payment: &Payment) -> String {
        let mut fields = Map::new();
        let mut set = |key: &str, value: Value| {
            fields.insert(key.to_owned(), value);
        };
        let saves = payment.gateway_metadata.get("save_card_and_make_default");
        for (key, value) in [
            ("id", payment.id.as_str()),
            ("idempotency_key", &payment.key),
            ("destination_type", "INVOICE"),
            ("destination_id", &payment.invoice),
            ("payment_method_type", &payment.method),
            ("payment_method_id", &payment.method_id),
            ("currency", &payment.currency),
            ("payment_status", payment.status.name()),
            ("tenant_id", TENANT),
            ("environment_id", ENVIRONMENT),
            ("created_at", &rfc3339(payment.created)),
            ("updated_at", &rfc3339(payment.updated)),
            ("created_by", USER),
            ("updated_by", USER),
        ] {
            set(key, json!(value));
        }
        set("track_attempts", json!(payment.tracked));
        set("save_card_and_make_default", json!(saves.is_some()));
        let url = payment.gateway_metadata.get("payment_url");
        let number = self
            .invoice(&payment.invoice)
            .and_then(|invoice| invoice.number.as_ref());
        for (key, value) in [
            ("payment_gateway", payment.gateway.as_ref()),
            ("gateway_payment_id", payment.gateway_payment.as_ref()),
            ("gateway_tracking_id", payment.tracking.as_ref()),
            ("payment_url", url),
            ("succeeded_at", payment.succeeded_at.as_ref()),
            ("failed_at", payment.failed_at.as_ref()),
            ("refunded_at", payment.refunded_at.as_ref()),
            ("voided_at", payment.voided_at.as_ref()),
            ("error_message", payment.error.as_ref()),
            ("invoice_number", number),
        ] {
            if let Some(value) = value {
                set(key, json!(value));
            }
        }
        for (key, map) in [
            ("metadata", &payment.metadata),
            ("gateway_metadata", &payment.gateway_metadata),
        ] {
            if !map.is_empty() {
                set(key, json!(map));
            }
        }
        if !payment.attempts.is_empty() {
            let attempts = (1..).zip(&payment.attempts);
            let all = attempts.map(|(number, one)| attempt(payment, number, one));
            set("attempts", all.collect());
        }
        self.with_amount(payment, fields)
    }

    /// The payment as webhooks carry it: fewer fields.
    pub(super) fn told(&self, payment: &Payment) -> String {
        let whole = self.shown(payment);
        let mut fields: Map<String, Value> = serde_json::from_str(&whole).unwrap_or_default();
        fields.retain(|key, _| {
            [
                "id",
                "currency",
                "destination_id",
                "destination_type",
                "error_message",
                "failed_at",
                "invoice_number",
                "payment_gateway",
                "payment_method_type",
                "payment_status",
                "refunded_at",
                "succeeded_at",
                "voided_at",
            ]
            .contains(&key.as_str())
        });
        self.with_amount(payment, fields)
    }

    fn with_amount(&self, payment: &Payment, fields: Map<String, Value>) -> String {
        let rest = Value::Object(fields).to_string();
        let amount = self.amount(payment.amount, &payment.currency);
        format!("{{\"amount\":{amount},{}", rest.trim_start_matches('{'))
    }

    /// An amount as this stand-in is set to write it.
    fn amount(&self, amount: Decimal, currency: &str) -> String {
        match self.settings.amounts {
            Amounts::Text => format!("\"{amount}\""),
            Amounts::Padded => format!("\"{}\"", amount.padded(decimals(currency))),
            Amounts::Number => amount.to_string(),
        }
    }
}

/// The decimals that people expect in a currency.
pub(super) fn decimals(currency: &str) -> usize {
    let upper = currency.to_ascii_uppercase();
    usize::try_from(super::super::template::decimals(&upper)).unwrap_or(2)
}

fn attempt(payment: &Payment, number: u64, one: &Attempt) -> Value {
    let at = rfc3339(one.at);
    let mut shown = json!({
        "id": one.id,
        "payment_id": payment.id,
        "attempt_number": number,
        "tenant_id": TENANT,
        "created_at": at,
        "updated_at": at,
        "created_by": USER,
        "updated_by": USER,
    });
    if let Some(error) = &one.error {
        shown["error_message"] = json!(error);
    }
    shown
}
