//! The calls below `/commerce-layer/api`.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, Query as Asked, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::{
    super::state::{Books, World},
    deeds::Deed,
    document::{Query, Writer},
    ledger::{CHECKOUT_COM, Order},
    orders,
    refusal::Refusal,
    request::{self, Caller, Wish},
    show::View,
    sources,
    thing::{Related, Thing},
    transactions,
};

type Answer = Result<Response, Refusal>;

/// Writes an answer about the books as they stand.
fn tell<F>(world: &World, books: &Books, caller: Caller, query: &Query, write: F) -> Answer
where
    F: for<'a> FnOnce(Writer<'a>, &'a Books) -> Answer,
{
    let base = format!("{}/commerce-layer/api", world.config.public_url);
    let checkout_com = world.config.checkout_com();
    let view = View {
        base: &base,
        checkout_com: &checkout_com,
        bank: &world.config.bank_url,
        generation: caller.generation,
    };
    let organization = &books.commerce_layer;
    write(Writer::new(organization, view, caller, query), books)
}

/// One resource.
fn one(
    world: &World,
    books: &Books,
    caller: Caller,
    query: &Query,
    status: StatusCode,
    (kind, id): (&str, &str),
) -> Answer {
    tell(world, books, caller, query, |writer, books| {
        let found = Thing::find(&books.commerce_layer, kind, id);
        writer.one(status, Some(found.ok_or_else(Refusal::not_found)?))
    })
}

/// `GET /{kind}/{id}`.
///
/// # Errors
/// 400 to include what is not there, 401, 404, 406.
pub(crate) async fn read(
    State(world): State<Arc<World>>,
    Path((kind, id)): Path<(String, String)>,
    Asked(query): Asked<Query>,
    headers: HeaderMap,
) -> Answer {
    let now = world.clock.now();
    let books = world.books();
    let caller = request::admit(&books.commerce_layer, &headers, false, now)?;
    one(&world, &books, caller, &query, StatusCode::OK, (&kind, &id))
}

/// `GET /{kind}/{id}/{relation}`.
///
/// # Errors
/// 401, 404, 406.
pub(crate) async fn related(
    State(world): State<Arc<World>>,
    Path((kind, id, relation)): Path<(String, String, String)>,
    Asked(query): Asked<Query>,
    headers: HeaderMap,
) -> Answer {
    let now = world.clock.now();
    let books = world.books();
    let caller = request::admit(&books.commerce_layer, &headers, false, now)?;
    let address = format!(
        "{}/commerce-layer/api/{kind}/{id}/{relation}",
        world.config.public_url
    );
    tell(&world, &books, caller, &query, |writer, books| {
        let organization = &books.commerce_layer;
        let found = Thing::find(organization, &kind, &id);
        if matches!(found, Some(Thing::Transaction(_))) {
            caller.integration()?;
        }
        let found = found.and_then(|thing| thing.related(organization, &relation));
        match found.ok_or_else(Refusal::not_found)? {
            Related::One(thing) => writer.one(StatusCode::OK, thing),
            Related::Many(things) => {
                // Even an empty list says something about the money.
                if Deed::ALL.iter().any(|(kind, _)| *kind == relation) || relation == "transactions"
                {
                    caller.integration()?;
                }
                writer.many(&things, &address)
            }
        }
    })
}

/// `GET /{kind}`: all orders or transactions, newest last, for integrations. Orders can be
/// filtered by `filter[q][reference_eq]`, `number_eq`, `id_eq` and `status_eq`.
///
/// # Errors
/// 400 for another filter, 401, 404, 406.
pub(crate) async fn list(
    State(world): State<Arc<World>>,
    Path(kind): Path<String>,
    Asked(query): Asked<Query>,
    headers: HeaderMap,
) -> Answer {
    let now = world.clock.now();
    let books = world.books();
    let caller = request::admit(&books.commerce_layer, &headers, false, now)?;
    caller.integration()?;
    let address = format!("{}/commerce-layer/api/{kind}", world.config.public_url);
    tell(&world, &books, caller, &query, |writer, books| {
        let organization = &books.commerce_layer;
        let deed = Deed::ALL.iter().find(|(own, _)| *own == kind);
        let things: Vec<Thing<'_>> = match (kind.as_str(), deed) {
            ("orders", _) => {
                let mut found = Vec::new();
                for order in &organization.orders {
                    if passes(order, &query)? {
                        found.push(Thing::Order(order));
                    }
                }
                found
            }
            (_, Some((_, deed))) => {
                let all = organization.transactions.iter();
                let own = all.filter(|one| one.deed == *deed);
                own.map(Thing::Transaction).collect()
            }
            _ => return Err(Refusal::not_found()),
        };
        writer.many(&things, &address)
    })
}

fn passes(order: &Order, query: &Query) -> Result<bool, Refusal> {
    for (name, value) in query {
        let Some(rule) = name.strip_prefix("filter[q][") else {
            continue;
        };
        let equal = match rule.trim_end_matches(']') {
            "id_eq" => order.id == *value,
            "number_eq" => order.number.to_string() == *value,
            "status_eq" => order.status.name() == value,
            "reference_eq" => order.words.get("reference").is_some_and(|own| own == value),
            other => {
                let text = format!("{other} is not allowed.");
                return Err(Refusal::bad(
                    "FILTER_NOT_ALLOWED",
                    "Filter not allowed",
                    &text,
                ));
            }
        };
        if !equal {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `POST /checkout_com_payments`.
///
/// # Errors
/// 400, 401, 404 for another type, 406, 415, 422.
pub(crate) async fn create(
    State(world): State<Arc<World>>,
    Path(kind): Path<String>,
    Asked(query): Asked<Query>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let now = world.clock.now();
    let mut books = world.books();
    let caller = request::admit(&books.commerce_layer, &headers, true, now)?;
    if kind != CHECKOUT_COM {
        return Err(Refusal::not_found());
    }
    let wish = Wish::read(&body, CHECKOUT_COM, None)?;
    let id = sources::create(&mut books, caller, &wish, now)?;
    let made = (CHECKOUT_COM, id.as_str());
    one(&world, &books, caller, &query, StatusCode::CREATED, made)
}

/// `PATCH /{kind}/{id}`.
///
/// # Errors
/// 400, 401, 404, 406, 415, 422.
pub(crate) async fn change(
    State(world): State<Arc<World>>,
    Path((kind, id)): Path<(String, String)>,
    Asked(query): Asked<Query>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let now = world.clock.now();
    let mut books = world.books();
    let caller = request::admit(&books.commerce_layer, &headers, true, now)?;
    let deed = Deed::ALL.iter().find(|(own, _)| *own == kind);
    if deed.is_some() {
        caller.integration()?;
    }
    let wish = Wish::read(&body, &kind, Some(&id))?;
    match (kind.as_str(), deed) {
        ("orders", _) => orders::change(&mut books, caller, &id, &wish, now)?,
        (CHECKOUT_COM, _) => sources::change(&mut books, caller, &id, &wish, now)?,
        (_, Some((_, deed))) => transactions::change(&mut books, *deed, &id, &wish, now)?,
        _ => return Err(Refusal::not_found()),
    }
    one(&world, &books, caller, &query, StatusCode::OK, (&kind, &id))
}
