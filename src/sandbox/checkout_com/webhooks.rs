//! Webhooks as Checkout.com sends them: one for each step of a payment, signed, repeated until
//! they are taken. Their order is nobody's promise.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{
    super::{clock::rfc3339, ident},
    codes,
    ledger::{Action, Payment, Status},
};

/// The waits between repeats, in seconds: 5, 10, 15, 30 minutes, 1, 4, 12 and 12 hours.
const PAUSES: [i64; 8] = [300, 600, 900, 1_800, 3_600, 14_400, 43_200, 43_200];

/// What an attempt to deliver came to.
#[derive(Clone, Debug)]
pub(crate) struct Try {
    pub(crate) at: i64,
    /// The status, or why there is none.
    pub(crate) answer: Result<u16, String>,
}

/// An event and its deliveries.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) payment: String,
    pub(crate) body: String,
    pub(crate) tries: Vec<Try>,
    /// When it is sent next; `None` once it was taken or given up.
    pub(crate) next: Option<i64>,
    /// It waits for a release.
    pub(crate) held: bool,
    /// It is on its way.
    pub(crate) travels: bool,
}

impl Letter {
    fn new(
        payment: &Payment,
        kind: &'static str,
        step: Option<&Action>,
        now: i64,
        base: &str,
    ) -> Self {
        let id = ident::new("evt");
        let mut data = json!({
            "id": payment.id,
            "amount": step.map_or(payment.order.amount, |step| step.amount),
            "currency": payment.order.currency,
            "metadata": payment.order.metadata.clone().unwrap_or_else(|| json!({})),
            "processed_on": rfc3339(step.map_or(payment.requested_on, |step| step.at)),
        });
        if let Some(step) = step {
            data["action_id"] = json!(step.id);
            data["response_code"] = json!(step.code);
            data["response_summary"] = json!(codes::summary(&step.code));
        }
        let reference = step.map_or(&payment.order.reference, |step| &step.reference);
        if let Some(reference) = reference {
            data["reference"] = json!(reference);
        }
        let body = json!({
            "id": id,
            "type": kind,
            "version": "1.0.0",
            "created_on": rfc3339(now),
            "data": data,
            "_links": {
                "self": {"href": format!("{base}/workflows/events/{id}")},
                "subject": {"href": format!("{base}/workflows/events/subject/{}", payment.id)},
                "payment": {"href": format!("{base}/payments/{}", payment.id)},
            },
        });
        Self {
            id,
            kind,
            payment: payment.id.clone(),
            body: body.to_string(),
            tries: Vec::new(),
            next: Some(now),
            held: false,
            travels: false,
        }
    }

    /// Notes how a delivery went and when the next one is.
    pub(crate) fn tried(&mut self, answer: Result<u16, String>, now: i64) {
        let taken = matches!(answer, Ok(200..=299));
        let failed = self.tries.len();
        self.tries.push(Try { at: now, answer });
        self.travels = false;
        self.held = false;
        self.next = if taken || self.next.is_none() {
            None
        } else {
            PAUSES.get(failed).map(|pause| now + pause)
        };
    }

    /// As `/control/webhooks` shows it.
    pub(crate) fn shown(&self) -> Value {
        let taken = |one: &Try| matches!(one.answer, Ok(200..=299));
        let state = match self.next {
            Some(_) if self.held => "held",
            Some(_) => "waiting",
            None if self.tries.iter().any(taken) => "delivered",
            None => "given up",
        };
        let tries: Vec<Value> = self
            .tries
            .iter()
            .map(|one| match &one.answer {
                Ok(status) => json!({"at": rfc3339(one.at), "status": status}),
                Err(error) => json!({"at": rfc3339(one.at), "error": error}),
            })
            .collect();
        json!({"id": self.id, "type": self.kind, "payment": self.payment, "state": state,
               "tries": tries, "body": self.body})
    }
}

/// `Cko-Signature` of a body.
pub(crate) fn signature(body: &str, key: &str) -> String {
    Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_or_else(
        |_| String::new(),
        |mut mac| {
            mac.update(body.as_bytes());
            hex::encode(mac.finalize().into_bytes())
        },
    )
}

/// The letters for what has happened to `payment` since the last call.
pub(crate) fn news(payment: &mut Payment, now: i64, base: &str) -> Vec<Letter> {
    let mut letters = Vec::new();
    if payment.challenge.is_some() && !payment.told_pending {
        payment.told_pending = true;
        letters.push(Letter::new(payment, "payment_pending", None, now, base));
    }
    let told = std::mem::replace(&mut payment.told, payment.actions.len());
    for step in payment.actions.iter().skip(told) {
        let kind = match (step.kind, payment.status) {
            ("Capture", _) if step.code == codes::APPROVED => "payment_captured",
            ("Capture", _) => "payment_capture_declined",
            ("Void", _) if step.code == codes::APPROVED => "payment_voided",
            ("Void", _) => "payment_void_declined",
            ("Refund", _) if step.code == codes::APPROVED => "payment_refunded",
            ("Refund", _) => "payment_refund_declined",
            _ if step.code == codes::APPROVED => "payment_approved",
            (_, Status::Canceled) => "payment_canceled",
            (_, Status::Expired) => "payment_expired",
            _ => "payment_declined",
        };
        letters.push(Letter::new(payment, kind, Some(step), now, base));
    }
    letters
}
