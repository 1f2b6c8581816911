//! The shop's pages.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    super::{
        ident,
        template::{Part, escape, fill, price},
    },
    checkout::{self, Trouble},
    goods::{Basket, GOODS, Good},
    shelf::{Placed, Shelf},
    ways, words,
};

const CATALOGUE: &str = include_str!("../../../www/shop/catalogue.html");
const DIRECT: &str = include_str!("../../../www/shop/direct.html");
const GOOD: &str = include_str!("../../../www/shop/good.html");
const MOUNT: &str = include_str!("../../../www/shop/mount.html");
const NOTICE: &str = include_str!("../../../www/shop/notice.html");
const PAY: &str = include_str!("../../../www/shop/pay.html");

pub(super) async fn style() -> Response {
    file("text/css", include_str!("../../../www/shop/shop.css"))
}

pub(super) async fn pay_script() -> Response {
    file("text/javascript", include_str!("../../../www/shop/pay.js"))
}

pub(super) async fn mount_script() -> Response {
    file(
        "text/javascript",
        include_str!("../../../www/shop/mount.js"),
    )
}

fn file(kind: &str, text: &'static str) -> Response {
    (
        [(header::CONTENT_TYPE, format!("{kind}; charset=utf-8"))],
        text,
    )
        .into_response()
}

/// `/`: the goods.
pub(super) async fn catalogue() -> Html<String> {
    let card = |good: &Good| {
        let parts = [
            ("id", Part::text(good.id)),
            ("name", Part::text(good.name)),
            ("text", Part::text(good.text)),
            ("price", Part::text(price(good.amount, good.currency))),
        ];
        fill(GOOD, &parts)
    };
    let goods = GOODS.iter().map(card).collect();
    let parts = [
        ("goods", Part::Html(goods)),
        ("ways", Part::Html(ways::choice())),
    ];
    Html(fill(CATALOGUE, &parts))
}

/// What the catalogue's form sends.
#[derive(Deserialize)]
pub(super) struct Choice {
    mode: String,
    #[serde(default)]
    way: Option<String>,
}

/// `POST /buy/{good}`: opens a session and goes there, or to the page that embeds it.
pub(super) async fn buy(
    State(shelf): State<Arc<Shelf>>,
    Path(good): Path<String>,
    Form(choice): Form<Choice>,
) -> Response {
    let good = GOODS.iter().find(|known| known.id == good);
    let (Some(good), Some(way)) = (good, ways::find(choice.way.as_deref())) else {
        return notice(
            StatusCode::NOT_FOUND,
            "Not sold here",
            "Choose one of the goods of the catalogue, and a way to pay for it.",
        );
    };
    if way.id == ways::DIRECT {
        let customer = ident::word(10);
        return Redirect::to(&format!("/direct/{}/cus-{customer}", good.id)).into_response();
    }
    let hosted = choice.mode == "hosted";
    let basket = Basket::of(good, way);
    let mode = if hosted { "hosted" } else { "embedded" };
    match checkout::open(&shelf, basket, mode).await {
        Ok((placed, _)) if hosted => Redirect::to(&placed.checkout_url).into_response(),
        Ok((placed, _)) => Redirect::to(&format!("/pay/{}", placed.order_id)).into_response(),
        Err(trouble) => no_checkout(&trouble),
    }
}

/// `/pay/{orderId}`: the checkout in a frame, by script tag and element.
pub(super) async fn pay(State(shelf): State<Arc<Shelf>>, Path(id): Path<String>) -> Response {
    match shelf.find(&id) {
        Some(placed) => Html(fill(PAY, &placed_parts(&shelf, &placed))).into_response(),
        None => unknown(),
    }
}

/// `/direct/{good}/{customer}`: straight at FunnelFox, whose price points are named as the goods.
/// This shop's server has no part in it.
pub(super) async fn direct(
    State(shelf): State<Arc<Shelf>>,
    Path((good, customer)): Path<(String, String)>,
) -> Response {
    let plain = customer
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let Some(good) = GOODS.iter().find(|known| known.id == good && plain) else {
        return unknown();
    };
    let parts = [
        ("checkout", Part::text(&shelf.config.checkout_url)),
        ("org", Part::text(&shelf.config.organisation)),
        ("price", Part::text(format!("price_{}", good.id))),
        ("customer", Part::text(&customer)),
        ("name", Part::text(good.name)),
        ("total", Part::text(price(good.amount, good.currency))),
    ];
    Html(fill(DIRECT, &parts)).into_response()
}

