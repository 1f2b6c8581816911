//! The page behind a payment link, on the bank's site: the payer pays, is declined once or for
//! good, pays by transfer, or goes back. Like real hosted payment pages it can't be framed.
//!
//! Going back decides nothing: the link can still be paid until it is over. Where the documents
//! are silent, a declined payer is sent to `cancel_url`.

use std::sync::Arc;

use axum::{
    Form, Router,
    extract::{Path, State},
    http::{HeaderName, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use reqwest::Url;
use serde::Deserialize;

use super::{
    super::{
        ident,
        state::World,
        template::{self, Part, fill},
    },
    forced::DECLINED,
    ledger::{Card, Habit, Office, Payment, Verdict},
    show::decimals,
};

const PAGE: &str = include_str!("../../../www/bank/pay.html");
const OVER: &str = include_str!("../../../www/bank/over.html");

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/pay/{key}", get(ask).post(answer))
}

/// The form's fields.
#[derive(Deserialize)]
struct Said {
    answer: String,
}

fn find(office: &Office, key: &str) -> Option<usize> {
    let is_this = |payment: &Payment| payment.page.as_ref().is_some_and(|(own, _)| own == key);
    office.payments.iter().position(is_this)
}

async fn ask(State(world): State<Arc<World>>, Path(key): Path<String>) -> Response {
    let office = &world.books().flexprice;
    let Some(index) = find(office, &key) else {
        return unknown();
    };
    let payment = &office.payments[index];
    if open(payment) {
        return question(payment, "");
    }
    over(payment)
}

async fn answer(
    State(world): State<Arc<World>>,
    Path(key): Path<String>,
    Form(said): Form<Said>,
) -> Response {
    let now = world.clock.now();
    let office = &mut world.books().flexprice;
    let Some(index) = find(office, &key) else {
        return unknown();
    };
    if !open(&office.payments[index]) {
        return over(&office.payments[index]);
    }
    let verdict = match said.answer.as_str() {
        "pay" => Some(Verdict::Paid),
        "decline" => Some(Verdict::Declined(DECLINED.into())),
        "later" => Some(Verdict::Later),
        "back" => None,
        "stumble" => {
            // One try that failed: the payer is still there, and so is the payment.
            let payment = &mut office.payments[index];
            payment.attempt(Some(DECLINED.into()), now);
            return question(payment, DECLINED);
        }
        _ => return question(&office.payments[index], "Choose one of the buttons."),
    };
    let well = matches!(verdict, Some(Verdict::Paid | Verdict::Later));
    if verdict == Some(Verdict::Paid) {
        office.save_card(index, now);
    }
    if verdict.is_some() {
        office.payments[index].verdict = verdict;
        if !office.settings.silent {
            office.hear(index, now);
        }
    }
    match way_back(&office.payments[index], well) {
        // 303: the browser comes with a GET, whatever it came here with.
        Some(url) => Redirect::to(url.as_str()).into_response(),
        None => over(&office.payments[index]),
    }
}

/// Whether it can still be paid.
fn open(payment: &Payment) -> bool {
    payment.verdict.is_none() && payment.status.in_flight()
}

impl Office {
    /// A card that pays is kept, where the link was made for that.
    fn save_card(&mut self, index: usize, now: i64) {
        let payment = &self.payments[index];
        if !payment
            .gateway_metadata
            .contains_key("save_card_and_make_default")
        {
            return;
        }
        let owner = self.payer(payment).map(|payer| payer.id.clone());
        let customer = self
            .customers
            .iter_mut()
            .find(|customer| Some(&customer.id) == owner.as_ref());
        if let Some(customer) = customer {
            customer
                .cards
                .iter_mut()
                .for_each(|card| card.default = false);
            customer.cards.push(Card {
                id: ident::new("pm"),
                brand: "visa".into(),
                last4: "4242".into(),
                default: true,
                habit: Habit::Approve,
                created: now,
            });
        }
    }
}

/// The merchant's address, if there is one and it is a web address. Older documents have it in
/// the metadata; Stripe fills in its session.
fn way_back(payment: &Payment, well: bool) -> Option<Url> {
    let key = if well { "success_url" } else { "cancel_url" };
    let text = payment
        .gateway_metadata
        .get(key)
        .or_else(|| payment.metadata.get(key))?;
    let session = payment.tracking.as_deref().unwrap_or_default();
    let url = Url::parse(&text.replace("{CHECKOUT_SESSION_ID}", session)).ok()?;
    ["http", "https"].contains(&url.scheme()).then_some(url)
}

fn question(payment: &Payment, problem: &str) -> Response {
    let currency = payment.currency.to_ascii_uppercase();
    let minor = payment
        .amount
        .minor(u32::try_from(decimals(&currency)).unwrap_or(2));
    let problem = if problem.is_empty() {
        String::new()
    } else {
        let text = template::escape(problem);
        format!("<p class=\"problem\" id=\"problem\" role=\"alert\">{text}</p>")
    };
    let parts = [
        ("amount", Part::text(template::price(minor, &currency))),
        ("reference", Part::text(&payment.invoice)),
        ("problem", Part::Html(problem)),
    ];
    page(StatusCode::OK, fill(PAGE, &parts))
}

fn over(payment: &Payment) -> Response {
    let (title, text) = match &payment.verdict {
        Some(Verdict::Paid) => ("Paid", "This payment has been made."),
        Some(Verdict::Later) => ("On its way", "The bank has been told to send the money."),
        Some(Verdict::Declined(_)) => {
            ("Not paid", "This payment was not made. No money was taken.")
        }
        None if open(payment) => (
            "Not paid yet",
            "You can close this page. The link can still be paid.",
        ),
        None => ("Over", "This link can't be paid any more."),
    };
    let well = matches!(payment.verdict, Some(Verdict::Paid | Verdict::Later));
    let link = way_back(payment, well).map_or(String::new(), |url| {
        let url = template::escape(url.as_str());
        format!("<p><a href=\"{url}\">Back to the shop</a></p>")
    });
    let parts = [
        ("title", Part::text(title)),
        ("text", Part::text(text)),
        ("link", Part::Html(link)),
    ];
    page(StatusCode::OK, fill(OVER, &parts))
}

fn unknown() -> Response {
    let text = "There is no such payment. Go back to the shop and look at your order there.";
    let parts = [
        ("title", Part::text("Nothing to pay")),
        ("text", Part::text(text)),
    ];
    page(StatusCode::NOT_FOUND, fill(OVER, &parts))
}

fn page(status: StatusCode, html: String) -> Response {
    let head: [(HeaderName, &str); 2] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"),
    ];
    (status, head, Html(html)).into_response()
}
