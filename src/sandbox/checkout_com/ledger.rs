//! One payment and what may happen to it, in the order the documents allow.

use serde_json::Value;

use super::{
    super::ident,
    answer::Refusal,
    cards::{Habit, Snapshot},
    codes,
    keys::Platform,
    order::Order,
};

/// How long an authorisation is held, in seconds; then it is voided.
const HELD: i64 = 7 * 24 * 3600;

/// How long a `sid_` id can be read and the bank waits for an answer, in seconds.
const SESSION: i64 = 15 * 60;

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Authorized,
    Canceled,
    Captured,
    Declined,
    Expired,
    PartiallyCaptured,
    PartiallyRefunded,
    Pending,
    Refunded,
    Voided,
}

impl Status {
    /// The name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Authorized => "Authorized",
            Self::Canceled => "Canceled",
            Self::Captured => "Captured",
            Self::Declined => "Declined",
            Self::Expired => "Expired",
            Self::PartiallyCaptured => "Partially Captured",
            Self::PartiallyRefunded => "Partially Refunded",
            Self::Pending => "Pending",
            Self::Refunded => "Refunded",
            Self::Voided => "Voided",
        }
    }
}

/// One step of a payment's history.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) at: i64,
    pub(crate) amount: u64,
    pub(crate) code: String,
    pub(crate) reference: Option<String>,
    pub(crate) metadata: Option<Value>,
}

/// What a capture, void or refund may bring along.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wish {
    /// Minor units; everything that is left if absent.
    pub(crate) amount: Option<u64>,
    pub(crate) reference: Option<String>,
    pub(crate) metadata: Option<Value>,
    /// Whether more captures are to follow.
    pub(crate) more: bool,
    /// It is taken on, and declined later with this code.
    pub(crate) declined: Option<String>,
}

/// The question the bank asks.
#[derive(Clone, Debug)]
pub(crate) struct Challenge {
    /// `3ds_…`, the secret part of the bank page's address.
    pub(crate) key: String,
    /// `sid_…`, what the shopper brings back.
    pub(crate) session: String,
    /// Both end then, in Unix seconds.
    pub(crate) until: i64,
}

/// A payment from its request to its end.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) platform: Platform,
    pub(crate) order: Order,
    pub(crate) card: Snapshot,
    /// `src_…`; shown when the bank has said yes.
    pub(crate) source_id: String,
    pub(crate) status: Status,
    pub(crate) code: String,
    pub(crate) requested_on: i64,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) captured: u64,
    pub(crate) refunded: u64,
    /// No further capture is allowed.
    closed: bool,
    /// Oldest first.
    pub(crate) actions: Vec<Action>,
    /// How many of them a webhook was written for.
    pub(crate) told: usize,
    /// Whether a webhook said that it is pending.
    pub(crate) told_pending: bool,
}

impl Payment {
    /// Asks the bank behind `card`; `forced` is a decline ordered from outside.
    pub(crate) fn new(
        platform: Platform,
        order: Order,
        card: Snapshot,
        source_id: Option<String>,
        forced: Option<String>,
        now: i64,
    ) -> Self {
        let habit = card.habit;
        let mut payment = Self {
            id: ident::new("pay"),
            platform,
            order,
            card,
            source_id: source_id.unwrap_or_else(|| ident::new("src")),
            status: Status::Pending,
            code: String::new(),
            requested_on: now,
            challenge: None,
            captured: 0,
            refunded: 0,
            closed: false,
            actions: Vec::new(),
            told: 0,
            told_pending: false,
        };
        match (forced, habit) {
            (Some(code), _) => payment.decline(&code, now),
            (None, Habit::Decline(code)) => payment.decline(code, now),
            (None, Habit::Challenge) if payment.order.three_ds => {
                payment.challenge = Some(Challenge {
                    key: ident::new("3ds"),
                    session: ident::new("sid"),
                    until: now + SESSION,
                });
            }
            (None, _) => payment.authorise(now),
        }
        payment
    }

    /// The bank reserves the money. An automatic capture follows with [`Self::pass_time`].
    pub(crate) fn authorise(&mut self, now: i64) {
        self.status = Status::Authorized;
        self.code = codes::APPROVED.into();
        self.record("Authorization", self.order.amount, now, Wish::default());
    }

    /// The bank says no.
    pub(crate) fn decline(&mut self, code: &str, now: i64) {
        self.status = Status::Declined;
        self.code = code.into();
        self.record("Authorization", self.order.amount, now, Wish::default());
    }

    /// The shopper walked away from the bank's question.
    pub(crate) fn cancel(&mut self, now: i64) {
        self.decline(codes::CANCELLED, now);
        self.status = Status::Canceled;
    }

