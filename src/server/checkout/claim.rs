//! The checkoutClaim: a compact JWS by which a shop's server states the order. Here its
//! signature, its owner and its lifetime are checked.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};

use crate::server::{ClaimSecret, Organisation, Settings};

use super::issues::Issues;

/// What the claim must be addressed to.
const AUDIENCE: &str = "fanfare-checkout";
/// Longest time between `iat` and `exp`, in seconds.
const MAX_LIFETIME_S: i64 = 24 * 3600;
/// How far the shop's clock may be ahead, in seconds.
const CLOCK_SKEW_S: i64 = 60;

/// What a claim's signature came to.
#[derive(Debug)]
pub(crate) enum Verified {
    /// Signed by the organisation itself; these are its words.
    Payload(Map<String, Value>),
    /// Signed or issued by another organisation than the key's.
    Foreign,
    /// Not to be believed; the issue is noted.
    Invalid,
}

fn key(secret: &ClaimSecret) -> Option<(Algorithm, DecodingKey)> {
    match secret {
        ClaimSecret::Hs256(secret) => Some((
            Algorithm::HS256,
            // EXPOSE: checks the signature.
            DecodingKey::from_secret(secret.expose().as_bytes()),
        )),
        ClaimSecret::EdDsa(public) => DecodingKey::from_ed_components(public)
            .ok()
            .map(|key| (Algorithm::EdDSA, key)),
    }
}

/// Checks who signed `claim`. Times are checked later, by [`lifetime`].
pub(crate) fn verify(
    settings: &Settings,
    owner: &Organisation,
    claim: &str,
    issues: &mut Issues,
) -> Verified {
    let refuse = |issues: &mut Issues, kind: &str, expected: &str, message: &str| {
        issues.rule(kind, expected, message);
        Verified::Invalid
    };
    let Ok(header) = decode_header(claim) else {
        return refuse(
            issues,
            "jws",
            "a compact JWS with alg HS256 or EdDSA",
            "Invalid claim: Expected a compact JWS whose header has alg HS256 or EdDSA and a kid",
        );
    };
    let kid = header.kid.unwrap_or_default();
    let signer = settings.organisations.iter().find_map(|organisation| {
        let found = organisation.claim_keys.iter().find(|key| key.kid == kid)?;
        Some((organisation, key(&found.key)?))
    });
    let Some((signer, (algorithm, key))) = signer else {
        return refuse(
            issues,
            "kid",
            "a known kid",
            "Invalid claim: the kid is not known",
        );
    };
    if header.alg != algorithm {
        return refuse(
            issues,
            "alg",
            "the algorithm of the key",
            "Invalid claim: the algorithm is not the one this key is for",
        );
    }
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let Ok(data) = decode::<Map<String, Value>>(claim, &key, &validation) else {
        return refuse(
            issues,
            "signature",
            "a valid signature",
            "Invalid claim: the signature does not fit the claim and its key",
        );
    };
    let issuer = data.claims.get("iss").and_then(Value::as_str);
    if signer.id != owner.id || issuer.is_some_and(|issuer| issuer != owner.id) {
        return Verified::Foreign;
    }
    Verified::Payload(data.claims)
}

/// Checks `iss`, `aud`, `iat` and `exp` at `now` (Unix seconds).
pub(crate) fn lifetime(payload: &Map<String, Value>, now: i64, issues: &mut Issues) {
    issues.string(payload, "iss", 64);
    issues.within("aud", |issues| match payload.get("aud") {
        Some(Value::String(audience)) if audience == AUDIENCE => {}
        Some(Value::Array(list)) if list.iter().any(|one| one == AUDIENCE) => {}
        Some(Value::String(_) | Value::Array(_)) => issues.rule(
            "value",
            AUDIENCE,
            "Invalid audience: Expected \"fanfare-checkout\"",
        ),
        other => issues.schema("string", "string", other),
    });
    let issued = issues.integer(payload, "iat");
    let expires = issues.integer(payload, "exp");
    if let Some(issued) = issued
        && issued > now.saturating_add(CLOCK_SKEW_S)
    {
        issues.within("iat", |issues| {
            issues.rule(
                "max_value",
                "a time not in the future",
                "Invalid iat: it is in the future",
            );
        });
    }
    let Some(expires) = expires else {
        return;
    };
    if expires <= now {
        issues.within("exp", |issues| {
            issues.rule(
                "min_value",
                "a time to come",
                "Invalid exp: the claim has expired",
            );
        });
    }
    if let Some(issued) = issued
        && (expires.saturating_sub(issued) > MAX_LIFETIME_S || expires <= issued)
    {
        issues.within("exp", |issues| {
            issues.rule(
                "max_value",
                "after iat, by 86400 s at most",
                "Invalid exp: Expected a time after iat, by 24 hours at most",
            );
        });
    }
}
