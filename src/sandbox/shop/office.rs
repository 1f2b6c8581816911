//! The shop's back office: what became of an order, and what the merchant does with its money.
//! Everything is asked of the checkout server, with the shop's secret key.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    super::template::{Part, escape, fill, minor_units, price},
    checkout::{self, Trouble},
    pages,
    shelf::Shelf,
};

const OFFICE: &str = include_str!("../../../www/shop/office.html");
const FORM: &str = include_str!("../../../www/shop/office-form.html");

/// `/office/{orderId or reference}`.
pub(super) async fn show(State(shelf): State<Arc<Shelf>>, Path(id): Path<String>) -> Response {
    let order_id = shelf.find(&id).map_or(id, |placed| placed.order_id);
    match checkout::order(&shelf, &order_id).await {
        Ok(order) => Html(page(&order, shelf.said(&order_id))).into_response(),
        Err(trouble) => pages::no_order(&trouble),
    }
}

/// What a form of the office sends.
#[derive(Deserialize)]
pub(super) struct Wish {
    /// Major units; all that is left if empty.
    #[serde(default)]
    amount: String,
    /// Made with the form: sent twice, it is one action.
    key: String,
}

/// `POST /office/{orderId}/{captures, voids or refunds}`.
pub(super) async fn act(
    State(shelf): State<Arc<Shelf>>,
    Path((order_id, what)): Path<(String, String)>,
    headers: HeaderMap,
    Form(wish): Form<Wish>,
) -> Response {
    let origin = headers.get(header::ORIGIN).map(|origin| origin.as_bytes());
    if origin.is_some_and(|origin| origin != shelf.config.public_url.as_bytes()) {
        let text = "Pages of other sites have no business here.";
        return pages::notice(StatusCode::FORBIDDEN, "Not here", text);
    }
    let order = match checkout::order(&shelf, &order_id).await {
        Ok(order) => order,
        Err(trouble) => return pages::no_order(&trouble),
    };
    let currency = order["currency"].as_str().unwrap_or_default();
    let said = match minor_units(&wish.amount, currency) {
        _ if wish.amount.trim().is_empty() => ask(&shelf, &order, &what, None, &wish.key).await,
        Some(amount) => ask(&shelf, &order, &what, Some(amount), &wish.key).await,
        None => format!("{:?} is no amount of {currency}.", wish.amount),
    };
    shelf.say(&order_id, said);
    Redirect::to(&format!("/office/{order_id}")).into_response()
}

/// Asks the checkout server for it; what to tell the merchant.
async fn ask(shelf: &Shelf, order: &Value, what: &str, amount: Option<i64>, key: &str) -> String {
    let payment = order["paymentId"].as_str().unwrap_or_default();
    let body = amount.map_or_else(|| json!({}), |amount| json!({ "amount": amount }));
    match checkout::act(shelf, payment, what, &body, key).await {
        Ok(_) => "Asked for. How it ends stands below.".to_owned(),
        Err(Trouble::Refused(status, body)) => {
            let codes: Vec<&str> = body["error_codes"]
                .as_array()
                .map_or(&[][..], Vec::as_slice)
                .iter()
                .filter_map(Value::as_str)
                .collect();
            let why = body["message"]
                .as_str()
                .map_or(codes.join(", "), str::to_owned);
            format!("Refused ({status}): {why}.")
        }
        Err(Trouble::Silent(why)) => {
            format!(
                "No answer ({why}). It may have been asked for: look below before you repeat it."
            )
        }
    }
}

fn page(order: &Value, said: Option<String>) -> String {
    let text = |key: &str| order[key].as_str().unwrap_or_default();
    let currency = text("currency");
    let money = |key: &str| order[key].as_i64().map(|amount| price(amount, currency));
    let mut standing = format!(
        "{} of {}",
        text("status"),
        money("amount").unwrap_or_default()
    );
    for (key, word) in [
        ("capturedAmount", "taken"),
        ("refundedAmount", "given back"),
    ] {
        if order[key].as_i64().is_some_and(|amount| amount > 0) {
            standing.push_str(&format!(", {} {word}", money(key).unwrap_or_default()));
        }
    }
    if order["released"] == true {
        standing.push_str(", the reservation was let go");
    }
    let said = said.map_or_else(String::new, |said| {
        format!("<p role=\"status\" class=\"said\">{}</p>", escape(&said))
    });
    fill(
        OFFICE,
        &[
            ("reference", Part::text(text("reference"))),
            ("order-id", Part::text(text("orderId"))),
            ("standing", Part::text(standing)),
            ("said", Part::Html(said)),
            ("forms", Part::Html(forms(order))),
            ("actions", Part::Html(lines(&order["actions"], action))),
            ("history", Part::Html(lines(&order["history"], step))),
        ],
    )
}

/// The forms that make sense now. Whether it is allowed, the checkout server says.
fn forms(order: &Value) -> String {
    let amount = |key: &str| order[key].as_i64().unwrap_or_default();
    let (captured, refunded) = (amount("capturedAmount"), amount("refundedAmount"));
    let held = order["status"] == "authorised" && order["released"] != true;
    let form = |what: &str, title: &str, button: &str, partly: bool| {
        let field = format!(
            "<label>Only a part, in {} <input name=\"amount\" inputmode=\"decimal\" autocomplete=\"off\" size=\"10\"></label>",
            escape(order["currency"].as_str().unwrap_or_default()),
        );
        let parts = [
            (
                "order-id",
                Part::text(order["orderId"].as_str().unwrap_or_default()),
            ),
            ("what", Part::text(what)),
            ("title", Part::text(title)),
            ("button", Part::text(button)),
            ("key", Part::text(Uuid::new_v4().to_string())),
            (
                "field",
                Part::Html(if partly { field } else { String::new() }),
            ),
        ];
        fill(FORM, &parts)
    };
    let mut out = String::new();
    if held {
        out.push_str(&form(
            "captures",
            "Ship it and take the money",
            "Ship",
            true,
        ));
        out.push_str(&form(
            "voids",
            "Don't ship, let the money go",
            "Cancel the order",
            false,
        ));
    }
    if captured > refunded {
        out.push_str(&form("refunds", "Give money back", "Refund", true));
    }
    if out.is_empty() {
        out.push_str("<p class=\"soft\">There is nothing to do with its money now.</p>");
    }
    out
}

fn lines(list: &Value, line: fn(&Value) -> String) -> String {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    if list.is_empty() {
        return "<li class=\"soft\">None so far.</li>".to_owned();
    }
    list.iter().map(line).collect()
}

fn cell(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// A capture, void or refund.
fn action(one: &Value) -> String {
    let amount = match &one["amount"] {
        Value::Null => String::new(),
        amount => format!(" {amount}"),
    };
    format!(
        "<li data-action=\"{0}\" data-status=\"{1}\"><b>{0}</b>{2}: {1}</li>\n",
        escape(&cell(&one["kind"])),
        escape(&cell(&one["status"])),
        escape(&amount),
    )
}

/// A step of the order's life: when, what, and all that is said of it.
fn step(one: &Value) -> String {
    let said: Vec<String> = one
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| !["at", "what"].contains(&key.as_str()))
        .map(|(key, value)| format!("{key} {}", cell(value)))
        .collect();
    format!(
        "<li><time>{}</time> <b>{}</b> <code>{}</code></li>\n",
        escape(&cell(&one["at"])),
        escape(&cell(&one["what"])),
        escape(&said.join(" · ")),
    )
}
