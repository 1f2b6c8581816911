//! `POST /payments` and the ways to ask how a payment stands.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    super::{
        guard, ident,
        state::{Books, World},
    },
    answer::{self, Refusal},
    cards::Snapshot,
    keys::{self, Platform, Role},
    ledger::{Payment, Status},
    order::{Asked, Source},
    show,
};

/// Charges a token or a stored card: 201 decided, 202 where the bank asks the shopper.
///
/// A token is used up by a payment that was carried out, approved or not; a refused body leaves
/// it (what the real system does there is not documented).
///
/// # Errors
/// 401 without a secret key, 422 with the codes of every wrong field.
pub(crate) async fn create(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let platform = keys::check(&headers, Role::Secret).ok_or(Refusal::Unauthorized)?;
    if !guard::is_json(&headers) {
        return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
    }
    let Asked { order, source } = Asked::read(&answer::object(&body)?, platform)?;
    let now = world.clock.now();
    let mut books = world.books();
    let (card, own_source) = match source {
        Source::Token(token) => (spend(&mut books, &token, platform, now)?, None),
        Source::Saved { id, previous } => {
            let card = stored(&books, &id, previous.as_deref(), platform)?;
            (card, Some(id))
        }
    };
    let forced = books
        .ordered_decline("payment", &order)
        .map(|n| books.declines.remove(n).code);
    let payment = Payment::new(platform, order, card, own_source, forced, now);
    let base = world.config.checkout_com();
    let response = if payment.status == Status::Pending {
        let shown = show::pending(&payment, &base, &world.config.bank_url);
        answer::json_answer(StatusCode::ACCEPTED, shown)
    } else {
        answer::json_answer(StatusCode::CREATED, show::decided(&payment, &base))
    };
    books.payments.push(payment);
    Ok(response)
}

/// The card of a token, which is used up by that.
fn spend(
    books: &mut Books,
    token: &str,
    platform: Platform,
    now: i64,
) -> Result<Snapshot, Refusal> {
    let token = books
        .tokens
        .get_mut(token)
        .filter(|token| token.platform == platform)
        .ok_or(Refusal::invalid("token_invalid"))?;
    if token.used {
        return Err(Refusal::invalid("token_used"));
    }
    if now >= token.expires_at {
        return Err(Refusal::invalid("token_expired"));
    }
    token.used = true;
    Ok(token.card.clone())
}

/// The card behind a source id: that of an approved payment of the same account. The security
/// code is not kept, and a previous payment must be one of this card.
fn stored(
    books: &Books,
    id: &str,
    previous: Option<&str>,
    platform: Platform,
) -> Result<Snapshot, Refusal> {
    let own = |payment: &&Payment| {
        payment.platform == platform && payment.approved() && payment.source_id == id
    };
    let payments = || books.payments.iter().filter(own);
    let first = payments()
        .next()
        .ok_or(Refusal::invalid("source_id_unknown"))?;
    if let Some(previous) = previous
        && !payments().any(|payment| payment.id == previous)
    {
        return Err(Refusal::invalid("previous_payment_id_invalid"));
    }
    Ok(Snapshot {
        has_cvv: false,
        ..first.card.clone()
    })
}

/// One payment, by its `pay_` id, or for 15 minutes by the `sid_` id the shopper came back with.
///
/// # Errors
/// 401, 404.
pub(crate) async fn read(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let platform = keys::check(&headers, Role::Secret).ok_or(Refusal::Unauthorized)?;
    let now = world.clock.now();
    let books = world.books();
    let by_session = ident::is("sid", &id);
    let payment = books
        .payments
        .iter()
        .filter(|payment| payment.platform == platform)
        .find(|payment| match &payment.challenge {
            Some(challenge) if by_session => challenge.session == id && now < challenge.until,
            _ => payment.id == id,
        })
        .ok_or(Refusal::NotFound)?;
    let shown = show::standing(payment, &world.config.checkout_com(), by_session);
    Ok(answer::json_answer(StatusCode::OK, shown))
}

/// The query of a search.
#[derive(Debug, Deserialize)]
pub(crate) struct Search {
    reference: Option<String>,
    limit: Option<usize>,
    skip: Option<usize>,
}

/// The payments with a reference, newest first: `{limit, skip, total_count, data}`.
///
/// # Errors
/// 401, 422 without a reference or with a limit outside 1 to 100.
pub(crate) async fn find(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Query(search): Query<Search>,
) -> Result<Response, Refusal> {
    let platform = keys::check(&headers, Role::Secret).ok_or(Refusal::Unauthorized)?;
    let (limit, skip) = (search.limit.unwrap_or(10), search.skip.unwrap_or(0));
    let reference = search
        .reference
        .filter(|reference| !reference.is_empty() && (1..=100).contains(&limit))
        .ok_or(Refusal::invalid("parameter_invalid"))?;
    let books = world.books();
    let found: Vec<&Payment> = books
        .payments
        .iter()
        .rev()
        .filter(|p| p.platform == platform && p.order.reference.as_deref() == Some(&*reference))
        .collect();
    let base = world.config.checkout_com();
    let data: Value = found
        .iter()
        .skip(skip)
        .take(limit)
        .map(|payment| show::standing(payment, &base, false))
        .collect();
    let shown = json!({"limit": limit, "skip": skip, "total_count": found.len(), "data": data});
    Ok(answer::json_answer(StatusCode::OK, shown))
}

/// What happened to a payment, newest first. Empty while the bank has not decided.
///
/// # Errors
/// 401, 404.
pub(crate) async fn actions(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let platform = keys::check(&headers, Role::Secret).ok_or(Refusal::Unauthorized)?;
    let mut books = world.books();
    let payment = own(&mut books, platform, &id)?;
    Ok(answer::json_answer(StatusCode::OK, show::actions(payment)))
}

/// The account's payment with this `pay_` id.
///
/// # Errors
/// 404.
pub(crate) fn own<'a>(
    books: &'a mut Books,
    platform: Platform,
    id: &str,
) -> Result<&'a mut Payment, Refusal> {
    books
        .payment(id)
        .filter(|payment| payment.platform == platform)
        .ok_or(Refusal::NotFound)
}
