//! `/control/commerce-layer`: orders, and how the organisation behaves.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use reqwest::Url;
use serde_json::{Value, json};

use super::{
    super::{
        clock::rfc3339,
        state::{Books, World},
    },
    access::Generation,
    ledger::{self, Order, Placement, Status},
    place, seeded, tally,
};

const EXPECTED: &str = "expected one of \
    {order: {amount, currency, id?, reference?, email?, returnUrl?, state?, method?, autoCapture?, \
    autoPlace?, placeAsync?, placement?, webhooks?}}, amount in cents, state draft, pending, \
    placing, placed or cancelled, method the type of payment source; \
    {change: id, number or reference, …the same}; \
    {place: id, number or reference, outcome: placed | refused}, for an order that is placing; \
    {generation: 2021 | 2022 | 2026}; \
    {placement: sync | async | stuck | refused | {refused: an error}}; \
    {webhooks: true | false}, whether Checkout.com's arrive; \
    {eager: true | false}, whether making a payment source authorises it; \
    {lowercase: true | false}, the status in payment_response; \
    {tokens: {lifetime?: seconds, limit?: requests a minute or null, expire?: true}}";

type Failure = (StatusCode, String);

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/control/commerce-layer", get(overview).post(order))
}

async fn overview(State(world): State<Arc<World>>) -> Json<Value> {
    Json(shown(&world.books()))
}

async fn order(State(world): State<Arc<World>>, body: Bytes) -> Response {
    let now = world.clock.now();
    let mut books = world.books();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    match carry_out(&mut books, &body, now) {
        Ok(concerned) => {
            let mut answer = shown(&books);
            let order = concerned.and_then(|id| books.commerce_layer.order(&id));
            answer["order"] = order.map_or(Value::Null, |order| brief(&books, order));
            Json(answer).into_response()
        }
        Err((status, text)) => (status, Json(json!({"error": text}))).into_response(),
    }
}

fn bad(text: impl Into<String>) -> Failure {
    (StatusCode::BAD_REQUEST, text.into())
}

/// Does as ordered; the id of the order that is concerned.
fn carry_out(books: &mut Books, body: &Value, now: i64) -> Result<Option<String>, Failure> {
    let organization = &mut books.commerce_layer;
    if body["order"].is_object() {
        return make(books, &body["order"], now).map(Some);
    }
    if let Some(name) = body["change"].as_str() {
        let id = find(books, name)?;
        let order = books.commerce_layer.order_mut(&id);
        if let Some(order) = order {
            apply(order, body)?;
            order.updated_at = now;
        }
        return Ok(Some(id));
    }
    if let Some(name) = body["place"].as_str() {
        let id = find(books, name)?;
        let status = books.commerce_layer.order(&id).map(|order| order.status);
        if status != Some(Status::Placing) {
            return Err((StatusCode::CONFLICT, format!("{name} is not placing")));
        }
        match body["outcome"].as_str() {
            Some("placed") => place::end_slowly(books, &id, None, now),
            Some("refused") => place::end_slowly(books, &id, Some("refused as ordered"), now),
            _ => return Err(bad("outcome: expected placed or refused")),
        }
        return Ok(Some(id));
    }
    if !body["tokens"].is_null() {
        let tokens = &body["tokens"];
        if let Some(seconds) = tokens["lifetime"].as_i64().filter(|seconds| *seconds > 0) {
            organization.lifetime = seconds;
        }
        match tokens.get("limit") {
            Some(Value::Null) => organization.limit = None,
            Some(limit) => {
                let limit = limit.as_u64().and_then(|limit| usize::try_from(limit).ok());
                organization.limit = Some(limit.ok_or_else(|| bad(EXPECTED))?);
            }
            None => {}
        }
        if tokens["expire"] == true {
            let passes = organization.passes.values_mut();
            passes.for_each(|pass| pass.ends = pass.ends.min(now));
        }
        return Ok(None);
    }
    if let Some(year) = body["generation"].as_str() {
        organization.generation = Generation::named(year).ok_or_else(|| bad(EXPECTED))?;
    } else if !body["placement"].is_null() {
        organization.placement = placement(&body["placement"])?;
    } else if let Some(webhooks) = body["webhooks"].as_bool() {
        organization.webhooks = webhooks;
    } else if let Some(eager) = body["eager"].as_bool() {
        organization.eager = eager;
    } else if let Some(lowercase) = body["lowercase"].as_bool() {
        organization.lowercase = lowercase;
    } else {
        return Err(bad(EXPECTED));
    }
    Ok(None)
}

fn placement(value: &Value) -> Result<Placement, Failure> {
    Ok(match value.as_str() {
        Some("sync") => Placement::Now,
        Some("async") => Placement::Later(Some(1)),
        Some("stuck") => Placement::Later(None),
        Some("refused") => Placement::Refused(place::refused()),
        None if value["refused"].is_object() => {
            let mut error = place::refused();
            for (key, value) in value["refused"].as_object().into_iter().flatten() {
                error[key] = value.clone();
            }
            Placement::Refused(error)
        }
        _ => return Err(bad(EXPECTED)),
    })
}

