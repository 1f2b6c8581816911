//! Who is there from the start: customers with and without a card or money, and what they owe.

use super::{
    super::clock::Clock,
    decimal::Decimal,
    ledger::{Card, Customer, Habit, Invoice, Office, Settings, Wallet},
    webhooks::Bag,
};

/// Customers, each with the balance of a wallet, if there is one.
const CUSTOMERS: [(&str, Option<&str>); 5] = [
    ("cust_demo", Some("500")),
    ("cust_demo_new", None),
    ("cust_demo_empty", Some("0")),
    ("cust_demo_declined", None),
    ("cust_demo_asked", None),
];

/// Saved cards: customer, id, last digits, and what the bank does.
const CARDS: [(&str, &str, &str, Habit); 3] = [
    ("cust_demo", "pm_demo_visa", "4242", Habit::Approve),
    (
        "cust_demo_declined",
        "pm_demo_declined",
        "0002",
        Habit::Decline,
    ),
    (
        "cust_demo_asked",
        "pm_demo_asked",
        "3220",
        Habit::Authenticate,
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
    let customers = CUSTOMERS.iter().map(|(owner, _)| Customer {
        id: (*owner).to_owned(),
        cards: CARDS
            .iter()
            .filter(|(customer, ..)| customer == owner)
            .map(|(_, id, last4, habit)| Card {
                id: (*id).to_owned(),
                brand: "visa".into(),
                last4: (*last4).to_owned(),
                default: true,
                habit: *habit,
                created: now,
            })
            .collect(),
    });
    let wallets = CUSTOMERS.iter().filter_map(|(customer, balance)| {
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
