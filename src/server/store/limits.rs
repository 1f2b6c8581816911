//! Payments that did not succeed, counted per session, order, address and card, in the
//! transaction that stores or decides the attempt. Rows are taken in the order card,
//! session, order, address, so that two servers never wait for each other.

use sqlx::{Any, Transaction, any::AnyRow};

use crate::outcome::FailureKind;

use super::{Store, StoreError, number, text};
use crate::server::{
    attempt::{Attempt, Phase},
    decide::Seen,
    limits::{
        Limits, Rule,
        tries::{History, Verdict, allow},
    },
    random,
};

/// An attempt whose outcome is unknown for so long is not counted back any more.
const KEPT_MS: i64 = 48 * 3_600_000;
/// A decline of a card that was declined too often counts so much for its address.
const HEAVY: i64 = 5;

/// Who tries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who<'a> {
    pub(super) session: &'a str,
    pub(super) order: &'a str,
    pub(super) address: Option<&'a str>,
}

impl<'a> Who<'a> {
    fn buckets(self, limits: &Limits) -> impl Iterator<Item = (&'static str, &'a str, Rule)> {
        [
            Some(("session", self.session, limits.session)),
            Some(("order", self.order, limits.order)),
            self.address
                .map(|address| ("address", address, limits.address)),
        ]
        .into_iter()
        .flatten()
    }
}

/// What is remembered of a bucket, locked until the transaction ends.
async fn take(
    tx: &mut Transaction<'_, Any>,
    (scope, bucket, rule): (&str, &str, Rule),
    now: i64,
) -> Result<History, StoreError> {
    sqlx::query(
        "INSERT INTO limits (scope, bucket, strikes, last_at, forget_at, locks) \
         VALUES ($1, $2, 0, 0, $3, 0) \
         ON CONFLICT (scope, bucket) DO UPDATE SET locks = limits.locks + 1",
    )
    .bind(scope)
    .bind(bucket)
    .bind(rule.forget_at(now))
    .execute(&mut **tx)
    .await?;
    let row: AnyRow =
        sqlx::query("SELECT strikes, last_at FROM limits WHERE scope = $1 AND bucket = $2")
            .bind(scope)
            .bind(bucket)
            .fetch_one(&mut **tx)
            .await?;
    let history = History {
        strikes: number(&row, "strikes")?,
        last_at: number(&row, "last_at")?,
    };
    Ok(rule.remembered(history, now))
}

async fn put(
    tx: &mut Transaction<'_, Any>,
    (scope, bucket, rule): (&str, &str, Rule),
    history: History,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE limits SET strikes = $3, last_at = $4, forget_at = $5 \
         WHERE scope = $1 AND bucket = $2",
    )
    .bind(scope)
    .bind(bucket)
    .bind(history.strikes.max(0))
    .bind(history.last_at)
    .bind(rule.forget_at(history.last_at))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Counts a new try; if it comes too early, counts nothing and says how long to wait. A try
/// counts against its makers until it succeeds: many at once are many.
pub(super) async fn begin(
    tx: &mut Transaction<'_, Any>,
    limits: &Limits,
    who: Who<'_>,
    now: i64,
) -> Result<Verdict, StoreError> {
    let mut histories = Vec::new();
    let mut wait = 0;
    for bucket in who.buckets(limits) {
        let history = take(tx, bucket, now).await?;
        if let Verdict::Wait(seconds) = allow(bucket.2, history, now) {
            wait = wait.max(seconds);
        }
        histories.push((bucket, history));
    }
    if wait > 0 {
        return Ok(Verdict::Wait(wait));
    }
    for (bucket, history) in histories {
        let strikes = history.strikes + 1;
        let history = History {
            strikes,
            last_at: now,
        };
        put(tx, bucket, history).await?;
    }
    Ok(Verdict::Allowed)
}

