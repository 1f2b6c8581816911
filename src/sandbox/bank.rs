//! The bank's 3-D Secure page, on a site of its own, as issuers serve it: a plain form, no scripts.
//!
//! It answers the shopper's browser only. What it decided, the merchant learns from the
//! payment system; the way back carries a session id and proves nothing.

use std::sync::Arc;

use axum::{
    Form, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use reqwest::Url;
use serde::Deserialize;

use super::{
    checkout_com::{
        codes,
        ledger::{Payment, Status},
    },
    clock,
    state::World,
    template::{self, Part, fill},
};

/// The password of every card.
const PASSWORD: &str = "Checkout1!";

/// The name of the sandbox's merchant account.
const MERCHANT: &str = "Small Goods";

const PAGE: &str = include_str!("../../www/bank/challenge.html");
const OVER: &str = include_str!("../../www/bank/over.html");
const STYLE: &str = include_str!("../../www/bank/bank.css");

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/3ds/{key}", get(ask).post(answer))
        .route("/bank.css", get(style))
}

async fn style() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, STYLE).into_response()
}

async fn ask(State(world): State<Arc<World>>, Path(key): Path<String>) -> Response {
    let books = world.books();
    match find(&books.payments, &key) {
        None => unknown(),
        Some(payment) if payment.status == Status::Pending => question(payment, ""),
        Some(payment) => over(payment),
    }
}

/// The form's fields.
#[derive(Deserialize)]
struct Said {
    answer: String,
    #[serde(default)]
    password: String,
}

async fn answer(
    State(world): State<Arc<World>>,
    Path(key): Path<String>,
    Form(said): Form<Said>,
) -> Response {
    let now = world.clock.now();
    let mut books = world.books();
    let Some(payment) = books
        .payments
        .iter_mut()
        .find(|payment| is_asked(payment, &key))
    else {
        return unknown();
    };
    if payment.status != Status::Pending {
        return over(payment);
    }
    match said.answer.as_str() {
        "approve" if said.password != PASSWORD => {
            return question(payment, "That password is not right. Try again.");
        }
        "approve" => payment.authorise(now),
        "refuse" => payment.decline(codes::NOT_AUTHENTICATED, now),
        "cancel" => payment.cancel(now),
        "later" => {}
        _ => return question(payment, "Choose one of the buttons."),
    }
    match way_back(payment) {
        // 303: the browser comes with a GET, whatever it came here with.
        Some(url) => Redirect::to(url.as_str()).into_response(),
        None => over(payment),
    }
}

fn find<'a>(payments: &'a [Payment], key: &str) -> Option<&'a Payment> {
    payments.iter().find(|payment| is_asked(payment, key))
}

fn is_asked(payment: &Payment, key: &str) -> bool {
    payment
        .challenge
        .as_ref()
        .is_some_and(|challenge| challenge.key == key)
}

/// The merchant's address with `cko-session-id`, the one for success while all is well or open.
fn way_back(payment: &Payment) -> Option<Url> {
    let well = payment.approved() || payment.status == Status::Pending;
    let order = &payment.order;
    let mut url = if well {
        &order.success_url
    } else {
        &order.failure_url
    }
    .clone()?;
    let session = &payment.challenge.as_ref()?.session;
    url.query_pairs_mut().append_pair("cko-session-id", session);
    Some(url)
}

fn question(payment: &Payment, problem: &str) -> Response {
    let order = &payment.order;
    let merchant = order.descriptor.as_deref().unwrap_or(MERCHANT);
    let problem = if problem.is_empty() {
        String::new()
    } else {
        format!(
            "<p class=\"problem\" id=\"problem\" role=\"alert\">{}</p>",
            template::escape(problem)
        )
    };
    let amount = i64::try_from(order.amount).unwrap_or(i64::MAX);
    let parts = [
        ("merchant", Part::text(merchant)),
        (
            "amount",
            Part::text(template::price(amount, &order.currency)),
        ),
        ("scheme", Part::text(payment.card.scheme)),
        ("last4", Part::text(&payment.card.last4)),
        (
            "date",
            Part::text(
                clock::rfc3339(payment.requested_on)
                    .replace('T', " ")
                    .replace('Z', " UTC"),
            ),
        ),
        (
            "reference",
            Part::text(order.reference.clone().unwrap_or_default()),
        ),
        ("problem", Part::Html(problem)),
    ];
    no_store(StatusCode::OK, fill(PAGE, &parts))
}

fn over(payment: &Payment) -> Response {
    let (title, text) = match payment.status {
        Status::Expired => (
            "Too late",
            "This question was not answered in time. Nothing was taken from your card.",
        ),
        Status::Declined | Status::Canceled => {
            ("Already answered", "This payment was not confirmed.")
        }
        Status::Pending => (
            "Not answered yet",
            "You can close this page and answer later.",
        ),
        _ => ("Already answered", "This payment was confirmed."),
    };
    let link = way_back(payment).map_or(String::new(), |url| {
        format!(
            "<p><a href=\"{}\">Back to the shop</a></p>",
            template::escape(url.as_str())
        )
    });
    let parts = [
        ("title", Part::text(title)),
        ("text", Part::text(text)),
        ("link", Part::Html(link)),
    ];
    no_store(StatusCode::OK, fill(OVER, &parts))
}

fn unknown() -> Response {
    let parts = [
        ("title", Part::text("Nothing to confirm")),
        (
            "text",
            Part::text(
                "The bank does not know this payment. Go back to the shop and look at your order there.",
            ),
        ),
    ];
    no_store(StatusCode::NOT_FOUND, fill(OVER, &parts))
}

fn no_store(status: StatusCode, page: String) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
}
