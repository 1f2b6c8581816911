//! Charges, counted: per order, per session (whose order changes after a decline), per customer
//! and per value of the metadata. Gross, and net of what was given back.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ledger::{Charge, Office, State};

/// What `/control/counters` shows of FunnelFox.
pub(crate) fn counted(office: &Office) -> Value {
    let count = |test: fn(&Charge) -> bool| office.charges.iter().filter(|one| test(one)).count();
    json!({
        "sessions": office.sessions.len(),
        "payments": office.charges.len(),
        "charged": count(Charge::charged),
        "standing": count(|one| one.state == State::Settled),
        "refunded": count(|one| one.state == State::Refunded),
        "pending": count(|one| matches!(one.state, State::Asked(_) | State::Processing)),
        "declined": count(|one| matches!(one.state, State::Declined(_))),
        "failed": count(|one| one.state == State::Failed),
        "cancelled": count(|one| one.state == State::Cancelled),
        "charges": sorted(office, Charge::charged),
        "net": sorted(office, |one| one.state == State::Settled),
    })
}

fn sorted(office: &Office, counts: fn(&Charge) -> bool) -> Value {
    let mut by_order: BTreeMap<&str, u64> = BTreeMap::new();
    let mut by_session: BTreeMap<&str, u64> = BTreeMap::new();
    let mut by_customer: BTreeMap<&str, u64> = BTreeMap::new();
    let mut by_metadata: BTreeMap<String, u64> = BTreeMap::new();
    for charge in office.charges.iter().filter(|one| counts(one)) {
        let session = &office.sessions[charge.session];
        *by_order.entry(&charge.order).or_default() += 1;
        // A session is named by its first order.
        let first = session.orders.first().map_or("", String::as_str);
        *by_session.entry(first).or_default() += 1;
        *by_customer.entry(&session.customer).or_default() += 1;
        for (key, value) in session.metadata.as_object().into_iter().flatten() {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            *by_metadata.entry(format!("{key}={value}")).or_default() += 1;
        }
    }
    json!({"byOrder": by_order, "bySession": by_session, "byCustomer": by_customer, "byMetadata": by_metadata})
}
