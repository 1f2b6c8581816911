//! What comes after a call: another one, a wait, or the end.

use std::fmt;

use crate::{money::Money, outcome::FailureKind};

use super::{
    id::Id,
    order::{Paid, Status},
    stage::Stage,
};

/// The next step of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Make this call now.
    Call(Stage),
    /// Wait.
    Wait(Wait),
    /// It is over.
    End(End),
}

/// What is waited for, and where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The bank asks the shopper at this address, which is foreign: it is looked at before it is
    /// opened. Afterwards see [`super::Account::returned`].
    Bank { source: Id, address: String },
    /// Known there, not decided: make this call later.
    Pending(Stage),
    /// Not known: make this call later.
    Unknown(Stage),
    /// There is no trace of the call before this one. It may still be on its way: ask again, and
    /// when nothing shows for long, nothing was charged.
    Missing(Stage),
}

impl Wait {
    /// The call to be made later.
    pub fn stage(&self) -> Stage {
        match self {
            Self::Bank { source, .. } => Stage::Refresh(source.clone()),
            Self::Pending(stage) | Self::Unknown(stage) | Self::Missing(stage) => stage.clone(),
        }
    }
}

/// How a charge ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The order is placed, its money reserved or taken as well.
    Placed { captured: bool },
    /// Refused: nothing was charged.
    Declined(FailureKind),
    /// Stopped at the bank: nothing was charged.
    Cancelled,
    /// Approved, and let go or given back since, by somebody else.
    Reversed { refunded: bool },
    /// It can't be charged for this order: nothing was.
    Stopped(Stop),
    /// Money is reserved or taken, and the order can't be placed with it: it must go back.
    GiveBack(Stop),
    /// The order is placed, and its money is not what it should be: somebody must look.
    Operator(Stop),
}

/// Why a charge can't go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Commerce Layer can't be reached, or nothing could be made of its answer.
    Unreachable,
    /// Tokens of the application are not taken, or it may not do this.
    NotAllowed,
    /// There is no such order.
    NoOrder,
    /// The order is in no state to be paid.
    Standing(Status),
    /// The order costs something else than the claim says.
    OtherTotal {
        claimed: Money,
        /// `None` where its cents can't be read as money.
        seen: Option<Money>,
    },
    /// Checkout.com was asked for another amount.
    OtherAmount { seen: String },
    /// Commerce Layer says that payment source and order differ in their amounts.
    Mismatched,
    /// The order's payment method does not charge by Checkout.com.
    OtherMethod,
    /// There is money on the order already, or a part of it.
    Money(Paid),
    /// A payment that somebody else began on the order is not decided.
    OtherOpen,
    /// Another payment source has taken the place of ours.
    OtherSource,
    /// Commerce Layer refused to place it.
    PlaceRefused,
}

impl Stop {
    /// What the shopper is told where nothing was charged.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Unreachable | Self::OtherOpen | Self::Standing(Status::Placing) => {
                FailureKind::GatewayUnavailable
            }
            _ => FailureKind::MerchantMisconfiguration,
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("Commerce Layer gave no answer that could be read"),
            Self::NotAllowed => f.write_str(
                "Commerce Layer does not take the application's token for this: \
                 look at client id, scope and permissions",
            ),
            Self::NoOrder => f.write_str(
                "Commerce Layer has no order of that id in the application's market: \
                 look at the claim's order and the scope",
            ),
            Self::Standing(status) => {
                write!(f, "the order is {status:?} there, expected Pending")
            }
            Self::OtherTotal { claimed, seen } => match seen {
                Some(seen) => write!(f, "the order costs {seen} there, the claim says {claimed}"),
                None => write!(
                    f,
                    "the order's total there can't be read as money, the claim says {claimed}"
                ),
            },
            Self::OtherAmount { seen } => {
                write!(
                    f,
                    "Checkout.com was asked for {seen}, which is not the order's total"
                )
            }
            Self::Mismatched => {
                f.write_str("Commerce Layer reports mismatched amounts of order and payment")
            }
            Self::OtherMethod => f.write_str(
                "the order's payment method is not Checkout.com's: choose it there before paying",
            ),
            Self::Money(paid) => write!(f, "the order's payment status there is {paid:?}"),
            Self::OtherOpen => f.write_str(
                "another payment of the order was begun elsewhere and is not decided: \
                 wait until it is, or end it at Commerce Layer",
            ),
            Self::OtherSource => {
                f.write_str("another payment source was put on the order in the place of this one")
            }
            Self::PlaceRefused => f.write_str("Commerce Layer refused to place the order"),
        }
    }
}
