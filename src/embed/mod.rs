//! What the shop's page and the checkout's frame say to each other.
//!
//! Messages are JSON texts of a fixed schema, at most [`MAX_MESSAGE`] bytes. The shop's page
//! says `hello` to the frame's origin; the frame answers only to that sender, if its origin
//! is one the session allows. No message ever holds card data, and none is proof of payment.

use serde::Serialize;

use crate::{
    json::{self, Fields},
    outcome::FailureKind,
    sensitive::Sensitive,
    session::Purchase,
};

/// The version of these messages.
pub const PROTOCOL: u32 = 1;
/// The longest message that is read, in bytes.
pub const MAX_MESSAGE: usize = 16 * 1024;

/// What happened, for the shop's page: a hint, the order is the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The form can be used.
    Ready,
    /// Whether the form is complete changed.
    Change {
        /// Whether Pay would go ahead.
        complete: bool,
    },
    /// The bank's page is shown.
    ActionRequired,
    /// The payment is pending.
    Processing {
        /// UUID.
        order_id: String,
        /// Support code; empty where there is none.
        req_id: String,
    },
    /// Paid, or reserved.
    Succeeded {
        /// UUID.
        order_id: String,
        /// The merchant's order reference.
        reference: String,
        /// `paid` or `authorised`.
        status: &'static str,
    },
    /// Not charged; the form is ready again.
    Declined {
        /// Why.
        kind: FailureKind,
        /// UUID.
        order_id: String,
        /// Support code; empty where there is none.
        req_id: String,
    },
    /// Not charged; stopped by the shopper.
    Cancelled {
        /// UUID.
        order_id: String,
        /// Support code; empty where there is none.
        req_id: String,
    },
    /// The session ran out.
    Expired {
        /// UUID.
        order_id: String,
    },
    /// Something the integrator should know of.
    Error {
        /// A documented code.
        code: &'static str,
    },
    /// The backend sent a status that the contract doesn't have.
    Unknown {
        /// The status as sent, cut at 64 characters.
        raw: String,
    },
}

impl Told {
    /// The event's name without the element's prefix.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ActionRequired => "action-required",
            Self::Cancelled { .. } => "cancelled",
            Self::Change { .. } => "change",
            Self::Declined { .. } => "declined",
            Self::Error { .. } | Self::Unknown { .. } => "error",
            Self::Expired { .. } => "expired",
            Self::Processing { .. } => "processing",
            Self::Ready => "ready",
            Self::Succeeded { .. } => "succeeded",
        }
    }

    /// The event's detail.
    pub fn detail(&self) -> Detail<'_> {
        let mut detail = Detail::default();
        match self {
            Self::Ready | Self::ActionRequired => {}
            Self::Change { complete } => detail.complete = Some(*complete),
            Self::Processing { order_id, req_id } | Self::Cancelled { order_id, req_id } => {
                detail.order_id = Some(order_id);
                detail.req_id = Some(req_id);
            }
            Self::Expired { order_id } => detail.order_id = Some(order_id),
            Self::Succeeded {
                order_id,
                reference,
                status,
            } => {
                detail.order_id = Some(order_id);
                detail.reference = Some(reference);
                detail.status = Some(status);
            }
            Self::Declined {
                kind,
                order_id,
                req_id,
            } => {
                detail.order_id = Some(order_id);
                detail.kind = Some(*kind);
                detail.req_id = Some(req_id);
            }
            Self::Error { code } => detail.code = Some(code),
            Self::Unknown { raw } => {
                detail.code = Some("unknown_status");
                detail.status = Some(raw);
            }
        }
        detail
    }
}

/// What goes with an event; only what belongs to it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    complete: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<FailureKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    req_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
}

/// From the shop's page to the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToFrame {
    /// The first word; repeated until the frame answers.
    Hello {
        /// A random name for this pair of page and frame.
        instance: String,
        /// What is bought, where no session says so.
        purchase: Option<Purchase>,
        /// What the page keeps of it for a frame that may keep nothing itself.
        memory: Option<Sensitive<String>>,
    },
}

