//! JSON that comes from outside, read key by key.
//!
//! A text is parsed once into a [`Value`], and each room takes from it what it knows. Derived
//! readers would be compiled anew for every struct: in the wasm that is most of its size.

use serde::{
    Deserialize, Serialize,
    de::value::{Error, StrDeserializer},
};
use serde_json::{Map, Value};

/// The value in `bytes`, which must be JSON and nothing else, but for the mark that some
/// servers set before it. What is nested deeper than 127 levels is refused (T31).
pub(crate) fn parse(bytes: &[u8]) -> Option<Value> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).ok()
}

/// Writes a struct of texts, numbers and truths, which can't fail.
pub(crate) fn write(of: &impl Serialize) -> String {
    serde_json::to_string(of).unwrap_or_default()
}

/// One of an enum's words.
pub(crate) fn word<T: for<'de> Deserialize<'de>>(value: &Value) -> Option<T> {
    T::deserialize(StrDeserializer::<Error>::new(value.as_str()?)).ok()
}

/// An object whose keys are asked for. `None` means: not there, or not of that kind.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub(crate) fn of(value: &'a Value) -> Option<Self> {
        value.as_object().map(Self)
    }

    pub(crate) fn len(self) -> usize {
        self.0.len()
    }

    /// Whether the key is there, be it with `null`.
    pub(crate) fn has(self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Absent and `null` are one.
    pub(crate) fn get(self, key: &str) -> Option<&'a Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    pub(crate) fn str(self, key: &str) -> Option<&'a str> {
        self.get(key)?.as_str()
    }

    pub(crate) fn text(self, key: &str) -> Option<String> {
        self.str(key).map(str::to_owned)
    }

    /// A text that may be left out, and is empty then.
    pub(crate) fn text_or_empty(self, key: &str) -> Option<String> {
        match self.0.get(key) {
            None => Some(String::new()),
            Some(value) => value.as_str().map(str::to_owned),
        }
    }

    pub(crate) fn integer(self, key: &str) -> Option<i64> {
        self.get(key)?.as_i64()
    }

    pub(crate) fn truth(self, key: &str) -> Option<bool> {
        self.get(key)?.as_bool()
    }

    pub(crate) fn word<T: for<'de> Deserialize<'de>>(self, key: &str) -> Option<T> {
        word(self.get(key)?)
    }

    pub(crate) fn inner(self, key: &str) -> Option<Self> {
        Self::of(self.get(key)?)
    }

    /// Every element of a list; `None` also where one of them can't be read.
    pub(crate) fn each<T>(self, key: &str, read: fn(&Value) -> Option<T>) -> Option<Vec<T>> {
        self.get(key)?.as_array()?.iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn t31_f28_what_is_nested_too_deep_is_refused_and_overflows_nothing() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert!(parse(nested(127).as_bytes()).is_some());
            assert!(parse(nested(128).as_bytes()).is_none());
            assert!(parse(nested(100_000).as_bytes()).is_none());
            assert!(parse(open.repeat(100_000).as_bytes()).is_none());
        }
    }

    #[test]
    fn f25_a_byte_order_mark_is_no_fault_and_other_things_before_are() {
        assert!(parse(b"\xef\xbb\xbf{}").is_some());
        for bad in [
            &b"\xef\xbb\xbf\xef\xbb\xbf{}"[..],
            b"{}x",
            b"NaN",
            b"",
            b"\xff{}",
        ] {
            assert!(parse(bad).is_none(), "{bad:?}");
        }
    }
}
