//! What is told of FunnelFox's payments from outside: its reports, and the operator's word.

use crate::{
    provider::funnelfox::Report,
    server::{
        attempt::{Attempt, OperatorSays, Phase},
        gateway::Settle,
        order::Order,
        store::{Store, StoreError, now_ms, number, text},
    },
};

impl Store {
    /// Notes how the attempt that waits for such a word ended; whoever looks after attempts
    /// takes it from there. False if there is none.
    pub(crate) async fn operator_says(
        &self,
        order_id: &str,
        says: OperatorSays,
    ) -> Result<bool, StoreError> {
        let attempts = self.attempts_of(order_id).await?;
        let waits = |attempt: &&Attempt| attempt.gateway.settle() == Settle::ByReport;
        let open = |attempt: &&Attempt| attempt.phase.may_pay();
        let back = |attempt: &&Attempt| {
            attempt.phase == Phase::Undoing && says == OperatorSays::NotCharged
        };
        let mut waiting = attempts.iter().filter(waits);
        let attempt = waiting.clone().find(open).or_else(|| waiting.find(back));
        let Some(attempt) = attempt else {
            return Ok(false);
        };
        sqlx::query(
            "UPDATE attempts SET operator_says = $3, next_ask_at = 0 \
             WHERE order_id = $1 AND id = $2",
        )
        .bind(order_id)
        .bind(attempt.id.as_str())
        .bind(says.name())
        .execute(&self.pool)
        .await?;
        Ok(true)
    }

    /// The order of `org` that a report is about: by the order there, as it was sent or named,
    /// else by our own order's id that went along.
    pub(crate) async fn order_of_report(
        &self,
        org: &str,
        report: &Report,
    ) -> Result<Option<Order>, StoreError> {
        let row = sqlx::query(
            "SELECT order_id FROM attempts WHERE org = $1 AND gateway = 'funnelfox' \
             AND (gateway_order = $2 OR gateway_payment_id = $2) \
             UNION SELECT order_id FROM funnelfox_sessions \
             WHERE org = $1 AND gateway_order = $2 LIMIT 1",
        )
        .bind(org)
        .bind(report.order.as_str())
        .fetch_optional(&self.pool)
        .await?;
        let id = match (row, &report.checkout_order) {
            (Some(row), _) => text(&row, "order_id")?,
            (None, Some(own)) => own.clone(),
            (None, None) => return Ok(None),
        };
        let order = self.order(org, &id).await?;
        Ok(order.filter(|order| order.buyer.is_some()))
    }

    /// Whether a report came before; `settled` reports of the same order with other ids are
    /// counted beside.
    pub(crate) async fn report_known(
        &self,
        org: &str,
        report: &Report,
    ) -> Result<(bool, i64), StoreError> {
        let known = sqlx::query("SELECT id FROM webhooks WHERE org = $1 AND id = $2")
            .bind(org)
            .bind(report_id(report))
            .fetch_optional(&self.pool)
            .await?
            .is_some();
        let row = sqlx::query(
            "SELECT COUNT(*) AS n FROM webhooks \
             WHERE org = $1 AND payment = $2 AND kind = 'funnelfox settled' AND id <> $3",
        )
        .bind(org)
        .bind(report.order.as_str())
        .bind(report_id(report))
        .fetch_one(&self.pool)
        .await?;
        Ok((known, number(&row, "n")?))
    }

    /// Keeps a report that has had its effect, so that a repeat has none.
    pub(crate) async fn keep_report(
        &self,
        order: &Order,
        attempt: &str,
        report: &Report,
        kind: &str,
    ) -> Result<(), StoreError> {
        let now = now_ms();
        sqlx::query(
            "INSERT INTO webhooks (org, id, kind, order_id, attempt, payment, received_at, \
             repeats, asks, next_ask_at, done_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $7, $7) \
             ON CONFLICT (org, id) DO UPDATE SET repeats = webhooks.repeats + 1",
        )
        .bind(order.org.as_str())
        .bind(report_id(report))
        .bind(kind)
        .bind(order.id.as_str())
        .bind(attempt)
        .bind(report.order.as_str())
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// Its name among the reports of all gateways.
fn report_id(report: &Report) -> String {
    format!("funnelfox/{}", report.id)
}
