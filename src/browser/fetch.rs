//! Sends a request value once and reports what came of it.

use gloo_net::http::RequestBuilder;
use gloo_timers::callback::Timeout;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, ReadableStream, ReadableStreamDefaultReader, ReadableStreamReadResult,
    ReferrerPolicy, RequestCache, RequestCredentials, RequestRedirect,
};

use crate::http::{MAX_BODY, NoAnswer, Request, Response};

/// Sends `request`: without cookies, without a referrer, following no redirect (a 307 would
/// carry the card elsewhere), given up at its deadline, which counts the whole body.
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
    let late = controller.clone();
    let deadline = Timeout::new(request.deadline_ms, move || late.abort());
    let response = built.send().await.map_err(|_| NoAnswer::Lost)?;
    let status = response.status();
    let retry_after = response.headers().get("retry-after");
    let body = match response.body() {
        Some(stream) => body(&stream).await,
        None => Some(Vec::new()),
    };
    drop(deadline);
    // What is not read to its end is not waited for either.
    let body = body.ok_or_else(|| {
        controller.abort();
        NoAnswer::Lost
    })?;
    Ok(Response {
        status,
        retry_after,
        // A body in another encoding can't be read, and its status still tells something.
        body: String::from_utf8(body).unwrap_or_default(),
    })
}

/// Reads to the end, part by part; `None` where the body breaks off or is longer than
/// [`MAX_BODY`], so that an endless one fills no memory (T31).
async fn body(stream: &ReadableStream) -> Option<Vec<u8>> {
    let reader = ReadableStreamDefaultReader::new(stream).ok()?;
    let mut bytes = Vec::new();
    loop {
        let part = JsFuture::from(reader.read()).await.ok()?;
        let part = part.unchecked_into::<ReadableStreamReadResult>();
        if part.get_done() == Some(true) {
            return Some(bytes);
        }
        let part = part.get_value().unchecked_into::<Uint8Array>();
        let length = usize::try_from(part.length()).ok()?;
        if bytes.len() + length > MAX_BODY {
            return None;
        }
        bytes.extend(part.to_vec());
    }
}

/// Whether the browser believes that there is a connection.
pub(super) fn is_online() -> bool {
    web_sys::window().is_none_or(|window| window.navigator().on_line())
}

fn method(request: &Request) -> gloo_net::http::Method {
    match request.method {
        crate::http::Method::Get => gloo_net::http::Method::GET,
        crate::http::Method::Post => gloo_net::http::Method::POST,
        crate::http::Method::Patch => gloo_net::http::Method::PATCH,
    }
}
