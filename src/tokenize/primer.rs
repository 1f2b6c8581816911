//! Primer `POST {pciUrl}/payment-instruments`: all of the card is texts, the year has four digits
//! (trap 16), and the header takes the access token from inside of the client token (trap 13).
//! For live cards Primer asks for its own hosted inputs; this is for its stand-in.

use serde::Serialize;
use serde_json::Value;

use crate::{
    card::{Card, Network},
    client_token::API_VERSION,
    http::Request,
    json::{self, Fields},
    outcome::FailureKind,
    sensitive::Sensitive,
};

pub(super) fn request(url: &str, access_token: &Sensitive<String>, card: &Card) -> Request {
    #[derive(Serialize)]
    struct Body<'a> {
        #[serde(rename = "paymentInstrument")]
        instrument: Instrument<'a>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Instrument<'a> {
        number: &'a str,
        cvv: &'a str,
        expiration_month: &'a str,
        expiration_year: &'a str,
        cardholder_name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        preferred_network: Option<&'static str>,
    }
    let month = card.expiry_month();
    let month = [if month < 10 { "0" } else { "" }, &month.to_string()].concat();
    let body = json::write(&Body {
        instrument: Instrument {
            // EXPOSE: the token request is the one place where the card goes.
            number: card.number().expose(),
            // EXPOSE: as above.
            cvv: card.cvc().expose(),
            expiration_month: &month,
            expiration_year: &card.expiry_year().to_string(),
            // EXPOSE: as above.
            cardholder_name: card.name().expose(),
            preferred_network: card.preferred().map(named),
        },
    });
    Request::post(url, body)
        .header("x-api-version", API_VERSION)
        // EXPOSE: it goes to the address that came with it, in the same client token.
        .header("primer-client-token", access_token.expose().as_str())
}

/// A network as Primer spells it.
fn named(network: Network) -> &'static str {
    match network {
        Network::CartesBancaires => "CARTES_BANCAIRES",
        Network::Dankort => "DANKORT",
        Network::Mastercard => "MASTERCARD",
        Network::Visa => "VISA",
    }
}

/// The field at fault, where one is told: by its name, or by its path.
pub(super) fn fault(body: Fields<'_>) -> Option<FailureKind> {
    let wrong = body.inner("error")?.get("validationErrors")?.as_array()?;
    wrong.iter().find_map(|item| {
        let fields = Fields::of(item)?;
        match fields.get("errors").and_then(Value::as_array) {
            // Grouped by the model that they belong to.
            Some(group) => group.iter().find_map(|item| kind_of(Fields::of(item)?)),
            None => kind_of(fields),
        }
    })
}

