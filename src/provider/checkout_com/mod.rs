//! Checkout.com's payments API: requests made here, answers read in [`answer`].
//!
//! Source: the published API reference. Declines come with 201, a step for the shopper with
//! 202, refused input with 422; captures, voids and refunds are only accepted (202) and
//! show their effect in a later GET.

mod action;
mod amount;
mod answer;
mod codes;
pub mod keys;
mod taken;
// Reports come to the server only, which has what it takes to check a signature.
#[cfg(not(target_arch = "wasm32"))]
pub mod webhook;

use serde_json::json;

pub use action::{Action, ActionKind, read_actions};
pub use amount::{CannotCharge, chargeable};
pub use answer::{Found, Payment, PaymentId, Reply, Reversal, State};
pub use codes::{of_decline_reason, of_error_codes, of_response_code};
pub use taken::Taken;

use crate::{http::Request, money::Money, sensitive::Sensitive, session::Capture};

/// The merchant's account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Base URL without a trailing slash: `https://api.checkout.com`, with the account's
    /// prefix before it on the current platform.
    pub base: String,
    /// `sk_…`.
    pub secret_key: Sensitive<String>,
    /// `pc_…`: required by the current platform, unknown to the previous one.
    pub processing_channel_id: Option<String>,
}

/// What is charged.
#[derive(Clone, Debug)]
pub enum Source<'a> {
    /// `tok_…`, single use, 15 minutes.
    Token {
        /// The token.
        token: &'a Sensitive<String>,
        /// Whether the customer agrees that the card is kept and charged later.
        keep: bool,
    },
    /// `src_…` of a kept card, while the customer is away.
    Saved {
        /// The gateway's name for the card.
        id: &'a Sensitive<String>,
        /// The payment in which the customer agreed.
        previous_payment: &'a str,
    },
}

/// One payment to be asked for.
#[derive(Clone, Debug)]
pub struct Charge<'a> {
    /// What is charged.
    pub source: Source<'a>,
    /// What is charged, in minor units.
    pub total: Money,
    /// When the money is taken.
    pub capture: Capture,
    /// RFC 3339 in UTC: when it takes the money by itself, if not at once.
    pub capture_on: Option<&'a str>,
    /// Ours, unique for the attempt: the payment can be found by it.
    pub reference: &'a str,
    /// The merchant's own order reference.
    pub order_reference: &'a str,
    /// UUID of our order.
    pub order_id: &'a str,
    /// Where the bank sends the shopper, whatever the outcome: the outcome is asked for.
    pub return_url: &'a str,
    /// The same for every repetition of this charge.
    pub idempotency_key: &'a str,
}

/// Whether `key` belongs to the previous platform, which wants it bare.
fn previous_platform(key: &str) -> bool {
    matches!(keys::of_secret_key(key), Ok((keys::Platform::Previous, _)))
}

impl Account {
    fn authorised(&self, request: Request) -> Request {
        // EXPOSE: the key authorises the request to the account's own payment system.
        request.header(
            "authorization",
            keys::authorization(self.secret_key.expose()),
        )
    }

    /// `POST /payments`. Repeated with the same key it answers as the first time, for 24 h.
    pub fn pay(&self, charge: &Charge<'_>) -> Request {
        let mut body = json!({
            "amount": charge.total.minor,
            "currency": charge.total.currency.code(),
            "capture": charge.capture != Capture::Manual,
            "reference": charge.reference,
            "metadata": {
                "order_reference": charge.order_reference,
                "order_id": charge.order_id,
            },
        });
        if let Some(at) = charge.capture_on {
            body["capture_on"] = json!(at);
        }
        match &charge.source {
            Source::Token { token, keep } => {
                // EXPOSE: the token goes to the payment system that made it.
                body["source"] = json!({ "type": "token", "token": token.expose() });
                body["3ds"] = json!({ "enabled": true });
                body["success_url"] = json!(charge.return_url);
                body["failure_url"] = json!(charge.return_url);
                if *keep && self.is_current() {
                    // An agreement for charges without the customer: the bank must ask now.
                    body["payment_type"] = json!("Unscheduled");
                    body["merchant_initiated"] = json!(false);
                    body["3ds"]["challenge_indicator"] = json!("challenge_requested_mandate");
                }
            }
            Source::Saved {
                id,
                previous_payment,
            } => {
                // EXPOSE: the card's name goes to the payment system that gave it.
                body["source"] = json!({ "type": "id", "id": id.expose() });
                body["previous_payment_id"] = json!(previous_payment);
                if self.is_current() {
                    body["payment_type"] = json!("Unscheduled");
                    body["merchant_initiated"] = json!(true);
                } else {
                    // The previous platform's word for a card payment without the cardholder.
                    body["payment_type"] = json!("Recurring");
                }
            }
        }
        if let Some(channel) = &self.processing_channel_id {
            body["processing_channel_id"] = json!(channel);
        }
        let request = Request::post(format!("{}/payments", self.base), body.to_string());
        self.authorised(request)
            .header("cko-idempotency-key", charge.idempotency_key)
    }

