//! `PATCH /orders/{id}`.

use reqwest::Url;
use serde_json::Value;

use super::{
    super::state::Books,
    charge,
    deeds::Deed,
    ledger::Status,
    place,
    refusal::Refusal,
    request::{Caller, Wish},
    transactions,
};

/// Attributes that are kept as they come.
pub(super) const WORDS: [&str; 10] = [
    "autorefresh",
    "customer_email",
    "language_code",
    "cart_url",
    "return_url",
    "terms_url",
    "privacy_url",
    "reference",
    "reference_origin",
    "metadata",
];

const TRIGGERS: [&str; 5] = ["_place", "_authorize", "_cancel", "_capture", "_refund"];

/// Changes an order, and pulls its triggers.
///
/// # Errors
/// 400 for what is not allowed, 401 for what only integrations may do, 404, 422.
pub(super) fn change(
    books: &mut Books,
    caller: Caller,
    id: &str,
    wish: &Wish,
    now: i64,
) -> Result<(), Refusal> {
    let allowed = [&WORDS[..], &TRIGGERS[..], &["place_async"]].concat();
    wish.only(&allowed, &[])?;
    let organization = &mut books.commerce_layer;
    let order = organization.order_mut(id).ok_or_else(Refusal::not_found)?;
    for name in ["cart_url", "return_url", "terms_url", "privacy_url"] {
        if let Some(value) = wish.attributes.get(name).filter(|value| !value.is_null()) {
            let good = value.as_str().is_some_and(|url| Url::parse(url).is_ok());
            if !good {
                return Err(Refusal::attribute(name, "is invalid", "invalid", value));
            }
        }
    }
    for name in WORDS {
        if let Some(value) = wish.attributes.get(name) {
            order.words.insert(name.to_owned(), value.clone());
            order.updated_at = now;
        }
    }
    if let Some(Value::Bool(slowly)) = wish.attributes.get("place_async") {
        order.place_async = *slowly;
    }
    if wish.pulls("_authorize") {
        if order.status != Status::Pending {
            let title = "order is not pending";
            let value = order.status.name().into();
            return Err(Refusal::attribute("_authorize", title, "invalid", &value));
        }
        let source = order.source.clone();
        let source = source
            .ok_or_else(|| Refusal::relationship("payment_source", "can't be blank", "blank"))?;
        charge::authorize(books, &source, now)?;
    }
    if wish.pulls("_place") {
        place::place(books, id, now)?;
    }
    if wish.pulls("_capture") {
        caller.integration()?;
        each(books, id, Deed::Authorization, Deed::Capture, now)?;
    }
    if wish.pulls("_refund") {
        caller.integration()?;
        each(books, id, Deed::Capture, Deed::Refund, now)?;
    }
    if wish.pulls("_cancel") {
        caller.integration()?;
        place::cancel(books, id, now)?;
    }
    Ok(())
}

/// Does with all of an order's transactions of one kind what follows from them.
fn each(books: &mut Books, order: &str, of: Deed, deed: Deed, now: i64) -> Result<(), Refusal> {
    let all: Vec<String> = books
        .commerce_layer
        .deeds(order, of)
        .filter(|one| one.succeeded())
        .map(|one| one.id.clone())
        .collect();
    if all.is_empty() {
        let title = "there is nothing to do this with";
        return Err(Refusal::relationship(of.kind(), title, "blank"));
    }
    for id in all {
        transactions::follow_up(books, &id, deed, None, now)?;
    }
    Ok(())
}
