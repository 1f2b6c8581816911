//! What an answer of the gateway means for an attempt and its order: values in, values out.

use crate::{
    money::Money,
    outcome::FailureKind,
    provider::checkout_com::{Payment, State, of_response_code},
    session::Capture,
};

use super::{
    attempt::{Attempt, Phase},
    call::in_words,
    order::{Door, Order, Settled},
    said::{Said, Standing},
};

/// What was learnt from the gateway.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    /// The payment as it stands.
    Payment(Payment),
    /// What the gateway said, where it has no payment to look at.
    Said(Said),
    /// The first and only request was refused: nothing was charged.
    Rejected(FailureKind),
    /// The first and only request never left: nothing was charged.
    NotSent,
    /// The gateway has no payment of this attempt, and its token can't make one any more.
    Nothing,
    /// Nothing was learnt.
    NoAnswer,
}

/// What the order has to say about a payment.
#[derive(Clone, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) settled: Settled,
    pub(crate) winner: Option<&'a str>,
    pub(crate) total: Money,
    pub(crate) door: Door,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(order: &'a Order, door: Door) -> Self {
        Self {
            settled: order.settled,
            winner: order.winner.as_deref(),
            total: order.total,
            door,
        }
    }
}

/// What becomes of attempt and order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) phase: Phase,
    pub(crate) failure: Option<FailureKind>,
    /// What the order becomes through this attempt.
    pub(crate) pays: Option<Settled>,
    /// An authorisation that won was let go before it was captured.
    pub(crate) released: bool,
    /// Something an operator must look at.
    pub(crate) alarm: Option<String>,
}

enum Verdict {
    /// Reserved, or taken as well.
    Approved {
        captured: bool,
    },
    Failed(FailureKind),
    Cancelled,
    Reversed(Phase),
    Action,
    Pending,
    Open,
    Alarm(String),
}

/// Whether a payment carries another attempt's reference: nothing of it is to be believed.
pub(crate) fn is_foreign(attempt: &Attempt, payment: &Payment) -> bool {
    payment
        .reference
        .as_ref()
        .is_some_and(|reference| *reference != attempt.reference)
}

fn read(attempt: &Attempt, payment: &Payment) -> Verdict {
    if is_foreign(attempt, payment) {
        return Verdict::Alarm("the gateway's payment carries another reference".into());
    }
    match (&payment.state, payment.approved) {
        (
            State::Authorized
            | State::Captured
            | State::PartiallyCaptured
            | State::PartiallyRefunded
            | State::Paid,
            Some(true) | None,
        ) => {
            let currency = payment.currency.as_deref();
            let same = payment.reference.is_some()
                && payment.amount == Some(attempt.total.minor)
                && currency
                    .is_some_and(|code| code.eq_ignore_ascii_case(attempt.total.currency.code()));
            if same {
                Verdict::Approved {
                    captured: payment.state != State::Authorized,
                }
            } else {
                Verdict::Alarm(format!(
                    "approved for {:?} {:?} with reference {:?}, expected {}",
                    payment.amount, payment.currency, payment.reference, attempt.total
                ))
            }
        }
        (State::Declined, Some(false) | None) => Verdict::Failed(of_response_code(
            payment.response_code.as_deref().unwrap_or_default(),
        )),
        (State::Expired, _) => Verdict::Failed(FailureKind::AuthenticationTimeout),
        (State::Canceled, _) => Verdict::Cancelled,
        (State::Voided, _) => Verdict::Reversed(Phase::Voided),
        (State::Refunded, _) => Verdict::Reversed(Phase::Refunded),
        (State::Pending, _) if payment.redirect.is_some() => Verdict::Action,
        (State::Pending | State::RetryScheduled, _) => Verdict::Pending,
        (State::CardVerified | State::Unknown(_), _) => Verdict::Open,
        (state, approved) => Verdict::Alarm(format!(
            "contradiction: status {state:?} with approved {approved:?}"
        )),
    }
}

