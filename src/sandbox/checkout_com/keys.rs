//! Who is calling: a public or a secret key, of the previous or the current platform.

use axum::http::{HeaderMap, header};

/// The two generations of accounts, and one that no key of this API opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Platform {
    /// Needs `Bearer` and a processing channel.
    Current,
    /// The key stands bare in `Authorization`; there are no channels.
    Previous,
    /// The account that Commerce Layer charges by: its payments are for nobody else to see.
    Connected,
}

/// What a key allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Making tokens, from a browser.
    Public,
    /// Everything else, from a server.
    Secret,
}

/// The account of the request, if its key is one of ours, of the right kind, in the right form.
pub(crate) fn check(headers: &HeaderMap, role: Role) -> Option<Platform> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    match (role, value) {
        (Role::Public, "pk_test_demo") | (Role::Secret, "sk_test_demo") => Some(Platform::Previous),
        (Role::Public, "Bearer pk_sbox_demo") | (Role::Secret, "Bearer sk_sbox_demo") => {
            Some(Platform::Current)
        }
        _ => None,
    }
}
