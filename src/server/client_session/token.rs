//! Client tokens: signed, Primer-shaped JWTs with the intent `CHECKOUT`. Each is bound to one
//! session and opens nothing but what its page may see anyway.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;

use crate::server::{Server, random};

/// How long a token without a session lives, in seconds.
const SIMPLE_LIFETIME_S: i64 = 24 * 3600;

fn is_same(one: &str, other: &str) -> bool {
    bool::from(one.as_bytes().ct_eq(other.as_bytes()))
}

impl Server {
    fn access_to(&self, what: &str) -> String {
        // EXPOSE: keys the hash.
        random::keyed_hash(self.signing_key.expose(), &format!("client token: {what}"))
    }

    /// Whether `given` is the access token of a session's client token.
    pub(super) fn opens_session(&self, session: &str, given: &str) -> bool {
        is_same(given, &self.access_to(session))
    }

    /// Whether `given` is the access token of an organisation's token without a session that
    /// is good at `now`, in Unix seconds.
    pub(super) fn opens_org(&self, org: &str, given: &str, now: i64) -> bool {
        let Some((ends, _)) = given.split_once('.') else {
            return false;
        };
        let alive = ends.parse::<i64>().is_ok_and(|ends| now < ends);
        alive && is_same(given, &self.simple_access(org, ends))
    }

    fn simple_access(&self, org: &str, ends: &str) -> String {
        format!("{ends}.{}", self.access_to(&format!("{org} until {ends}")))
    }

    /// The client token of a session that ends at `ends`, in Unix seconds.
    pub(super) fn client_token(&self, session: &str, ends: i64) -> Option<String> {
        let url = self.configuration_url(session);
        self.checkout_token(&self.access_to(session), &url, ends)
    }

    /// A client token without a session, from `now` on.
    pub(super) fn simple_token(&self, org: &str, now: i64) -> Option<String> {
        let ends = now + SIMPLE_LIFETIME_S;
        let access = self.simple_access(org, &ends.to_string());
        let public = &self.settings.public_url;
        let url = format!("{public}/{org}/v1/checkout/configuration");
        self.checkout_token(&access, &url, ends)
    }

    fn configuration_url(&self, session: &str) -> String {
        format!("{}/c/{session}/configuration", self.settings.public_url)
    }

    fn checkout_token(&self, access: &str, configuration: &str, ends: i64) -> Option<String> {
        let payload = json!({
            "intent": "CHECKOUT",
            "accessToken": access,
            "exp": ends,
            "configurationUrl": configuration,
            "env": self.environment(),
            "paymentFlow": "DEFAULT",
        });
        // EXPOSE: signs the token.
        let key = EncodingKey::from_secret(self.signing_key.expose().as_bytes());
        encode(&Header::new(Algorithm::HS256), &payload, &key)
            .inspect_err(|error| tracing::error!("client token: {error}"))
            .ok()
    }

    pub(super) fn environment(&self) -> &'static str {
        if self.settings.sandbox {
            "SANDBOX"
        } else {
            "PRODUCTION"
        }
    }

    /// The session that a client token of ours belongs to. Whether that is over, the session
    /// itself knows.
    pub(super) fn session_of(&self, token: &str) -> Option<String> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        // EXPOSE: checks the signature.
        let key = DecodingKey::from_secret(self.signing_key.expose().as_bytes());
        let payload = decode::<Map<String, Value>>(token, &key, &validation)
            .ok()?
            .claims;
        let text = |key: &str| payload.get(key).and_then(Value::as_str);
        let session = text("configurationUrl")?
            .strip_suffix("/configuration")?
            .rsplit('/')
            .next()?;
        let fits = text("intent") == Some("CHECKOUT")
            && text("accessToken").is_some_and(|access| self.opens_session(session, access));
        fits.then(|| session.to_owned())
    }
}
