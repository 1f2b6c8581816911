//! The systems that make the charge, and what differs between them: one question, one place.
//!
//! The claim names a gateway; order and attempt keep it. How a charge is asked for and what an
//! answer says is in `ask`; what the browser must know of a gateway is in `tokenizer`.

use crate::{money::Money, provider::checkout_com, session::Capture};

/// A system that makes the charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gateway {
    /// Payments by token; captures, voids and refunds; can be asked about everything.
    CheckoutCom,
    /// A card token is handed to FunnelFox, which charges at once. It can't be asked, nothing can
    /// be sent again, nothing can be given back from here.
    FunnelFox,
}

/// How an outcome that is not known is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settle {
    /// The charge is sent again under its own key as long as the gateway knows that key, in
    /// milliseconds; after that the payment is searched by the attempt's reference.
    ByKeyThenReference { key_lifetime_ms: i64 },
    /// Nothing can be asked: a report of the gateway tells, or the operator who has looked there.
    ByReport,
}

impl Gateway {
    pub(crate) const ALL: [Self; 2] = [Self::CheckoutCom, Self::FunnelFox];

    /// The word in the claim, in the store and in the address of its webhooks.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CheckoutCom => "checkout-com",
            Self::FunnelFox => "funnelfox",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gateway| gateway.name() == text)
    }

    pub(crate) fn settle(self) -> Settle {
        match self {
            // Checkout.com answers a repeated key as the first time for 24 h. In the last of
            // them it is not used: the request may be slow and two servers' clocks differ.
            Self::CheckoutCom => Settle::ByKeyThenReference {
                key_lifetime_ms: 23 * 3_600_000,
            },
            Self::FunnelFox => Settle::ByReport,
        }
    }

    /// Whether captures, voids and refunds can be asked for.
    pub(crate) fn acts(self) -> bool {
        match self {
            Self::CheckoutCom => true,
            Self::FunnelFox => false,
        }
    }

    /// Whether it can take the money at that time.
    pub(crate) fn captures(self, capture: Capture) -> bool {
        capture == Capture::Automatic || self.acts()
    }

    /// Whether it can charge such an amount; otherwise the key within the order, and
    /// why not.
    pub(crate) fn chargeable(self, total: Money) -> Result<(), (&'static str, String)> {
        use checkout_com::CannotCharge as Cannot;
        match self {
            Self::CheckoutCom => checkout_com::chargeable(total).map_err(|why| {
                let key = match why {
                    Cannot::Currency => "currency",
                    Cannot::NotPositive | Cannot::TooLarge | Cannot::LastDigit => "amount",
                };
                (key, why.to_string())
            }),
            // What it can charge is the price point's amount, which is compared with the claim's.
            Self::FunnelFox if total.minor > 0 => Ok(()),
            Self::FunnelFox => Err(("amount", "it must be more than zero".into())),
        }
    }
}
