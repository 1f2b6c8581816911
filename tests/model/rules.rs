//! What must hold whatever happens: the answers as they come, and the books in the end.

use serde_json::Value;

use super::bank::Bank;

/// What was told so far, checked as it is told.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    paid: bool,
    told_failed: Vec<String>,
}

/// The attempt that a gateway's payment was made for.
fn attempt_of(payment: &Value) -> &str {
    let url = payment["success_url"].as_str().unwrap();
    url.rsplit_once("attempt=").unwrap().1
}

/// Whether the payment holds the shopper's money.
fn stands(payment: &Value) -> bool {
    payment["approved"] == true
        && ["Authorized", "Captured"]
            .iter()
            .any(|status| payment["status"] == *status)
}

impl Rules {
    fn told_paid(&mut self, bank: &Bank, by: &Value) -> Result<(), String> {
        self.paid = true;
        // I2: only what the gateway approved is called a success.
        if bank.payments().iter().any(stands) {
            Ok(())
        } else {
            Err(format!("I2: told paid without an approval: {by}"))
        }
    }

    /// An answer of `create_payment` or `resume_payment` about an attempt.
    pub(crate) fn answer(
        &mut self,
        bank: &Bank,
        attempt: &str,
        (status, body): &(u16, Value),
    ) -> Result<(), String> {
        if *status >= 500 {
            return Err(format!("{status} without a reason: {body}"));
        }
        if *status != 200 {
            return Ok(());
        }
        match body["checkout_status"].as_str() {
            Some("succeeded") => self.told_paid(bank, body)?,
            Some("failed") => self.told_failed.push(attempt.into()),
            _ => {}
        }
        Ok(())
    }

    /// A state or an order, which says how far the order is.
    pub(crate) fn order(&mut self, bank: &Bank, body: &Value) -> Result<(), String> {
        let said = body["order"].as_str().or(body["status"].as_str());
        let said = said.ok_or_else(|| format!("no state: {body}"))?;
        if said == "paid" {
            self.told_paid(bank, body)?;
        } else if self.paid {
            return Err(format!("an order went backwards: {body}"));
        }
        if let Some(last) = body["last"]["id"].as_str()
            && body["last"]["cancelled"] == false
        {
            self.told_failed.push(last.into());
        }
        Ok(())
    }

    /// When nothing is left to do.
    pub(crate) fn end(&self, bank: &Bank, order: &Value) -> Result<(), String> {
        let payments = bank.payments();
        let standing: Vec<&Value> = payments.iter().filter(|payment| stands(payment)).collect();
        let paid = order["status"] == "paid";
        // I1: one charge for an order that is paid, none for any other.
        if standing.len() != usize::from(paid) {
            return Err(format!("I1: {} net charges, and {order}", standing.len()));
        }
        // I3: what was called failed never holds money in the end.
        for payment in standing {
            if self.told_failed.iter().any(|id| id == attempt_of(payment)) {
                return Err(format!("I3: told failed, and it stands: {payment}"));
            }
        }
        Ok(())
    }
}

/// Attempts that the servers have still to ask about, but for those that are at the bank.
pub(crate) fn left_open(bank: &Bank, order: &Value) -> Vec<Value> {
    let payments = bank.payments();
    let at_the_bank = |attempt: &Value| {
        payments
            .iter()
            .any(|payment| payment["status"] == "Pending" && attempt_of(payment) == attempt["id"])
            && attempt["gatewayPaymentId"].is_string()
    };
    let open = [
        "creating",
        "action",
        "processing",
        "unknown",
        "undoing",
        "abandoned",
    ];
    let attempts = order["attempts"].as_array().unwrap().iter();
    attempts
        .filter(|attempt| open.iter().any(|phase| attempt["status"] == *phase))
        .filter(|attempt| !at_the_bank(attempt))
        .cloned()
        .collect()
}
