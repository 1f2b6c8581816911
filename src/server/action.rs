//! The action token: a signed, Primer-shaped JWT that tells the widget where the shopper must
//! go and where to ask whether they are done. It is bound to the attempt.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

use super::{Server, attempt::Attempt};

/// Checkout.com keeps a challenge open for 15 minutes.
const LIFETIME_S: i64 = 15 * 60;

impl Server {
    /// The token of an attempt in its action phase: the gateway's own as it is, else ours. The same attempt has the same token, so
    /// that repeats are answered alike. `None` if it can't be made.
    pub(crate) fn action_token(&self, attempt: &Attempt) -> Option<String> {
        if let Some(own) = &attempt.action_token {
            // EXPOSE: the gateway made it for the shopper's browser.
            return Some(own.expose().clone());
        }
        let redirect = attempt.redirect_url.as_deref()?;
        let payload = json!({
            "intent": "PROCESSOR_3DS",
            "redirectUrl": redirect,
            "statusUrl": format!(
                "{}/c/{}/action/{}",
                self.settings.public_url, attempt.session_id, attempt.id
            ),
            "exp": attempt.created_at / 1000 + LIFETIME_S,
            // EXPOSE: the shopper's browser shows it to ask about this attempt.
            "accessToken": attempt.access_token.expose(),
        });
        // EXPOSE: signs the token.
        let key = EncodingKey::from_secret(self.signing_key.expose().as_bytes());
        encode(&Header::new(Algorithm::HS256), &payload, &key)
            .inspect_err(|error| tracing::error!(attempt = attempt.id, "action token: {error}"))
            .ok()
    }
}
