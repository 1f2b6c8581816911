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

/// One payment to be asked for.
#[derive(Clone, Debug)]
pub struct Charge<'a> {
    /// `tok_…`, single use, 15 minutes.
    pub token: &'a Sensitive<String>,
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
            // EXPOSE: the token goes to the payment system that made it.
            "source": { "type": "token", "token": charge.token.expose() },
            "amount": charge.total.minor,
            "currency": charge.total.currency.code(),
            "capture": charge.capture != Capture::Manual,
            "reference": charge.reference,
            "3ds": { "enabled": true },
            "success_url": charge.return_url,
            "failure_url": charge.return_url,
            "metadata": {
                "order_reference": charge.order_reference,
                "order_id": charge.order_id,
            },
        });
        if let Some(at) = charge.capture_on {
            body["capture_on"] = json!(at);
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
        // EXPOSE: the platform is told by the key's form; it is not shown.
        !previous_platform(self.secret_key.expose())
    }
}

#[cfg(test)]
mod tests {
    use super::{Account, Charge, PaymentId};
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
            token: &Sensitive::new("tok_1".into()),
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
}
