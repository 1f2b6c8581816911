//! Checkout.com's webhooks. One is believed so far that it is a reason to ask: what it says of
//! amounts and statuses is not even read.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::sensitive::Sensitive;

use super::{PaymentId, State};

/// Whether `Cko-Signature` is the lower-case hexadecimal HMAC-SHA-256 of the raw `body` under
/// `key`. Takes as long for a wrong one as for the right one.
pub fn is_signed(body: &[u8], signature: &[u8], key: &Sensitive<String>) -> bool {
    // EXPOSE: the key checks the signature; it is not shown.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()) else {
        return false;
    };
    mac.update(body);
    let expected = hex::encode(mac.finalize().into_bytes());
    bool::from(expected.as_bytes().ct_eq(signature))
}

/// What a report is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// `evt_…`: the same each time that it is sent.
    pub id: String,
    /// `payment_captured`, …
    pub kind: String,
    /// The payment, if it is about one.
    pub payment: Option<PaymentId>,
    /// Of the payment or, after a capture, of that action.
    pub reference: Option<String>,
    /// When it was made, as sent.
    pub created: Option<String>,
}

impl Webhook {
    /// Reads a body whose signature holds; `None` if it is no event.
    pub fn read(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let text = |value: &Value, longest: usize| {
            let text = value.as_str()?;
            let fits = !text.is_empty() && text.len() <= longest;
            fits.then(|| text.to_owned())
        };
        let data = &body["data"];
        Some(Self {
            id: text(&body["id"], 100)?,
            kind: text(&body["type"], 100)?,
            payment: data["id"].as_str().and_then(PaymentId::parse),
            reference: text(&data["reference"], 100),
            // One generation of the API calls it so, the other so.
            created: text(&body["created_on"], 40).or_else(|| text(&body["timestamp"], 40)),
        })
    }
}

/// Whether a payment in `state` can be the one that an event of this kind told of. If not, the
/// answer is older than the event.
pub fn shows(kind: &str, state: &State) -> bool {
    match kind {
        "payment_approved" | "payment_declined" | "payment_canceled" | "payment_expired" => {
            *state != State::Pending
        }
        "payment_captured" | "payment_voided" => {
            !matches!(state, State::Pending | State::Authorized)
        }
        "payment_refunded" => !matches!(
            state,
            State::Pending | State::Authorized | State::Captured | State::PartiallyCaptured
        ),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{State, Webhook, is_signed, shows};
    use crate::sensitive::Sensitive;

    /// Computed with `openssl dgst -sha256 -hmac test-signature-key`.
    const BODY: &[u8] =
        br#"{"id":"evt_test","type":"payment_captured","data":{"id":"pay_test","amount":6540}}"#;
    const SIGNATURE: &[u8] = b"2fb42085a93fb5d8fedcca40b5adec4d449f85d4167b295849b670e1cdb92ad1";

    fn key(text: &str) -> Sensitive<String> {
        Sensitive::new(text.into())
    }

    #[test]
    fn t22_only_the_raw_bytes_under_the_right_key_are_signed() {
        let right = key("test-signature-key");
        assert!(is_signed(BODY, SIGNATURE, &right));
        assert!(!is_signed(BODY, SIGNATURE, &key("test-signature-kez")));
        assert!(!is_signed(BODY, SIGNATURE, &key("")));
        let mut spaced = BODY.to_vec();
        spaced.push(b' ');
        for body in [&spaced, &BODY[..BODY.len() - 1], b"", b"{}"] {
            assert!(!is_signed(body, SIGNATURE, &right));
        }
        let upper = SIGNATURE.to_ascii_uppercase();
        let mut flipped = SIGNATURE.to_vec();
        flipped[63] ^= 1;
        for signature in [&upper, &flipped, &SIGNATURE[..63], b"", b"sha256="] {
            assert!(!is_signed(BODY, signature, &right));
        }
        let prefixed = [b"sha256=", SIGNATURE].concat();
        assert!(!is_signed(BODY, &prefixed, &right));
    }

    #[test]
    fn an_envelope_is_read_for_what_it_is_about() {
        let read = Webhook::read(
            br#"{"id":"evt_1","type":"payment_captured","version":"1.0.0",
                 "created_on":"2030-08-27T10:25:29Z",
                 "data":{"id":"pay_mbabizu24mvu3mela5njyhpit4","reference":"r-1","amount":1}}"#,
        )
        .unwrap();
        assert_eq!(read.id, "evt_1");
        assert_eq!(read.kind, "payment_captured");
        assert_eq!(
            read.payment.unwrap().as_str(),
            "pay_mbabizu24mvu3mela5njyhpit4"
        );
        assert_eq!(read.reference.as_deref(), Some("r-1"));
        assert_eq!(read.created.as_deref(), Some("2030-08-27T10:25:29Z"));
        // Ids that are none go into no URL.
        let strange = br#"{"id":"evt_1","type":"x","data":{"id":"pay_../../x","reference":7}}"#;
        let read = Webhook::read(strange).unwrap();
        assert_eq!((read.payment, read.reference), (None, None));
        for none in [
            "",
            "null",
            "[]",
            "{",
            "{\"id\":\"evt_1\"}",
            "{\"type\":\"x\",\"id\":\"\"}",
        ] {
            assert_eq!(Webhook::read(none.as_bytes()), None, "{none}");
        }
        let deep = "[".repeat(50_000);
        assert_eq!(Webhook::read(deep.as_bytes()), None);
    }

    #[test]
    fn an_answer_older_than_the_event_is_told_apart() {
        assert!(!shows("payment_captured", &State::Authorized));
        assert!(shows("payment_captured", &State::Captured));
        assert!(shows("payment_captured", &State::Refunded));
        assert!(!shows("payment_approved", &State::Pending));
        assert!(shows("payment_approved", &State::Declined));
        assert!(!shows("payment_refunded", &State::Captured));
        assert!(shows("payment_pending", &State::Pending));
        assert!(shows("dispute_received", &State::Captured));
    }
}
