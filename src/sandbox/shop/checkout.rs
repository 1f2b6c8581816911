//! The shop's side of the checkout server: open a session, ask for an order.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    claim,
    goods::Basket,
    shelf::{Placed, Shelf},
};

/// Why the checkout server gave no usable answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It refused, with this status and body.
    Refused(u16, Value),
    /// It did not answer, or not as agreed.
    Silent(String),
}

/// Opens a session for `basket` and remembers it.
///
/// The return addresses carry the shop's own reference: the order id is not known before.
///
/// # Errors
/// The server refused the order or did not answer.
pub(super) async fn open(
    shelf: &Shelf,
    basket: Basket,
    mode: &str,
) -> Result<(Placed, Value), Trouble> {
    let config = &shelf.config;
    let claim = claim::sign(config, &basket).map_err(|error| Trouble::Silent(error.to_string()))?;
    let reference = &basket.reference;
    let body = json!({
        "checkoutClaim": claim,
        "mode": mode,
        "successUrl": format!("{}/thanks/{reference}", config.public_url),
        "cancelUrl": format!("{}/cancelled/{reference}", config.public_url),
        "idempotencyKey": Uuid::new_v4().to_string(),
    });
    let request = shelf
        .client
        .post(format!("{}/checkout", config.checkout_internal_url))
        .bearer_auth(&config.secret_key)
        .json(&body);
    let answer = send(request).await?;
    let text = |key: &str| {
        answer[key]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| Trouble::Silent(format!("POST /checkout answered without {key}")))
    };
    let placed = Placed {
        order_id: text("orderId")?,
        checkout_url: text("checkoutUrl")?,
        basket,
    };
    shelf.remember(placed.clone());
    Ok((placed, answer))
}

/// The order as the checkout server sees it: the only proof of payment.
///
/// # Errors
/// The order is not known there, or there was no answer.
pub(super) async fn order(shelf: &Shelf, order_id: &str) -> Result<Value, Trouble> {
    let config = &shelf.config;
    path_safe(order_id)?;
    let url = format!("{}/orders/{order_id}", config.checkout_internal_url);
    send(shelf.client.get(url).bearer_auth(&config.secret_key)).await
}

/// Asks for a capture, void or refund of a payment. Sent again with the same key it is one action.
///
/// # Errors
/// It was refused, or there was no answer.
pub(super) async fn act(
    shelf: &Shelf,
    payment: &str,
    what: &str,
    body: &Value,
    key: &str,
) -> Result<Value, Trouble> {
    path_safe(payment)?;
    path_safe(what)?;
    let config = &shelf.config;
    let url = format!("{}/payments/{payment}/{what}", config.checkout_internal_url);
    let request = shelf.client.post(url).bearer_auth(&config.secret_key);
    send(request.header("cko-idempotency-key", key).json(body)).await
}

/// What goes into a path must stay one part of it.
fn path_safe(id: &str) -> Result<(), Trouble> {
    let safe = id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if safe {
        return Ok(());
    }
    let body = json!({"error": "an id has letters, digits, hyphens and underscores only"});
    Err(Trouble::Refused(404, body))
}

async fn send(request: reqwest::RequestBuilder) -> Result<Value, Trouble> {
    let silent = |error: reqwest::Error| Trouble::Silent(error.without_url().to_string());
    let response = request.send().await.map_err(silent)?;
    let status = response.status();
    let text = response.text().await.map_err(silent)?;
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    if !status.is_success() {
        return Err(Trouble::Refused(status.as_u16(), body));
    }
    Ok(body)
}
