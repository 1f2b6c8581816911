//! An order's life: what happened, in the order in which it happened. Written once, read by
//! whoever has to explain a payment. Never card data, tokens or secrets.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};
use sqlx::{Any, Executor};

use super::{Store, StoreError, known, now_ms, number, optional, text};
use crate::server::request;

/// What can happen to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A session was opened by `POST /checkout`, `create_client_session` or `one_click`.
    SessionOpened,
    /// An order became one of another price point.
    OrderChanged,
    /// A session was given up by the shopper.
    SessionCancelled,
    /// An attempt was stored; the gateway is called next.
    AttemptStored,
    /// The gateway was called: charge, question, void or refund, and what it answered.
    GatewayCalled,
    /// An attempt moved on, and why.
    AttemptDecided,
    /// The shopper left the challenge, and another attempt may run.
    AttemptAbandoned,
    /// The shopper came back from the bank.
    ShopperReturned,
    /// The gateway reported something; it was asked then.
    WebhookReceived,
    /// An event for the shop was written into the outbox.
    EventQueued,
    /// An event was delivered, put off or given up.
    EventSent,
    /// A capture, void or refund was stored; the gateway is called next.
    ActionAsked,
    /// A capture, void or refund moved on.
    ActionDecided,
    /// Somebody has to look at it.
    OperatorNeeded,
    /// Somebody did, and said what was done.
    OperatorDone,
}

impl What {
    const ALL: [Self; 15] = [
        Self::SessionOpened,
        Self::OrderChanged,
        Self::SessionCancelled,
        Self::AttemptStored,
        Self::GatewayCalled,
        Self::AttemptDecided,
        Self::AttemptAbandoned,
        Self::ShopperReturned,
        Self::WebhookReceived,
        Self::EventQueued,
        Self::EventSent,
        Self::ActionAsked,
        Self::ActionDecided,
        Self::OperatorNeeded,
        Self::OperatorDone,
    ];

    /// The name in the store and on the timeline.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SessionOpened => "session opened",
            Self::OrderChanged => "order changed",
            Self::SessionCancelled => "session cancelled",
            Self::AttemptStored => "attempt stored",
            Self::GatewayCalled => "gateway called",
            Self::AttemptDecided => "attempt decided",
            Self::AttemptAbandoned => "attempt abandoned",
            Self::ShopperReturned => "shopper returned",
            Self::WebhookReceived => "webhook received",
            Self::EventQueued => "event queued",
            Self::EventSent => "event sent",
            Self::ActionAsked => "action asked",
            Self::ActionDecided => "action decided",
            Self::OperatorNeeded => "operator needed",
            Self::OperatorDone => "operator done",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.name() == text)
    }
}

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct Happening<'a> {
    pub(crate) order_id: &'a str,
    pub(crate) what: What,
    pub(crate) attempt: Option<&'a str>,
    /// The support code; that of the request being served if it is left out.
    pub(crate) req_id: Option<&'a str>,
    /// A JSON object.
    pub(crate) detail: Value,
}

/// The same as it was read back.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    /// Microseconds of Unix time.
    pub(crate) at: i64,
    pub(crate) what: What,
    pub(crate) attempt: Option<String>,
    pub(crate) req_id: Option<String>,
    pub(crate) detail: Value,
}

/// Microseconds of Unix time, later than every time given out before.
fn tick() -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let now = now_ms().saturating_mul(1000);
    LAST.fetch_max(now - 1, Ordering::SeqCst);
    LAST.fetch_add(1, Ordering::SeqCst) + 1
}

