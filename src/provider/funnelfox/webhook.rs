//! What FunnelFox posts about an order. Its signature is not documented: who calls is proved by
//! other means before this is read.

use crate::json::{self, Fields};

/// How an order ended there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Money was taken.
    Settled,
    /// A payment was refused.
    Declined,
}

impl Ended {
    /// FunnelFox's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Declined => "declined",
        }
    }
}

/// A report about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What tells it from others, the same for each repeat.
    pub id: String,
    /// What happened.
    pub ended: Ended,
    /// The order's id there.
    pub order: String,
    /// Our own order's id, as it was given with the client session.
    pub checkout_order: Option<String>,
    /// In minor units, where told so that it can be read.
    pub amount: Option<i64>,
    /// Whether an amount was told that can't be read as minor units.
    pub odd_amount: bool,
    /// Three letters, where told.
    pub currency: Option<String>,
}

/// What a webhook is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Webhook {
    /// An order was settled or declined.
    Order(Report),
    /// Anything else: subscriptions, one-off purchases, what is new since.
    Other,
}

const MAX_ID: usize = 128;

impl Webhook {
    /// Reads a body; `None` if it is no report of FunnelFox.
    pub fn read(body: &[u8]) -> Option<Self> {
        let value = json::parse(body)?;
        let fields = Fields::of(&value)?;
        if fields.str("event_type")? != "order" {
            return Some(Self::Other);
        }
        let ended = match fields.str("subtype")? {
            "settled" => Ended::Settled,
            "declined" => Ended::Declined,
            _ => return Some(Self::Other),
        };
        let text = |fields: Fields<'_>, key| {
            fields
                .text(key)
                .filter(|text| !text.is_empty() && text.len() <= MAX_ID)
        };
        let order = fields.inner("order")?;
        let id = text(order, "order_id")?;
        // As published, repeats are told by the time of the event. Never by the order alone: it
        // may be declined many times.
        let event = text(fields, "event_timestamp").or_else(|| text(fields, "event_id"))?;
        let amount = order.get("amount");
        Some(Self::Order(Report {
            id: format!("{event}/{}/{id}", ended.word()),
            ended,
            checkout_order: order
                .inner("initial_order_metadata")
                .and_then(|metadata| text(metadata, "checkout_order")),
            amount: amount.and_then(serde_json::Value::as_i64),
            odd_amount: amount.is_some_and(|amount| !amount.is_i64()),
            currency: text(order, "currency_code"),
            order: id,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::{Ended, Webhook};
    use serde_json::{Value, json};

    fn body() -> Value {
        json!({
            "event_type": "order", "event_id": "e-1", "event_timestamp": "2026-11-21T10:00:00Z",
            "subtype": "settled", "is_livemode": false,
            "order": {"order_id": "o-1", "amount": 3500, "currency_code": "EUR",
                "initial_order_metadata": {"checkout_order": "ours"}},
        })
    }

    fn read(body: &Value) -> Option<Webhook> {
        Webhook::read(body.to_string().as_bytes())
    }

    #[test]
    fn a_report_is_read_and_what_is_missing_is_not_made_up() {
        let Some(Webhook::Order(report)) = read(&body()) else {
            panic!("no report");
        };
        assert_eq!(report.ended, Ended::Settled);
        assert_eq!(report.id, "2026-11-21T10:00:00Z/settled/o-1");
        assert_eq!((report.amount, report.odd_amount), (Some(3500), false));
        assert_eq!(report.checkout_order.as_deref(), Some("ours"));
        let mut bare = body();
        bare["order"] = json!({"order_id": "o-1", "amount": 35.5});
        bare["event_timestamp"] = Value::Null;
        let Some(Webhook::Order(report)) = read(&bare) else {
            panic!("no report");
        };
        assert_eq!(report.id, "e-1/settled/o-1");
        assert_eq!((report.amount, report.odd_amount), (None, true));
        assert_eq!((report.currency, report.checkout_order), (None, None));
    }

    #[test]
    fn trap_51_new_kinds_are_taken_and_left_alone() {
        for (key, value) in [("event_type", "subscription"), ("subtype", "refunded")] {
            let mut other = body();
            other[key] = json!(value);
            assert_eq!(read(&other), Some(Webhook::Other));
        }
        for key in ["event_type", "subtype", "order"] {
            let mut broken = body();
            broken[key] = Value::Null;
            assert_eq!(read(&broken), None, "{key}");
        }
        assert_eq!(Webhook::read(b"{"), None);
    }
}
