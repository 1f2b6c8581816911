//! Reports of the gateway: kept before they are acknowledged, followed once.

use sqlx::any::AnyRow;

use super::{Store, StoreError, attempts::read as read_attempt, now_ms, number, optional, text};
use crate::{
    provider::checkout_com::{PaymentId, webhook::Webhook},
    server::attempt::Attempt,
};

/// The gateway repeats a report for 31 hours at most; ids are kept longer.
const KEPT_MS: i64 = 48 * 3_600_000;
/// A report that was followed is not followed again within this time.
const QUIET_MS: i64 = 60_000;
/// Whoever asks because of a report has this long; the settler comes after that.
const LEASE_MS: i64 = 30_000;

/// A report that the gateway is to be asked about.
#[derive(Clone, Debug)]
pub(crate) struct News {
    pub(crate) org: String,
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) order_id: String,
    pub(crate) attempt: String,
    pub(crate) payment: Option<PaymentId>,
    /// How often the gateway was asked because of it.
    pub(crate) asks: i64,
}

/// What became of a report that came in.
#[derive(Debug)]
pub(crate) enum Stored {
    /// To be followed, by the caller and nobody else.
    Follow(Box<News>),
    /// It came before, and was or is being followed.
    Known,
}

fn read(row: &AnyRow) -> Result<News, StoreError> {
    Ok(News {
        org: text(row, "org")?,
        id: text(row, "id")?,
        kind: text(row, "kind")?,
        order_id: text(row, "order_id")?,
        attempt: text(row, "attempt")?,
        payment: optional(row, "payment")?
            .as_deref()
            .and_then(PaymentId::parse),
        asks: number(row, "asks")?,
    })
}

impl Store {
    /// The attempt of `org` that a report is about: by reference, else by the gateway's payment.
    pub(crate) async fn attempt_of_webhook(
        &self,
        org: &str,
        webhook: &Webhook,
    ) -> Result<Option<Attempt>, StoreError> {
        if let Some(reference) = &webhook.reference {
            let row = sqlx::query("SELECT * FROM attempts WHERE org = $1 AND reference = $2")
                .bind(org)
                .bind(reference.as_str())
                .fetch_optional(&self.pool)
                .await?;
            if let Some(row) = row {
                return read_attempt(&row).map(Some);
            }
        }
        let Some(payment) = &webhook.payment else {
            return Ok(None);
        };
        let row = sqlx::query("SELECT * FROM attempts WHERE org = $1 AND gateway_payment_id = $2")
            .bind(org)
            .bind(payment.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read_attempt).transpose()
    }

    /// Keeps a report about `attempt`. From here on it is followed, also after a crash.
    pub(crate) async fn keep_webhook(
        &self,
        attempt: &Attempt,
        webhook: &Webhook,
    ) -> Result<Stored, StoreError> {
        let now = now_ms();
        let mut tx = self.pool.begin().await?;
        // The first statement writes: a repeat at the same time waits here for the first.
        let fresh = sqlx::query(
            "INSERT INTO webhooks (org, id, kind, order_id, attempt, payment, received_at, \
             repeats, asks, next_ask_at, done_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 1, $8, 0) ON CONFLICT DO NOTHING",
        )
        .bind(attempt.org.as_str())
        .bind(webhook.id.as_str())
        .bind(webhook.kind.as_str())
        .bind(attempt.order_id.as_str())
        .bind(attempt.id.as_str())
        .bind(webhook.payment.as_ref().map_or("", PaymentId::as_str))
        .bind(now)
        .bind(now + LEASE_MS)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        let follow = fresh == 1
            || sqlx::query(
                "UPDATE webhooks SET repeats = repeats + 1 WHERE org = $1 AND id = $2",
            )
            .bind(attempt.org.as_str())
            .bind(webhook.id.as_str())
            .execute(&mut *tx)
            .await?
            .rows_affected()
                == 1
                // One that was not answered for is followed at its next time, by the settler or
                // by whoever comes first; one that was, not before the quiet time is over.
                && sqlx::query(
                    "UPDATE webhooks SET asks = asks + 1, next_ask_at = $3, done_at = 0 \
                     WHERE org = $1 AND id = $2 AND ((done_at = 0 AND next_ask_at <= $4) \
                     OR (done_at > 0 AND done_at <= $5))",
                )
                .bind(attempt.org.as_str())
                .bind(webhook.id.as_str())
                .bind(now + LEASE_MS)
                .bind(now)
                .bind(now - QUIET_MS)
                .execute(&mut *tx)
                .await?
                .rows_affected()
                    == 1;
        let row = sqlx::query("SELECT * FROM webhooks WHERE org = $1 AND id = $2")
            .bind(attempt.org.as_str())
            .bind(webhook.id.as_str())
            .fetch_one(&mut *tx)
            .await?;
        let news = read(&row)?;
        tx.commit().await?;
        Ok(if follow {
            Stored::Follow(Box::new(news))
        } else {
            Stored::Known
        })
    }

    /// Reports that nobody has got an answer for and nobody is asking about.
    pub(crate) async fn webhooks_due(&self, limit: i64) -> Result<Vec<News>, StoreError> {
        sqlx::query(
            "SELECT * FROM webhooks WHERE done_at = 0 AND next_ask_at <= $1 \
             ORDER BY next_ask_at LIMIT $2",
        )
        .bind(now_ms())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// Takes a due report to follow it: true for one caller only.
    pub(crate) async fn take_webhook(&self, news: &News) -> Result<bool, StoreError> {
        let now = now_ms();
        let taken = sqlx::query(
            "UPDATE webhooks SET asks = asks + 1, next_ask_at = $4 \
             WHERE org = $1 AND id = $2 AND asks = $3 AND done_at = 0 AND next_ask_at <= $5",
        )
        .bind(news.org.as_str())
        .bind(news.id.as_str())
        .bind(news.asks)
        .bind(now + LEASE_MS)
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// The gateway's answer is in: the report is done with.
    pub(crate) async fn webhook_done(&self, news: &News) -> Result<(), StoreError> {
        sqlx::query("UPDATE webhooks SET done_at = $3 WHERE org = $1 AND id = $2")
            .bind(news.org.as_str())
            .bind(news.id.as_str())
            .bind(now_ms())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The gateway gave no answer: it is asked again at `at`.
    pub(crate) async fn webhook_again(&self, news: &News, at: i64) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE webhooks SET next_ask_at = $3 WHERE org = $1 AND id = $2 AND done_at = 0",
        )
        .bind(news.org.as_str())
        .bind(news.id.as_str())
        .bind(at)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets reports that can't come again. Of one that nobody got an answer for an operator
    /// is told first.
    pub(crate) async fn forget_webhooks(&self) -> Result<(), StoreError> {
        let before = now_ms() - KEPT_MS;
        let lost = sqlx::query("SELECT * FROM webhooks WHERE received_at < $1 AND done_at = 0")
            .bind(before)
            .fetch_all(&self.pool)
            .await?;
        for row in &lost {
            let news = read(row)?;
            let why = format!(
                "the gateway reported {} and gave no answer about it for two days: look at the \
                 payment there",
                news.kind
            );
            self.operator_needed(&news.order_id, Some(&news.attempt), &why)
                .await?;
        }
        sqlx::query("DELETE FROM webhooks WHERE received_at < $1")
            .bind(before)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
