//! Writing down what was learnt about an attempt, and what the shopper did meanwhile.

use serde_json::{Value, json};

use crate::{provider::checkout_com::State, session::Capture};

use super::{
    Store, StoreError, attempts, customers, funnelfox,
    history::{self, Happening, What},
    known, limits, now_ms, orders, sessions,
};
use crate::server::{
    attempt::{Attempt, Phase},
    decide::{Change, Facts, Seen, decide, is_foreign, why},
    events::{Kind, Told},
    gateway::Settle,
    order::{Door, Order, Settled},
    said::Standing,
};

/// Checkout.com voids what is not captured after 7 days.
const WATCH_MS: i64 = 8 * 24 * 3_600_000;

impl Store {
    /// Applies what the gateway said to attempt and order, together, under the order's lock.
    pub(crate) async fn record(
        &self,
        order_id: &str,
        attempt_id: &str,
        seen: &Seen,
    ) -> Result<(Order, Attempt), StoreError> {
        let now = now_ms();
        let mut tx = self.pool.begin().await?;
        let mut order = known(orders::lock(&mut tx, order_id).await?, "order_id")?;
        let before = known(attempts::one(&mut tx, order_id, attempt_id).await?, "id")?;
        let door = Door::of(&sessions::of_order(&mut tx, order_id).await?, now);
        let change = decide(&Facts::of(&order, door), &before, seen);

        let mut after = before.clone();
        after.phase = change.phase;
        after.failure = change.failure;
        let mut gateway_state = None;
        if let Seen::Payment(payment) = seen
            && !is_foreign(&before, payment)
        {
            after.gateway_payment_id = Some(payment.id.as_str().to_owned());
            // A question is answered without it.
            if payment.response_code.is_some() {
                after.response_code.clone_from(&payment.response_code);
            }
            if payment.redirect.is_some() {
                after.redirect_url.clone_from(&payment.redirect);
            }
            gateway_state = Some(state_name(&payment.state));
        }
        if let Seen::Said(said) = seen {
            if let Some(order) = &said.order {
                after.gateway_payment_id = Some(order.clone());
                funnelfox::renamed(&mut tx, order_id, order).await?;
            }
            gateway_state = Some(said.words.chars().take(64).collect());
            if let (Standing::Action(token), Phase::Action) = (&said.standing, after.phase) {
                after.action_token = Some(token.clone());
                after.actions += 1;
            }
        }
        if !after.is_open() {
            after.action_token = None;
        }
        // A payment that the gateway has named is asked about by its name, and what can't be
        // sent again needs no token.
        let sent_once =
            after.gateway.settle() == Settle::ByReport && after.phase != Phase::Creating;
        if !after.phase.may_pay() || after.gateway_payment_id.is_some() || sent_once {
            after.token = None;
        }
        match change.pays {
            Some(Settled::Authorised) => after.watch_until = now + WATCH_MS,
            Some(Settled::Paid) => after.watch_until = 0,
            Some(Settled::Open) | None => {}
        }
        // A manual capture may be partial: what was taken stands in the payment's actions.
        if let Seen::Payment(payment) = seen
            && after.phase == Phase::Succeeded
            && after.capture != Capture::Manual
            && !is_foreign(&before, payment)
            && payment.amount == Some(after.total.minor)
            && matches!(payment.state, State::Captured | State::Paid)
        {
            after.captured = after.total.minor;
        }
        if change.released {
            after.released = true;
            after.watch_until = 0;
        }
        if after.phase != before.phase {
            // A new phase is asked about from its own start.
            after.next_ask_at = now + first_pause(&after, now);
        }
        write(&mut tx, &after, gateway_state.as_deref(), now).await?;

        if let Some(settled) = change.pays {
            sqlx::query(
                "UPDATE orders SET settled = $2, winner = $3, updated_at = $4 WHERE id = $1",
            )
            .bind(order_id)
            .bind(settled.name())
            .bind(attempt_id)
            .bind(now)
            .execute(&mut *tx)
            .await?;
            if let Seen::Payment(payment) = seen {
                customers::save(&mut tx, &after, payment, now).await?;
            }
            let first = order.settled == Settled::Open;
            order.settled = settled;
            order.winner = Some(attempt_id.to_owned());
            if first {
                let told = Told {
                    kind: Kind::Completed,
                    status: settled.name(),
                    reason: None,
                };
                self.queue(&mut tx, &order, told).await?;
            }
        }
        if before.is_open() && !after.is_open() {
            attempts::rotate(&mut tx, order_id).await?;
        }
        limits::decided(&mut tx, &self.limits, &after, seen, now).await?;
        let moved = after.phase != before.phase
            || after.failure != before.failure
            || after.released != before.released
            || change.pays.is_some();
        if moved {
            let happening = Happening {
                order_id,
                what: What::AttemptDecided,
                attempt: Some(attempt_id),
                req_id: None,
                detail: detail(&before, &after, &change, seen),
            };
            history::write(&mut *tx, &happening).await?;
        }
        tx.commit().await?;
        if let Some(alarm) = &change.alarm {
            self.operator_needed(order_id, Some(attempt_id), alarm)
                .await?;
        }
        if moved {
            tracing::info!(
                order = order_id,
                attempt = attempt_id,
                from = before.phase.name(),
                to = after.phase.name(),
                settled = order.settled.name(),
                "attempt decided"
            );
        }
        Ok((order, after))
    }

