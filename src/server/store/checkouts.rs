//! How `POST /checkout` opens an order's session, once per idempotency key.

use serde_json::json;
use sqlx::{Any, Row, Transaction};

use crate::{
    money::Money,
    provider::funnelfox::Buyer,
    session::{Capture, Line, Mode},
};

use super::{
    Store, StoreError, closing,
    customers::{self, Customer},
    funnelfox::{self, ClientSession},
    history::{self, Happening, What},
    now_ms, number,
    orders::{read, terms},
    text,
};
use crate::server::{
    events::{Kind, Told},
    gateway::Gateway,
    order::{Order, Settled, capture_name, cut, mode_name},
    report::rfc3339,
};

/// A checked `POST /checkout`.
#[derive(Clone, Debug)]
pub(crate) struct NewCheckout {
    pub(crate) org: String,
    pub(crate) idempotency_key: String,
    /// Hash of the call's five fields.
    pub(crate) fingerprint: String,
    /// The claim's `jti` and its hash, if there is a claim.
    pub(crate) claim: Option<(String, String)>,
    pub(crate) reference: String,
    pub(crate) total: Money,
    pub(crate) capture: Capture,
    pub(crate) gateway: Gateway,
    /// What the claim says for FunnelFox alone.
    pub(crate) buyer: Option<Buyer>,
    /// The client session that was opened there for it, if one was needed and could be opened.
    pub(crate) client_session: Option<ClientSession>,
    pub(crate) lines: Vec<Line>,
    pub(crate) mode: Mode,
    pub(crate) success_url: String,
    pub(crate) cancel_url: String,
    pub(crate) language: String,
    pub(crate) parent_origins: Vec<String>,
    pub(crate) order_id: String,
    pub(crate) payment_id: String,
    pub(crate) session_id: String,
    pub(crate) next_attempt: String,
    pub(crate) expires_at: i64,
    /// Whom a client session named.
    pub(crate) customer: Option<Customer>,
}

/// What became of it.
#[derive(Clone, Debug)]
pub(crate) enum Opened {
    /// The answer, kept for repeats.
    Answer(String),
    /// It can't be opened.
    Refused(Refusal),
}

/// Why a checkout can't be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The key was used for another body.
    KeyReused,
    /// Another claim had the same `jti`.
    JtiReused,
    /// The reference is paid.
    Paid,
    /// An attempt is open and the order would change.
    Changed,
}

