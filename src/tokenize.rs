//! The card becomes a token: one request to the payment system, with a key that browsers may
//! have.
//!
//! This is the only request that ever holds a card number or security code.

mod checkout_com;
mod primer;

use crate::{
    card::Card,
    http::{Request, Response},
    json::{self, Fields},
    outcome::{Failure, FailureKind},
    sensitive::Sensitive,
    session::Tokenizer,
};

/// A card's token: used once, dead after 15 minutes.
pub type Token = Sensitive<String>;

/// The request that turns `card` into a token.
pub fn request(tokenizer: &Tokenizer, card: &Card) -> Request {
    let mut request = match tokenizer {
        Tokenizer::CheckoutCom { url, public_key } => checkout_com::request(url, public_key, card),
        Tokenizer::Primer { url, access_token } => primer::request(url, access_token, card),
    };
    request.deadline_ms = 20_000;
    request
}

/// The token, or why there is none. No payment has been asked for in either case.
///
/// # Errors
/// The card was refused (with the field at fault, where told), or the system was not able to.
pub fn parse(response: &Response) -> Result<Token, Failure> {
    let value = json::parse(response.body.as_bytes());
    let body = value.as_ref().and_then(Fields::of);
    match response.status {
        200..=299 => body
            .and_then(|body| body.text("token"))
            .filter(|token| !token.is_empty())
            .map(Sensitive::new)
            .ok_or(Failure::of(FailureKind::TokenizerUnavailable)),
        400 | 422 => Err(body
            .and_then(|body| checkout_com::fault(body).or_else(|| primer::fault(body)))
            // No bank was asked, and none declined.
            .unwrap_or(FailureKind::TokenizerUnavailable)
            .into()),
        429 => Err(FailureKind::RateLimited.into()),
        _ => Err(FailureKind::TokenizerUnavailable.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Response, parse};
    use crate::outcome::FailureKind;

    fn answer(status: u16, body: &str) -> Response {
        Response {
            status,
            body: body.into(),
            ..Response::default()
        }
    }

    #[test]
    fn f22_the_field_at_fault_is_told() {
        let refused = answer(422, r#"{"error_codes":["cvv_invalid"]}"#);
        assert_eq!(parse(&refused).unwrap_err().kind, FailureKind::IncorrectCvc);
        let holder = answer(422, r#"{"error_codes":["x",7,"card_holder_invalid"]}"#);
        assert_eq!(parse(&holder).unwrap_err().kind, FailureKind::IncorrectName);
    }

    #[test]
    fn f38_and_trap_27_a_failing_tokenizer_never_reads_as_a_decline() {
        for (status, body) in [
            (401, ""),
            (503, "<html>"),
            (201, "{}"),
            (201, r#"{"token":""}"#),
            (422, r#"{"error_codes":["processing_error"]}"#),
            (422, "{}"),
        ] {
            let failure = parse(&answer(status, body)).unwrap_err();
            assert_eq!(
                failure.kind,
                FailureKind::TokenizerUnavailable,
                "{status} {body}"
            );
        }
    }
}
