//! What the checkout server tells the shop: signed events, believed only if they are fresh and
//! the signature holds, and taken once each.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use time::OffsetDateTime;

use super::shelf::Shelf;

/// An event older than this may have been recorded and sent by somebody else.
const MAX_AGE: i64 = 300;

/// Whether `signature` is `sha256=` and the lower-case hexadecimal HMAC of `{timestamp}.{body}`
/// under `secret`.
fn is_signed(timestamp: &str, body: &[u8], signature: &str, secret: &str) -> bool {
    let given = signature
        .strip_prefix("sha256=")
        .filter(|text| !text.bytes().any(|byte| byte.is_ascii_uppercase()))
        .and_then(|text| hex::decode(text).ok());
    let (Some(given), Ok(mut mac)) = (given, Hmac::<Sha256>::new_from_slice(secret.as_bytes()))
    else {
        return false;
    };
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    // Compares in constant time.
    mac.verify_slice(&given).is_ok()
}

fn refuse(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response()
}

/// `POST /events`.
pub(super) async fn receive(
    State(shelf): State<Arc<Shelf>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(timestamp), Some(signature)) =
        (text("x-fanfare-timestamp"), text("x-fanfare-signature"))
    else {
        return refuse("expected X-Fanfare-Timestamp and X-Fanfare-Signature");
    };
    if !is_signed(timestamp, &body, signature, &shelf.config.events_secret) {
        return refuse("the signature does not fit");
    }
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let fresh = timestamp
        .parse::<i64>()
        .is_ok_and(|sent| (now - sent).abs() <= MAX_AGE);
    if !fresh {
        return refuse("the event is older than 300 seconds");
    }
    let Ok(event) = serde_json::from_slice::<Value>(&body) else {
        return refuse("the body is no JSON");
    };
    let (Some(id), Some(kind), Some(order)) = (
        event["id"].as_str(),
        event["type"].as_str(),
        event["data"]["orderId"].as_str(),
    ) else {
        return refuse("expected id, type and data.orderId");
    };
    let new = shelf.heard(order, id, kind);
    Json(json!({"received": true, "new": new})).into_response()
}

#[cfg(test)]
mod tests {
    use super::is_signed;

    #[test]
    fn t22_only_time_and_raw_body_under_the_right_secret_are_signed() {
        // Computed with `openssl dgst -sha256 -hmac test-secret`.
        let body =
            br#"{"id":"evt_test","type":"payment_captured","data":{"id":"pay_test","amount":6540}}"#;
        let good = "sha256=5bc21f71d6a72636a96a53ee8c16471f0cb6bdff339a49aa447f00e75f20445d";
        assert!(is_signed("1700000000", body, good, "test-secret"));
        let mac = &good["sha256=".len()..];
        let signatures = [
            mac.to_owned(),
            String::new(),
            "sha256=".into(),
            format!("SHA256={mac}"),
            format!("sha1={mac}"),
            format!("sha256={}", mac.to_uppercase()),
            format!("sha256={}e", &mac[..63]),
            format!("sha256={}", &mac[..62]),
            format!("{good}00"),
        ];
        for signature in signatures {
            let held = is_signed("1700000000", body, &signature, "test-secret");
            assert!(!held, "{signature}");
        }
        assert!(!is_signed("1700000001", body, good, "test-secret"));
        assert!(!is_signed("", body, good, "test-secret"));
        assert!(!is_signed("1700000000", body, good, "test-secreu"));
        for place in 0..body.len() {
            let mut other = body.to_vec();
            other[place] ^= 1;
            assert!(!is_signed("1700000000", &other, good, "test-secret"));
        }
        assert!(!is_signed("1700000000", &body[1..], good, "test-secret"));
    }
}
