//! An order with everything that belongs to it, for whoever has to explain it.

use sqlx::Row;

use super::{
    Customer, Event, Store, StoreError, What, attempts, history::Past, orders, outbox, reversals,
    text,
};
use crate::server::{
    attempt::Attempt,
    give_back::Try,
    instruct::Instruction,
    order::{Order, Session},
};

/// An order and all that is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Whole {
    pub(crate) order: Order,
    /// Who it is for, if a client session or one_click made it.
    pub(crate) customer: Option<Customer>,
    pub(crate) sessions: Vec<Session>,
    pub(crate) attempts: Vec<Attempt>,
    /// Voids and refunds, each with its attempt, oldest first.
    pub(crate) reversals: Vec<(String, Try)>,
    /// What the shop had done with the money, oldest first.
    pub(crate) instructions: Vec<Instruction>,
    pub(crate) history: Vec<Past>,
    /// Events that the shop never took.
    pub(crate) dead: Vec<Event>,
}

impl Store {
    /// The order `id` of whatever organisation.
    pub(crate) async fn whole(&self, id: &str) -> Result<Option<Whole>, StoreError> {
        let mut order = self.any_order(id).await?;
        while let Some(known) = order.take() {
            let whole = self.around(known).await?;
            // An order is settled twice at most, and its attempts must fit to it.
            match self.any_order(id).await? {
                Some(now) if now.settled != whole.order.settled => order = Some(now),
                _ => return Ok(Some(whole)),
            }
        }
        Ok(None)
    }

    async fn any_order(&self, id: &str) -> Result<Option<Order>, StoreError> {
        let row = sqlx::query("SELECT * FROM orders WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(orders::read).transpose()
    }

    async fn around(&self, order: Order) -> Result<Whole, StoreError> {
        // Before the attempts: what is told as done is in the amounts that are told with it.
        let instructions = self.instructions_of(&order.id).await?;
        let reversals =
            sqlx::query("SELECT * FROM reversals WHERE order_id = $1 ORDER BY asked_at, n")
                .bind(order.id.as_str())
                .fetch_all(&self.pool)
                .await?
                .iter()
                .map(|row| Ok((text(row, "attempt")?, reversals::read(row)?)))
                .collect::<Result<_, StoreError>>()?;
        let dead =
            sqlx::query("SELECT * FROM events WHERE order_id = $1 AND state = 'dead' ORDER BY seq")
                .bind(order.id.as_str())
                .fetch_all(&self.pool)
                .await?
                .iter()
                .map(outbox::read)
                .collect::<Result<_, StoreError>>()?;
        Ok(Whole {
            dead,
            customer: self.customer_of(&order.id).await?,
            sessions: self.sessions_of(&order.id).await?,
            attempts: self.attempts_of(&order.id).await?,
            reversals,
            instructions,
            history: self.history(&order.id).await?,
            order,
        })
    }

    /// The orders that `text` names: by their id, payment id or reference, by a payment id of
    /// the gateway, or by a support code.
    pub(crate) async fn find(&self, text: &str) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query(
            "SELECT id FROM orders WHERE id = $1 OR payment_id = $1 OR reference = $1 \
             UNION SELECT order_id AS id FROM attempts WHERE gateway_payment_id = $1 \
             OR req_id = $1 OR gateway_order = $1 \
             UNION SELECT order_id AS id FROM funnelfox_sessions WHERE gateway_order = $1 \
             UNION SELECT order_id AS id FROM instructions WHERE id = $1 OR gateway_action = $1 \
             UNION SELECT order_id AS id FROM history WHERE req_id = $1 AND req_id <> '' \
             ORDER BY id LIMIT 20",
        )
        .bind(text)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
    }

    /// Orders that may have something open: an attempt that was begun before `before` and is
    /// not settled, a call for an operator, or an event that was given up.
    pub(crate) async fn maybe_open(&self, before: i64) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query(
            "SELECT order_id AS id FROM attempts WHERE created_at < $1 AND phase NOT IN \
             ('succeeded', 'failed', 'cancelled', 'voided', 'refunded') \
             UNION SELECT order_id AS id FROM instructions WHERE created_at < $1 \
             AND state IN ('asked', 'unknown', 'accepted') \
             UNION SELECT order_id AS id FROM history WHERE what = $2 \
             UNION SELECT order_id AS id FROM events WHERE state = 'dead'",
        )
        .bind(before)
        .bind(What::OperatorNeeded.name())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
    }
}

/// An attempt's row may be the one that can't be read: the rest of its order is of use.
pub(crate) fn is_row_trouble(error: &StoreError) -> bool {
    attempts::column_of(error).is_some()
}
