//! An attempt as the payment contract tells it. It is written from the stored attempt every
//! time, so that a repeat is answered as the first call, or with what was learnt since.

use crate::{
    outcome::{Failure, FailureKind},
    payment::{Answer, Status},
};

use super::{
    Server,
    attempt::{Attempt, Phase},
};

/// What the shopper is told by clients that know no kinds. None names stolen cards, fraud or
/// "do not honour" (T23).
pub(crate) fn words(kind: FailureKind) -> &'static str {
    use FailureKind as Kind;
    match kind {
        Kind::ActionLoop | Kind::ActionUnsupported => {
            "Your bank asked for a step that can't be shown here. You have not been charged. \
             Try another card."
        }
        Kind::AuthenticationFailed => {
            "Your bank could not confirm that it is you. You have not been charged. Try again or \
             use another card."
        }
        Kind::AuthenticationTimeout => {
            "Your bank did not confirm the payment in time. You have not been charged. Try again."
        }
        Kind::Cancelled => {
            "The payment was cancelled. You have not been charged. You can pay again."
        }
        Kind::CardAgain => {
            "The payment has to be started again. You have not been charged. Complete the card \
             details and press Pay again."
        }
        Kind::ApprovedLate => {
            "Your bank approved the payment too late. It is being given back; you pay nothing \
             for it, though it may show as reserved until then. You can pay again."
        }
        Kind::CardDeclined => {
            "Your card was declined. You have not been charged. Try another card."
        }
        Kind::DeclinedForNow => {
            "The payment was not accepted this time. You have not been charged. Try again later \
             or use another card."
        }
        Kind::ExpiredCard => {
            "The card has expired. You have not been charged. Check the date or use another card."
        }
        Kind::IncorrectCvc => {
            "The security code is wrong. You have not been charged. Enter it again."
        }
        Kind::IncorrectDetails => {
            "The date or the security code is wrong. You have not been charged. Check both."
        }
        Kind::IncorrectExpiry => "The expiry date is wrong. You have not been charged. Check it.",
        Kind::IncorrectName => {
            "The name on the card is wrong. You have not been charged. Check it."
        }
        Kind::IncorrectNumber => "The card number is wrong. You have not been charged. Check it.",
        Kind::InsufficientFunds => {
            "There is not enough money on the card. You have not been charged. Try another card."
        }
        Kind::IssuerUnavailable => {
            "The card's bank can't be reached. You have not been charged. Try again later or use \
             another card."
        }
        Kind::LimitExceeded => {
            "The payment is over the card's limit. You have not been charged. Try another card."
        }
        Kind::MerchantMisconfiguration => {
            "The shop can't take this payment. You have not been charged. Tell the shop."
        }
        Kind::NotPermitted => {
            "The card can't be used for this payment. You have not been charged. Try another card."
        }
        Kind::RateLimited => "Too many tries. You have not been charged. Try again later.",
        Kind::GatewayUnavailable | Kind::Offline | Kind::TokenizerUnavailable | Kind::Other => {
            "The payment could not be made. You have not been charged. Try again later."
        }
    }
}

/// The same for an attempt. One that was left at the bank may still be approved: nobody is told
/// that nothing is charged.
pub(crate) fn words_of(attempt: &Attempt, kind: FailureKind) -> &'static str {
    if attempt.abandoned && attempt.phase.may_pay() {
        "You left your bank's page. If your bank still approves the payment, it either pays this \
         order or is given back; you never pay twice. You can pay again."
    } else {
        words(kind)
    }
}

impl Server {
    /// The answer of create_payment and resume_payment for an attempt.
    pub(crate) fn answer(&self, attempt: &Attempt) -> Answer {
        let (status, failure) = match attempt.phase {
            Phase::Succeeded => (Status::Succeeded, None),
            Phase::Failed => (
                Status::Failed,
                Some(attempt.failure.unwrap_or(FailureKind::Other)),
            ),
            Phase::Undoing | Phase::Voided | Phase::Refunded => {
                (Status::Failed, Some(FailureKind::ApprovedLate))
            }
            Phase::Cancelled => (Status::Cancelled, Some(FailureKind::Cancelled)),
            _ if attempt.abandoned => (Status::Cancelled, Some(FailureKind::Cancelled)),
            Phase::Creating | Phase::Action | Phase::Processing | Phase::Unknown => {
                (Status::Processing, None)
            }
        };
        let action = (attempt.phase == Phase::Action && !attempt.abandoned)
            .then(|| self.action_token(attempt))
            .flatten();
        Answer {
            action_required_token: action,
            status,
            message: failure.map(|kind| words_of(attempt, kind).to_owned()),
            order_id: Some(attempt.order_id.clone()),
            failure: failure.map(Failure::of),
            req_id: Some(attempt.req_id.clone()),
        }
    }
}
