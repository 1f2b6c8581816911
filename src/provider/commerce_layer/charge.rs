//! The way of a charge: after each call, the next. Values in, values out, and every stage knows
//! what to do with everything that can be heard.
//!
//! Two calls move money: making the source, in some organisations, and `_authorize`. Each is
//! made once in an attempt, whatever is heard of it; a lost answer is settled by reading. An
//! order is placed only with an approved payment of our own source, for the claim's amount.
//! Placing moves no money then, and may be tried again.

use crate::{money::Money, outcome::FailureKind, sensitive::Sensitive};

use super::{
    document::Refusal,
    end::{End, Step, Stop, Wait},
    id::Id,
    order::{Method, Order, OwnSource, Paid, Status},
    source::{Source, Standing},
    stage::{After, Heard, Stage},
};

/// What is to be charged, and for which order.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The order at Commerce Layer.
    pub order: &'a Id,
    /// What the order costs, by the claim.
    pub total: Money,
    /// `tok_…`, good once; not needed any more when the source is made.
    pub token: Option<&'a Sensitive<String>>,
    /// Ours, unique for the attempt: the source is known by it.
    pub reference: &'a str,
    /// Where the bank sends the shopper, whatever the outcome. In the earlier form this is a
    /// matter of the order or the gateway there.
    pub return_url: &'a str,
    /// Sources of attempts that were given up at the bank: they keep no other attempt out.
    pub given_up: &'a [Id],
}

fn stopped(why: Stop) -> Step {
    Step::End(End::Stopped(why))
}

fn give_back(why: Stop) -> Step {
    Step::End(End::GiveBack(why))
}

fn unknown(stage: Stage) -> Step {
    Step::Wait(Wait::Unknown(stage))
}

/// What the shopper is told of a refused request. Only the token is a matter of the card.
fn kind(refusal: &Refusal) -> FailureKind {
    match refusal.status {
        423 | 429 => FailureKind::GatewayUnavailable,
        _ if refusal.is_about("token") => FailureKind::CardAgain,
        _ => FailureKind::MerchantMisconfiguration,
    }
}

impl Stage {
    /// What follows from what was heard of this stage's call.
    pub fn next(self, claim: &Claim<'_>, heard: Heard) -> Step {
        match self {
            Self::Open => match heard {
                Heard::Order(order) => open(claim, &order),
                heard => untouched(&heard),
            },
            Self::Other(_) => match heard {
                Heard::Source(source) => beside(claim, &source, true),
                heard => untouched(&heard),
            },
            Self::Create => match heard {
                Heard::Source(source) => made(claim, &source),
                Heard::Refused(refusal) => Step::Call(Self::Find {
                    refused: Some(kind(&refusal)),
                }),
                Heard::NotSent => stopped(Stop::Unreachable),
                Heard::AfterNewToken => stopped(Stop::NotAllowed),
                Heard::Order(_) | Heard::Nothing => Step::Call(Self::Find { refused: None }),
            },
            Self::Find { refused } => match heard {
                Heard::Order(order) => match (order.source, refused) {
                    (OwnSource::CheckoutCom(source), _) if claim.made(&source) => {
                        made(claim, &source)
                    }
                    // That it was not made is believed where both say so.
                    (OwnSource::Untold, _) => unknown(Self::Find { refused }),
                    (_, Some(kind)) => Step::End(End::Declined(kind)),
                    (_, None) => Step::Wait(Wait::Missing(Self::Find { refused })),
                },
                _ => unknown(Self::Find { refused }),
            },
            Self::Authorize(id) => match heard {
                Heard::Source(source) => judge(claim, &source).unwrap_or_else(|| {
                    unknown(Self::Look {
                        source: id,
                        refused: None,
                    })
                }),
                Heard::Refused(refusal) => Step::Call(Self::Look {
                    source: id,
                    refused: Some(kind(&refusal)),
                }),
                Heard::NotSent => stopped(Stop::Unreachable),
                Heard::AfterNewToken => stopped(Stop::NotAllowed),
                Heard::Order(_) | Heard::Nothing => Step::Call(Self::Look {
                    source: id,
                    refused: None,
                }),
            },
            Self::Look {
                source: id,
                refused,
            } => match heard {
                Heard::Source(source) => judge(claim, &source).unwrap_or(match refused {
                    Some(kind) => Step::End(End::Declined(kind)),
                    None => Step::Wait(Wait::Missing(Self::Look {
                        source: id,
                        refused,
                    })),
                }),
                _ => unknown(Self::Look {
                    source: id,
                    refused,
                }),
            },
            Self::Details { source: id, .. } => match heard {
                Heard::Source(source) => {
                    judge(claim, &source).unwrap_or_else(|| unknown(Self::Refresh(id)))
                }
                Heard::Refused(_) => Step::Call(Self::Refresh(id)),
                _ => unknown(Self::Refresh(id)),
            },
            Self::Refresh(id) => match heard {
                Heard::Source(source) => {
                    judge(claim, &source).unwrap_or_else(|| unknown(Self::Refresh(id)))
                }
                _ => unknown(Self::Refresh(id)),
            },
            Self::Check(id) => match heard {
                Heard::Order(order) => check(claim, id, &order),
                _ => unknown(Self::Check(id)),
            },
            Self::Place(id) => match heard {
                Heard::Order(order) => placed(claim, id, &order, After::Lost),
                // Locked, or too many requests: later.
                Heard::Refused(refusal) if matches!(refusal.status, 409 | 423 | 429) => {
                    unknown(Self::Check(id))
                }
                Heard::Refused(_) => Step::Call(Self::Placed {
                    source: id,
                    after: After::Refused,
                }),
                Heard::NotSent | Heard::AfterNewToken => unknown(Self::Check(id)),
                Heard::Source(_) | Heard::Nothing => Step::Call(Self::Placed {
                    source: id,
                    after: After::Lost,
                }),
            },
            Self::Placed { source, after } => match heard {
                Heard::Order(order) => placed(claim, source, &order, after),
                _ => unknown(Self::Placed { source, after }),
            },
            Self::Settle(id) => match heard {
                Heard::Source(source) => match source.standing {
                    Standing::Declined(_) | Standing::Voided | Standing::Refunded => {
                        Step::End(End::Operator(Stop::Money(Paid::Unpaid)))
                    }
                    _ => Step::Call(Self::Placed {
                        source: id,
                        after: After::Settled,
                    }),
                },
                _ => unknown(Self::Settle(id)),
            },
        }
    }
}

