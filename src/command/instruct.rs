//! `capture`, `void` and `refund`: asked for at the running server, as a shop would, with the
//! shop's secret key.

use reqwest::{Client, Method, StatusCode, redirect};
use serde_json::{Value, json};

use super::{
    options::{Of, Part, Place, Serving},
    settings,
};
use crate::money::{Currency, Money};

/// Where the server is.
pub(super) fn server_of(place: &Place, serving: &Serving) -> Result<String, String> {
    Ok(match (&serving.public_url, &place.settings) {
        (Some(url), _) => url.clone(),
        (None, Some(file)) => settings::load(file, place)?.public_url,
        (None, None) => format!("http://localhost:{}", place.port_base),
    })
}

struct Server<'a> {
    client: Client,
    base: &'a str,
    of: &'a Of,
}

impl Server<'_> {
    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value), String> {
        let unreachable = |error: reqwest::Error| {
            format!(
                "no clear answer of the checkout server at {}: {}; see that it runs (--port-base, --public-url), then give the same command again: it is the same action",
                self.base,
                error.without_url()
            )
        };
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            // EXPOSE: the key goes to the server whose operator gave it.
            .bearer_auth(self.of.secret_key.0.expose());
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        let text = answer.text().await.map_err(unreachable)?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    /// The order, by its own id or by its payment's.
    async fn order(&self) -> Result<Value, String> {
        let id = &self.of.order;
        let fits = id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let path = if id.starts_with("pay_") {
            format!("/payments/{id}")
        } else {
            format!("/orders/{id}")
        };
        if !fits || id.is_empty() {
            return Err(format!(
                "{id:?} is no order id; give an order id or a payment id (pay_…)"
            ));
        }
        match self.call(Method::GET, &path, None).await? {
            (StatusCode::OK, order) => Ok(order),
            (StatusCode::UNAUTHORIZED, _) => Err(
                "the server does not know this secret key; set FANFARE_SECRET_KEY or --secret-key"
                    .into(),
            ),
            (StatusCode::NOT_FOUND, _) => Err(format!(
                "no order {id:?} of this key's shop at {}; give an order id or a payment id (pay_…)",
                self.base
            )),
            (status, _) => Err(format!(
                "the server answered {status} when asked for the order"
            )),
        }
    }
}

/// The amount in the order's minor units.
fn minor_units(part: &Part, order: &Value) -> Result<Option<Money>, String> {
    let (Some(amount), Some(code)) = (&part.amount, &part.currency) else {
        return Ok(None);
    };
    let currency = Currency::parse(code).map_err(|error| error.to_string())?;
    let owed = order["currency"].as_str().unwrap_or_default();
    if currency.code() != owed {
        return Err(format!(
            "the order is in {owed}, not in {}: give --currency {owed}",
            currency.code()
        ));
    }
    Money::parse(amount, currency)
        .filter(|money| money.minor > 0)
        .map(Some)
        .ok_or_else(|| {
            format!(
                "{amount:?} is no amount of {}: expected digits with at most {} decimals after a point, above zero, such as {}",
                currency.code(),
                currency.exponent(),
                Money::new(3500, currency).decimal()
            )
        })
}

/// Why it was refused, in words.
fn refused(what: &str, status: StatusCode, body: &Value, order: &Value) -> String {
    let total = Currency::parse(order["currency"].as_str().unwrap_or_default())
        .map(|currency| Money::new(order["amount"].as_i64().unwrap_or_default(), currency));
    let of_order = total.map_or_else(
        |_| String::new(),
        |total| format!(" (the order is over {total})"),
    );
    let codes: Vec<&str> = body["error_codes"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let why = match (status, codes.first().copied()) {
        (StatusCode::FORBIDDEN, _) => body["message"].as_str().unwrap_or("not allowed").to_owned(),
        (StatusCode::TOO_MANY_REQUESTS, _) => {
            "the same is being asked for right now; give the command again in a while".to_owned()
        }
        (StatusCode::BAD_GATEWAY, _) => {
            "the payment system can't be reached, or refuses the account's key; nothing was done, try again"
                .to_owned()
        }
        (_, Some("capture_value_greater_than_authorized")) => {
            format!("it is more than was authorised{of_order}")
        }
        (_, Some("capture_value_greater_than_remaining_authorized")) => {
            format!("it is more than is left to capture{of_order}")
        }
        (_, Some("refund_amount_exceeds_balance")) => {
            format!("it is more than is left to refund{of_order}")
        }
        (_, Some("amount_invalid")) => {
            "the payment system can't move this amount of this currency".to_owned()
        }
        _ => format!("the server answered {status} {}", codes.join(", "))
            .trim_end()
            .to_owned(),
    };
    format!("no {what}: {why}")
}

/// Asks for it; what to say when it was taken on.
pub(super) async fn instruct(
    base: &str,
    what: &'static str,
    of: &Of,
    part: Option<&Part>,
) -> Result<String, String> {
    let loopback = base.starts_with("http://");
    let mut client = Client::builder().redirect(redirect::Policy::none());
    if loopback {
        client = client.no_proxy();
    }
    let client = client.build().map_err(|error| error.to_string())?;
    let server = Server { client, base, of };
    let order = server.order().await?;
    let amount = match part {
        Some(part) => minor_units(part, &order)?,
        None => None,
    };
    let mut body = json!({});
    if let Some(money) = amount {
        body["amount"] = json!(money.minor);
    }
    if let Some(reference) = &of.reference {
        body["reference"] = json!(reference);
    }
    let payment = order["paymentId"].as_str().unwrap_or_default();
    let path = format!("/payments/{payment}/{what}s");
    let (status, answer) = server.call(Method::POST, &path, Some(&body)).await?;
    if status != StatusCode::ACCEPTED {
        return Err(refused(what, status, &answer, &order));
    }
    let how_much = amount.map_or_else(|| "all that is left".to_owned(), |money| money.to_string());
    let action = answer["action_id"].as_str().unwrap_or_default();
    let id = order["orderId"].as_str().unwrap_or_default();
    Ok(format!(
        "Accepted: {what} of {how_much}, {action}. It is not done yet; `fanfare-checkout order {id}` shows how it ends.\n"
    ))
}
