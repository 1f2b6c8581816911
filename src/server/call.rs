//! One call of the gateway: made, timed, and written into the order's history. A question that
//! is answered as the one before is only logged. Card data, tokens and keys are in the request
//! and never in what is written.

use std::time::Instant;

use serde_json::json;

use crate::{
    http::{NoAnswer, Request, Response},
    provider::checkout_com::{Action, Found, Payment, Reply, Reversal, Taken, read_actions},
};

use super::{
    Server,
    attempt::Attempt,
    request,
    store::{Happening, What},
};

/// What the gateway was asked, without the ids in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Charge,
    Get,
    Search,
    Actions,
    /// FunnelFox's charge.
    CreatePayment,
    /// FunnelFox, after the bank's question.
    ResumePayment,
    /// Whether the shopper is done with the bank's question.
    ActionStatus,
    Capture,
    Void,
    Refund,
}

impl Call {
    fn template(self) -> &'static str {
        match self {
            Self::Charge => "POST /payments",
            Self::Get => "GET /payments/{id}",
            Self::Search => "GET /payments?reference={reference}",
            Self::Actions => "GET /payments/{id}/actions",
            Self::CreatePayment => "POST create_payment",
            Self::ResumePayment => "POST resume_payment",
            Self::ActionStatus => "GET {statusUrl}",
            Self::Capture => "POST /payments/{id}/captures",
            Self::Void => "POST /payments/{id}/voids",
            Self::Refund => "POST /payments/{id}/refunds",
        }
    }
}

/// The same in a few words.
pub(crate) fn in_words(payment: &Payment) -> String {
    let approved = match payment.approved {
        Some(true) => ", approved",
        Some(false) => ", not approved",
        None => "",
    };
    let step = if payment.redirect.is_some() {
        ", the shopper must go to the bank"
    } else {
        ""
    };
    format!(
        "{} {:?}{approved}{step}",
        payment.id.as_str(),
        payment.state
    )
}

/// What came back of a call.
pub(crate) type Heard = Result<Response, NoAnswer>;

impl Server {
    /// Asks for or about one payment.
    pub(super) async fn payment_call(
        &self,
        attempt: &Attempt,
        call: Call,
        request: &Request,
    ) -> (Reply, Heard) {
        self.call(attempt, call, request, |heard| {
            let reply = heard.as_ref().map_or(Reply::Undecidable, Reply::read);
            let words = match &reply {
                Reply::Payment(payment) => in_words(payment),
                Reply::Rejected { error_codes } => format!("refused: {}", error_codes.join(", ")),
                Reply::Undecidable => "no clear answer".to_owned(),
            };
            ((reply, heard), words)
        })
        .await
    }

    /// Looks for the payments of an attempt.
    pub(super) async fn search_call(&self, attempt: &Attempt, request: &Request) -> Found {
        self.call(attempt, Call::Search, request, |heard| {
            let found = heard.map_or(Found::Undecidable, |response| {
                Found::read(&response, &attempt.reference)
            });
            let words = match &found {
                Found::Payments(list) if list.is_empty() => "none found".to_owned(),
                Found::Payments(list) => list.iter().map(in_words).collect::<Vec<_>>().join("; "),
                Found::Undecidable => "no clear answer".to_owned(),
            };
            (found, words)
        })
        .await
    }

    /// Asks what was done with a payment.
    pub(super) async fn actions_call(
        &self,
        attempt: &Attempt,
        request: &Request,
    ) -> Option<Vec<Action>> {
        self.call(attempt, Call::Actions, request, |heard| {
            let actions = heard.ok().as_ref().and_then(read_actions);
            let words = actions.as_ref().map_or_else(
                || "no clear answer".to_owned(),
                |actions| {
                    actions
                        .iter()
                        .map(|action| {
                            let worked = if action.approved { "" } else { " declined" };
                            format!("{:?} {}{worked}", action.kind, action.amount)
                        })
                        .collect::<Vec<_>>()
                        .join("; ")
                },
            );
            (actions, words)
        })
        .await
    }

    /// Asks for a void or refund.
    pub(super) async fn reversal_call(
        &self,
        attempt: &Attempt,
        call: Call,
        request: &Request,
    ) -> Reversal {
        self.call(attempt, call, request, |heard| {
            let reversal = match &heard {
                Ok(response) => Reversal::read(response),
                Err(_) => Reversal::Undecidable,
            };
            let words = match reversal {
                Reversal::Accepted => "accepted",
                Reversal::Refused => "refused",
                Reversal::Undecidable => "no clear answer",
            };
            (reversal, words.to_owned())
        })
        .await
    }

    /// Asks for a capture, void or refund that the shop wants. Beside the answer: whether the
    /// request was never handed over.
    pub(super) async fn action_call(
        &self,
        attempt: &Attempt,
        call: Call,
        request: &Request,
    ) -> (Taken, bool) {
        self.call(attempt, call, request, |heard| {
            let never_sent = heard == Err(NoAnswer::NotSent);
            let taken = heard.as_ref().map_or(Taken::Undecidable, Taken::read);
            let words = match &taken {
                Taken::Accepted { .. } => "accepted".to_owned(),
                Taken::Refused { error_codes, .. } => format!("refused {}", error_codes.join(", "))
                    .trim_end()
                    .to_owned(),
                Taken::Undecidable => "no clear answer".to_owned(),
            };
            ((taken, never_sent), words)
        })
        .await
    }

    /// Makes a call, reads what came back, and writes both down.
    pub(super) async fn call<T>(
        &self,
        attempt: &Attempt,
        call: Call,
        request: &Request,
        read: impl FnOnce(Heard) -> (T, String),
    ) -> T {
        let started = Instant::now();
        let (heard, gateway_id) = self.sender.send(request).await;
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let status = heard.as_ref().ok().map(|response| response.status);
        let never_sent = heard == Err(NoAnswer::NotSent);
        let (read, words) = read(heard);
        let taken_for = if never_sent {
            "never sent".to_owned()
        } else {
            words
        };
        let mut detail = json!({ "call": call.template(), "ms": ms, "takenFor": taken_for });
        if let Some(status) = status {
            detail["status"] = json!(status);
        }
        if let Some(id) = &gateway_id {
            detail["gatewayRequestId"] = json!(id);
        }
        let code = request::code();
        tracing::info!(
            order = attempt.order_id,
            attempt = attempt.id,
            call = call.template(),
            status,
            ms,
            gateway_request = gateway_id,
            taken_for,
            "gateway called"
        );
        let happening = Happening {
            order_id: &attempt.order_id,
            what: What::GatewayCalled,
            attempt: Some(&attempt.id),
            req_id: code.as_deref(),
            detail,
        };
        match call {
            Call::Capture
            | Call::Void
            | Call::Refund
            | Call::CreatePayment
            | Call::ResumePayment => self.store.note(happening).await,
            Call::Charge | Call::Get | Call::Search | Call::Actions | Call::ActionStatus => {
                self.store.note_if_new(happening).await;
            }
        }
        read
    }
}
