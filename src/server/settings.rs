//! What the server must be told, and which combinations it refuses.

mod funnelfox;
mod prices;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    money::{Currency, Money},
    provider::checkout_com::{Account, keys},
    sensitive::Sensitive,
    session::Capture,
};

pub use prices::PricePoint;
pub(crate) use prices::is_ident;

use super::{
    checkout::urls,
    events,
    gateway::Gateway,
    limits::{Limits, address::Network},
};

pub use funnelfox::FunnelFox;

/// Settings of a checkout server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens.
    pub bind: SocketAddr,
    /// The origin under which browsers and shops reach it, without a trailing slash.
    pub public_url: String,
    /// `sqlite://path` or `postgres://…`. It may hold a password.
    pub database_url: Sensitive<String>,
    /// The shops.
    pub organisations: Vec<Organisation>,
    /// Demo mode: plain http on loopback, demo keys.
    pub sandbox: bool,
    /// Folder of the built widget: `checkout.html`, `return.html`, scripts and wasm.
    pub assets: PathBuf,
    /// How long a session lasts.
    pub session_lifetime: Duration,
    /// How long the gateway may take to answer.
    pub gateway_deadline: Duration,
    /// How often the settler looks for attempts to ask about.
    pub settle_every: Duration,
    /// How long a search by reference must have come up empty before nothing is believed to
    /// have been charged.
    pub quiet: Duration,
    /// How long to wait after each failed delivery of an event; after the last of them one more
    /// is made, then it is a dead letter.
    pub event_pauses: Vec<Duration>,
    /// Proxies whose `X-Forwarded-For` names the caller. What others send is ignored.
    pub trusted_proxies: Vec<Network>,
    /// How many payments may fail before the next has to wait.
    pub limits: Limits,
}

/// A shop.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// `{org_id}`, also the claim's `iss`: `[a-z0-9_-]`, 64 at most.
    pub id: String,
    /// Shown to shoppers.
    pub name: String,
    /// Keys of `POST /checkout` and `GET /orders/{orderId}`.
    pub secret_keys: Vec<Sensitive<String>>,
    /// Keys of the claims.
    pub claim_keys: Vec<ClaimKey>,
    /// The account at Checkout.com, if it has one. It needs one at some gateway.
    pub checkout_com: Option<CheckoutCom>,
    /// The account at FunnelFox, where there is one.
    pub funnelfox: Option<FunnelFox>,
    /// Where the shop hears of its orders.
    pub events: Option<EventsTo>,
    /// What pages may sell by its name (`create_client_session`) and the shop's server may
    /// charge to saved cards (`one_click`).
    pub prices: Vec<PricePoint>,
    /// Origins of the shop's pages that may do so, and hold the checkout in a frame.
    pub shop_origins: Vec<String>,
}

impl Organisation {
    /// The price point called `id`.
    pub(crate) fn price(&self, id: &str) -> Option<&PricePoint> {
        self.prices.iter().find(|price| price.id == id)
    }
}

/// The shop's address for signed events.
#[derive(Clone, Debug)]
pub struct EventsTo {
    /// Full URL.
    pub url: String,
    /// Signs them; shared with the shop, at least 16 bytes.
    pub secret: Sensitive<String>,
}

/// A key of claims, with the one algorithm it is for.
#[derive(Clone, Debug)]
pub struct ClaimKey {
    /// `kid` of the header.
    pub kid: String,
    /// Algorithm and key.
    pub key: ClaimSecret,
}

/// Algorithm and key.
#[derive(Clone, Debug)]
pub enum ClaimSecret {
    /// HS256 with a shared secret of at least 32 bytes.
    Hs256(Sensitive<String>),
    /// EdDSA (Ed25519) with the public key's 32 bytes in base64url (JWK `x`).
    EdDsa(String),
}

/// A Checkout.com account as the server and the browser use it.
#[derive(Clone, Debug)]
pub struct CheckoutCom {
    /// For the server.
    pub account: Account,
    /// `pk_…`, for the browser.
    pub public_key: String,
    /// Full URL of the token endpoint.
    pub token_url: String,
    /// The signature key of the account's webhooks; without one none is taken.
    pub webhook_secret: Option<Sensitive<String>>,
    /// The `Authorization` header that the account's webhooks were told to carry, if any.
    pub webhook_authorization: Option<Sensitive<String>>,
}

/// What can't be run, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("setting {setting}: {problem}")]
pub struct SettingsError {
    /// Which setting.
    pub setting: &'static str,
    /// The organisation whose setting it is, if it is one's.
    pub organisation: Option<String>,
    /// What was seen, what was expected and what to do.
    pub problem: String,
}

/// Names of routes and words that a path must not confuse with an organisation.
const RESERVED: [&str; 10] = [
    "c", "checkout", "direct", "orders", "events", "embed", "health", "payments", "webhooks",
    "control",
];