    /// Marks that the shopper came back from the bank.
    pub(crate) async fn shopper_returned(
        &self,
        order_id: &str,
        attempt_id: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        let marked = sqlx::query(
            "UPDATE attempts SET returned = 1, next_ask_at = $3 \
             WHERE order_id = $1 AND id = $2 AND returned = 0 AND phase = 'action'",
        )
        .bind(order_id)
        .bind(attempt_id)
        .bind(now_ms())
        .execute(&mut *tx)
        .await?;
        if marked.rows_affected() > 0 {
            history::write(
                &mut *tx,
                &plain(What::ShopperReturned, order_id, attempt_id),
            )
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Marks an attempt as left by the shopper, if that is possible: another may start, and
    /// what this one comes to is still asked.
    pub(crate) async fn abandon(
        &self,
        order_id: &str,
        attempt_id: &str,
    ) -> Result<Attempt, StoreError> {
        let now = now_ms();
        let mut tx = self.pool.begin().await?;
        known(orders::lock(&mut tx, order_id).await?, "order_id")?;
        let mut attempt = known(attempts::one(&mut tx, order_id, attempt_id).await?, "id")?;
        if attempt.can_be_left() {
            attempt.abandoned = true;
            attempt.next_ask_at = now + first_pause(&attempt, now);
            write(&mut tx, &attempt, None, now).await?;
            attempts::rotate(&mut tx, order_id).await?;
            history::write(
                &mut *tx,
                &plain(What::AttemptAbandoned, order_id, attempt_id),
            )
            .await?;
            tx.commit().await?;
            tracing::info!(
                order = order_id,
                attempt = attempt_id,
                "attempt abandoned by the shopper"
            );
        }
        Ok(attempt)
    }
}

/// How long until the first question of a phase, in milliseconds.
fn first_pause(attempt: &Attempt, now: i64) -> i64 {
    Attempt {
        asks: 0,
        created_at: now,
        ..attempt.clone()
    }
    .pause(now)
}

fn plain<'a>(what: What, order_id: &'a str, attempt: &'a str) -> Happening<'a> {
    Happening {
        order_id,
        what,
        attempt: Some(attempt),
        req_id: None,
        detail: json!({}),
    }
}

/// What an order's history says of a decision.
fn detail(before: &Attempt, after: &Attempt, change: &Change, seen: &Seen) -> Value {
    let mut detail = json!({
        "from": before.phase.name(),
        "to": after.phase.name(),
        "why": why(seen),
    });
    if let Some(kind) = after.failure {
        detail["failure"] = json!(kind);
    }
    if let Some(code) = &after.response_code {
        detail["responseCode"] = json!(code);
    }
    if let Some(settled) = change.pays {
        detail["order"] = json!(settled.name());
    }
    if change.released {
        detail["released"] = json!(true);
    }
    detail
}

fn state_name(state: &State) -> String {
    match state {
        State::Unknown(text) => text.clone(),
        known => format!("{known:?}"),
    }
}

async fn write(
    tx: &mut sqlx::Transaction<'_, sqlx::Any>,
    attempt: &Attempt,
    gateway_state: Option<&str>,
    now: i64,
) -> Result<(), StoreError> {
    let failure = attempt
        .failure
        .and_then(|kind| serde_json::to_value(kind).ok())
        .and_then(|kind| kind.as_str().map(str::to_owned))
        .unwrap_or_default();
    sqlx::query(
        "UPDATE attempts SET phase = $3, is_open = $4, abandoned = $5, gateway_payment_id = $6, \
         response_code = $7, redirect_url = $8, failure = $9, next_ask_at = $10, \
         updated_at = $11, watch_until = $14, released = $15, \
         captured = CASE WHEN captured > $16 THEN captured ELSE $16 END, \
         token = CASE WHEN $12 = 1 THEN token ELSE '' END, \
         action_token = $17, actions = $18, \
         gateway_state = CASE WHEN $13 = '' THEN gateway_state ELSE $13 END \
         WHERE order_id = $1 AND id = $2",
    )
    .bind(attempt.order_id.as_str())
    .bind(attempt.id.as_str())
    .bind(attempt.phase.name())
    .bind(i64::from(attempt.is_open()))
    .bind(i64::from(attempt.abandoned))
    .bind(attempt.gateway_payment_id.as_deref().unwrap_or_default())
    .bind(attempt.response_code.as_deref().unwrap_or_default())
    .bind(attempt.redirect_url.as_deref().unwrap_or_default())
    .bind(failure)
    .bind(attempt.next_ask_at)
    .bind(now)
    .bind(i64::from(attempt.token.is_some()))
    .bind(gateway_state.unwrap_or_default())
    .bind(attempt.watch_until)
    .bind(i64::from(attempt.released))
    .bind(attempt.captured)
    .bind(
        attempt
            .action_token
            .as_ref()
            // EXPOSE: kept so that the challenge goes on after a restart.
            .map_or("", |token| token.expose().as_str()),
    )
    .bind(attempt.actions)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
