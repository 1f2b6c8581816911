//! What the demo shop's server signs, and what an action token says.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

const SHOP: &str = "http://127.0.0.1:4806";

/// The body of `POST /checkout` for an order.
pub(crate) fn checkout(reference: &str) -> Value {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let claim = json!({
        "iss": "demo", "aud": "fanfare-checkout", "iat": now, "exp": now + 3600,
        "jti": uuid::Uuid::new_v4().to_string(),
        "order": {
            "reference": reference, "currency": "EUR", "amount": 3500,
            "lines": [{"name": "Linen shirt", "quantity": 1, "amount": 3500}],
            "customer": {"email": "a@b.co"},
        },
        "gateway": "checkout-com", "capture": "automatic", "language": "en",
        "parentOrigins": [SHOP], "returnHosts": ["127.0.0.1:4806"],
    });
    let header = Header {
        kid: Some("demo".into()),
        ..Header::default()
    };
    let key = EncodingKey::from_secret(b"demo-claim-secret-of-the-demo-shop-0001");
    json!({
        "checkoutClaim": encode(&header, &claim, &key).unwrap(), "mode": "embedded",
        "successUrl": format!("{SHOP}/thanks"), "cancelUrl": format!("{SHOP}/cart"),
        "idempotencyKey": uuid::Uuid::new_v4().to_string(),
    })
}

/// The payload of an action token.
pub(crate) fn payload(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