/// What the demo shop sells.
fn demo_prices() -> Vec<PricePoint> {
    [
        ("price_shirt", "Linen shirt", 3500, "EUR", false),
        ("price_lamp", "Reading lamp", 12900, "EUR", true),
        ("price_cup", "Tea cup from Mashiko", 4200, "JPY", false),
    ]
    .into_iter()
    .filter_map(|(id, name, minor, currency, save_card)| {
        Some(PricePoint {
            id: id.into(),
            name: name.into(),
            total: Money::new(minor, Currency::parse(currency).ok()?),
            capture: Capture::Automatic,
            save_card,
        })
    })
    .collect()
}

fn is_live(key: &str) -> bool {
    !is_demo(key) && !key.contains("_test_") && !key.contains("_sbox_")
}

/// The address of the database file in a folder.
pub fn sqlite_in(folder: &Path) -> Sensitive<String> {
    let file = folder.join("fanfare-checkout.db");
    Sensitive::new(format!("sqlite://{}", file.display()))
}

/// Whether a key is one that anybody knows.
pub fn is_demo(key: &str) -> bool {
    key.ends_with("_demo") || key.starts_with("demo-")
}

impl Organisation {
    /// The gateways that it has an account at.
    pub(crate) fn gateways(&self) -> impl Iterator<Item = Gateway> {
        Gateway::ALL
            .into_iter()
            .filter(|gateway| self.has(*gateway))
    }

    /// Whether it has an account at `gateway`.
    pub(crate) fn has(&self, gateway: Gateway) -> bool {
        match gateway {
            Gateway::CheckoutCom => self.checkout_com.is_some(),
            Gateway::FunnelFox => self.funnelfox.is_some(),
        }
    }

    /// The addresses of its gateways, as this server and the browser call them.
    pub(crate) fn gateway_urls(&self) -> Vec<&str> {
        let checkout_com = self
            .checkout_com
            .iter()
            .flat_map(|gateway| [gateway.account.base.as_str(), gateway.token_url.as_str()]);
        let funnelfox = self.funnelfox.iter().map(|fox| fox.base_url.as_str());
        checkout_com.chain(funnelfox).collect()
    }
}

