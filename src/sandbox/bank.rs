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
    state::{Books, World},
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

/// What the shopper says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Approve,
    Refuse,
    Cancel,
    Later,
}

/// How a question stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Open,
    Confirmed,
    Refused,
    Cancelled,
    /// Nobody answered in time.
    Late,
}

/// A question as the page shows it, whichever system the payment came by.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) merchant: Option<String>,
    pub(crate) amount: u64,
    pub(crate) currency: String,
    pub(crate) scheme: String,
    pub(crate) last4: String,
    /// In Unix seconds.
    pub(crate) asked_at: i64,
    pub(crate) reference: String,
    pub(crate) standing: Standing,
    /// Where the browser goes then, if the system sends it anywhere.
    pub(crate) way_back: Option<Url>,
}

async fn ask(State(world): State<Arc<World>>, Path(key): Path<String>) -> Response {
    match look(&mut world.books(), &key) {
        None => unknown(),
        Some(asked) if asked.standing == Standing::Open => question(&asked, ""),
        Some(asked) => over(&asked),
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
    let Some(asked) = look(&mut books, &key) else {
        return unknown();
    };
    if asked.standing != Standing::Open {
        return over(&asked);
    }
    let verdict = match said.answer.as_str() {
        "approve" if said.password != PASSWORD => {
            return question(&asked, "That password is not right. Try again.");
        }
        "approve" => Verdict::Approve,
        "refuse" => Verdict::Refuse,
        "cancel" => Verdict::Cancel,
        "later" => Verdict::Later,
        _ => return question(&asked, "Choose one of the buttons."),
    };
    decide(&mut books, &key, verdict, now);
    let Some(asked) = look(&mut books, &key) else {
        return unknown();
    };
    match &asked.way_back {
        // 303: the browser comes with a GET, whatever it came here with.
        Some(url) => Redirect::to(url.as_str()).into_response(),
        None if asked.standing == Standing::Open => over(&asked),
        None => thanks(asked.standing == Standing::Confirmed),
    }
}

/// The question behind a key, in the books of either system.
fn look(books: &mut Books, key: &str) -> Option<Question> {
    let payment = books.payments.iter().find(|payment| is_asked(payment, key));
    payment
        .map(of_payment)
        .or_else(|| books.primer.asked(key).map(|action| action.question()))
}

fn decide(books: &mut Books, key: &str, verdict: Verdict, now: i64) {
    if let Some(action) = books.primer.asked(key) {
        action.answer(verdict);
    }
    let payments = &mut books.payments;
    if let Some(payment) = payments.iter_mut().find(|payment| is_asked(payment, key)) {
        match verdict {
            Verdict::Approve => payment.authorise(now),
            Verdict::Refuse => payment.decline(codes::NOT_AUTHENTICATED, now),
            Verdict::Cancel => payment.cancel(now),
            Verdict::Later => {}
        }
    }
}

fn is_asked(payment: &Payment, key: &str) -> bool {
    payment
        .challenge
        .as_ref()
        .is_some_and(|challenge| challenge.key == key)
}

/// A payment of Checkout.com.
fn of_payment(payment: &Payment) -> Question {
    let order = &payment.order;
    Question {
        merchant: order.descriptor.clone(),
        amount: order.amount,
        currency: order.currency.clone(),
        scheme: payment.card.scheme.to_owned(),
        last4: payment.card.last4.clone(),
        asked_at: payment.requested_on,
        reference: order.reference.clone().unwrap_or_default(),
        standing: match payment.status {
            Status::Pending => Standing::Open,
            Status::Expired => Standing::Late,
            Status::Declined => Standing::Refused,
            Status::Canceled => Standing::Cancelled,
            _ => Standing::Confirmed,
        },
        way_back: way_back(payment),
    }
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

fn question(asked: &Question, problem: &str) -> Response {
    let merchant = asked.merchant.as_deref().unwrap_or(MERCHANT);
    let problem = if problem.is_empty() {
        String::new()
    } else {
        format!(
            "<p class=\"problem\" id=\"problem\" role=\"alert\">{}</p>",
            template::escape(problem)
        )
    };
    let amount = i64::try_from(asked.amount).unwrap_or(i64::MAX);
    let date = clock::rfc3339(asked.asked_at)
        .replace('T', " ")
        .replace('Z', " UTC");
    let parts = [
        ("merchant", Part::text(merchant)),
        (
            "amount",
            Part::text(template::price(amount, &asked.currency)),
        ),
        ("scheme", Part::text(&asked.scheme)),
        ("last4", Part::text(&asked.last4)),
        ("date", Part::text(date)),
        ("reference", Part::text(&asked.reference)),
        ("problem", Part::Html(problem)),
    ];
    no_store(StatusCode::OK, fill(PAGE, &parts))
}

fn over(asked: &Question) -> Response {
    let (title, text) = match asked.standing {
        Standing::Late => (
            "Too late",
            "This question was not answered in time. Nothing was taken from your card.",
        ),
        Standing::Refused | Standing::Cancelled => {
            ("Already answered", "This payment was not confirmed.")
        }
        Standing::Open => (
            "Not answered yet",
            "You can close this page and answer later.",
        ),
        Standing::Confirmed => ("Already answered", "This payment was confirmed."),
    };
    let link = asked.way_back.as_ref().map_or(String::new(), |url| {
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

/// After an answer that leads nowhere: whoever opened the page closes it.
fn thanks(confirmed: bool) -> Response {
    let text = if confirmed {
        "You confirmed the payment. The shop goes on by itself; you can close this page."
    } else {
        "You did not confirm the payment. The shop goes on by itself; you can close this page."
    };
    let parts = [
        ("title", Part::text("Thank you")),
        ("text", Part::text(text)),
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
