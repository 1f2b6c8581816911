//! Faults on demand: what networks and proxies do to a request, for a path and a number of times.
//!
//! "before" means that the system never saw the request, "after" that it did its work and
//! only the answer is lost.

use std::{
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{socket::Switch, state::World};

/// What can go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Connection reset before the work.
    DropBefore,
    /// Connection reset after the work, before the answer's first byte.
    DropAfter,
    /// Never answered, not processed.
    Hang,
    /// Never answered, processed.
    HangAfter,
    /// Processed after a while. The work counts as in progress meanwhile.
    Delay(Duration),
    /// Half the answer's body, then the connection ends.
    Truncate,
    /// An error by the system itself, empty body.
    Error { processed: bool },
    /// A proxy's error page.
    HtmlPage { processed: bool },
    /// 429 with this `Retry-After`, not processed.
    TooMany(String),
}

impl Kind {
    fn parse(name: &str, fault: &Value) -> Result<Self, String> {
        Ok(match name {
            "drop-before" => Self::DropBefore,
            "drop-after" => Self::DropAfter,
            "hang" | "hang-before" => Self::Hang,
            "hang-after" => Self::HangAfter,
            "delay" => {
                let ms = fault["delayMs"]
                    .as_u64()
                    .ok_or("a delay needs delayMs, a number of milliseconds")?;
                Self::Delay(Duration::from_millis(ms))
            }
            "truncate" => Self::Truncate,
            "500-before" => Self::Error { processed: false },
            "500-after" => Self::Error { processed: true },
            "html" | "html-before" => Self::HtmlPage { processed: false },
            "html-after" => Self::HtmlPage { processed: true },
            "429" => Self::TooMany(match &fault["retryAfter"] {
                Value::String(text) => text.clone(),
                Value::Number(seconds) => seconds.to_string(),
                _ => "3".into(),
            }),
            other => {
                return Err(format!(
                    "unknown kind {other:?}: expected drop-before, drop-after, hang, hang-after, delay, \
                     truncate, 500-before, 500-after, html-before, html-after or 429"
                ));
            }
        })
    }
}

/// One order of a fault.
#[derive(Clone, Debug)]
struct Rule {
    name: String,
    path: String,
    method: Option<String>,
    skip: u64,
    times: u64,
    kind: Kind,
}

/// The faults that are still to happen, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Rule>>);

impl Faults {
    /// Orders a fault: `{path, kind, method?, times = 1, skip = 0, delayMs?, retryAfter?}`.
    ///
    /// # Errors
    /// Says what is missing or unknown.
    pub(crate) fn order(&self, fault: &Value) -> Result<(), String> {
        let path = fault["path"]
            .as_str()
            .filter(|path| path.starts_with('/'))
            .ok_or("a fault needs path, the beginning of the paths it is for, such as \"/checkout-com/payments\"")?;
        let name = fault["kind"]
            .as_str()
            .ok_or("a fault needs kind, such as \"drop-after\"")?;
        let count = |key: &str, default: u64| match &fault[key] {
            Value::Null => Ok(default),
            value => value
                .as_u64()
                .ok_or(format!("{key} is {value}: expected a whole number")),
        };
        let rule = Rule {
            name: name.to_owned(),
            path: path.to_owned(),
            method: fault["method"].as_str().map(str::to_ascii_uppercase),
            skip: count("skip", 0)?,
            times: count("times", 1)?,
            kind: Kind::parse(name, fault)?,
        };
        self.lock().push(rule);
        Ok(())
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// What is still to happen.
    pub(crate) fn list(&self) -> Value {
        let rules = self.lock();
        let show = |r: &Rule| json!({"path": r.path, "kind": r.name, "method": r.method, "skip": r.skip, "times": r.times});
        rules.iter().map(show).collect()
    }

    fn take(&self, method: &Method, path: &str) -> Option<Kind> {
        let mut rules = self.lock();
        let fits = |rule: &Rule| {
            path.starts_with(&rule.path)
                && rule
                    .method
                    .as_deref()
                    .is_none_or(|only| only == method.as_str())
        };
        let index = rules.iter().position(fits)?;
        let rule = &mut rules[index];
        if rule.skip > 0 {
            rule.skip -= 1;
            return None;
        }
        let kind = rule.kind.clone();
        rule.times = rule.times.saturating_sub(1);
        if rule.times == 0 {
            rules.remove(index);
        }
        Some(kind)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long the work is to take; read where the work is done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slow(pub(crate) Duration);

/// Lets the next ordered fault happen. Preflights are left alone.
pub(crate) async fn inject(
    State(world): State<Arc<World>>,
    mut request: Request,
    next: Next,
) -> Response {
    if request.method() == Method::OPTIONS {
        return next.run(request).await;
    }
    let Some(kind) = world.faults.take(request.method(), request.uri().path()) else {
        return next.run(request).await;
    };
    let switch = request
        .extensions()
        .get::<ConnectInfo<Switch>>()
        .map(|ConnectInfo(switch)| switch.clone());
    match kind {
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
            request.extensions_mut().insert(Slow(time));
            next.run(request).await
        }
        Kind::Truncate => truncate(next.run(request).await, switch).await,
        Kind::Error { processed } => {
            if processed {
                next.run(request).await;
            }
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Kind::HtmlPage { processed } => {
            if processed {
                next.run(request).await;
            }
            let page = "<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>";
            (StatusCode::BAD_GATEWAY, Html(page)).into_response()
        }
        Kind::TooMany(retry_after) => (
            StatusCode::TOO_MANY_REQUESTS,
            [(header::RETRY_AFTER, retry_after)],
        )
            .into_response(),
    }
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
    if let Some(switch) = switch {
        switch.halve();
        return response;
    }
    let (head, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    Response::from_parts(head, Body::from(half))
}
