//! Captures, voids and refunds of a shop: judged and written down under the order's lock before
//! the gateway is called, and settled by what it lists as done.

use serde_json::{Value, json};
use sqlx::{Any, Transaction, any::AnyRow};

use super::{
    Happening, Store, StoreError, What, attempts, history, is_row_trouble, known, now_ms, number,
    optional, orders, text,
};
use crate::{
    provider::checkout_com::{Action, ActionKind},
    server::{
        attempt::Attempt,
        instruct::{Change, Fate, Instruction, Kind, Refusal, Verdict, Wish, judge, match_up},
        order::Order,
        random,
    },
};

/// One that can't be read is looked at again after this time.
const UNREADABLE_MS: i64 = 300_000;

/// What became of a call.
#[derive(Debug)]
pub(crate) enum Begun {
    /// It is new, and stored: the caller calls the gateway, and nobody else does meanwhile.
    Fresh(Box<Instruction>, Box<Attempt>),
    /// It was asked for before.
    Same(Box<Instruction>),
    Refused(Refusal),
}

fn read(row: &AnyRow) -> Result<Instruction, StoreError> {
    Ok(Instruction {
        id: text(row, "id")?,
        order_id: text(row, "order_id")?,
        attempt: text(row, "attempt")?,
        kind: known(Kind::parse(&text(row, "kind")?), "kind")?,
        amount: Some(number(row, "amount")?).filter(|amount| *amount > 0),
        reference: optional(row, "reference")?,
        more: number(row, "more")? == 1,
        identity: text(row, "identity")?,
        fingerprint: text(row, "fingerprint")?,
        gateway_key: text(row, "gateway_key")?,
        gateway_action: optional(row, "gateway_action")?,
        body: text(row, "body")?,
        fate: known(Fate::parse(&text(row, "state")?), "state")?,
        why: optional(row, "why")?,
        came_to: number(row, "came_to")?,
        asks: number(row, "asks")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
    })
}

const OF_ORDER: &str = "SELECT * FROM instructions WHERE order_id = $1 ORDER BY created_at, id";

async fn all(tx: &mut Transaction<'_, Any>, order: &str) -> Result<Vec<Instruction>, StoreError> {
    sqlx::query(OF_ORDER)
        .bind(order)
        .fetch_all(&mut **tx)
        .await?
        .iter()
        .map(read)
        .collect()
}

fn detail(one: &Instruction) -> Value {
    let mut detail = json!({ "action": one.id, "kind": one.kind.name() });
    if let Some(amount) = one.amount {
        detail["amount"] = json!(amount);
    }
    if let Some(reference) = &one.reference {
        detail["reference"] = json!(reference);
    }
    detail
}

async fn note(
    tx: &mut Transaction<'_, Any>,
    what: What,
    one: &Instruction,
    detail: Value,
) -> Result<(), StoreError> {
    let happening = Happening {
        order_id: &one.order_id,
        what,
        attempt: Some(&one.attempt),
        req_id: None,
        detail,
    };
    history::write(&mut **tx, &happening).await
}

impl Store {
    /// Judges a call and stores it if it is new and may be possible. Until `busy_ms` are over
    /// its caller is believed to be talking to the gateway.
    pub(crate) async fn begin_instruction(
        &self,
        order_id: &str,
        wish: &Wish,
        key: Option<&str>,
        several: bool,
        busy_ms: i64,
    ) -> Result<Begun, StoreError> {
        let now = now_ms();
        let mut tx = self.pool.begin().await?;
        let order = known(orders::lock(&mut tx, order_id).await?, "order_id")?;
        let winner = match &order.winner {
            Some(id) => attempts::one(&mut tx, order_id, id).await?,
            None => None,
        };
        let before = all(&mut tx, order_id).await?;
        match judge(wish, key, &order, winner.as_ref(), &before, several) {
            Verdict::Same(one) => return Ok(Begun::Same(one)),
            Verdict::Refuse(refusal) => return Ok(Begun::Refused(refusal)),
            Verdict::Ask => {}
        }
        let Some(winner) = winner else {
            return Ok(Begun::Refused(Refusal::NotAuthorised));
        };
        let id = format!("act_{}", random::text(26));
        let reference = wish.reference.clone().unwrap_or_else(|| id.clone());
        let one = Instruction {
            order_id: order_id.to_owned(),
            attempt: winner.id.clone(),
            kind: wish.kind,
            amount: wish.amount,
            reference: wish.reference.clone(),
            more: wish.more(),
            identity: wish.identity(key),
            fingerprint: wish.fingerprint(),
            gateway_key: uuid::Uuid::new_v4().to_string(),
            gateway_action: None,
            body: wish.for_gateway(&reference).to_string(),
            fate: Fate::Asked,
            why: None,
            came_to: 0,
            asks: 0,
            created_at: now,
            updated_at: now,
            id,
        };
        insert(&mut tx, &one, now + busy_ms).await?;
        note(&mut tx, What::ActionAsked, &one, detail(&one)).await?;
        tx.commit().await?;
        Ok(Begun::Fresh(Box::new(one), Box::new(winner)))
    }