impl Settings {
    /// What has to be said, and the usual for the rest.
    pub fn new(
        public_url: String,
        database_url: Sensitive<String>,
        organisations: Vec<Organisation>,
        assets: &Path,
    ) -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 4805)),
            public_url,
            database_url,
            organisations,
            sandbox: false,
            assets: assets.to_owned(),
            session_lifetime: Duration::from_secs(3600),
            gateway_deadline: Duration::from_secs(20),
            settle_every: Duration::from_secs(1),
            quiet: Duration::from_secs(60),
            event_pauses: events::pauses(),
            trusted_proxies: Vec::new(),
            limits: Limits::default(),
        }
    }

    /// The demo on this machine: ports `port_base` (here), +1 (shop), +2 (stand-ins), data in
    /// `data_dir`, the built widget in `assets`.
    pub fn demo(port_base: u16, data_dir: &Path, assets: &Path) -> Self {
        let stand_in = format!("http://127.0.0.1:{}/checkout-com", port_base + 2);
        let organisations = vec![Organisation {
            id: "demo".into(),
            name: "Small Goods".into(),
            secret_keys: vec![Sensitive::new("sk_test_demo".into())],
            claim_keys: vec![ClaimKey {
                kid: "demo".into(),
                key: ClaimSecret::Hs256(Sensitive::new(
                    "demo-claim-secret-of-the-demo-shop-0001".into(),
                )),
            }],
            checkout_com: Some(CheckoutCom {
                account: Account {
                    base: stand_in.clone(),
                    secret_key: Sensitive::new("sk_test_demo".into()),
                    processing_channel_id: None,
                },
                public_key: "pk_test_demo".into(),
                token_url: format!("{stand_in}/tokens"),
                webhook_secret: Some(Sensitive::new("demo-webhook-key-0001".into())),
                webhook_authorization: None,
            }),
            funnelfox: Some(FunnelFox::demo(port_base)),
            events: Some(EventsTo {
                url: format!("http://127.0.0.1:{}/events", port_base + 1),
                secret: Sensitive::new("demo-events-secret-0001".into()),
            }),
            prices: demo_prices(),
            shop_origins: vec![format!("http://127.0.0.1:{}", port_base + 1)],
        }];
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, port_base)),
            sandbox: true,
            ..Self::new(
                format!("http://localhost:{port_base}"),
                sqlite_in(data_dir),
                organisations,
                assets,
            )
        }
    }

    /// Refuses what would be unsafe.
    ///
    /// # Errors
    /// The first setting that can't be run with the others.
    pub fn check(&self) -> Result<(), SettingsError> {
        let refuse = |setting, problem: String| {
            Err(SettingsError {
                setting,
                organisation: None,
                problem,
            })
        };
        if self.sandbox && !self.bind.ip().is_loopback() {
            return refuse(
                "bind",
                format!(
                    "{} can be reached from other machines, and sandbox is on; \
                     listen on 127.0.0.1 or switch sandbox off",
                    self.bind
                ),
            );
        }
        let public = urls::parse(&self.public_url);
        if !public.is_some_and(|url| url.is_origin() && url.is_safe(self.sandbox)) {
            return refuse(
                "public_url",
                "expected an origin such as https://pay.example without a trailing slash; \
                 plain http is for the sandbox on loopback only"
                    .into(),
            );
        }
        if self.organisations.is_empty() {
            return refuse("organisations", "none given; expected at least one".into());
        }
        let mut kids = Vec::new();
        for organisation in &self.organisations {
            self.check_organisation(organisation)?;
            kids.extend(organisation.claim_keys.iter().map(|key| key.kid.as_str()));
        }
        kids.sort_unstable();
        if kids.windows(2).any(|pair| pair[0] == pair[1]) {
            return refuse(
                "claim_keys",
                "a kid occurs twice; give each key its own kid".into(),
            );
        }
        Ok(())
    }

    fn check_organisation(&self, organisation: &Organisation) -> Result<(), SettingsError> {
        let refuse = |setting, problem: &str| {
            Err(SettingsError {
                setting,
                organisation: Some(organisation.id.clone()),
                problem: format!("organisation {:?}: {problem}", organisation.id),
            })
        };
        let id = &organisation.id;
        let fits = !id.is_empty()
            && id.len() <= 64
            && id.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte)
            });
        if !fits || RESERVED.contains(&id.as_str()) {
            return refuse(
                "organisations",
                "the id must be 1-64 characters of a-z, 0-9, _ and -, and no reserved word",
            );
        }
        if organisation.gateways().next().is_none() {
            return refuse(
                "organisations",
                "no gateway is given; expected checkout_com, funnelfox or both",
            );
        }
        let mut keys: Vec<&str> = organisation
            .secret_keys
            .iter()
            // EXPOSE: as above.
            .map(|key| key.expose().as_str())
            .collect();
        if keys.is_empty() || keys.iter().any(|key| !key.starts_with("sk_")) {
            return refuse(
                "secret_keys",
                "expected at least one key, all beginning with sk_",
            );
        }
        if let Some(gateway) = &organisation.checkout_com {
            // EXPOSE: the kind of key is told by its beginning and end; it is not shown.
            let secret = gateway.account.secret_key.expose();
            if let Err(misfit) = keys::fit(&gateway.account, &gateway.public_key) {
                return refuse("checkout_com", &misfit.to_string());
            }
            if self.sandbox && (is_live(secret) || is_live(&gateway.public_key)) {
                return refuse(
                    "checkout_com",
                    "live keys in the sandbox; use sk_test_/sk_sbox_ keys or switch sandbox off",
                );
            }
            keys.push(secret);
            keys.push(&gateway.public_key);
        }
        for claim in &organisation.claim_keys {
            if let ClaimSecret::Hs256(secret) = &claim.key {
                // EXPOSE: its length and kind are checked; it is not shown.
                let secret = secret.expose();
                if secret.len() < 32 {
                    return refuse("claim_keys", "an HS256 secret must have at least 32 bytes");
                }
                if is_demo(secret) {
                    keys.push(secret);
                }
            }
        }
        let events = organisation.events.as_ref().map(|to| &to.secret);
        let signing = [
            (
                "checkout_com.webhook_secret",
                organisation
                    .checkout_com
                    .as_ref()
                    .and_then(|gateway| gateway.webhook_secret.as_ref()),
            ),
            ("events.secret", events),
            (
                "funnelfox.webhook_key",
                organisation
                    .funnelfox
                    .as_ref()
                    .and_then(|fox| fox.webhook_key.as_ref()),
            ),
        ];
        for (setting, secret) in signing {
            let Some(secret) = secret else {
                continue;
            };
            // EXPOSE: as above.
            let secret = secret.expose();
            if secret.len() < 16 {
                return refuse(
                    setting,
                    "the keys of webhooks and events must have at least 16 bytes",
                );
            }
            keys.push(secret);
        }
        if !self.sandbox && keys.iter().any(|key| is_demo(key)) {
            return refuse(
                "secret_keys",
                "demo keys work in the sandbox on loopback only; make your own",
            );
        }
        for url in organisation.gateway_urls() {
            if !urls::parse(url).is_some_and(|url| url.is_safe(self.sandbox)) {
                return refuse(
                    "gateways",
                    "expected https URLs of the gateways; plain http is for the sandbox on loopback only",
                );
            }
        }
        let fox = organisation.funnelfox.as_ref();
        if let Some(problem) = fox.and_then(|fox| fox.problem(self.sandbox)) {
            return refuse("funnelfox", problem);
        }
        if organisation.checkout_com.is_none() && !organisation.prices.is_empty() {
            return refuse(
                "prices",
                "price points are charged at Checkout.com, and there is no account; add \
                 checkout_com or take the prices out",
            );
        }
        if let Some(problem) = prices::problem(&organisation.prices) {
            return refuse("prices", &problem);
        }
        let pages = prices::pages_problem(
            &organisation.shop_origins,
            &organisation.prices,
            self.sandbox,
        );
        if let Some(problem) = pages {
            return refuse("shop_origins", &problem);
        }
        if let Some(to) = &organisation.events
            && !urls::parse(&to.url).is_some_and(|url| url.is_safe(self.sandbox))
        {
            return refuse(
                "events.url",
                "expected an https URL; plain http is for the sandbox on loopback only",
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
