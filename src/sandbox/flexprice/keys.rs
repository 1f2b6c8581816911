//! Who is calling: one secret key in `x-api-key`. Nothing else lets anyone in.

use axum::http::HeaderMap;

use super::answer::Refusal;

/// The key of the sandbox's environment.
const KEY: &str = "sk_flexprice_demo";

/// Lets through who has the key.
pub(super) fn check(headers: &HeaderMap) -> Result<(), Refusal> {
    let key = headers.get("x-api-key").map(|value| value.as_bytes());
    if key == Some(KEY.as_bytes()) {
        return Ok(());
    }
    Err(Refusal::Unauthorized)
}
