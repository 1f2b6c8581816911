//! What Flexprice remembers: customers with their cards and wallets, invoices, payments.

use std::collections::BTreeMap;

use super::{
    super::ident, answer::Shape, decimal::Decimal, demo, forced::Outcome, status::Status,
    webhooks::Bag,
};

/// A payment link can be paid for so long, in seconds.
const LINK_LIVES: i64 = 24 * 3600;

/// The books of one tenant.
#[derive(Debug)]
pub(crate) struct Office {
    pub(crate) customers: Vec<Customer>,
    pub(crate) wallets: Vec<Wallet>,
    pub(crate) invoices: Vec<Invoice>,
    /// Oldest first.
    pub(crate) payments: Vec<Payment>,
    pub(crate) settings: Settings,
    /// Outcomes ordered from outside, each with whom it is for.
    pub(crate) next: Vec<(Option<String>, Outcome)>,
    pub(crate) bag: Bag,
}

/// What `/control/flexprice` changes about every answer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) errors: Shape,
    pub(crate) amounts: Amounts,
    /// The gateway's news do not come by themselves: only who asks for a payment sees them.
    pub(crate) silent: bool,
    /// A repeat of a paid payment is refused because its invoice is paid.
    pub(crate) paid_first: bool,
}

/// How amounts are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Amounts {
    /// `"35.5"`, as the system's decimal type prints.
    #[default]
    Text,
    /// `"35.50"`, as the documents' examples show.
    Padded,
    /// `35.5`, as the schema of the payments page says.
    Number,
}

#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) cards: Vec<Card>,
}

/// What the bank behind a saved card does when it is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    Approve,
    Decline,
    /// It wants to ask the shopper, who is not there.
    Authenticate,
}

/// A saved payment method.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    pub(crate) id: String,
    pub(crate) brand: String,
    pub(crate) last4: String,
    pub(crate) default: bool,
    pub(crate) habit: Habit,
    pub(crate) created: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Wallet {
    pub(crate) id: String,
    pub(crate) customer: String,
    /// In lower case, as everywhere here.
    pub(crate) currency: String,
    pub(crate) balance: Decimal,
    /// `POST_PAID` or `PRE_PAID`.
    pub(crate) kind: &'static str,
}

#[derive(Clone, Debug)]
pub(crate) struct Invoice {
    pub(crate) id: String,
    pub(crate) number: Option<String>,
    pub(crate) customer: String,
    pub(crate) currency: String,
    pub(crate) due: Decimal,
    pub(crate) paid: Decimal,
    /// `DRAFT`, `FINALIZED` or `VOIDED`.
    pub(crate) status: &'static str,
}

impl Invoice {
    /// How its payment stands. A part of it keeps it `PENDING`.
    pub(crate) fn payment_status(&self) -> &'static str {
        match self.paid.cmp(&self.due) {
            std::cmp::Ordering::Less => "PENDING",
            std::cmp::Ordering::Equal => "SUCCEEDED",
            std::cmp::Ordering::Greater => "OVERPAID",
        }
    }
}

/// A try to take the money.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) id: String,
    pub(crate) error: Option<String>,
    pub(crate) at: i64,
}

/// What the gateway knows and Flexprice has not heard yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Paid,
    Declined(String),
    /// The money is on its way.
    Later,
}

#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) invoice: String,
    pub(crate) method: String,
    /// A card, a wallet, or empty.
    pub(crate) method_id: String,
    pub(crate) amount: Decimal,
    pub(crate) currency: String,
    pub(crate) status: Status,
    pub(crate) tracked: bool,
    pub(crate) gateway: Option<String>,
    pub(crate) gateway_payment: Option<String>,
    pub(crate) tracking: Option<String>,
    pub(crate) gateway_metadata: BTreeMap<String, String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) succeeded_at: Option<String>,
    pub(crate) failed_at: Option<String>,
    pub(crate) refunded_at: Option<String>,
    pub(crate) voided_at: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    /// The page where the payer pays, and until when.
    pub(crate) page: Option<(String, i64)>,
    /// The last that the gateway said about it, heard or not.
    pub(crate) verdict: Option<Verdict>,
    /// Money was taken, whatever happened to it later.
    pub(crate) taken: bool,
}

