//! Which request is being served: its support code stands in every line of the log and in
//! every line of an order's history that is written meanwhile.

use std::future::Future;

use tokio::task::JoinHandle;
use tracing::{Instrument, Span};

tokio::task_local! {
    static CODE: String;
}

/// Serves under the support code `id`.
pub(crate) async fn within<F: Future>(id: String, serve: F) -> F::Output {
    // An error span is there at every level of the log, so that a warning has the code too.
    let span = tracing::error_span!("request", req_id = id);
    CODE.scope(id, serve.instrument(span)).await
}

/// The support code of the request that is being served; `None` in the background.
pub(crate) fn code() -> Option<String> {
    CODE.try_with(Clone::clone).ok()
}

/// Goes on by itself, also when the caller hangs up, and keeps its code.
pub(crate) fn spawn<F>(work: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let work = work.in_current_span();
    match code() {
        Some(id) => tokio::spawn(CODE.scope(id, work)),
        None => tokio::spawn(work),
    }
}

/// What the lines of a question about an attempt carry.
pub(crate) fn asking(order: &str, attempt: &str) -> Span {
    tracing::error_span!("ask", order, attempt)
}
