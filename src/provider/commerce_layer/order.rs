//! An order as it stands.

use crate::{foreign, http::Response, money::Money};

use super::{
    amount,
    document::{Link, Reply},
    id::Id,
    source::{KIND, Source},
};

/// How far an order is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not ready to be placed.
    Draft,
    /// Ready to be paid and placed.
    Pending,
    /// Somebody is changing it.
    Editing,
    /// Being placed; it may yet become pending again.
    Placing,
    /// Final.
    Placed,
    /// Final, and looked at by the merchant.
    Approved,
    /// Over.
    Cancelled,
    /// A status of a newer API.
    Unknown(String),
}

impl Status {
    fn parse(text: &str) -> Self {
        match text {
            "draft" => Self::Draft,
            "pending" => Self::Pending,
            "editing" => Self::Editing,
            "placing" => Self::Placing,
            "placed" => Self::Placed,
            "approved" => Self::Approved,
            "cancelled" => Self::Cancelled,
            other => Self::Unknown(other.chars().take(64).collect()),
        }
    }

    /// Whether it was placed, by whomever.
    pub fn is_placed(&self) -> bool {
        matches!(self, Self::Placed | Self::Approved)
    }
}

/// How the order's money stands, by the transactions that Commerce Layer has heard of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paid {
    Unpaid,
    Authorized,
    Paid,
    Voided,
    Refunded,
    /// There is nothing to pay.
    Free,
    /// A part of it, or a status of a newer API.
    Other(String),
}

impl Paid {
    pub(super) fn parse(text: &str) -> Self {
        match text {
            "unpaid" => Self::Unpaid,
            "authorized" => Self::Authorized,
            "paid" => Self::Paid,
            "voided" => Self::Voided,
            "refunded" => Self::Refunded,
            "free" => Self::Free,
            other => Self::Other(other.chars().take(64).collect()),
        }
    }
}

/// What the order's payment method charges with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// Checkout.com. Whether the money is taken once it is reserved, where told.
    CheckoutCom { auto_capture: Option<bool> },
    /// Another system.
    Other(String),
    /// None is chosen yet.
    None,
    /// The answer does not say.
    Untold,
}

/// The payment source that counts for the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnSource {
    /// This one.
    CheckoutCom(Box<Source>),
    /// One of another system.
    Other,
    None,
    /// The answer does not say.
    Untold,
}

impl OwnSource {
    /// Whether it is the source with this id; `None` where that can't be known.
    pub fn is(&self, id: &Id) -> Option<bool> {
        match self {
            Self::CheckoutCom(source) => Some(source.id == *id),
            Self::Other | Self::None => Some(false),
            Self::Untold => None,
        }
    }
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: Id,
    pub status: Status,
    pub paid: Paid,
    /// `None` where Commerce Layer's cents can't be read as money.
    pub total: Option<Money>,
    /// Whether it may be changed, where told.
    pub editable: Option<bool>,
    pub method: Method,
    pub source: OwnSource,
}

impl Order {
    /// Reads the answer to a read or change of the order with this id.
    pub fn read(response: &Response, id: &Id) -> Reply<Self> {
        Reply::of(response, "orders", |document| {
            let own = document.resource()?;
            if own.id != *id {
                return None;
            }
            let fields = own.attributes;
            let cents = fields.integer("total_amount_cents")?;
            Some(Self {
                id: own.id,
                status: Status::parse(fields.str("status")?),
                paid: Paid::parse(fields.str("payment_status")?),
                total: amount::of_cents(cents, fields.str("currency_code")?),
                editable: fields.truth("editable"),
                method: match document.related("payment_method") {
                    Link::None => Method::None,
                    Link::Untold => Method::Untold,
                    Link::To(method) => match method.attributes.str("payment_source_type") {
                        Some(KIND) => Method::CheckoutCom {
                            auto_capture: method.attributes.truth("auto_capture"),
                        },
                        Some(other) => {
                            Method::Other(foreign::support_code(other).unwrap_or_default())
                        }
                        None => Method::Untold,
                    },
                },
                source: match document.related("payment_source") {
                    Link::None => OwnSource::None,
                    Link::Untold => OwnSource::Untold,
                    Link::To(one) if one.kind == KIND => {
                        OwnSource::CheckoutCom(Box::new(Source::of(one)))
                    }
                    Link::To(_) => OwnSource::Other,
                },
            })
        })
    }
}
