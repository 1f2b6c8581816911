//! English.

use super::{Advice, Around, Banner, ChallengeWords, Ending, EndingWords, Text};
use crate::{
    card::{Brand, Field, Problem},
    outcome::{Failure, FailureKind, Retry},
    screen::Waiting,
    session::Reversal,
};

pub(super) static TEXT: Text = Text {
    language: "en",
    direction: "ltr",

    pay_merchant: Around {
        before: "Pay ",
        after: "",
    },
    checkout: "Checkout",
    details: "Order details",
    order: "Order",
    times: |count| format!("{count} ×"),

    card_details: "Card details",
    label,
    placeholder,
    problem,
    check_fields: "Please check the marked fields.",
    brand,
    networks: "Brand to pay with",
    no_preference: "No preference",
    two_networks: "This card has two brands. You can choose one.",
    cvc_help_label: "Where is the security code?",
    cvc_help: "The last 3 digits on the back of the card. On American Express, the 4 digits on the front.",

    pay: |amount| format!("Pay {amount}"),
    loading: "Loading your order…",
    paying: "Paying…",
    pay_to: Around {
        before: "To ",
        after: "",
    },
    cancel: "Cancel payment",
    support: "Support code",

    not_charged: "You have not been charged.",
    pays_nothing: "You pay nothing.",
    failed: "The payment didn’t go through",
    failure,
    challenge_cancelled: Banner {
        title: "You left your bank’s page",
        what: "The payment was not completed.",
        next: "You can pay again whenever you like.",
    },
    payment_cancelled: Banner {
        title: "The payment was cancelled",
        what: "It was stopped before it was completed.",
        next: "You can pay again whenever you like.",
    },
    order_changed: Banner {
        title: "The order has changed",
        what: "",
        next: "Please check the amount, complete your card details and press Pay again.",
    },
    waited: Banner {
        title: "The connection did not come back",
        what: "Your payment was not sent.",
        next: "For your safety the security code was removed. Enter it again and press Pay when you are back online.",
    },
    offline: Banner {
        title: "You are offline",
        what: "",
        next: "Please keep this page open until the connection is back.",
    },
    reversal,

    waiting,
    seconds_left: |seconds| format!("Next try in {seconds} s"),
    stop_waiting: "Stop waiting",

    challenge: ChallengeWords {
        title: "Confirm with your bank",
        frame: "Bank verification",
        waiting: "Opening your bank’s page…",
        stuck: "Your bank’s page doesn’t come up. Please open it in a full page, or use another card.",
        stuck_alone: "Your bank’s page doesn’t come up. Please open it in a full page, and come back here afterwards.",
        other_card: "Use another card",
        last_minute: "Your bank waits another minute. Please confirm now.",
        close: "Close the bank’s page",
        full_page: "Continue in a full page",
        leave_title: "Leave your bank’s page?",
        leave_body: "Your payment isn’t confirmed yet. If you leave now, we ask your bank how it stands before you can pay again.",
        stay: "Stay and confirm",
        leave: "Leave",
    },
    ending,
    back_to_bank: "Back to your bank’s page",
    check_again: "Check again",
    try_again: "Try again",
    return_to: Around {
        before: "Return to ",
        after: "",
    },
    amount: "Amount",
    merchant: "Shop",
};

fn reversal(reversal: Reversal) -> Banner {
    let next = match reversal {
        Reversal::Possible => {
            return Banner {
                title: "Your bank may still approve an earlier payment",
                what: "",
                next: "If it does, that payment either pays this order or is given back. You never pay twice.",
            };
        }
        Reversal::Returning => "It is being given back. You pay nothing for it.",
        Reversal::Returned => "It was given back. You pay nothing for it.",
    };
    Banner {
        title: "Your bank approved an earlier payment too late",
        what: "",
        next,
    }
}

fn waiting(waiting: Waiting) -> Banner {
    match waiting {
        Waiting::Connection => Banner {
            title: "Waiting for connection…",
            what: "",
            next: "Your payment is sent as soon as the connection is back.",
        },
        Waiting::Pause { .. } => Banner {
            title: "Waiting to try again…",
            what: "The payment system is busy.",
            next: "Your payment is sent again by itself in a moment.",
        },
    }
}

fn label(field: Field) -> &'static str {
    match field {
        Field::Number => "Card number",
        Field::Expiry => "Expiry date",
        Field::Cvc => "Security code",
        Field::Name => "Name on card",
    }
}

fn placeholder(field: Field) -> &'static str {
    match field {
        Field::Expiry => "MM / YY",
        Field::Number | Field::Cvc | Field::Name => "",
    }
}

