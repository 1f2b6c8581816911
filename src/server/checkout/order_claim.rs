//! What a claim states of the order: checked in full before anything is opened.

use serde_json::{Map, Value};

use crate::{
    money::{Currency, Money},
    provider::funnelfox::Buyer,
    sensitive::Sensitive,
    session::{Capture, Line},
};

use super::{issues::Issues, urls};
use crate::server::{
    Organisation,
    gateway::Gateway,
    order::{LONGEST_CAPTURE_S, SHORTEST_CAPTURE_S, parse_capture},
};

/// The order as claimed.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    pub(crate) jti: String,
    pub(crate) reference: String,
    pub(crate) total: Money,
    pub(crate) lines: Vec<Line>,
    pub(crate) capture: Capture,
    pub(crate) gateway: Gateway,
    /// What FunnelFox must know; only where it is the gateway.
    pub(crate) buyer: Option<Buyer>,
    pub(crate) language: String,
    pub(crate) parent_origins: Vec<String>,
    pub(crate) return_hosts: Vec<String>,
}

const MAX_LINES: usize = 200;
const MAX_LISTED: usize = 20;

/// Reads a claim's payload; `None` if anything was wrong, which is then noted.
pub(crate) fn read(
    payload: &Map<String, Value>,
    owner: &Organisation,
    sandbox: bool,
    issues: &mut Issues,
) -> Option<Claimed> {
    let jti = issues.string(payload, "jti", 255);
    let names: Vec<&str> = owner.gateways().map(Gateway::name).collect();
    let gateway = issues
        .choice(payload, "gateway", &names, None)
        .and_then(|name| Gateway::parse(&name));
    let capture = issues
        .choice(
            payload,
            "capture",
            &["automatic", "manual"],
            Some("automatic"),
        )
        .and_then(|capture| parse_capture(&capture));
    let capture = put_off(payload, capture, issues);
    if let (Some(gateway), Some(capture)) = (gateway, capture)
        && !gateway.captures(capture)
    {
        issues.within("capture", |issues| {
            issues.rule(
                "capture",
                "\"automatic\"",
                "Invalid capture: the gateway takes the money at once, Expected \"automatic\"",
            );
        });
    }
    let language = issues.within("language", |issues| match payload.get("language") {
        None => Some("en".to_owned()),
        Some(Value::String(text))
            if (2..=35).contains(&text.len())
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') =>
        {
            Some(text.clone())
        }
        Some(Value::String(_)) => {
            issues.rule(
                "bcp47",
                "a language tag",
                "Invalid language: Expected a tag such as \"en\"",
            );
            None
        }
        other => {
            issues.schema("string", "string", other);
            None
        }
    });
    let order = issues.within("order", |issues| match payload.get("order") {
        Some(Value::Object(order)) => read_order(order, gateway, issues),
        other => {
            issues.schema("object", "Object", other);
            None
        }
    });
    let parent_origins = list(payload, "parentOrigins", issues, |text, issues| {
        let fits = urls::parse(text).is_some_and(|url| url.is_origin() && url.is_safe(sandbox));
        if !fits {
            issues.rule(
                "origin",
                "an origin",
                "Invalid origin: Expected https://host[:port] in lower case and nothing more",
            );
        }
    });
    let return_hosts = list(payload, "returnHosts", issues, |text, issues| {
        let url = format!("https://{text}");
        if !urls::parse(&url).is_some_and(|url| url.rest.is_empty()) {
            issues.rule(
                "host",
                "a host",
                "Invalid host: Expected host[:port] in lower case",
            );
        }
    });
    let (reference, total, lines, buyer) = order?;
    Some(Claimed {
        jti: jti?,
        reference,
        total,
        lines,
        capture: capture?,
        gateway: gateway?,
        buyer,
        language: language?,
        parent_origins: parent_origins?,
        return_hosts: return_hosts?,
    })
}

/// `captureAfter`: the automatic capture comes so many seconds after the shopper paid.
fn put_off(
    payload: &Map<String, Value>,
    capture: Option<Capture>,
    issues: &mut Issues,
) -> Option<Capture> {
    const KEY: &str = "captureAfter";
    if payload.get(KEY).is_none_or(Value::is_null) {
        return capture;
    }
    let given = issues.integer(payload, KEY)?;
    let seconds = u32::try_from(given)
        .ok()
        .filter(|seconds| (SHORTEST_CAPTURE_S..=LONGEST_CAPTURE_S).contains(seconds));
    issues.within(KEY, |issues| match (capture?, seconds) {
        (Capture::Manual, _) => {
            issues.rule(
                "capture",
                "capture \"automatic\"",
                "Invalid captureAfter: with capture \"manual\" the shop says when, Expected capture \"automatic\"",
            );
            None
        }
        (_, None) => {
            issues.rule(
                "range",
                "900 to 604800",
                "Invalid captureAfter: Expected 900 to 604800 seconds, 15 minutes to 7 days",
            );
            None
        }
        (_, Some(seconds)) => Some(Capture::After(seconds)),
    })
}

fn list(
    payload: &Map<String, Value>,
    key: &str,
    issues: &mut Issues,
    check: impl Fn(&str, &mut Issues),
) -> Option<Vec<String>> {
    issues.within(key, |issues| match payload.get(key) {
        Some(Value::Array(items)) if items.len() <= MAX_LISTED => {
            let read = |(index, item): (usize, &Value)| {
                issues.item(index, |issues| match item {
                    Value::String(text) => {
                        check(text, issues);
                        Some(text.clone())
                    }
                    other => {
                        issues.schema("string", "string", Some(other));
                        None
                    }
                })
            };
            items.iter().enumerate().map(read).collect()
        }
        Some(Value::Array(_)) => {
            issues.rule(
                "max_length",
                "<=20",
                "Invalid length: Expected <=20 entries",
            );
            None
        }
        other => {
            issues.schema("array", "Array", other);
            None
        }
    })
}

