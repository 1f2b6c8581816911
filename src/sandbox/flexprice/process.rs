//! Processing: what each method does, and what the gateway's answer makes of a payment.

use serde_json::json;

use super::{
    super::{clock::rfc3339, ident},
    answer::Refusal,
    forced::{DECLINED, Outcome},
    ledger::{Card, Habit, Office, Payment, Verdict},
    status::Status,
    webhooks::Event,
};

impl Office {
    /// Processes a payment that waits for it.
    ///
    /// # Errors
    /// 400: it does not wait for it, or it failed, or no link could be made. A payment that failed
    /// stays on the books as FAILED, a link that could not be made as INITIATED.
    pub(super) fn process(&mut self, index: usize, base: &str, now: i64) -> Result<(), Refusal> {
        let payment = &self.payments[index];
        let link = payment.method == "PAYMENT_LINK";
        let waits =
            payment.status == Status::Pending || (link && payment.status == Status::Initiated);
        if !waits {
            return Err(Refusal::not_now(
                "Invalid payment status for processing payment",
                format!("payment is not in pending state: {}", payment.status.name()),
                json!({"payment_id": payment.id, "status": payment.status.name()}),
            ));
        }
        if link {
            return self.link(index, base, now);
        }
        let method = payment.method.clone();
        self.note(index, Event::Pending);
        let result = match method.as_str() {
            "OFFLINE" => Ok(Verdict::Paid),
            "CREDITS" => self.debit(index),
            "CARD" => self.charge(index),
            "ACH" => Err("ACH payment processing not implemented".to_owned()),
            other => Err(format!("unsupported payment method type: {other}")),
        };
        let verdict = result.unwrap_or_else(Verdict::Declined);
        self.decide(index, &verdict, method != "OFFLINE", now);
        match verdict {
            Verdict::Declined(error) => Err(self.failed(index, error)),
            Verdict::Paid | Verdict::Later => Ok(()),
        }
    }

    fn failed(&self, index: usize, internal: String) -> Refusal {
        let details = json!({"payment_id": self.payments[index].id});
        Refusal::not_now("Failed to process payment", internal, details)
    }

    /// Makes the page where the payer pays. A link that has one is left as it is.
    fn link(&mut self, index: usize, base: &str, now: i64) -> Result<(), Refusal> {
        if self.payments[index].status == Status::Pending {
            return Ok(());
        }
        let broken = self.ordered(index) == Some(Outcome::Broken);
        let payment = &mut self.payments[index];
        let gateway = payment.gateway.clone().unwrap_or_default();
        if broken || !["stripe", "razorpay", "nomod"].contains(&gateway.as_str()) {
            let internal = if broken {
                "the gateway did not answer".to_owned()
            } else {
                format!("unsupported payment gateway: {gateway}")
            };
            return Err(self.failed(index, internal));
        }
        payment.open_page(base, now);
        payment.status = Status::Pending;
        payment.updated = now;
        self.note(index, Event::Pending);
        Ok(())
    }

    /// Takes credits from the wallet that was chosen when the payment was made.
    fn debit(&mut self, index: usize) -> Result<Verdict, String> {
        let payment = &self.payments[index];
        let wallet = self
            .wallets
            .iter_mut()
            .find(|wallet| wallet.id == payment.method_id)
            .ok_or("wallet not found")?;
        if wallet.currency != payment.currency {
            return Err("wallet currency does not match payment currency".into());
        }
        if wallet.balance < payment.amount {
            return Err("wallet balance is less than payment amount".into());
        }
        wallet.balance = wallet.balance.minus(payment.amount);
        Ok(Verdict::Paid)
    }

    /// Charges the saved card that was named, or the customer's default.
    fn charge(&mut self, index: usize) -> Result<Verdict, String> {
        let card = self.card(&self.payments[index])?.clone();
        self.payments[index].method_id = card.id;
        let verdict = match self.ordered(index) {
            Some(Outcome::Broken) => return Err("the gateway did not answer".into()),
            Some(Outcome::Gateway(verdict)) => verdict,
            None => match card.habit {
                Habit::Approve => Verdict::Paid,
                Habit::Decline => Verdict::Declined(DECLINED.into()),
                Habit::Authenticate => {
                    Verdict::Declined("authentication_required: the card asks for 3D Secure".into())
                }
            },
        };
        let payment = &mut self.payments[index];
        if !matches!(verdict, Verdict::Declined(_)) {
            payment.gateway = Some("stripe".into());
            payment.gateway_payment = Some(ident::new("pi"));
        }
        Ok(verdict)
    }

    fn card(&self, payment: &Payment) -> Result<&Card, String> {
        let cards = self.payer(payment).map_or(&[][..], |payer| &payer.cards);
        let wanted = payment.method_id.as_str();
        if wanted.is_empty() {
            let default = cards.iter().find(|card| card.default);
            return default.ok_or_else(|| "no default payment method".to_owned());
        }
        cards
            .iter()
            .find(|card| card.id == wanted)
            .ok_or_else(|| format!("no such payment method: {wanted}"))
    }

    /// Writes down what a gateway said, if the record may go there.
    pub(super) fn decide(&mut self, index: usize, verdict: &Verdict, taken: bool, now: i64) {
        let payment = &mut self.payments[index];
        payment.verdict = Some(verdict.clone());
        payment.updated = now;
        match verdict {
            Verdict::Later => payment.status = Status::Processing,
            Verdict::Declined(error) => {
                payment.status = Status::Failed;
                payment.failed_at = Some(rfc3339(now));
                payment.error = Some(error.clone());
                payment.attempt(Some(error.clone()), now);
                self.note(index, Event::Failed);
            }
            Verdict::Paid => {
                payment.taken = taken;
                payment.succeeded_at = Some(rfc3339(now));
                payment.status = Status::Succeeded;
                payment.attempt(None, now);
                self.reconcile(index);
                self.note(index, Event::Success);
            }
        }
    }

    /// Adds a payment to what its invoice has got. What is more than was due makes it OVERPAID.
    fn reconcile(&mut self, index: usize) {
        let payment = &mut self.payments[index];
        let found = self
            .invoices
            .iter_mut()
            .find(|invoice| invoice.id == payment.invoice);
        if let Some(invoice) = found {
            invoice.paid = invoice.paid.plus(payment.amount);
            if invoice.paid > invoice.due {
                payment.status = Status::Overpaid;
            }
            if invoice.paid >= invoice.due && invoice.status == "DRAFT" {
                invoice.status = "FINALIZED";
            }
        }
    }

    /// Flexprice hears what the gateway has said since.
    pub(super) fn hear(&mut self, index: usize, now: i64) {
        let payment = &self.payments[index];
        let Some(verdict) = payment.verdict.clone() else {
            return;
        };
        let known = match verdict {
            Verdict::Later => payment.status == Status::Processing,
            Verdict::Paid | Verdict::Declined(_) => !payment.status.in_flight(),
        };
        if !known {
            self.decide(index, &verdict, true, now);
        }
    }
}
