//! Unguessable names and keyed or plain hashes of secrets.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// `length` characters of `[a-z2-7]`, 5 random bits each.
pub(crate) fn text(length: usize) -> String {
    (0..length)
        .map(|_| {
            let byte: u8 = rand::random();
            char::from(ALPHABET[usize::from(byte & 31)])
        })
        .collect()
}

/// SHA-256 in hexadecimal over the parts, each with its length before it.
pub(crate) fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hex::encode(hasher.finalize())
}

/// HMAC-SHA-256 in hexadecimal: like [`hash`], and useless without `key`.
pub(crate) fn keyed_hash(key: &str, text: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map(|mut mac| {
        mac.update(text.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    });
    // HMAC takes keys of any length; the plain hash is for the type's sake.
    mac.unwrap_or_else(|_| hash(&[key, text]))
}
