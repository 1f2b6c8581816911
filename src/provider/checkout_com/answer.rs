//! What Checkout.com said. Anything that can't be understood is undecidable, never a
//! failure: the payment may have been made.

use serde_json::{Map, Value};

use crate::{
    http::{MAX_BODY, Response},
    sensitive::Sensitive,
};

/// `pay_` or `sid_` and 26 word characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentId(String);

impl PaymentId {
    /// Reads an id; `None` for anything that is none (it goes into a URL).
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text
            .strip_prefix("pay_")
            .or_else(|| text.strip_prefix("sid_"))?;
        let fits = rest.len() == 26
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        fits.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `status` of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Pending,
    Authorized,
    CardVerified,
    Voided,
    PartiallyCaptured,
    Captured,
    PartiallyRefunded,
    Refunded,
    Declined,
    Canceled,
    Expired,
    RetryScheduled,
    Paid,
    /// A status of a newer API, at most 64 characters of it.
    Unknown(String),
}

impl State {
    fn parse(text: &str) -> Self {
        match text {
            "Pending" => Self::Pending,
            "Authorized" => Self::Authorized,
            "Card Verified" => Self::CardVerified,
            "Voided" => Self::Voided,
            "Partially Captured" => Self::PartiallyCaptured,
            "Captured" => Self::Captured,
            "Partially Refunded" => Self::PartiallyRefunded,
            "Refunded" => Self::Refunded,
            "Declined" => Self::Declined,
            "Canceled" | "Cancelled" => Self::Canceled,
            "Expired" => Self::Expired,
            "Retry Scheduled" => Self::RetryScheduled,
            "Paid" => Self::Paid,
            other => Self::Unknown(other.chars().take(64).collect()),
        }
    }
}

/// A payment as it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// `pay_…`.
    pub id: PaymentId,
    /// How far it is.
    pub state: State,
    /// Absent where the answer doesn't say (202).
    pub approved: Option<bool>,
    /// Minor units; absent in a 202.
    pub amount: Option<i64>,
    /// Currency code; absent in a 202.
    pub currency: Option<String>,
    /// Ours, as sent.
    pub reference: Option<String>,
    /// `20051`, `200N7`, …
    pub response_code: Option<String>,
    /// Tells one card from another, whoever uses it; absent in a 202.
    pub fingerprint: Option<Sensitive<String>>,
    /// `src_…`, the card's name for later charges; new ones have it when they are approved.
    pub source: Option<Box<Sensitive<String>>>,
    /// Where the shopper must go.
    pub redirect: Option<String>,
}

/// Answer to a payment request or to a GET by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It exists, whatever its state.
    Payment(Payment),
    /// The request was refused; by this request nothing was charged.
    Rejected {
        /// `token_expired`, …; empty where the body had none (401).
        error_codes: Vec<String>,
    },
    /// Nothing can be known from this.
    Undecidable,
}

/// Answer to a search by reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// These carry the reference.
    Payments(Vec<Payment>),
    /// Nothing can be known from this.
    Undecidable,
}

/// Answer to a void or refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reversal {
    /// Taken on; a later GET shows it.
    Accepted,
    /// Not possible in the payment's state.
    Refused,
    /// Nothing can be known from this.
    Undecidable,
}

pub(super) fn object(response: &Response) -> Option<Map<String, Value>> {
    let body = (response.body.len() <= MAX_BODY).then_some(response.body.as_str())?;
    serde_json::from_str(body.strip_prefix('\u{feff}').unwrap_or(body)).ok()
}

/// `error_codes` of a refusal; none where it has no body.
pub(super) fn error_codes(response: &Response) -> Vec<String> {
    let codes = object(response).and_then(|body| {
        let list = body.get("error_codes")?.as_array()?;
        Some(
            list.iter()
                .filter_map(Value::as_str)
                .map(|code| code.chars().take(64).collect())
                .take(20)
                .collect(),
        )
    });
    codes.unwrap_or_default()
}

impl Reply {
    /// Reads the answer to `POST /payments` or `GET /payments/{id}`.
    pub fn read(response: &Response) -> Self {
        match response.status {
            200..=202 => object(response)
                .and_then(|body| Payment::read(&body))
                .map_or(Self::Undecidable, Self::Payment),
            // A 401 has an empty body.
            400 | 401 | 403 | 404 | 422 => Self::Rejected {
                error_codes: error_codes(response),
            },
            _ => Self::Undecidable,
        }
    }
}

/// `src_` and word characters.
fn is_source(id: &str) -> bool {
    id.len() <= 64
        && id.strip_prefix("src_").is_some_and(|rest| {
            !rest.is_empty()
                && rest
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
}

impl Payment {
    fn read(body: &Map<String, Value>) -> Option<Self> {
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            id: PaymentId::parse(body.get("id")?.as_str()?)?,
            state: State::parse(body.get("status")?.as_str()?),
            approved: body.get("approved").and_then(Value::as_bool),
            amount: body.get("amount").and_then(Value::as_i64),
            currency: text("currency"),
            reference: text("reference"),
            response_code: text("response_code").map(|code| code.chars().take(16).collect()),
            fingerprint: body
                .get("source")
                .and_then(|source| source.get("fingerprint")?.as_str())
                .filter(|text| !text.is_empty() && text.len() <= 256)
                .map(|text| Sensitive::new(text.to_owned())),
            source: body
                .get("source")
                .and_then(|source| source.get("id")?.as_str())
                .filter(|id| is_source(id))
                .map(|id| Box::new(Sensitive::new(id.to_owned()))),
            redirect: body
                .get("_links")
                .and_then(|links| links.get("redirect")?.get("href")?.as_str())
                .filter(|href| !href.is_empty() && href.len() <= 4096)
                .map(str::to_owned),
        })
    }
}

impl Found {
    /// Reads the answer to `GET /payments?reference=…`, keeping those that carry `reference`.
    pub fn read(response: &Response, reference: &str) -> Self {
        let list = (response.status == 200)
            .then(|| object(response)?.get("data")?.as_array().cloned())
            .flatten();
        let Some(list) = list else {
            return Self::Undecidable;
        };
        let read: Option<Vec<Payment>> = list
            .iter()
            .map(|item| item.as_object().and_then(Payment::read))
            .collect();
        match read {
            Some(mut payments) => {
                let full = !payments.is_empty();
                payments.retain(|payment| payment.reference.as_deref() == Some(reference));
                // Only others: the search was not for the reference, and ours may be elsewhere.
                if full && payments.is_empty() {
                    return Self::Undecidable;
                }
                Self::Payments(payments)
            }
            // An unreadable entry may be the one that was looked for.
            None => Self::Undecidable,
        }
    }
}

impl Reversal {
    /// Reads the answer to a void or refund.
    pub fn read(response: &Response) -> Self {
        match response.status {
            200..=202 => Self::Accepted,
            403 | 404 | 422 => Self::Refused,
            _ => Self::Undecidable,
        }
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
