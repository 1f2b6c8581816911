//! Makes what payments need, as the merchant's own calls would: invoices, customers, saved
//! cards, wallets.

use axum::http::StatusCode;
use serde_json::Value;

use super::{
    super::ident,
    decimal::Decimal,
    ledger::{Card, Customer, Habit, Invoice, Office, Wallet},
};

type Refused = (StatusCode, String);

fn bad(text: impl Into<String>) -> Refused {
    (StatusCode::BAD_REQUEST, text.into())
}

/// Adds `what`, which `body` describes.
///
/// # Errors
/// 400 for a field that is missing or wrong, 409 for an id that is taken.
pub(super) fn add(office: &mut Office, what: &str, body: &Value, now: i64) -> Result<(), Refused> {
    match what {
        "invoice" => {
            let invoice = invoice(office, body)?;
            office.invoices.push(invoice);
        }
        "customer" => {
            let id = fresh(body, "cust", |id| {
                office.customers.iter().any(|one| one.id == id)
            })?;
            let cards = Vec::new();
            office.customers.push(Customer { id, cards });
        }
        "wallet" => {
            let wallet = wallet(office, body)?;
            office.wallets.push(wallet);
        }
        _ => {
            let id = fresh(body, "pm", |id| {
                let mut cards = office.customers.iter().flat_map(|one| &one.cards);
                cards.any(|card| card.id == id)
            })?;
            let owner = owner(office, body)?;
            let customer = office.customers.iter_mut().find(|one| one.id == owner);
            if let Some(customer) = customer {
                let default = body["default"].as_bool().unwrap_or(true);
                if default {
                    customer
                        .cards
                        .iter_mut()
                        .for_each(|card| card.default = false);
                }
                customer.cards.push(card(id, default, body, now)?);
            }
        }
    }
    Ok(())
}

/// The id that was wished for, or a new one.
fn fresh(body: &Value, prefix: &str, taken: impl Fn(&str) -> bool) -> Result<String, Refused> {
    let Some(id) = body["id"].as_str() else {
        return Ok(ident::new(prefix));
    };
    if !id.starts_with(&format!("{prefix}_")) {
        return Err(bad(format!("id is {id:?}: expected {prefix}_…")));
    }
    if taken(id) {
        let text = format!("{id} is there already: choose another id, or none");
        return Err((StatusCode::CONFLICT, text));
    }
    Ok(id.to_owned())
}

fn owner(office: &Office, body: &Value) -> Result<String, Refused> {
    let name = body["customer"].as_str().unwrap_or_default();
    let known = office.customers.iter().any(|one| one.id == name);
    known.then(|| name.to_owned()).ok_or_else(|| {
        bad(format!(
            "customer is {name:?}: expected the id of a customer"
        ))
    })
}

fn currency(body: &Value) -> Result<String, Refused> {
    body["currency"]
        .as_str()
        .filter(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .map(str::to_ascii_lowercase)
        .ok_or_else(|| bad("currency: expected three letters"))
}

fn amount(body: &Value, key: &str) -> Result<Decimal, Refused> {
    body[key]
        .as_str()
        .and_then(Decimal::parse)
        .filter(|amount| *amount >= Decimal::ZERO)
        .ok_or_else(|| {
            bad(format!(
                "{key}: expected a decimal in a string, such as \"35.00\""
            ))
        })
}

/// One of some words; the first if nothing is said.
fn word(body: &Value, key: &str, words: &[&'static str]) -> Result<&'static str, Refused> {
    let wanted = body[key].as_str().or(words.first().copied());
    words
        .iter()
        .copied()
        .find(|one| Some(*one) == wanted)
        .ok_or_else(|| bad(format!("{key}: expected one of {}", words.join(", "))))
}

fn invoice(office: &Office, body: &Value) -> Result<Invoice, Refused> {
    Ok(Invoice {
        id: fresh(body, "inv", |id| office.invoice(id).is_some())?,
        number: body["number"].as_str().map(str::to_owned),
        customer: owner(office, body)?,
        currency: currency(body)?,
        due: amount(body, "amount")?,
        paid: Decimal::ZERO,
        status: word(body, "status", &["FINALIZED", "DRAFT", "VOIDED"])?,
    })
}

fn wallet(office: &Office, body: &Value) -> Result<Wallet, Refused> {
    Ok(Wallet {
        id: fresh(body, "wallet", |id| {
            office.wallets.iter().any(|one| one.id == id)
        })?,
        customer: owner(office, body)?,
        currency: currency(body)?,
        balance: amount(body, "balance")?,
        kind: word(body, "kind", &["POST_PAID", "PRE_PAID"])?,
    })
}

fn card(id: String, default: bool, body: &Value, now: i64) -> Result<Card, Refused> {
    let habit = match word(body, "habit", &["approve", "decline", "authenticate"])? {
        "decline" => Habit::Decline,
        "authenticate" => Habit::Authenticate,
        _ => Habit::Approve,
    };
    Ok(Card {
        id,
        brand: "visa".into(),
        last4: body["last4"].as_str().unwrap_or("4242").to_owned(),
        default,
        habit,
        created: now,
    })
}