/// Writes a happening down, in the transaction that makes it true or on its own.
pub(super) async fn write<'e>(
    executor: impl Executor<'e, Database = Any>,
    happening: &Happening<'_>,
) -> Result<(), StoreError> {
    let code = request::code().unwrap_or_default();
    sqlx::query(
        "INSERT INTO history (id, order_id, at, what, attempt, req_id, detail) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(uuid::Uuid::new_v4().to_string())
    .bind(happening.order_id)
    .bind(tick())
    .bind(happening.what.name())
    .bind(happening.attempt.unwrap_or_default())
    .bind(happening.req_id.unwrap_or(&code))
    .bind(happening.detail.to_string())
    .execute(executor)
    .await?;
    Ok(())
}

impl Store {
    /// Writes down what happened outside of any change of the store. A failure to do so is
    /// logged and changes nothing: the payment goes on.
    pub(crate) async fn note(&self, happening: Happening<'_>) {
        if let Err(error) = write(&self.pool, &happening).await {
            tracing::error!(order = happening.order_id, "history: {error}");
        }
    }

    /// As [`Store::note`], unless the same call was answered the same the last time: what is
    /// asked for days would fill the history with one sentence.
    pub(crate) async fn note_if_new(&self, happening: Happening<'_>) {
        match self.is_repeated(&happening).await {
            Ok(true) => {}
            Ok(false) => self.note(happening).await,
            Err(error) => tracing::error!(order = happening.order_id, "history: {error}"),
        }
    }

    async fn is_repeated(&self, happening: &Happening<'_>) -> Result<bool, StoreError> {
        let rows = sqlx::query(
            "SELECT detail FROM history WHERE order_id = $1 AND attempt = $2 AND what = $3 \
             ORDER BY at DESC LIMIT 12",
        )
        .bind(happening.order_id)
        .bind(happening.attempt.unwrap_or_default())
        .bind(happening.what.name())
        .fetch_all(&self.pool)
        .await?;
        for row in rows {
            let before: Value = serde_json::from_str(&text(&row, "detail")?)
                .map_err(|_| StoreError::Unreadable { column: "detail" })?;
            let same = |key: &str| before[key] == happening.detail[key];
            if same("call") {
                return Ok(same("status") && same("takenFor"));
            }
        }
        Ok(false)
    }

    /// Says once, in the history and in the log, that somebody has to look at it: as long as
    /// the reason stays the same, it is not said again.
    pub(crate) async fn operator_needed(
        &self,
        order_id: &str,
        attempt: Option<&str>,
        why: &str,
    ) -> Result<(), StoreError> {
        let last = sqlx::query(
            "SELECT detail FROM history WHERE order_id = $1 AND attempt = $2 AND what = $3 \
             ORDER BY at DESC LIMIT 1",
        )
        .bind(order_id)
        .bind(attempt.unwrap_or_default())
        .bind(What::OperatorNeeded.name())
        .fetch_optional(&self.pool)
        .await?;
        let detail = json!({ "why": why });
        if let Some(last) = last
            && serde_json::from_str::<Value>(&text(&last, "detail")?)
                .is_ok_and(|last| last == detail)
        {
            return Ok(());
        }
        tracing::error!(order = order_id, attempt, "needs an operator: {why}");
        let happening = Happening {
            order_id,
            what: What::OperatorNeeded,
            attempt,
            req_id: None,
            detail,
        };
        write(&self.pool, &happening).await
    }

    /// Writes down what somebody did about an order that needed an operator.
    pub(crate) async fn operator_done(&self, order_id: &str, done: &str) -> Result<(), StoreError> {
        let happening = Happening {
            order_id,
            what: What::OperatorDone,
            attempt: None,
            req_id: None,
            detail: json!({ "done": done }),
        };
        write(&self.pool, &happening).await
    }

    /// An order's life, oldest first.
    pub(crate) async fn history(&self, order_id: &str) -> Result<Vec<Past>, StoreError> {
        sqlx::query("SELECT * FROM history WHERE order_id = $1 ORDER BY at, id")
            .bind(order_id)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| {
                Ok(Past {
                    at: number(row, "at")?,
                    what: known(What::parse(&text(row, "what")?), "what")?,
                    attempt: optional(row, "attempt")?,
                    req_id: optional(row, "req_id")?,
                    detail: serde_json::from_str(&text(row, "detail")?)
                        .map_err(|_| StoreError::Unreadable { column: "detail" })?,
                })
            })
            .collect()
    }
}