impl Default for Office {
    /// With the demo's customers and invoices.
    fn default() -> Self {
        demo::office()
    }
}

impl Office {
    pub(crate) fn invoice(&self, id: &str) -> Option<&Invoice> {
        self.invoices.iter().find(|invoice| invoice.id == id)
    }

    pub(crate) fn index(&self, id: &str) -> Option<usize> {
        self.payments.iter().position(|payment| payment.id == id)
    }

    /// The customer who owes what a payment is for.
    pub(crate) fn payer(&self, payment: &Payment) -> Option<&Customer> {
        let owner = &self.invoice(&payment.invoice)?.customer;
        self.customers.iter().find(|customer| customer.id == *owner)
    }

    /// Whether `name` is the payment, its invoice, the customer or a value of the metadata.
    pub(crate) fn is_named(&self, payment: &Payment, name: &str) -> bool {
        payment.id == name
            || payment.invoice == name
            || payment.metadata.values().any(|value| value == name)
            || self.payer(payment).is_some_and(|payer| payer.id == name)
    }

    /// The outcome that was ordered for this payment, or for any.
    pub(crate) fn ordered(&mut self, payment: usize) -> Option<Outcome> {
        let payment = &self.payments[payment];
        let meant = |whom: &Option<String>| {
            whom.as_deref()
                .is_none_or(|name| self.is_named(payment, name))
        };
        let at = self.next.iter().position(|(whom, _)| meant(whom))?;
        Some(self.next.remove(at).1)
    }

    /// The metadata and the invoice of the payment that stands in an address, for faults that
    /// are meant for one buyer only.
    pub(crate) fn named_in(&self, address: &str) -> Option<Vec<String>> {
        let payment = self
            .payments
            .iter()
            .find(|payment| address.contains(&payment.id))?;
        let values = payment.metadata.values().cloned();
        Some(values.chain([payment.invoice.clone()]).collect())
    }

    /// What time alone does: a link that nobody paid is over, and its payment failed.
    pub(crate) fn pass_time(&mut self, now: i64) {
        for index in 0..self.payments.len() {
            let payment = &self.payments[index];
            let over = payment
                .page
                .as_ref()
                .is_some_and(|(_, until)| now >= *until);
            if over && payment.status == Status::Pending && payment.verdict.is_none() {
                let text = "payment link expired".to_owned();
                self.payments[index].verdict = Some(Verdict::Declined(text));
                self.hear(index, now);
            }
        }
    }
}

impl Payment {
    /// Whether the gateway can be asked about it.
    pub(crate) fn can_be_asked(&self) -> bool {
        let asked = ["stripe", "razorpay", "moyasar"];
        self.status.in_flight()
            && self.gateway_payment.is_some()
            && self
                .gateway
                .as_deref()
                .is_some_and(|name| asked.contains(&name))
    }

    /// Gives it a page where it can be paid.
    pub(crate) fn open_page(&mut self, base: &str, now: i64) {
        let gateway = self.gateway.clone().unwrap_or_default();
        let tracking = match gateway.as_str() {
            "stripe" => format!("cs_test_{}", ident::word(26)),
            "razorpay" => format!("plink_{}", ident::word(14)),
            _ => uuid::Uuid::new_v4().to_string(),
        };
        if gateway == "stripe" {
            self.gateway_payment = Some(ident::new("pi"));
        }
        let key = ident::word(40);
        let link = &mut self.gateway_metadata;
        link.insert("payment_url".into(), format!("{base}/pay/{key}"));
        link.insert("gateway".into(), gateway);
        link.insert("session_id".into(), tracking.clone());
        self.tracking = Some(tracking);
        self.page = Some((key, now + LINK_LIVES));
    }

    /// Writes down a try and how it ended.
    pub(crate) fn attempt(&mut self, error: Option<String>, now: i64) {
        if self.tracked {
            self.attempts.push(Attempt {
                id: ident::new("attempt"),
                error,
                at: now,
            });
        }
    }
}
