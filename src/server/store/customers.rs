//! Customers that client sessions name, with the price points that they buy and the cards that
//! are kept for them.

use serde_json::json;
use sqlx::{Any, Transaction};

use crate::{provider::checkout_com::Payment, sensitive::Sensitive};

use super::{
    NewCheckout, Store, StoreError, checkouts,
    history::{self, Happening, What},
    known, now_ms, number, optional, orders, text,
};
use crate::server::{attempt::Attempt, order::Settled};

/// Who an order is for, and what it sells.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    /// The shop's name for the customer.
    pub(crate) external_id: String,
    pub(crate) email: String,
    /// Two letters.
    pub(crate) country: Option<String>,
    /// The price point.
    pub(crate) price: String,
    /// Whether the card is kept when it pays.
    pub(crate) save_card: bool,
}

/// A card that can be charged without the customer.
#[derive(Clone, Debug)]
pub(crate) struct SavedCard {
    /// The gateway's name for it.
    pub(crate) source: Sensitive<String>,
    /// The gateway's id of the payment in which the customer agreed.
    pub(crate) payment: String,
    pub(crate) email: String,
}

/// What became of another price for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repriced {
    Done,
    /// The order is paid.
    Paid,
    /// Something may still pay the old price.
    Busy,
}

pub(super) async fn insert(
    tx: &mut Transaction<'_, Any>,
    org: &str,
    order_id: &str,
    customer: &Customer,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO order_customers (order_id, org, external_id, email, country, price, \
         save_card) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(order_id)
    .bind(org)
    .bind(customer.external_id.as_str())
    .bind(customer.email.as_str())
    .bind(customer.country.as_deref().unwrap_or_default())
    .bind(customer.price.as_str())
    .bind(i64::from(customer.save_card))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whether the card that pays an order is kept.
pub(super) async fn keeps_card(
    tx: &mut Transaction<'_, Any>,
    order_id: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT save_card FROM order_customers WHERE order_id = $1")
        .bind(order_id)
        .fetch_optional(&mut **tx)
        .await?;
    row.map_or(Ok(false), |row| Ok(number(&row, "save_card")? == 1))
}

/// Keeps the card of a payment that paid an order whose price point says so, in place of the
/// customer's last one.
pub(super) async fn save(
    tx: &mut Transaction<'_, Any>,
    attempt: &Attempt,
    payment: &Payment,
    now: i64,
) -> Result<(), StoreError> {
    let Some(source) = payment.source.as_ref().filter(|_| attempt.keep_card) else {
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO saved_cards (org, external_id, source, payment, order_id, saved_at) \
         SELECT org, external_id, $2, $3, order_id, $4 FROM order_customers WHERE order_id = $1 \
         ON CONFLICT (org, external_id) DO UPDATE SET source = excluded.source, \
         payment = excluded.payment, order_id = excluded.order_id, saved_at = excluded.saved_at",
    )
    .bind(attempt.order_id.as_str())
    // EXPOSE: kept for one_click; it is of use with the account's secret key only.
    .bind(source.expose().as_str())
    .bind(payment.id.as_str())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Store {
    /// Who an order is for, if a client session or one_click made it.
    pub(crate) async fn customer_of(&self, order_id: &str) -> Result<Option<Customer>, StoreError> {
        let row = sqlx::query("SELECT * FROM order_customers WHERE order_id = $1")
            .bind(order_id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| {
            Ok(Customer {
                external_id: text(&row, "external_id")?,
                email: text(&row, "email")?,
                country: optional(&row, "country")?,
                price: text(&row, "price")?,
                save_card: number(&row, "save_card")? == 1,
            })
        })
        .transpose()
    }

    /// The card kept for a customer.
    pub(crate) async fn saved_card(
        &self,
        org: &str,
        external_id: &str,
    ) -> Result<Option<SavedCard>, StoreError> {
        let row = sqlx::query(
            "SELECT saved_cards.source, saved_cards.payment, order_customers.email \
             FROM saved_cards \
             JOIN order_customers ON order_customers.order_id = saved_cards.order_id \
             WHERE saved_cards.org = $1 AND saved_cards.external_id = $2",
        )
        .bind(org)
        .bind(external_id)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(SavedCard {
                source: Sensitive::new(text(&row, "source")?),
                payment: text(&row, "payment")?,
                email: text(&row, "email")?,
            })
        })
        .transpose()
    }

    /// Makes an order one of another price point, under its lock: not while anything may pay
    /// the old price, an abandoned attempt included, and not when it is paid.
    pub(crate) async fn reprice(
        &self,
        order_id: &str,
        new: &NewCheckout,
        customer: &Customer,
    ) -> Result<Repriced, StoreError> {
        let now = now_ms();
        let mut tx = self.pool.begin().await?;
        let mut order = known(orders::lock(&mut tx, order_id).await?, "order_id")?;
        if order.settled != Settled::Open {
            return Ok(Repriced::Paid);
        }
        if checkouts::pending(&mut tx, order_id).await? > 0 {
            return Ok(Repriced::Busy);
        }
        checkouts::change(&mut tx, &mut order, new, now).await?;
        sqlx::query("UPDATE order_customers SET price = $2, save_card = $3 WHERE order_id = $1")
            .bind(order_id)
            .bind(customer.price.as_str())
            .bind(i64::from(customer.save_card))
            .execute(&mut *tx)
            .await?;
        let happening = Happening {
            order_id,
            what: What::OrderChanged,
            attempt: None,
            req_id: None,
            detail: json!({
                "pricePoint": customer.price,
                "amount": new.total.minor,
                "currency": new.total.currency.code(),
            }),
        };
        history::write(&mut *tx, &happening).await?;
        tx.commit().await?;
        Ok(Repriced::Done)
    }
}
