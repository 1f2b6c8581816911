//! Where money is reserved: the card behind a source's token is charged at Checkout.com, with
//! 3-D Secure, for the amount that the source was made with.
//!
//! Nothing keeps a source from being charged twice but its token, which is good for once. A new
//! token on a source that is authorised already is a second charge.

use serde_json::{Map, Value, json};

use super::{
    super::{
        checkout_com::{keys::Platform, ledger::Payment, order},
        state::Books,
    },
    deeds::{Deed, Transaction},
    ledger,
    refusal::Refusal,
};

/// Reserves the amount of a source, and shows it there.
///
/// # Errors
/// 422: the token is unknown, used or over.
pub(super) fn authorize(books: &mut Books, source: &str, now: i64) -> Result<(), Refusal> {
    let organization = &books.commerce_layer;
    let found = organization.source(source);
    let found = found.and_then(|source| Some((source, organization.order(&source.order)?)));
    let (source, owner) = found.ok_or_else(Refusal::not_found)?;
    let back = owner.words.get("return_url").and_then(Value::as_str);
    let back = back.and_then(|url| reqwest::Url::parse(url).ok());
    let reference = owner.reference();
    let order = order::Order {
        amount: source.amount,
        currency: owner.currency.clone(),
        capture: owner.auto_capture,
        capture_on: None,
        payment_type: "Regular".to_owned(),
        reference: Some(reference.clone()),
        metadata: Some(json!({"order": reference})),
        customer: Some(json!({"email": owner.words.get("customer_email")})),
        descriptor: None,
        three_ds: true,
        success_url: source.success_url.clone().or_else(|| back.clone()),
        failure_url: source.failure_url.clone().or(back),
    };
    let (id, token, owner) = (source.id.clone(), source.token.clone(), owner.id.clone());
    let refuse =
        |title: &str, error: &str| Refusal::attribute("token", title, error, &json!(token));
    let card = {
        let token = books.tokens.get_mut(&token);
        let token = token.ok_or_else(|| refuse("is invalid", "token_invalid"))?;
        if token.used {
            return Err(refuse("has already been used", "token_used"));
        }
        if now >= token.expires_at {
            return Err(refuse("has expired", "token_expired"));
        }
        token.used = true;
        token.card.clone()
    };
    let forced = books.ordered_decline("payment", &order);
    let forced = forced.map(|index| books.declines.remove(index).code);
    let payment = Payment::new(Platform::Connected, order, card, None, forced, now);
    let organization = &mut books.commerce_layer;
    let number = organization.next_number(&owner);
    organization.transactions.push(Transaction {
        id: ledger::id(),
        deed: Deed::Authorization,
        number,
        order: owner,
        source: id.clone(),
        payment: payment.id.clone(),
        action: None,
        parent: None,
        amount: payment.order.amount,
        heard: None,
        words: Map::new(),
        created_at: now,
        updated_at: now,
    });
    if let Some(source) = organization.source_mut(&id) {
        source.payment = Some(payment.id.clone());
        source.seen = Some(payment.clone());
        source.detailed = false;
        source.session_id = None;
        source.updated_at = now;
    }
    books.payments.push(payment);
    Ok(())
}

/// Asks Checkout.com about a source's last payment; with `all` about those before it too.
pub(super) fn look(books: &mut Books, source: &str, all: bool, now: i64) {
    let organization = &mut books.commerce_layer;
    let Some(source) = organization.source(source) else {
        return;
    };
    let last = source.payment.clone();
    let id = source.id.clone();
    let payments: Vec<String> = organization
        .transactions
        .iter()
        .filter(|one| one.source == id && one.deed == Deed::Authorization)
        .map(|one| one.payment.clone())
        .collect();
    for payment in &books.payments {
        if all && payments.contains(&payment.id) {
            organization.hear(payment, now);
        } else if last.as_deref() == Some(&payment.id)
            && let Some(source) = organization.source_mut(&id)
        {
            source.seen = Some(payment.clone());
            source.detailed = true;
            source.updated_at = now;
        }
    }
}
