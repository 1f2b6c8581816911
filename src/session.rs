//! What is to be paid: the order as the checkout server tells it to the widget.
//!
//! This is the answer of `GET /c/{session}/state`. Amounts are minor units, times are
//! Unix seconds of the server's clock. Fields that a newer server adds are ignored.

use serde::{Deserialize, Serialize};

use crate::{money::Money, outcome::Failure};

/// Everything the widget knows of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionState {
    /// Organisation: the `{org_id}` of the payment contract's URLs.
    pub org_id: String,
    /// UUID of the order in the payment contract.
    pub order_id: String,
    /// The merchant's own order reference.
    pub reference: String,
    /// The merchant's name as shown. Foreign text: show as text, isolated.
    pub merchant: String,
    /// What is charged.
    #[serde(flatten)]
    pub total: Money,
    /// What it is charged for; the amounts add up to the total.
    pub lines: Vec<Line>,
    /// When the money is taken.
    pub capture: Capture,
    /// BCP 47 language of the texts.
    pub language: String,
    /// Where the document is shown.
    pub mode: Mode,
    /// Where the shopper goes after paying (hosted page). A hint for the shop, no proof.
    pub success_url: String,
    /// Where the shopper goes without paying (hosted page).
    pub cancel_url: String,
    /// Origins that may hold the document in a frame.
    pub parent_origins: Vec<String>,
    /// Now, in Unix seconds, by the server.
    pub server_time: i64,
    /// When the session ends, in Unix seconds.
    pub expires_at: i64,
    /// Who turns the card into a token.
    pub tokenizer: Tokenizer,
    /// Whether `http:` to loopback addresses is allowed for the bank's pages.
    pub sandbox: bool,
    /// What the backend offers beyond the bare payment contract.
    pub features: Vec<Feature>,
    /// The attempt to use for the next payment, or the one under way.
    pub attempt: Attempt,
    /// How the last finished attempt ended, if one did without paying.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastAttempt>,
    /// Where the order stands.
    pub order: Standing,
}

impl SessionState {
    /// Whether the backend announced `feature`.
    pub fn offers(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }
}

/// One line of the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// What it is. Foreign text.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// For all of them together, in minor units of the order's currency.
    pub amount: i64,
}

/// When an approved payment's money is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Capture {
    /// At once.
    #[default]
    Automatic,
    /// Later, by the merchant; until then it is only reserved.
    Manual,
}

/// Where the checkout document is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A page of its own.
    Hosted,
    /// A frame in the shop's page.
    Embedded,
}

/// The system that turns a card into a token, called by the browser with a public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Tokenizer {
    /// Checkout.com `POST /tokens`.
    #[serde(rename_all = "camelCase")]
    CheckoutCom {
        /// Full URL of the token endpoint.
        url: String,
        /// `pk_…`.
        public_key: String,
    },
}

/// What a backend may announce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// `Idempotency-Key` is honoured on create_payment: the same id never charges twice.
    IdempotencyKey,
    /// `GET …/state` tells how an attempt stands.
    Status,
    /// `POST …/cancel` ends a challenge or the session.
    Cancel,
    /// A feature of a newer server.
    #[serde(other)]
    Other,
}

/// The attempt that the next payment belongs to. Reloads and tabs share it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The value of `Idempotency-Key`.
    pub id: String,
    /// How far it is.
    pub phase: Phase,
    /// The action under way, in phase `action`; else empty.
    #[serde(default)]
    pub action_required_token: String,
}

/// How far an attempt is. A finished attempt is never shown here: a new one takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Not used yet.
    New,
    /// Being sent to the payment system.
    Creating,
    /// The bank asks the shopper something.
    Action,
    /// Known to be pending at the payment system.
    Processing,
    /// The payment system gave no clear answer; it is being asked.
    Unknown,
}

/// A finished attempt that did not pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastAttempt {
    /// Its id.
    pub id: String,
    /// Whether the shopper or the bank's page cancelled it rather than the card being declined.
    pub cancelled: bool,
    /// Why, where known.
    pub failure: Failure,
    /// The message of the payment contract; may be empty.
    #[serde(default)]
    pub failed_message_for_user: String,
    /// The support code of that answer.
    #[serde(default)]
    pub req_id: String,
}

/// Where an order stands. It never goes backwards from paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Not paid yet.
    Open,
    /// Reserved on the card, taken later (`manual` capture).
    Authorised,
    /// Paid.
    Paid,
    /// Given up by the shopper or the shop.
    Cancelled,
    /// Not paid in time.
    Expired,
}
