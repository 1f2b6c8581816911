//! What is kept of FunnelFox: an order's client session, what was sent, what was resumed.

mod told;

use serde_json::json;
use sqlx::{Any, Transaction};

use super::{
    Store, StoreError, attempts,
    history::{self, Happening, What},
    known, now_ms, number, orders, text,
};
use crate::{
    provider::funnelfox::ClientToken,
    sensitive::Sensitive,
    server::{
        attempt::{Attempt, Phase},
        order::Order,
    },
};

/// What could not be passed on is tried again after this time.
const PUT_BACK_MS: i64 = 2_000;

/// An order's checkout there.
#[derive(Clone, Debug)]
pub(crate) struct ClientSession {
    /// The order's id there, as last told.
    pub(crate) gateway_order: String,
    /// Primer's client token, a JWT.
    pub(crate) client_token: Sensitive<String>,
    /// Unix seconds; 0 if it isn't told.
    pub(crate) ends_at: i64,
}

impl ClientSession {
    /// What `token` opens.
    pub(crate) fn of(order: String, jwt: Sensitive<String>, token: &ClientToken) -> Self {
        Self {
            gateway_order: order,
            client_token: jwt,
            ends_at: token.ends.unwrap_or(0),
        }
    }

    /// Whether it lasts for another `seconds` from `now`, in Unix seconds.
    pub(crate) fn lasts(&self, now: i64, seconds: i64) -> bool {
        self.ends_at == 0 || self.ends_at > now + seconds
    }
}

/// Keeps an order's client session in place of any other.
async fn keep(
    tx: &mut Transaction<'_, Any>,
    order: &Order,
    session: &ClientSession,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO funnelfox_sessions (order_id, org, gateway_order, client_token, ends_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (order_id) DO UPDATE SET \
         gateway_order = $3, client_token = $4, ends_at = $5",
    )
    .bind(order.id.as_str())
    .bind(order.org.as_str())
    .bind(session.gateway_order.as_str())
    // EXPOSE: kept for the shopper's browser, which gets what is inside.
    .bind(session.client_token.expose().as_str())
    .bind(session.ends_at)
    .execute(&mut **tx)
    .await?;
    let happening = Happening {
        order_id: &order.id,
        what: What::GatewayCalled,
        attempt: None,
        req_id: None,
        detail: json!({
            "call": "POST create_client_session",
            "takenFor": format!("opened {}", session.gateway_order),
        }),
    };
    history::write(&mut **tx, &happening).await
}

/// Whether an attempt of the order may still pay: what it was made with must stay.
async fn is_busy(tx: &mut Transaction<'_, Any>, order_id: &str) -> Result<bool, StoreError> {
    let attempts = attempts::all(tx, order_id).await?;
    Ok(attempts.iter().any(Attempt::is_open))
}

/// Keeps a client session that was opened for a new checkout.
pub(super) async fn keep_first(
    tx: &mut Transaction<'_, Any>,
    order: &Order,
    session: &ClientSession,
) -> Result<(), StoreError> {
    if is_busy(tx, &order.id).await? {
        return Ok(());
    }
    keep(tx, order, session).await
}

