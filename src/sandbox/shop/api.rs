//! The shop's API for tests and tinkering: place an order of any kind, look at one.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    checkout::{self, Trouble},
    goods::{self, Basket},
    shelf::Shelf,
};

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(status, body) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                (status, Json(body)).into_response()
            }
            Self::Silent(why) => {
                let error = format!("no usable answer from the checkout server: {why}");
                (StatusCode::BAD_GATEWAY, Json(json!({"error": error}))).into_response()
            }
        }
    }
}

/// `{mode, amount?, currency?, lines?, customer?, gateway?, price?, capture?, reference?, language?}` → the answer
/// of `POST /checkout` with `reference`, `payUrl` and `mountUrl`.
///
/// What is wrong with the order is for the checkout server to say: all goes there as it is.
pub(super) async fn create(State(shelf): State<Arc<Shelf>>, body: Bytes) -> Response {
    let wish: Value = match serde_json::from_slice(&body) {
        Ok(wish) => wish,
        Err(error) => {
            let error = format!("the body is no JSON: {error}");
            return (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response();
        }
    };
    let text = |key: &str, default: &str| wish[key].as_str().unwrap_or(default).to_owned();
    let lines = wish["lines"].as_array();
    let sum = lines.map(|lines| {
        lines
            .iter()
            .filter_map(|line| line["amount"].as_i64())
            .sum()
    });
    let amount = wish["amount"]
        .as_i64()
        .or(sum)
        .unwrap_or(goods::GOODS[0].amount);
    let one = || json!([{"name": goods::GOODS[0].name, "quantity": 1, "amount": amount}]);
    let (gateway, currency) = (text("gateway", "checkout-com"), text("currency", "EUR"));
    let fox = gateway == goods::FUNNELFOX;
    let price = wish["price"].as_str().map(str::to_owned);
    let basket = Basket {
        price: price.or_else(|| fox.then(|| goods::price_of(amount, &currency)).flatten()),
        reference: wish["reference"]
            .as_str()
            .map_or_else(goods::reference, str::to_owned),
        amount,
        currency,
        lines: lines.map_or_else(one, |lines| json!(lines)),
        customer: wish
            .get("customer")
            .filter(|customer| !customer.is_null())
            .cloned()
            .or_else(|| fox.then(goods::somebody)),
        gateway,
        capture: text("capture", "automatic"),
        language: text("language", "en"),
    };
    let mode = text("mode", "embedded");
    match checkout::open(&shelf, basket, &mode).await {
        Err(trouble) => trouble.into_response(),
        Ok((placed, mut answer)) => {
            let (own, id) = (&shelf.config.public_url, &placed.order_id);
            answer["reference"] = json!(placed.basket.reference);
            answer["payUrl"] = json!(format!("{own}/pay/{id}"));
            answer["mountUrl"] = json!(format!("{own}/mount/{id}"));
            Json(answer).into_response()
        }
    }
}

/// The order as the shop's server learns it.
pub(super) async fn read(State(shelf): State<Arc<Shelf>>, Path(id): Path<String>) -> Response {
    let order_id = shelf.find(&id).map_or(id, |placed| placed.order_id);
    match checkout::order(&shelf, &order_id).await {
        Ok(order) => Json(order).into_response(),
        Err(trouble) => trouble.into_response(),
    }
}