/// `/mount/{orderId}`: the checkout in the page itself, by the wasm package.
pub(super) async fn mount(State(shelf): State<Arc<Shelf>>, Path(id): Path<String>) -> Response {
    match shelf.find(&id) {
        Some(placed) => Html(fill(MOUNT, &placed_parts(&shelf, &placed))).into_response(),
        None => unknown(),
    }
}

/// `/thanks/{orderId or reference}`: what is true by the checkout server, whoever sent the shopper.
pub(super) async fn thanks(State(shelf): State<Arc<Shelf>>, Path(id): Path<String>) -> Response {
    let order_id = shelf
        .find(&id)
        .map_or_else(|| id.clone(), |placed| placed.order_id);
    match checkout::order(&shelf, &order_id).await {
        Ok(order) => standing(&order, &shelf.told(&order_id)),
        Err(trouble) => no_order(&trouble),
    }
}

/// `/cancelled/{orderId or reference}`: the way back without having paid, as far as one knows.
pub(super) async fn cancelled(state: State<Arc<Shelf>>, id: Path<String>) -> Response {
    thanks(state, id).await
}

fn placed_parts(shelf: &Shelf, placed: &Placed) -> Vec<(&'static str, Part)> {
    let basket = &placed.basket;
    let line = |line: &Value| {
        let (name, amount) = (line["name"].as_str(), line["amount"].as_i64());
        format!(
            "<li><bdi>{}</bdi> <span class=\"price\">{}</span></li>",
            escape(name.unwrap_or_default()),
            escape(&price(amount.unwrap_or_default(), &basket.currency)),
        )
    };
    let lines = basket
        .lines
        .as_array()
        .map(|lines| lines.iter().map(line).collect());
    vec![
        ("checkout", Part::text(&shelf.config.checkout_url)),
        ("checkout-url", Part::text(&placed.checkout_url)),
        ("order-id", Part::text(&placed.order_id)),
        ("reference", Part::text(&basket.reference)),
        ("total", Part::text(price(basket.amount, &basket.currency))),
        ("lines", Part::Html(lines.unwrap_or_default())),
    ]
}

/// What the shop says of an order, with the signed events that its server got about it.
fn standing(order: &Value, told: &[String]) -> Response {
    let (title, text) = words::of(order);
    let text_of = |key: &str| escape(order[key].as_str().unwrap_or_default());
    let mut about = format!(
        "<p class=\"soft\">Order <span class=\"reference\">{}</span> · \
         <a href=\"/office/{}\">as the merchant sees it</a></p>",
        text_of("reference"),
        text_of("orderId"),
    );
    for kind in told {
        about.push_str("<p class=\"soft\">signed event: ");
        about.push_str(&escape(kind));
        about.push_str("</p>");
    }
    said(StatusCode::OK, title, &text, about)
}

/// The order is not known, or can't be asked for.
pub(super) fn no_order(trouble: &Trouble) -> Response {
    match trouble {
        Trouble::Refused(404, _) => unknown(),
        trouble => no_checkout(trouble),
    }
}

fn unknown() -> Response {
    let text = "This shop does not know the order, or has been started again since.";
    notice(StatusCode::NOT_FOUND, "No such order", text)
}

fn no_checkout(trouble: &Trouble) -> Response {
    let text = match trouble {
        Trouble::Refused(status, body) => {
            let why = body["issues"][0]["message"]
                .as_str()
                .or(body["error"].as_str());
            format!(
                "The checkout server refused the order ({status}): {}",
                why.unwrap_or("no reason given")
            )
        }
        Trouble::Silent(why) => {
            format!("The checkout server does not answer: {why}. Is it running?")
        }
    };
    notice(StatusCode::BAD_GATEWAY, "No checkout right now", &text)
}

/// A page without an order.
pub(super) fn notice(status: StatusCode, title: &str, text: &str) -> Response {
    said(status, title, text, String::new())
}

fn said(status: StatusCode, title: &str, text: &str, order: String) -> Response {
    let parts = [
        ("title", Part::text(title)),
        ("text", Part::text(text)),
        ("order", Part::Html(order)),
    ];
    (status, Html(fill(NOTICE, &parts))).into_response()
}
