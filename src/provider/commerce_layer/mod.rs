//! Commerce Layer: a card token is charged for an order made there, which is then placed.
//!
//! Source: the API's guides of 2021, its resources of 2022 and its SDK of 2026. There is no
//! idempotency key: whatever becomes of a call is found out by reading the order and its payment
//! source. What comes after what is decided in [`charge`]; whoever carries it out keeps the
//! [`Stage`] before each call, sends [`Account::request`], and takes the answer back there.
//!
//! - [`access`]: tokens for a while.
//! - [`document`]: JSON:API, and its errors.
//! - [`order`], [`source`]: what is there; [`amount`]: in which unit.
//! - [`stage`], [`charge`], [`end`]: the way of a charge.
//! - [`money_back`]: letting go of what was reserved, giving back what was taken.

mod access;
mod amount;
mod charge;
mod document;
mod end;
mod id;
mod money_back;
mod order;
mod source;
mod stage;

use serde_json::{Value, json};

pub use access::{Access, Client, Granted};
pub use amount::{CannotCharge, chargeable};
pub use charge::Claim;
pub use document::{Problem, Refusal, Reply};
pub use end::{End, Step, Stop, Wait};
pub use id::Id;
pub use money_back::{Back, Held, taken_on};
pub use order::{Method as PaymentMethod, Order, OwnSource, Paid, Status};
pub use source::{Source, Standing};
pub use stage::{After, Heard, Stage};

use crate::{
    http::{Method, Request},
    sensitive::Sensitive,
};

use source::KIND;

/// The media type of both ways, without parameters.
const MEDIA: &str = "application/vnd.api+json";

/// The organisation, and how it is spoken to.
#[derive(Clone, Debug)]
pub struct Account {
    /// Base URL without a trailing slash: `https://yourdomain.commercelayer.io`.
    pub base: String,
    /// Where tokens are given: `https://auth.commercelayer.io/oauth/token`.
    pub token_url: String,
    /// Pays and places.
    pub sales_channel: Client,
    /// Captures, voids and refunds.
    pub integration: Option<Client>,
    /// Of the payment source.
    pub form: Form,
}

/// What `checkout_com_payments` are made of: it changed over the years, and what one year
/// requires the other refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// `payment_type` and `token`; details are read by the session that the shopper brings back.
    Earlier,
    /// `token`, `success_url` and `failure_url`.
    #[default]
    Today,
}

impl Form {
    const ALL: [(&'static str, Self); 2] = [("2021", Self::Earlier), ("2026", Self::Today)];

    /// Reads the year of the document that shows it.
    pub fn parse(year: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(name, _)| *name == year);
        found.map(|(_, form)| *form)
    }
}

impl Account {
    fn call(&self, access: &Access, method: Method, path: &str, body: Option<&Value>) -> Request {
        let url = format!("{}/api/{path}", self.base);
        let mut request = Request::get(url);
        request.method = method;
        if let Some(body) = body {
            request.body = Some(Sensitive::new(body.to_string()));
            request = request.header("content-type", MEDIA);
        }
        // EXPOSE: the token authorises the request to the organisation's own API.
        let bearer = format!("Bearer {}", access.token.expose());
        request
            .header("accept", MEDIA)
            .header("authorization", bearer)
    }

    fn get(&self, access: &Access, path: &str) -> Request {
        self.call(access, Method::Get, path, None)
    }

    /// `PATCH`: the id in the body is that of the address.
    fn patch(&self, access: &Access, kind: &str, id: &Id, attributes: &Value) -> Request {
        let data = json!({ "type": kind, "id": id.as_str(), "attributes": attributes });
        let body = json!({ "data": data });
        self.call(access, Method::Patch, &format!("{kind}/{id}"), Some(&body))
    }

    /// `GET /orders/{id}` with what a charge must know.
    pub fn order(&self, access: &Access, id: &Id) -> Request {
        let path = format!("orders/{id}?include=payment_method,payment_source");
        self.get(access, &path)
    }

    /// `PATCH /orders/{id}`: makes the order final.
    fn place(&self, access: &Access, id: &Id) -> Request {
        let body = json!({ "data": {
            "type": "orders",
            "id": id.as_str(),
            "attributes": { "_place": true },
        } });
        let path = format!("orders/{id}?include=payment_method,payment_source");
        self.call(access, Method::Patch, &path, Some(&body))
    }

    /// `GET /checkout_com_payments/{id}`.
    fn source(&self, access: &Access, id: &Id) -> Request {
        self.get(access, &format!("{KIND}/{id}"))
    }

    /// `POST /checkout_com_payments`. Whether it also charges depends on the organisation.
    fn create(&self, access: &Access, claim: &Claim<'_>, token: &Sensitive<String>) -> Request {
        // EXPOSE: the token goes to the payment system by way of the one that asks it.
        let token = token.expose();
        let mut attributes = match self.form {
            Form::Earlier => json!({ "payment_type": "token", "token": token }),
            Form::Today => json!({
                "token": token,
                "success_url": claim.return_url,
                "failure_url": claim.return_url,
            }),
        };
        attributes["reference"] = json!(claim.reference);
        let body = json!({ "data": {
            "type": KIND,
            "attributes": attributes,
            "relationships": {
                "order": { "data": { "type": "orders", "id": claim.order.as_str() } },
            },
        } });
        self.call(access, Method::Post, KIND, Some(&body))
    }

    /// `PATCH /checkout_com_payments/{id}` with one of its triggers.
    fn pull(&self, access: &Access, id: &Id, trigger: &str, session: Option<&str>) -> Request {
        let mut attributes = json!({ trigger: true });
        if let Some(session) = session.filter(|_| self.form == Form::Earlier) {
            attributes["session_id"] = json!(session);
        }
        self.patch(access, KIND, id, &attributes)
    }

    /// What is to be sent at a stage; `None` where that needs a card token and there is none.
    pub fn request(&self, access: &Access, stage: &Stage, claim: &Claim<'_>) -> Option<Request> {
        Some(match stage {
            Stage::Open | Stage::Find { .. } | Stage::Check(_) | Stage::Placed { .. } => {
                self.order(access, claim.order)
            }
            Stage::Create => self.create(access, claim, claim.token?),
            Stage::Authorize(id) => self.pull(access, id, "_authorize", None),
            Stage::Look { source, .. } => self.source(access, source),
            Stage::Details { source, session } => {
                self.pull(access, source, "_details", session.as_deref())
            }
            Stage::Other(id) | Stage::Refresh(id) | Stage::Settle(id) => {
                self.pull(access, id, "_refresh", None)
            }
            Stage::Place(_) => self.place(access, claim.order),
        })
    }

    /// Where to ask when the shopper is back from the bank, with the session that the browser
    /// brought along, if any. Earlier details can't be read without it.
    pub fn returned(&self, source: Id, session: Option<String>) -> Stage {
        let session = session.filter(|text| is_session(text));
        match self.form {
            Form::Earlier if session.is_none() => Stage::Refresh(source),
            Form::Earlier | Form::Today => Stage::Details { source, session },
        }
    }
}

/// `sid_` and word characters.
fn is_session(text: &str) -> bool {
    text.len() <= 64
        && text.strip_prefix("sid_").is_some_and(|rest| {
            let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            !rest.is_empty() && rest.bytes().all(word)
        })
}

#[cfg(test)]
mod answer_tests;
#[cfg(test)]
mod charge_bench;
#[cfg(test)]
mod charge_tests;
#[cfg(test)]
mod place_tests;
#[cfg(test)]
mod request_tests;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod story_tests;
