//! The calls below `/payments`.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::{Value, json};

use super::{
    super::state::World,
    answer::{self, Refusal},
    keys,
    ledger::{Office, Payment},
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
