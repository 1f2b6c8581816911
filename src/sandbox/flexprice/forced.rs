//! Outcomes ordered from outside: the next payment that is processed ends so.

use serde_json::Value;

use super::ledger::Verdict;

/// What the gateway says of a declined card, unless something else is ordered.
pub(crate) const DECLINED: &str = "Your card was declined.";

/// How processing ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// As the gateway says.
    Gateway(Verdict),
    /// The gateway did not answer.
    Broken,
}

impl Outcome {
    /// Reads `succeeded`, `failed`, `processing`, `broken`, or `{outcome, message}`.
    pub(crate) fn read(value: &Value) -> Result<Self, String> {
        let message = value["message"].as_str().unwrap_or(DECLINED);
        match value.as_str().or(value["outcome"].as_str()) {
            Some("succeeded") => Ok(Self::Gateway(Verdict::Paid)),
            Some("failed") => Ok(Self::Gateway(Verdict::Declined(message.to_owned()))),
            Some("processing") => Ok(Self::Gateway(Verdict::Later)),
            Some("broken") => Ok(Self::Broken),
            _ => Err(
                "next: expected succeeded, failed, processing, broken, or {outcome, message}"
                    .into(),
            ),
        }
    }
}
