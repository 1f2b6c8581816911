//! `POST /webhooks/funnelfox?key=…`. How FunnelFox signs is not documented, so its webhooks are
//! given an address with a secret in it. Nothing of a body is read before the secret fits.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use subtle::ConstantTimeEq;

use super::about::{About, about};
use crate::{
    provider::funnelfox::{Ended, Report, Webhook},
    server::{
        Organisation, Server,
        attempt::{Attempt, Phase},
        decide::Seen,
        error::{NOT_FOUND, Plain},
        order::Order,
        said::{Said, Standing},
        store::{Happening, StoreError, What},
    },
};

/// The secret of the address, decoded.
fn key_of(query: &str) -> Option<String> {
    let given = query
        .split('&')
        .find_map(|part| part.strip_prefix("key="))?;
    let mut bytes = Vec::new();
    let mut rest = given.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn acknowledged() -> Response {
    Json(json!({ "received": true })).into_response()
}

/// Takes a webhook. Without a secret in the settings there is no such address.
pub(crate) async fn receive(
    server: &Arc<Server>,
    query: Option<&str>,
    bytes: &Bytes,
) -> Result<Response, Plain> {
    let keys = |organisation: &&Organisation| {
        let fox = organisation.funnelfox.as_ref();
        fox.is_some_and(|fox| fox.webhook_key.is_some())
    };
    let all = &server.settings.organisations;
    if !all.iter().any(|organisation| keys(&organisation)) {
        return Err(NOT_FOUND);
    }
    let given = query.and_then(key_of).unwrap_or_default();
    // Every key is tried, so that the time tells nothing.
    let mut owners: Vec<&Organisation> = Vec::new();
    for organisation in all {
        let key = organisation
            .funnelfox
            .as_ref()
            .and_then(|fox| fox.webhook_key.as_ref());
        if let Some(key) = key
            // EXPOSE: compared with what the caller sent.
            && bool::from(key.expose().as_bytes().ct_eq(given.as_bytes()))
        {
            owners.push(organisation);
        }
    }
    if owners.is_empty() {
        tracing::warn!("a webhook of FunnelFox was refused: its key is none of the settings");
        return Err(Plain(
            StatusCode::UNAUTHORIZED,
            "the key does not fit: expected ?key= with the webhook key of the settings",
        ));
    }
    let report = match Webhook::read(bytes) {
        Some(Webhook::Order(report)) => report,
        Some(Webhook::Other) => return Ok(acknowledged()),
        None => {
            return Err(Plain(
                StatusCode::BAD_REQUEST,
                "expected an event of FunnelFox with event_type, subtype and order",
            ));
        }
    };
    for owner in owners {
        if let Some(order) = server.store.order_of_report(&owner.id, &report).await? {
            // It has its effect before it is acknowledged: whoever isn't answered sends again.
            server.take_report(&order, &report).await?;
            return Ok(acknowledged());
        }
    }
    tracing::warn!(
        order = report.order,
        "a webhook of FunnelFox about an order that is not of this server"
    );
    Ok(acknowledged())
}

/// What the report says, as an answer would.
fn said(report: &Report) -> Said {
    let standing = match report.ended {
        Ended::Settled if report.odd_amount => Standing::Unclear(
            "FunnelFox reports a charge whose amount can't be read as minor units: look there"
                .into(),
        ),
        Ended::Settled => Standing::Settled,
        Ended::Declined => Standing::Declined(crate::outcome::FailureKind::CardDeclined),
    };
    Said {
        order: Some(report.order.clone()),
        amount: report.amount,
        currency: report.currency.clone(),
        ..Said::of(standing, format!("{}, by webhook", report.ended.word()))
    }
}

impl Server {
    async fn take_report(&self, order: &Order, report: &Report) -> Result<(), StoreError> {
        let (known, settled) = self.store.report_known(&order.org, report).await?;
        let attempts = self.store.attempts_of(&order.id).await?;
        let (attempt, came) = match about(report, &attempts) {
            _ if known => (String::new(), String::new()),
            About::Attempt(id) => {
                let before = attempts.iter().find(|attempt| attempt.id == id);
                let came = match before {
                    Some(before) => self.believe_report(before, report).await?,
                    None => String::new(),
                };
                (id.to_owned(), came)
            }
            About::Old => (
                String::new(),
                "it can mean no single open attempt".to_owned(),
            ),
            About::Nobody => {
                let why = format!(
                    "FunnelFox reports a charge for its order {} that no attempt of this server \
                     made: look there, it may have to be given back",
                    report.order
                );
                self.store.operator_needed(&order.id, None, &why).await?;
                (String::new(), "no attempt fits".to_owned())
            }
        };
        if !known {
            if report.ended == Ended::Settled && settled > 0 {
                let why = format!(
                    "FunnelFox reports another charge ({}) for its order {}: look there whether \
                     it was charged twice; what must go back can only be given back there",
                    report.id, report.order
                );
                self.store.operator_needed(&order.id, None, &why).await?;
            }
            self.store
                .note(Happening {
                    order_id: &order.id,
                    what: What::WebhookReceived,
                    attempt: Some(attempt.as_str()).filter(|id| !id.is_empty()),
                    req_id: None,
                    detail: json!({
                        "type": format!("funnelfox order {}", report.ended.word()),
                        "event": report.id,
                        "came": came,
                    }),
                })
                .await;
        }
        let kind = format!("funnelfox {}", report.ended.word());
        self.store.keep_report(order, &attempt, report, &kind).await
    }

    async fn believe_report(
        &self,
        before: &Attempt,
        report: &Report,
    ) -> Result<String, StoreError> {
        let mut said = said(report);
        if before.phase == Phase::Succeeded {
            // Calls go on where they went; the report only confirms.
            said.order = None;
        }
        let after = self.settle_seen(before, &Seen::Said(said)).await?;
        Ok(format!("{} -> {}", before.phase.name(), after.phase.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::key_of;

    #[test]
    fn the_key_is_read_from_the_query_alone() {
        assert_eq!(key_of("key=a-b").as_deref(), Some("a-b"));
        assert_eq!(key_of("x=1&key=a%2Bb&key=c").as_deref(), Some("a+b"));
        for none in ["", "keys=a", "key=%", "key=%zz", "key=%ff"] {
            assert_eq!(key_of(none), None, "{none}");
        }
    }
}
