//! Attempts: found, and asked about by one server at a time.

use sqlx::{Any, Transaction, any::AnyRow};

use crate::{
    money::{Currency, Money},
    outcome::FailureKind,
    sensitive::Sensitive,
};

use super::{Store, StoreError, known, now_ms, number, optional, text};
use crate::server::{
    attempt::{Attempt, OperatorSays, Phase},
    gateway::Gateway,
    order::parse_capture,
};

/// An attempt that is due.
#[derive(Debug)]
pub(crate) enum Due {
    Attempt(Box<Attempt>),
    /// Its row holds what this version never wrote.
    Unreadable {
        order: String,
        id: String,
        column: String,
    },
}

/// The column at fault, if the row is and not the database.
pub(super) fn column_of(error: &StoreError) -> Option<String> {
    match error {
        StoreError::Unreadable { column } => Some((*column).to_owned()),
        StoreError::Database(sqlx::Error::ColumnDecode { index, .. }) => {
            Some(index.trim_matches('"').to_owned())
        }
        _ => None,
    }
}

pub(super) fn read(row: &AnyRow) -> Result<Attempt, StoreError> {
    let currency = Currency::parse(&text(row, "currency")?).ok();
    let failure = optional(row, "failure")?
        .and_then(|kind| serde_json::from_value::<FailureKind>(kind.into()).ok());
    Ok(Attempt {
        order_id: text(row, "order_id")?,
        id: text(row, "id")?,
        org: text(row, "org")?,
        gateway: known(Gateway::parse(&text(row, "gateway")?), "gateway")?,
        session_id: text(row, "session_id")?,
        fingerprint: text(row, "fingerprint")?,
        token: optional(row, "token")?.map(Sensitive::new),
        total: Money::new(number(row, "amount")?, known(currency, "currency")?),
        capture: known(parse_capture(&text(row, "capture")?), "capture")?,
        reference: text(row, "reference")?,
        gateway_key: text(row, "gateway_key")?,
        return_url: text(row, "return_url")?,
        phase: known(Phase::parse(&text(row, "phase")?), "phase")?,
        abandoned: number(row, "abandoned")? == 1,
        returned: number(row, "returned")? == 1,
        gateway_payment_id: optional(row, "gateway_payment_id")?,
        response_code: optional(row, "response_code")?,
        redirect_url: optional(row, "redirect_url")?,
        failure,
        req_id: text(row, "req_id")?,
        access_token: Sensitive::new(text(row, "access_token")?),
        resume_token: Sensitive::new(text(row, "resume_token")?),
        gateway_order: text(row, "gateway_order")?,
        action_token: optional(row, "action_token")?.map(Sensitive::new),
        actions: number(row, "actions")?,
        operator_says: OperatorSays::parse(&text(row, "operator_says")?),
        asks: number(row, "asks")?,
        asked_at: number(row, "asked_at")?,
        next_ask_at: number(row, "next_ask_at")?,
        quiet_since: number(row, "quiet_since")?,
        watch_until: number(row, "watch_until")?,
        released: number(row, "released")? == 1,
        captured: number(row, "captured")?,
        refunded: number(row, "refunded")?,
        keep_card: number(row, "keep_card")? == 1,
        previous_payment: optional(row, "previous_payment")?,
        created_at: number(row, "created_at")?,
    })
}