/// What was said, without a payment to look at; an amount that is told must be the attempt's.
fn verdict_of(attempt: &Attempt, said: &Said) -> Verdict {
    let other_amount = said
        .amount
        .is_some_and(|amount| amount != attempt.total.minor);
    let other_currency = said
        .currency
        .as_deref()
        .is_some_and(|code| !code.eq_ignore_ascii_case(attempt.total.currency.code()));
    match &said.standing {
        Standing::Settled if other_amount || other_currency => Verdict::Alarm(format!(
            "settled for {:?} {:?}, expected {}",
            said.amount, said.currency, attempt.total
        )),
        Standing::Settled => Verdict::Approved { captured: true },
        Standing::Declined(kind) => Verdict::Failed(*kind),
        Standing::Cancelled => Verdict::Cancelled,
        Standing::Action(_) => Verdict::Action,
        Standing::Pending => Verdict::Pending,
        Standing::Unclear(why) => Verdict::Alarm(why.clone()),
    }
}

/// Decides. An order never goes backwards and paid wins: an approval pays the order if
/// nothing else has, from whatever phase; otherwise it is undone.
pub(crate) fn decide(order: &Facts<'_>, attempt: &Attempt, seen: &Seen) -> Change {
    let change = |phase| Change {
        phase,
        failure: None,
        pays: None,
        released: false,
        alarm: None,
    };
    let keep = Change {
        failure: attempt.failure,
        ..change(attempt.phase)
    };
    if matches!(attempt.phase, Phase::Voided | Phase::Refunded) {
        return keep;
    }
    let failed = |kind| Change {
        failure: Some(kind),
        ..change(Phase::Failed)
    };
    let verdict = match seen {
        Seen::Payment(payment) => read(attempt, payment),
        Seen::Said(said) => verdict_of(attempt, said),
        Seen::Rejected(kind) if attempt.phase == Phase::Creating => return failed(*kind),
        Seen::NotSent if attempt.phase == Phase::Creating => {
            return failed(FailureKind::GatewayUnavailable);
        }
        Seen::Nothing if attempt.phase == Phase::Unknown => return failed(FailureKind::CardAgain),
        Seen::Rejected(_) | Seen::NotSent | Seen::Nothing | Seen::NoAnswer => Verdict::Open,
    };
    let mine = order.winner == Some(attempt.id.as_str());
    match (verdict, attempt.phase) {
        (Verdict::Approved { captured }, _) if mine => Change {
            // The merchant captured what was authorised.
            pays: (captured && order.settled == Settled::Authorised).then_some(Settled::Paid),
            ..change(Phase::Succeeded)
        },
        // It was captured, and given back by the merchant since.
        (Verdict::Reversed(Phase::Refunded), Phase::Succeeded)
            if mine && order.settled == Settled::Authorised =>
        {
            Change {
                pays: Some(Settled::Paid),
                ..keep
            }
        }
        (Verdict::Reversed(_) | Verdict::Cancelled | Verdict::Failed(_), Phase::Succeeded)
            if mine && order.settled == Settled::Authorised =>
        {
            Change {
                released: true,
                ..keep
            }
        }
        (Verdict::Approved { .. }, Phase::Undoing) => keep,
        (Verdict::Approved { .. }, _) if order.settled != Settled::Open => change(Phase::Undoing),
        // The shopper was told that nothing is charged, or the order costs something else
        // by now: such an approval can't pay it.
        (Verdict::Approved { .. }, _)
            if (attempt.abandoned || !attempt.phase.may_pay())
                && (order.door == Door::Cancelled
                    || order.total != attempt.total
                    // The shop was told that it failed, and may have charged it again.
                    || attempt.is_alone()) =>
        {
            change(Phase::Undoing)
        }
        (Verdict::Approved { captured }, _) => Change {
            pays: Some(match attempt.capture {
                Capture::Manual | Capture::After(_) if !captured => Settled::Authorised,
                Capture::Automatic | Capture::After(_) | Capture::Manual => Settled::Paid,
            }),
            ..change(Phase::Succeeded)
        },
        // It is over, but somebody must look at what the gateway makes of it.
        (Verdict::Alarm(alarm), Phase::Failed | Phase::Cancelled) => Change {
            alarm: Some(alarm),
            ..keep
        },
        // A report was quicker than the charge's own answer, and only that has the bank's code.
        (Verdict::Failed(kind), Phase::Failed)
            if attempt.response_code.is_none() && kind != FailureKind::Cancelled && coded(seen) =>
        {
            failed(kind)
        }
        // What the merchant gives back later is not the checkout's business.
        (_, Phase::Succeeded | Phase::Failed | Phase::Cancelled) => keep,
        (Verdict::Reversed(phase), Phase::Undoing) => change(phase),
        (Verdict::Failed(_) | Verdict::Cancelled, Phase::Undoing) => change(Phase::Voided),
        (Verdict::Reversed(_) | Verdict::Cancelled, _) => Change {
            failure: Some(FailureKind::Cancelled),
            ..change(Phase::Cancelled)
        },
        (Verdict::Failed(FailureKind::Cancelled), _) => Change {
            failure: Some(FailureKind::Cancelled),
            ..change(Phase::Cancelled)
        },
        (Verdict::Failed(kind), _) => failed(kind),
        (Verdict::Alarm(alarm), phase) => Change {
            alarm: Some(alarm),
            ..change(if phase == Phase::Undoing {
                phase
            } else {
                Phase::Unknown
            })
        },
        (Verdict::Action, phase) if attempt.is_alone() && phase.may_pay() => {
            failed(FailureKind::ActionUnsupported)
        }
        (Verdict::Action, Phase::Creating | Phase::Unknown) => change(Phase::Action),
        (Verdict::Action | Verdict::Pending, Phase::Action) => change(if attempt.returned {
            Phase::Processing
        } else {
            Phase::Action
        }),
        (Verdict::Pending, Phase::Creating | Phase::Unknown) => change(Phase::Processing),
        (Verdict::Open, Phase::Creating) => change(Phase::Unknown),
        (Verdict::Action | Verdict::Pending | Verdict::Open, _) => keep,
    }
}