fn kind_of(item: Fields<'_>) -> Option<FailureKind> {
    Some(match item.str("field")?.rsplit('.').next()? {
        "number" => FailureKind::IncorrectNumber,
        "cvv" => FailureKind::IncorrectCvc,
        "expirationMonth" | "expirationYear" => FailureKind::IncorrectExpiry,
        "cardholderName" => FailureKind::IncorrectName,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::request;
    use crate::{
        card::{Card, Form, Network},
        http::Response,
        outcome::FailureKind,
        tokenize::parse,
    };

    fn card(expiry: &str) -> Card {
        let form = Form {
            number: "4916994064252017".to_owned().into(),
            expiry: expiry.to_owned().into(),
            cvc: "012".to_owned().into(),
            name: "J. Ümit".to_owned().into(),
        };
        form.parse(1_800_000_000).unwrap()
    }

    #[test]
    fn trap_13_and_16_the_card_goes_as_texts_under_the_access_token() {
        for (typed, month, year) in [("03/30", "03", "2030"), ("11/2031", "11", "2031")] {
            let url = "https://pci.example/payment-instruments";
            let request = request(url, &"acc-1".to_owned().into(), &card(typed));
            assert_eq!(request.url, url);
            let header = |name: &str| {
                let found = request.headers.iter().find(|(own, _)| *own == name);
                found.map(|(_, value)| value.expose().clone())
            };
            assert_eq!(header("primer-client-token").as_deref(), Some("acc-1"));
            assert_eq!(header("x-api-version").as_deref(), Some("2.4"));
            assert_eq!(header("authorization"), None);
            let body = request.body.unwrap();
            let body: serde_json::Value = serde_json::from_str(body.expose()).unwrap();
            assert_eq!(
                body,
                serde_json::json!({"paymentInstrument": {
                    "number": "4916994064252017",
                    "cvv": "012",
                    "expirationMonth": month,
                    "expirationYear": year,
                    "cardholderName": "J. Ümit",
                }})
            );
        }
    }

    #[test]
    fn a_network_is_named_only_where_the_shopper_chose_one_of_the_card() {
        let typed = |number: &str| Form {
            number: number.to_owned().into(),
            expiry: "12/30".to_owned().into(),
            cvc: "012".to_owned().into(),
            name: "Jo Doe".to_owned().into(),
        };
        for (number, wish, sent) in [
            ("4000002500001001", None, None),
            (
                "4000002500001001",
                Some(Network::CartesBancaires),
                Some("CARTES_BANCAIRES"),
            ),
            ("4000002500001001", Some(Network::Visa), Some("VISA")),
            ("4000002500001001", Some(Network::Mastercard), None),
            (
                "5555552500001001",
                Some(Network::Mastercard),
                Some("MASTERCARD"),
            ),
            (
                "4571 0000 0000 0001",
                Some(Network::Dankort),
                Some("DANKORT"),
            ),
            ("4242424242424242", Some(Network::Visa), None),
        ] {
            let card = typed(number).parse(1_800_000_000).unwrap().preferring(wish);
            let request = request("https://pci.example", &"acc".to_owned().into(), &card);
            let body: serde_json::Value =
                serde_json::from_str(request.body.unwrap().expose()).unwrap();
            let instrument = body["paymentInstrument"].as_object().unwrap();
            let named = instrument.get("preferredNetwork");
            assert_eq!(named.and_then(|named| named.as_str()), sent, "{number}");
            assert_eq!(named.is_some(), sent.is_some(), "{number}: left out");
        }
    }

    #[test]
    fn f22_f38_primers_refusals_name_the_field_and_are_no_decline() {
        let kind = |status, body: &str| {
            let answer = Response {
                status,
                body: body.into(),
                ..Response::default()
            };
            parse(&answer).unwrap_err().kind
        };
        let wrong = |field: &str| {
            format!(r#"{{"error":{{"validationErrors":[7,{{"field":"{field}","error":"x"}}]}}}}"#)
        };
        for (field, expected) in [
            ("number", FailureKind::IncorrectNumber),
            ("cvv", FailureKind::IncorrectCvc),
            (
                "paymentInstrument.expirationYear",
                FailureKind::IncorrectExpiry,
            ),
            ("expirationMonth", FailureKind::IncorrectExpiry),
            ("cardholderName", FailureKind::IncorrectName),
            ("preferredNetwork", FailureKind::TokenizerUnavailable),
        ] {
            assert_eq!(kind(422, &wrong(field)), expected, "{field}");
            assert_eq!(kind(400, &wrong(field)), expected, "{field}");
        }
        let grouped =
            r#"{"error":{"validationErrors":[{"model":"c","errors":[{"field":"cvv"}]}]}}"#;
        assert_eq!(kind(422, grouped), FailureKind::IncorrectCvc);
        for (status, body) in [
            (401, r#"{"error":{"errorId":"InvalidClientToken"}}"#),
            (400, r#"{"error":{"validationErrors":[]}}"#),
            (503, "<html>"),
            (200, r#"{"token":7}"#),
        ] {
            assert_eq!(
                kind(status, body),
                FailureKind::TokenizerUnavailable,
                "{status}"
            );
        }
        assert_eq!(kind(429, "{}"), FailureKind::RateLimited);
    }
}