pub(super) async fn one(
    tx: &mut Transaction<'_, Any>,
    order_id: &str,
    id: &str,
) -> Result<Option<Attempt>, StoreError> {
    let row = sqlx::query("SELECT * FROM attempts WHERE order_id = $1 AND id = $2")
        .bind(order_id)
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// All attempts of an order, oldest first, within a transaction.
pub(super) async fn all(
    tx: &mut Transaction<'_, Any>,
    order_id: &str,
) -> Result<Vec<Attempt>, StoreError> {
    sqlx::query("SELECT * FROM attempts WHERE order_id = $1 ORDER BY seq")
        .bind(order_id)
        .fetch_all(&mut **tx)
        .await?
        .iter()
        .map(read)
        .collect()
}

impl Store {
    /// The attempt `id` of an order.
    pub(crate) async fn attempt(
        &self,
        order_id: &str,
        id: &str,
    ) -> Result<Option<Attempt>, StoreError> {
        let row = sqlx::query("SELECT * FROM attempts WHERE order_id = $1 AND id = $2")
            .bind(order_id)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The attempt of an order that `resume_token` was made for.
    pub(crate) async fn attempt_to_resume(
        &self,
        order_id: &str,
        resume_token: &str,
    ) -> Result<Option<Attempt>, StoreError> {
        let row = sqlx::query("SELECT * FROM attempts WHERE order_id = $1 AND resume_token = $2")
            .bind(order_id)
            .bind(resume_token)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// All attempts of an order, oldest first.
    pub(crate) async fn attempts_of(&self, order_id: &str) -> Result<Vec<Attempt>, StoreError> {
        sqlx::query("SELECT * FROM attempts WHERE order_id = $1 ORDER BY seq")
            .bind(order_id)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// Attempts the gateway should be asked about now. One that can't be read doesn't keep
    /// the others waiting.
    pub(crate) async fn due(&self, limit: i64) -> Result<Vec<Due>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM attempts WHERE next_ask_at <= $1 AND (phase IN \
             ('creating', 'action', 'processing', 'unknown', 'undoing') OR watch_until > $1) \
             ORDER BY next_ask_at LIMIT $2",
        )
        .bind(now_ms())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| match read(row) {
                Ok(attempt) => Ok(Due::Attempt(Box::new(attempt))),
                Err(error) => Ok(Due::Unreadable {
                    order: text(row, "order_id")?,
                    id: text(row, "id")?,
                    column: column_of(&error).ok_or(error)?,
                }),
            })
            .collect()
    }

    /// Sets when an attempt is looked at again, whatever it is.
    pub(crate) async fn postpone(
        &self,
        order_id: &str,
        id: &str,
        at: i64,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE attempts SET next_ask_at = $3 WHERE order_id = $1 AND id = $2")
            .bind(order_id)
            .bind(id)
            .bind(at)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Takes the next question about an attempt, so that nobody else asks it: true for one
    /// caller only. `until` is when it may be asked again.
    pub(crate) async fn take_ask(&self, attempt: &Attempt, until: i64) -> Result<bool, StoreError> {
        let taken = sqlx::query(
            "UPDATE attempts SET asks = asks + 1, asked_at = $4, next_ask_at = $5 \
             WHERE order_id = $1 AND id = $2 AND asks = $3",
        )
        .bind(attempt.order_id.as_str())
        .bind(attempt.id.as_str())
        .bind(attempt.asks)
        .bind(now_ms())
        .bind(until)
        .execute(&self.pool)
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Notes that the gateway is being asked about an attempt.
    pub(crate) async fn asked(&self, attempt: &Attempt) -> Result<(), StoreError> {
        sqlx::query("UPDATE attempts SET asked_at = $3 WHERE order_id = $1 AND id = $2")
            .bind(attempt.order_id.as_str())
            .bind(attempt.id.as_str())
            .bind(now_ms())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Sets when an attempt is asked about next, if nothing came of the last question.
    pub(crate) async fn ask_again_at(&self, attempt: &Attempt, at: i64) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE attempts SET next_ask_at = $4 \
             WHERE order_id = $1 AND id = $2 AND phase = $3",
        )
        .bind(attempt.order_id.as_str())
        .bind(attempt.id.as_str())
        .bind(attempt.phase.name())
        .bind(at)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that a search for an attempt's payment came up empty; the first time counts.
    pub(crate) async fn found_nothing(&self, attempt: &Attempt) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE attempts SET quiet_since = $3 \
             WHERE order_id = $1 AND id = $2 AND quiet_since = 0",
        )
        .bind(attempt.order_id.as_str())
        .bind(attempt.id.as_str())
        .bind(now_ms())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets an attempt's token: it is spent or refused.
    pub(crate) async fn drop_token(&self, attempt: &Attempt) -> Result<(), StoreError> {
        sqlx::query("UPDATE attempts SET token = '' WHERE order_id = $1 AND id = $2")
            .bind(attempt.order_id.as_str())
            .bind(attempt.id.as_str())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Hands out another attempt id for the next payment, unless the last one was never used: a
/// caller may have named its attempt itself, and who still holds the unused id must hear of it
/// if the order changes.
pub(super) async fn rotate(
    tx: &mut Transaction<'_, Any>,
    order_id: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE orders SET updated_at = $3, next_attempt = CASE WHEN EXISTS \
         (SELECT 1 FROM attempts WHERE attempts.order_id = orders.id \
         AND attempts.id = orders.next_attempt) THEN $2 ELSE next_attempt END WHERE id = $1",
    )
    .bind(order_id)
    .bind(uuid::Uuid::new_v4().to_string())
    .bind(now_ms())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
