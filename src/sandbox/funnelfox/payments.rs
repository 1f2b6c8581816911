//! `create_payment`, `resume_payment`, `one_click`: all answer with the same four keys.
//!
//! There is no idempotency at all: what is sent twice is done twice.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State as Shared},
    http::HeaderMap,
    response::Response,
};
use serde_json::{Value, json};

use super::{
    super::{
        bank::Standing,
        state::{Books, World},
    },
    answer::{INVALID_CUSTOMER, PAYMENT_FAILED, Refusal, success},
    fields::Fields,
    forced::{NOT_CONFIRMED, Outcome},
    ledger::{Charge, MOST, Session, State},
    sessions,
};

/// Charges a payment method token for an order.
///
/// The order of a session whose last payment was declined is replaced: the answer names the
/// new one, and a payment is resumed with the newest only.
pub(crate) async fn create(
    Shared(world): Shared<Arc<World>>,
    Path(org): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let mut fields = Fields::open(&org, &headers, &body)?;
    let token = fields.text("payment_method_token", usize::MAX, true);
    let order = fields.uuid("order_id", true).unwrap_or_default();
    let metadata = fields.metadata();
    fields.check()?;
    let token = token.unwrap_or_default();
    let now = world.clock.now();
    let mut books = world.books();
    let session = session_of(&books, &org, &order)?;
    let habit = books
        .primer
        .instrument(&token, &org)
        .ok_or_else(|| Refusal::bad("payment_method_token: there is no such token"))?
        .habit;
    // The code for the third charge is not published.
    if books.funnelfox.recent(&token, now) >= MOST {
        return Err(Refusal::bad(
            "payment_method_token: charged twice within 24 hours",
        ));
    }
    let outcome = books.funnelfox.ordered(session);
    let outcome = outcome.unwrap_or_else(|| Outcome::of(habit));
    if let Some(refusal) = outcome.refusal() {
        return Err(refusal);
    }
    let own = &mut books.funnelfox.sessions[session];
    if let Some(Value::Object(more)) = metadata {
        for (key, value) in more {
            own.metadata[key] = value;
        }
    }
    if std::mem::take(&mut own.declined) {
        own.orders.push(uuid::Uuid::new_v4().to_string());
    }
    let charge = begin(&mut books, session, token, true, now);
    finish(&world, &mut books, charge, outcome, now)
}

/// Goes on after the bank's question, with the id that the status showed at `COMPLETE`.
pub(crate) async fn resume(
    Shared(world): Shared<Arc<World>>,
    Path(org): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let mut fields = Fields::open(&org, &headers, &body)?;
    let token = fields.text("resume_token", usize::MAX, true);
    let order = fields.uuid("order_id", true).unwrap_or_default();
    fields.check()?;
    let now = world.clock.now();
    let mut books = world.books();
    let session = session_of(&books, &org, &order)?;
    let newest = books.funnelfox.sessions[session].order().to_owned();
    let action = books
        .primer
        .resumed(&token.unwrap_or_default(), &org)
        .ok_or_else(|| Refusal::bad("resume_token: there is no such token"))?;
    if order != newest || action.sum.order != order {
        return Err(Refusal::bad(
            "order_id: the payment to resume belongs to another order",
        ));
    }
    if action.used {
        return Err(Refusal::bad("resume_token: it was used before"));
    }
    if now >= action.until {
        return Err(Refusal::bad("resume_token: it has expired"));
    }
    action.used = true;
    let (standing, id) = (action.standing, action.id.clone());
    let charge = books
        .funnelfox
        .charges
        .iter()
        .position(|charge| charge.state == State::Asked(id.clone()))
        .ok_or_else(|| Refusal::bad("resume_token: the payment is over"))?;
    let outcome = match standing {
        Standing::Confirmed => {
            let ordered = books.funnelfox.ordered(session);
            ordered.unwrap_or(Outcome::Settled)
        }
        Standing::Cancelled => Outcome::Cancelled,
        Standing::Refused | Standing::Late | Standing::Open => {
            Outcome::Declined(NOT_CONFIRMED.into())
        }
    };
    finish(&world, &mut books, charge, outcome, now)
}