    /// What time alone does: automatic capture, the end of an unanswered question, and of an
    /// authorisation nobody captured.
    pub(crate) fn pass_time(&mut self, now: i64) {
        match (self.status, &self.challenge) {
            (Status::Pending, Some(challenge)) if now >= challenge.until => {
                self.decline(codes::NOT_IN_TIME, now);
                self.status = Status::Expired;
            }
            (Status::Authorized, _) if self.order.capture && now >= self.captured_from() => {
                self.captured = self.order.amount;
                self.status = Status::Captured;
                self.record("Capture", self.order.amount, now, Wish::default());
            }
            (Status::Authorized, _) if now >= self.authorised_at() + HELD => {
                self.status = Status::Voided;
                self.record("Void", self.order.amount, now, Wish::default());
            }
            _ => {}
        }
    }

    /// Takes reserved money. Once per payment, in full or in part; on the current platform
    /// more than once if announced.
    ///
    /// # Errors
    /// Forbidden unless the payment waits for a capture; invalid for too much.
    pub(crate) fn capture(&mut self, wish: Wish, now: i64) -> Result<String, Refusal> {
        let waits = matches!(self.status, Status::Authorized | Status::PartiallyCaptured);
        if !waits || self.closed || self.order.capture {
            return Err(Refusal::Forbidden);
        }
        let left = self.order.amount - self.captured;
        let amount = wish.amount.unwrap_or(left);
        if amount > left {
            return Err(Refusal::invalid(if self.captured == 0 {
                "capture_value_greater_than_authorized"
            } else {
                "capture_value_greater_than_remaining_authorized"
            }));
        }
        if wish.declined.is_some() {
            return Ok(self.record("Capture", amount, now, wish));
        }
        let more = wish.more && self.platform == Platform::Current;
        self.captured += amount;
        self.closed = !more || self.captured == self.order.amount;
        self.status = if self.captured == self.order.amount {
            Status::Captured
        } else {
            Status::PartiallyCaptured
        };
        Ok(self.record("Capture", amount, now, wish))
    }

    /// Lets reserved money go.
    ///
    /// # Errors
    /// Forbidden unless authorised and not captured at all.
    pub(crate) fn void(&mut self, wish: Wish, now: i64) -> Result<String, Refusal> {
        if self.status != Status::Authorized {
            return Err(Refusal::Forbidden);
        }
        if wish.declined.is_none() {
            self.status = Status::Voided;
        }
        Ok(self.record("Void", self.order.amount, now, wish))
    }

    /// Gives captured money back, in full or in parts.
    ///
    /// # Errors
    /// Forbidden unless something captured is left; invalid for too much.
    pub(crate) fn refund(&mut self, wish: Wish, now: i64) -> Result<String, Refusal> {
        let left = self.captured - self.refunded;
        if left == 0 {
            return Err(Refusal::Forbidden);
        }
        let amount = wish.amount.unwrap_or(left);
        if amount > left {
            return Err(Refusal::invalid("refund_amount_exceeds_balance"));
        }
        if wish.declined.is_some() {
            return Ok(self.record("Refund", amount, now, wish));
        }
        self.refunded += amount;
        // A refund ends the capturing.
        self.closed = true;
        self.status = if self.refunded == self.captured {
            Status::Refunded
        } else {
            Status::PartiallyRefunded
        };
        Ok(self.record("Refund", amount, now, wish))
    }

    /// Whether the bank ever said yes.
    pub(crate) fn approved(&self) -> bool {
        self.code == codes::APPROVED
    }

    /// Whether it can still be voided.
    pub(crate) fn voidable(&self) -> bool {
        self.status == Status::Authorized
    }

    /// Whether the merchant can still capture.
    pub(crate) fn capturable(&self) -> bool {
        !self.order.capture && !self.closed && self.status != Status::Voided && self.approved()
    }

    /// When an automatic capture comes: on its date, if it has one and it is not past.
    fn captured_from(&self) -> i64 {
        self.order.capture_on.unwrap_or_default()
    }

    fn authorised_at(&self) -> i64 {
        self.actions.first().map_or(self.requested_on, |a| a.at)
    }

    fn record(&mut self, kind: &'static str, amount: u64, at: i64, wish: Wish) -> String {
        let id = ident::new("act");
        let code = if kind == "Authorization" {
            self.code.clone()
        } else {
            wish.declined.unwrap_or_else(|| codes::APPROVED.into())
        };
        self.actions.push(Action {
            id: id.clone(),
            kind,
            at,
            amount,
            code,
            reference: wish.reference.or_else(|| self.order.reference.clone()),
            metadata: wish.metadata,
        });
        id
    }
}
