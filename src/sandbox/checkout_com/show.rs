//! Payments and actions as JSON, in the published shapes.

use serde_json::{Value, json};

use super::{
    super::clock::rfc3339,
    codes,
    ledger::{Action, Payment, Status},
};

/// The 201 answer of a decided payment.
pub(crate) fn decided(payment: &Payment, base: &str) -> Value {
    let mut shown = json!({
        "id": payment.id,
        "action_id": payment.actions.last().map(|action| &action.id),
        "amount": payment.order.amount,
        "currency": payment.order.currency,
        "approved": payment.approved(),
        "status": payment.status.name(),
        "response_code": payment.code,
        "response_summary": codes::summary(&payment.code),
        "risk": {"flagged": payment.code.starts_with('4')},
        "source": source(payment),
        "processed_on": rfc3339(payment.requested_on),
        "_links": links(payment, base),
    });
    if payment.approved() {
        shown["auth_code"] = json!(auth_code(payment));
        shown["scheme_id"] = json!(scheme_id(payment));
    }
    if payment.order.three_ds {
        // Frictionless: the bank was asked and let the shopper pass.
        shown["3ds"] = json!({"downgraded": false, "enrolled": "Y"});
        shown["eci"] = json!("05");
    }
    with_own_words(shown, payment)
}

/// The 202 answer of a payment whose bank asks the shopper.
pub(crate) fn pending(payment: &Payment, base: &str, bank: &str) -> Value {
    let mut links = links(payment, base);
    if let Some(challenge) = &payment.challenge {
        links["redirect"] = json!({"href": format!("{bank}/3ds/{}", challenge.key)});
    }
    let shown = json!({
        "id": payment.id,
        "status": payment.status.name(),
        "3ds": {"downgraded": false, "enrolled": "Y"},
        "_links": links,
    });
    with_own_words(shown, payment)
}

/// The payment as it stands; by a `sid_` id with a short list of its actions.
pub(crate) fn standing(payment: &Payment, base: &str, by_session: bool) -> Value {
    let mut shown = json!({
        "id": payment.id,
        "requested_on": rfc3339(payment.requested_on),
        "source": source(payment),
        "amount": payment.order.amount,
        "currency": payment.order.currency,
        "payment_type": payment.order.payment_type,
        "approved": payment.approved(),
        "status": payment.status.name(),
        "risk": {"flagged": payment.code.starts_with('4')},
        "_links": links(payment, base),
    });
    if payment.order.three_ds {
        let mut three_ds = json!({"downgraded": false, "enrolled": "Y", "version": "2.2.0"});
        let answer = match payment.status {
            Status::Pending | Status::Expired => None,
            Status::Canceled | Status::Declined if payment.challenge.is_some() => Some("N"),
            _ => Some("Y"),
        };
        if let Some(answer) = answer {
            three_ds["authentication_response"] = json!(answer);
        }
        shown["3ds"] = three_ds;
        shown["eci"] = json!("05");
    }
    if payment.approved() {
        shown["scheme_id"] = json!(scheme_id(payment));
    }
    if by_session {
        let brief = |a: &Action| {
            json!({"id": a.id, "type": a.kind, "response_code": a.code,
                   "response_summary": codes::summary(&a.code)})
        };
        shown["actions"] = payment.actions.iter().rev().map(brief).collect();
    }
    if let Some(metadata) = &payment.order.metadata {
        shown["metadata"] = metadata.clone();
    }
    with_own_words(shown, payment)
}

/// The payment's history, newest first.
pub(crate) fn actions(payment: &Payment) -> Value {
    let show = |action: &Action| {
        let mut shown = json!({
            "id": action.id,
            "type": action.kind,
            "processed_on": rfc3339(action.at),
            "amount": action.amount,
            "approved": action.code == codes::APPROVED,
            "response_code": action.code,
            "response_summary": codes::summary(&action.code),
        });
        if action.kind == "Authorization" && payment.approved() {
            shown["auth_code"] = json!(auth_code(payment));
        }
        if let Some(reference) = &action.reference {
            shown["reference"] = json!(reference);
        }
        if let Some(metadata) = &action.metadata {
            shown["metadata"] = metadata.clone();
        }
        shown
    };
    payment.actions.iter().rev().map(show).collect()
}

/// The 202 answer of a capture, void or refund.
pub(crate) fn accepted(
    payment: &Payment,
    action: &str,
    reference: Option<&str>,
    base: &str,
) -> Value {
    let mut shown = json!({
        "action_id": action,
        "_links": {"payment": {"href": format!("{base}/payments/{}", payment.id)}},
    });
    if let Some(reference) = reference {
        shown["reference"] = json!(reference);
    }
    shown
}

fn with_own_words(mut shown: Value, payment: &Payment) -> Value {
    if let Some(reference) = &payment.order.reference {
        shown["reference"] = json!(reference);
    }
    if let Some(customer) = &payment.order.customer {
        let mut customer = customer.clone();
        if customer["id"].is_null() {
            customer["id"] = json!(payment.id.replacen("pay_", "cus_", 1));
        }
        shown["customer"] = customer;
    }
    shown
}

fn links(payment: &Payment, base: &str) -> Value {
    let own = format!("{base}/payments/{}", payment.id);
    let mut links = json!({
        "self": {"href": own},
        "actions": {"href": format!("{own}/actions")},
    });
    if payment.capturable() {
        links["capture"] = json!({"href": format!("{own}/captures")});
    }
    if payment.voidable() && !payment.order.capture {
        links["void"] = json!({"href": format!("{own}/voids")});
    }
    if payment.captured > payment.refunded {
        links["refund"] = json!({"href": format!("{own}/refunds")});
    }
    links
}

fn source(payment: &Payment) -> Value {
    let card = &payment.card;
    let mut source = json!({
        "type": "card",
        "expiry_month": card.month,
        "expiry_year": card.year,
        "scheme": card.scheme,
        "last4": card.last4,
        "fingerprint": card.fingerprint,
        "bin": card.bin,
        "card_type": "Credit",
        "card_category": "Consumer",
        "issuer": "Sandbox Bank",
        "issuer_country": "GB",
        "product_id": "F",
        "product_type": "CLASSIC",
        "avs_check": "S",
    });
    if payment.approved() {
        source["id"] = json!(payment.source_id);
    }
    if card.has_cvv {
        let check = if payment.code == "200N7" { "N" } else { "Y" };
        source["cvv_check"] = json!(check);
    }
    if let Some(name) = &card.name {
        source["name"] = json!(name);
    }
    source
}

/// Six digits that stay the same for one payment.
fn auth_code(payment: &Payment) -> String {
    format!("{:06}", digits(payment) % 1_000_000)
}

fn scheme_id(payment: &Payment) -> String {
    format!("{:015}", digits(payment) % 1_000_000_000_000_000)
}

fn digits(payment: &Payment) -> u64 {
    payment.id.bytes().fold(7, |sum: u64, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    })
}