impl Claim<'_> {
    /// Whether this attempt has made the source.
    fn made(&self, source: &Source) -> bool {
        source.reference.as_deref() == Some(self.reference)
    }

    /// Why an order costs something else than is claimed, if it does.
    fn other_total(&self, order: &Order) -> Option<Stop> {
        (order.total != Some(self.total)).then_some(Stop::OtherTotal {
            claimed: self.total,
            seen: order.total,
        })
    }
}

/// Nothing was changed before.
fn untouched(heard: &Heard) -> Step {
    stopped(match heard {
        Heard::Refused(refusal) => match refusal.status {
            404 => Stop::NoOrder,
            423 | 429 => Stop::Unreachable,
            _ => Stop::NotAllowed,
        },
        Heard::AfterNewToken => Stop::NotAllowed,
        Heard::Order(_) | Heard::Source(_) | Heard::NotSent | Heard::Nothing => Stop::Unreachable,
    })
}

/// Before anything is made: may this order be paid, with this amount, by us?
fn open(claim: &Claim<'_>, order: &Order) -> Step {
    if order.status != Status::Pending || order.editable == Some(false) {
        return stopped(Stop::Standing(order.status.clone()));
    }
    if let Some(why) = claim.other_total(order) {
        return stopped(why);
    }
    if !matches!(order.paid, Paid::Unpaid | Paid::Voided) {
        return stopped(Stop::Money(order.paid.clone()));
    }
    if !matches!(order.method, Method::CheckoutCom { .. }) {
        return stopped(Stop::OtherMethod);
    }
    match &order.source {
        OwnSource::None | OwnSource::Other => Step::Call(Stage::Create),
        OwnSource::Untold => stopped(Stop::Unreachable),
        // Made before, and forgotten: it may have been charged.
        OwnSource::CheckoutCom(source) if claim.made(source) => Step::Call(Stage::Look {
            source: source.id.clone(),
            refused: None,
        }),
        OwnSource::CheckoutCom(source) => beside(claim, source, false),
    }
}

/// A source that this attempt has not made: ours takes its place where it holds no money and may
/// get none.
fn beside(claim: &Claim<'_>, source: &Source, asked: bool) -> Step {
    match source.standing {
        Standing::Nothing | Standing::Declined(_) | Standing::Voided | Standing::Refunded => {
            Step::Call(Stage::Create)
        }
        Standing::Approved { captured: false } => stopped(Stop::Money(Paid::Authorized)),
        Standing::Approved { captured: true } => stopped(Stop::Money(Paid::Paid)),
        Standing::Asks(_) | Standing::Pending | Standing::Unclear => {
            if !asked {
                Step::Call(Stage::Other(source.id.clone()))
            } else if claim.given_up.contains(&source.id) {
                Step::Call(Stage::Create)
            } else {
                stopped(Stop::OtherOpen)
            }
        }
    }
}

/// Our source, just made or just found, and never charged by a call of ours.
fn made(claim: &Claim<'_>, source: &Source) -> Step {
    judge(claim, source).unwrap_or_else(|| {
        if source.mismatched {
            stopped(Stop::Mismatched)
        } else {
            Step::Call(Stage::Authorize(source.id.clone()))
        }
    })
}

