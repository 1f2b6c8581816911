//! What a gateway says of a charge in so many words: for gateways that answer the call and have
//! no payment that could be looked at. Values in, values out.

use crate::{
    action, foreign,
    outcome::FailureKind,
    payment::{Answer, Reply, Status},
    sensitive::Sensitive,
};

/// What was said.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) standing: Standing,
    /// The gateway's own order, where it names one; another than was asked for, now and then.
    pub(crate) order: Option<String>,
    /// Minor units, where told.
    pub(crate) amount: Option<i64>,
    /// Three letters, where told.
    pub(crate) currency: Option<String>,
    /// The same in a few words, for the order's history.
    pub(crate) words: String,
}

/// How the charge stands.
#[derive(Clone, Debug)]
pub(crate) enum Standing {
    /// The money was taken.
    Settled,
    /// Refused: nothing was taken.
    Declined(FailureKind),
    /// Stopped: nothing was taken.
    Cancelled,
    /// The bank asks the shopper: the gateway's own action token.
    Action(Sensitive<String>),
    /// Known there, not decided.
    Pending,
    /// Nothing that could be believed; why somebody must look.
    Unclear(String),
}

/// Which call an answer is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Create,
    Resume,
}

/// What is known when an answer is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) step: Step,
    /// Unix seconds.
    pub(crate) now: i64,
    pub(crate) sandbox: bool,
    /// Questions of the bank that the attempt had before.
    pub(crate) actions: i64,
}

impl Said {
    pub(crate) fn of(standing: Standing, words: impl Into<String>) -> Self {
        Self {
            standing,
            order: None,
            amount: None,
            currency: None,
            words: words.into(),
        }
    }

    /// Reads an answer of the payment contract as its own client does: an error, then a step for
    /// the shopper whatever the status, then the status. `None` if nothing can be known from it.
    pub(crate) fn read(
        reply: Reply,
        http: u16,
        reading: Reading,
        listed: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        match reply {
            Reply::Answer(answer) => answered(answer, reading, listed),
            // A server in trouble may have charged before it said so.
            Reply::Refused(_) if http >= 500 => None,
            Reply::Refused(error) => {
                let words = format!("refused: {} {}", error.code, error.msg);
                let standing = refused(&error.code, reading.step);
                Some(Self::of(standing, words.trim_end()))
            }
            Reply::Undecidable => None,
        }
    }
}

/// Only codes that are documented say that nothing was charged. A resumed payment that is
/// refused may have been resumed before, by somebody else.
fn refused(code: &str, step: Step) -> Standing {
    match (code, step) {
        ("payment_failed", _) => Standing::Declined(FailureKind::DeclinedForNow),
        ("bad_request", Step::Create) => Standing::Declined(FailureKind::CardAgain),
        ("invalid_price" | "invalid_customer", Step::Create) => {
            Standing::Declined(FailureKind::MerchantMisconfiguration)
        }
        _ => Standing::Unclear(format!(
            "FunnelFox answered {}: look there whether the order is paid",
            foreign::support_code(code).unwrap_or_default()
        )),
    }
}

fn answered(answer: Answer, reading: Reading, listed: impl Fn(&str) -> bool) -> Option<Said> {
    let message = answer.message.as_deref().unwrap_or_default();
    let words = format!("{} {message}", answer.status.name());
    let standing = match (answer.action_required_token, answer.status) {
        (Some(token), _) => asks(token, reading, listed),
        (None, Status::Succeeded) => Standing::Settled,
        (None, Status::Failed) => Standing::Declined(FailureKind::CardDeclined),
        (None, Status::Cancelled) => Standing::Cancelled,
        (None, Status::Processing) => Standing::Pending,
        (None, Status::Unknown(_)) => return None,
    };
    let words = match &standing {
        Standing::Action(_) => "the shopper must go to the bank".to_owned(),
        Standing::Unclear(why) => why.clone(),
        _ => words.trim_end().to_owned(),
    };
    Some(Said {
        order: answer.order_id.filter(|order| order.len() <= 64),
        ..Said::of(standing, words)
    })
}

/// The shopper is sent only where the widget would go, and not for ever.
fn asks(token: String, reading: Reading, listed: impl Fn(&str) -> bool) -> Standing {
    if reading.actions >= i64::from(action::MAX_ACTIONS) {
        let why = "FunnelFox asks for one step after another: look there what became of it";
        return Standing::Unclear(why.into());
    }
    match action::decode(&token, reading.now, reading.sandbox) {
        Ok(action) if listed(&action.status_url) => Standing::Action(Sensitive::new(token)),
        Ok(_) => Standing::Unclear(
            "FunnelFox asks for a step whose status is at an address outside primer_origins: \
             nothing was opened; look there what became of the payment"
                .into(),
        ),
        Err(why) => Standing::Unclear(format!(
            "FunnelFox asks for a step that can't be shown ({why:?}): nothing was opened; look \
             there what became of the payment"
        )),
    }
}

#[cfg(test)]
#[path = "said_tests.rs"]
mod tests;