fn find(books: &Books, name: &str) -> Result<String, Failure> {
    let orders = &books.commerce_layer.orders;
    let found = orders.iter().find(|order| order.is_named(name));
    found
        .map(|order| order.id.clone())
        .ok_or_else(|| (StatusCode::NOT_FOUND, format!("there is no order {name:?}")))
}

fn make(books: &mut Books, wanted: &Value, now: i64) -> Result<String, Failure> {
    let organization = &mut books.commerce_layer;
    let id = match &wanted["id"] {
        Value::Null => ledger::id(),
        Value::String(id) if id.len() == 10 && id.bytes().all(|b| b.is_ascii_alphabetic()) => {
            id.clone()
        }
        _ => return Err(bad("id: expected ten letters")),
    };
    if organization.order(&id).is_some() {
        return Err((
            StatusCode::CONFLICT,
            format!("there is an order {id} already"),
        ));
    }
    if wanted["amount"].is_null() || wanted["currency"].is_null() {
        return Err(bad("an order needs amount and currency"));
    }
    let last = organization.orders.iter().map(|order| order.number).max();
    let mut order = seeded::blank(id.clone(), last.unwrap_or(0) + 1, 0, "EUR", now);
    apply(&mut order, wanted)?;
    organization.orders.push(order);
    Ok(id)
}

/// Writes what was wanted into an order.
fn apply(order: &mut Order, wanted: &Value) -> Result<(), Failure> {
    let given = |name: &str| Some(&wanted[name]).filter(|value| !value.is_null());
    let text = |name: &str| match given(name) {
        None => Ok(None),
        Some(value) => {
            let text = value.as_str().map(str::to_owned);
            text.map(Some)
                .ok_or_else(|| bad(format!("{name} is {value}: expected text")))
        }
    };
    let flag = |name: &str| match given(name) {
        None => Ok(None),
        Some(value) => value
            .as_bool()
            .map(Some)
            .ok_or_else(|| bad(format!("{name} is {value}: expected true or false"))),
    };
    if let Some(value) = given("amount") {
        let amount = value.as_u64().filter(|amount| *amount <= 999_999_999);
        order.amount = amount
            .ok_or_else(|| bad(format!("amount is {value}: expected cents, a whole number")))?;
    }
    if let Some(currency) = text("currency")? {
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(bad(format!(
                "currency is {currency:?}: expected three capitals"
            )));
        }
        order.currency = currency;
    }
    if let Some(state) = text("state")? {
        order.status = Status::named(&state).ok_or_else(|| bad(EXPECTED))?;
        order.due = None;
    }
    if let Some(method) = text("method")? {
        order.method = method;
    }
    let url = text("returnUrl")?;
    if url.as_ref().is_some_and(|url| Url::parse(url).is_err()) {
        return Err(bad("returnUrl: expected an address"));
    }
    for (name, value) in [
        ("reference", text("reference")?),
        ("customer_email", text("email")?),
        ("return_url", url),
    ] {
        if let Some(value) = value {
            order.words.insert(name.into(), json!(value));
        }
    }
    for (name, target) in [
        ("autoCapture", &mut order.auto_capture),
        ("autoPlace", &mut order.auto_place),
        ("placeAsync", &mut order.place_async),
    ] {
        if let Some(value) = flag(name)? {
            *target = value;
        }
    }
    if let Some(value) = given("placement") {
        order.placement = Some(placement(value)?);
    }
    if let Some(webhooks) = flag("webhooks")? {
        order.webhooks = Some(webhooks);
    }
    Ok(())
}

fn brief(books: &Books, order: &Order) -> Value {
    let organization = &books.commerce_layer;
    let source = organization.source_of(&order.id);
    let payment = source.and_then(|source| source.payment.as_deref());
    let payment = books
        .payments
        .iter()
        .find(|one| Some(one.id.as_str()) == payment);
    json!({
        "id": order.id,
        "number": order.number,
        "reference": order.reference(),
        "amount": order.amount,
        "currency": order.currency,
        "state": order.status.name(),
        "paymentStatus": organization.payment_status(order),
        "method": order.method,
        "source": source.map(|source| &source.id),
        "payment": payment.map(|payment| json!({"id": payment.id, "status": payment.status.name()})),
        "failed": order.failed,
        "createdAt": rfc3339(order.created_at),
    })
}

fn shown(books: &Books) -> Value {
    let organization = &books.commerce_layer;
    let orders: Vec<Value> = organization
        .orders
        .iter()
        .map(|one| brief(books, one))
        .collect();
    let placement = match &organization.placement {
        Placement::Now => "sync",
        Placement::Later(Some(_)) => "async",
        Placement::Later(None) => "stuck",
        Placement::Refused(_) => "refused",
    };
    json!({
        "POST": EXPECTED,
        "clients": "demo_sales_channel; demo_integration with the secret demo_integration_secret; with _2021, _2022 or _2026 behind the name they speak that year's form",
        "generation": organization.generation.name(),
        "placement": placement,
        "webhooks": organization.webhooks,
        "eager": organization.eager,
        "lowercase": organization.lowercase,
        "tokens": {"lifetime": organization.lifetime, "limit": organization.limit,
            "given": organization.passes.len()},
        "orders": orders,
        "counters": tally::counted(books),
    })
}
