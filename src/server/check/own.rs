//! The server's own surroundings: database, public address, widget, the shop's address.

use std::path::Path;

use tokio::net::lookup_host;

use crate::{
    http::{NoAnswer, Request},
    sensitive::Sensitive,
    server::{EventsTo, StoreError, checkout::urls, sending::Sender, store::Store},
};

use super::Finding;

pub(super) async fn database(url: &Sensitive<String>) -> Finding {
    const WHAT: &str = "database";
    // EXPOSE: the database is opened with it.
    match Store::try_out(url.expose()).await {
        Ok(()) => Finding::fine(WHAT, "it opens"),
        Err(StoreError::Missing { path }) => Finding::fine(
            WHAT,
            format!("{path} is not there yet; the first start makes it"),
        ),
        Err(error) => Finding::wrong(
            WHAT,
            format!(
                "{error}; see that it runs, and that database_url names it with a user that may open it"
            ),
        ),
    }
}

pub(super) async fn public_url(url: &str, sender: &Sender) -> Finding {
    const WHAT: &str = "public_url";
    let mut request = Request::get(format!("{url}/health"));
    request.deadline_ms = 10_000;
    match sender.send(&request).await.0 {
        Ok(answer) if answer.status == 200 && answer.body.contains("\"ok\"") => {
            Finding::fine(WHAT, format!("a checkout server answers at {url}"))
        }
        Ok(answer) if answer.status >= 500 => Finding::unsure(
            WHAT,
            format!(
                "{url} answers {}: the proxy there finds no server; fine if it does not run yet",
                answer.status
            ),
        ),
        Ok(answer) => Finding::wrong(
            WHAT,
            format!(
                "{url}/health answers {} and is no checkout server; see where DNS and the proxy lead to",
                answer.status
            ),
        ),
        Err(NoAnswer::NotSent) => Finding::unsure(
            WHAT,
            format!(
                "nothing answers at {url}; fine if the server does not run yet, else see to DNS, certificate and proxy"
            ),
        ),
        Err(NoAnswer::Lost) => Finding::unsure(
            WHAT,
            format!("no whole answer of {url}; see to the proxy, then try again"),
        ),
    }
}

pub(super) fn widget(folder: &Path) -> Finding {
    const WHAT: &str = "widget";
    if folder.join("checkout.html").is_file() {
        Finding::fine(WHAT, format!("it is in {}", folder.display()))
    } else {
        Finding::unsure(
            WHAT,
            format!(
                "{} holds none; `serve` builds it where the source is, elsewhere copy what `build` makes and name it with assets",
                folder.display()
            ),
        )
    }
}

/// That the host has an address. Nothing is sent: the shop would take it for an event.
pub(super) async fn events(what: &str, to: &EventsTo) -> Finding {
    let Some(url) = urls::parse(&to.url) else {
        return Finding::wrong(what, "the url can't be read; expected https://host/path");
    };
    let usual = if url.scheme == "https" { 443 } else { 80 };
    let (host, port) = match url.authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().unwrap_or(usual)),
        None => (url.authority, usual),
    };
    let known = lookup_host((host, port)).await;
    if known.is_ok_and(|mut addresses| addresses.next().is_some()) {
        Finding::fine(what, format!("{host} has an address (nothing was sent)"))
    } else {
        Finding::wrong(
            what,
            format!("{host} has no address; mend url in [organisations.events], or the DNS"),
        )
    }
}