/// Whether the bank's code came with it.
fn coded(seen: &Seen) -> bool {
    matches!(seen, Seen::Payment(payment) if payment.response_code.is_some())
}

fn life(payment: &Payment) -> u8 {
    match payment.state {
        State::Declined | State::Canceled | State::Expired | State::Voided | State::Refunded => 0,
        State::Pending | State::RetryScheduled | State::CardVerified | State::Unknown(_) => 1,
        State::Authorized
        | State::Captured
        | State::PartiallyCaptured
        | State::PartiallyRefunded
        | State::Paid => 2,
    }
}

/// Whether a payment has taken money, or may still.
pub(crate) fn may_charge(payment: &Payment) -> bool {
    life(payment) > 0
}

/// Of several payments with one reference the one that counts: an approved one, else one that
/// may still be approved. A declined one says nothing while another is open.
pub(crate) fn best(list: Vec<Payment>) -> Option<Payment> {
    list.into_iter().max_by_key(life)
}

/// The reason for a change in a few words, for the order's history.
pub(crate) fn why(seen: &Seen) -> String {
    match seen {
        Seen::Payment(payment) => format!("the gateway says {}", in_words(payment)),
        Seen::Said(said) => format!("the gateway says {}", said.words),
        Seen::Rejected(_) => "the gateway refused the request".into(),
        Seen::NotSent => "the gateway can't be reached, nothing was sent".into(),
        Seen::Nothing => "the gateway has no payment of it".into(),
        Seen::NoAnswer => "the gateway gave no clear answer".into(),
    }
}

/// How long until the gateway is asked again, in milliseconds: quick at first, when somebody
/// is waiting, and once an hour when the attempt is half a day old.
pub(crate) fn pause(at_the_bank: bool, asks: i64, age_ms: i64) -> i64 {
    if age_ms > 12 * 3_600_000 {
        return 3_600_000;
    }
    // While the shopper is at the bank there is little to learn; the return wakes the question.
    let first = if at_the_bank { 15_000 } else { 1_000 };
    (first << asks.clamp(0, 6)).min(60_000)
}

#[cfg(test)]
#[path = "decide_tests.rs"]
pub(crate) mod tests;