    /// The instruction `id`.
    pub(crate) async fn instruction(&self, id: &str) -> Result<Option<Instruction>, StoreError> {
        let row = sqlx::query("SELECT * FROM instructions WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// All of an order, oldest first.
    pub(crate) async fn instructions_of(
        &self,
        order: &str,
    ) -> Result<Vec<Instruction>, StoreError> {
        sqlx::query(OF_ORDER)
            .bind(order)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// Those whose end isn't known and is to be asked for now. One that can't be read is the
    /// operator's, and keeps no other waiting.
    pub(crate) async fn instructions_due(
        &self,
        limit: i64,
    ) -> Result<Vec<Instruction>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM instructions WHERE state IN ('asked', 'unknown', 'accepted') \
             AND next_ask_at <= $1 ORDER BY next_ask_at LIMIT $2",
        )
        .bind(now_ms())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let mut due = Vec::new();
        for row in rows {
            match read(&row) {
                Ok(one) => due.push(one),
                Err(error) if is_row_trouble(&error) => {
                    let id = text(&row, "id")?;
                    let why = format!("the action {id} can't be read: {error}; mend its row");
                    self.instruction_again(&id, now_ms() + UNREADABLE_MS)
                        .await?;
                    self.operator_needed(&text(&row, "order_id")?, None, &why)
                        .await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(due)
    }

    /// Takes the next question about one: true for one caller only, who has time until `until`.
    pub(crate) async fn take_instruction(
        &self,
        one: &Instruction,
        until: i64,
    ) -> Result<bool, StoreError> {
        let taken = sqlx::query(
            "UPDATE instructions SET asks = asks + 1, next_ask_at = $3 \
             WHERE id = $1 AND asks = $2",
        )
        .bind(one.id.as_str())
        .bind(one.asks)
        .bind(until)
        .execute(&self.pool)
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Sets when one is asked about next.
    pub(crate) async fn instruction_again(&self, id: &str, at: i64) -> Result<(), StoreError> {
        sqlx::query("UPDATE instructions SET next_ask_at = $2 WHERE id = $1")
            .bind(id)
            .bind(at)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Writes down what the gateway said to the call itself. What its list of actions has told
    /// meanwhile stays.
    pub(crate) async fn instruction_came(
        &self,
        one: &Instruction,
        fate: Fate,
        gateway_action: Option<&str>,
        why: &str,
        again_at: i64,
    ) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        let kept = if fate.is_open() && fate != Fate::Accepted {
            one.body.as_str()
        } else {
            ""
        };
        let moved = sqlx::query(
            "UPDATE instructions SET state = $2, gateway_action = $3, why = $4, next_ask_at = $5, \
             updated_at = $6, body = $7 WHERE id = $1 AND state IN ('asked', 'unknown')",
        )
        .bind(one.id.as_str())
        .bind(fate.name())
        .bind(gateway_action.unwrap_or_default())
        .bind(why)
        .bind(again_at)
        .bind(now_ms())
        .bind(kept)
        .execute(&mut *tx)
        .await?;
        if moved.rows_affected() == 1 && fate != one.fate {
            let mut detail = detail(one);
            detail["from"] = json!(one.fate.name());
            detail["to"] = json!(fate.name());
            if !why.is_empty() {
                detail["why"] = json!(why.trim());
            }
            note(&mut tx, What::ActionDecided, one, detail).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Books what the gateway lists as done with the payment that won: what is taken and given
    /// back, and how open instructions ended. `whole` is what was captured if no capture is
    /// listed, `voided` whether the payment says that its reservation is gone.
    pub(crate) async fn book(
        &self,
        attempt: &Attempt,
        actions: &[Action],
        whole: i64,
        voided: bool,
    ) -> Result<(), StoreError> {
        let now = now_ms();
        let sum = |kind| -> i64 {
            let of_kind = actions.iter().filter(|action| action.kind == kind);
            of_kind
                .filter(|action| action.approved)
                .map(|action| action.amount)
                .sum()
        };
        let captured = match sum(ActionKind::Capture) {
            0 => whole,
            taken => taken,
        };
        let released = voided && captured == 0;
        let mut tx = self.pool.begin().await?;
        known(orders::lock(&mut tx, &attempt.order_id).await?, "order_id")?;
        sqlx::query(
            "UPDATE attempts SET \
             captured = CASE WHEN captured > $3 THEN captured ELSE $3 END, \
             refunded = CASE WHEN refunded > $4 THEN refunded ELSE $4 END, \
             released = CASE WHEN $5 = 1 THEN 1 ELSE released END \
             WHERE order_id = $1 AND id = $2",
        )
        .bind(attempt.order_id.as_str())
        .bind(attempt.id.as_str())
        .bind(captured)
        .bind(sum(ActionKind::Refund))
        .bind(i64::from(released))
        .execute(&mut *tx)
        .await?;
        let mut before = all(&mut tx, &attempt.order_id).await?;
        before.retain(|one| one.attempt == attempt.id);
        for change in match_up(&before, actions) {
            if let Some(one) = before.iter().find(|one| one.id == change.id) {
                settle(&mut tx, one, &change, now).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// The order of `org` with this payment id of ours; a foreign one is not there.
    pub(crate) async fn order_of_payment(
        &self,
        org: &str,
        payment: &str,
    ) -> Result<Option<Order>, StoreError> {
        let row = sqlx::query("SELECT * FROM orders WHERE payment_id = $1 AND org = $2")
            .bind(payment)
            .bind(org)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(orders::read).transpose()
    }
}

async fn insert(
    tx: &mut Transaction<'_, Any>,
    one: &Instruction,
    next_ask_at: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO instructions (id, order_id, attempt, kind, amount, reference, more, identity, \
         fingerprint, gateway_key, gateway_action, body, state, why, came_to, asks, next_ask_at, \
         created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', $11, $12, '', 0, 0, $13, $14, $14)",
    )
    .bind(one.id.as_str())
    .bind(one.order_id.as_str())
    .bind(one.attempt.as_str())
    .bind(one.kind.name())
    .bind(one.amount.unwrap_or_default())
    .bind(one.reference.as_deref().unwrap_or_default())
    .bind(i64::from(one.more))
    .bind(one.identity.as_str())
    .bind(one.fingerprint.as_str())
    .bind(one.gateway_key.as_str())
    .bind(one.body.as_str())
    .bind(one.fate.name())
    .bind(next_ask_at)
    .bind(one.created_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn settle(
    tx: &mut Transaction<'_, Any>,
    one: &Instruction,
    change: &Change,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE instructions SET state = $2, gateway_action = $3, came_to = $4, body = '', \
         updated_at = $5 WHERE id = $1",
    )
    .bind(one.id.as_str())
    .bind(change.fate.name())
    .bind(change.gateway_action.as_deref().unwrap_or_default())
    .bind(change.came_to)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    let mut detail = detail(one);
    detail["from"] = json!(one.fate.name());
    detail["to"] = json!(change.fate.name());
    if change.came_to > 0 {
        detail["amount"] = json!(change.came_to);
    }
    note(tx, What::ActionDecided, one, detail).await
}