/// Short enough for one line under half a phone's width, where the field has half of it.
fn problem(field: Field, problem: Problem) -> String {
    let said = match (problem, field) {
        (Problem::Required, Field::Number) => "Enter the card number",
        (Problem::Required, Field::Expiry) => "Enter the expiry date",
        (Problem::Required, Field::Cvc) => "Enter the code",
        (Problem::Required, Field::Name) => "Enter the name on the card",
        (Problem::Incomplete, Field::Number) => "The card number isn’t complete",
        (Problem::Incomplete, Field::Expiry) => "Enter month and year",
        (Problem::Incomplete, Field::Cvc) => "Enter the whole code",
        (Problem::Incomplete, Field::Name) => "Enter the whole name",
        (Problem::TooLong, Field::Number) => "Too many digits for a card number",
        (Problem::TooLong, Field::Expiry) => "Use MM / YY",
        (Problem::TooLong, Field::Cvc) => "Enter 3 or 4 digits",
        (Problem::TooLong | Problem::NameTooLong, Field::Name) => {
            "Use 255 characters or fewer for the name"
        }
        (Problem::NameTooLong, Field::Number | Field::Expiry | Field::Cvc) => {
            "Use fewer characters here"
        }
        (Problem::BadNumber, Field::Number | Field::Name) => {
            "Check the card number: a digit seems wrong"
        }
        (Problem::BadNumber, Field::Expiry | Field::Cvc) => "Check the digits",
        (Problem::LettersRefused, Field::Number) => "Use digits only for the card number",
        (Problem::LettersRefused, Field::Expiry | Field::Cvc | Field::Name) => {
            "Use digits only here"
        }
        (Problem::BadMonth, _) => "Use a month, 01 to 12",
        (Problem::Expired, _) => "This card has expired",
        (Problem::TooFarAhead, _) => "Check the year",
        (Problem::BadExpiry, _) => "Use MM / YY",
        (Problem::CvcLength(size), _) => return format!("Enter all {} digits", size.digits()),
        (Problem::NumberWithExpiry, _) => "Enter the number and the date in their own fields",
        (Problem::UnknownBrand, _) => "This kind of card can’t be used here",
        (Problem::LooksLikeCardNumber, Field::Number) => "Enter only the card number here",
        (Problem::LooksLikeCardNumber, Field::Expiry | Field::Cvc) => "No card number here",
        (Problem::LooksLikeCardNumber, Field::Name) => "Enter the name here, not the card number",
        (Problem::Refused, Field::Number) => "Number not accepted",
        (Problem::Refused, Field::Expiry) => "Date not accepted",
        (Problem::Refused, Field::Cvc) => "Code not accepted",
        (Problem::Refused, Field::Name) => "Name not accepted",
        (Problem::LooksLikeCvc, Field::Name) => "Enter the name here, not the security code",
        (Problem::LooksLikeCvc, Field::Number | Field::Expiry | Field::Cvc) => {
            "No security code here"
        }
    };
    said.to_owned()
}

fn brand(brand: Brand) -> &'static str {
    match brand {
        Brand::Amex => "American Express",
        Brand::Diners => "Diners Club",
        Brand::Discover => "Discover",
        Brand::Jcb => "JCB",
        Brand::Maestro => "Maestro",
        Brand::Mastercard => "Mastercard",
        Brand::Mir => "Mir",
        Brand::Unionpay => "UnionPay",
        Brand::Visa => "Visa",
    }
}

