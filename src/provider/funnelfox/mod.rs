//! FunnelFox Billing as our server calls it: a client session for each order, then the payment
//! contract of [`payment`](crate::payment), of which it is the origin.
//!
//! Source: the published schema and the public browser client. No call has a key, none can be
//! repeated safely, none asks how a payment stands; errors come with HTTP 200. The amount is
//! the price point's, and shows in Primer's configuration only.

mod client_token;
mod session;
// Reports come to the server only.
#[cfg(not(target_arch = "wasm32"))]
mod webhook;

use serde_json::json;

pub use client_token::{ClientToken, sum_of};
pub use session::Opened;
#[cfg(not(target_arch = "wasm32"))]
pub use webhook::{Ended, Report, Webhook};

use crate::{
    http::Request,
    payment::{self, CreatePayment, ResumePayment},
    sensitive::Sensitive,
};

/// Whose checkout it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Base URL without a trailing slash: `https://billing.funnelfox.com`.
    pub base_url: String,
    /// `{org_id}` in its addresses.
    pub org: String,
    /// Which of the merchant's accounts behind Primer is used; `default` as a rule.
    pub region: String,
}

/// Who buys what, in FunnelFox's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// The price point: `[-A-Za-z_0-9]`, 256 at most.
    pub price: String,
    /// The merchant's name for the customer.
    pub customer: String,
    /// The customer's address.
    pub email: Sensitive<String>,
}

impl Account {
    fn base(&self) -> String {
        format!("{}/{}/v1", self.base_url, self.org)
    }

    /// `create_client_session`. Our order's id goes with it, and comes back in webhooks.
    pub fn open(&self, buyer: &Buyer, order_id: &str) -> Request {
        let body = json!({
            "region": self.region,
            "integration_type": "primer",
            "pp_ident": buyer.price,
            "external_id": buyer.customer,
            // EXPOSE: FunnelFox wants to know its customers.
            "email_address": buyer.email.expose(),
            "client_metadata": { "checkout_order": order_id },
        });
        let url = format!("{}/checkout/create_client_session", self.base());
        Request::post(url, body.to_string())
    }

    /// `create_payment`: charges at once, and again each time it is sent.
    pub fn pay(&self, order: &str, token: &Sensitive<String>, attempt: &str) -> Request {
        let call = CreatePayment {
            payment_method_token: token.clone(),
            order_id: order.to_owned(),
            attempt: attempt.to_owned(),
            as_header: false,
        };
        payment::create_request(&self.base(), &call)
    }

    /// `resume_payment`: goes on after the bank's question.
    pub fn resume(&self, order: &str, token: &Sensitive<String>) -> Request {
        let call = ResumePayment {
            resume_token: token.clone(),
            order_id: order.to_owned(),
        };
        payment::resume_request(&self.base(), &call)
    }
}
