//! What is to be paid: the order as the checkout server tells it to the widget.
//!
//! This is the answer of `GET /c/{session}/state`. Amounts are minor units, times are
//! Unix seconds of the server's clock. Fields that a newer server adds are ignored.

pub mod direct;
pub mod marker;
mod purchase;

use serde::{Deserialize, Serialize};

use serde_json::Value;

pub use purchase::Purchase;

use crate::{
    foreign,
    json::{self, Fields},
    money::{Currency, Money},
    outcome::Failure,
    sensitive::Sensitive,
};

/// Everything the widget knows of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<LastAttempt>,
    /// Where the order stands.
    pub order: Standing,
    /// A payment that the bank approved too late to count, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reversal: Option<Reversal>,
}

impl SessionState {
    /// Reads the server's answer; `None` where anything of it can't be read.
    pub fn read(body: &str) -> Option<Self> {
        let value = json::parse(body.as_bytes())?;
        let fields = Fields::of(&value)?;
        Some(Self {
            org_id: fields.text("orgId")?,
            order_id: fields.text("orderId")?,
            reference: fields.text("reference")?,
            merchant: fields.text("merchant")?,
            total: Money::new(
                fields.integer("amount")?,
                Currency::parse(fields.str("currency")?).ok()?,
            ),
            lines: fields.each("lines", Line::read)?,
            capture: fields.word("capture")?,
            language: fields.text("language")?,
            mode: fields.word("mode")?,
            success_url: fields.text("successUrl")?,
            cancel_url: fields.text("cancelUrl")?,
            parent_origins: fields
                .each("parentOrigins", |value| value.as_str().map(str::to_owned))?,
            server_time: fields.integer("serverTime")?,
            expires_at: fields.integer("expiresAt")?,
            tokenizer: Tokenizer::read(fields.inner("tokenizer")?)?,
            sandbox: fields.truth("sandbox")?,
            features: fields.each("features", json::word)?,
            attempt: Attempt::read(fields.inner("attempt")?)?,
            last: match fields.get("last") {
                Some(value) => Some(LastAttempt::read(Fields::of(value)?)?),
                None => None,
            },
            order: fields.word("order")?,
            reversal: match fields.get("reversal") {
                Some(_) => Some(fields.word("reversal")?),
                None => None,
            },
        })
    }

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

impl Line {
    fn read(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            name: fields.text("name")?,
            quantity: fields.integer("quantity")?.try_into().ok()?,
            amount: fields.integer("amount")?,
        })
    }
}

/// When an approved payment's money is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Capture {
    /// At once.
    #[default]
    Automatic,
    /// By itself, so many seconds after the shopper paid; until then it is only reserved. The
    /// browser is told `manual`: to the shopper it is the same. Nobody reads it as JSON: what
    /// reads numbers would cost the widget nine kilobytes.
    #[serde(skip_deserializing)]
    After(u32),
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    /// Primer `POST {pciUrl}/payment-instruments`.
    #[serde(rename_all = "camelCase")]
    Primer {
        /// Full URL of the token endpoint.
        url: String,
        /// From inside of the client token; it opens this checkout and nothing else.
        #[serde(serialize_with = "exposed")]
        access_token: Sensitive<String>,
    },
}

impl Tokenizer {
    /// Whether it can be told through which of a card's networks to charge.
    pub fn takes_network(&self) -> bool {
        match self {
            Self::CheckoutCom { .. } => false,
            Self::Primer { .. } => true,
        }
    }

    fn read(fields: Fields<'_>) -> Option<Self> {
        match fields.str("kind")? {
            "checkout-com" => Some(Self::CheckoutCom {
                url: fields.text("url")?,
                public_key: fields.text("publicKey")?,
            }),
            "primer" => Some(Self::Primer {
                url: fields.text("url")?,
                access_token: Sensitive::new(fields.text("accessToken")?),
            }),
            _ => None,
        }
    }
}

/// Writes an access token for the browser that it is for.
fn exposed<S: serde::Serializer>(token: &Sensitive<String>, to: S) -> Result<S::Ok, S::Error> {
    // EXPOSE: the widget makes the card's token with it.
    to.serialize_str(token.expose())
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The value of `Idempotency-Key`.
    pub id: String,
    /// How far it is.
    pub phase: Phase,
    /// The action under way, in phase `action`; else empty.
    pub action_required_token: String,
    /// The support code of an attempt under way; else empty.
    pub req_id: String,
}

