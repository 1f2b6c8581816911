//! Response codes and what they say. Families: 10 approved, 20 soft, 30 hard, 4 risk.

/// Approved.
pub(crate) const APPROVED: &str = "10000";
/// The cardholder failed the bank's question.
pub(crate) const NOT_AUTHENTICATED: &str = "20151";
/// The bank's question was not answered within 15 minutes.
pub(crate) const NOT_IN_TIME: &str = "20152";
/// The cardholder walked away from the bank's question.
pub(crate) const CANCELLED: &str = "20017";

const SUMMARIES: [(&str, &str); 31] = [
    (APPROVED, "Approved"),
    ("20001", "Refer to card issuer"),
    ("20005", "Declined - Do not honour"),
    ("20012", "Invalid transaction"),
    ("20014", "Invalid account number (no such number)"),
    (CANCELLED, "Customer cancellation"),
    ("20051", "Insufficient funds"),
    ("20054", "Expired card"),
    ("20057", "Transaction not permitted to cardholder"),
    ("20059", "Suspected fraud"),
    ("20061", "Activity amount limit exceeded"),
    ("20062", "Restricted card"),
    ("20063", "Security violation"),
    ("20068", "Response received too late / timeout"),
    ("20078", "Blocked at first use"),
    ("20087", "Bad track data (invalid CVV and/or expiry date)"),
    ("20091", "Issuer unavailable or switch inoperative"),
    (NOT_AUTHENTICATED, "Cardholder failed 3DS authentication"),
    (
        NOT_IN_TIME,
        "Initial 3DS transaction not completed within 15 minutes",
    ),
    ("20153", "3DS system malfunction"),
    ("20154", "3DS authentication required"),
    ("200N7", "CVV2 failure"),
    ("200R1", "Issuer initiated a stop payment"),
    (
        "200R3",
        "Issuer initiated a stop payment for all authorizations",
    ),
    ("30004", "Pick up card (no fraud)"),
    ("30033", "Expired card - pick up"),
    ("30041", "Lost card - pick up"),
    ("30043", "Stolen card - pick up"),
    ("30046", "Closed account"),
    ("40101", "Risk blocked transaction"),
    ("44301", "3DS authentication required"),
];

/// What a code says; a code without a known text says that much.
pub(crate) fn summary(code: &str) -> &'static str {
    SUMMARIES
        .iter()
        .find(|(known, _)| *known == code)
        .map_or("Declined", |(_, text)| text)
}

/// Whether a payment can be declined with this code: five characters of a declining family.
pub(crate) fn declines(code: &str) -> bool {
    code.len() == 5
        && code.bytes().all(|b| b.is_ascii_alphanumeric())
        && ["20", "30", "4"]
            .iter()
            .any(|family| code.starts_with(family))
}
