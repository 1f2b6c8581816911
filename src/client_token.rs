//! Primer's client tokens: JWTs that open a checkout, or ask for an action.
//!
//! Only the payload is read (base64url without padding); clients of this contract don't check
//! the signature. Nothing in it is trusted beyond what each reader says.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    http,
    json::{self, Fields},
    sensitive::Sensitive,
};

/// The longest token that is read, in bytes.
const MAX_TOKEN: usize = 32 * 1024;
/// The version of Primer's API that this is written for.
pub(crate) const API_VERSION: &str = "2.4";

/// What is read of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientToken {
    /// What it is for.
    pub intent: String,
    /// Goes into the header `Primer-Client-Token`; the token round it never does (trap 13).
    pub access_token: Sensitive<String>,
    /// `expiration`, or else `exp`, in Unix seconds.
    pub ends: Option<i64>,
    /// The bank's page.
    pub redirect_url: Option<String>,
    /// Where to learn that the shopper is done there.
    pub status_url: Option<String>,
    /// Where the checkout is described.
    pub configuration_url: Option<String>,
    /// Where cards become tokens.
    pub pci_url: Option<String>,
}

impl ClientToken {
    /// Reads a token; `None` where it is no JWT with a JSON payload of the known fields.
    pub fn read(token: &str) -> Option<Self> {
        let payload = token
            .split('.')
            .nth(1)
            .filter(|_| token.len() <= MAX_TOKEN)?;
        let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let value = json::parse(&bytes)?;
        let fields = Fields::of(&value)?;
        let time = |key| match fields.get(key) {
            Some(value) => value.as_i64().map(Some),
            None => Some(None),
        };
        let (expiration, exp) = (time("expiration")?, time("exp")?);
        Some(Self {
            intent: fields.text("intent")?,
            access_token: Sensitive::new(fields.text("accessToken")?),
            ends: expiration.or(exp),
            redirect_url: fields.text("redirectUrl"),
            status_url: fields.text("statusUrl"),
            configuration_url: fields.text("configurationUrl"),
            pci_url: fields.text("pciUrl"),
        })
    }

    /// Whether its time is over. `now` is the server's time in Unix seconds.
    pub fn is_over(&self, now: i64) -> bool {
        self.ends.is_some_and(|end| end <= now)
    }
}

/// A GET of Primer's under an access token.
pub(crate) fn get(url: String, access_token: &Sensitive<String>) -> http::Request {
    let mut request = http::Request::get(url)
        .header("x-api-version", API_VERSION)
        // EXPOSE: the access token goes to the address that came with it, in the same token.
        .header("primer-client-token", access_token.expose().as_str());
    request.deadline_ms = 15_000;
    request
}
