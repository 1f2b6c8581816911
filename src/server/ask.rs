//! The conversation with the gateway about one attempt: the charge, and every question after.

use std::{sync::Arc, time::Duration};

use crate::{
    http::{NoAnswer, Request},
    provider::checkout_com::{
        Account, Charge, Found, Payment, PaymentId, Reply, Source, of_error_codes,
    },
    session::Capture,
};

use super::{
    Server,
    attempt::{Attempt, Phase},
    call::Call,
    decide::{Seen, best, is_foreign, may_charge},
    gateway::{Gateway, Settle},
    order::Order,
    report::rfc3339,
    request,
    store::{StoreError, now_ms},
};

/// Nobody gets the gateway asked about one attempt more often than this.
const PATIENCE_MS: i64 = 300;

/// So many steps of giving a payment back follow each other without a rest.
const STEPS: usize = 3;

/// A widget's question waits this long for the gateway; the widget itself gives up after 10 s.
const WAIT: Duration = Duration::from_secs(3);

/// When the gateway is to take the money, counted from the payment itself: sent again, the
/// charge must say the same.
fn capture_on(attempt: &Attempt) -> Option<String> {
    match attempt.capture {
        Capture::After(seconds) => Some(rfc3339(attempt.created_at + i64::from(seconds) * 1000)),
        Capture::Automatic | Capture::Manual => None,
    }
}

impl Server {
    pub(super) fn account(&self, org: &str) -> Option<&Account> {
        self.organisation(org)
            .and_then(|organisation| Some(&organisation.checkout_com.as_ref()?.account))
    }

    /// Whether the gateway of an attempt is in the settings.
    fn has_gateway(&self, attempt: &Attempt) -> bool {
        self.organisation(&attempt.org)
            .is_some_and(|organisation| organisation.has(attempt.gateway))
    }

    fn charge_request(&self, order: &Order, attempt: &Attempt) -> Option<Request> {
        let token = attempt.token.as_ref()?;
        let source = match &attempt.previous_payment {
            Some(previous_payment) => Source::Saved {
                id: token,
                previous_payment,
            },
            None => Source::Token {
                token,
                keep: attempt.keep_card,
            },
        };
        Some(self.account(&attempt.org)?.pay(&Charge {
            source,
            total: attempt.total,
            capture: attempt.capture,
            capture_on: capture_on(attempt).as_deref(),
            reference: &attempt.reference,
            order_reference: &order.reference,
            order_id: &order.id,
            return_url: &attempt.return_url,
            idempotency_key: &attempt.gateway_key,
        }))
    }

    /// Makes the charge of a freshly stored attempt and records what came of it.
    pub(super) async fn charge(&self, order: &Order, attempt: &Attempt) -> Result<(), StoreError> {
        let seen = match attempt.gateway {
            Gateway::CheckoutCom => self.charge_at_checkout_com(order, attempt).await,
            Gateway::FunnelFox => self.charge_at_funnelfox(order, attempt).await?,
        };
        self.settle_seen(attempt, &seen).await.map(|_| ())
    }

    async fn charge_at_checkout_com(&self, order: &Order, attempt: &Attempt) -> Seen {
        match self.charge_request(order, attempt) {
            None => Seen::NotSent,
            Some(request) => match self.payment_call(attempt, Call::Charge, &request).await {
                (_, Err(NoAnswer::NotSent)) => Seen::NotSent,
                (Reply::Payment(payment), _) => Seen::Payment(payment),
                (Reply::Rejected { error_codes }, _) => {
                    tracing::warn!(
                        order = order.id,
                        attempt = attempt.id,
                        codes = ?error_codes,
                        "gateway refused the request"
                    );
                    Seen::Rejected(of_error_codes(&error_codes))
                }
                (Reply::Undecidable, _) => Seen::NoAnswer,
            },
        }
    }

