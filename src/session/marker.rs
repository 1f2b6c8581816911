//! What a page remembers of a payment under way, where nobody can be asked after a reload.
//!
//! It lies in the tab's own storage, without card data or the customer's address.

use serde::Serialize;

use crate::{
    json::{self, Fields},
    money::{Currency, Money},
    sensitive::Sensitive,
};

/// How long an open payment is remembered, in seconds.
const OPEN: i64 = 24 * 3600;
/// How long a finished one is: a reload shows that it is paid, and the same can be bought again
/// later on.
const DONE: i64 = 3600;

/// How far a payment was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Sent, or resumed, and not answered.
    Creating,
    /// The bank asks the shopper, by this token.
    Action(Sensitive<String>),
    /// Known to be pending.
    Processing,
    /// Paid.
    Done,
}

/// A payment under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// The order as last told.
    pub order_id: String,
    /// What is paid.
    pub total: Money,
    /// How far it was.
    pub reached: Reached,
}

impl Marker {
    /// Writes it down at `now`, in Unix seconds.
    pub fn write(&self, now: i64) -> Sensitive<String> {
        #[derive(Serialize)]
        struct Written<'a> {
            order: &'a str,
            amount: i64,
            currency: &'a str,
            phase: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            action: Option<&'a str>,
            at: i64,
        }
        let (phase, action) = match &self.reached {
            Reached::Creating => ("creating", None),
            // EXPOSE: the action outlives a reload in the tab's own storage.
            Reached::Action(token) => ("action", Some(token.expose().as_str())),
            Reached::Processing => ("processing", None),
            Reached::Done => ("done", None),
        };
        Sensitive::new(json::write(&Written {
            order: &self.order_id,
            amount: self.total.minor,
            currency: self.total.currency.code(),
            phase,
            action,
            at: now,
        }))
    }

    /// Reads what was written down; `None` also for what is too old.
    pub fn read(text: &str, now: i64) -> Option<Self> {
        let value = json::parse(text.as_bytes())?;
        let fields = Fields::of(&value)?;
        let reached = match fields.str("phase")? {
            "creating" => Reached::Creating,
            "action" => Reached::Action(Sensitive::new(fields.text("action")?)),
            "processing" => Reached::Processing,
            "done" => Reached::Done,
            _ => return None,
        };
        let lasts = if reached == Reached::Done { DONE } else { OPEN };
        let fresh = now < fields.integer("at")?.saturating_add(lasts);
        let currency = Currency::parse(fields.str("currency")?).ok()?;
        Some(Self {
            order_id: fields.text("order")?,
            total: Money::new(fields.integer("amount")?, currency),
            reached,
        })
        .filter(|_| fresh)
    }
}

#[cfg(test)]
mod tests {
    use super::{Marker, Reached};
    use crate::money::{Currency, Money};

    const NOW: i64 = 1_800_000_000;

    #[test]
    fn f57_what_was_written_is_read_back_within_its_time() {
        for (reached, lasts) in [
            (Reached::Creating, 86_400),
            (Reached::Action("a.b.c".to_owned().into()), 86_400),
            (Reached::Processing, 86_400),
            (Reached::Done, 3_600),
        ] {
            let marker = Marker {
                order_id: "o-1".into(),
                total: Money::new(4200, Currency::parse("JPY").unwrap()),
                reached,
            };
            let text = marker.write(NOW);
            let read = |now| Marker::read(text.expose(), now);
            assert_eq!(read(NOW).as_ref(), Some(&marker));
            assert_eq!(read(NOW + lasts - 1).as_ref(), Some(&marker));
            assert_eq!(read(NOW + lasts), None);
        }
        for text in ["", "{}", "[]", "x", r#"{"phase":"done"}"#] {
            assert_eq!(Marker::read(text, NOW), None, "{text}");
        }
    }
}
