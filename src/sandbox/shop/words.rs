//! What the shop tells its shopper about an order.

use serde_json::Value;

use super::super::template::price;

/// Title and sentence for the shopper: what is true of the money, and nothing else.
pub(super) fn of(order: &Value) -> (&'static str, String) {
    let money = |minor| price(minor, order["currency"].as_str().unwrap_or_default());
    let total = order["amount"].as_i64().unwrap_or_default();
    let amount = money(total);
    let captured = order["capturedAmount"].as_i64().unwrap_or(total);
    let refunded = order["refundedAmount"].as_i64().unwrap_or_default();
    match order["status"].as_str().unwrap_or_default() {
        "paid" | "authorised" if order["released"] == true => (
            "Not paid",
            format!("The {amount} that your bank had reserved were let go. Nothing was taken."),
        ),
        "paid" if refunded > 0 && refunded == captured => (
            "Given back",
            format!("You paid {} and got all of it back.", money(captured)),
        ),
        "paid" if refunded > 0 => (
            "Thank you",
            format!(
                "You paid {} and got {} of it back.",
                money(captured),
                money(refunded)
            ),
        ),
        "paid" if captured < total => (
            "Thank you",
            format!(
                "{} of the {amount} is paid, for what we have shipped.",
                money(captured)
            ),
        ),
        "paid" => (
            "Thank you",
            format!("{amount} is paid. Your parcel leaves tomorrow."),
        ),
        "authorised" => (
            "Thank you",
            format!("{amount} is reserved. We take it when your parcel leaves."),
        ),
        "cancelled" => (
            "Not paid",
            "You left the checkout. Nothing was taken.".to_owned(),
        ),
        "expired" => (
            "Not paid",
            "The checkout was open for too long. Nothing was taken.".to_owned(),
        ),
        "open" if under_way(order) => (
            "Being processed",
            format!(
                "Your bank has not told us yet whether {amount} is paid. Please don't pay again."
            ),
        ),
        "open" => ("Not paid", "Nothing was taken so far.".to_owned()),
        other => (
            "We are looking into it",
            format!("Your order stands at {other:?}."),
        ),
    }
}

/// Whether an attempt may still pay the order.
fn under_way(order: &Value) -> bool {
    let over = [
        "abandoned",
        "cancelled",
        "declined",
        "expired",
        "failed",
        "new",
        "refunded",
        "undoing",
        "voided",
    ];
    order["attempts"].as_array().is_some_and(|attempts| {
        attempts
            .iter()
            .filter_map(|attempt| attempt["status"].as_str())
            .any(|status| !over.contains(&status))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::of;

    fn said(more: &Value) -> String {
        let mut order = json!({"status": "paid", "amount": 3500, "currency": "EUR"});
        for (key, value) in more.as_object().into_iter().flatten() {
            order[key] = value.clone();
        }
        let (title, text) = of(&order);
        format!("{title}: {text}")
    }

    #[test]
    fn nothing_is_called_paid_that_was_let_go_or_given_back() {
        for (order, expected) in [
            (json!({}), "€35.00 is paid"),
            (json!({"status": "authorised"}), "€35.00 is reserved"),
            (
                json!({"capturedAmount": 2000}),
                "€20.00 of the €35.00 is paid",
            ),
            (
                json!({"capturedAmount": 2000, "refundedAmount": 500}),
                "paid €20.00 and got €5.00 of it back",
            ),
            (
                json!({"capturedAmount": 2000, "refundedAmount": 2000}),
                "Given back: You paid €20.00 and got all of it back",
            ),
            (
                json!({"status": "authorised", "released": true}),
                "Not paid: The €35.00 that your bank had reserved were let go",
            ),
            (json!({"released": true, "capturedAmount": 0}), "Not paid"),
        ] {
            let said = said(&order);
            assert!(said.contains(expected), "{order}: {said}");
        }
    }
}