/// Charges the payment method of the customer's last purchase.
pub(crate) async fn one_click(
    Shared(world): Shared<Arc<World>>,
    Path(org): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let mut fields = Fields::open(&org, &headers, &body)?;
    let customer = fields.text("external_id", 256, true).unwrap_or_default();
    let ident = fields.ident("pp_ident", true).unwrap_or_default();
    let metadata = fields.metadata();
    fields.check()?;
    let now = world.clock.now();
    let mut books = world.books();
    let price = sessions::price(&books.funnelfox, &ident)?;
    let office = &books.funnelfox;
    let nobody = || {
        let text = "external_id: no customer with a saved payment method";
        Refusal::new(INVALID_CUSTOMER, text)
    };
    let key = (org.clone(), customer.clone());
    let token = office.saved.get(&key).cloned().ok_or_else(nobody)?;
    let before = office.sessions.iter().rev();
    let (email, user) = before
        .clone()
        .find(|session| session.org == org && session.customer == customer)
        .map(|session| (session.email.clone(), session.user.clone()))
        .ok_or_else(nobody)?;
    let habit = books.primer.instrument(&token, &org).ok_or_else(nobody)?;
    let usual = Outcome::of(habit.habit);
    let session = books.funnelfox.sessions.len();
    books.funnelfox.sessions.push(Session {
        org,
        customer,
        email,
        user,
        price,
        token: None,
        orders: vec![uuid::Uuid::new_v4().to_string()],
        declined: false,
        metadata: metadata.unwrap_or_else(|| json!({})),
        created_at: now,
    });
    let outcome = books.funnelfox.ordered(session).unwrap_or(usual);
    if let Some(refusal) = outcome.refusal() {
        return Err(refusal);
    }
    // The published limit of two charges is one of `create_payment`.
    let charge = begin(&mut books, session, token, false, now);
    finish(&world, &mut books, charge, outcome, now)
}

/// The session that an order belongs to.
fn session_of(books: &Books, org: &str, order: &str) -> Result<usize, Refusal> {
    let found = books.funnelfox.session(org, order);
    found.ok_or_else(|| Refusal::bad("order_id: there is no such order"))
}

/// Writes a charge of the session's newest order down, before anything comes of it.
fn begin(books: &mut Books, session: usize, token: String, limited: bool, now: i64) -> usize {
    let office = &mut books.funnelfox;
    let own = &office.sessions[session];
    office.charges.push(Charge {
        session,
        order: own.order().to_owned(),
        token,
        sum: sessions::sum(&own.price, own.order()),
        at: now,
        limited,
        state: State::Processing,
    });
    office.charges.len() - 1
}

/// Lets it come out so, and answers.
fn finish(
    world: &World,
    books: &mut Books,
    charge: usize,
    outcome: Outcome,
    now: i64,
) -> Result<Response, Refusal> {
    let (mut action, mut message) = (String::new(), String::new());
    let mut order = Value::from(books.funnelfox.charges[charge].order.clone());
    let (state, status) = match outcome {
        Outcome::Settled => (State::Settled, "succeeded"),
        Outcome::Processing => (State::Processing, "processing"),
        Outcome::Declined(text) => {
            message.clone_from(&text);
            (State::Declined(text), "failed")
        }
        Outcome::Cancelled => {
            // As in the published example.
            order = Value::Null;
            (State::Cancelled, "cancelled")
        }
        Outcome::Ask(intent) => {
            let Charge { token, sum, .. } = books.funnelfox.charges[charge].clone();
            let org = &books.funnelfox.sessions[books.funnelfox.charges[charge].session].org;
            let card = books.primer.instrument(&token, org).cloned();
            let card =
                card.ok_or_else(|| Refusal::bad("payment_method_token: there is no such token"))?;
            let (id, jwt) = books.primer.ask(&world.config, &intent, &card, sum, now);
            action = jwt;
            (State::Asked(id), "processing")
        }
        Outcome::Error(code) => {
            books.funnelfox.set(charge, State::Failed, now);
            let text = if code == PAYMENT_FAILED {
                "The payment could not be processed".to_owned()
            } else {
                format!("Ordered: {code}")
            };
            return Err(Refusal::new(code, text));
        }
    };
    books.funnelfox.set(charge, state, now);
    let session = books.funnelfox.charges[charge].session;
    let bare = books.funnelfox.bare || books.funnelfox.sessions[session].price.bare;
    let data = json!({
        "action_required_token": action,
        "checkout_status": status,
        "failed_message_for_user": message,
        "order_id": order,
    });
    Ok(success(data, bare))
}