    /// Asks the gateway about an attempt and records the answer. `since` is the age in
    /// milliseconds that the last question must have; a younger one answers for this.
    pub(crate) async fn ask(&self, attempt: &Attempt, since: i64) -> Result<Attempt, StoreError> {
        let now = now_ms();
        let due = if attempt.phase == Phase::Creating {
            // The call itself is still running, here or on another server.
            attempt.next_ask_at <= now
        } else {
            // A time to come is that of a clock that was set back: it answers for nothing.
            attempt.is_asked(now) && !(0..since).contains(&(now - attempt.asked_at))
        };
        let busy = i64::try_from(self.settings.gateway_deadline.as_millis()).unwrap_or(20_000);
        let wait = attempt.pause(now);
        if due && !self.has_gateway(attempt) {
            let why = "its organisation is not in the settings: put it back, so that it can be asked about";
            self.put_aside(&attempt.order_id, &attempt.id, why).await?;
            return Ok(attempt.clone());
        }
        let taken = due && self.store.take_ask(attempt, now + wait.max(busy)).await?;
        if !taken {
            let current = self.store.attempt(&attempt.order_id, &attempt.id).await?;
            return Ok(current.unwrap_or_else(|| attempt.clone()));
        }
        let after = self.look_and_settle(attempt).await?;
        if after.phase == attempt.phase {
            self.store.ask_again_at(&after, now_ms() + wait).await?;
        }
        Ok(after)
    }

    /// As [`Server::ask`], but answers with what is known if the gateway takes long. The
    /// question goes on by itself, also when whoever waits for it hangs up.
    pub(crate) async fn ask_briefly(
        self: &Arc<Self>,
        attempt: Attempt,
        since: i64,
    ) -> Result<Attempt, StoreError> {
        let server = Arc::clone(self);
        let asked = attempt.clone();
        let question = request::spawn(async move { server.ask(&asked, since).await });
        if let Ok(Ok(answer)) = tokio::time::timeout(WAIT, question).await {
            return answer;
        }
        let current = self.store.attempt(&attempt.order_id, &attempt.id).await?;
        Ok(current.unwrap_or(attempt))
    }

    /// Asks at once for somebody who waits, whoever else is asking: a GET changes nothing.
    /// Only an attempt that the gateway has not named yet is asked about in turn.
    pub(crate) async fn ask_at_once(&self, attempt: &Attempt) -> Result<Attempt, StoreError> {
        let age = now_ms() - attempt.asked_at;
        if (0..PATIENCE_MS).contains(&age) {
            tokio::time::sleep(Duration::from_millis((PATIENCE_MS - age).unsigned_abs())).await;
        }
        let current = self.store.attempt(&attempt.order_id, &attempt.id).await?;
        let current = current.unwrap_or_else(|| attempt.clone());
        if current.gateway_payment_id.is_none() || !current.is_asked(now_ms()) {
            return self.ask(&current, PATIENCE_MS).await;
        }
        self.store.asked(&current).await?;
        self.look_and_settle(&current).await
    }

    /// Asks in the gateway's own way, and records what was learnt.
    async fn look_and_settle(&self, attempt: &Attempt) -> Result<Attempt, StoreError> {
        let seen = match attempt.gateway.settle() {
            Settle::ByKeyThenReference { key_lifetime_ms } => {
                Some(self.look(attempt, key_lifetime_ms).await?)
            }
            Settle::ByReport => self.look_at_funnelfox(attempt).await?,
        };
        match seen {
            Some(seen) => self.settle_seen(attempt, &seen).await,
            // Nothing was learnt, and somebody else may be learning it now.
            None => {
                let current = self.store.attempt(&attempt.order_id, &attempt.id).await?;
                Ok(current.unwrap_or_else(|| attempt.clone()))
            }
        }
    }

    /// Records, books what was done with the money, and gives it back at once if it must not be
    /// kept.
    pub(super) async fn settle_seen(
        &self,
        attempt: &Attempt,
        seen: &Seen,
    ) -> Result<Attempt, StoreError> {
        let (_, after) = self
            .store
            .record(&attempt.order_id, &attempt.id, seen)
            .await?;
        if after.phase == Phase::Undoing && !after.gateway.acts() {
            let why = format!(
                "the gateway charged for its order {} what this order can't take, and gives \
                 nothing back from here: give it back there, then say --outcome not-charged",
                after.gateway_payment_id.as_deref().unwrap_or_default()
            );
            self.store
                .operator_needed(&after.order_id, Some(&after.id), &why)
                .await?;
        }
        let Seen::Payment(payment) = seen else {
            return Ok(after);
        };
        if after.phase == Phase::Succeeded {
            self.account_for(&after, payment).await?;
        }
        if after.phase != Phase::Undoing || is_foreign(&after, payment) {
            return Ok(after);
        }
        self.give_back(after, payment.clone()).await
    }

