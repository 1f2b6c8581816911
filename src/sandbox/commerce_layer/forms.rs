//! Forms that the resources share: amounts in three ways, moments, and what each of them has.

use serde_json::{Map, Value, json};

use super::super::{clock::rfc3339, template};

/// A moment, to the thousandth.
pub(super) fn moment(seconds: i64) -> Value {
    json!(rfc3339(seconds).replace('Z', ".000Z"))
}

/// The three forms of an amount.
pub(super) fn amount(into: &mut Map<String, Value>, name: &str, cents: u64, currency: &str) {
    let unit = 10u32.pow(template::decimals(currency));
    let float = cents as f64 / f64::from(unit);
    let words = template::price(i64::try_from(cents).unwrap_or(i64::MAX), currency);
    into.insert(format!("{name}_cents"), json!(cents));
    into.insert(format!("{name}_float"), json!(float));
    into.insert(format!("formatted_{name}"), json!(words));
}

/// What every resource has.
pub(super) fn every(
    into: &mut Map<String, Value>,
    created: i64,
    updated: i64,
    words: &Map<String, Value>,
) {
    into.insert("created_at".into(), moment(created));
    into.insert("updated_at".into(), moment(updated));
    into.insert("reference".into(), Value::Null);
    into.insert("reference_origin".into(), Value::Null);
    into.insert("metadata".into(), json!({}));
    into.extend(words.clone());
}

/// The fields of an object.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
