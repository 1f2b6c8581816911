//! The rules of the fields, as the published schemas state them: types, lengths, patterns.

use axum::http::HeaderMap;
use serde_json::{Map, Value};

use super::{super::guard, answer::Refusal};

/// A body being read; problems are collected and reported together.
#[derive(Debug)]
pub(crate) struct Fields {
    body: Map<String, Value>,
    problems: Vec<String>,
}

impl Fields {
    /// The body of a request to an organisation that this stand-in serves: sandbox ones.
    ///
    /// # Errors
    /// `bad_request` for another organisation, another media type, or no JSON object.
    pub(crate) fn open(org: &str, headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        if org != "demo" && !org.starts_with("sndbx_") {
            return Err(Refusal::bad(
                "There is no such organization: expected demo or sndbx_…",
            ));
        }
        if !guard::is_json(headers) {
            return Err(Refusal::bad("Expected content-type application/json"));
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(body)) => Ok(Self {
                body,
                problems: Vec::new(),
            }),
            _ => Err(Refusal::bad("Expected a JSON object")),
        }
    }

    fn wrong(&mut self, key: &str, expected: &str) {
        self.problems.push(format!("{key}: expected {expected}"));
    }

    /// A string of at most `most` characters; a missing one is fine unless it is required.
    pub(crate) fn text(&mut self, key: &str, most: usize, required: bool) -> Option<String> {
        match self.body.get(key) {
            None if !required => None,
            Some(Value::String(text)) if text.chars().count() <= most => Some(text.clone()),
            _ => {
                self.wrong(key, &format!("a string of at most {most} characters"));
                None
            }
        }
    }

    /// A string or null.
    pub(crate) fn nullable(&mut self, key: &str) {
        if !matches!(
            self.body.get(key),
            None | Some(Value::Null | Value::String(_))
        ) {
            self.wrong(key, "a string or null");
        }
    }

    /// One of some words.
    pub(crate) fn word(&mut self, key: &str, words: &[&str]) -> Option<String> {
        let text = self.body.get(key).and_then(Value::as_str);
        let found = text.filter(|text| words.contains(text)).map(str::to_owned);
        if found.is_none() {
            self.wrong(key, &words.join(", "));
        }
        found
    }

    /// A price point's ident: `^[-A-Za-z_0-9]{1,256}$`.
    pub(crate) fn ident(&mut self, key: &str, required: bool) -> Option<String> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let found = self.pattern(key, 256, fits);
        if found.is_none() && (required || self.body.contains_key(key)) {
            self.wrong(key, "^[-A-Za-z_0-9]{1,256}$");
        }
        found
    }

    /// The region of a simple session: `^[a-z]{1,20}$`.
    pub(crate) fn simple_region(&mut self, key: &str) -> Option<String> {
        let found = self.pattern(key, 20, |c| c.is_ascii_lowercase());
        if found.is_none() {
            self.wrong(key, "^[a-z]{1,20}$");
        }
        found
    }

    fn pattern(&self, key: &str, most: usize, fits: impl Fn(char) -> bool) -> Option<String> {
        let text = self.body.get(key).and_then(Value::as_str)?;
        let good = (1..=most).contains(&text.len()) && text.chars().all(fits);
        good.then(|| text.to_owned())
    }

    /// A UUID in the usual form.
    pub(crate) fn uuid(&mut self, key: &str, required: bool) -> Option<String> {
        let text = self.body.get(key).and_then(Value::as_str);
        let found = text
            .filter(|text| text.len() == 36 && uuid::Uuid::try_parse(text).is_ok())
            .map(str::to_ascii_lowercase);
        if found.is_none() && (required || self.body.contains_key(key)) {
            self.wrong(key, "a uuid");
        }
        found
    }

    /// `client_metadata`: an object, if it is there.
    pub(crate) fn metadata(&mut self) -> Option<Value> {
        match self.body.get("client_metadata") {
            None => None,
            Some(object @ Value::Object(_)) => Some(object.clone()),
            Some(_) => {
                self.wrong("client_metadata", "an object");
                None
            }
        }
    }

    /// All is well so far, or every problem at once.
    ///
    /// # Errors
    /// `bad_request` with an item for each field that breaks its rule.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(Refusal::all(self.problems.clone()))
    }
}

/// The email rule of FunnelFox's own client: something, `@`, something with a dot inside.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else {
        return false;
    };
    let whole = |part: &str| !part.is_empty() && !part.contains('@');
    let dotted = host
        .char_indices()
        .any(|(at, c)| c == '.' && at > 0 && at + 1 < host.len());
    whole(name) && whole(host) && dotted && !text.chars().any(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_follow_the_rule_of_the_client() {
        for good in ["a@b.c", "jane.doe@shop.example", "a@.b.c"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "a@b", "@b.c", "a@b.", "a@.b", "a b@c.d", "a@b@c.d"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