impl Store {
    /// What `idempotency_key` was answered, with the fingerprint of its body.
    pub(crate) async fn checkout_call(
        &self,
        org: &str,
        idempotency_key: &str,
    ) -> Result<Option<(String, String)>, StoreError> {
        let row = sqlx::query(
            "SELECT fingerprint, answer FROM checkout_calls WHERE org = $1 AND idempotency_key = $2",
        )
        .bind(org)
        .bind(idempotency_key)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| Ok((row.try_get("fingerprint")?, row.try_get("answer")?)))
            .transpose()
    }

    /// Opens a session, and the order if its reference is new. `answer` writes what is
    /// answered, from the order's ids.
    pub(crate) async fn open_checkout(
        &self,
        new: &NewCheckout,
        answer: impl Fn(&Order) -> String + Send,
    ) -> Result<Opened, StoreError> {
        let now = now_ms();
        let mut tx = self.pool.begin().await?;
        // The first statement writes: a repeat at the same time waits here for the first.
        let fresh = sqlx::query(
            "INSERT INTO checkout_calls (org, idempotency_key, fingerprint, answer, created_at) \
             VALUES ($1, $2, $3, '', $4) ON CONFLICT DO NOTHING",
        )
        .bind(new.org.as_str())
        .bind(new.idempotency_key.as_str())
        .bind(new.fingerprint.as_str())
        .bind(now)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if fresh == 0 {
            let kept = sqlx::query(
                "SELECT fingerprint, answer FROM checkout_calls \
                 WHERE org = $1 AND idempotency_key = $2",
            )
            .bind(new.org.as_str())
            .bind(new.idempotency_key.as_str())
            .fetch_one(&mut *tx)
            .await?;
            let same = text(&kept, "fingerprint")? == new.fingerprint;
            return Ok(if same {
                Opened::Answer(text(&kept, "answer")?)
            } else {
                Opened::Refused(Refusal::KeyReused)
            });
        }
        if !claim_is_new_or_same(&mut tx, new).await? {
            return Ok(Opened::Refused(Refusal::JtiReused));
        }
        let mut order = upsert(&mut tx, new, now).await?;
        if order.settled != Settled::Open {
            return Ok(Opened::Refused(Refusal::Paid));
        }
        let same = order.total == new.total
            && order.capture == new.capture
            && order.gateway == new.gateway
            && order.buyer == new.buyer;
        if !same || order.lines != new.lines {
            // An abandoned attempt may still be approved, for the old amount.
            let pending = pending(&mut tx, &order.id).await?;
            if pending > 0 && !same {
                return Ok(Opened::Refused(Refusal::Changed));
            }
            if pending == 0 {
                change(&mut tx, &mut order, new, now).await?;
            }
        }
        if let Some(client_session) = &new.client_session {
            funnelfox::keep_first(&mut tx, &order, client_session).await?;
        }
        self.add_session(&mut tx, &order, new, now).await?;
        let answer = answer(&order);
        sqlx::query(
            "UPDATE checkout_calls SET answer = $3 WHERE org = $1 AND idempotency_key = $2",
        )
        .bind(new.org.as_str())
        .bind(new.idempotency_key.as_str())
        .bind(answer.as_str())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Opened::Answer(answer))
    }

    /// Adds a session to an order; with its first one the shop is told of the order.
    pub(super) async fn add_session(
        &self,
        tx: &mut Transaction<'_, Any>,
        order: &Order,
        new: &NewCheckout,
        now: i64,
    ) -> Result<(), StoreError> {
        insert_session(tx, order, new, now).await?;
        closing::opened(tx, &order.id, new.expires_at).await?;
        if order.id != new.order_id {
            return Ok(());
        }
        if let Some(customer) = &new.customer {
            customers::insert(tx, &order.org, &order.id, customer).await?;
        }
        let told = Told {
            kind: Kind::Created,
            status: order.settled.name(),
            reason: None,
        };
        self.queue(tx, order, told).await
    }
}

/// How many attempts may still pay an order, abandoned ones included.
pub(super) async fn pending(
    tx: &mut Transaction<'_, Any>,
    order_id: &str,
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM attempts WHERE order_id = $1 \
         AND phase IN ('creating', 'action', 'processing', 'unknown')",
    )
    .bind(order_id)
    .fetch_one(&mut **tx)
    .await?;
    number(&row, "n")
}

