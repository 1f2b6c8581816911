//! Finds out who calls, and refuses questions that come too fast. Payments are counted where
//! they are stored: a repeat of one that is known is answered, however often.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::address::{self, Address};
use crate::server::{Server, error::Plain, random};

/// Whose call it is, if that is known.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    address: Option<Address>,
    /// Keyed hash of what is counted: addresses are not kept.
    pub(crate) bucket: Option<String>,
}

impl Caller {
    /// Notes in the log that a call was refused.
    pub(crate) fn refused(&self, what: &'static str, seconds: u32) {
        let address = self.address.map(|address| address.to_string());
        tracing::warn!(
            what,
            seconds,
            address = address.as_deref().unwrap_or("unknown"),
            "slowed down"
        );
    }
}

/// The session of a path that its widget or document calls, and whether the gateway is asked.
fn session(path: &str) -> Option<(&str, bool)> {
    let mut parts = path.split('/').skip(1);
    if parts.next() != Some("c") {
        return None;
    }
    Some((parts.next()?, parts.next() == Some("cancel")))
}

/// The refusal of a session's call: no word of which limit it was.
pub(crate) fn too_fast(seconds: u32) -> Response {
    let plain = Plain(
        StatusCode::TOO_MANY_REQUESTS,
        "too many requests; try again later",
    );
    let mut response = plain.into_response();
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The innermost layer.
pub(crate) async fn guard(
    State(server): State<Arc<Server>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address = address::of_caller(
        peer.map(|peer| peer.0.ip()),
        request.headers(),
        &server.settings.trusted_proxies,
    );
    let bucket = address.map(|address| {
        // EXPOSE: keys the hash, so that nobody can try all addresses against the store.
        random::keyed_hash(server.signing_key.expose(), &address.bucket())
    });
    let caller = Caller { address, bucket };
    let bucket = caller.bucket.clone();
    let path = request.uri().path().to_owned();
    let known = session(&path);
    let paced = known.map_or(Ok(()), |(session, works)| {
        server.meters.ask(session, bucket.as_deref())?;
        if works {
            server.meters.work(session)?;
        }
        Ok(())
    });
    if let Err(seconds) = paced {
        caller.refused("questions", seconds);
        return too_fast(seconds);
    }
    request.extensions_mut().insert(caller.clone());
    let response = next.run(request).await;
    if known.is_some()
        && response.status() == StatusCode::NOT_FOUND
        && let Err(seconds) = server.meters.guess(bucket.as_deref())
    {
        caller.refused("unknown sessions", seconds);
        return too_fast(seconds);
    }
    response
}
