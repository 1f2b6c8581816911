//! Checkout.com `POST /tokens`: integers for month and year, 201 with `tok_…`, 401 with an empty
//! body, 422 with `error_codes`.

use serde::Serialize;

use crate::{
    card::Card,
    http::Request,
    json::{self, Fields},
    outcome::FailureKind,
};

pub(super) fn request(url: &str, public_key: &str, card: &Card) -> Request {
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
    let request = Request::post(url, body);
    // Keys of the previous platform travel without `Bearer`; the live ones are `pk_` and a UUID.
    if public_key.starts_with("pk_test_") || public_key.contains('-') {
        request.header("authorization", public_key)
    } else {
        request.header("authorization", format!("Bearer {public_key}"))
    }
}

/// The field at fault, where one is told.
pub(super) fn fault(body: Fields<'_>) -> Option<FailureKind> {
    let codes = body.get("error_codes")?.as_array()?;
    codes.iter().find_map(|code| kind_of(code.as_str()?))
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