    /// Gives back what an order can't keep. Where a step finds the payment otherwise than it
    /// was thought to be, as one that was captured before it could be voided, the next step
    /// follows at once.
    async fn give_back(
        &self,
        mut attempt: Attempt,
        mut payment: Payment,
    ) -> Result<Attempt, StoreError> {
        for _ in 0..STEPS {
            let Some(seen) = self.undo(&attempt, &payment).await? else {
                break;
            };
            let recorded = self
                .store
                .record(&attempt.order_id, &attempt.id, &seen)
                .await?;
            attempt = recorded.1;
            match seen {
                Seen::Payment(now)
                    if attempt.phase == Phase::Undoing
                        && now.state != payment.state
                        && !is_foreign(&attempt, &now) =>
                {
                    payment = now;
                }
                _ => break,
            }
        }
        Ok(attempt)
    }

    /// Asks about a payment that the gateway has named.
    pub(super) async fn get(&self, attempt: &Attempt, account: &Account, id: &PaymentId) -> Seen {
        match self
            .payment_call(attempt, Call::Get, &account.get(id))
            .await
        {
            (Reply::Payment(payment), _) => Seen::Payment(payment),
            (Reply::Rejected { .. } | Reply::Undecidable, _) => Seen::NoAnswer,
        }
    }

    async fn look(&self, attempt: &Attempt, key_lifetime_ms: i64) -> Result<Seen, StoreError> {
        let Some(account) = self.account(&attempt.org) else {
            return Ok(Seen::NoAnswer);
        };
        if let Some(id) = attempt
            .gateway_payment_id
            .as_deref()
            .and_then(PaymentId::parse)
        {
            return Ok(self.get(attempt, account, &id).await);
        }
        if attempt.phase == Phase::Creating {
            // Whoever was calling the gateway is gone: from now on it is asked.
            self.store
                .record(&attempt.order_id, &attempt.id, &Seen::NoAnswer)
                .await?;
        }
        let age = now_ms() - attempt.created_at;
        if attempt.token.is_some() {
            if age < key_lifetime_ms {
                let order = self.store.order(&attempt.org, &attempt.order_id).await?;
                let Some(request) = order.and_then(|order| self.charge_request(&order, attempt))
                else {
                    return Ok(Seen::NoAnswer);
                };
                let (reply, _) = self.payment_call(attempt, Call::Charge, &request).await;
                match reply {
                    Reply::Payment(payment) => return Ok(Seen::Payment(payment)),
                    Reply::Undecidable => return Ok(Seen::NoAnswer),
                    // A refused repetition says nothing of the first request, which may
                    // have used the token up.
                    Reply::Rejected { .. } => {}
                }
            }
            self.store.drop_token(attempt).await?;
        }
        let found = self
            .search_call(attempt, &account.find(&attempt.reference))
            .await;
        let quiet = i64::try_from(self.settings.quiet.as_millis()).unwrap_or(60_000);
        let long_empty = attempt.quiet_since > 0 && now_ms() - attempt.quiet_since > quiet;
        Ok(match found {
            Found::Payments(list) => match self.best_of(attempt, list).await? {
                Some(payment) => Seen::Payment(payment),
                // The first empty search comes after the token was given up.
                None if long_empty => Seen::Nothing,
                None => {
                    self.store.found_nothing(attempt).await?;
                    Seen::NoAnswer
                }
            },
            Found::Undecidable => Seen::NoAnswer,
        })
    }

    /// The payment that counts. More than one that may have charged would be a fault of the
    /// gateway's idempotency: an operator must give one back.
    async fn best_of(
        &self,
        attempt: &Attempt,
        list: Vec<Payment>,
    ) -> Result<Option<Payment>, StoreError> {
        if list.iter().filter(|payment| may_charge(payment)).count() > 1 {
            let ids: Vec<&str> = list.iter().map(|payment| payment.id.as_str()).collect();
            let why = format!("the gateway has several payments of it: {}", ids.join(", "));
            self.store
                .operator_needed(&attempt.order_id, Some(&attempt.id), &why)
                .await?;
        }
        Ok(best(list))
    }
}
