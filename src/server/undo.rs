//! Carries out what `give_back` decides about a payment that its order can't keep.

use crate::provider::checkout_com::{Payment, Reversal, State};

use super::{
    Server,
    attempt::Attempt,
    call::Call,
    decide::Seen,
    give_back::{Kind, Said, Step},
    store::StoreError,
};

impl Server {
    /// One step of giving a payment back; what the gateway is known to say after it.
    pub(super) async fn undo(
        &self,
        attempt: &Attempt,
        payment: &Payment,
    ) -> Result<Option<Seen>, StoreError> {
        let Some(account) = self.account(&attempt.org) else {
            return Ok(None);
        };
        let tried = self
            .store
            .reversals(&attempt.order_id, &attempt.id)
            .await?
            .len();
        // The first step of a payment that is wholly reserved or captured needs no actions.
        let plain = matches!(
            payment.state,
            State::Authorized | State::Captured | State::Paid
        );
        let actions = if tried == 0 && plain {
            None
        } else {
            self.actions_call(attempt, &account.actions(&payment.id))
                .await
        };
        let busy = i64::try_from(self.settings.gateway_deadline.as_millis()).unwrap_or(20_000);
        let step = self
            .store
            .next_reversal(attempt, payment, actions.as_deref(), busy)
            .await?;
        let one = match step {
            Step::Wait => return Ok(None),
            Step::Operator(why) => {
                self.store
                    .operator_needed(&attempt.order_id, Some(&attempt.id), why)
                    .await?;
                return Ok(None);
            }
            Step::Done => {
                return Ok(Some(Seen::Payment(Payment {
                    state: State::Refunded,
                    ..payment.clone()
                })));
            }
            Step::Ask(one) => one,
        };
        tracing::warn!(
            order = attempt.order_id,
            attempt = attempt.id,
            gateway_payment = payment.id.as_str(),
            kind = one.kind.name(),
            n = one.n,
            "approved too late: giving it back"
        );
        let (call, request) = match one.kind {
            Kind::Void => (Call::Void, account.void(&payment.id, &one.key)),
            Kind::Refund => (
                Call::Refund,
                account.refund(&payment.id, one.amount, &one.key),
            ),
        };
        match self.reversal_call(attempt, call, &request).await {
            Reversal::Accepted => self.store.reversal_said(&one, Said::Accepted).await?,
            Reversal::Refused => self.store.reversal_said(&one, Said::Refused).await?,
            Reversal::Undecidable => return Ok(None),
        }
        // Often it shows at once.
        Ok(Some(self.get(attempt, account, &payment.id).await))
    }
}
