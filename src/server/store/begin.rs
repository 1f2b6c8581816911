//! A new attempt: stored before the gateway is called, one open per order, two gateway calls
//! per token.

use serde_json::json;
use sqlx::{Any, Row, Transaction};

use crate::sensitive::Sensitive;

use super::{
    Store, StoreError,
    attempts::{one, rotate},
    customers,
    history::{self, Happening, What},
    known,
    limits::{self, Who},
    now_ms, number, orders, sessions, text,
};
use crate::server::{
    attempt::{Attempt, Phase},
    limits::tries::Verdict,
    order::{Door, Order, Settled, capture_name},
};

/// A token makes two gateway calls at most in this time.
const TOKEN_WINDOW_MS: i64 = 24 * 3_600_000;

/// A call of create_payment, checked.
#[derive(Clone, Debug)]
pub(crate) struct Begin {
    pub(crate) attempt: String,
    pub(crate) fingerprint: String,
    pub(crate) token: Sensitive<String>,
    pub(crate) token_hash: String,
    /// The token is the name of a saved card: the payment in which the customer agreed.
    pub(crate) previous_payment: Option<String>,
    /// Unguessable values for the new attempt.
    pub(crate) reference: String,
    pub(crate) gateway_key: String,
    pub(crate) access_token: Sensitive<String>,
    pub(crate) resume_token: Sensitive<String>,
    pub(crate) req_id: String,
    /// Keyed hash of the caller's address, if it is known.
    pub(crate) address: Option<String>,
    /// `{public}/c/`, for the address the bank sends the shopper back to.
    pub(crate) return_base: String,
    /// How long the call to the gateway may take before the attempt counts as unknown.
    pub(crate) lease_ms: i64,
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum Begun {
    /// Stored; the gateway is to be called, by the caller and nobody else.
    Fresh(Box<Attempt>),
    /// The attempt was there already, or ended without a call.
    Known(Box<Attempt>),
    /// Another attempt of the order is open.
    Busy,
    /// The id was handed out before the shop changed the order.
    Stale,
    /// The order is paid.
    Paid,
    /// The order's sessions are over.
    Closed(Door),
    /// Too many attempts that did not succeed; seconds to wait.
    TooMany(u32),
}

impl Store {
    /// Stores a new attempt, or says why there is none.
    pub(crate) async fn begin(&self, order_id: &str, begin: &Begin) -> Result<Begun, StoreError> {
        let now = now_ms();
        let mut tx = self.pool.begin().await?;
        let order = orders::lock(&mut tx, order_id).await?;
        let order = known(order, "order_id")?;
        if let Some(attempt) = one(&mut tx, order_id, &begin.attempt).await? {
            return Ok(Begun::Known(Box::new(attempt)));
        }
        if order.settled != Settled::Open {
            return Ok(Begun::Paid);
        }
        let stale = sqlx::query("SELECT id FROM stale_attempts WHERE order_id = $1 AND id = $2")
            .bind(order_id)
            .bind(begin.attempt.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        if stale.is_some() {
            return Ok(Begun::Stale);
        }
        let count = sqlx::query(
            "SELECT COUNT(*) AS total, \
             COALESCE(CAST(SUM(is_open) AS BIGINT), 0) AS open \
             FROM attempts WHERE order_id = $1",
        )
        .bind(order_id)
        .fetch_one(&mut *tx)
        .await?;
        if number(&count, "open")? > 0 {
            return Ok(Begun::Busy);
        }
        let sessions = sessions::of_order(&mut tx, order_id).await?;
        let door = Door::of(&sessions, now);
        let session = sessions
            .iter()
            .rfind(|session| !session.cancelled && session.expires_at > now);
        let Some(session) = session else {
            return Ok(Begun::Closed(door));
        };
        let who = Who {
            session: &session.id,
            order: order_id,
            address: begin.address.as_deref(),
        };
        if let Verdict::Wait(seconds) = limits::begin(&mut tx, &self.limits, who, now).await? {
            return Ok(Begun::TooMany(seconds));
        }
        let keep_card = customers::keeps_card(&mut tx, order_id).await?;
        // A saved card is charged for many orders; what limits it is that each is made once.
        let spent =
            begin.previous_payment.is_none() && !charge_token(&mut tx, &order, begin, now).await?;
        let return_url = format!(
            "{}{}/return?attempt={}",
            begin.return_base, session.id, begin.attempt
        );
        let seq = number(&count, "total")? + 1;
        insert(
            &mut tx,
            &order,
            begin,
            Placed {
                session: &session.id,
                return_url: &return_url,
                seq,
                spent,
                keep_card,
                now,
            },
        )
        .await?;
        if spent {
            rotate(&mut tx, order_id).await?;
        } else {
            limits::remember(&mut tx, who, &begin.attempt, now).await?;
        }
        note(&mut tx, &order, begin, spent).await?;
        let attempt = one(&mut tx, order_id, &begin.attempt).await?;
        tx.commit().await?;
        let attempt = Box::new(known(attempt, "id")?);
        Ok(if spent {
            Begun::Known(attempt)
        } else {
            Begun::Fresh(attempt)
        })
    }
}

/// Writes the new attempt into the order's history.
async fn note(
    tx: &mut Transaction<'_, Any>,
    order: &Order,
    begin: &Begin,
    spent: bool,
) -> Result<(), StoreError> {
    let mut happening = Happening {
        order_id: &order.id,
        what: What::AttemptStored,
        attempt: Some(&begin.attempt),
        req_id: Some(&begin.req_id),
        detail: json!({
            "amount": order.total.minor,
            "currency": order.total.currency.code(),
            "capture": capture_name(order.capture),
            "gatewayReference": begin.reference,
        }),
    };
    history::write(&mut **tx, &happening).await?;
    if spent {
        happening.what = What::AttemptDecided;
        happening.detail = json!({
            "from": Phase::Creating.name(),
            "to": Phase::Failed.name(),
            "failure": "card_again",
            "why": "the token was used before: the gateway is not called",
        });
        history::write(&mut **tx, &happening).await?;
    }
    Ok(())
}

/// Counts a gateway call with the token; false if the token may make none.
async fn charge_token(
    tx: &mut Transaction<'_, Any>,
    order: &Order,
    begin: &Begin,
    now: i64,
) -> Result<bool, StoreError> {
    // Two organisations may share a gateway account: a token pays for one order at all.
    let elsewhere = sqlx::query("SELECT order_id FROM tokens WHERE hash = $1 AND org <> $2")
        .bind(begin.token_hash.as_str())
        .bind(order.org.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    if elsewhere.is_some() {
        return Ok(false);
    }
    // Also a lock on the token, for two orders at the same time.
    sqlx::query(
        "INSERT INTO tokens (org, hash, order_id, locks) VALUES ($1, $2, $3, 0) \
         ON CONFLICT (org, hash) DO UPDATE SET locks = tokens.locks + 1",
    )
    .bind(order.org.as_str())
    .bind(begin.token_hash.as_str())
    .bind(order.id.as_str())
    .execute(&mut **tx)
    .await?;
    let owner = sqlx::query("SELECT order_id FROM tokens WHERE org = $1 AND hash = $2")
        .bind(order.org.as_str())
        .bind(begin.token_hash.as_str())
        .fetch_one(&mut **tx)
        .await?;
    let used: i64 = sqlx::query(
        "SELECT COUNT(*) AS n FROM charges WHERE org = $1 AND hash = $2 AND charged_at > $3",
    )
    .bind(order.org.as_str())
    .bind(begin.token_hash.as_str())
    .bind(now - TOKEN_WINDOW_MS)
    .fetch_one(&mut **tx)
    .await?
    .try_get("n")?;
    if used >= 2 || text(&owner, "order_id")? != order.id {
        return Ok(false);
    }
    sqlx::query("INSERT INTO charges (org, hash, attempt, charged_at) VALUES ($1, $2, $3, $4)")
        .bind(order.org.as_str())
        .bind(begin.token_hash.as_str())
        .bind(begin.attempt.as_str())
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(true)
}

struct Placed<'a> {
    session: &'a str,
    return_url: &'a str,
    seq: i64,
    spent: bool,
    keep_card: bool,
    now: i64,
}

async fn insert(
    tx: &mut Transaction<'_, Any>,
    order: &Order,
    begin: &Begin,
    placed: Placed<'_>,
) -> Result<(), StoreError> {
    let (phase, failure) = if placed.spent {
        (Phase::Failed, "card_again")
    } else {
        (Phase::Creating, "")
    };
    // EXPOSE: the token is kept until the outcome is known, to ask with the same request.
    let token = begin.token.expose().as_str();
    sqlx::query(
        "INSERT INTO attempts (order_id, id, org, session_id, seq, fingerprint, token, currency, \
         amount, capture, reference, gateway_key, return_url, phase, is_open, abandoned, \
         returned, gateway_payment_id, gateway_state, response_code, redirect_url, failure, \
         req_id, access_token, resume_token, asks, asked_at, next_ask_at, created_at, updated_at, \
         gateway, keep_card, previous_payment) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, 0, '', '', \
         '', '', $16, $17, $18, $19, 0, $20, $21, $20, $20, $22, $23, $24)",
    )
    .bind(order.id.as_str())
    .bind(begin.attempt.as_str())
    .bind(order.org.as_str())
    .bind(placed.session)
    .bind(placed.seq)
    .bind(begin.fingerprint.as_str())
    .bind(if placed.spent { "" } else { token })
    .bind(order.total.currency.code())
    .bind(order.total.minor)
    .bind(capture_name(order.capture))
    .bind(begin.reference.as_str())
    .bind(begin.gateway_key.as_str())
    .bind(placed.return_url)
    .bind(phase.name())
    .bind(i64::from(!placed.spent))
    .bind(failure)
    .bind(begin.req_id.as_str())
    // EXPOSE: kept so that the shopper's way back works after a restart.
    .bind(begin.access_token.expose().as_str())
    // EXPOSE: as above.
    .bind(begin.resume_token.expose().as_str())
    .bind(placed.now)
    .bind(placed.now + begin.lease_ms)
    .bind(order.gateway.name())
    .bind(i64::from(placed.keep_card))
    .bind(begin.previous_payment.as_deref().unwrap_or_default())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
