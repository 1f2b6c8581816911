//! The fields of a body by the rules of the published contract: types, lengths, patterns. All
//! that is wrong is told at once, and nothing that was sent is told back.

use serde_json::{Map, Value};

use crate::server::settings::is_ident;

/// A body that is being read.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    problems: Vec<String>,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(map: &'a Map<String, Value>) -> Self {
        Self {
            map,
            problems: Vec::new(),
        }
    }

    fn wrong(&mut self, key: &str, expected: &str) {
        self.problems.push(format!("{key}: expected {expected}"));
    }

    fn string(&self, key: &str) -> Option<&'a str> {
        self.map.get(key).and_then(Value::as_str)
    }

    /// A string of at most `most` characters, which must be there.
    pub(crate) fn text(&mut self, key: &str, most: usize) -> String {
        match self.string(key) {
            Some(text) if text.chars().count() <= most => text.to_owned(),
            _ => {
                self.wrong(key, &format!("a string of at most {most} characters"));
                String::new()
            }
        }
    }

    /// A string or null, or nothing.
    pub(crate) fn nullable(&mut self, key: &str) -> Option<String> {
        match self.map.get(key) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => {
                self.wrong(key, "a string or null");
                None
            }
        }
    }

    /// One of `words`.
    pub(crate) fn word(&mut self, key: &str, words: &[&'static str]) -> &'static str {
        let text = self.string(key);
        let found = words.iter().find(|word| text == Some(**word));
        if found.is_none() {
            self.wrong(key, &format!("one of {}", words.join(", ")));
        }
        found.copied().unwrap_or_default()
    }

    /// The id of a price point, which must be there.
    pub(crate) fn ident(&mut self, key: &str) -> String {
        let text = self.string(key).filter(|text| is_ident(text));
        if text.is_none() {
            self.wrong(key, "^[-A-Za-z_0-9]{1,256}$");
        }
        text.unwrap_or_default().to_owned()
    }

    /// The same where it may be left out.
    pub(crate) fn maybe_ident(&mut self, key: &str) -> Option<String> {
        self.map.contains_key(key).then(|| self.ident(key))
    }

    /// The region of a session without a price: `^[a-z]{1,20}$`.
    pub(crate) fn simple_region(&mut self, key: &str) {
        let fits = self.string(key).is_some_and(|text| {
            (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase())
        });
        if !fits {
            self.wrong(key, "^[a-z]{1,20}$");
        }
    }

    /// A UUID, or nothing.
    pub(crate) fn maybe_uuid(&mut self, key: &str) -> Option<String> {
        let value = self.map.get(key)?;
        let found = value
            .as_str()
            .filter(|text| text.len() == 36 && uuid::Uuid::try_parse(text).is_ok())
            .map(str::to_ascii_lowercase);
        if found.is_none() {
            self.wrong(key, "a uuid");
        }
        found
    }

    /// `client_metadata`: an object, or nothing. It is not kept: a page may have put anything
    /// into it (trap 12).
    pub(crate) fn metadata(&mut self) {
        if !matches!(
            self.map.get("client_metadata"),
            None | Some(Value::Object(_))
        ) {
            self.wrong("client_metadata", "an object");
        }
    }

    /// All that is wrong, in one line.
    pub(crate) fn check(self) -> Result<(), String> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(self.problems.join("; "))
        }
    }
}

/// The rule of the public client: something, `@`, something with a dot inside, no white space.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else {
        return false;
    };
    let dotted = host
        .char_indices()
        .any(|(at, letter)| letter == '.' && at > 0 && at + 1 < host.len());
    !name.is_empty() && !host.contains('@') && dotted && !text.chars().any(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn emails_follow_the_rule_of_the_public_client() {
        for good in ["a@b.co", "jane.doe+x@shop.example", "ä@ö.ü"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "", "a", "a@b", "@b.co", "a@.b", "a@b.", "a b@c.d", "a@b@c.d", "a@b.c\n",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