    /// `GET /payments/{id}`.
    pub fn get(&self, id: &PaymentId) -> Request {
        self.authorised(Request::get(format!(
            "{}/payments/{}",
            self.base,
            id.as_str()
        )))
    }

    /// `GET /payments?reference=…`. The reference must be made of URL-safe characters.
    pub fn find(&self, reference: &str) -> Request {
        self.authorised(Request::get(format!(
            "{}/payments?limit=10&reference={reference}",
            self.base
        )))
    }

    /// `GET /payments/{id}/actions`: how captures, voids and refunds ended.
    pub fn actions(&self, id: &PaymentId) -> Request {
        self.authorised(Request::get(format!(
            "{}/payments/{}/actions",
            self.base,
            id.as_str()
        )))
    }

    /// `POST /payments/{id}/voids`: gives a reservation back. The key is also the action's
    /// reference.
    pub fn void(&self, id: &PaymentId, key: &str) -> Request {
        self.act(id, "voids", json!({ "reference": key }).to_string(), key)
    }

    /// `POST /payments/{id}/refunds`: gives `amount` of what was captured back, in minor
    /// units. The key is also the action's reference.
    pub fn refund(&self, id: &PaymentId, amount: i64, key: &str) -> Request {
        let body = json!({ "amount": amount, "reference": key });
        self.act(id, "refunds", body.to_string(), key)
    }

    /// `POST /payments/{id}/captures`, `voids` or `refunds` with a body of its own. Repeated
    /// with the same key it answers as the first time, for 24 h.
    pub fn act(&self, id: &PaymentId, what: &str, body: String, key: &str) -> Request {
        let url = format!("{}/payments/{}/{what}", self.base, id.as_str());
        self.authorised(Request::post(url, body))
            .header("cko-idempotency-key", key)
    }

    /// Whether a payment can be captured more than once. On the previous platform one capture,
    /// whole or partial, is all there is.
    pub fn captures_several_times(&self) -> bool {
        self.is_current()
    }

    fn is_current(&self) -> bool {
        // EXPOSE: the platform is told by the key's form; it is not shown.
        !previous_platform(self.secret_key.expose())
    }
}

#[cfg(test)]
mod tests {
    use super::{Account, Charge, PaymentId, Source};
    use crate::{
        money::{Currency, Money},
        sensitive::Sensitive,
        session::Capture,
    };

    fn account(key: &str, channel: Option<&str>) -> Account {
        Account {
            base: "https://api.test".into(),
            secret_key: Sensitive::new(key.into()),
            processing_channel_id: channel.map(str::to_owned),
        }
    }

    fn header(request: &crate::http::Request, name: &str) -> Option<String> {
        request
            .headers
            .iter()
            .find(|(key, _)| *key == name)
            // EXPOSE: the test looks at what is sent.
            .map(|(_, value)| value.expose().clone())
    }

