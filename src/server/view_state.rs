//! What `GET /c/{session}/state` tells: the order, the attempt to use, and how the last ended.

use crate::{
    money::Money,
    outcome::{Failure, FailureKind},
    session::{self, Capture, Feature, LastAttempt, Reversal, SessionState, Standing, Tokenizer},
};

use super::{
    Server,
    answer::words_of,
    attempt::{Attempt, Phase},
    order::{Order, Session, Settled},
    store::now_ms,
};

fn phase(phase: Phase) -> session::Phase {
    match phase {
        Phase::Creating => session::Phase::Creating,
        Phase::Action => session::Phase::Action,
        Phase::Processing => session::Phase::Processing,
        _ => session::Phase::Unknown,
    }
}

fn last(attempt: &Attempt) -> Option<LastAttempt> {
    let kind = match attempt.phase {
        Phase::Succeeded => return None,
        Phase::Failed => attempt.failure.unwrap_or(FailureKind::Other),
        Phase::Undoing | Phase::Voided | Phase::Refunded => FailureKind::ApprovedLate,
        _ => FailureKind::Cancelled,
    };
    Some(LastAttempt {
        id: attempt.id.clone(),
        cancelled: kind == FailureKind::Cancelled,
        failure: Failure::of(kind),
        failed_message_for_user: words_of(attempt, kind).to_owned(),
        req_id: attempt.req_id.clone(),
    })
}

fn reversal(order: &Order, attempts: &[Attempt]) -> Option<Reversal> {
    let left = |attempt: &Attempt| attempt.abandoned && attempt.phase.may_pay();
    let any = |phases: &[Phase]| {
        attempts
            .iter()
            .any(|attempt| phases.contains(&attempt.phase))
    };
    if any(&[Phase::Undoing]) {
        Some(Reversal::Returning)
    } else if order.settled == Settled::Open && attempts.iter().any(left) {
        Some(Reversal::Possible)
    } else if any(&[Phase::Voided, Phase::Refunded]) {
        Some(Reversal::Returned)
    } else {
        None
    }
}

fn standing(order: &Order, session: &Session, open: bool, now: i64) -> Standing {
    match order.settled {
        Settled::Paid => Standing::Paid,
        Settled::Authorised => Standing::Authorised,
        Settled::Open if open => Standing::Open,
        Settled::Open if session.cancelled => Standing::Cancelled,
        Settled::Open if session.expires_at <= now => Standing::Expired,
        Settled::Open => Standing::Open,
    }
}

impl Server {
    /// The state of a session, from its order and the attempts read before that.
    pub(crate) fn state_of(
        &self,
        session: &Session,
        order: &Order,
        attempts: &[Attempt],
        tokenizer: Tokenizer,
    ) -> Option<SessionState> {
        let Some(organisation) = self.organisation(&order.org) else {
            tracing::error!(
                order = order.id,
                "its organisation is no longer in the settings"
            );
            return None;
        };
        let now = now_ms();
        let open = attempts.iter().find(|attempt| attempt.is_open());
        let attempt = open.map_or_else(
            || session::Attempt {
                id: order.next_attempt.clone(),
                phase: session::Phase::New,
                action_required_token: String::new(),
                req_id: String::new(),
            },
            |attempt| session::Attempt {
                id: attempt.id.clone(),
                phase: phase(attempt.phase),
                action_required_token: (attempt.phase == Phase::Action)
                    .then(|| self.action_token(attempt))
                    .flatten()
                    .unwrap_or_default(),
                req_id: attempt.req_id.clone(),
            },
        );
        Some(SessionState {
            org_id: order.org.clone(),
            order_id: order.id.clone(),
            reference: order.reference.clone(),
            merchant: organisation.name.clone(),
            total: Money::new(order.total.minor, order.total.currency),
            lines: order.lines.clone(),
            capture: match order.capture {
                Capture::After(_) => Capture::Manual,
                capture => capture,
            },
            language: session.language.clone(),
            mode: session.mode,
            success_url: session.success_url.clone(),
            cancel_url: session.cancel_url.clone(),
            parent_origins: session.parent_origins.clone(),
            server_time: now / 1000,
            expires_at: session.expires_at / 1000,
            tokenizer,
            sandbox: self.settings.sandbox,
            features: vec![Feature::IdempotencyKey, Feature::Status, Feature::Cancel],
            last: attempts
                .iter()
                .rev()
                .find(|attempt| !attempt.is_open())
                .and_then(last),
            order: standing(order, session, open.is_some(), now),
            reversal: reversal(order, attempts),
            attempt,
        })
    }
}
