//! The id of a resource, which goes into addresses and comes back in documents.

use std::fmt;

/// Letters and digits, 64 at most: `QWERtyUpBa`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id(String);

impl Id {
    /// Reads an id; `None` for anything that could be more than one part of a path.
    pub fn parse(text: &str) -> Option<Self> {
        let fits =
            (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Id;

    #[test]
    fn t22_an_id_is_one_part_of_a_path() {
        assert_eq!(Id::parse("QWERtyUpBa").unwrap().as_str(), "QWERtyUpBa");
        for wrong in [
            "",
            "..",
            "a/b",
            "a?b",
            "a b",
            "a%2f",
            "ä",
            "a\n",
            &"a".repeat(65),
        ] {
            assert_eq!(Id::parse(wrong), None, "{wrong:?}");
        }
    }
}
