//! Orders that are there from the start: what the demo shop sells, and some that can't be paid.

use serde_json::{Map, json};

use super::ledger::{CHECKOUT_COM, Order, Status};

/// 2018-01-01T12:00:00Z, the moment of all samples.
const LONG_AGO: i64 = 1_514_808_000;

/// Id, reference, cents, currency, status, type of payment source.
const SEEDS: [(&str, &str, u64, &str, Status, &str); 6] = [
    (
        "DemoShirtA",
        "DEMO-SHIRT",
        3500,
        "EUR",
        Status::Pending,
        CHECKOUT_COM,
    ),
    (
        "DemoLampAA",
        "DEMO-LAMP",
        12_900,
        "EUR",
        Status::Pending,
        CHECKOUT_COM,
    ),
    (
        "DemoCupAAA",
        "DEMO-CUP",
        4200,
        "JPY",
        Status::Pending,
        CHECKOUT_COM,
    ),
    (
        "DemoDraftA",
        "DEMO-DRAFT",
        3500,
        "EUR",
        Status::Draft,
        CHECKOUT_COM,
    ),
    (
        "DemoPlaced",
        "DEMO-PLACED",
        3500,
        "EUR",
        Status::Placed,
        CHECKOUT_COM,
    ),
    (
        "DemoWiredA",
        "DEMO-WIRED",
        3500,
        "EUR",
        Status::Pending,
        "wire_transfers",
    ),
];

/// The numbers start behind this one.
const NUMBERS: u64 = 1000;

pub(super) fn orders() -> Vec<Order> {
    (NUMBERS + 1..)
        .zip(SEEDS)
        .map(
            |(number, (id, reference, amount, currency, status, method))| {
                let mut order = blank(id.to_owned(), number, amount, currency, LONG_AGO);
                order.status = status;
                order.method = method.to_owned();
                order.words.insert("reference".into(), json!(reference));
                order.placed_at = (status == Status::Placed).then_some(LONG_AGO);
                order
            },
        )
        .collect()
}

/// A pending order to be paid by Checkout.com.
pub(super) fn blank(id: String, number: u64, amount: u64, currency: &str, now: i64) -> Order {
    Order {
        id,
        number,
        amount,
        currency: currency.to_owned(),
        status: Status::Pending,
        method: CHECKOUT_COM.to_owned(),
        auto_capture: false,
        auto_place: false,
        place_async: false,
        placement: None,
        webhooks: None,
        due: None,
        failed: None,
        source: None,
        words: Map::new(),
        created_at: now,
        updated_at: now,
        placed_at: None,
        cancelled_at: None,
    }
}
