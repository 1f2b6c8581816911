//! The body of `POST /payments`, judged field by field.

use reqwest::Url;
use serde_json::Value;

use super::{
    super::{clock, ident},
    answer::Refusal,
    keys::Platform,
};

/// The only processing channel of the sandbox's current-platform account.
const CHANNEL: &str = "pc_demo";

const ISO: &str = "AED ALL AMD ARS AUD AZN BAM BDT BGN BHD BIF BRL CAD CHF CLP CNY COP CRC CZK DJF \
    DKK DZD EGP EUR GBP GEL GHS GNF HKD HUF IDR ILS INR IQD ISK JOD JPY KES KMF KRW KWD KZT LBP LKR \
    LYD MAD MDL MKD MXN MYR NGN NOK NZD OMR PEN PHP PKR PLN PYG QAR RON RSD RWF SAR SEK SGD THB TND \
    TRY TWD TZS UAH UGX USD UYU UZS VND VUV XAF XOF XPF ZAR ZMW";
const THREE_DECIMALS: &str = "BHD IQD JOD KWD LYD OMR TND";

/// What is to be paid, by the merchant's words.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// Minor units, 1 to 999,999,999.
    pub(crate) amount: u64,
    pub(crate) currency: String,
    /// Whether the money is taken without being asked for.
    pub(crate) capture: bool,
    /// When it is, in Unix seconds, if not at once.
    pub(crate) capture_on: Option<i64>,
    pub(crate) reference: Option<String>,
    pub(crate) metadata: Option<Value>,
    pub(crate) customer: Option<Value>,
    /// What the bank shows as the payee.
    pub(crate) descriptor: Option<String>,
    pub(crate) three_ds: bool,
    /// `Regular` where the request says nothing.
    pub(crate) payment_type: String,
    pub(crate) success_url: Option<Url>,
    pub(crate) failure_url: Option<Url>,
}

impl Order {
    /// The metadata as text.
    pub(crate) fn labels(&self) -> impl Iterator<Item = (String, String)> {
        let object = self.metadata.as_ref().and_then(Value::as_object).cloned();
        object.unwrap_or_default().into_iter().map(|(key, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            (key, text)
        })
    }
}

/// What pays.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// `tok_…`.
    Token(String),
    /// `src_…` of an earlier payment, and that payment, if it is named.
    Saved {
        id: String,
        previous: Option<String>,
    },
}

/// A judged request: the order, and what pays it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) order: Order,
    pub(crate) source: Source,
}