impl Attempt {
    fn read(fields: Fields<'_>) -> Option<Self> {
        Some(Self {
            id: fields.text("id")?,
            phase: fields.word("phase")?,
            action_required_token: fields.text_or_empty("actionRequiredToken")?,
            req_id: foreign::support_code(&fields.text_or_empty("reqId")?).unwrap_or_default(),
        })
    }
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LastAttempt {
    /// Its id.
    pub id: String,
    /// Whether the shopper or the bank's page cancelled it rather than the card being declined.
    pub cancelled: bool,
    /// Why, where known.
    pub failure: Failure,
    /// The message of the payment contract; may be empty.
    pub failed_message_for_user: String,
    /// The support code of that answer.
    pub req_id: String,
}

impl LastAttempt {
    fn read(fields: Fields<'_>) -> Option<Self> {
        Some(Self {
            id: fields.text("id")?,
            cancelled: fields.truth("cancelled")?,
            failure: Failure::read(fields.get("failure")?)?,
            failed_message_for_user: foreign::message(
                &fields.text_or_empty("failedMessageForUser")?,
            )
            .unwrap_or_default(),
            req_id: foreign::support_code(&fields.text_or_empty("reqId")?).unwrap_or_default(),
        })
    }
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

/// How it stands with an earlier payment that was left, or approved too late to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reversal {
    /// The shopper left the bank's page, and the bank may still approve.
    Possible,
    /// The amount is reserved or taken, and on its way back.
    Returning,
    /// It was given back.
    Returned,
}

#[cfg(test)]
mod tests {
    use super::{
        Attempt, Capture, Feature, LastAttempt, Line, Mode, Phase, Reversal, SessionState,
        Standing, Tokenizer,
    };
    use crate::{
        money::{Currency, Money},
        outcome::{Failure, FailureKind},
    };

    fn state() -> SessionState {
        SessionState {
            org_id: "demo".into(),
            order_id: "6f1b".into(),
            reference: "ORD-1".into(),
            merchant: "Linen & <Co>".into(),
            total: Money::new(3500, Currency::parse("EUR").unwrap()),
            lines: vec![Line {
                name: "Shirt \u{1f455}".into(),
                quantity: 2,
                amount: 3500,
            }],
            capture: Capture::Manual,
            language: "en".into(),
            mode: Mode::Embedded,
            success_url: "https://shop.example/thanks".into(),
            cancel_url: "https://shop.example/cart".into(),
            parent_origins: vec!["https://shop.example".into()],
            server_time: 1_800_000_000,
            expires_at: 1_800_001_800,
            tokenizer: Tokenizer::CheckoutCom {
                url: "https://api.example/tokens".into(),
                public_key: "pk_sbox_1".into(),
            },
            sandbox: true,
            features: vec![Feature::IdempotencyKey, Feature::Status],
            attempt: Attempt {
                id: "at_1".into(),
                phase: Phase::Action,
                action_required_token: "a.b.c".into(),
                req_id: "req_2".into(),
            },
            last: Some(LastAttempt {
                id: "at_0".into(),
                cancelled: false,
                failure: Failure::of(FailureKind::IncorrectCvc),
                failed_message_for_user: "no".into(),
                req_id: "req_1".into(),
            }),
            order: Standing::Open,
            reversal: Some(Reversal::Returning),
        }
    }

    #[test]
    fn what_the_server_writes_is_read_back_whole() {
        let mut sent = state();
        for last in [sent.last.clone(), None] {
            sent.last = last;
            let body = serde_json::to_string(&sent).unwrap();
            assert_eq!(SessionState::read(&body), Some(sent.clone()));
        }
    }

    #[test]
    fn a_tokenizer_of_primer_is_read_back_and_its_token_shown_nowhere() {
        let mut sent = state();
        sent.tokenizer = Tokenizer::Primer {
            url: "https://pci.example/payment-instruments".into(),
            access_token: "acc-1".to_owned().into(),
        };
        let body = serde_json::to_string(&sent).unwrap();
        assert!(body.contains(r#""kind":"primer""#) && body.contains(r#""accessToken":"acc-1""#));
        assert_eq!(SessionState::read(&body), Some(sent.clone()));
        assert!(!format!("{sent:?}").contains("acc-1"));
    }

    #[test]
    fn a_field_that_is_missing_or_of_another_kind_spoils_the_whole() {
        let whole = serde_json::to_value(state()).unwrap();
        let spoilt = [serde_json::Value::Null, serde_json::json!({}), 1.5.into()];
        for key in whole.as_object().unwrap().keys() {
            for bad in &spoilt {
                let mut body = whole.clone();
                body[key] = bad.clone();
                let absent = matches!(key.as_str(), "last" | "reversal") && bad.is_null();
                let read = SessionState::read(&body.to_string());
                assert_eq!(read.is_some(), absent, "{key}: {bad}");
            }
        }
    }

    #[test]
    fn what_a_newer_server_adds_is_ignored() {
        let mut body = serde_json::to_value(state()).unwrap();
        body["features"] = serde_json::json!(["teleport"]);
        body["more"] = serde_json::json!({ "a": 1.5 });
        let read = SessionState::read(&body.to_string()).unwrap();
        assert_eq!(read.features, [Feature::Other]);
    }
}
