//! Calls the gateway for an instruction that is stored, and asks until its end is known.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;
use tracing::Instrument;

use super::{
    Fate, Instruction, Kind, Wish,
    settle::{Next, next},
};
use crate::{
    provider::checkout_com::{Payment, PaymentId, State, Taken},
    server::{
        Server,
        attempt::{Attempt, Phase},
        call::Call,
        decide::{is_foreign, pause},
        order::Order,
        request,
        store::{Instructed, StoreError, now_ms},
    },
    session::Capture,
};

/// A repeat of a call that is running waits this long for its answer.
const WAIT: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Instructions of one round.
const AT_ONCE: i64 = 16;

fn call_of(kind: Kind) -> Call {
    match kind {
        Kind::Capture => Call::Capture,
        Kind::Void => Call::Void,
        Kind::Refund => Call::Refund,
    }
}

impl Server {
    /// How long a call of the gateway may be running, in milliseconds.
    fn busy_ms(&self) -> i64 {
        i64::try_from(self.settings.gateway_deadline.as_millis()).unwrap_or(20_000) + 1_000
    }

    /// Stores what is asked for, unless it is known or impossible, and calls the gateway. Once
    /// stored it goes on by itself, also when the caller hangs up.
    pub(super) async fn instruct(
        self: &Arc<Self>,
        order: &Order,
        wish: &Wish,
        key: Option<&str>,
    ) -> Result<Instructed, StoreError> {
        let several = self
            .account(&order.org)
            .is_some_and(|account| account.captures_several_times());
        let begun = self
            .store
            .begin_instruction(&order.id, wish, key, several, self.busy_ms())
            .await?;
        match begun {
            Instructed::Fresh(one, attempt) => {
                let server = Arc::clone(self);
                let id = one.id.clone();
                let told = (one.clone(), attempt.clone());
                let call =
                    request::spawn(
                        async move { server.tell_gateway(&told.0, &told.1, true).await },
                    );
                // A fault of this server: the settler goes on.
                if let Ok(done) = call.await {
                    done?;
                }
                let now = self.store.instruction(&id).await?;
                Ok(Instructed::Fresh(now.map_or(one, Box::new), attempt))
            }
            Instructed::Same(one) => {
                Ok(Instructed::Same(Box::new(self.after_its_call(*one).await?)))
            }
            refused @ Instructed::Refused(_) => Ok(refused),
        }
    }

    /// The instruction once its first call of the gateway has ended, as far as that is soon.
    async fn after_its_call(&self, mut one: Instruction) -> Result<Instruction, StoreError> {
        let mut waited = Duration::ZERO;
        while one.fate == Fate::Asked && waited < WAIT {
            tokio::time::sleep(LOOK_EVERY).await;
            waited += LOOK_EVERY;
            one = self.store.instruction(&one.id).await?.unwrap_or(one);
        }
        Ok(one)
    }

    /// Sends it to the gateway under its own key, for the `first` time or again, and writes down
    /// what came back.
    async fn tell_gateway(
        &self,
        one: &Instruction,
        attempt: &Attempt,
        first: bool,
    ) -> Result<(), StoreError> {
        let id = attempt
            .gateway_payment_id
            .as_deref()
            .and_then(PaymentId::parse);
        let (Some(account), Some(id)) = (self.account(&attempt.org), id) else {
            let why = "its organisation is not in the settings: put it back, so that it can be asked about";
            return self
                .store
                .operator_needed(&one.order_id, Some(&one.attempt), why)
                .await;
        };
        let request = account.act(&id, one.kind.path(), one.body.clone(), &one.gateway_key);
        let (taken, never_sent) = self.action_call(attempt, call_of(one.kind), &request).await;
        let again = now_ms() + pause(false, one.asks, now_ms() - one.created_at);
        let refused = |status, codes: &[String]| {
            let why = Instruction::refusal(status, codes);
            (Fate::Refused, None, why)
        };
        let unknown = (Fate::Unknown, None, String::new());
        let (fate, action, why) = match taken {
            Taken::Accepted { action_id } => (Fate::Accepted, action_id, String::new()),
            Taken::Refused {
                status,
                error_codes,
            } if first => refused(status, &error_codes),
            // The first request may have worked: what is listed by now counts more.
            Taken::Refused {
                status,
                error_codes,
            } if status != 401 => match self.actions_call(attempt, &account.actions(&id)).await {
                Some(actions) => {
                    self.store.book(attempt, &actions, 0, false).await?;
                    refused(status, &error_codes)
                }
                None => unknown,
            },
            // Nothing has left this machine.
            Taken::Undecidable if first && never_sent => {
                refused(502, &["service_unavailable".to_owned()])
            }
            Taken::Refused { .. } | Taken::Undecidable => unknown,
        };
        self.store
            .instruction_came(one, fate, action.as_deref(), &why, again)
            .await
    }

