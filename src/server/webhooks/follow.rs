//! Asking the gateway because of a report.

use std::sync::Arc;

use serde_json::json;

use crate::{
    provider::checkout_com::{Account, Found, Payment, PaymentId, State, webhook::shows},
    server::{
        Server,
        attempt::{Attempt, Phase},
        decide::{Seen, best, may_charge},
        store::{Happening, News, StoreError, What, now_ms},
    },
};

/// An answer that is older than its report is asked for again so often.
const CATCH_UP: i64 = 6;

/// What the gateway's answers come to.
enum Came {
    Payment(Payment),
    /// More than one payment with the attempt's reference may have charged: this one counts.
    Several(Payment),
    /// The payment can still be anything, and its own request runs or is repeated: that will
    /// tell.
    TooEarly,
    NoAnswer,
}

/// Whether the answer to the payment's own request is still to come: it is running, or it was
/// lost, and the settler repeats it under the same key as long as there is a token.
fn awaits_its_own_answer(attempt: &Attempt) -> bool {
    match attempt.phase {
        Phase::Creating => true,
        Phase::Unknown => attempt.token.is_some() && attempt.gateway_payment_id.is_none(),
        _ => false,
    }
}

/// How long until the gateway is asked again because of one report, in milliseconds.
fn pause(asks: i64) -> i64 {
    (1_000_i64 << asks.clamp(0, 12)).min(3_600_000)
}

impl Server {
    /// Asks about the payment that a report names, whatever the attempt's phase: the report may
    /// be late, early, repeated, or about an attempt that was over.
    pub(super) async fn follow(&self, news: &News) -> Result<(), StoreError> {
        let attempt = self.store.attempt(&news.order_id, &news.attempt).await?;
        let Some(attempt) = attempt else {
            return self.store.webhook_done(news).await;
        };
        let Some(account) = self.account(&attempt.org) else {
            return self.later(news, "no account").await;
        };
        self.store.asked(&attempt).await?;
        let (payment, several) = match self.look_for(account, &attempt, news).await {
            Came::Payment(payment) => (payment, false),
            Came::Several(payment) => (payment, true),
            Came::TooEarly => {
                self.told(news, "too early: the payment's own request will tell")
                    .await;
                return self.store.webhook_done(news).await;
            }
            Came::NoAnswer => return self.later(news, "the gateway gave no answer").await,
        };
        let state = payment.state.clone();
        if several {
            let why = "two payments at the gateway carry one attempt's reference";
            self.store
                .operator_needed(&news.order_id, Some(&news.attempt), why)
                .await?;
        }
        let after = self.settle_seen(&attempt, &Seen::Payment(payment)).await?;
        if !shows(&news.kind, &state) && news.asks < CATCH_UP {
            return self
                .later(news, "the gateway's answer is older than the report")
                .await;
        }
        let came = format!(
            "asked: {state:?}, {} -> {}",
            attempt.phase.name(),
            after.phase.name()
        );
        self.told(news, &came).await;
        self.store.webhook_done(news).await
    }

    async fn look_for(&self, account: &Account, attempt: &Attempt, news: &News) -> Came {
        let known = attempt
            .gateway_payment_id
            .as_deref()
            .and_then(PaymentId::parse);
        let mut list: Vec<Payment> = Vec::new();
        let other = news
            .payment
            .as_ref()
            .filter(|named| known.as_ref() != Some(*named));
        if let Some(named) = other {
            match self.get(attempt, account, named).await {
                Seen::Payment(payment)
                    if payment.id == *named
                        && payment.reference.as_ref() == Some(&attempt.reference) =>
                {
                    list.push(payment);
                }
                // Found by its reference, but the gateway says otherwise.
                Seen::Payment(_) => tracing::warn!(
                    order = attempt.order_id,
                    attempt = attempt.id,
                    "a webhook named a payment with another reference"
                ),
                _ => return Came::NoAnswer,
            }
        }
        let approved = |payment: &Payment| payment.approved == Some(true);
        if let Some(known) = &known {
            match self.get(attempt, account, known).await {
                // The last counts of those that stand alike.
                Seen::Payment(payment) => list.push(payment),
                _ => return Came::NoAnswer,
            }
        } else if !list.iter().any(approved) {
            // A refused payment says nothing as long as another may have been made.
            match self
                .search_call(attempt, &account.find(&attempt.reference))
                .await
            {
                Found::Payments(found) => {
                    let new = |payment: &Payment| list.iter().all(|old| old.id != payment.id);
                    let found: Vec<Payment> = found.into_iter().filter(new).collect();
                    list.extend(found);
                }
                Found::Undecidable => return Came::NoAnswer,
            }
        }
        let several = list.iter().filter(|payment| may_charge(payment)).count() > 1;
        match best(list) {
            None => Came::NoAnswer,
            // Its answer brings what the shopper must do; this one doesn't.
            Some(payment)
                if awaits_its_own_answer(attempt)
                    && matches!(payment.state, State::Pending | State::RetryScheduled) =>
            {
                Came::TooEarly
            }
            Some(payment) if several => Came::Several(payment),
            Some(payment) => Came::Payment(payment),
        }
    }

    async fn later(&self, news: &News, why: &str) -> Result<(), StoreError> {
        tracing::warn!(
            order = news.order_id,
            attempt = news.attempt,
            event = news.id,
            "webhook is followed again later: {why}"
        );
        if news.asks == 1 {
            self.told(news, &format!("asked again later: {why}")).await;
        }
        let at = now_ms() + pause(news.asks);
        self.store.webhook_again(news, at).await
    }

    async fn told(&self, news: &News, came: &str) {
        self.store
            .note(Happening {
                order_id: &news.order_id,
                what: What::WebhookReceived,
                attempt: Some(&news.attempt),
                req_id: None,
                detail: json!({ "type": news.kind, "event": news.id, "came": came }),
            })
            .await;
    }

    /// Follows reports that nobody got an answer for: after a crash, or when the gateway was
    /// away.
    pub(crate) async fn follow_due(self: &Arc<Self>) -> Result<(), StoreError> {
        for mut news in self.store.webhooks_due(16).await? {
            if !self.store.take_webhook(&news).await? {
                continue;
            }
            news.asks += 1;
            let server = Arc::clone(self);
            tokio::spawn(async move {
                if let Err(error) = server.follow(&news).await {
                    tracing::error!(event = news.id, order = news.order_id, "store: {error}");
                }
            });
        }
        Ok(())
    }
}
