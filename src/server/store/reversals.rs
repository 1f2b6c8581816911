//! Voids and refunds: decided and written down under the order's lock, then asked for.

use sqlx::{Any, Transaction, any::AnyRow};

use crate::provider::checkout_com::{Action, Payment};

use super::{Store, StoreError, known, now_ms, number, orders, text};
use crate::server::{
    attempt::Attempt,
    give_back::{Kind, Said, Step, Try, next},
};

pub(super) fn read(row: &AnyRow) -> Result<Try, StoreError> {
    Ok(Try {
        kind: known(Kind::parse(&text(row, "kind")?), "kind")?,
        n: number(row, "n")?,
        key: text(row, "idempotency_key")?,
        amount: number(row, "amount")?,
        said: known(Said::parse(&text(row, "state")?), "state")?,
        asked_at: number(row, "asked_at")?,
    })
}

const OF_ATTEMPT: &str =
    "SELECT * FROM reversals WHERE order_id = $1 AND attempt = $2 ORDER BY asked_at, n";

async fn keep(
    tx: &mut Transaction<'_, Any>,
    attempt: &Attempt,
    one: &Try,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO reversals (order_id, attempt, kind, n, idempotency_key, amount, state, \
         asked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (order_id, attempt, kind, n) DO UPDATE SET asked_at = $8",
    )
    .bind(attempt.order_id.as_str())
    .bind(attempt.id.as_str())
    .bind(one.kind.name())
    .bind(one.n)
    .bind(one.key.as_str())
    .bind(one.amount)
    .bind(one.said.name())
    .bind(one.asked_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Store {
    /// What was tried to give an attempt's money back, oldest first.
    pub(crate) async fn reversals(&self, order: &str, id: &str) -> Result<Vec<Try>, StoreError> {
        sqlx::query(OF_ATTEMPT)
            .bind(order)
            .bind(id)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// Decides the next void or refund and writes it down; whoever gets [`Step::Ask`] asks for
    /// it, and nobody else does meanwhile.
    pub(crate) async fn next_reversal(
        &self,
        attempt: &Attempt,
        payment: &Payment,
        actions: Option<&[Action]>,
        busy_ms: i64,
    ) -> Result<Step, StoreError> {
        let mut tx = self.pool.begin().await?;
        known(orders::lock(&mut tx, &attempt.order_id).await?, "order_id")?;
        let tries: Vec<Try> = sqlx::query(OF_ATTEMPT)
            .bind(attempt.order_id.as_str())
            .bind(attempt.id.as_str())
            .fetch_all(&mut *tx)
            .await?
            .iter()
            .map(read)
            .collect::<Result<_, _>>()?;
        let key = &attempt.gateway_key;
        let step = next(key, payment, actions, &tries, now_ms(), busy_ms);
        if let Step::Ask(one) = &step {
            keep(&mut tx, attempt, one).await?;
        }
        tx.commit().await?;
        Ok(step)
    }

    /// Notes what the gateway said to a void or refund.
    pub(crate) async fn reversal_said(&self, one: &Try, said: Said) -> Result<(), StoreError> {
        sqlx::query("UPDATE reversals SET state = $2 WHERE idempotency_key = $1")
            .bind(one.key.as_str())
            .bind(said.name())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
