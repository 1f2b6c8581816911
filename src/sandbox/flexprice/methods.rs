//! Saved payment methods of a customer, as the page about setup intents shows them: by
//! provider, each as a setup intent that has succeeded.

use serde_json::{Value, json};

use super::{
    answer::Refusal,
    ledger::{Card, Office},
};

/// The documents want the provider in the body of the GET; a GET without one is answered for
/// the only provider that there is, as many clients can't send a body.
pub(super) fn shown(office: &Office, id: &str, body: &[u8]) -> Result<Value, Refusal> {
    let asked: Value = serde_json::from_slice(body).unwrap_or_default();
    if !body.is_empty() && asked["provider"] != "stripe" {
        let message = "Currently only 'stripe' provider is supported";
        return Err(Refusal::invalid(
            message,
            "unsupported payment provider",
            Value::Null,
        ));
    }
    let customer = office.customers.iter().find(|customer| customer.id == id);
    let customer = customer.ok_or_else(|| Refusal::not_found("Customer", id))?;
    if customer.cards.is_empty() {
        return Ok(json!({}));
    }
    let cards: Vec<Value> = customer.cards.iter().map(|card| intent(id, card)).collect();
    Ok(json!({"stripe": cards}))
}

fn intent(customer: &str, card: &Card) -> Value {
    json!({
        "id": card.id,
        "status": "succeeded",
        "usage": "off_session",
        "customer_id": customer,
        "payment_method_id": card.id,
        "payment_method_details": {
            "id": card.id,
            "type": "card",
            "customer": format!("cus_{}", customer.trim_start_matches("cust_")),
            "created": card.created,
            "card": {
                "brand": card.brand,
                "last4": card.last4,
                "exp_month": 12,
                "exp_year": 2099,
                "fingerprint": format!("fp{}", card.last4),
            },
            "metadata": {},
        },
        "is_default": card.default,
        "created_at": card.created,
    })
}
