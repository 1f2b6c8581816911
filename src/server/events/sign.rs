//! The signature of an event, after Fanfare's documents: HMAC-SHA-256 over the time, a full
//! stop and the raw body.

use crate::{sensitive::Sensitive, server::random};

/// The value of `X-Fanfare-Signature` for `body`, sent at `timestamp` (Unix seconds).
pub(super) fn signature(secret: &Sensitive<String>, timestamp: &str, body: &str) -> String {
    // EXPOSE: the secret signs the event; only the signature leaves.
    let mac = random::keyed_hash(secret.expose(), &format!("{timestamp}.{body}"));
    format!("sha256={mac}")
}

#[cfg(test)]
mod tests {
    use super::signature;
    use crate::sensitive::Sensitive;

    #[test]
    fn time_and_body_are_signed() {
        // Computed with `openssl dgst -sha256 -hmac test-secret`.
        let body =
            r#"{"id":"evt_test","type":"payment_captured","data":{"id":"pay_test","amount":6540}}"#;
        assert_eq!(
            signature(&Sensitive::new("test-secret".into()), "1700000000", body),
            "sha256=5bc21f71d6a72636a96a53ee8c16471f0cb6bdff339a49aa447f00e75f20445d"
        );
    }
}
