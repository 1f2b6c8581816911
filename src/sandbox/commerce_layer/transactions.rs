//! `PATCH /authorizations/{id}` and `/captures/{id}`: captures, voids and refunds, by integrations.
//!
//! They are taken on at once; whether they succeeded is known when Checkout.com's webhook
//! arrives, or by a `_refresh` of the payment source.

use serde_json::{Value, json};

use super::{
    super::{
        checkout_com::{answer::Refusal as Money, ledger::Wish as Sum},
        state::Books,
    },
    deeds::{Deed, Transaction},
    refusal::Refusal,
    request::Wish,
    sources,
};

/// Changes an authorisation or a capture, and pulls its triggers.
///
/// # Errors
/// 400 for what is not allowed, 404, 422 for what the state of the money does not allow.
pub(super) fn change(
    books: &mut Books,
    deed: Deed,
    id: &str,
    wish: &Wish,
    now: i64,
) -> Result<(), Refusal> {
    let (triggers, amount, follows): (&[&str], &str, Deed) = match deed {
        Deed::Authorization => (
            &["_capture", "_capture_amount_cents", "_void"],
            "_capture_amount_cents",
            Deed::Capture,
        ),
        Deed::Capture => (
            &["_refund", "_refund_amount_cents"],
            "_refund_amount_cents",
            Deed::Refund,
        ),
        Deed::Void | Deed::Refund => (&[], "", deed),
    };
    wish.only(&[triggers, &sources::WORDS[..]].concat(), &[])?;
    let sum = wish.cents(amount)?;
    let mut all = books.commerce_layer.transactions.iter_mut();
    let found = all.find(|one| one.id == id && one.deed == deed);
    let found = found.ok_or_else(Refusal::not_found)?;
    found.words.append(&mut sources::words(wish));
    found.updated_at = now;
    if wish.pulls("_capture") || wish.pulls("_refund") {
        follow_up(books, id, follows, sum, now)?;
    }
    if wish.pulls("_void") {
        follow_up(books, id, Deed::Void, None, now)?;
    }
    Ok(())
}

/// Captures, voids or refunds what a transaction reserved or took.
///
/// # Errors
/// 404, 422.
pub(super) fn follow_up(
    books: &mut Books,
    id: &str,
    deed: Deed,
    amount: Option<u64>,
    now: i64,
) -> Result<(), Refusal> {
    let (what, trigger) = match deed {
        Deed::Capture => ("capture", "_capture"),
        Deed::Void => ("void", "_void"),
        Deed::Refund | Deed::Authorization => ("refund", "_refund"),
    };
    let organization = &books.commerce_layer;
    let parent = organization.transaction(id);
    let parent = parent.ok_or_else(Refusal::not_found)?.clone();
    let first =
        |one: &&Transaction| one.deed == Deed::Authorization && one.payment == parent.payment;
    let authorization = organization.transactions.iter().find(first).cloned();
    let authorization = authorization.ok_or_else(Refusal::not_found)?;
    if !parent.succeeded() {
        let title = "transaction has not succeeded";
        return Err(Refusal::attribute(
            trigger,
            title,
            "invalid",
            &Value::Bool(true),
        ));
    }
    let payment = books.payment(&parent.payment);
    let order = payment.ok_or_else(Refusal::not_found)?.order.clone();
    let ordered = books.ordered_decline(what, &order);
    let sum = Sum {
        amount,
        declined: ordered.map(|index| books.declines[index].code.clone()),
        ..Sum::default()
    };
    let payment = books.payment(&parent.payment);
    let payment = payment.ok_or_else(Refusal::not_found)?;
    let action = match deed {
        Deed::Capture => payment.capture(sum, now),
        Deed::Void => payment.void(sum, now),
        Deed::Refund | Deed::Authorization => payment.refund(sum, now),
    };
    let action = action.map_err(|refusal| {
        let (title, error) = match refusal {
            Money::Invalid(codes) => ("amount is too high", codes.first().copied()),
            _ => ("can't be done any more", None),
        };
        Refusal::attribute(trigger, title, error.unwrap_or("invalid"), &json!(amount))
    })?;
    let step = payment.actions.iter().find(|step| step.id == action);
    let amount = step.map_or(0, |step| step.amount);
    if let Some(index) = ordered {
        books.declines.remove(index);
    }
    let organization = &mut books.commerce_layer;
    organization.follow(&authorization, deed, &action, amount, Some(id), now);
    // Whoever hears of it hears at once, and the answer already shows it.
    if organization.hears_of(&authorization.order) {
        let payment = books.payments.iter().find(|one| one.id == parent.payment);
        if let Some(payment) = payment {
            organization.hear(payment, now);
        }
    }
    Ok(())
}
