//! Orders: found, and locked for one writer at a time.

use serde_json::{Value, json};
use sqlx::{Any, Transaction, any::AnyRow};

use crate::{
    money::{Currency, Money},
    provider::funnelfox::Buyer,
    sensitive::Sensitive,
};

use super::{Store, StoreError, known, number, optional, text};
use crate::server::{
    gateway::Gateway,
    order::{Order, Settled, parse_capture},
};

/// What a claim says for its gateway alone, as it is kept.
pub(super) fn terms(buyer: Option<&Buyer>) -> String {
    buyer.map_or_else(String::new, |buyer| {
        let terms = json!({
            "price": buyer.price,
            "customer": buyer.customer,
            // EXPOSE: kept for the call that opens the gateway's own session.
            "email": buyer.email.expose(),
        });
        terms.to_string()
    })
}

fn buyer(terms: &str) -> Option<Buyer> {
    let terms: Value = serde_json::from_str(terms).ok()?;
    let part = |key: &str| terms[key].as_str().map(str::to_owned);
    Some(Buyer {
        price: part("price")?,
        customer: part("customer")?,
        email: Sensitive::new(part("email")?),
    })
}

pub(super) fn read(row: &AnyRow) -> Result<Order, StoreError> {
    let currency = Currency::parse(&text(row, "currency")?).ok();
    Ok(Order {
        id: text(row, "id")?,
        payment_id: text(row, "payment_id")?,
        org: text(row, "org")?,
        reference: text(row, "reference")?,
        total: Money::new(number(row, "amount")?, known(currency, "currency")?),
        capture: known(parse_capture(&text(row, "capture")?), "capture")?,
        gateway: known(Gateway::parse(&text(row, "gateway")?), "gateway")?,
        buyer: buyer(&text(row, "gateway_terms")?),
        lines: known(serde_json::from_str(&text(row, "lines")?).ok(), "lines")?,
        settled: known(Settled::parse(&text(row, "settled")?), "settled")?,
        winner: optional(row, "winner")?,
        next_attempt: text(row, "next_attempt")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

/// Locks an order's row for the rest of the transaction; `None` if there is no such order.
pub(super) async fn lock(
    tx: &mut Transaction<'_, Any>,
    id: &str,
) -> Result<Option<Order>, StoreError> {
    sqlx::query("UPDATE orders SET locks = locks + 1 WHERE id = $1")
        .bind(id)
        .execute(&mut **tx)
        .await?;
    let row = sqlx::query("SELECT * FROM orders WHERE id = $1")
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(read).transpose()
}

impl Store {
    /// The order `id` of `org`; a foreign one is not there.
    pub(crate) async fn order(&self, org: &str, id: &str) -> Result<Option<Order>, StoreError> {
        let row = sqlx::query("SELECT * FROM orders WHERE id = $1 AND org = $2")
            .bind(id)
            .bind(org)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }
}
