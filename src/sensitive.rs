//! `Sensitive<T>`: a value that no log, message or panic may show.
//!
//! `Debug` and `Display` print `[redacted]`, nothing serialises it, and its memory is
//! overwritten when it is dropped. Reading it takes [`Sensitive::expose`], and each call
//! says in a comment beside it, beginning with `EXPOSE:`, why it must.

use std::fmt;

use zeroize::Zeroize;

/// A secret: card number, security code, token, key.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sensitive<T: Zeroize>(T);

impl<T: Zeroize> Sensitive<T> {
    /// Takes the value in custody.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Say why beside the call: `// EXPOSE: …`.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Sensitive<T> {
    // One copy of it for all: in the wasm it stands wherever a value goes.
    #[inline(never)]
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> From<T> for Sensitive<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Zeroize> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T: Zeroize> fmt::Display for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::Sensitive;

    #[test]
    fn t28_debug_and_display_show_nothing() {
        let secret = Sensitive::new(String::from("4242424242424242"));
        assert_eq!(format!("{secret:?} {secret}"), "[redacted] [redacted]");
        assert_eq!(format!("{:?}", Some(secret)), "Some([redacted])");
    }
}
