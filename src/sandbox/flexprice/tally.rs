//! Payments, counted: money that Flexprice took, per invoice, per customer and per value of the
//! metadata, gross and net of what was given back; and what it only recorded.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    decimal::Decimal,
    ledger::{Office, Payment},
};

/// What `/control/counters` shows of Flexprice.
pub(crate) fn counted(office: &Office) -> Value {
    let mut statuses: BTreeMap<&str, u64> = BTreeMap::new();
    for payment in &office.payments {
        *statuses.entry(payment.status.name()).or_default() += 1;
    }
    let count = |test: fn(&Payment) -> bool| office.payments.iter().filter(|one| test(one)).count();
    json!({
        "payments": office.payments.len(),
        "statuses": statuses,
        "charged": count(|one| one.taken),
        "standing": count(standing),
        "recorded": count(recorded),
        "attempts": office.payments.iter().map(|one| one.attempts.len()).sum::<usize>(),
        "charges": sorted(office, |one| one.taken),
        "net": sorted(office, standing),
        "records": sorted(office, recorded),
    })
}

/// Money was taken, and nothing of it was given back.
fn standing(payment: &Payment) -> bool {
    payment.taken && payment.status.stands()
}

/// Money that came another way, written down.
fn recorded(payment: &Payment) -> bool {
    payment.method == "OFFLINE" && payment.status.stands()
}

fn sorted(office: &Office, counts: fn(&Payment) -> bool) -> Value {
    let mut by_invoice: BTreeMap<&str, u64> = BTreeMap::new();
    let mut by_customer: BTreeMap<&str, u64> = BTreeMap::new();
    let mut by_metadata: BTreeMap<String, u64> = BTreeMap::new();
    let mut sums: BTreeMap<&str, Decimal> = BTreeMap::new();
    for payment in office.payments.iter().filter(|one| counts(one)) {
        *by_invoice.entry(&payment.invoice).or_default() += 1;
        let customer = office.payer(payment).map_or("", |payer| payer.id.as_str());
        *by_customer.entry(customer).or_default() += 1;
        for (key, value) in &payment.metadata {
            *by_metadata.entry(format!("{key}={value}")).or_default() += 1;
        }
        let sum = sums.entry(&payment.invoice).or_default();
        *sum = sum.plus(payment.amount);
    }
    let sums: BTreeMap<&str, String> = sums
        .into_iter()
        .map(|(invoice, sum)| (invoice, sum.to_string()))
        .collect();
    json!({"byInvoice": by_invoice, "byCustomer": by_customer, "byMetadata": by_metadata, "sums": sums})
}