fn read_order(
    order: &Map<String, Value>,
    gateway: Option<Gateway>,
    issues: &mut Issues,
) -> Option<(String, Money, Vec<Line>, Option<Buyer>)> {
    let reference = issues.string(order, "reference", 100);
    let code = issues.string(order, "currency", 3);
    let currency = code.and_then(|code| {
        let currency = Currency::parse(&code).ok();
        if currency.is_none() {
            issues.within("currency", |issues| {
                issues.rule(
                    "iso_4217",
                    "a currency",
                    "Invalid currency: Expected an ISO 4217 code",
                );
            });
        }
        currency
    });
    let amount = issues.integer(order, "amount");
    let total = amount
        .zip(currency)
        .map(|(minor, currency)| Money::new(minor, currency));
    let chargeable = gateway
        .zip(total)
        .map(|(gateway, total)| gateway.chargeable(total));
    if let Some(Err((key, why))) = chargeable {
        issues.within(key, |issues| {
            issues.rule(
                "chargeable",
                "an amount the gateway can charge",
                &format!("Invalid amount: {why}"),
            );
        });
    }
    let lines = issues.within("lines", |issues| match order.get("lines") {
        Some(Value::Array(items)) if (1..=MAX_LINES).contains(&items.len()) => items
            .iter()
            .enumerate()
            .map(|(index, item)| issues.item(index, |issues| line(item, issues)))
            .collect::<Option<Vec<Line>>>(),
        Some(Value::Array(_)) => {
            issues.rule(
                "length",
                "1 to 200 lines",
                "Invalid length: Expected 1 to 200 lines",
            );
            None
        }
        other => {
            issues.schema("array", "Array", other);
            None
        }
    });
    if let (Some(lines), Some(amount)) = (&lines, amount) {
        let sum: i128 = lines.iter().map(|line| i128::from(line.amount)).sum();
        if sum != i128::from(amount) {
            issues.within("lines", |issues| {
                issues.rule(
                    "sum",
                    "the order's amount",
                    "Invalid lines: their amounts do not add up to the order's amount",
                );
            });
        }
    }
    customer(order, issues);
    let buyer = match gateway {
        Some(Gateway::FunnelFox) => Some(buyer(order, issues)?),
        Some(Gateway::CheckoutCom) | None => None,
    };
    Some((reference?, total?, lines?, buyer))
}

fn line(item: &Value, issues: &mut Issues) -> Option<Line> {
    let Value::Object(map) = item else {
        issues.schema("object", "Object", Some(item));
        return None;
    };
    let name = issues.string(map, "name", 500);
    let amount = issues.integer(map, "amount");
    let quantity = issues.integer(map, "quantity").and_then(|quantity| {
        let fits = u32::try_from(quantity)
            .ok()
            .filter(|quantity| *quantity > 0);
        if fits.is_none() {
            issues.within("quantity", |issues| {
                issues.rule("min_value", ">=1", "Invalid quantity: Expected at least 1");
            });
        }
        fits
    });
    Some(Line {
        name: name?,
        quantity: quantity?,
        amount: amount?,
    })
}

/// What FunnelFox must know: its price point, and who buys.
fn buyer(order: &Map<String, Value>, issues: &mut Issues) -> Option<Buyer> {
    let price = issues.string(order, "price", 256);
    let fits = |text: &String| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    if price.as_ref().is_some_and(|price| !fits(price)) {
        issues.within("price", |issues| {
            issues.rule(
                "pp_ident",
                "letters, digits, _ and -",
                "Invalid price: Expected the ident of a price point",
            );
        });
    }
    let customer = issues.within("customer", |issues| match order.get("customer") {
        Some(Value::Object(map)) => {
            let id = issues.string(map, "id", 256);
            let email = issues.string(map, "email", 255);
            if email.as_ref().is_some_and(|email| !is_email(email)) {
                issues.within("email", |issues| {
                    issues.rule("email", "an e-mail address", "Invalid e-mail address");
                });
            }
            Some((id?, email?))
        }
        other => {
            issues.schema("object", "Object", other);
            None
        }
    });
    let (customer, email) = customer?;
    Some(Buyer {
        price: price?,
        customer,
        email: Sensitive::new(email),
    })
}

/// The rule of FunnelFox's own client: something, `@`, something with a dot inside.
fn is_email(text: &str) -> bool {
    let parts = text.split_once('@').filter(|(name, host)| {
        let (first, last) = host.rsplit_once('.').unwrap_or_default();
        !name.is_empty() && !host.contains('@') && !first.is_empty() && !last.is_empty()
    });
    parts.is_some() && !text.chars().any(char::is_whitespace)
}

/// The customer is checked, and kept only where the gateway needs to know who pays.
fn customer(order: &Map<String, Value>, issues: &mut Issues) {
    issues.within("customer", |issues| match order.get("customer") {
        None | Some(Value::Null) => {}
        Some(Value::Object(map)) => {
            for key in ["email", "name"] {
                if map.get(key).is_some_and(|value| !value.is_null()) {
                    issues.string(map, key, 255);
                }
            }
        }
        other => issues.schema("object", "Object", other),
    });
}