impl Asked {
    /// Reads the body of a payment request.
    ///
    /// # Errors
    /// All codes that apply. Return addresses are demanded with 3-D Secure, since this account
    /// has none of its own.
    pub(crate) fn read(body: &Value, platform: Platform) -> Result<Self, Refusal> {
        let mut codes = Vec::new();
        let source = source(body).map_err(|code| codes.push(code));
        // Without the cardholder it has to be said; what the current platform added to the
        // document of 2019 is on its page about unscheduled payments.
        let types: &[&str] = match platform {
            Platform::Previous => &["Regular", "Recurring", "MOTO"],
            Platform::Current | Platform::Connected => {
                &["Regular", "Recurring", "MOTO", "Unscheduled"]
            }
        };
        let payment_type = match &body["payment_type"] {
            Value::Null => Some("Regular"),
            value => value.as_str().filter(|word| types.contains(word)),
        }
        .ok_or_else(|| codes.push("payment_type_invalid"));
        let currency = match &body["currency"] {
            Value::Null => Err("currency_required"),
            Value::String(code) if code.len() == 3 && listed(ISO, code) => Ok(code.clone()),
            _ => Err("currency_invalid"),
        }
        .map_err(|code| codes.push(code));
        let amount = amount(&body["amount"])
            .filter(|amount| match &currency {
                Ok(code) if listed(THREE_DECIMALS, code) => amount.is_multiple_of(10),
                _ => true,
            })
            .ok_or_else(|| codes.push("amount_invalid"));
        if platform == Platform::Current {
            match body["processing_channel_id"].as_str() {
                Some(CHANNEL) => {}
                None => codes.push("processing_channel_id_required"),
                Some(_) => codes.push("channel_details_invalid"),
            }
        }
        let mut flag = |value: &Value, default: bool| match value {
            Value::Null => default,
            Value::Bool(flag) => *flag,
            _ => {
                codes.push("parameter_invalid");
                default
            }
        };
        let capture = flag(&body["capture"], true);
        flag(&body["merchant_initiated"], false);
        let three_ds = flag(&body["3ds"]["enabled"], false);
        if !matches!(&body["3ds"], Value::Null | Value::Object(_)) {
            codes.push("parameter_invalid");
        }
        let capture_on = match &body["capture_on"] {
            Value::Null => None,
            // What the code for a wrong date is isn't published.
            date => match date.as_str().and_then(clock::unix) {
                Some(at) if capture => Some(at),
                _ => {
                    codes.push("parameter_invalid");
                    None
                }
            },
        };
        let reference = text(&body["reference"], 80).map_err(|code| codes.push(code));
        let success_url = address(&body["success_url"]).ok_or("success_url_invalid");
        let failure_url = address(&body["failure_url"]).ok_or("fail_url_invalid");
        for problem in [&success_url, &failure_url] {
            match problem {
                Err(code) => codes.push(code),
                Ok(None) if three_ds => codes.push("success_url_required"),
                Ok(_) => {}
            }
        }
        if !matches!(&body["metadata"], Value::Null | Value::Object(_)) {
            codes.push("metadata_key_invalid");
        }
        let descriptor = &body["billing_descriptor"]["name"];
        if !descriptor.is_null() && descriptor.as_str().is_none_or(str::is_empty) {
            codes.push("billing_descriptor_name_invalid");
        }
        let email = &body["customer"]["email"];
        if !email.is_null() && !email.as_str().is_some_and(|email| email.contains('@')) {
            codes.push("customer_email_invalid");
        }
        let mut named = Vec::new();
        codes.retain(|code| {
            !named.contains(code) && {
                named.push(*code);
                true
            }
        });
        let (
            Ok(source),
            Ok(payment_type),
            Ok(currency),
            Ok(amount),
            Ok(reference),
            Ok(success),
            Ok(failure),
            true,
        ) = (
            source,
            payment_type,
            currency,
            amount,
            reference,
            success_url,
            failure_url,
            codes.is_empty(),
        )
        else {
            return Err(Refusal::Invalid(codes));
        };
        let order = Order {
            amount,
            currency,
            capture,
            capture_on,
            reference,
            metadata: given(&body["metadata"]),
            customer: given(&body["customer"]),
            descriptor: body["billing_descriptor"]["name"]
                .as_str()
                .map(str::to_owned),
            three_ds,
            payment_type: payment_type.to_owned(),
            success_url: success,
            failure_url: failure,
        };
        Ok(Self { order, source })
    }
}

/// Minor units as the API takes them: an integer above zero of nine digits at most.
pub(crate) fn amount(value: &Value) -> Option<u64> {
    value.as_u64().filter(|n| (1..=999_999_999).contains(n))
}

/// An optional text of at most `limit` characters.
///
/// # Errors
/// The error code for anything else.
pub(crate) fn text(value: &Value, limit: usize) -> Result<Option<String>, &'static str> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.chars().count() <= limit => Ok(Some(text.clone())),
        _ => Err("parameter_invalid"),
    }
}

fn source(body: &Value) -> Result<Source, &'static str> {
    let source = &body["source"];
    if !source.is_object() {
        return Err("payment_source_required");
    }
    let text = |key: &str| source[key].as_str().filter(|text| !text.is_empty());
    match source["type"].as_str() {
        None => Err("source_type_required"),
        Some("token") => {
            let token = text("token").ok_or("token_required")?;
            Ok(Source::Token(token.to_owned()))
        }
        Some("id") => {
            let id = text("id").ok_or("source_id_required")?;
            if !ident::is("src", id) {
                return Err("source_id_invalid");
            }
            let previous = match &body["previous_payment_id"] {
                Value::Null => None,
                Value::String(id) if ident::is("pay", id) => Some(id.clone()),
                _ => return Err("previous_payment_id_invalid"),
            };
            Ok(Source::Saved {
                id: id.to_owned(),
                previous,
            })
        }
        Some(_) => Err("source_invalid"),
    }
}

fn address(value: &Value) -> Option<Option<Url>> {
    match value {
        Value::Null => Some(None),
        Value::String(text) if text.len() <= 1024 => Url::parse(text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .map(Some),
        _ => None,
    }
}

fn listed(list: &str, code: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == code)
}

fn given(value: &Value) -> Option<Value> {
    (!value.is_null()).then(|| value.clone())
}
