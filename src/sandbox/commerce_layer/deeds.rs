//! Transactions on an order: what was reserved, taken, let go and given back, and what
//! Checkout.com tells of it.

use serde_json::{Map, Value};

use super::{
    super::checkout_com::{
        codes,
        ledger::{Payment, Status as Money},
    },
    ledger::{self, Order, Organization},
};

/// What a transaction does with money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Authorization,
    Capture,
    Void,
    Refund,
}

impl Deed {
    pub(crate) const ALL: [(&'static str, Self); 4] = [
        ("authorizations", Self::Authorization),
        ("captures", Self::Capture),
        ("voids", Self::Void),
        ("refunds", Self::Refund),
    ];

    /// The type of the resource.
    pub(crate) fn kind(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, own)| *own == self);
        found.map_or("authorizations", |(kind, _)| kind)
    }
}

/// A transaction, open until Checkout.com's word about it arrives.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    pub(crate) id: String,
    pub(crate) deed: Deed,
    pub(crate) number: String,
    pub(crate) order: String,
    pub(crate) source: String,
    /// The payment at Checkout.com.
    pub(crate) payment: String,
    /// The step of that payment; an authorisation is the payment itself.
    pub(crate) action: Option<String>,
    /// The authorisation of a capture or void, the capture of a refund.
    pub(crate) parent: Option<String>,
    pub(crate) amount: u64,
    /// The response code, once it arrived.
    pub(crate) heard: Option<String>,
    pub(crate) words: Map<String, Value>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

impl Transaction {
    /// Whether Checkout.com was heard to have done it.
    pub(crate) fn succeeded(&self) -> bool {
        self.heard.as_deref() == Some(codes::APPROVED)
    }

    /// Whether it did or still may do something.
    pub(crate) fn may_count(&self) -> bool {
        self.heard.is_none() || self.succeeded()
    }
}

impl Organization {
    pub(crate) fn transaction(&self, id: &str) -> Option<&Transaction> {
        self.transactions.iter().find(|one| one.id == id)
    }

    /// Transactions of a kind on an order.
    pub(crate) fn deeds(&self, order: &str, deed: Deed) -> impl Iterator<Item = &Transaction> {
        self.transactions
            .iter()
            .filter(move |one| one.order == order && one.deed == deed)
    }

    /// Transactions of a kind that follow from another.
    pub(crate) fn following(&self, parent: &str, deed: Deed) -> impl Iterator<Item = &Transaction> {
        self.transactions
            .iter()
            .filter(move |one| one.parent.as_deref() == Some(parent) && one.deed == deed)
    }

    /// How the money of an order stands, by the transactions that were heard of.
    pub(crate) fn payment_status(&self, order: &Order) -> &'static str {
        let sum = |deed: Deed| -> u64 {
            let all = self.deeds(&order.id, deed).filter(|one| one.succeeded());
            all.map(|one| one.amount).sum()
        };
        let (authorized, captured) = (sum(Deed::Authorization), sum(Deed::Capture));
        let (voided, refunded) = (sum(Deed::Void), sum(Deed::Refund));
        let held = authorized.saturating_sub(voided);
        match () {
            () if order.amount == 0 => "free",
            () if refunded > 0 && refunded >= captured => "refunded",
            () if refunded > 0 => "partially_refunded",
            () if captured >= order.amount => "paid",
            () if captured > 0 => "partially_paid",
            () if held >= order.amount => "authorized",
            () if held > 0 && voided > 0 => "partially_voided",
            () if held > 0 => "partially_authorized",
            () if voided > 0 => "voided",
            () => "unpaid",
        }
    }

    /// What Checkout.com knows of a payment becomes known here: its transactions are decided,
    /// those made without a wish of ours are written down, the source shows the payment.
    pub(super) fn hear(&mut self, payment: &Payment, now: i64) {
        let authorization = self
            .transactions
            .iter_mut()
            .find(|one| one.deed == Deed::Authorization && one.payment == payment.id);
        let Some(authorization) = authorization else {
            return;
        };
        if payment.status != Money::Pending && authorization.heard.is_none() {
            authorization.heard = Some(payment.code.clone());
            authorization.updated_at = now;
        }
        let first = authorization.clone();
        for action in &payment.actions {
            let deed = match action.kind {
                "Capture" => Deed::Capture,
                "Void" => Deed::Void,
                "Refund" => Deed::Refund,
                _ => continue,
            };
            let id = match self.transaction_of(&action.id) {
                Some(known) => known,
                None => self.follow(&first, deed, &action.id, action.amount, None, now),
            };
            if let Some(known) = self.transactions.iter_mut().find(|one| one.id == id)
                && known.heard.is_none()
            {
                known.heard = Some(action.code.clone());
                known.updated_at = now;
            }
        }
        if let Some(source) = self.source_mut(&first.source)
            && source.payment.as_deref() == Some(&payment.id)
            && source.is_behind(payment)
        {
            source.seen = Some(payment.clone());
            source.detailed = true;
            source.updated_at = now;
        }
    }

    fn transaction_of(&self, action: &str) -> Option<String> {
        let known = |one: &&Transaction| one.action.as_deref() == Some(action);
        self.transactions
            .iter()
            .find(known)
            .map(|one| one.id.clone())
    }

    /// Writes down a transaction that follows from an authorisation, and says its id. A refund
    /// without a capture of its own belongs to the last one.
    pub(super) fn follow(
        &mut self,
        authorization: &Transaction,
        deed: Deed,
        action: &str,
        amount: u64,
        parent: Option<&str>,
        now: i64,
    ) -> String {
        let parent = match (parent, deed) {
            (Some(parent), _) => Some(parent.to_owned()),
            (None, Deed::Refund) => {
                let captures = self.following(&authorization.id, Deed::Capture);
                captures.last().map(|capture| capture.id.clone())
            }
            (None, _) => Some(authorization.id.clone()),
        };
        let id = ledger::id();
        self.transactions.push(Transaction {
            id: id.clone(),
            deed,
            number: self.next_number(&authorization.order),
            order: authorization.order.clone(),
            source: authorization.source.clone(),
            payment: authorization.payment.clone(),
            action: Some(action.to_owned()),
            parent,
            amount,
            heard: None,
            words: Map::new(),
            created_at: now,
            updated_at: now,
        });
        id
    }

    /// The number of the next transaction on an order: `42/T/001`.
    pub(super) fn next_number(&self, order: &str) -> String {
        let count = self.transactions.iter().filter(|one| one.order == order);
        let number = self.order(order).map_or(0, |order| order.number);
        format!("{number}/T/{:03}", count.count() + 1)
    }
}
