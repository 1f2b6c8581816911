//! A resource of any type, and what its relationships lead to.

use super::{
    deeds::{Deed, Transaction},
    ledger::{CHECKOUT_COM, Order, Organization, Source},
};

/// A resource.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Thing<'a> {
    Order(&'a Order),
    Source(&'a Source),
    Transaction(&'a Transaction),
    /// The payment method of an order.
    Method(&'a Order),
}

/// What a relationship leads to.
pub(crate) enum Related<'a> {
    One(Option<Thing<'a>>),
    Many(Vec<Thing<'a>>),
}

impl<'a> Thing<'a> {
    /// The resource with this type and id.
    pub(super) fn find(organization: &'a Organization, kind: &str, id: &str) -> Option<Self> {
        match kind {
            "orders" => organization.order(id).map(Self::Order),
            CHECKOUT_COM => organization.source(id).map(Self::Source),
            kind => organization
                .transaction(id)
                .filter(|one| one.deed.kind() == kind)
                .map(Self::Transaction),
        }
    }

    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Order(_) => "orders",
            Self::Source(_) => CHECKOUT_COM,
            Self::Transaction(one) => one.deed.kind(),
            Self::Method(_) => "payment_methods",
        }
    }

    pub(super) fn id(self) -> String {
        match self {
            Self::Order(order) => order.id.clone(),
            Self::Source(source) => source.id.clone(),
            Self::Transaction(one) => one.id.clone(),
            // One method for each type of source.
            Self::Method(order) if order.method == CHECKOUT_COM => "DemoMethod".into(),
            Self::Method(_) => "OtherMetho".into(),
        }
    }

    /// The names of its relationships.
    pub(super) fn relations(self) -> &'static [&'static str] {
        match self {
            Self::Order(_) => &[
                "market",
                "customer",
                "shipping_address",
                "billing_address",
                "available_payment_methods",
                "available_customer_payment_sources",
                "payment_method",
                "payment_source",
                "line_items",
                "shipments",
                "transactions",
                "authorizations",
                "captures",
                "voids",
                "refunds",
            ],
            Self::Source(_) => &["order", "payment_gateway"],
            Self::Method(_) => &["market", "payment_gateway"],
            Self::Transaction(one) => match one.deed {
                Deed::Authorization => &["order", "captures", "voids"],
                Deed::Capture => &["order", "reference_authorization", "refunds"],
                Deed::Void => &["order", "reference_authorization"],
                Deed::Refund => &["order", "reference_capture"],
            },
        }
    }

    /// What a relationship leads to; what this stand-in does not have is null or empty.
    pub(super) fn related(
        self,
        organization: &'a Organization,
        relation: &str,
    ) -> Option<Related<'a>> {
        if !self.relations().contains(&relation) {
            return None;
        }
        let all = |list: Vec<&'a Transaction>| {
            Related::Many(list.into_iter().map(Self::Transaction).collect())
        };
        let owner = |id: &str| Related::One(organization.order(id).map(Self::Order));
        let deed = Deed::ALL.iter().find(|(kind, _)| *kind == relation);
        Some(match (self, relation, deed) {
            (Self::Order(order), "payment_method", _) => {
                let chosen = !order.method.is_empty();
                Related::One(chosen.then_some(Self::Method(order)))
            }
            (Self::Order(order), "payment_source", _) => {
                Related::One(organization.source_of(&order.id).map(Self::Source))
            }
            (Self::Order(order), "transactions", _) => {
                let own = organization.transactions.iter();
                all(own.filter(|one| one.order == order.id).collect())
            }
            (Self::Order(order), _, Some((_, deed))) => {
                all(organization.deeds(&order.id, *deed).collect())
            }
            (Self::Transaction(one), _, Some((_, deed))) => {
                all(organization.following(&one.id, *deed).collect())
            }
            (Self::Source(source), "order", _) => owner(&source.order),
            (Self::Transaction(one), "order", _) => owner(&one.order),
            (Self::Transaction(one), "reference_authorization" | "reference_capture", _) => {
                let parent = one.parent.as_deref();
                let parent = parent.and_then(|id| organization.transaction(id));
                Related::One(parent.map(Self::Transaction))
            }
            (
                Self::Order(_),
                "available_payment_methods"
                | "available_customer_payment_sources"
                | "line_items"
                | "shipments",
                _,
            ) => Related::Many(Vec::new()),
            _ => Related::One(None),
        })
    }
}
