//! The outbox: events for shops, until they are taken.

use serde_json::json;
use sqlx::{Any, Transaction, any::AnyRow};

use super::{Happening, Store, StoreError, What, history, known, now_ms, number, text};
use crate::server::{
    events::{Told, body},
    order::Order,
    random,
};

/// How far an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventState {
    /// To be sent.
    Pending,
    /// The shop took it.
    Sent,
    /// Given up; kept until somebody sends it again.
    Dead,
}

impl EventState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Dead => "dead",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Sent, Self::Dead]
            .into_iter()
            .find(|state| state.name() == text)
    }
}

/// An event as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) org: String,
    pub(crate) order_id: String,
    pub(crate) kind: String,
    pub(crate) body: String,
    pub(crate) state: EventState,
    /// How often it was tried before.
    pub(crate) tries: i64,
    pub(crate) problem: String,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// What became of a delivery.
#[derive(Clone, Debug)]
pub(crate) enum After {
    Sent,
    Again { at: i64, problem: String },
    Dead { problem: String },
}

pub(super) fn read(row: &AnyRow) -> Result<Event, StoreError> {
    Ok(Event {
        id: text(row, "id")?,
        org: text(row, "org")?,
        order_id: text(row, "order_id")?,
        kind: text(row, "kind")?,
        body: text(row, "body")?,
        state: known(EventState::parse(&text(row, "state")?), "state")?,
        tries: number(row, "tries")?,
        problem: text(row, "problem")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

impl Store {
    /// Writes an event down in the transaction that makes it true, under the order's lock.
    /// Nothing is written for shops that want no events.
    pub(super) async fn queue(
        &self,
        tx: &mut Transaction<'_, Any>,
        order: &Order,
        told: Told,
    ) -> Result<(), StoreError> {
        if !self.events_for.contains(&order.org) {
            return Ok(());
        }
        let now = now_ms();
        let id = format!("whk_{}", random::text(26));
        let last =
            sqlx::query("SELECT COALESCE(MAX(seq), 0) AS seq FROM events WHERE order_id = $1")
                .bind(order.id.as_str())
                .fetch_one(&mut **tx)
                .await?;
        sqlx::query(
            "INSERT INTO events (id, org, order_id, seq, kind, body, state, tries, next_try_at, \
             problem, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, 'pending', 0, $7, '', $7, $7)",
        )
        .bind(id.as_str())
        .bind(order.org.as_str())
        .bind(order.id.as_str())
        .bind(number(&last, "seq")? + 1)
        .bind(told.kind.name())
        .bind(body(&id, order, told, now))
        .bind(now)
        .execute(&mut **tx)
        .await?;
        let happening = Happening {
            order_id: &order.id,
            what: What::EventQueued,
            attempt: None,
            req_id: None,
            detail: json!({ "event": id, "type": told.kind.name(), "status": told.status }),
        };
        history::write(&mut **tx, &happening).await
    }

    /// Events to be sent now: of each order the first that is not taken or given up.
    pub(crate) async fn events_due(&self, limit: usize) -> Result<Vec<Event>, StoreError> {
        sqlx::query(
            "SELECT * FROM events WHERE state = 'pending' AND next_try_at <= $1 \
             AND NOT EXISTS (SELECT 1 FROM events AS before WHERE before.order_id = events.order_id \
             AND before.seq < events.seq AND before.state = 'pending') \
             ORDER BY next_try_at LIMIT $2",
        )
        .bind(now_ms())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// Takes an event to send it: true for one caller only, who has time until `until`.
    pub(crate) async fn take_event(&self, event: &Event, until: i64) -> Result<bool, StoreError> {
        let taken = sqlx::query(
            "UPDATE events SET tries = tries + 1, next_try_at = $3 \
             WHERE id = $1 AND tries = $2 AND state = 'pending' AND next_try_at <= $4",
        )
        .bind(event.id.as_str())
        .bind(event.tries)
        .bind(until)
        .bind(now_ms())
        .execute(&self.pool)
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Writes down what became of a delivery. A shop that took it has taken it, whatever
    /// another server learnt since.
    pub(crate) async fn event_tried(&self, event: &Event, after: &After) -> Result<(), StoreError> {
        let (state, at, problem) = match after {
            After::Sent => (EventState::Sent, 0, ""),
            After::Again { at, problem } => (EventState::Pending, *at, problem.as_str()),
            After::Dead { problem } => (EventState::Dead, 0, problem.as_str()),
        };
        let mut tx = self.pool.begin().await?;
        sqlx::query(
            "UPDATE events SET state = $3, next_try_at = $4, problem = $5, updated_at = $6 \
             WHERE id = $1 AND state <> 'sent' AND ($3 = 'sent' OR tries = $2)",
        )
        .bind(event.id.as_str())
        .bind(event.tries + 1)
        .bind(state.name())
        .bind(at)
        .bind(problem)
        .bind(now_ms())
        .execute(&mut *tx)
        .await?;
        let mut detail = json!({
            "event": event.id,
            "type": event.kind,
            "try": event.tries + 1,
            "came": match after {
                After::Sent => "delivered",
                After::Again { .. } => "put off",
                After::Dead { .. } => "given up",
            },
        });
        if !problem.is_empty() {
            detail["problem"] = json!(problem);
        }
        let happening = Happening {
            order_id: &event.order_id,
            what: What::EventSent,
            attempt: None,
            req_id: None,
            detail,
        };
        history::write(&mut *tx, &happening).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The newest events of a shop in `state`, newest first.
    pub(crate) async fn events(
        &self,
        org: &str,
        state: EventState,
    ) -> Result<Vec<Event>, StoreError> {
        sqlx::query(
            "SELECT * FROM events WHERE org = $1 AND state = $2 \
             ORDER BY created_at DESC, id LIMIT 100",
        )
        .bind(org)
        .bind(state.name())
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// Has a dead letter of `org` sent again; false if there is no such.
    pub(crate) async fn retry_event(&self, org: &str, id: &str) -> Result<bool, StoreError> {
        let now = now_ms();
        let again = sqlx::query(
            "UPDATE events SET state = 'pending', tries = 0, next_try_at = $3, updated_at = $3 \
             WHERE org = $1 AND id = $2 AND state = 'dead'",
        )
        .bind(org)
        .bind(id)
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(again.rows_affected() == 1)
    }
}
