//! Requests and responses as values: the clients in `provider/`, `tokenize` and `payment`
//! make the one and read the other; `browser/` and `server/` do the sending.

use crate::sensitive::Sensitive;

/// The longest answer that is read, in bytes. Anything longer is cut off as broken.
pub const MAX_BODY: usize = 1 << 20;

/// The methods the payment systems use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads, changes nothing.
    Get,
    /// Changes something.
    Post,
    /// Changes something that is there.
    Patch,
}

impl Method {
    /// The method's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
        }
    }
}

/// A request to be sent once, never following a redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is done with it.
    pub method: Method,
    /// Absolute URL.
    pub url: String,
    /// Header names in lower case with their values, which may be keys.
    pub headers: Vec<(&'static str, Sensitive<String>)>,
    /// JSON text; it may hold a card.
    pub body: Option<Sensitive<String>>,
    /// When the sender gives up, in milliseconds.
    pub deadline_ms: u32,
}

impl Request {
    /// A GET of `url` with the usual 30 seconds.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            url: url.into(),
            headers: Vec::new(),
            body: None,
            deadline_ms: 30_000,
        }
    }

    /// A POST of JSON to `url` with the usual 30 seconds.
    pub fn post(url: impl Into<String>, json: String) -> Self {
        Self {
            method: Method::Post,
            url: url.into(),
            headers: vec![("content-type", Sensitive::new("application/json".into()))],
            body: Some(Sensitive::new(json)),
            deadline_ms: 30_000,
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, Sensitive::new(value.into())));
        self
    }
}

/// An answer, whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The `Retry-After` header as sent.
    pub retry_after: Option<String>,
    /// The body as text.
    pub body: String,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The request was never handed over: the device is offline or the URL is unusable.
    NotSent,
    /// It was sent, and the answer was lost, broken or late: it may have taken effect.
    Lost,
}
