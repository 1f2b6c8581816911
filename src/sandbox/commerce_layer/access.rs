//! `POST /oauth/token`: client credentials become an access token, for a while.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use reqwest::Url;
use serde_json::{Value, json};

use super::{
    super::{guard, ident, primer::client_token, state::World},
    ledger::{self, Organization},
};

/// How long a token lives unless ordered otherwise, in seconds.
pub(super) const LIFETIME: i64 = 7200;
/// So many tokens a minute are given.
pub(super) const LIMIT: usize = 30;

/// A sales channel: a public client, named without a secret.
const SALES_CHANNEL: &str = "demo_sales_channel";
/// An integration, and its secret.
const INTEGRATION: (&str, &str) = ("demo_integration", "demo_integration_secret");

/// What kind of application a token belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Orders and their payment sources.
    SalesChannel,
    /// Everything, captures, voids and refunds too.
    Integration,
}

/// The form of `checkout_com_payments`, by the year of the document that shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    Year2021,
    Year2022,
    Year2026,
}

impl Generation {
    const ALL: [(&'static str, Self); 3] = [
        ("2021", Self::Year2021),
        ("2022", Self::Year2022),
        ("2026", Self::Year2026),
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(year, _)| *year == name);
        found.map(|(_, generation)| *generation)
    }

    pub(crate) fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, own)| *own == self);
        found.map_or("2026", |(year, _)| year)
    }
}

/// What an access token lets its bearer do.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    pub(crate) kind: Kind,
    /// The form that the client's name asks for, if any.
    pub(crate) generation: Option<Generation>,
    /// In Unix seconds.
    pub(crate) ends: i64,
}

/// An error of the token endpoint. Here the status is a number.
fn refuse(status: StatusCode, code: &str, title: &str, detail: &str) -> Response {
    let error = json!({
        "title": title,
        "detail": detail,
        "code": code,
        "status": status.as_u16(),
    });
    (status, Json(json!({"errors": [error]}))).into_response()
}

/// A field of the body, which is JSON or a form.
fn field(body: &[u8], json: bool, name: &str) -> Option<String> {
    let text = if json {
        let body: Value = serde_json::from_slice(body).ok()?;
        body[name].as_str()?.to_owned()
    } else {
        let query = std::str::from_utf8(body).ok()?;
        let url = Url::parse(&format!("http://form/?{query}")).ok()?;
        let pair = url.query_pairs().find(|(key, _)| key == name)?;
        pair.1.into_owned()
    };
    (!text.is_empty()).then_some(text)
}

/// The application behind a client id: its kind and secret, and the year that it speaks.
fn application(id: &str) -> Option<(Kind, Option<&'static str>, Option<Generation>)> {
    let year = id.rsplit_once('_').and_then(|(name, year)| {
        let generation = Generation::named(year)?;
        Some((name, generation))
    });
    let (name, generation) = match year {
        Some((name, generation)) => (name, Some(generation)),
        None => (id, None),
    };
    let (integration, secret) = INTEGRATION;
    match name {
        SALES_CHANNEL => Some((Kind::SalesChannel, None, generation)),
        _ if name == integration => Some((Kind::Integration, Some(secret), generation)),
        _ => None,
    }
}

/// Gives out a token: `{access_token, token_type, expires_in, scope, created_at}`.
///
/// A scope names a market: `market:1234`, `market:id:…`, `market:code:…`; there is one market
/// here, and every name is taken for it. Without a scope it is all markets.
pub(crate) async fn issue(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let now = world.clock.now();
    let organization = &mut world.books().commerce_layer;
    if organization.crowded(now) {
        return refuse(
            StatusCode::TOO_MANY_REQUESTS,
            "TOO_MANY_REQUESTS",
            "Too many requests",
            "The limit of requests for tokens was reached: wait a minute, and keep your token.",
        );
    }
    let json = guard::is_json(&headers);
    let read = |name: &str| field(&body, json, name);
    if read("grant_type").as_deref() != Some("client_credentials") {
        return refuse(
            StatusCode::BAD_REQUEST,
            "BAD_REQUEST",
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server.",
        );
    }
    let found = read("client_id").and_then(|id| application(&id));
    let Some((kind, secret, generation)) = found else {
        return unknown_client();
    };
    if secret.is_some() && read("client_secret").as_deref() != secret {
        return unknown_client();
    }
    let scope = read("scope").unwrap_or_else(|| "market:all".into());
    if scope.strip_prefix("market:").is_none_or(str::is_empty) {
        return refuse(
            StatusCode::BAD_REQUEST,
            "BAD_REQUEST",
            "invalid_scope",
            "The requested scope is invalid, unknown, or malformed.",
        );
    }
    let ends = now + organization.lifetime;
    let token = write(kind, &scope, now, ends);
    let pass = Pass {
        kind,
        generation,
        ends,
    };
    organization.passes.insert(token.clone(), pass);
    Json(json!({
        "access_token": token,
        "token_type": "bearer",
        "expires_in": organization.lifetime,
        "scope": scope,
        "created_at": now,
    }))
    .into_response()
}

fn unknown_client() -> Response {
    refuse(
        StatusCode::UNAUTHORIZED,
        "UNAUTHORIZED",
        "invalid_client",
        "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.",
    )
}

/// A JWT with the published claims. `rand` makes each one another.
fn write(kind: Kind, scope: &str, now: i64, ends: i64) -> String {
    let (name, public) = match kind {
        Kind::SalesChannel => ("sales_channel", true),
        Kind::Integration => ("integration", false),
    };
    let mut claims = json!({
        "organization": {"id": "DemoOrgABC", "slug": "demo", "enterprise": false, "region": "eu-west-1"},
        "application": {"id": format!("DemoApp{}", &ident::word(3)), "kind": name, "public": public},
        "scope": scope,
        "test": true,
        "exp": ends,
        "iat": now,
        "iss": "https://auth.commercelayer.io",
        "rand": ledger::fraction(),
    });
    if scope != "market:all" {
        claims["market"] = json!({"id": ["DemoMarket"], "price_list_id": "DemoPrices",
            "stock_location_ids": [], "geocoder_id": null, "allows_external_prices": false});
    }
    client_token::sign(&claims)
}

impl Organization {
    /// Counts a request for a token, and says whether there were too many within a minute.
    fn crowded(&mut self, now: i64) -> bool {
        self.asked.retain(|at| now - at < 60);
        if self.limit.is_some_and(|limit| self.asked.len() >= limit) {
            return true;
        }
        self.asked.push(now);
        false
    }
}