    /// Books what the gateway lists as done with a payment that won, if there is something to
    /// learn. A list that can't be read is asked for again as long as an instruction is open.
    pub(crate) async fn account_for(
        &self,
        attempt: &Attempt,
        payment: &Payment,
    ) -> Result<(), StoreError> {
        if attempt.phase != Phase::Succeeded
            || is_foreign(attempt, payment)
            || payment.amount != Some(attempt.total.minor)
        {
            return Ok(());
        }
        let manual = attempt.capture == Capture::Manual;
        let whole = match payment.state {
            State::Captured | State::Paid => attempt.total.minor,
            _ => 0,
        };
        let moved = match payment.state {
            State::PartiallyCaptured | State::PartiallyRefunded | State::Refunded => true,
            State::Captured | State::Paid => manual,
            State::Voided => !attempt.released,
            _ => false,
        };
        let open = || async {
            let all = self.store.instructions_of(&attempt.order_id).await?;
            Ok::<_, StoreError>(all.iter().any(|one| one.fate.is_open()))
        };
        if !moved && !open().await? {
            return Ok(());
        }
        let Some(account) = self.account(&attempt.org) else {
            return Ok(());
        };
        let Some(actions) = self
            .actions_call(attempt, &account.actions(&payment.id))
            .await
        else {
            return Ok(());
        };
        let voided = payment.state == State::Voided;
        self.store.book(attempt, &actions, whole, voided).await
    }

    /// Asks about everything whose end isn't known.
    pub(crate) async fn instructions_due(self: &Arc<Self>) -> Result<(), StoreError> {
        let mut tasks = JoinSet::new();
        for one in self.store.instructions_due(AT_ONCE).await? {
            if !self
                .store
                .take_instruction(&one, now_ms() + self.busy_ms())
                .await?
            {
                continue;
            }
            let server = Arc::clone(self);
            let span = request::asking(&one.order_id, &one.attempt);
            tasks.spawn(async move { server.find_out(&one).await }.instrument(span));
        }
        let mut trouble = Ok(());
        while let Some(done) = tasks.join_next().await {
            if let Ok(Err(error)) = done {
                trouble = Err(error);
            }
        }
        trouble
    }

    /// Asks how one ended: by the payment and its actions, else by the same request again.
    async fn find_out(&self, one: &Instruction) -> Result<(), StoreError> {
        let attempt = self.store.attempt(&one.order_id, &one.attempt).await?;
        let Some(attempt) = attempt else {
            return Ok(());
        };
        let id = attempt
            .gateway_payment_id
            .as_deref()
            .and_then(PaymentId::parse);
        if let (Some(account), Some(id)) = (self.account(&attempt.org), &id) {
            let seen = self.get(&attempt, account, id).await;
            self.settle_seen(&attempt, &seen).await?;
        }
        let Some(one) = self.store.instruction(&one.id).await? else {
            return Ok(());
        };
        if !one.fate.is_open() {
            return Ok(());
        }
        let now = now_ms();
        let again = now + pause(false, one.asks, now - one.created_at);
        match next(&one, now) {
            Next::Repeat => return self.tell_gateway(&one, &attempt, false).await,
            Next::Wait => {}
            Next::Over => {
                if let (Some(account), Some(id)) = (self.account(&attempt.org), &id)
                    && self
                        .actions_call(&attempt, &account.actions(id))
                        .await
                        .is_some()
                {
                    let why = "the gateway has nothing of it";
                    return self
                        .store
                        .instruction_came(&one, Fate::Failed, None, why, again)
                        .await;
                }
            }
            Next::Operator => {
                let why = format!(
                    "a {} was accepted and has not shown for a day: ask the gateway what became of it",
                    one.kind.name()
                );
                self.store
                    .operator_needed(&one.order_id, Some(&one.attempt), &why)
                    .await?;
            }
        }
        self.store.instruction_again(&one.id, again).await
    }
}
