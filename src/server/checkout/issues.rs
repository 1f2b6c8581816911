//! What is wrong with a call, in the shape of Valibot's issues that the contract publishes:
//! all of `kind, type, expected, received, message, path`. Input is never echoed.

use serde_json::{Map, Value, json};

/// One step into the input.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Index(usize),
}

/// Collects issues while a value is read.
#[derive(Debug, Default)]
pub(crate) struct Issues {
    list: Vec<Value>,
    path: Vec<Step>,
}

fn kind_of(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "Array",
        Some(Value::Object(_)) => "Object",
    }
}

impl Issues {
    /// Whether nothing was wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The body of the 400.
    pub(crate) fn body(self) -> Value {
        json!({ "error": "validation_error", "issues": self.list })
    }

    /// Reads below `key`.
    pub(crate) fn within<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(Step::Key(key.to_owned()));
        let value = read(self);
        self.path.pop();
        value
    }

    /// Reads the `index`th element.
    pub(crate) fn item<T>(&mut self, index: usize, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(Step::Index(index));
        let value = read(self);
        self.path.pop();
        value
    }

    fn path(&self) -> Vec<Value> {
        let step = |step: &Step| match step {
            Step::Key(key) => json!({"type": "object", "origin": "value", "input": "", "key": key}),
            Step::Index(index) => {
                json!({"type": "array", "origin": "value", "input": "", "key": index.to_string()})
            }
        };
        self.path.iter().map(step).collect()
    }

    /// A value of the wrong type, or none.
    pub(crate) fn schema(&mut self, kind: &str, expected: &str, found: Option<&Value>) {
        let received = kind_of(found);
        let what = if found.is_none() { "key" } else { "type" };
        self.list.push(json!({
            "kind": "schema",
            "type": kind,
            "expected": expected,
            "received": received,
            "message": format!("Invalid {what}: Expected {expected} but received {received}"),
            "path": self.path(),
        }));
    }

    /// A value of the right type that breaks a rule.
    pub(crate) fn rule(&mut self, kind: &str, expected: &str, message: &str) {
        self.list.push(json!({
            "kind": "validation",
            "type": kind,
            "expected": expected,
            "received": "a value that breaks this rule",
            "message": message,
            "path": self.path(),
        }));
    }

    /// The non-empty string `key` of at most `max` bytes.
    pub(crate) fn string(
        &mut self,
        map: &Map<String, Value>,
        key: &str,
        max: usize,
    ) -> Option<String> {
        self.within(key, |issues| match map.get(key) {
            Some(Value::String(text)) if text.is_empty() => {
                issues.rule(
                    "non_empty",
                    "!0",
                    "Invalid length: Expected !0 but received 0",
                );
                None
            }
            Some(Value::String(text)) if text.len() > max => {
                let expected = format!("<={max}");
                issues.rule(
                    "max_length",
                    &expected,
                    &format!("Invalid length: Expected {expected} bytes"),
                );
                None
            }
            Some(Value::String(text)) => Some(text.clone()),
            other => {
                issues.schema("string", "string", other);
                None
            }
        })
    }

    /// The string `key`, which must be one of `options`; `default` where it may be absent.
    pub(crate) fn choice(
        &mut self,
        map: &Map<String, Value>,
        key: &str,
        options: &[&str],
        default: Option<&str>,
    ) -> Option<String> {
        let expected = options
            .iter()
            .map(|option| format!("\"{option}\""))
            .collect::<Vec<_>>()
            .join(" | ");
        self.within(key, |issues| match (map.get(key), default) {
            (None, Some(default)) => Some(default.to_owned()),
            (Some(Value::String(text)), _) if options.contains(&text.as_str()) => {
                Some(text.clone())
            }
            (other, _) => {
                issues.schema("picklist", &format!("({expected})"), other);
                None
            }
        })
    }

    /// The integer `key`.
    pub(crate) fn integer(&mut self, map: &Map<String, Value>, key: &str) -> Option<i64> {
        self.within(key, |issues| {
            let value = map.get(key);
            let number = value.and_then(Value::as_i64);
            match (number, value) {
                (Some(number), _) => return Some(number),
                (None, Some(Value::Number(_))) => issues.rule(
                    "integer",
                    "an integer",
                    "Invalid integer: Expected a whole number in range",
                ),
                (None, other) => issues.schema("number", "number", other),
            }
            None
        })
    }
}
