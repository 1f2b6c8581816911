//! The checkout claim: the order, stated by the shop's server and signed.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Config, goods::Basket};

/// How long a claim can be used, in seconds.
const LIFETIME: i64 = 15 * 60;

/// Signs what the basket holds.
///
/// # Errors
/// The key cannot sign.
pub(super) fn sign(
    config: &Config,
    basket: &Basket,
) -> Result<String, jsonwebtoken::errors::Error> {
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(config.claim_kid.clone());
    let key = EncodingKey::from_secret(config.claim_secret.as_bytes());
    encode(&header, &payload(config, basket), &key)
}

fn payload(config: &Config, basket: &Basket) -> Value {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let host = config
        .public_url
        .split_once("://")
        .map_or(config.public_url.as_str(), |(_, host)| host);
    let mut order = json!({
        "reference": basket.reference,
        "currency": basket.currency,
        "amount": basket.amount,
        "lines": basket.lines,
    });
    if let Some(price) = &basket.price {
        order["price"] = json!(price);
    }
    if let Some(customer) = &basket.customer {
        order["customer"] = customer.clone();
    }
    json!({
        "iss": config.organisation,
        "aud": "fanfare-checkout",
        "iat": now,
        "exp": now + LIFETIME,
        "jti": Uuid::new_v4().to_string(),
        "order": order,
        "gateway": basket.gateway,
        "capture": basket.capture,
        "language": basket.language,
        "parentOrigins": [config.public_url],
        "returnHosts": [host],
    })
}
