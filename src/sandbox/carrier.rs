//! How every stand-in's webhooks travel: one way to send them, and how often it looks for news.

use std::time::Duration;

use reqwest::{Client, redirect};

/// How often an office looks for news.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Takes letters to the merchant's server. It follows no redirection, and uses no proxy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carrier(Client);

impl Carrier {
    /// The merchant has `deadline` to take a letter.
    pub(crate) fn new(deadline: Duration) -> Self {
        let client = Client::builder()
            .timeout(deadline)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap_or_default();
        Self(client)
    }

    /// One letter of JSON; the status that it was answered with, or why there is none.
    pub(crate) async fn post(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<u16, String> {
        let mut request = self
            .0
            .post(url)
            .header("content-type", "application/json")
            .body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        match request.send().await {
            Ok(answer) => Ok(answer.status().as_u16()),
            Err(error) => Err(error.without_url().to_string()),
        }
    }
}