/// The client session belongs to terms that have changed.
pub(super) async fn forget(
    tx: &mut Transaction<'_, Any>,
    order_id: &str,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM funnelfox_sessions WHERE order_id = $1")
        .bind(order_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// An answer named another order: calls go there from now on (trap 4).
pub(super) async fn renamed(
    tx: &mut Transaction<'_, Any>,
    order_id: &str,
    gateway_order: &str,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE funnelfox_sessions SET gateway_order = $2 WHERE order_id = $1")
        .bind(order_id)
        .bind(gateway_order)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

impl Store {
    /// The client session of an order.
    pub(crate) async fn client_session(
        &self,
        order_id: &str,
    ) -> Result<Option<ClientSession>, StoreError> {
        let row = sqlx::query("SELECT * FROM funnelfox_sessions WHERE order_id = $1")
            .bind(order_id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| {
            Ok(ClientSession {
                gateway_order: text(&row, "gateway_order")?,
                client_token: Sensitive::new(text(&row, "client_token")?),
                ends_at: number(&row, "ends_at")?,
            })
        })
        .transpose()
    }

    /// The order of `org` with the shop's `reference`.
    pub(crate) async fn order_of_reference(
        &self,
        org: &str,
        reference: &str,
    ) -> Result<Option<Order>, StoreError> {
        let row = sqlx::query("SELECT * FROM orders WHERE org = $1 AND reference = $2")
            .bind(org)
            .bind(reference)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(orders::read).transpose()
    }

    /// Keeps a client session that was opened anew, unless an attempt is open or the order's
    /// terms have changed meanwhile. Whoever comes first with one that lasts wins.
    pub(crate) async fn keep_client_session(
        &self,
        order: &Order,
        old: Option<&ClientSession>,
        session: &ClientSession,
    ) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        let current = known(orders::lock(&mut tx, &order.id).await?, "order_id")?;
        let row = sqlx::query("SELECT gateway_order FROM funnelfox_sessions WHERE order_id = $1")
            .bind(order.id.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let kept = row
            .as_ref()
            .map(|row| text(row, "gateway_order"))
            .transpose()?;
        let same_terms = current.buyer == order.buyer && current.total == order.total;
        let unchanged = kept.as_deref() == old.map(|old| old.gateway_order.as_str());
        if same_terms && unchanged && !is_busy(&mut tx, &order.id).await? {
            keep(&mut tx, order, session).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Drops a client session that FunnelFox does not know any more: the next state opens one.
    pub(crate) async fn forget_client_session(&self, order_id: &str) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        forget(&mut tx, order_id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes down that the charge goes to `gateway_order` now. False if the attempt is no longer
    /// about to be made: then nothing may be sent.
    pub(crate) async fn sending(
        &self,
        attempt: &Attempt,
        gateway_order: &str,
        lease_ms: i64,
    ) -> Result<bool, StoreError> {
        let sent = sqlx::query(
            "UPDATE attempts SET gateway_order = $3, next_ask_at = $4 \
             WHERE order_id = $1 AND id = $2 AND phase = 'creating' AND gateway_order = ''",
        )
        .bind(attempt.order_id.as_str())
        .bind(attempt.id.as_str())
        .bind(gateway_order)
        .bind(now_ms() + lease_ms)
        .execute(&self.pool)
        .await?;
        Ok(sent.rows_affected() == 1)
    }

    /// Takes the resume token with this hash to pass it on: true for one caller only, and only
    /// while the attempt's question `action` is the open one. From here on the gateway is
    /// called, as for a new attempt.
    pub(crate) async fn take_resume(
        &self,
        attempt: &Attempt,
        action: &Sensitive<String>,
        hash: &str,
        lease_ms: i64,
    ) -> Result<bool, StoreError> {
        let now = now_ms();
        let mut tx = self.pool.begin().await?;
        known(orders::lock(&mut tx, &attempt.order_id).await?, "order_id")?;
        let taken = sqlx::query(
            "UPDATE attempts SET phase = 'creating', action_token = '', next_ask_at = $4, \
             updated_at = $5 WHERE order_id = $1 AND id = $2 AND action_token = $3 \
             AND phase IN ('action', 'processing')",
        )
        .bind(attempt.order_id.as_str())
        .bind(attempt.id.as_str())
        // EXPOSE: compared with the kept one.
        .bind(action.expose().as_str())
        .bind(now + lease_ms)
        .bind(now)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if taken != 1 {
            return Ok(false);
        }
        let fresh = sqlx::query(
            "INSERT INTO resumes (order_id, hash, attempt) VALUES ($1, $2, $3) \
             ON CONFLICT DO NOTHING",
        )
        .bind(attempt.order_id.as_str())
        .bind(hash)
        .bind(attempt.id.as_str())
        .execute(&mut *tx)
        .await?
        .rows_affected();
        // One that was passed on before is not passed on again.
        if fresh != 1 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Undoes [`Store::take_resume`]: the token was never passed on.
    pub(crate) async fn put_back(
        &self,
        attempt: &Attempt,
        action: &Sensitive<String>,
        hash: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        known(orders::lock(&mut tx, &attempt.order_id).await?, "order_id")?;
        sqlx::query(
            "UPDATE attempts SET phase = 'processing', action_token = $3, next_ask_at = $4 \
             WHERE order_id = $1 AND id = $2 AND phase = 'creating'",
        )
        .bind(attempt.order_id.as_str())
        .bind(attempt.id.as_str())
        // EXPOSE: kept so that the challenge goes on.
        .bind(action.expose().as_str())
        .bind(now_ms() + PUT_BACK_MS)
        .execute(&mut *tx)
        .await?;
        sqlx::query("DELETE FROM resumes WHERE order_id = $1 AND hash = $2")
            .bind(attempt.order_id.as_str())
            .bind(hash)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The attempt of an order that the resume token with this hash was passed on for.
    pub(crate) async fn attempt_resumed(
        &self,
        order_id: &str,
        hash: &str,
    ) -> Result<Option<Attempt>, StoreError> {
        let row = sqlx::query("SELECT attempt FROM resumes WHERE order_id = $1 AND hash = $2")
            .bind(order_id)
            .bind(hash)
            .fetch_optional(&self.pool)
            .await?;
        match row {
            Some(row) => self.attempt(order_id, &text(&row, "attempt")?).await,
            None => Ok(None),
        }
    }

    /// The shopper has left the bank's page. The attempt stays open: nobody can say that it is
    /// over. What the bank makes of it is looked for from now on.
    pub(crate) async fn leave_question(&self, attempt: &Attempt) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        let left = sqlx::query(
            "UPDATE attempts SET phase = 'processing', returned = 1, next_ask_at = $3 \
             WHERE order_id = $1 AND id = $2 AND phase = 'action'",
        )
        .bind(attempt.order_id.as_str())
        .bind(attempt.id.as_str())
        .bind(now_ms())
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if left == 1 {
            let happening = Happening {
                order_id: &attempt.order_id,
                what: What::AttemptDecided,
                attempt: Some(&attempt.id),
                req_id: None,
                detail: json!({
                    "from": Phase::Action.name(),
                    "to": Phase::Processing.name(),
                    "why": "the shopper left the bank's page; the bank may still approve, and \
                            the gateway can't be told to stop",
                }),
            };
            history::write(&mut *tx, &happening).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
