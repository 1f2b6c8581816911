//! A `checkout_com_payments` resource, and what Checkout.com said of its payment.
//!
//! `payment_response` is whatever Checkout.com answered last: null or `{}` before a charge, JSON
//! of any kind in samples, a status in any capitalisation.

use serde_json::Value;

use crate::{
    http::Response,
    json::Fields,
    outcome::FailureKind,
    provider::checkout_com::{PaymentId, of_response_code},
};

use super::{
    document::{Reply, Resource},
    id::Id,
};

/// The type of the resource. Guides call it `checkout_payments` now and then.
pub(super) const KIND: &str = "checkout_com_payments";

/// How the payment behind a source stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was asked of Checkout.com, as far as is known.
    Nothing,
    /// The bank asks the shopper, there.
    Asks(String),
    /// Known, not decided.
    Pending,
    /// Reserved, or taken as well.
    Approved { captured: bool },
    /// Refused: nothing was taken.
    Declined(FailureKind),
    /// Let go before it was taken.
    Voided,
    /// Given back.
    Refunded,
    /// It says something that can't be believed.
    Unclear,
}

/// A payment source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub id: Id,
    pub standing: Standing,
    /// The payment at Checkout.com.
    pub payment: Option<PaymentId>,
    /// Minor units, where Checkout.com told them.
    pub amount: Option<i64>,
    /// Three letters, where Checkout.com told them.
    pub currency: Option<String>,
    /// Commerce Layer saw that it was made for another amount than the order's.
    pub mismatched: bool,
    /// Ours, as sent with its making.
    pub reference: Option<String>,
}

impl Source {
    /// Reads the answer to the making of a source.
    pub fn made(response: &Response) -> Reply<Self> {
        Reply::of(response, KIND, |document| document.resource().map(Self::of))
    }

    /// Reads the answer to a read or change of the source with this id.
    pub fn read(response: &Response, id: &Id) -> Reply<Self> {
        Reply::of(response, KIND, |document| {
            document
                .resource()
                .filter(|own| own.id == *id)
                .map(Self::of)
        })
    }

    pub(super) fn of(own: Resource<'_>) -> Self {
        let fields = own.attributes;
        let response = fields.get("payment_response");
        let said = response.and_then(Fields::of);
        let text = |key| said.and_then(|said| said.str(key));
        Self {
            standing: standing(fields, response),
            payment: text("id").and_then(PaymentId::parse),
            amount: said.and_then(|said| said.integer("amount")),
            currency: text("currency").map(|code| code.chars().take(3).collect()),
            // What is neither false nor missing is no reason to go on.
            mismatched: !matches!(
                fields.get("mismatched_amounts"),
                None | Some(Value::Bool(false))
            ),
            reference: fields
                .text("reference")
                .filter(|text| !text.is_empty() && text.len() <= 128),
            id: own.id,
        }
    }
}

fn standing(source: Fields<'_>, response: Option<&Value>) -> Standing {
    let Some(response) = response else {
        return Standing::Nothing;
    };
    let Some(said) = Fields::of(response) else {
        return Standing::Unclear;
    };
    if said.len() == 0 {
        return Standing::Nothing;
    }
    let Some(status) = said.str("status") else {
        return Standing::Unclear;
    };
    let status = status.to_ascii_lowercase();
    let approved = match said.get("approved") {
        None => None,
        Some(Value::Bool(approved)) => Some(*approved),
        Some(_) => return Standing::Unclear,
    };
    match (status.as_str(), approved) {
        ("authorized", None | Some(true)) => Standing::Approved { captured: false },
        ("captured" | "paid", None | Some(true)) => Standing::Approved { captured: true },
        ("declined", None | Some(false)) => Standing::Declined(of_response_code(code(said))),
        ("canceled" | "cancelled", None | Some(false)) => {
            Standing::Declined(FailureKind::Cancelled)
        }
        ("expired", None | Some(false)) => Standing::Declined(FailureKind::AuthenticationTimeout),
        ("voided", _) => Standing::Voided,
        ("refunded", _) => Standing::Refunded,
        ("pending", _) => match redirect(source, said) {
            Some(address) => Standing::Asks(address),
            None => Standing::Pending,
        },
        ("retry scheduled", _) => Standing::Pending,
        _ => Standing::Unclear,
    }
}

/// The reason stands in the payment, or only in its first step.
fn code(said: Fields<'_>) -> &str {
    let of_step = |step| {
        let step = Fields::of(step)?;
        (step.str("type")? == "Authorization").then(|| step.str("response_code"))?
    };
    let steps = || said.get("actions")?.as_array()?.iter().find_map(of_step);
    said.str("response_code").or_else(steps).unwrap_or_default()
}

fn redirect(source: Fields<'_>, said: Fields<'_>) -> Option<String> {
    let linked = || said.inner("_links")?.inner("redirect")?.str("href");
    source
        .str("redirect_uri")
        .filter(|address| !address.is_empty())
        .or_else(linked)
        .filter(|address| !address.is_empty() && address.len() <= 4096)
        .map(str::to_owned)
}
