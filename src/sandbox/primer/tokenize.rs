//! `POST {pciUrl}/payment-instruments`: a card becomes a token.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    super::{clock, guard, ident, state::World},
    answer::{self, Refusal},
    cards::{self, Habit, Network},
};

/// The version of the API that the documents describe.
const VERSION: &str = "2.4";

/// A card behind a token. The number itself is not kept.
#[derive(Clone, Debug)]
pub(crate) struct Instrument {
    pub(crate) org: String,
    pub(crate) habit: Habit,
    pub(crate) network: Network,
    /// What the shopper chose, if the client sent it.
    pub(crate) preferred: Option<&'static str>,
    pub(crate) first6: String,
    pub(crate) last4: String,
    pub(crate) month: String,
    pub(crate) year: String,
    pub(crate) holder: Option<String>,
    /// Kept for later purchases (`MULTI_USE`).
    pub(crate) vaulted: bool,
    pub(crate) made_at: i64,
}

/// Makes a token of a card.
///
/// # Errors
/// 400 for another API version or no JSON, 401 without a checkout's access token, 422 with
/// every wrong field.
pub(crate) async fn create(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let now = world.clock.now();
    let mut books = world.books();
    let pass = answer::checkout_pass(&books.primer, &headers, now)?.clone();
    let version = headers.get("x-api-version").map(|value| value.as_bytes());
    if version != Some(VERSION.as_bytes()) {
        let text = format!("X-Api-Version: expected {VERSION}.");
        return Err(Refusal::Bad(text));
    }
    let body = match serde_json::from_slice::<Value>(&body) {
        Ok(body) if guard::is_json(&headers) => body,
        _ => return Err(Refusal::Bad("Expected a body of JSON.".into())),
    };
    let instrument = read(&body, &pass.org, now)?;
    let token = ident::word(48);
    let shown = shown(&token, &instrument, pass.customer.as_deref());
    books.primer.instruments.insert(token, instrument);
    Ok(Json(shown).into_response())
}

/// Reads `{paymentInstrument: {…}, tokenType?, paymentFlow?}`. All of the card is strings.
fn read(body: &Value, org: &str, now: i64) -> Result<Instrument, Refusal> {
    let card = &body["paymentInstrument"];
    if !card.is_object() {
        return Err(Refusal::Invalid(vec![("paymentInstrument", "required")]));
    }
    let mut wrong = Vec::new();
    let known = card["number"].as_str().and_then(cards::known);
    if known.is_none() {
        // Real cards too: only test cards are taken here.
        wrong.push(("number", "expected the number of a test card, a string"));
    }
    let digits = |key: &str, length: usize| {
        card[key]
            .as_str()
            .filter(|text| text.len() == length && text.bytes().all(|b| b.is_ascii_digit()))
    };
    if digits("cvv", 3).is_none() {
        wrong.push(("cvv", "expected three digits, a string"));
    }
    let month = digits("expirationMonth", 2).filter(|month| ("01"..="12").contains(month));
    if month.is_none() {
        wrong.push(("expirationMonth", "expected 01 to 12, a string"));
    }
    let year = digits("expirationYear", 4);
    if year.is_none() {
        wrong.push(("expirationYear", "expected four digits, a string"));
    }
    if let (Some(month), Some(year)) = (month, year) {
        let ends = (
            year.parse().unwrap_or_default(),
            month.parse().unwrap_or_default(),
        );
        // A card lives until its month has ended everywhere.
        if ends < clock::year_month(now - 12 * 3600) {
            wrong.push(("expirationYear", "the card has expired"));
        }
    }
    let holder = match &card["cardholderName"] {
        Value::Null => None,
        Value::String(name) => Some(name.clone()),
        _ => {
            wrong.push(("cardholderName", "expected a string"));
            None
        }
    };
    let preferred = match (&card["preferredNetwork"], known) {
        (Value::Null, _) => None,
        (Value::String(named), Some(known)) if known.preferred(named).is_some() => {
            known.preferred(named)
        }
        _ => {
            wrong.push(("preferredNetwork", "expected a network of the card"));
            None
        }
    };
    let vaulted = match (body["tokenType"].as_str(), body["paymentFlow"].as_str()) {
        (None | Some("SINGLE_USE"), _) => false,
        (Some("MULTI_USE"), Some("VAULT")) => true,
        _ => {
            wrong.push(("tokenType", "MULTI_USE goes with paymentFlow VAULT"));
            false
        }
    };
    let (Some(known), Some(month), Some(year), true) = (known, month, year, wrong.is_empty())
    else {
        return Err(Refusal::Invalid(wrong));
    };
    let number = card["number"].as_str().unwrap_or_default();
    Ok(Instrument {
        org: org.to_owned(),
        habit: known.habit,
        network: preferred.unwrap_or(known.network),
        preferred: preferred.map(|network| network.named),
        first6: number.chars().take(6).collect(),
        last4: number
            .chars()
            .skip(number.len().saturating_sub(4))
            .collect(),
        month: month.to_owned(),
        year: year.to_owned(),
        holder,
        vaulted,
        made_at: now,
    })
}

fn shown(token: &str, card: &Instrument, customer: Option<&str>) -> Value {
    let vault = card.vaulted.then(|| json!({"customerId": customer}));
    json!({
        "id": ident::word(16),
        "analyticsId": ident::word(24),
        "token": token,
        "tokenType": if card.vaulted { "MULTI_USE" } else { "SINGLE_USE" },
        "isVaulted": card.vaulted,
        "vaultData": vault,
        "paymentMethodType": "PAYMENT_CARD",
        "paymentInstrumentType": "PAYMENT_CARD",
        "paymentInstrumentData": {
            "first6Digits": card.first6,
            "last4Digits": card.last4,
            "expirationMonth": card.month,
            "expirationYear": card.year,
            "cardholderName": card.holder,
            "network": card.network.shown,
            "isNetworkTokenized": false,
            "binData": {"network": card.network.named},
        },
        "threeDSecureAuthentication": null,
    })
}