/// Reads a message to the frame, or refuses it without a word.
pub fn read(text: &str) -> Option<ToFrame> {
    let value = (text.len() <= MAX_MESSAGE)
        .then(|| json::parse(text.as_bytes()))
        .flatten()?;
    let fields = Fields::of(&value)?;
    let purchase = match fields.get("purchase") {
        None => None,
        Some(value) => Some(Purchase::read(Fields::of(value)?).ok()?),
    };
    let memory = fields.text("memory").map(Sensitive::new);
    let hello = fields.len() == 3 + usize::from(purchase.is_some()) + usize::from(memory.is_some())
        && fields.str("type") == Some("hello")
        && fields.integer("fanfare") == Some(PROTOCOL.into());
    let instance = fields.text("instance")?;
    let named = (8..=64).contains(&instance.len())
        && instance
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (hello && named).then_some(ToFrame::Hello {
        instance,
        purchase,
        memory,
    })
}

/// Whether `origin` may hold the document in a frame. Exact comparison, nothing else (T06).
pub fn may_embed(parents: &[String], origin: &str) -> bool {
    origin != "null" && parents.iter().any(|allowed| allowed == origin)
}

/// From the frame to the shop's page.
#[derive(Serialize)]
struct Message<'a> {
    fanfare: u32,
    instance: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Detail<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<&'a str>,
}

impl<'a> Message<'a> {
    fn new(instance: &'a str, kind: &'static str) -> Self {
        Self {
            fanfare: PROTOCOL,
            instance,
            kind,
            name: None,
            detail: None,
            height: None,
            memory: None,
        }
    }
}

/// An event for the shop's page, as a message from the frame.
pub fn event_message(instance: &str, told: &Told) -> String {
    json::write(&Message {
        name: Some(told.name()),
        detail: Some(told.detail()),
        ..Message::new(instance, "event")
    })
}

/// The answer to `hello`: the frame is alive.
pub fn welcome_message(instance: &str) -> String {
    json::write(&Message::new(instance, "welcome"))
}

/// What the page is to keep for the frame; nothing where it may forget.
pub fn memory_message(instance: &str, marker: Option<&Sensitive<String>>) -> String {
    json::write(&Message {
        // EXPOSE: the page keeps it where the frame is refused a storage of its own.
        memory: Some(marker.map_or("", |marker| marker.expose())),
        ..Message::new(instance, "memory")
    })
}

/// The document's height, in CSS pixels.
pub fn height_message(instance: &str, height: u32) -> String {
    json::write(&Message {
        height: Some(height),
        ..Message::new(instance, "height")
    })
}

#[cfg(test)]
mod tests {
    use super::{MAX_MESSAGE, ToFrame, read};

    #[test]
    fn t06_only_the_exact_schema_is_read() {
        assert!(read(r#"{"type":"hello","fanfare":1,"instance":"abcdefgh-1"}"#).is_some());
        let bad = [
            r#"{"type":"hello","fanfare":2,"instance":"abcdefgh-1"}"#,
            r#"{"type":"hello","fanfare":1,"instance":"short"}"#,
            r#"{"type":"hello","fanfare":1,"instance":"<script>alert"}"#,
            r#"{"type":"hello","fanfare":1,"instance":"abcdefgh-1","x":1}"#,
            r#"{"type":"succeeded","fanfare":1,"instance":"abcdefgh-1"}"#,
            "",
            "null",
            "[]",
            "{",
        ];
        for text in bad {
            assert!(read(text).is_none(), "{text} was read");
        }
        let buying = |purchase: &str| {
            read(&format!(
                r#"{{"type":"hello","fanfare":1,"instance":"abcdefgh-1","purchase":{purchase}}}"#
            ))
        };
        let whole = r#"{"price":"p","customerId":"c","customerEmail":"a@b.co"}"#;
        assert!(matches!(
            buying(whole),
            Some(ToFrame::Hello { purchase: Some(bought), .. }) if bought.price == "p"
        ));
        for bad in [
            "7",
            "{}",
            r#"{"price":"p/q","customerId":"c","customerEmail":"a@b.co"}"#,
        ] {
            assert!(buying(bad).is_none(), "{bad} was read");
        }
        let long = format!(
            r#"{{"type":"hello","fanfare":1,"instance":"{}"}}"#,
            "a".repeat(MAX_MESSAGE)
        );
        assert!(read(&long).is_none());
    }
}
