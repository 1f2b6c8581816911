//! What `GET /orders/{orderId}` and the operator's list say of captures, voids and refunds.

use serde_json::{Value, json};

use super::{Fate, Instruction};
use crate::{
    server::{
        attempt::Attempt,
        order::{Order, Settled},
        report::precise,
        store::Whole,
    },
    session::Capture,
};

fn winner(whole: &Whole) -> Option<&Attempt> {
    let id = whole.order.winner.as_ref()?;
    whole.attempts.iter().find(|attempt| attempt.id == *id)
}

/// What is taken; `None` if how much of it isn't known. What is captured automatically is, as
/// soon as the order is paid.
fn captured(order: &Order, winner: &Attempt) -> Option<i64> {
    let paid = order.settled == Settled::Paid && !winner.released;
    match winner.capture {
        Capture::Automatic | Capture::After(_) if paid => Some(winner.total.minor),
        Capture::Manual if paid && winner.captured == 0 => None,
        _ => Some(winner.captured),
    }
}

fn shown(one: &Instruction) -> Value {
    let mut shown = json!({
        "actionId": one.id,
        "kind": one.kind.name(),
        "status": one.fate.name(),
        "askedAt": precise(one.created_at),
    });
    let amount = match one.fate {
        Fate::Done => Some(one.came_to),
        _ => one.amount,
    };
    if let Some(amount) = amount {
        shown["amount"] = json!(amount);
    }
    if let Some(reference) = &one.reference {
        shown["reference"] = json!(reference);
    }
    if let Some(id) = &one.gateway_action {
        shown["gatewayActionId"] = json!(id);
    }
    if !one.fate.is_open() {
        shown["settledAt"] = json!(precise(one.updated_at));
    }
    if let Some(why) = &one.why {
        shown["why"] = json!(why.trim());
    }
    shown
}

/// Adds the amounts and the actions to an order.
pub(crate) fn add_to(body: &mut Value, whole: &Whole) {
    if let Some(winner) = winner(whole) {
        if let Some(captured) = captured(&whole.order, winner) {
            body["capturedAmount"] = json!(captured);
        }
        body["refundedAmount"] = json!(winner.refunded);
    }
    if !whole.instructions.is_empty() {
        body["actions"] = whole.instructions.iter().map(shown).collect();
    }
}

/// What has been open since before `before`, and what to do about it: attempt, since, words.
pub(crate) fn open_lines(whole: &Whole, before: i64) -> Vec<(&Attempt, i64, String)> {
    let open = whole
        .instructions
        .iter()
        .filter(|one| one.fate.is_open() && one.created_at < before);
    open.filter_map(|one| {
        let attempt = whole
            .attempts
            .iter()
            .find(|attempt| attempt.id == one.attempt)?;
        let told = match one.fate {
            Fate::Accepted => "was accepted by the gateway and has not shown yet",
            _ => "has no clear answer of the gateway yet, and is repeated under its own key",
        };
        let todo = format!(
            "the {} {} {told}; it is asked about: look at the payment at the gateway if it stays",
            one.kind.name(),
            one.id
        );
        Some((attempt, one.created_at, todo))
    })
    .collect()
}
