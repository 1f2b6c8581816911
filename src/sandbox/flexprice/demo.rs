//! Who is there from the start: customers with and without a card or money, and what they owe.

use super::{
    super::clock::Clock,
    decimal::Decimal,
    ledger::{Card, Customer, Habit, Invoice, Office, Settings, Wallet},
    webhooks::Bag,
};

/// Customers: id, saved card, balance of the wallet.
const CUSTOMERS: [(&str, Option<(&str, &str, Habit)>, Option<&str>); 5] = [
    (
        "cust_demo",
        Some(("pm_demo_visa", "4242", Habit::Approve)),
        Some("500"),
    ),
    ("cust_demo_new", None, None),
    ("cust_demo_empty", None, Some("0")),
    (
        "cust_demo_declined",
        Some(("pm_demo_declined", "0002", Habit::Decline)),
        None,
    ),
    (
        "cust_demo_asked",
        Some(("pm_demo_asked", "3220", Habit::Authenticate)),
        None,
    ),
];

/// Invoices: id, customer, currency, amount.
const INVOICES: [(&str, &str, &str, &str); 7] = [
    ("inv_demo", "cust_demo", "eur", "35.00"),
    ("inv_demo_jpy", "cust_demo", "jpy", "4200"),
    ("inv_demo_kwd", "cust_demo", "kwd", "12.500"),
    ("inv_demo_new", "cust_demo_new", "eur", "35.00"),
    ("inv_demo_empty", "cust_demo_empty", "eur", "35.00"),
    ("inv_demo_declined", "cust_demo_declined", "eur", "35.00"),
    ("inv_demo_asked", "cust_demo_asked", "eur", "35.00"),
];

pub(super) fn office() -> Office {
    let now = Clock::default().now();
    let customers = CUSTOMERS.iter().map(|(id, card, _)| Customer {
        id: (*id).to_owned(),
        cards: card
            .iter()
            .map(|(id, last4, habit)| Card {
                id: (*id).to_owned(),
                brand: "visa".into(),
                last4: (*last4).to_owned(),
                default: true,
                habit: *habit,
                created: now,
            })
            .collect(),
    });
    let wallets = CUSTOMERS.iter().filter_map(|(customer, _, balance)| {
        Some(Wallet {
            id: format!("wallet_{}", customer.trim_start_matches("cust_")),
            customer: (*customer).to_owned(),
            currency: "eur".into(),
            balance: Decimal::parse((*balance)?)?,
            kind: "POST_PAID",
        })
    });
    let invoices = (1..).zip(&INVOICES).filter_map(|(number, one)| {
        let (id, customer, currency, amount) = one;
        Some(Invoice {
            id: (*id).to_owned(),
            number: Some(format!("INV-DEMO-{number:04}")),
            customer: (*customer).to_owned(),
            currency: (*currency).to_owned(),
            due: Decimal::parse(amount)?,
            paid: Decimal::ZERO,
            status: "FINALIZED",
        })
    });
    Office {
        customers: customers.collect(),
        wallets: wallets.collect(),
        invoices: invoices.collect(),
        payments: Vec::new(),
        settings: Settings::default(),
        next: Vec::new(),
        bag: Bag::default(),
    }
}
