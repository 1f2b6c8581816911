//! Calls of `one_click`: each makes one order, and a repeat finds the order of the first.

use sqlx::{Any, Transaction};

use super::{
    NewCheckout, Store, StoreError, attempts, checkouts, known, now_ms, number, orders, sessions,
    text,
};
use crate::server::{
    attempt::Phase,
    order::{Door, Order},
};

/// Two equal calls without a name are one call if they are not further apart than this.
const WINDOW_MS: i64 = 24 * 3_600_000;

/// What makes another call the same one.
#[derive(Clone, Debug)]
pub(crate) struct Click {
    pub(crate) org: String,
    /// Hash of the caller's name for the call or, without one, of what it asks for.
    pub(crate) identity: String,
    /// Hash of what it asks for.
    pub(crate) fingerprint: String,
    /// Whether the caller gave it a name: then it is the same call for good.
    pub(crate) is_named: bool,
}

/// What is known of it.
#[derive(Clone, Debug)]
pub(crate) enum Clicked {
    /// Its order; whether that has an attempt yet is another question.
    Order(Box<Order>),
    /// The name was used for something else.
    OtherBody,
}

impl Store {
    /// The order of `click`: that of an earlier same call, or `new`. `None` if there is neither.
    pub(crate) async fn click(
        &self,
        click: &Click,
        new: Option<&NewCheckout>,
    ) -> Result<Option<Clicked>, StoreError> {
        let now = now_ms();
        let mut tx = self.pool.begin().await?;
        if new.is_some() {
            // The first statement writes: a same call at the same time waits here.
            sqlx::query(
                "INSERT INTO one_clicks (org, identity, fingerprint, order_id, created_at, locks) \
                 VALUES ($1, $2, $3, '', $4, 0) \
                 ON CONFLICT (org, identity) DO UPDATE SET locks = one_clicks.locks + 1",
            )
            .bind(click.org.as_str())
            .bind(click.identity.as_str())
            .bind(click.fingerprint.as_str())
            .bind(now)
            .execute(&mut *tx)
            .await?;
        }
        let row = sqlx::query("SELECT * FROM one_clicks WHERE org = $1 AND identity = $2")
            .bind(click.org.as_str())
            .bind(click.identity.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(row) = row {
            if text(&row, "fingerprint")? != click.fingerprint {
                return Ok(Some(Clicked::OtherBody));
            }
            let made_at = number(&row, "created_at")?;
            if let Some(order) = order(&mut tx, &text(&row, "order_id")?).await?
                && (click.is_named || still_counts(&mut tx, &order, made_at, now).await?)
            {
                return Ok(Some(Clicked::Order(Box::new(order))));
            }
        }
        let Some(new) = new else {
            return Ok(None);
        };
        let order = checkouts::upsert(&mut tx, new, now).await?;
        self.add_session(&mut tx, &order, new, now).await?;
        sqlx::query(
            "UPDATE one_clicks SET order_id = $3, created_at = $4 \
             WHERE org = $1 AND identity = $2",
        )
        .bind(click.org.as_str())
        .bind(click.identity.as_str())
        .bind(order.id.as_str())
        .bind(now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Some(Clicked::Order(Box::new(order))))
    }
}

async fn order(tx: &mut Transaction<'_, Any>, id: &str) -> Result<Option<Order>, StoreError> {
    if id.is_empty() {
        return Ok(None);
    }
    let row = sqlx::query("SELECT * FROM orders WHERE id = $1")
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    let row = known(row, "order_id")?;
    orders::read(&row).map(Some)
}

/// Whether an equal call without a name is the same call: as long as the first may still charge,
/// and within the window if it has or was never made. After a clear failure it is a new try.
async fn still_counts(
    tx: &mut Transaction<'_, Any>,
    order: &Order,
    made_at: i64,
    now: i64,
) -> Result<bool, StoreError> {
    let attempts = attempts::all(tx, &order.id).await?;
    if attempts.iter().any(|attempt| attempt.phase.may_pay()) {
        return Ok(true);
    }
    // A time to come is that of a call that began later and was quicker, or of another clock.
    if now - made_at >= WINDOW_MS {
        return Ok(false);
    }
    if attempts.is_empty() {
        let sessions = sessions::of_order(&mut *tx, &order.id).await?;
        return Ok(Door::of(&sessions, now) == Door::Open);
    }
    Ok(attempts
        .iter()
        .any(|attempt| attempt.phase == Phase::Succeeded))
}