/// Remembers whose try an attempt is, until [`decided`] knows what came of it.
pub(super) async fn remember(
    tx: &mut Transaction<'_, Any>,
    who: Who<'_>,
    attempt: &str,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO tries (order_id, attempt, address, created_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(who.order)
    .bind(attempt)
    .bind(who.address.unwrap_or_default())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What an outcome says about those who tried.
enum Outcome {
    Approved,
    /// The card was refused.
    Declined,
    /// It never came to a question about the card.
    NotTheirs,
    /// Left or stopped: it stays counted, for a challenge tells a card tester enough.
    Stopped,
}

fn outcome(after: &Attempt) -> Option<Outcome> {
    match (after.phase, after.failure) {
        (phase, _) if phase.may_pay() => None,
        (Phase::Succeeded, _) => Some(Outcome::Approved),
        (
            Phase::Failed,
            // The gateway was away, refused us, or had enough of us.
            Some(FailureKind::GatewayUnavailable | FailureKind::RateLimited),
        ) => Some(Outcome::NotTheirs),
        (Phase::Failed, _) => Some(Outcome::Declined),
        _ => Some(Outcome::Stopped),
    }
}

/// Counts what came of an attempt, once. Success forgets session and order, and takes the
/// try and one more off the address, so that an office of honest shoppers stays free. A
/// declined card that was declined too often already slows down who brought it.
pub(super) async fn decided(
    tx: &mut Transaction<'_, Any>,
    limits: &Limits,
    after: &Attempt,
    seen: &Seen,
    now: i64,
) -> Result<(), StoreError> {
    let Some(outcome) = outcome(after) else {
        return Ok(());
    };
    let found = sqlx::query("SELECT address FROM tries WHERE order_id = $1 AND attempt = $2")
        .bind(after.order_id.as_str())
        .bind(after.id.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    let Some(found) = found else {
        return Ok(());
    };
    sqlx::query("DELETE FROM tries WHERE order_id = $1 AND attempt = $2")
        .bind(after.order_id.as_str())
        .bind(after.id.as_str())
        .execute(&mut **tx)
        .await?;
    let address = text(&found, "address")?;
    let who = Who {
        session: &after.session_id,
        order: &after.order_id,
        address: Some(address.as_str()).filter(|address| !address.is_empty()),
    };
    let over = match outcome {
        Outcome::Stopped => return Ok(()),
        Outcome::Approved | Outcome::Declined => card(tx, limits, after, seen, now).await?,
        Outcome::NotTheirs => 0,
    };
    if matches!(outcome, Outcome::Declined) && over <= 0 {
        return Ok(());
    }
    for bucket in who.buckets(limits) {
        let (scope, _, rule) = bucket;
        let mut history = take(tx, bucket, now).await?;
        history.strikes = match (&outcome, scope) {
            (Outcome::Approved, "address") => history.strikes - 2,
            (Outcome::Approved, _) => 0,
            (Outcome::Declined, "address") => history.strikes + HEAVY - 1,
            (Outcome::Declined, _) => history.strikes.max(rule.free() + over - 1),
            (Outcome::NotTheirs | Outcome::Stopped, _) => history.strikes - 1,
        };
        if matches!(outcome, Outcome::Declined) {
            history.last_at = now;
        }
        put(tx, bucket, history).await?;
    }
    Ok(())
}

/// Counts a declined card and says how far it is beyond its limit; an approved one starts
/// anew. Cards are known by the gateway's fingerprint, and not at all without.
async fn card(
    tx: &mut Transaction<'_, Any>,
    limits: &Limits,
    after: &Attempt,
    seen: &Seen,
    now: i64,
) -> Result<i64, StoreError> {
    let Seen::Payment(payment) = seen else {
        return Ok(0);
    };
    let Some(fingerprint) = &payment.fingerprint else {
        return Ok(0);
    };
    // EXPOSE: only its hash, with the organisation's name in it, is kept.
    let hash = random::hash(&[&after.org, fingerprint.expose()]);
    let bucket = ("card", hash.as_str(), limits.card);
    let history = take(tx, bucket, now).await?;
    let strikes = if after.phase == Phase::Succeeded {
        0
    } else {
        history.strikes + 1
    };
    let history = History {
        strikes,
        last_at: now,
    };
    put(tx, bucket, history).await?;
    Ok(strikes - limits.card.free() + 1)
}

impl Store {
    /// Deletes what is forgotten.
    pub(crate) async fn sweep_tries(&self, now: i64) -> Result<(), StoreError> {
        let old = sqlx::query("SELECT scope, bucket FROM limits WHERE forget_at <= $1 LIMIT 10000")
            .bind(now)
            .fetch_all(&self.pool)
            .await?;
        // One by one: whoever holds two rows must not wait for somebody who holds others.
        for row in old {
            sqlx::query("DELETE FROM limits WHERE scope = $1 AND bucket = $2 AND forget_at <= $3")
                .bind(text(&row, "scope")?)
                .bind(text(&row, "bucket")?)
                .bind(now)
                .execute(&self.pool)
                .await?;
        }
        sqlx::query("DELETE FROM tries WHERE created_at <= $1")
            .bind(now - KEPT_MS)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
