//! The answer to a capture, void or refund: 202 says that it is taken on, not that it is done.

use crate::http::Response;

use super::answer::{error_codes, object};

/// What became of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// How it ends stands in the payment's actions.
    Accepted {
        /// `act_…`; absent where it can't be read.
        action_id: Option<String>,
    },
    /// By this request nothing was done.
    Refused {
        /// 401, 403, 404 or 422.
        status: u16,
        /// `refund_amount_exceeds_balance`, …; empty where the body had none.
        error_codes: Vec<String>,
    },
    /// Nothing can be known from this.
    Undecidable,
}

impl Taken {
    /// Reads the answer to `POST /payments/{id}/captures`, `/voids` or `/refunds`.
    pub fn read(response: &Response) -> Self {
        match response.status {
            200..=202 => Self::Accepted {
                action_id: object(response)
                    .and_then(|body| Some(body.get("action_id")?.as_str()?.to_owned()))
                    .filter(|id| !id.is_empty() && id.len() <= 100),
            },
            status @ (401 | 403 | 404 | 422) => Self::Refused {
                status,
                error_codes: error_codes(response),
            },
            _ => Self::Undecidable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Response, Taken};

    fn read(status: u16, body: &str) -> Taken {
        Taken::read(&Response {
            status,
            retry_after: None,
            body: body.into(),
        })
    }

    #[test]
    fn accepted_refused_and_unclear_are_told_apart() {
        let accepted = |id: Option<&str>| Taken::Accepted {
            action_id: id.map(str::to_owned),
        };
        assert_eq!(
            read(202, r#"{"action_id":"act_1"}"#),
            accepted(Some("act_1"))
        );
        // What was taken on is taken on, whatever can be read of it.
        assert_eq!(read(202, "<html>"), accepted(None));
        let refused = |status, codes: &[&str]| Taken::Refused {
            status,
            error_codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        };
        assert_eq!(read(403, ""), refused(403, &[]));
        assert_eq!(
            read(422, r#"{"error_codes":["refund_amount_exceeds_balance"]}"#),
            refused(422, &["refund_amount_exceeds_balance"])
        );
        for status in [400, 409, 429, 500, 502, 503, 301] {
            assert_eq!(read(status, "{}"), Taken::Undecidable, "{status}");
        }
    }
}