async fn claim_is_new_or_same(
    tx: &mut Transaction<'_, Any>,
    new: &NewCheckout,
) -> Result<bool, StoreError> {
    let Some((jti, claim)) = &new.claim else {
        return Ok(true);
    };
    sqlx::query(
        "INSERT INTO claims (org, jti, fingerprint) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(new.org.as_str())
    .bind(jti.as_str())
    .bind(claim.as_str())
    .execute(&mut **tx)
    .await?;
    let kept = sqlx::query("SELECT fingerprint FROM claims WHERE org = $1 AND jti = $2")
        .bind(new.org.as_str())
        .bind(jti.as_str())
        .fetch_one(&mut **tx)
        .await?;
    Ok(text(&kept, "fingerprint")? == *claim)
}

fn lines_text(lines: &[Line]) -> String {
    serde_json::to_string(lines).unwrap_or_else(|_| "[]".into())
}

pub(super) async fn upsert(
    tx: &mut Transaction<'_, Any>,
    new: &NewCheckout,
    now: i64,
) -> Result<Order, StoreError> {
    sqlx::query(
        "INSERT INTO orders (id, payment_id, org, reference, currency, amount, capture, gateway, \
         lines, settled, winner, next_attempt, locks, created_at, updated_at, gateway_terms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', '', $10, 0, $11, $11, $12) \
         ON CONFLICT (org, reference) DO UPDATE SET locks = orders.locks + 1",
    )
    .bind(new.order_id.as_str())
    .bind(new.payment_id.as_str())
    .bind(new.org.as_str())
    .bind(new.reference.as_str())
    .bind(new.total.currency.code())
    .bind(new.total.minor)
    .bind(capture_name(new.capture))
    .bind(new.gateway.name())
    .bind(lines_text(&new.lines))
    .bind(new.next_attempt.as_str())
    .bind(now)
    .bind(terms(new.buyer.as_ref()))
    .execute(&mut **tx)
    .await?;
    let row = sqlx::query("SELECT * FROM orders WHERE org = $1 AND reference = $2")
        .bind(new.org.as_str())
        .bind(new.reference.as_str())
        .fetch_one(&mut **tx)
        .await?;
    read(&row)
}

pub(super) async fn change(
    tx: &mut Transaction<'_, Any>,
    order: &mut Order,
    new: &NewCheckout,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE orders SET currency = $2, amount = $3, capture = $4, gateway = $5, lines = $6, \
         updated_at = $7, next_attempt = $8, gateway_terms = $9 WHERE id = $1",
    )
    .bind(order.id.as_str())
    .bind(new.total.currency.code())
    .bind(new.total.minor)
    .bind(capture_name(new.capture))
    .bind(new.gateway.name())
    .bind(lines_text(&new.lines))
    .bind(now)
    .bind(new.next_attempt.as_str())
    .bind(terms(new.buyer.as_ref()))
    .execute(&mut **tx)
    .await?;
    // It was opened for the old terms.
    funnelfox::forget(tx, &order.id).await?;
    sqlx::query("INSERT INTO stale_attempts (order_id, id) VALUES ($1, $2)")
        .bind(order.id.as_str())
        .bind(order.next_attempt.as_str())
        .execute(&mut **tx)
        .await?;
    order.total = new.total;
    order.gateway = new.gateway;
    order.buyer.clone_from(&new.buyer);
    order.capture = new.capture;
    Ok(())
}

async fn insert_session(
    tx: &mut Transaction<'_, Any>,
    order: &Order,
    new: &NewCheckout,
    now: i64,
) -> Result<(), StoreError> {
    let origins = serde_json::to_string(&new.parent_origins).unwrap_or_else(|_| "[]".into());
    sqlx::query(
        "INSERT INTO sessions (id, order_id, org, mode, success_url, cancel_url, language, \
         parent_origins, cancelled, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10)",
    )
    .bind(new.session_id.as_str())
    .bind(order.id.as_str())
    .bind(new.org.as_str())
    .bind(mode_name(new.mode))
    .bind(new.success_url.as_str())
    .bind(new.cancel_url.as_str())
    .bind(new.language.as_str())
    .bind(origins)
    .bind(now)
    .bind(new.expires_at)
    .execute(&mut **tx)
    .await?;
    let happening = Happening {
        order_id: &order.id,
        what: What::SessionOpened,
        attempt: None,
        req_id: None,
        detail: json!({
            "session": cut(&new.session_id),
            "mode": mode_name(new.mode),
            "amount": order.total.minor,
            "currency": order.total.currency.code(),
            "expiresAt": rfc3339(new.expires_at),
        }),
    };
    history::write(&mut **tx, &happening).await?;
    for origin in &new.parent_origins {
        sqlx::query(
            "INSERT INTO session_origins (session_id, org, origin, expires_at) \
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(new.session_id.as_str())
        .bind(new.org.as_str())
        .bind(origin.as_str())
        .bind(new.expires_at)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}
