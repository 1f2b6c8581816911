//! The ways a payment ends, each told once.

use super::{Effect, Effects, Flow, State};
use crate::{
    card::{Problem, Problems},
    embed::Told,
    outcome::{Failure, FailureKind},
    screen::Notice,
    session::{Capture, Feature, Reversal, Standing},
};

/// How often the form asks whether all is still as shown, in milliseconds.
const FORM_MS: i64 = 60_000;
/// The same while a payment that came too late is being given back.
const RETURNING_MS: u32 = 15_000;
/// The form asks so long before the session's end (F48), and again so long after it.
const BEFORE_END_MS: i64 = 5_000;

impl Flow {
    /// Whether nothing can change any more.
    pub(super) fn is_final(&self) -> bool {
        matches!(
            self.state,
            State::Paid | State::Authorised | State::Cancelled | State::Expired
        )
    }

    pub(super) fn succeed(&mut self) -> Effects {
        if matches!(self.state, State::Paid | State::Authorised) {
            return Effects::new();
        }
        let reserved = self.session().is_some_and(|session| match session.order {
            Standing::Authorised => true,
            Standing::Paid => false,
            // The payment contract's `succeeded` says nothing of when the money is taken.
            _ => session.capture == Capture::Manual,
        });
        self.support = None;
        self.problems = Problems::default();
        let told = Told::Succeeded {
            order_id: self.order_id(),
            reference: self
                .session()
                .map(|s| s.reference.clone())
                .unwrap_or_default(),
            status: if reserved { "authorised" } else { "paid" },
        };
        let state = if reserved {
            State::Authorised
        } else {
            State::Paid
        };
        self.close(state, told)
    }

    /// The shopper gave the checkout up.
    pub(super) fn cancelled(&mut self) -> Effects {
        let told = Told::Cancelled {
            order_id: self.order_id(),
            req_id: self.support_code(),
        };
        self.close(State::Cancelled, told)
    }

    pub(super) fn expired(&mut self) -> Effects {
        let told = Told::Expired {
            order_id: self.order_id(),
        };
        self.close(State::Expired, told)
    }

    fn close(&mut self, state: State, told: Told) -> Effects {
        self.notice = None;
        self.enter(state);
        let mut effects = vec![Effect::ClearCard, Effect::Tell(told)];
        effects.extend(self.while_returning());
        effects
    }

    /// Nothing was charged: the form again, with the reason above it. The session is asked for
    /// the next attempt's id.
    pub(super) fn failed(&mut self, failure: Failure, message: Option<String>) -> Effects {
        let told = Told::Declined {
            kind: failure.kind,
            order_id: self.order_id(),
            req_id: self.support_code(),
        };
        if let Some(field) = failure.field {
            self.problems.set(field, Some(Problem::Refused));
        }
        self.notice = Some(match failure.kind {
            FailureKind::Offline => Notice::Offline,
            _ => Notice::Failed { failure, message },
        });
        let mut effects = vec![Effect::Tell(told)];
        if !failure.kind.keeps_cvc() {
            effects.push(Effect::ClearCvc);
        }
        effects.extend(self.form());
        effects
    }

    /// The order is another than was shown: the form shows it first.
    pub(super) fn repriced(&mut self) -> Effects {
        let effects = self.failed(FailureKind::CardAgain.into(), None);
        self.notice = Some(Notice::OrderChanged);
        effects
    }

    /// Nothing was charged: stopped by the shopper (`left`), or cancelled at the bank, by the
    /// contract's word.
    pub(super) fn stopped(&mut self, left: bool) -> Effects {
        self.notice = Some(if left {
            Notice::ChallengeCancelled
        } else {
            Notice::PaymentCancelled
        });
        let told = Told::Cancelled {
            order_id: self.order_id(),
            req_id: self.support_code(),
        };
        let mut effects = vec![Effect::ClearCvc, Effect::Tell(told)];
        effects.extend(self.form());
        effects
    }

    /// Shows the form and asks for the attempt that the next payment will belong to.
    pub(super) fn form(&mut self) -> Effects {
        if self.is_spent() {
            return self.start();
        }
        self.enter(State::Form);
        let mut effects = self.ask_from_form();
        effects.push(self.look_again());
        effects
    }

    pub(super) fn ask_from_form(&mut self) -> Effects {
        if !self.offers(Feature::Status) {
            return Effects::new();
        }
        self.asked_ms = self.now_ms;
        vec![self.ask()]
    }

    /// When the form asks next: now and then, and around the session's end, by the server's
    /// clock. Only the server says that it has come.
    pub(super) fn look_again(&self) -> Effect {
        let left = self.session().zip(self.server_now()).map_or(0, |known| {
            known
                .0
                .expires_at
                .saturating_sub(known.1)
                .saturating_mul(1_000)
        });
        let end = if left > 2 * BEFORE_END_MS {
            left - BEFORE_END_MS
        } else if left > 0 {
            left + 1_000
        } else {
            FORM_MS
        };
        let ms = u32::try_from(end.min(FORM_MS)).unwrap_or(RETURNING_MS);
        self.after(if self.is_returning() {
            ms.min(RETURNING_MS)
        } else {
            ms
        })
    }

    fn is_returning(&self) -> bool {
        self.session()
            .is_some_and(|session| session.reversal == Some(Reversal::Returning))
    }

    /// A final screen asks on until a payment that came too late was given back.
    pub(super) fn while_returning(&self) -> Option<Effect> {
        (self.is_final() && self.is_returning()).then(|| self.after(RETURNING_MS))
    }
}
