//! The call itself: key, fields, claim, then the store.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use crate::session::Mode;

use super::{
    claim::{Verified, lifetime, verify},
    issues::Issues,
    order_claim::{self, Claimed},
    urls,
};
use crate::server::{
    Organisation, Server,
    error::Plain,
    funnelfox::CannotOpen,
    order::parse_mode,
    payment_routes::is_json,
    random,
    report::rfc3339,
    store::{NewCheckout, Opened, Refusal, now_ms},
    unique_json,
};

const UNAUTHORISED: Plain = Plain(StatusCode::UNAUTHORIZED, "Authentication required");

/// The organisation whose secret key the call carries.
pub(crate) fn authenticate<'a>(
    server: &'a Server,
    headers: &HeaderMap,
) -> Result<&'a Organisation, Plain> {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .and_then(|(_, key)| server.owner_of(key.trim()))
        .ok_or(UNAUTHORISED)
}

fn invalid(issues: Issues) -> Response {
    (StatusCode::BAD_REQUEST, Json(issues.body())).into_response()
}

fn one(key: &str, kind: &str, expected: &str, message: &str) -> Response {
    let mut issues = Issues::default();
    issues.within(key, |issues| issues.rule(kind, expected, message));
    invalid(issues)
}

struct Fields {
    claim: String,
    mode: Mode,
    success_url: String,
    cancel_url: String,
    idempotency_key: String,
}

fn fields(map: &Map<String, Value>, sandbox: bool, issues: &mut Issues) -> Option<Fields> {
    let claim = issues.string(map, "checkoutClaim", 48 * 1024);
    let mode = issues
        .choice(map, "mode", &["hosted", "embedded"], None)
        .and_then(|mode| parse_mode(&mode));
    let url = |key: &str, issues: &mut Issues| {
        let text = issues.string(map, key, 2048)?;
        if !urls::parse(&text).is_some_and(|url| url.is_safe(sandbox)) {
            issues.within(key, |issues| {
                issues.rule(
                    "url",
                    "an https URL",
                    "Invalid URL: Expected an absolute https URL",
                );
            });
            return None;
        }
        Some(text)
    };
    let success_url = url("successUrl", issues);
    let cancel_url = url("cancelUrl", issues);
    let idempotency_key = issues.string(map, "idempotencyKey", 255);
    Some(Fields {
        claim: claim?,
        mode: mode?,
        success_url: success_url?,
        cancel_url: cancel_url?,
        idempotency_key: idempotency_key?,
    })
}

/// The URLs must be on hosts that the claim lists.
fn returns(fields: &Fields, claimed: &Claimed, issues: &mut Issues) {
    for (key, text) in [
        ("successUrl", &fields.success_url),
        ("cancelUrl", &fields.cancel_url),
    ] {
        let listed = urls::parse(text)
            .is_some_and(|url| claimed.return_hosts.iter().any(|host| url.is_on(host)));
        if !listed {
            issues.within(key, |issues| {
                issues.rule(
                    "return_host",
                    "a host of the claim's returnHosts",
                    "Invalid URL: its host is not among the claim's returnHosts",
                );
            });
        }
    }
    if fields.mode == Mode::Embedded && claimed.parent_origins.is_empty() {
        issues.within("checkoutClaim", |issues| {
            issues.within("parentOrigins", |issues| {
                issues.rule(
                    "min_length",
                    ">=1",
                    "Invalid length: mode embedded needs at least one parent origin",
                );
            });
        });
    }
}

