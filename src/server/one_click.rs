//! `POST /{org_id}/v1/checkout/one_click`: the shop's server charges the card that is kept for
//! a customer, with the organisation's secret key and while the customer is away.
//!
//! Exactly once: a call is known by its name (`Idempotency-Key`, or `attempt_id` in
//! `client_metadata`) for good, and without a name by customer and price point for 24 hours,
//! unless it clearly failed. Its order and attempt are stored before the gateway is called, and
//! a repeat gets what became of them.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::{
    Organisation, Server,
    checkout::authenticate,
    client_session::{Fields, of_price, price},
    error::Refused,
    headers::RequestId,
    order::Order,
    pay::Paid,
    payment_routes::{body, lease_ms, named, other_body, refused, running, told},
    random,
    store::{Begin, Click, Clicked, Customer, SavedCard},
};

/// The only attempt of such an order.
const ATTEMPT: &str = "one-click";

/// Whose secret key the call carries: as `Bearer`, or in FunnelFox's own header.
fn owner<'a>(server: &'a Server, headers: &HeaderMap) -> Option<&'a Organisation> {
    match headers.get("ff-secret-key") {
        Some(key) => key.to_str().ok().and_then(|key| server.owner_of(key)),
        None => authenticate(server, headers).ok(),
    }
}

fn no_card(id: &RequestId) -> Refused {
    Refused::new(
        StatusCode::BAD_REQUEST,
        "invalid_customer",
        "external_id: no card is kept for this customer; it is kept when they pay a price point \
         with save_card",
        id,
    )
}

/// A call as it was read.
struct Asked {
    customer: String,
    price: String,
    click: Click,
}

fn read(
    org: &str,
    headers: &HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
    id: &RequestId,
) -> Result<Asked, Refused> {
    let map = body(headers, bytes, id)?;
    let mut fields = Fields::of(&map);
    let customer = fields.text("external_id", 256);
    let price = fields.ident("pp_ident");
    fields.metadata();
    fields
        .check()
        .map_err(|problems| Refused::bad(&problems, id))?;
    let name = named(headers, &map, id)?;
    let fingerprint = random::hash(&[&customer, &price]);
    let identity = match &name {
        Some(name) => random::hash(&["named", name]),
        None => random::hash(&["unnamed", &fingerprint]),
    };
    Ok(Asked {
        click: Click {
            org: org.to_owned(),
            identity,
            fingerprint,
            is_named: name.is_some(),
        },
        customer,
        price,
    })
}

/// The order of the call: that of an earlier same call, whatever became of price and card
/// since, or a new one.
async fn order(
    server: &Server,
    shop: &Organisation,
    asked: &Asked,
    id: &RequestId,
) -> Result<Order, Refused> {
    let store = |error| Refused::store(&error, id);
    let known = server
        .store
        .click(&asked.click, None)
        .await
        .map_err(store)?;
    let clicked = match known {
        Some(clicked) => Some(clicked),
        None => {
            let price = price(shop, &asked.price, id)?;
            let card = card(server, shop, asked, id).await?;
            let customer = Customer {
                external_id: asked.customer.clone(),
                email: card.email,
                country: None,
                price: price.id.clone(),
                save_card: false,
            };
            let mut new = of_price(server, shop, price, customer);
            // No page has anything to do with it.
            new.parent_origins.clear();
            server
                .store
                .click(&asked.click, Some(&new))
                .await
                .map_err(store)?
        }
    };
    match clicked {
        Some(Clicked::Order(order)) => Ok(*order),
        Some(Clicked::OtherBody) | None => Err(other_body(id)),
    }
}

async fn card(
    server: &Server,
    shop: &Organisation,
    asked: &Asked,
    id: &RequestId,
) -> Result<SavedCard, Refused> {
    server
        .store
        .saved_card(&shop.id, &asked.customer)
        .await
        .map_err(|error| Refused::store(&error, id))?
        .ok_or_else(|| no_card(id))
}

/// The call. 200 with the four keys however it ended; `processing` is not known yet, and
/// `GET /orders/{order_id}` or the same call again tells.
pub(crate) async fn charge(
    State(server): State<Arc<Server>>,
    Path(org): Path<String>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let shop = owner(&server, &headers).ok_or_else(|| {
        Refused::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "expected the organisation's secret key: Authorization: Bearer sk_…",
            &id,
        )
    })?;
    if shop.id != org {
        return Err(Refused::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "unknown organisation",
            &id,
        ));
    }
    let asked = read(&org, &headers, bytes, &id)?;
    let order = order(&server, shop, &asked, &id).await?;
    let store = |error| Refused::store(&error, &id);
    let known = server
        .store
        .attempt(&order.id, ATTEMPT)
        .await
        .map_err(store)?;
    let paid = if let Some(attempt) = known {
        server.wait(attempt).await
    } else {
        let card = card(&server, shop, &asked, &id).await?;
        let begin = Begin {
            attempt: ATTEMPT.into(),
            fingerprint: random::hash(&[&order.id, ATTEMPT]),
            // Nothing is counted by it.
            token_hash: String::new(),
            token: card.source,
            previous_payment: Some(card.payment),
            reference: format!("fc-{}", random::text(26)),
            gateway_key: uuid::Uuid::new_v4().to_string(),
            access_token: random::text(26).into(),
            resume_token: random::text(26).into(),
            req_id: id.0.clone(),
            address: None,
            return_base: format!("{}/c/", server.settings.public_url),
            lease_ms: lease_ms(&server),
        };
        server.pay(&order, begin).await
    };
    match paid.map_err(store)? {
        Paid::Attempt(attempt) => Ok(told(&server, &attempt)),
        Paid::Running => Err(running(&id)),
        Paid::OtherBody => Err(other_body(&id)),
        Paid::Refused(begun) => Err(refused(&begun, &id)),
    }
}
