//! Ids as the systems write them: a prefix and 26 random characters.

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// `{prefix}_` and 26 characters of `[a-z2-7]`: 130 random bits.
pub(crate) fn new(prefix: &str) -> String {
    format!("{prefix}_{}", word(26))
}

/// `length` random characters of `[a-z2-7]`.
pub(crate) fn word(length: usize) -> String {
    let mut bytes = vec![0u8; length];
    rand::fill(&mut bytes[..]);
    bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
        .collect()
}

/// Whether `text` is `{prefix}_` and 26 word characters, as the published patterns say.
pub(crate) fn is(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .is_some_and(|rest| {
            rest.len() == 26 && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        })
}