/// `POST /checkout`.
pub(crate) async fn open(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, Plain> {
    let owner = authenticate(&server, &headers)?;
    let mut issues = Issues::default();
    if !is_json(&headers) {
        issues.rule(
            "content_type",
            "application/json",
            "Invalid content type: Expected application/json",
        );
        return Ok(invalid(issues));
    }
    let parsed = bytes.ok().and_then(|bytes| unique_json::parse(&bytes));
    let Some(Value::Object(map)) = parsed else {
        issues.schema("object", "Object", parsed.as_ref());
        return Ok(invalid(issues));
    };
    let Some(fields) = fields(&map, server.settings.sandbox, &mut issues) else {
        return Ok(invalid(issues));
    };
    let mode = if fields.mode == Mode::Hosted {
        "hosted"
    } else {
        "embedded"
    };
    let fingerprint = random::hash(&[
        &fields.claim,
        mode,
        &fields.success_url,
        &fields.cancel_url,
        &fields.idempotency_key,
    ]);
    // A repeat is answered as the first time, also when the claim has expired since.
    let kept = server
        .store
        .checkout_call(&owner.id, &fields.idempotency_key)
        .await?;
    if let Some((known, answer)) = kept {
        return Ok(if known == fingerprint {
            answered(answer)
        } else {
            refused(Refusal::KeyReused)
        });
    }
    let verified = issues.within("checkoutClaim", |issues| {
        verify(&server.settings, owner, &fields.claim, issues)
    });
    let payload = match verified {
        Verified::Payload(payload) => payload,
        Verified::Invalid => return Ok(invalid(issues)),
        Verified::Foreign => {
            return Err(Plain(
                StatusCode::FORBIDDEN,
                "the claim belongs to another organisation",
            ));
        }
    };
    let claimed = issues.within("checkoutClaim", |issues| {
        lifetime(&payload, now_ms() / 1000, issues);
        order_claim::read(&payload, owner, server.settings.sandbox, issues)
    });
    if let Some(claimed) = &claimed {
        returns(&fields, claimed, &mut issues);
    }
    let Some(claimed) = claimed.filter(|_| issues.is_empty()) else {
        return Ok(invalid(issues));
    };
    let mut new = new_checkout(&server, owner, fields, claimed, fingerprint);
    if let Some(buyer) = &new.buyer {
        let session = server
            .first_client_session(owner, &new.reference, buyer, new.total, &new.order_id)
            .await;
        match session {
            Ok(session) => new.client_session = session,
            Err(why) => return Ok(not_sold(&why)),
        }
    }
    let opened = server
        .store
        .open_checkout(&new, |order| {
            json!({
                "orderId": order.id,
                "paymentId": order.payment_id,
                "checkoutUrl": format!("{}/c/{}", server.settings.public_url, new.session_id),
                "expiresAt": rfc3339(new.expires_at),
            })
            .to_string()
        })
        .await?;
    Ok(match opened {
        Opened::Answer(answer) => {
            tracing::info!(org = owner.id, reference = new.reference, "checkout opened");
            answered(answer)
        }
        Opened::Refused(refusal) => refused(refusal),
    })
}

fn new_checkout(
    server: &Server,
    owner: &Organisation,
    fields: Fields,
    claimed: Claimed,
    fingerprint: String,
) -> NewCheckout {
    let lifetime = i64::try_from(server.settings.session_lifetime.as_millis()).unwrap_or(3_600_000);
    NewCheckout {
        org: owner.id.clone(),
        idempotency_key: fields.idempotency_key,
        fingerprint,
        claim: Some((claimed.jti, random::hash(&[&fields.claim]))),
        reference: claimed.reference,
        total: claimed.total,
        capture: claimed.capture,
        gateway: claimed.gateway,
        buyer: claimed.buyer,
        client_session: None,
        lines: claimed.lines,
        mode: fields.mode,
        success_url: fields.success_url,
        cancel_url: fields.cancel_url,
        language: claimed.language,
        parent_origins: claimed.parent_origins,
        order_id: uuid::Uuid::new_v4().to_string(),
        payment_id: format!("pay_{}", random::text(26)),
        session_id: format!("cs_{}", random::text(32)),
        next_attempt: uuid::Uuid::new_v4().to_string(),
        expires_at: now_ms() + lifetime,
        customer: None,
    }
}

/// What FunnelFox would not sell like this.
fn not_sold(why: &CannotOpen) -> Response {
    let (key, why) = match why {
        CannotOpen::Customer(why) => ("customer", why),
        CannotOpen::Price(why) | CannotOpen::Later(why) => ("price", why),
    };
    claim_issue("order", Some(key), &format!("Invalid {key}: {why}"))
}

fn answered(answer: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], answer).into_response()
}

fn refused(refusal: Refusal) -> Response {
    match refusal {
        Refusal::KeyReused => one(
            "idempotencyKey",
            "idempotency",
            "a new key for another body",
            "Invalid key: it was used for another body",
        ),
        Refusal::JtiReused => claim_issue("jti", None, "Invalid jti: another claim had it"),
        Refusal::Paid => claim_issue(
            "order",
            Some("reference"),
            "Invalid reference: this order is already paid",
        ),
        Refusal::Changed => claim_issue(
            "order",
            Some("amount"),
            "Invalid order: a payment of this reference is open with other terms",
        ),
    }
}

fn claim_issue(key: &str, inner: Option<&str>, message: &str) -> Response {
    let mut issues = Issues::default();
    let note = |issues: &mut Issues| issues.rule("check", "an order that can be opened", message);
    issues.within("checkoutClaim", |issues| {
        issues.within(key, |issues| match inner {
            Some(inner) => issues.within(inner, |issues| note(issues)),
            None => note(issues),
        });
    });
    invalid(issues)
}
