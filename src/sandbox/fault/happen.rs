//! The fault itself, between the connection and the system.

use std::{convert::Infallible, future::pending, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use tokio::time::{Instant, sleep, sleep_until};

use super::{Arrival, Kind, kind::Answer};
use crate::sandbox::{
    socket::{Nth, Switch},
    state::World,
};

/// The longest request that is looked into.
const READ: usize = 1 << 20;
/// A huge body is sent in pieces of this size.
const PIECE: usize = 1 << 16;

/// How long the work is to take; read where the work is done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slow(pub(crate) Duration);

/// Lets the next ordered fault happen. Preflights are left alone.
pub(crate) async fn inject(
    State(world): State<Arc<World>>,
    request: Request,
    next: Next,
) -> Response {
    if request.method() == Method::OPTIONS {
        return next.run(request).await;
    }
    let (kind, mut request) = turn(&world, request).await;
    let Some(kind) = kind else {
        return next.run(request).await;
    };
    let switch = request
        .extensions()
        .get::<ConnectInfo<Switch>>()
        .map(|ConnectInfo(switch)| switch.clone());
    match kind {
        Kind::Count => next.run(request).await,
        Kind::DropBefore => reset(switch),
        Kind::DropAfter => {
            next.run(request).await;
            reset(switch)
        }
        Kind::Hang => pending().await,
        Kind::HangAfter => {
            next.run(request).await;
            pending().await
        }
        Kind::Delay(time) => {
            let until = Instant::now() + time;
            request.extensions_mut().insert(Slow(time));
            let response = next.run(request).await;
            sleep_until(until).await;
            response
        }
        Kind::Late(time) => {
            let request = whole(request).await;
            let work = tokio::spawn(async move {
                sleep(time).await;
                next.run(request).await
            });
            work.await.unwrap_or_else(|_| reset(switch))
        }
        Kind::Truncate => truncate(next.run(request).await, switch).await,
        Kind::Drip(every) => drip(next.run(request).await, every).await,
        Kind::Huge(bytes) => huge(next.run(request).await, bytes),
        Kind::Answer { processed, answer } => {
            if processed {
                next.run(request).await;
            }
            instead(answer)
        }
    }
}

/// Whose turn it is. What the request is about is looked up only where a rule asks for it.
async fn turn(world: &World, request: Request) -> (Option<Kind>, Request) {
    let address = request
        .uri()
        .path_and_query()
        .map_or("/", |address| address.as_str())
        .to_owned();
    let mut request = request;
    let mut body = Bytes::new();
    let mut about = Vec::new();
    if world.faults.reads(request.method(), &address) {
        let (head, stream) = request.into_parts();
        body = to_bytes(stream, READ).await.unwrap_or_default();
        request = Request::from_parts(head, Body::from(body.clone()));
        about = world.books().named_in(&address);
    }
    let (socket, nth) = request
        .extensions()
        .get::<Nth>()
        .map_or((0, 1), |nth| (nth.socket, nth.nth));
    let arrival = Arrival {
        method: request.method(),
        address: &address,
        body: &body,
        about: &about,
        socket,
        nth,
    };
    (world.faults.take(&arrival), request)
}

/// The request with all of its body, so that it outlives its connection.
async fn whole(request: Request) -> Request {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, READ).await.unwrap_or_default();
    Request::from_parts(head, Body::from(body))
}

/// An answer that never gets out. Where there is no connection to cut, a bare 502.
fn reset(switch: Option<Switch>) -> Response {
    if let Some(switch) = switch {
        switch.cut();
    }
    StatusCode::BAD_GATEWAY.into_response()
}

/// Half an answer, announced as a whole one.
async fn truncate(response: Response, switch: Option<Switch>) -> Response {
    let (mut head, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let Some(switch) = switch else {
        let half = whole.slice(..whole.len() / 2);
        return Response::from_parts(head, Body::from(half));
    };
    switch.halve();
    head.headers.remove(header::TRANSFER_ENCODING);
    Response::from_parts(head, Body::from(whole))
}

/// The answer, one byte at a time.
async fn drip(response: Response, every: Duration) -> Response {
    let (head, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let drops = stream::unfold(whole, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        sleep(every).await;
        let drop = rest.split_to(1);
        Some((Ok::<_, Infallible>(drop), rest))
    });
    Response::from_parts(head, Body::from_stream(drops))
}

/// The answer's head with an endless-looking body: a JSON string that is never closed.
fn huge(response: Response, bytes: u64) -> Response {
    let (mut head, _) = response.into_parts();
    head.headers.remove(header::TRANSFER_ENCODING);
    head.headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
    let piece = Bytes::from(vec![b'a'; PIECE]);
    let pieces = stream::unfold((bytes, true), move |(left, first)| {
        let mut piece = piece.clone();
        async move {
            if left == 0 {
                return None;
            }
            if first {
                piece = Bytes::from_static(b"{\"status\":\"");
            }
            piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            let rest = left - piece.len() as u64;
            Some((Ok::<_, Infallible>(piece), (rest, false)))
        }
    });
    Response::from_parts(head, Body::from_stream(pieces))
}

fn instead(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = (status, Body::from(answer.body)).into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, answer.content_type),
        (header::RETRY_AFTER, answer.retry_after),
    ] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
