//! A new payment: the key that may know it already, the invoice that must be payable, the
//! wallet that credits come from.

use std::collections::BTreeMap;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    super::ident,
    answer::Refusal,
    ledger::{Invoice, Office, Payment},
    request::Asked,
    status::Status,
    webhooks::Event,
};

impl Office {
    /// The payment that was asked for, and whether it is new: a key that is known brings back
    /// the payment that it made, however that ended.
    pub(super) fn take(&mut self, mut asked: Asked, now: i64) -> Result<(usize, bool), Refusal> {
        if asked.key.is_empty() {
            asked.key = derived(&asked);
        }
        let known = self
            .payments
            .iter()
            .position(|payment| payment.key == asked.key);
        if let Some(index) = known.filter(|_| !self.settings.paid_first) {
            return Ok((index, false));
        }
        let invoice = self
            .invoice(&asked.invoice)
            .ok_or_else(|| {
                let details = json!({"invoice_id": asked.invoice});
                Refusal::invalid("Failed to validate invoice", "invoice not found", details)
            })?
            .clone();
        eligible(&invoice, &asked.currency)?;
        if let Some(index) = known {
            return Ok((index, false));
        }
        if asked.method == "CREDITS" {
            self.choose_wallet(&mut asked, &invoice)?;
        }
        self.payments.push(Payment::new(asked, now));
        let index = self.payments.len() - 1;
        self.note(index, Event::Created);
        Ok((index, true))
    }

    /// The wallet that credits come from: the one that was named, or one with money enough.
    fn choose_wallet(&self, asked: &mut Asked, invoice: &Invoice) -> Result<(), Refusal> {
        if !asked.method_id.is_empty() {
            let named = self
                .wallets
                .iter()
                .find(|wallet| wallet.id == asked.method_id);
            let wallet = named.ok_or_else(|| Refusal::not_found("Wallet", &asked.method_id))?;
            if wallet.kind != "POST_PAID" {
                let details = json!({"wallet_id": wallet.id, "wallet_type": wallet.kind});
                let text = "credits require a postpaid wallet";
                return Err(Refusal::invalid(
                    "Invoice payments require a POST_PAID wallet",
                    text,
                    details,
                ));
            }
            return Ok(());
        }
        let own: Vec<_> = self
            .wallets
            .iter()
            .filter(|wallet| {
                wallet.customer == invoice.customer
                    && wallet.currency == asked.currency
                    && wallet.kind == "POST_PAID"
            })
            .collect();
        let details = json!({"customer_id": invoice.customer});
        if own.is_empty() {
            let message = "Customer must have at least one wallet to use credits";
            let text = "no wallets found for customer";
            return Err(Refusal::new("not_found", message, text, details));
        }
        let found = own
            .into_iter()
            .find(|wallet| wallet.balance >= asked.amount);
        let wallet = found.ok_or_else(|| {
            let message = "Customer does not have an active wallet with sufficient balance";
            Refusal::not_now(message, "no wallet with sufficient balance found", details)
        })?;
        asked.method_id.clone_from(&wallet.id);
        asked
            .metadata
            .insert("wallet_type".into(), wallet.kind.into());
        asked.metadata.insert("wallet_id".into(), wallet.id.clone());
        Ok(())
    }
}

fn eligible(invoice: &Invoice, currency: &str) -> Result<(), Refusal> {
    let details = json!({"invoice_id": invoice.id});
    if invoice.paid >= invoice.due {
        let message = "Cannot create payment for an already paid invoice";
        return Err(Refusal::invalid(
            message,
            "invoice is already paid",
            details,
        ));
    }
    if invoice.status == "VOIDED" {
        let message = "Cannot create payment for a voided invoice";
        return Err(Refusal::invalid(message, "invoice is voided", details));
    }
    if invoice.currency != currency {
        let details = json!({"invoice_currency": invoice.currency, "payment_currency": currency});
        let text = "invoice currency does not match payment currency";
        return Err(Refusal::invalid(
            "Payment currency must match invoice currency",
            text,
            details,
        ));
    }
    Ok(())
}

/// The key of a request without one: the same request again has the same.
fn derived(asked: &Asked) -> String {
    let amount = asked.amount.to_string();
    let gateway = asked.gateway.as_deref().unwrap_or_default();
    let parts = [
        &asked.invoice,
        &amount,
        &asked.currency,
        &asked.method,
        &asked.method_id,
    ];
    let mut hash = Sha256::new();
    for part in parts.map(String::as_str).into_iter().chain([gateway]) {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    format!("payment-{}", hex::encode(hash.finalize()))
}

impl Payment {
    fn new(asked: Asked, now: i64) -> Self {
        let at_once = ["OFFLINE", "CREDITS"].contains(&asked.method.as_str());
        let link = asked.method == "PAYMENT_LINK";
        let status = if !link && (asked.process || at_once) {
            Status::Pending
        } else {
            Status::Initiated
        };
        let mut gateway_metadata = BTreeMap::new();
        for (key, value) in [
            ("success_url", asked.success_url),
            ("cancel_url", asked.cancel_url),
        ] {
            if !value.is_empty() {
                gateway_metadata.insert(key.to_owned(), value);
            }
        }
        for (key, flag) in [
            ("save_card_and_make_default", asked.save_card),
            ("tax_id_collection_enabled", asked.tax_id),
        ] {
            if flag {
                gateway_metadata.insert(key.to_owned(), "true".to_owned());
            }
        }
        Self {
            id: ident::new("pay"),
            key: asked.key,
            invoice: asked.invoice,
            method: asked.method,
            method_id: asked.method_id,
            amount: asked.amount,
            currency: asked.currency,
            status,
            tracked: !at_once,
            gateway: asked.gateway,
            gateway_payment: None,
            tracking: None,
            gateway_metadata,
            metadata: asked.metadata,
            succeeded_at: None,
            failed_at: None,
            refunded_at: None,
            voided_at: None,
            error: None,
            attempts: Vec::new(),
            created: now,
            updated: now,
            page: None,
            verdict: None,
            taken: false,
        }
    }
}
