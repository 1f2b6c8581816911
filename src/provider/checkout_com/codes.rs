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
        "20054" => Kind::ExpiredCard,
        "20100" => Kind::IncorrectExpiry,
        "20082" | "20124" | "200N7" => Kind::IncorrectCvc,
        "20087" => Kind::IncorrectDetails,
        "20061" | "20065" | "20121" | "30021" | "30022" => Kind::LimitExceeded,
        "20015" | "20031" | "20040" | "20057" | "20058" | "20081" | "20093" | "20103" | "20106"
        | "20150" | "20156" | "20182" | "30016" | "30017" | "30018" | "30019" | "30044"
        | "30045" => Kind::NotPermitted,
        "20022" | "20068" | "20086" | "20090" | "20091" | "20092" | "20096" => {
            Kind::IssuerUnavailable
        }
        "20017" => Kind::Cancelled,
        "20019" | "20101" | "20114" => Kind::CardAgain,
        "20152" => Kind::AuthenticationTimeout,
        "20151" | "20153" | "20154" | "20155" | "20159" | "44301" => Kind::AuthenticationFailed,
        // The shop's account, or what the shop sent.
        "20003" | "20013" | "20042" | "20102" | "20107" | "20112" | "20123" | "20157" | "20193"
        | "30020" => Kind::MerchantMisconfiguration,
        // Soft by their number, and yet the bank's last word on this card.
        "20001" | "20002" | "20004" | "20005" | "20014" | "20016" | "20018" | "20038" | "20039"
        | "20044" | "20046" | "20052" | "20053" | "20055" | "20056" | "20059" | "20060"
        | "20062" | "20063" | "20064" | "20066" | "20067" | "20072" | "20075" | "20078"
        | "20083" | "20105" | "20108" | "20179" | "20183" | "200R1" | "200R3" => Kind::CardDeclined,
        _ if code.starts_with("20") => Kind::DeclinedForNow,
        // Hard (30), risk (4), and what no family is known for.
        _ => Kind::CardDeclined,
    }
}

/// The failure for the `error_codes` of a refused request: the first one that says something
/// to the shopper; else, if it names a fault of the request itself, the shop's; else the
/// payment system did not take the payment.
pub fn of_error_codes(codes: &[String]) -> Kind {
    let codes = || codes.iter().map(String::as_str);
    codes().find_map(of_error_code).unwrap_or_else(|| {
        if codes().any(is_of_the_request) {
            Kind::MerchantMisconfiguration
        } else {
            Kind::GatewayUnavailable
        }
    })
}

fn of_error_code(code: &str) -> Option<Kind> {
    Some(match code {
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
        "card_holder_invalid" => Kind::IncorrectName,
        "card_disabled" => Kind::CardDeclined,
        "payment_method_not_supported"
        | "3ds_not_enabled_for_card"
        | "3ds_not_supported"
        | "3ds_version_not_supported" => Kind::NotPermitted,
        "3ds_malfunction" | "3ds_payment_required" => Kind::AuthenticationFailed,
        "payment_expired" => Kind::AuthenticationTimeout,
        "action_failure_limit_exceeded"
        | "velocity_amount_limit_exceeded"
        | "velocity_count_limit_exceeded" => Kind::RateLimited,
        "api_calls_quota_exceeded"
        | "no_authorization_enabled_processors_available"
        | "processing_error"
        | "service_unavailable" => Kind::GatewayUnavailable,
        "3ds_not_configured"
        | "amount_exceeds_balance"
        | "amount_limit_exceeded"
        | "server_api_not_allowed" => Kind::MerchantMisconfiguration,
        _ => return None,
    })
}

/// Something in the request is wrong that the shopper has never seen.
fn is_of_the_request(code: &str) -> bool {
    [
        "_invalid",
        "_required",
        "_missing",
        "_unknown",
        "_not_found",
    ]
    .iter()
    .any(|end| code.ends_with(end))
}

/// The failure for the reasons that the web components give where a payment is declined or
/// not begun.
pub fn of_decline_reason(reason: &str) -> Kind {
    match reason {
        "not_enough_funds" => Kind::InsufficientFunds,
        "card_not_supported" => Kind::NotPermitted,
        "invalid_customer_data" => Kind::IncorrectDetails,
        "customer_misconfiguration" => Kind::CardDeclined,
        "invalid_payment_session_data" | "merchant_misconfiguration" => {
            Kind::MerchantMisconfiguration
        }
        "try_again" => Kind::DeclinedForNow,
        "payment_cancelled" => Kind::Cancelled,
        "payment_expired" => Kind::AuthenticationTimeout,
        _ => Kind::CardDeclined,
    }
}

#[cfg(test)]
mod tests {
    use super::{of_decline_reason, of_error_codes, of_response_code};
    use crate::outcome::{FailureKind as Kind, Retry};

    #[test]
    fn t23_stolen_fraud_do_not_honour_and_unknown_account_look_the_same() {
        for code in [
            "20005", "20014", "20059", "20063", "20183", "30033", "30034", "30041", "30043",
            "30046", "40101", "43301", "99999", "", "2", "4", "30", "é",
        ] {
            assert_eq!(of_response_code(code), Kind::CardDeclined, "{code}");
        }
    }

    #[test]
    fn t23_a_code_of_tomorrow_falls_back_by_its_family() {
        for (code, kind) in [
            ("20999", Kind::DeclinedForNow),
            ("200Z9", Kind::DeclinedForNow),
            ("30999", Kind::CardDeclined),
            ("300Z9", Kind::CardDeclined),
            ("40999", Kind::CardDeclined),
            ("49999", Kind::CardDeclined),
            ("50001", Kind::CardDeclined),
        ] {
            assert_eq!(of_response_code(code), kind, "{code}");
        }
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
        assert_eq!(kind(&["of_tomorrow"]), Kind::GatewayUnavailable);
        assert_eq!(kind(&["parameter_invalid"]), Kind::MerchantMisconfiguration);
    }

    #[test]
    fn an_unknown_reason_of_the_web_components_offers_another_card() {
        let kind = of_decline_reason("of_tomorrow");
        assert_eq!(crate::outcome::Failure::of(kind).retry, Retry::OtherCard);
    }
}
