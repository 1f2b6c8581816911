//! Signatures as Svix documents them: HMAC-SHA256 over id, timestamp and body, in base64.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// `svix-signature` of a body.
pub(super) fn signature(secret: &str, id: &str, timestamp: &str, body: &str) -> String {
    let secret = secret.strip_prefix("whsec_").unwrap_or(secret);
    let key = STANDARD.decode(secret).unwrap_or_default();
    Hmac::<Sha256>::new_from_slice(&key).map_or_else(
        |_| String::new(),
        |mut mac| {
            mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_as_svix_documents_them() {
        let body =
            r#"{"id":"evt_test","type":"payment_captured","data":{"id":"pay_test","amount":6540}}"#;
        let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        assert_eq!(
            signature(secret, "msg_test", "1700000000", body),
            "v1,eabi8nVxA8kFyBZ7+Wy453KcNf6XA0W7FOvk7R6OFjg="
        );
    }
}
