//! The calls themselves, made by browsers without a key. What is charged is the price point's
//! amount in the settings; the page only names it (T20).

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    fields::{Fields, is_email},
    order::of_price,
};
use crate::server::{
    Organisation, PricePoint, Server,
    error::Refused,
    headers::RequestId,
    limits::guard::Caller,
    order::{Order, Session},
    payment_routes::{body, conflict, guessed, header_key, other_body, too_many},
    random,
    store::{Customer, Opened, Repriced, now_ms},
};

const INTEGRATIONS: [&str; 3] = ["fakeintegration", "primer", "stripe"];

fn unknown_shop(server: &Server, caller: &Caller, id: &RequestId) -> Refused {
    let unknown = || {
        Refused::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "unknown organisation",
            id,
        )
    };
    guessed(server, caller, id).unwrap_or_else(unknown)
}

/// The organisation, if this caller may open another session of it now.
fn shop<'a>(
    server: &'a Server,
    org: &str,
    caller: &Caller,
    id: &RequestId,
) -> Result<&'a Organisation, Refused> {
    let shop = server
        .organisation(org)
        .ok_or_else(|| unknown_shop(server, caller, id))?;
    match server.meters.open(caller.bucket.as_deref()) {
        Ok(()) => Ok(shop),
        Err(seconds) => {
            caller.refused("client sessions", seconds);
            Err(too_many(seconds, id))
        }
    }
}

/// The price point that a page or the shop's server names.
pub(crate) fn price<'a>(
    shop: &'a Organisation,
    ident: &str,
    id: &RequestId,
) -> Result<&'a PricePoint, Refused> {
    shop.price(ident).ok_or_else(|| {
        Refused::new(
            StatusCode::BAD_REQUEST,
            "invalid_price",
            "pp_ident: there is no such price point; add it to the settings",
            id,
        )
    })
}

/// Our client tokens are Primer-shaped: to call one a Stripe session would be a lie.
fn integration(word: &str, id: &RequestId) -> Result<(), Refused> {
    if word == "stripe" {
        return Err(Refused::bad(
            "integration_type: no Stripe account is connected; use primer",
            id,
        ));
    }
    Ok(())
}

fn success(mut data: Value, id: &RequestId) -> Value {
    let inner = data.clone();
    data["status"] = json!("success");
    data["req_id"] = json!(id.0);
    data["data"] = inner;
    data
}

fn customer(
    external_id: String,
    email: String,
    country: Option<String>,
    price: &PricePoint,
) -> Customer {
    let is_code =
        |code: &String| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    Customer {
        external_id,
        email,
        country: country
            .filter(is_code)
            .map(|code| code.to_ascii_uppercase()),
        price: price.id.clone(),
        save_card: price.save_card,
    }
}

/// `create_client_session`. With an `Idempotency-Key` a repeat gets the session of the first
/// call; without one it gets another, which costs nobody anything.
pub(crate) async fn create(
    State(server): State<Arc<Server>>,
    Path(org): Path<String>,
    Extension(id): Extension<RequestId>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let shop = shop(&server, &org, &caller, &id)?;
    let map = body(&headers, bytes, &id)?;
    let mut fields = Fields::of(&map);
    fields.text("region", 64);
    let kind = fields.word("integration_type", &INTEGRATIONS);
    let ident = fields.ident("pp_ident");
    let external_id = fields.text("external_id", 256);
    let email = fields.text("email_address", 1024);
    let country = fields.nullable("country_code");
    fields.metadata();
    fields
        .check()
        .map_err(|problems| Refused::bad(&problems, &id))?;
    integration(kind, &id)?;
    if external_id.is_empty() || !is_email(&email) {
        return Err(Refused::new(
            StatusCode::BAD_REQUEST,
            "invalid_customer",
            "external_id and email_address: expected the shop's name for the customer and an \
             address such as a@b.example",
            &id,
        ));
    }
    let price = price(shop, &ident, &id)?;
    let customer = customer(external_id, email, country, price);
    let mut new = of_price(&server, shop, price, customer);
    if let Some(key) = header_key(&headers, &id)? {
        // Beside the shop's own keys, and none of them.
        new.idempotency_key = random::hash(&["client session", &key]);
    }
    let store = |error| Refused::store(&error, &id);
    let ends = new.expires_at / 1000;
    let token = server.client_token(&new.session_id, ends).ok_or_else(|| {
        Refused::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "internal error; try again",
            &id,
        )
    })?;
    let opened = server
        .store
        .open_checkout(&new, |order| {
            let data = json!({ "client_token": token, "order_id": order.id });
            let mut whole = success(data, &id);
            let address = format!("{}/c/{}", server.settings.public_url, new.session_id);
            whole["checkoutUrl"] = json!(address);
            whole.to_string()
        })
        .await
        .map_err(store)?;
    match opened {
        Opened::Answer(answer) => {
            tracing::info!(org, reference = new.reference, "client session opened");
            Ok(([(header::CONTENT_TYPE, "application/json")], answer).into_response())
        }
        Opened::Refused(_) => Err(other_body(&id)),
    }
}