    #[test]
    fn keys_of_the_previous_platform_are_sent_bare_and_others_as_bearer() {
        let id = PaymentId::parse("pay_mbabizu24mvu3mela5njyhpit4").unwrap();
        for (key, sent) in [
            ("sk_test_demo", "sk_test_demo"),
            (
                "sk_0b9b5db6-f223-49d0-b68f-f6643dd4f808",
                "sk_0b9b5db6-f223-49d0-b68f-f6643dd4f808",
            ),
            ("sk_sbox_demo", "Bearer sk_sbox_demo"),
            ("sk_abcdefghijkl", "Bearer sk_abcdefghijkl"),
        ] {
            let request = account(key, None).get(&id);
            assert_eq!(header(&request, "authorization").unwrap(), sent);
        }
    }

    #[test]
    fn the_charge_states_amount_reference_and_its_idempotency_key() {
        let charge = Charge {
            source: Source::Token {
                token: &Sensitive::new("tok_1".into()),
                keep: false,
            },
            total: Money::new(3500, Currency::parse("EUR").unwrap()),
            capture: Capture::Manual,
            capture_on: None,
            reference: "ref-1",
            order_reference: "ORD-1",
            order_id: "u-1",
            return_url: "https://pay.test/c/cs_1/return",
            idempotency_key: "key-1",
        };
        let request = account("sk_sbox_demo", Some("pc_demo")).pay(&charge);
        // EXPOSE: the test looks at what is sent.
        let body: serde_json::Value =
            serde_json::from_str(request.body.as_ref().unwrap().expose()).unwrap();
        assert_eq!(body["amount"], 3500);
        assert_eq!(body["currency"], "EUR");
        assert_eq!(body["capture"], false);
        assert_eq!(body["processing_channel_id"], "pc_demo");
        assert_eq!(body["success_url"], body["failure_url"]);
        assert_eq!(body["metadata"]["order_reference"], "ORD-1");
        assert_eq!(header(&request, "cko-idempotency-key").unwrap(), "key-1");
        let previous = account("sk_test_demo", None).pay(&charge);
        // EXPOSE: the test looks at what is sent.
        assert!(!previous.body.unwrap().expose().contains("channel"));
    }

    fn body(request: &crate::http::Request) -> serde_json::Value {
        // EXPOSE: the test looks at what is sent.
        serde_json::from_str(request.body.as_ref().unwrap().expose()).unwrap()
    }

    #[test]
    fn a_card_is_kept_and_charged_later_as_each_platform_documents() {
        let (token, card) = (
            Sensitive::new("tok_1".into()),
            Sensitive::new("src_1".into()),
        );
        let charge = |source| Charge {
            source,
            total: Money::new(3500, Currency::parse("EUR").unwrap()),
            capture: Capture::Automatic,
            capture_on: None,
            reference: "ref-1",
            order_reference: "ORD-1",
            order_id: "u-1",
            return_url: "https://pay.test/c/cs_1/return",
            idempotency_key: "key-1",
        };
        let kept = || {
            charge(Source::Token {
                token: &token,
                keep: true,
            })
        };
        let later = || {
            charge(Source::Saved {
                id: &card,
                previous_payment: "pay_1",
            })
        };
        let current = account("sk_sbox_demo", Some("pc_demo"));
        let first = body(&current.pay(&kept()));
        assert_eq!(first["payment_type"], "Unscheduled");
        assert_eq!(first["merchant_initiated"], false);
        assert_eq!(
            first["3ds"]["challenge_indicator"],
            "challenge_requested_mandate"
        );
        let next = body(&current.pay(&later()));
        assert_eq!(
            next["source"],
            serde_json::json!({"type": "id", "id": "src_1"})
        );
        assert_eq!(next["payment_type"], "Unscheduled");
        assert_eq!(next["merchant_initiated"], true);
        assert_eq!(next["previous_payment_id"], "pay_1");
        // Nobody is there to go to the bank, and no address for it.
        assert!(next["3ds"].is_null() && next["success_url"].is_null());
        let previous = account("sk_test_demo", None);
        let first = body(&previous.pay(&kept()));
        assert!(first["payment_type"].is_null() && first["merchant_initiated"].is_null());
        let next = body(&previous.pay(&later()));
        assert_eq!(next["payment_type"], "Recurring");
        assert_eq!(next["previous_payment_id"], "pay_1");
        assert!(next["merchant_initiated"].is_null());
    }
}
