//! The card becomes a token: one request to the payment system, with its public key.
//!
//! This is the only request that ever holds a card number or security code.
//! Source: Checkout.com `POST /tokens`: integers for month and year, 201 with `tok_…`,
//! 401 with an empty body, 422 with `error_codes`.

use serde::Serialize;

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
    let Tokenizer::CheckoutCom { url, public_key } = tokenizer;
    #[derive(Serialize)]
    struct Body<'a> {
        #[serde(rename = "type")]
        kind: &'static str,
        number: &'a str,
        expiry_month: u8,
        expiry_year: u16,
        cvv: &'a str,
        name: &'a str,
    }
    let body = json::write(&Body {
        kind: "card",
        // EXPOSE: the token request is the one place where the card goes.
        number: card.number().expose(),
        expiry_month: card.expiry_month(),
        expiry_year: card.expiry_year(),
        // EXPOSE: as above.
        cvv: card.cvc().expose(),
        // EXPOSE: as above.
        name: card.name().expose(),
    });
    let mut request = Request::post(url.clone(), body);
    request.deadline_ms = 20_000;
    // Keys of the previous platform travel without `Bearer`; the live ones are UUIDs.
    if public_key.starts_with("pk_test_") || public_key.contains('-') {
        request.header("authorization", public_key.clone())
    } else {
        request.header("authorization", format!("Bearer {public_key}"))
    }
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
        422 => Err(body
            .and_then(|body| body.get("error_codes")?.as_array())
            .and_then(|codes| codes.iter().find_map(|code| kind_of(code.as_str()?)))
            // No bank was asked, and none declined.
            .unwrap_or(FailureKind::TokenizerUnavailable)
            .into()),
        429 => Err(FailureKind::RateLimited.into()),
        _ => Err(FailureKind::TokenizerUnavailable.into()),
    }
}

fn kind_of(code: &str) -> Option<FailureKind> {
    Some(match code {
        "card_number_invalid" | "card_number_required" => FailureKind::IncorrectNumber,
        "card_expired" => FailureKind::ExpiredCard,
        "card_expiry_month_invalid"
        | "card_expiry_month_required"
        | "card_expiry_year_invalid"
        | "card_expiry_year_required"
        | "expiry_date_format_invalid" => FailureKind::IncorrectExpiry,
        "cvv_invalid" => FailureKind::IncorrectCvc,
        "card_holder_invalid" => FailureKind::IncorrectName,
        _ => return None,
    })
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