/// `create_simple_client_session`: a client token without price and customer. Nothing can be
/// paid with it.
pub(crate) async fn create_simple(
    State(server): State<Arc<Server>>,
    Path(org): Path<String>,
    Extension(id): Extension<RequestId>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Refused> {
    let shop = shop(&server, &org, &caller, &id)?;
    let map = body(&headers, bytes, &id)?;
    let mut fields = Fields::of(&map);
    fields.simple_region("region");
    let kind = fields.word("integration_type", &INTEGRATIONS);
    fields.nullable("country_code");
    fields
        .check()
        .map_err(|problems| Refused::bad(&problems, &id))?;
    integration(kind, &id)?;
    let token = server.simple_token(&shop.id, now_ms() / 1000);
    Ok(Json(success(json!({ "client_token": token }), &id)))
}

/// The session of a client token, as long as something can be paid in it.
async fn held(
    server: &Server,
    org: &str,
    token: &str,
    caller: &Caller,
    id: &RequestId,
) -> Result<(Session, Order), Refused> {
    let found = match server.session_of(token) {
        None => None,
        Some(session) => server
            .store
            .session(&session)
            .await
            .map_err(|error| Refused::store(&error, id))?,
    };
    let Some((session, order)) = found.filter(|(_, order)| order.org == org) else {
        let unknown = || Refused::bad("client_token: there is no such session", id);
        return Err(guessed(server, caller, id).unwrap_or_else(unknown));
    };
    if session.cancelled {
        return Err(conflict(
            "order_cancelled",
            "the checkout was cancelled",
            id,
        ));
    }
    if session.expires_at <= now_ms() {
        return Err(conflict("order_expired", "the session has expired", id));
    }
    Ok((session, order))
}

/// `update_client_session`: another price point for an unpaid order. The client token stays
/// good, and a page that still shows the old amount can't pay the new one.
pub(crate) async fn update(
    State(server): State<Arc<Server>>,
    Path(org): Path<String>,
    Extension(id): Extension<RequestId>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Refused> {
    let map = body(&headers, bytes, &id)?;
    let mut fields = Fields::of(&map);
    // None of the fields is published as required; without the token nobody may change a price.
    let token = fields.text("client_token", 32 * 1024);
    let order_id = fields.maybe_uuid("order_id");
    let ident = fields.maybe_ident("pp_ident");
    fields.metadata();
    fields
        .check()
        .map_err(|problems| Refused::bad(&problems, &id))?;
    let (_, order) = held(&server, &org, &token, &caller, &id).await?;
    if order_id.is_some_and(|order_id| order_id != order.id) {
        return Err(Refused::bad(
            "order_id: it is not the order of this client_token",
            &id,
        ));
    }
    let shop = server
        .organisation(&org)
        .ok_or_else(|| unknown_shop(&server, &caller, &id))?;
    let store = |error| Refused::store(&error, &id);
    let known = server.store.customer_of(&order.id).await.map_err(store)?;
    let (Some(ident), Some(mut customer)) = (ident, known) else {
        return Ok(Json(success(json!({}), &id)));
    };
    let price = price(shop, &ident, &id)?;
    let same =
        customer.price == price.id && order.total == price.total && order.capture == price.capture;
    if same {
        return Ok(Json(success(json!({}), &id)));
    }
    customer.price.clone_from(&price.id);
    customer.save_card = price.save_card;
    let new = of_price(&server, shop, price, customer.clone());
    match server
        .store
        .reprice(&order.id, &new, &customer)
        .await
        .map_err(store)?
    {
        Repriced::Done => Ok(Json(success(json!({}), &id))),
        Repriced::Paid => Err(conflict(
            "double_purchase",
            "the order is already paid",
            &id,
        )),
        Repriced::Busy => Err(conflict(
            "attempt_in_progress",
            "a payment of this order is open; its price can't change",
            &id,
        )
        .after(2)),
    }
}
