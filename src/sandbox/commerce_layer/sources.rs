//! `POST /checkout_com_payments`, in the form of the caller's year, and `PATCH`.

use reqwest::Url;
use serde_json::{Map, Value, json};

use super::{
    super::{clock, state::Books},
    access::Generation,
    charge,
    ledger::{self, CHECKOUT_COM, Source, Status},
    refusal::Refusal,
    request::{Caller, Wish},
};

/// What every resource takes.
pub(super) const WORDS: [&str; 3] = ["reference", "reference_origin", "metadata"];

fn allowed(generation: Generation) -> &'static [&'static str] {
    match generation {
        Generation::Year2021 => &["payment_type", "token", "session_id"],
        Generation::Year2022 => &[
            "payment_type",
            "token",
            "session_id",
            "success_url",
            "failure_url",
        ],
        Generation::Year2026 => &["token", "success_url", "failure_url"],
    }
}

fn required(generation: Generation) -> &'static [&'static str] {
    match generation {
        Generation::Year2021 | Generation::Year2022 => &["payment_type", "token"],
        Generation::Year2026 => &["token", "success_url", "failure_url"],
    }
}

/// What is wrong with the attributes: all of it.
fn check(wish: &Wish, required: &[&str]) -> Result<(), Refusal> {
    let mut problem: Option<Refusal> = None;
    let mut add = |other: Refusal| {
        problem = Some(match problem.take() {
            Some(before) => before.and(other),
            None => other,
        });
    };
    for name in required {
        if wish.text(name).is_none() {
            add(Refusal::attribute(
                name,
                "can't be blank",
                "blank",
                &Value::Null,
            ));
        }
    }
    for name in ["success_url", "failure_url"] {
        if let Some(text) = wish.text(name)
            && address(text).is_none()
        {
            add(Refusal::attribute(
                name,
                "is invalid",
                "invalid",
                &json!(text),
            ));
        }
    }
    if let Some(kind) = wish.text("payment_type")
        && kind != "token"
    {
        let title = "is not included in the list";
        add(Refusal::attribute(
            "payment_type",
            title,
            "inclusion",
            &json!(kind),
        ));
    }
    problem.map_or(Ok(()), Err)
}

fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// Makes a payment source and puts it on its order, in the place of an earlier one. Nothing is
/// charged yet, unless that was ordered. Its id.
///
/// # Errors
/// 400 for what this year's form does not know, 422 for what is missing or wrong.
pub(super) fn create(
    books: &mut Books,
    caller: Caller,
    wish: &Wish,
    now: i64,
) -> Result<String, Refusal> {
    let allowed = [allowed(caller.generation), &WORDS[..]].concat();
    wish.only(&allowed, &["order"])?;
    check(wish, required(caller.generation))?;
    let organization = &mut books.commerce_layer;
    let order = wish
        .related("order", "orders")
        .and_then(|id| organization.order_mut(id))
        .ok_or_else(|| Refusal::relationship("order", "can't be blank", "blank"))?;
    if order.status != Status::Pending {
        let title = format!("is {}, not pending", order.status.name());
        return Err(Refusal::relationship("order", &title, "invalid"));
    }
    if order.method != CHECKOUT_COM {
        let title = "has a payment method of another type";
        return Err(Refusal::relationship("order", title, "invalid"));
    }
    let url = |name: &str| wish.text(name).and_then(address);
    let own = |name: &str| wish.text(name).map(str::to_owned);
    let source = Source {
        id: ledger::id(),
        order: order.id.clone(),
        amount: order.amount,
        token: own("token").unwrap_or_default(),
        payment_type: own("payment_type"),
        session_id: own("session_id"),
        success_url: url("success_url"),
        failure_url: url("failure_url"),
        payment: None,
        seen: None,
        detailed: false,
        words: words(wish),
        created_at: now,
        updated_at: now,
    };
    let id = source.id.clone();
    order.source = Some(id.clone());
    order.updated_at = now;
    organization.sources.push(source);
    if organization.eager {
        charge::authorize(books, &id, now)?;
    }
    Ok(id)
}

/// The words that a body has for its resource.
pub(super) fn words(wish: &Wish) -> Map<String, Value> {
    let given = wish.attributes.iter();
    given
        .filter(|(name, _)| WORDS.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Changes a source: another token or session, `_authorize`, `_details`, `_refresh`.
///
/// # Errors
/// 400, 404, 422.
pub(super) fn change(
    books: &mut Books,
    caller: Caller,
    id: &str,
    wish: &Wish,
    now: i64,
) -> Result<(), Refusal> {
    let triggers = ["_authorize", "_details", "_refresh"];
    let allowed = [allowed(caller.generation), &WORDS[..], &triggers[..]].concat();
    wish.only(&allowed, &["order"])?;
    check(wish, &[])?;
    let organization = &mut books.commerce_layer;
    let source = organization.source_mut(id).ok_or_else(Refusal::not_found)?;
    if wish
        .related("order", "orders")
        .is_some_and(|own| own != source.order)
    {
        let title = "can't be another one";
        return Err(Refusal::relationship("order", title, "invalid"));
    }
    if let Some(token) = wish.text("token") {
        source.token = token.to_owned();
    }
    if let Some(session) = wish.text("session_id") {
        source.session_id = Some(session.to_owned());
    }
    for (name, target) in [
        ("success_url", &mut source.success_url),
        ("failure_url", &mut source.failure_url),
    ] {
        if let Some(url) = wish.text(name).and_then(address) {
            *target = Some(url);
        }
    }
    source.words.append(&mut words(wish));
    source.updated_at = now;
    if wish.pulls("_authorize") {
        let order = source.order.clone();
        let status = organization.order(&order).map(|order| order.status);
        if status != Some(Status::Pending) {
            return Err(Refusal::relationship("order", "is not pending", "invalid"));
        }
        charge::authorize(books, id, now)?;
    }
    if wish.pulls("_details") {
        if caller.generation != Generation::Year2026 {
            right_session(books, id, now)?;
        }
        charge::look(books, id, false, now);
    }
    if wish.pulls("_refresh") {
        charge::look(books, id, true, now);
    }
    Ok(())
}

/// The earlier forms read the details by the session that the shopper brought back, which
/// Checkout.com knows for a quarter of an hour. A payment without a question has none.
fn right_session(books: &Books, id: &str, now: i64) -> Result<(), Refusal> {
    let source = books.commerce_layer.source(id);
    let source = source.ok_or_else(Refusal::not_found)?;
    let seen = source.seen.as_ref();
    let Some(challenge) = seen.and_then(|payment| payment.challenge.as_ref()) else {
        return Ok(());
    };
    let own = json!(source.session_id);
    let refuse =
        |title: &str, error: &str| Err(Refusal::attribute("session_id", title, error, &own));
    match &source.session_id {
        None => refuse("can't be blank", "blank"),
        Some(session) if *session != challenge.session => refuse("is invalid", "invalid"),
        Some(_) if now >= challenge.until => {
            let title = format!("has expired at {}", clock::rfc3339(challenge.until));
            refuse(&title, "expired")
        }
        Some(_) => Ok(()),
    }
}
