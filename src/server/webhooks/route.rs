//! `POST /webhooks/{system}`: nothing of a body is read before its signature holds.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use subtle::{Choice, ConstantTimeEq};

use crate::{
    provider::checkout_com::webhook::{Webhook, is_signed},
    server::{
        Organisation, Server,
        error::{NOT_FOUND, Plain},
        funnelfox,
        gateway::Gateway,
        store::{StoreError, Stored},
    },
};

/// Whether the call proves to come from the organisation's account.
fn fits(organisation: &Organisation, headers: &HeaderMap, body: &[u8]) -> bool {
    let given = |name: &str| headers.get(name).map_or(&b""[..], |value| value.as_bytes());
    let Some(gateway) = &organisation.checkout_com else {
        return false;
    };
    let signed = gateway
        .webhook_secret
        .as_ref()
        .is_some_and(|key| is_signed(body, given("cko-signature"), key));
    let authorised = gateway.webhook_authorization.as_ref().map(|expected| {
        // EXPOSE: compared with what the caller sent.
        let expected = expected.expose().as_bytes();
        expected.ct_eq(given(header::AUTHORIZATION.as_str()))
    });
    bool::from(Choice::from(u8::from(signed)) & authorised.unwrap_or(Choice::from(1)))
}

fn acknowledged() -> Response {
    Json(json!({ "received": true })).into_response()
}

pub(crate) async fn receive(
    State(server): State<Arc<Server>>,
    Path(system): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, Plain> {
    let gateway = Gateway::parse(&system).ok_or(NOT_FOUND)?;
    let bytes = bytes.map_err(|_| {
        Plain(
            StatusCode::PAYLOAD_TOO_LARGE,
            "expected a whole body of 64 KiB at most",
        )
    })?;
    match gateway {
        Gateway::CheckoutCom => from_checkout_com(&server, &headers, &bytes).await,
        Gateway::FunnelFox => funnelfox::receive(&server, query.as_deref(), &bytes).await,
    }
}

async fn from_checkout_com(
    server: &Arc<Server>,
    headers: &HeaderMap,
    bytes: &Bytes,
) -> Result<Response, Plain> {
    // Every key is tried, so that the time tells nothing.
    let all = &server.settings.organisations;
    let mut owners: Vec<&Organisation> = Vec::new();
    for organisation in all {
        if fits(organisation, headers, bytes) {
            owners.push(organisation);
        }
    }
    if owners.is_empty() {
        let keyless = all
            .iter()
            .filter_map(|organisation| organisation.checkout_com.as_ref())
            .all(|gateway| gateway.webhook_secret.is_none());
        if keyless {
            tracing::warn!("a webhook was refused: no webhook signature key is in the settings");
        } else {
            tracing::warn!("a webhook was refused: its signature fits no key of the settings");
        }
        return Err(Plain(
            StatusCode::UNAUTHORIZED,
            "the signature does not fit: expected Cko-Signature over the raw body, \
             with the signature key of the settings",
        ));
    }
    let Some(webhook) = Webhook::read(bytes) else {
        tracing::error!("a signed webhook could not be read: expected an event with id and type");
        return Err(Plain(
            StatusCode::BAD_REQUEST,
            "expected an event with id and type",
        ));
    };
    server.keep(&owners, webhook).await
}

impl Server {
    async fn keep(
        self: &Arc<Self>,
        owners: &[&Organisation],
        webhook: Webhook,
    ) -> Result<Response, Plain> {
        for owner in owners {
            let Some(attempt) = self.store.attempt_of_webhook(&owner.id, &webhook).await? else {
                continue;
            };
            tracing::info!(
                order = attempt.order_id,
                attempt = attempt.id,
                event = webhook.id,
                kind = webhook.kind,
                created = webhook.created,
                "webhook received"
            );
            if let Stored::Follow(news) = self.store.keep_webhook(&attempt, &webhook).await? {
                let server = Arc::clone(self);
                tokio::spawn(async move {
                    let followed: Result<(), StoreError> = server.follow(&news).await;
                    if let Err(error) = followed {
                        // It is kept, and followed again when its time comes.
                        tracing::error!(event = news.id, order = news.order_id, "store: {error}");
                    }
                });
            }
            return Ok(acknowledged());
        }
        // An attempt is stored before the gateway hears of it: this is none of ours.
        tracing::warn!(
            event = webhook.id,
            kind = webhook.kind,
            reference = webhook.reference,
            "a webhook about a payment that is not of this server"
        );
        Ok(acknowledged())
    }
}
