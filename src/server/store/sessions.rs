//! Sessions: found by their secret, given up, and the origins they admit.

use serde_json::json;
use sqlx::{AnyConnection, Row, any::AnyRow};

use super::{
    Store, StoreError,
    history::{self, Happening, What},
    known, number, orders, text,
};
use crate::server::order::{Order, Session, Settled, parse_mode};

fn read(row: &AnyRow) -> Result<Session, StoreError> {
    Ok(Session {
        id: text(row, "id")?,
        order_id: text(row, "order_id")?,
        mode: known(parse_mode(&text(row, "mode")?), "mode")?,
        success_url: text(row, "success_url")?,
        cancel_url: text(row, "cancel_url")?,
        language: text(row, "language")?,
        parent_origins: known(
            serde_json::from_str(&text(row, "parent_origins")?).ok(),
            "parent_origins",
        )?,
        cancelled: number(row, "cancelled")? == 1,
        expires_at: number(row, "expires_at")?,
    })
}

pub(super) async fn of_order(
    connection: &mut AnyConnection,
    order_id: &str,
) -> Result<Vec<Session>, StoreError> {
    sqlx::query("SELECT * FROM sessions WHERE order_id = $1 ORDER BY created_at, id")
        .bind(order_id)
        .fetch_all(connection)
        .await?
        .iter()
        .map(read)
        .collect()
}

impl Store {
    /// The session `id` with its order.
    pub(crate) async fn session(&self, id: &str) -> Result<Option<(Session, Order)>, StoreError> {
        let Some(row) = sqlx::query("SELECT * FROM sessions WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?
        else {
            return Ok(None);
        };
        let session = read(&row)?;
        let order = sqlx::query("SELECT * FROM orders WHERE id = $1")
            .bind(session.order_id.as_str())
            .fetch_one(&self.pool)
            .await?;
        Ok(Some((session, orders::read(&order)?)))
    }

    /// All sessions of an order, oldest first.
    pub(crate) async fn sessions_of(&self, order_id: &str) -> Result<Vec<Session>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        of_order(&mut connection, order_id).await
    }

    /// Gives a session up, unless the order is paid or an attempt is open. Says whether it did.
    pub(crate) async fn cancel_session(&self, session: &Session) -> Result<bool, StoreError> {
        let mut tx = self.pool.begin().await?;
        let Some(order) = orders::lock(&mut tx, &session.order_id).await? else {
            return Ok(false);
        };
        let open: i64 =
            sqlx::query("SELECT COUNT(*) AS n FROM attempts WHERE order_id = $1 AND is_open = 1")
                .bind(session.order_id.as_str())
                .fetch_one(&mut *tx)
                .await?
                .try_get("n")?;
        if open > 0 || order.settled != Settled::Open {
            return Ok(false);
        }
        sqlx::query("UPDATE sessions SET cancelled = 1 WHERE id = $1")
            .bind(session.id.as_str())
            .execute(&mut *tx)
            .await?;
        let happening = Happening {
            order_id: &session.order_id,
            what: What::SessionCancelled,
            attempt: None,
            req_id: None,
            detail: json!({ "session": session.cut() }),
        };
        history::write(&mut *tx, &happening).await?;
        self.close_if_over(&mut tx, &order).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Whether a session of `org` that ends after `after` lists `origin`.
    pub(crate) async fn admits(
        &self,
        org: &str,
        origin: &str,
        after: i64,
    ) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT session_id FROM session_origins \
             WHERE org = $1 AND origin = $2 AND expires_at > $3 LIMIT 1",
        )
        .bind(org)
        .bind(origin)
        .bind(after)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.is_some())
    }
}
