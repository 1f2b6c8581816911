//! `create_client_session`, `create_simple_client_session`, `update_client_session`.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use serde_json::json;

use super::{
    super::{primer::client_token::Sum, state::World},
    answer::{INVALID_CUSTOMER, INVALID_PRICE, Refusal, success},
    fields::{Fields, is_email},
    ledger::{Office, Session},
    prices::{self, Price},
};

const INTEGRATIONS: [&str; 3] = ["fakeintegration", "primer", "stripe"];

/// The integration must be one of the published three. What `fakeintegration` does is not
/// published: here the same as `primer`. What a Stripe client token looks like is not either.
fn integration(fields: &mut Fields) -> Result<(), Refusal> {
    let word = fields.word("integration_type", &INTEGRATIONS);
    fields.check()?;
    if word.as_deref() == Some("stripe") {
        return Err(Refusal::bad(
            "integration_type: no Stripe account is connected to this region",
        ));
    }
    Ok(())
}

pub(super) fn price(office: &Office, ident: &str) -> Result<Price, Refusal> {
    prices::find(&office.prices, ident)
        .ok_or_else(|| Refusal::new(INVALID_PRICE, format!("There is no price point {ident}")))
}

pub(super) fn sum(price: &Price, order: &str) -> Sum {
    Sum {
        order: order.to_owned(),
        amount: price.amount,
        currency: price.currency.clone(),
    }
}

/// Opens a checkout of a price point for a customer: `{client_token, order_id}`.
pub(crate) async fn create(
    State(world): State<Arc<World>>,
    Path(org): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let mut fields = Fields::open(&org, &headers, &body)?;
    fields.text("region", 64, true);
    let ident = fields.ident("pp_ident", true).unwrap_or_default();
    let customer = fields.text("external_id", 256, true).unwrap_or_default();
    let email = fields.text("email_address", 1024, true).unwrap_or_default();
    fields.nullable("country_code");
    let metadata = fields.metadata();
    integration(&mut fields)?;
    // The code is published; that it is for these two is the sandbox's reading of it.
    if customer.is_empty() || !is_email(&email) {
        let text = "external_id and email_address must name a customer";
        return Err(Refusal::new(INVALID_CUSTOMER, text));
    }
    let now = world.clock.now();
    let mut books = world.books();
    let price = price(&books.funnelfox, &ident)?;
    let order = uuid::Uuid::new_v4().to_string();
    let sum = sum(&price, &order);
    let issued = books
        .primer
        .open(&world.config, &org, Some(&customer), Some(sum), now);
    let bare = books.funnelfox.bare || price.bare;
    let data = json!({"client_token": issued.jwt, "order_id": order});
    books.funnelfox.sessions.push(Session {
        org,
        customer,
        email,
        user: uuid::Uuid::new_v4().to_string(),
        price,
        token: Some((issued.jwt, issued.access)),
        orders: vec![order],
        declined: false,
        metadata: metadata.unwrap_or_else(|| json!({})),
        created_at: now,
    });
    Ok(success(data, bare))
}

/// A client token without a price point or a customer: nothing can be paid with it alone.
pub(crate) async fn create_simple(
    State(world): State<Arc<World>>,
    Path(org): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let mut fields = Fields::open(&org, &headers, &body)?;
    fields.simple_region("region");
    fields.nullable("country_code");
    integration(&mut fields)?;
    let now = world.clock.now();
    let mut books = world.books();
    let issued = books.primer.open(&world.config, &org, None, None, now);
    let data = json!({"client_token": issued.jwt});
    Ok(success(data, books.funnelfox.bare))
}

/// Binds an order to another price point. The answer is empty: the old client token stays good.
///
/// None of the fields is published as required; here the client token or the order must say
/// which session is meant, and both must mean the same.
pub(crate) async fn update(
    State(world): State<Arc<World>>,
    Path(org): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let mut fields = Fields::open(&org, &headers, &body)?;
    let token = fields.text("client_token", 32 * 1024, false);
    let order = fields.uuid("order_id", false);
    let ident = fields.ident("pp_ident", false);
    let metadata = fields.metadata();
    fields.check()?;
    let now = world.clock.now();
    let mut books = world.books();
    let index = books.funnelfox.sessions.iter().position(|session| {
        let own = session.token.as_ref().map(|(jwt, _)| jwt);
        let known = |order: &String| session.orders.contains(order);
        session.org == org
            && (token.is_some() || order.is_some())
            && token.as_ref().is_none_or(|token| own == Some(token))
            && order.as_ref().is_none_or(known)
    });
    let index =
        index.ok_or_else(|| Refusal::bad("client_token, order_id: there is no such session"))?;
    let access = books.funnelfox.sessions[index].token.clone();
    let alive = access
        .as_ref()
        .and_then(|(_, access)| books.primer.passes.get(access))
        .is_some_and(|pass| now < pass.ends);
    if !alive {
        return Err(Refusal::bad("client_token: the session has expired"));
    }
    let new = match ident {
        Some(ident) => Some(price(&books.funnelfox, &ident)?),
        None => None,
    };
    let session = &mut books.funnelfox.sessions[index];
    if let Some(new) = new {
        session.price = new;
    }
    if let Some(metadata) = metadata {
        session.metadata = metadata;
    }
    let (sum, bare) = (sum(&session.price, session.order()), session.price.bare);
    if let Some((_, access)) = access {
        books.primer.rebind(&access, sum);
    }
    Ok(success(json!({}), books.funnelfox.bare || bare))
}
