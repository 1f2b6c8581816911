//! Checkout.com's codes as our closed list of failures.
//!
//! Risk (4xxxx), stolen, lost, fraud, do-not-honour, closed and invalid accounts are all
//! `card_declined`: a shopper must not be able to tell them apart (T23). A wrong number
//! (20014) is among them, because it also says that an account does not exist.

use crate::outcome::FailureKind as Kind;

/// The failure for a decline's `response_code`; letters occur (`200N7`).
pub fn of_response_code(code: &str) -> Kind {
    match code {
        "20051" => Kind::InsufficientFunds,
        "20054" | "30033" => Kind::ExpiredCard,
        "20100" => Kind::IncorrectExpiry,
        "20082" | "20124" | "200N7" => Kind::IncorrectCvc,
        "20061" | "20065" | "20121" | "30021" | "30022" => Kind::LimitExceeded,
        "20015" | "20031" | "20040" | "20057" | "20058" | "20081" | "20093" | "20103" | "20106"
        | "20156" | "20182" | "30016" | "30017" | "30018" | "30019" | "30044" => Kind::NotPermitted,
        "20022" | "20068" | "20086" | "20090" | "20091" | "20092" | "20096" => {
            Kind::IssuerUnavailable
        }
        "20017" => Kind::Cancelled,
        "20019" | "20101" | "20114" => Kind::CardAgain,
        "20152" => Kind::AuthenticationTimeout,
        "20150" | "20151" | "20153" | "20154" | "20155" | "20159" => Kind::AuthenticationFailed,
        "20003" | "20102" | "20112" | "20157" => Kind::GatewayUnavailable,
        _ => Kind::CardDeclined,
    }
}

/// The failure for the `error_codes` of a refused request: the first one that says something
/// to the shopper, else the payment system did not take the payment.
pub fn of_error_codes(codes: &[String]) -> Kind {
    codes
        .iter()
        .find_map(|code| {
            Some(match code.as_str() {
                "token_expired"
                | "token_in_use"
                | "token_invalid"
                | "token_used"
                | "token_required"
                | "token_data_invalid"
                | "source_token_invalid"
                | "source_token_required"
                | "source_invalid" => Kind::CardAgain,
                "card_number_invalid" | "card_number_required" => Kind::IncorrectNumber,
                "card_expired" => Kind::ExpiredCard,
                "card_expiry_month_invalid"
                | "card_expiry_month_required"
                | "card_expiry_year_invalid"
                | "card_expiry_year_required"
                | "expiry_date_format_invalid" => Kind::IncorrectExpiry,
                "cvv_invalid" => Kind::IncorrectCvc,
                "card_disabled" => Kind::CardDeclined,
                "payment_method_not_supported" | "3ds_not_enabled_for_card" => Kind::NotPermitted,
                "amount_limit_exceeded"
                | "velocity_amount_limit_exceeded"
                | "velocity_count_limit_exceeded" => Kind::LimitExceeded,
                "api_calls_quota_exceeded" => Kind::RateLimited,
                _ => return None,
            })
        })
        .unwrap_or(Kind::GatewayUnavailable)
}

#[cfg(test)]
mod tests {
    use super::{of_error_codes, of_response_code};
    use crate::outcome::FailureKind as Kind;

    #[test]
    fn t23_stolen_fraud_do_not_honour_and_unknown_account_look_the_same() {
        for code in [
            "20005", "20014", "20059", "20063", "20183", "30034", "30041", "30043", "30046",
            "40101", "43301", "44301", "99999", "",
        ] {
            assert_eq!(of_response_code(code), Kind::CardDeclined, "{code}");
        }
    }

    #[test]
    fn helpful_reasons_are_kept() {
        assert_eq!(of_response_code("20051"), Kind::InsufficientFunds);
        assert_eq!(of_response_code("20054"), Kind::ExpiredCard);
        assert_eq!(of_response_code("200N7"), Kind::IncorrectCvc);
        assert_eq!(of_response_code("20151"), Kind::AuthenticationFailed);
        assert_eq!(of_response_code("20152"), Kind::AuthenticationTimeout);
    }

    #[test]
    fn f36_a_spent_token_asks_for_the_card_again() {
        let kind = |codes: &[&str]| {
            of_error_codes(&codes.iter().map(|code| (*code).into()).collect::<Vec<_>>())
        };
        assert_eq!(kind(&["token_expired"]), Kind::CardAgain);
        assert_eq!(kind(&["request_invalid", "token_used"]), Kind::CardAgain);
        assert_eq!(kind(&["cvv_invalid"]), Kind::IncorrectCvc);
        assert_eq!(kind(&[]), Kind::GatewayUnavailable);
        assert_eq!(kind(&["parameter_invalid"]), Kind::GatewayUnavailable);
    }
}