/// What our source says of its payment; `None` where it says nothing.
fn judge(claim: &Claim<'_>, source: &Source) -> Option<Step> {
    let id = || source.id.clone();
    Some(match &source.standing {
        Standing::Nothing => return None,
        Standing::Asks(address) => Step::Wait(Wait::Bank {
            source: id(),
            address: address.clone(),
        }),
        Standing::Pending => Step::Wait(Wait::Pending(Stage::Refresh(id()))),
        Standing::Unclear => unknown(Stage::Refresh(id())),
        Standing::Approved { .. } => approved(claim, source),
        Standing::Declined(FailureKind::Cancelled) => Step::End(End::Cancelled),
        Standing::Declined(kind) => Step::End(End::Declined(*kind)),
        Standing::Voided => Step::End(End::Reversed { refunded: false }),
        Standing::Refunded => Step::End(End::Reversed { refunded: true }),
    })
}

fn approved(claim: &Claim<'_>, source: &Source) -> Step {
    let amount = source
        .amount
        .is_none_or(|amount| amount == claim.total.minor);
    let code = claim.total.currency.code();
    let currency = source.currency.as_deref();
    if !amount || currency.is_some_and(|seen| !seen.eq_ignore_ascii_case(code)) {
        let seen = format!(
            "{} {}",
            source.amount.unwrap_or(claim.total.minor),
            currency.unwrap_or(code)
        );
        return give_back(Stop::OtherAmount { seen });
    }
    if source.mismatched {
        return give_back(Stop::Mismatched);
    }
    Step::Call(Stage::Check(source.id.clone()))
}

/// The money is reserved: may the order be placed with it?
fn check(claim: &Claim<'_>, id: Id, order: &Order) -> Step {
    match order.status {
        Status::Placing | Status::Placed | Status::Approved | Status::Cancelled => {
            return placed(claim, id, order, After::Lost);
        }
        Status::Draft => return give_back(Stop::Standing(Status::Draft)),
        Status::Editing => return Step::Wait(Wait::Pending(Stage::Check(id))),
        Status::Unknown(_) => return unknown(Stage::Check(id)),
        Status::Pending => {}
    }
    if let Some(why) = claim.other_total(order) {
        return give_back(why);
    }
    if let Paid::Other(_) | Paid::Free | Paid::Refunded = order.paid {
        return give_back(Stop::Money(order.paid.clone()));
    }
    match &order.source {
        OwnSource::CheckoutCom(source) if source.id == id => match judge(claim, source) {
            Some(Step::Call(Stage::Check(_))) => Step::Call(Stage::Place(id)),
            // It was let go meanwhile, or is not what it was.
            Some(step) => step,
            None => unknown(Stage::Refresh(id)),
        },
        OwnSource::CheckoutCom(_) | OwnSource::Other | OwnSource::None => {
            give_back(Stop::OtherSource)
        }
        OwnSource::Untold => unknown(Stage::Check(id)),
    }
}

/// An order that should be placed by now.
fn placed(claim: &Claim<'_>, id: Id, order: &Order, after: After) -> Step {
    match &order.status {
        Status::Placed | Status::Approved => final_order(claim, id, order, after),
        Status::Placing => Step::Wait(Wait::Pending(Stage::Placed {
            source: id,
            after: After::Placing,
        })),
        Status::Pending => match after {
            After::Placing | After::Refused => give_back(Stop::PlaceRefused),
            After::Lost | After::Settled => unknown(Stage::Check(id)),
        },
        Status::Cancelled => give_back(Stop::Standing(Status::Cancelled)),
        Status::Draft | Status::Editing | Status::Unknown(_) => {
            unknown(Stage::Placed { source: id, after })
        }
    }
}

/// Placed, by us or in another tab. That it is paid is another matter.
fn final_order(claim: &Claim<'_>, id: Id, order: &Order, after: After) -> Step {
    match order.source.is(&id) {
        Some(true) => {}
        Some(false) => return give_back(Stop::OtherSource),
        None => return unknown(Stage::Placed { source: id, after }),
    }
    if let Some(why) = claim.other_total(order) {
        return Step::End(End::Operator(why));
    }
    match &order.paid {
        Paid::Authorized => Step::End(End::Placed { captured: false }),
        Paid::Paid => Step::End(End::Placed { captured: true }),
        // Its transactions stay open until Checkout.com's webhook arrives there.
        Paid::Unpaid if after == After::Settled => Step::Wait(Wait::Pending(Stage::Settle(id))),
        // Of an earlier payment, perhaps.
        Paid::Unpaid | Paid::Voided if after != After::Settled => Step::Call(Stage::Settle(id)),
        other => Step::End(End::Operator(Stop::Money(other.clone()))),
    }
}
