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
}

/// How an outcome that is not known is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settle {
    /// The charge is sent again under its own key as long as the gateway knows that key, in
    /// milliseconds; after that the payment is searched by the attempt's reference.
    ByKeyThenReference { key_lifetime_ms: i64 },
}

impl Gateway {
    pub(crate) const ALL: [Self; 1] = [Self::CheckoutCom];

    /// The word in the claim, in the store and in the address of its webhooks.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CheckoutCom => "checkout-com",
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
        }
    }

    /// Whether captures, voids and refunds can be asked for.
    pub(crate) fn acts(self) -> bool {
        match self {
            Self::CheckoutCom => true,
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
        }
    }
}
