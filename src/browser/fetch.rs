//! Sends a request value once and reports what came of it.

use gloo_net::http::RequestBuilder;
use gloo_timers::callback::Timeout;
use web_sys::{AbortController, ReferrerPolicy, RequestCache, RequestCredentials, RequestRedirect};

use crate::http::{NoAnswer, Request, Response};

/// Sends `request`: without cookies, without a referrer, following no redirect (a 307 would
/// carry the card elsewhere), given up at its deadline.
///
/// # Errors
/// [`NoAnswer::NotSent`] only where the browser was never given the request.
pub(super) async fn send(request: Request) -> Result<Response, NoAnswer> {
    if !is_online() {
        return Err(NoAnswer::NotSent);
    }
    let controller = AbortController::new().map_err(|_| NoAnswer::NotSent)?;
    let mut builder = RequestBuilder::new(&request.url)
        .method(method(&request))
        .abort_signal(Some(&controller.signal()))
        .cache(RequestCache::NoStore)
        .credentials(RequestCredentials::Omit)
        .redirect(RequestRedirect::Error)
        .referrer_policy(ReferrerPolicy::NoReferrer);
    for (name, value) in &request.headers {
        // EXPOSE: headers go out with the request that they were made for.
        builder = builder.header(name, value.expose());
    }
    let built = match &request.body {
        // EXPOSE: the body goes out with its request.
        Some(body) => builder.body(body.expose().as_str()),
        None => builder.build(),
    }
    .map_err(|_| NoAnswer::NotSent)?;
    let deadline = Timeout::new(request.deadline_ms, move || controller.abort());
    let response = built.send().await.map_err(|_| NoAnswer::Lost)?;
    let status = response.status();
    let retry_after = response.headers().get("retry-after");
    let body = response.text().await.map_err(|_| NoAnswer::Lost)?;
    drop(deadline);
    Ok(Response {
        status,
        retry_after,
        body,
    })
}

/// Whether the browser believes that there is a connection.
pub(super) fn is_online() -> bool {
    web_sys::window().is_none_or(|window| window.navigator().on_line())
}

fn method(request: &Request) -> gloo_net::http::Method {
    match request.method {
        crate::http::Method::Get => gloo_net::http::Method::GET,
        crate::http::Method::Post => gloo_net::http::Method::POST,
    }
}
