//! Where an order becomes final: `_place`, at once or slowly, and `_cancel`. What time and
//! Checkout.com's webhooks do by themselves stands here too.

use serde_json::{Value, json};

use super::{
    super::{
        checkout_com::{
            keys::Platform,
            ledger::{Payment, Status as Money, Wish},
        },
        state::Books,
    },
    charge,
    deeds::Deed,
    ledger::{Placement, Status},
    refusal::Refusal,
};

/// A slow placement that nobody ordered takes this long, in seconds.
const SLOW: i64 = 1;

/// An order's state does not allow what was asked.
fn wrong_state(status: Status, wanted: &str) -> Refusal {
    let title = format!("can't go from {} to {wanted}", status.name());
    Refusal::attribute(
        "status",
        &title,
        "invalid_transition",
        &json!(status.name()),
    )
}

/// The refusal of a placement that was ordered without words of its own.
pub(super) fn refused() -> Value {
    json!({
        "title": "order can't be placed",
        "detail": "status - order can't be placed",
        "code": "VALIDATION_ERROR",
        "status": "422",
        "source": {"pointer": "/data/attributes/status"},
        "meta": {"error": "not_placeable"},
    })
}

/// `_place`.
///
/// # Errors
/// 422: the order is not pending, or can't be placed.
pub(super) fn place(books: &mut Books, id: &str, now: i64) -> Result<(), Refusal> {
    let organization = &mut books.commerce_layer;
    let usual = organization.placement.clone();
    let order = organization.order_mut(id).ok_or_else(Refusal::not_found)?;
    if order.status != Status::Pending {
        return Err(wrong_state(order.status, "placed"));
    }
    let later = match order.placement.clone().unwrap_or(usual) {
        Placement::Refused(error) => return Err(Refusal::ordered(error)),
        Placement::Later(seconds) => seconds,
        Placement::Now if order.place_async => Some(SLOW),
        Placement::Now => return complete(books, id, now),
    };
    order.status = Status::Placing;
    order.failed = None;
    order.due = later.map(|seconds| now + seconds);
    order.updated_at = now;
    Ok(())
}

/// The end of a placement.
///
/// # Errors
/// 422: there is nothing to pay with, its token is good for nothing, its amount is another than
/// the order's, or a card that is charged only now was not approved.
pub(super) fn complete(books: &mut Books, id: &str, now: i64) -> Result<(), Refusal> {
    let organization = &books.commerce_layer;
    let order = organization.order(id).ok_or_else(Refusal::not_found)?;
    let mut unpaid = None;
    if order.amount > 0 {
        let source = organization.source_of(id);
        let source = source
            .ok_or_else(|| Refusal::relationship("payment_source", "can't be blank", "blank"))?;
        if source.amount != order.amount {
            let title = "amount doesn't match the order's total";
            return Err(Refusal::relationship("payment_source", title, "mismatch"));
        }
        unpaid = source.payment.is_none().then(|| source.id.clone());
    }
    if let Some(source) = unpaid {
        charge::authorize(books, &source, now)?;
        let organization = &mut books.commerce_layer;
        let payment = books.payments.last().filter(|payment| payment.approved());
        let payment = payment.ok_or_else(|| {
            Refusal::relationship("payment_source", "was not authorized", "not_authorized")
        })?;
        if organization.hears_of(id) {
            organization.hear(payment, now);
        }
    }
    if let Some(order) = books.commerce_layer.order_mut(id) {
        order.status = Status::Placed;
        order.placed_at = Some(now);
        order.updated_at = now;
        order.due = None;
    }
    Ok(())
}

/// The end of a slow placement: placed, or pending again.
pub(super) fn end_slowly(books: &mut Books, id: &str, refusal: Option<&str>, now: i64) {
    let failed = match refusal {
        Some(refusal) => Some(refusal.to_owned()),
        None => complete(books, id, now).err().map(|error| error.words()),
    };
    if let (Some(failed), Some(order)) = (failed, books.commerce_layer.order_mut(id)) {
        order.status = Status::Pending;
        order.failed = Some(failed);
        order.due = None;
        order.updated_at = now;
    }
}

/// `_cancel`: a placed order ends, and its authorisations are let go.
///
/// # Errors
/// 422: the order is not placed, or money was taken for it.
pub(super) fn cancel(books: &mut Books, id: &str, now: i64) -> Result<(), Refusal> {
    let Books {
        payments,
        commerce_layer: organization,
        ..
    } = books;
    let order = organization.order(id).ok_or_else(Refusal::not_found)?;
    if order.status != Status::Placed {
        return Err(wrong_state(order.status, "cancelled"));
    }
    let held: Vec<_> = organization
        .deeds(id, Deed::Authorization)
        .cloned()
        .collect();
    let mut own: Vec<(&mut Payment, _)> = payments
        .iter_mut()
        .filter_map(|payment| {
            let authorization = held.iter().find(|one| one.payment == payment.id)?;
            Some((payment, authorization))
        })
        .collect();
    if own.iter().any(|(payment, _)| payment.captured > 0) {
        return Err(wrong_state(Status::Placed, "cancelled"));
    }
    for (payment, authorization) in &mut own {
        if let Ok(action) = payment.void(Wish::default(), now) {
            let amount = authorization.amount;
            organization.follow(authorization, Deed::Void, &action, amount, None, now);
        }
    }
    if let Some(order) = organization.order_mut(id) {
        order.status = Status::Cancelled;
        order.cancelled_at = Some(now);
        order.updated_at = now;
    }
    Ok(())
}

/// Webhooks arrive, slow placements end, payment methods place what was authorised meanwhile.
pub(crate) fn pass_time(books: &mut Books, now: i64) {
    let Books {
        payments,
        commerce_layer: organization,
        ..
    } = books;
    for payment in payments.iter() {
        if payment.platform != Platform::Connected || payment.status == Money::Pending {
            continue;
        }
        let owner = organization
            .transactions
            .iter()
            .find(|one| one.payment == payment.id)
            .map(|one| one.order.clone());
        if owner.is_some_and(|order| organization.hears_of(&order)) {
            organization.hear(payment, now);
        }
    }
    let authorized = |order: &str| {
        let seen = organization.source_of(order)?.seen.as_ref()?;
        Some(seen.approved() && seen.challenge.is_some())
    };
    let ready: Vec<(String, bool)> = organization
        .orders
        .iter()
        .filter_map(|order| match order.status {
            Status::Placing if order.due.is_some_and(|due| due <= now) => {
                Some((order.id.clone(), true))
            }
            Status::Pending if order.auto_place && authorized(&order.id) == Some(true) => {
                Some((order.id.clone(), false))
            }
            _ => None,
        })
        .collect();
    for (order, slow) in ready {
        if slow {
            end_slowly(books, &order, None, now);
        } else {
            // What can't be placed stays pending.
            let _ = complete(books, &order, now);
        }
    }
}
