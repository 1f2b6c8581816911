//! `Cko-Idempotency-Key`: the same key gets the same answer and is worked on once.
//!
//! Only successful answers are stored, for 24 hours; a repeat while the first still runs is
//! 429. The key belongs to the account and the path. That a repeat with another body also gets
//! the first answer is the sandbox's choice: the documents do not say.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    super::{fault::Slow, state::World},
    answer::Refusal,
    keys::{self, Role},
};

/// How long an answer is replayed, in seconds.
const KEPT: i64 = 24 * 3600;

const KEY: HeaderName = HeaderName::from_static("cko-idempotency-key");

/// An answer kept for repeats.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    at: i64,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Stored {
    /// Whether it still counts.
    pub(crate) fn is_fresh(&self, now: i64) -> bool {
        now - self.at < KEPT
    }

    fn replay(self) -> Response {
        (self.status, self.headers, self.body).into_response()
    }
}

/// Works on the request, to its end even if the caller has gone, and once per key.
pub(crate) async fn once(
    State(world): State<Arc<World>>,
    request: Request,
    next: Next,
) -> Response {
    let slow = request.extensions().get::<Slow>().copied();
    let key = scope(&request);
    if let Some(key) = &key {
        if !world.begin(key) {
            return Refusal::Repeated.into_response();
        }
        let stored = world.books().stored.get(key).cloned();
        if let Some(stored) = stored {
            world.finish(key);
            return stored.replay();
        }
    }
    // The work goes on when the connection ends, as it would behind any real front.
    let work = tokio::spawn(async move {
        if let Some(Slow(time)) = slow {
            tokio::time::sleep(time).await;
        }
        let response = next.run(request).await;
        match key {
            None => response,
            Some(key) => {
                let response = keep(&world, &key, response).await;
                world.finish(&key);
                response
            }
        }
    });
    work.await
        .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn scope(request: &Request) -> Option<String> {
    let headers = request.headers();
    if request.method() != Method::POST {
        return None;
    }
    let platform = keys::check(headers, Role::Secret)?;
    let key = headers
        .get(KEY)?
        .to_str()
        .ok()
        .filter(|key| !key.is_empty())?;
    Some(format!("{platform:?} {} {key}", request.uri().path()))
}

async fn keep(world: &World, key: &str, response: Response) -> Response {
    if !response.status().is_success() {
        return response;
    }
    let (head, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let stored = Stored {
        at: world.clock.now(),
        status: head.status,
        headers: head.headers.clone(),
        body: body.clone(),
    };
    world.books().stored.insert(key.to_owned(), stored);
    Response::from_parts(head, Body::from(body))
}
