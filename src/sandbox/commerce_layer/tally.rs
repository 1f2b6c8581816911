//! Charges by Commerce Layer, counted per order: gross, and net of what was let go or given back.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    super::{
        checkout_com::{
            keys::Platform,
            ledger::{Payment, Status as Money},
        },
        state::Books,
    },
    ledger::{Order, Status},
};

/// What `/control/counters` shows of Commerce Layer.
pub(crate) fn counted(books: &Books) -> Value {
    let own = || {
        let all = books.payments.iter();
        all.filter(|payment| payment.platform == Platform::Connected)
    };
    let count = |test: fn(&&Payment) -> bool| own().filter(test).count();
    let by_order = |test: fn(&&Payment) -> bool| {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for payment in own().filter(test) {
            let reference = payment.order.reference.clone().unwrap_or_default();
            *counts.entry(reference).or_default() += 1;
        }
        counts
    };
    let organization = &books.commerce_layer;
    let placed = organization.orders.iter();
    let placed = placed.filter(|order| order.status == Status::Placed);
    let placed: Vec<String> = placed.map(Order::reference).collect();
    json!({
        "orders": organization.orders.len(),
        "placed": placed,
        "sources": organization.sources.len(),
        "payments": own().count(),
        "charged": count(|payment| payment.approved()),
        "standing": count(stands),
        "pending": count(|payment| payment.status == Money::Pending),
        "declined": count(|payment| payment.status == Money::Declined),
        "charges": {"byOrder": by_order(|payment| payment.approved())},
        "net": {"byOrder": by_order(stands)},
    })
}

/// Approved, and neither let go nor wholly given back.
fn stands(payment: &&Payment) -> bool {
    payment.approved() && !matches!(payment.status, Money::Voided | Money::Refunded)
}
