//! Checkouts that end unpaid: given up by the shopper, or run out. The shop hears of it once
//! each time.

use sqlx::{Any, Transaction};

use super::{Store, StoreError, attempts, is_row_trouble, known, now_ms, orders, sessions, text};
use crate::server::{
    attempt::Attempt,
    events::{Kind, Told},
    order::{Door, Order, Settled},
};

/// An order with something still open is looked at again after this time.
const LATER_MS: i64 = 30_000;
/// One that can't be read is looked at again after this time.
const UNREADABLE_MS: i64 = 300_000;

/// How a checkout ended; `None` while the order may still be paid. Behind a cancelled checkout
/// an abandoned attempt is given back when it is approved; behind an expired one it pays.
fn ending(settled: Settled, door: Door, attempts: &[Attempt]) -> Option<Told> {
    let over = match door {
        _ if settled != Settled::Open => false,
        Door::Open => false,
        Door::Cancelled => !attempts.iter().any(Attempt::is_open),
        Door::Expired => !attempts.iter().any(|attempt| attempt.phase.may_pay()),
    };
    let (status, reason) = if door == Door::Cancelled {
        ("cancelled", "cancelled_by_shopper")
    } else {
        ("expired", "session_expired")
    };
    over.then_some(Told {
        kind: Kind::Cancelled,
        status,
        reason: Some(reason),
    })
}

/// Notes that an order has a session until `expires_at`.
pub(super) async fn opened(
    tx: &mut Transaction<'_, Any>,
    order_id: &str,
    expires_at: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO open_checkouts (order_id, look_at) VALUES ($1, $2) \
         ON CONFLICT (order_id) DO UPDATE SET look_at = CASE \
         WHEN open_checkouts.look_at > $2 THEN open_checkouts.look_at ELSE $2 END",
    )
    .bind(order_id)
    .bind(expires_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Store {
    /// Tells the shop if the order's checkout is over, under the order's lock.
    pub(super) async fn close_if_over(
        &self,
        tx: &mut Transaction<'_, Any>,
        order: &Order,
    ) -> Result<(), StoreError> {
        let now = now_ms();
        let sessions = sessions::of_order(&mut *tx, &order.id).await?;
        let attempts = attempts::all(tx, &order.id).await?;
        let told = ending(order.settled, Door::of(&sessions, now), &attempts);
        if told.is_none() && order.settled == Settled::Open {
            let usable = sessions
                .iter()
                .filter(|session| !session.cancelled && session.expires_at > now);
            let last = usable.map(|session| session.expires_at).max();
            sqlx::query("UPDATE open_checkouts SET look_at = $2 WHERE order_id = $1")
                .bind(order.id.as_str())
                .bind(last.unwrap_or(now + LATER_MS))
                .execute(&mut **tx)
                .await?;
            return Ok(());
        }
        let gone = sqlx::query("DELETE FROM open_checkouts WHERE order_id = $1")
            .bind(order.id.as_str())
            .execute(&mut **tx)
            .await?
            .rows_affected();
        match told {
            Some(told) if gone == 1 => self.queue(tx, order, told).await,
            _ => Ok(()),
        }
    }

    /// Looks after checkouts whose time may be over. One that can't be read is looked at again
    /// later and keeps no other waiting.
    pub(crate) async fn close_due(&self) -> Result<(), StoreError> {
        let due = sqlx::query(
            "SELECT order_id FROM open_checkouts WHERE look_at <= $1 ORDER BY look_at LIMIT 64",
        )
        .bind(now_ms())
        .fetch_all(&self.pool)
        .await?;
        for row in due {
            let id = text(&row, "order_id")?;
            match self.close(&id).await {
                Err(error) if is_row_trouble(&error) => {
                    tracing::error!(order = id, "needs an operator, mend its row: {error}");
                    sqlx::query("UPDATE open_checkouts SET look_at = $2 WHERE order_id = $1")
                        .bind(id.as_str())
                        .bind(now_ms() + UNREADABLE_MS)
                        .execute(&self.pool)
                        .await?;
                }
                done => done?,
            }
        }
        Ok(())
    }

    async fn close(&self, id: &str) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        let order = known(orders::lock(&mut tx, id).await?, "order_id")?;
        self.close_if_over(&mut tx, &order).await?;
        tx.commit().await?;
        Ok(())
    }
}
