//! Sends the requests that `provider/` makes: once each, no redirects, with a deadline.

use std::time::Duration;

use reqwest::{Client, header::RETRY_AFTER, redirect, retry};

use crate::http::{MAX_BODY, Method, NoAnswer, Request, Response};

/// The way to the payment systems.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    client: Client,
    deadline: Duration,
}

impl Sender {
    /// `loopback` keeps a machine's proxy out of the way of stand-ins.
    pub(crate) fn new(deadline: Duration, loopback: bool) -> Result<Self, reqwest::Error> {
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            // A payment is sent again only by decision, never by the transport.
            .retry(retry::never())
            .connect_timeout(Duration::from_secs(10).min(deadline));
        if loopback {
            builder = builder.no_proxy();
        }
        Ok(Self {
            client: builder.build()?,
            deadline,
        })
    }

    /// Sends `request` and reads the whole answer. Beside it: the id that the payment system
    /// gave the request, for questions to its support.
    pub(crate) async fn send(
        &self,
        request: &Request,
    ) -> (Result<Response, NoAnswer>, Option<String>) {
        let deadline = self
            .deadline
            .min(Duration::from_millis(request.deadline_ms.into()));
        let mut id = None;
        let answer = tokio::time::timeout(deadline, self.exchange(request, &mut id))
            .await
            .unwrap_or(Err(NoAnswer::Lost));
        (answer, id)
    }

    async fn exchange(
        &self,
        request: &Request,
        id: &mut Option<String>,
    ) -> Result<Response, NoAnswer> {
        let mut builder = match request.method {
            Method::Get => self.client.get(&request.url),
            Method::Post => self.client.post(&request.url),
            Method::Patch => self.client.patch(&request.url),
        };
        for (name, value) in &request.headers {
            // EXPOSE: headers go to the payment system they were made for.
            builder = builder.header(*name, value.expose().as_str());
        }
        if let Some(body) = &request.body {
            // EXPOSE: the body goes to the payment system it was made for.
            builder = builder.body(body.expose().clone());
        }
        let mut answer = builder.send().await.map_err(|error| {
            if error.is_connect() || error.is_builder() {
                NoAnswer::NotSent
            } else {
                NoAnswer::Lost
            }
        })?;
        *id = answer
            .headers()
            .get("cko-request-id")
            .and_then(|value| value.to_str().ok())
            .map(|value| value.chars().take(64).collect());
        let status = answer.status().as_u16();
        let retry_after = answer
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| NoAnswer::Lost)? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BODY {
                return Err(NoAnswer::Lost);
            }
        }
        Ok(Response {
            status,
            retry_after,
            body: String::from_utf8(body).map_err(|_| NoAnswer::Lost)?,
        })
    }
}
