//! The calls below `/payments`.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    super::{ident, state::World},
    answer::{self, Refusal},
    keys,
    ledger::{Invoice, Office, Payment},
    request::{Asked, Change},
    search::Search,
    status::Status,
    webhooks::Event,
};

/// Works on the books if the key is right, and answers in the shape that is set.
pub(super) fn with(
    world: &World,
    headers: &HeaderMap,
    success: StatusCode,
    work: impl FnOnce(&mut Office, i64) -> Result<String, Refusal>,
) -> Response {
    let now = world.clock.now();
    let office = &mut world.books().flexprice;
    match keys::check(headers).and_then(|()| work(office, now)) {
        Ok(text) => answer::body(success, text),
        Err(refusal) => refusal.response(office.settings.errors),
    }
}

/// Makes a payment, and with `process_payment` takes the money at once.
pub(crate) async fn create(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    with(&world, &headers, StatusCode::CREATED, |office, now| {
        let asked = Asked::read(&body)?;
        let process = asked.process;
        let (index, new) = office.take(asked, now)?;
        if new && process {
            // Whatever went wrong, the answer says so as an operation that is not possible.
            office
                .process(index, &world.config.bank_url, now)
                .map_err(|refusal| {
                    let details = json!({"payment_id": office.payments[index].id});
                    Refusal::not_now("Failed to process payment", refusal.internal(), details)
                })?;
        }
        Ok(office.shown(&office.payments[index]))
    })
}

impl Office {
    /// The payment that was asked for, and whether it is new: a key that is known brings back
    /// the payment that it made, however that ended.
    fn take(&mut self, mut asked: Asked, now: i64) -> Result<(usize, bool), Refusal> {
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

fn find(office: &Office, id: &str) -> Result<usize, Refusal> {
    office
        .index(id)
        .ok_or_else(|| Refusal::not_found("Payment", id))
}

/// One payment. Whoever asks for one that is under way sees what its gateway says by now.
pub(crate) async fn read(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    with(&world, &headers, StatusCode::OK, |office, now| {
        let index = find(office, &id)?;
        if office.payments[index].can_be_asked() {
            let before = office.payments[index].status;
            office.hear(index, now);
            if office.payments[index].status != before {
                office.note(index, Event::Updated);
            }
        }
        Ok(office.shown(&office.payments[index]))
    })
}

/// Payments by filters, newest first: `{items, pagination}`. What is under way is not asked for.
pub(crate) async fn list(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    with(&world, &headers, StatusCode::OK, |office, _| {
        let search = Search::read(query.as_deref().unwrap_or_default())?;
        let (found, total) = search.find(&office.payments);
        let items: Vec<String> = found.into_iter().map(|one| office.shown(one)).collect();
        let pagination = json!({"total": total, "limit": search.limit, "offset": search.offset});
        Ok(format!(
            "{{\"items\":[{}],\"pagination\":{pagination}}}",
            items.join(",")
        ))
    })
}

/// Changes a payment's record. No money moves, and the invoice does not notice.
pub(crate) async fn update(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    with(&world, &headers, StatusCode::OK, |office, now| {
        let change = Change::read(&body)?;
        let index = find(office, &id)?;
        office.payments[index].change(change, now)?;
        office.note(index, Event::Updated);
        Ok(office.shown(&office.payments[index]))
    })
}

impl Payment {
    fn change(&mut self, change: Change, now: i64) -> Result<(), Refusal> {
        if let Some(next) = change.status.filter(|next| *next != self.status) {
            self.may_become(next)?;
            self.status = next;
        }
        if let Some(id) = change.gateway_payment {
            self.gateway_payment = Some(id);
            // The gateway has it: so it was accepted there.
            if self.status == Status::Initiated {
                self.status = Status::Pending;
            }
        }
        for (own, new) in [
            (&mut self.gateway, change.gateway),
            (&mut self.succeeded_at, change.succeeded_at),
            (&mut self.failed_at, change.failed_at),
            (&mut self.refunded_at, change.refunded_at),
            (&mut self.voided_at, change.voided_at),
            (&mut self.error, change.error),
        ] {
            if new.is_some() {
                *own = new;
            }
        }
        self.method_id = change.method_id.unwrap_or_else(|| self.method_id.clone());
        self.metadata = change.metadata.unwrap_or_else(|| self.metadata.clone());
        self.updated = now;
        Ok(())
    }

    /// Whether the published table of statuses lets `next` follow.
    pub(super) fn may_become(&self, next: Status) -> Result<(), Refusal> {
        if self.status.leads_to(next) {
            return Ok(());
        }
        let (from, to) = (self.status.name(), next.name());
        let internal = format!("invalid payment status transition from {from} to {to}");
        let details = json!({"payment_id": self.id, "from": from, "to": to});
        Err(Refusal::not_now(
            "Invalid payment status transition",
            internal,
            details,
        ))
    }
}

/// Removes a payment that has not begun or that failed.
pub(crate) async fn delete(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    with(&world, &headers, StatusCode::OK, |office, _| {
        let index = find(office, &id)?;
        let status = office.payments[index].status;
        if !matches!(status, Status::Initiated | Status::Failed) {
            let internal = format!("payment can't be deleted in state {}", status.name());
            let message = "Only initiated or failed payments can be deleted";
            return Err(Refusal::not_now(
                message,
                internal,
                json!({"payment_id": id}),
            ));
        }
        office.payments.remove(index);
        Ok(json!({"message": "payment deleted successfully"}).to_string())
    })
}

/// Takes the money for a payment that waits for it.
pub(crate) async fn process(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    with(&world, &headers, StatusCode::OK, |office, now| {
        let index = find(office, &id)?;
        office.process(index, &world.config.bank_url, now)?;
        Ok(office.shown(&office.payments[index]))
    })
}

/// What a customer has saved, by provider. Without a card there is nothing: no empty list.
pub(crate) async fn methods(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    with(&world, &headers, StatusCode::OK, |office, _| {
        super::methods::shown(office, &id, &body).map(|shown: Value| shown.to_string())
    })
}