fn failure(failure: &Failure) -> Advice {
    let by_retry = match failure.retry {
        Retry::Later => "Please try again in a few minutes.",
        Retry::None => "Please tell the shop.",
        Retry::OtherCard => "Please try another card.",
        Retry::SameCard => "Please check your card details and try again.",
    };
    let (what, next) = match failure.kind {
        FailureKind::ActionLoop => (
            "Your bank asked for too many steps.",
            "Please try again or use another card.",
        ),
        FailureKind::ActionUnsupported => (
            "Your bank asks for a step that can’t be shown here.",
            "Please try another card.",
        ),
        FailureKind::ApprovedLate => (
            "Your bank approved the payment too late.",
            "It is being given back; you pay nothing for it, though it may show as reserved until then. You can pay again.",
        ),
        FailureKind::AuthenticationFailed => (
            "Your bank could not confirm that it is you.",
            "Please try again or use another card.",
        ),
        FailureKind::AuthenticationTimeout => (
            "The confirmation at your bank took too long.",
            "Please try again and confirm within a few minutes.",
        ),
        FailureKind::Cancelled => (
            "The payment was cancelled.",
            "You can pay again whenever you like.",
        ),
        FailureKind::CardAgain => (
            "The payment has to be started again.",
            "Please complete your card details and press Pay again.",
        ),
        // T23: the same words for every reason a bank may have.
        FailureKind::CardDeclined => (
            "Your bank declined the payment.",
            "Please try another card, or ask your bank.",
        ),
        FailureKind::DeclinedForNow => (
            "The payment was not accepted this time.",
            "Please try again in a few minutes or use another card.",
        ),
        FailureKind::ExpiredCard => (
            "This card has expired.",
            "Please check the date or use another card.",
        ),
        FailureKind::GatewayUnavailable => (
            "Payments can’t be taken right now.",
            "Please try again in a few minutes.",
        ),
        FailureKind::IncorrectCvc => (
            "The security code was not accepted.",
            "Please enter it again.",
        ),
        FailureKind::IncorrectDetails => (
            "The date or the security code was not accepted.",
            "Please check both and try again.",
        ),
        FailureKind::IncorrectExpiry => (
            "The expiry date was not accepted.",
            "Please check it and try again.",
        ),
        FailureKind::IncorrectName => (
            "The name on the card was not accepted.",
            "Please check it and try again.",
        ),
        FailureKind::IncorrectNumber => (
            "The card number was not accepted.",
            "Please check it and try again.",
        ),
        FailureKind::InsufficientFunds => (
            "There is not enough money available on this card.",
            "Please try another card.",
        ),
        FailureKind::IssuerUnavailable => (
            "Your bank can’t be reached right now.",
            "Please try again in a few minutes or use another card.",
        ),
        FailureKind::LimitExceeded => (
            "This payment is over your card’s limit.",
            "Please try another card, or ask your bank.",
        ),
        FailureKind::MerchantMisconfiguration => (
            "The shop can’t take this payment.",
            "Another card would not help. Please tell the shop.",
        ),
        FailureKind::NotPermitted => (
            "This card can’t be used for this payment.",
            "Please try another card.",
        ),
        FailureKind::Offline => (
            "You are offline, and nothing was sent.",
            "Press Pay again when you are back online.",
        ),
        FailureKind::RateLimited => (
            "There were too many tries in a short time.",
            "Please wait a few minutes, then try again.",
        ),
        FailureKind::TokenizerUnavailable => (
            "Your card could not be registered, so no payment was made.",
            "Please try again or use another card.",
        ),
        FailureKind::Other => ("The payment was not accepted.", by_retry),
    };
    Advice { what, next }
}

fn ending(ending: Ending) -> EndingWords {
    let (title, body, next) = match ending {
        Ending::Confirming => (
            "One moment",
            "We are asking how your payment stands.",
            "This takes a few seconds. Please keep this page open.",
        ),
        Ending::Checking => (
            "Checking your payment",
            "We are confirming your payment. Please don't pay again.",
            "It is not yet certain whether the payment took effect. We keep asking and show the result here.",
        ),
        Ending::Unknown => (
            "We could not find out how it ended",
            "Your payment may have gone through. Please don't pay again before you have asked the shop.",
            "Tell the shop the order number above. You can also look whether your bank shows the payment.",
        ),
        Ending::Left => (
            "You left your bank’s page",
            "Your bank may still approve this payment. Please don't pay again before it is settled.",
            "Go back to your bank’s page to confirm the payment, or to refuse it there and pay another way. We keep asking how it stands.",
        ),
        Ending::Owned => (
            "You have bought this already",
            "You were not charged again.",
            "If you expected something else, please ask the shop.",
        ),
        Ending::Processing => (
            "Your payment is being processed",
            "Your bank is still working on it. Please don't pay again.",
            "You can close this page. The shop sees the result as soon as it is there.",
        ),
        Ending::Paid => (
            "Payment complete",
            "Thank you. Your payment has arrived.",
            "The shop now takes care of your order.",
        ),
        Ending::Authorised => (
            "Payment approved",
            "Thank you. The amount is reserved on your card and is taken later.",
            "The shop now takes care of your order.",
        ),
        Ending::Cancelled => (
            "Payment cancelled",
            "You have not been charged.",
            "To pay after all, please start again in the shop.",
        ),
        Ending::Expired => (
            "This checkout has expired",
            "It was not paid in time. You have not been charged.",
            "To pay, please start again in the shop.",
        ),
        Ending::Unreachable => (
            "The checkout can’t be loaded",
            "We could not reach the checkout server.",
            "Please check your connection. If you have already pressed Pay, please don't pay again before you see the result.",
        ),
        Ending::Unavailable => (
            "This checkout is not available",
            "The link may be incomplete or no longer valid.",
            "To pay, please start again in the shop.",
        ),
    };
    EndingWords { title, body, next }
}
