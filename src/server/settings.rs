//! What the server must be told, and which combinations it refuses.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    provider::checkout_com::{Account, keys},
    sensitive::Sensitive,
};

use super::{
    checkout::urls,
    events,
    limits::{Limits, address::Network},
};

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
    /// The gateway account.
    pub checkout_com: CheckoutCom,
    /// Where the shop hears of its orders.
    pub events: Option<EventsTo>,
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
const RESERVED: [&str; 9] = [
    "c", "checkout", "orders", "events", "embed", "health", "payments", "webhooks", "control",
];

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
            checkout_com: CheckoutCom {
                account: Account {
                    base: stand_in.clone(),
                    secret_key: Sensitive::new("sk_test_demo".into()),
                    processing_channel_id: None,
                },
                public_key: "pk_test_demo".into(),
                token_url: format!("{stand_in}/tokens"),
                webhook_secret: Some(Sensitive::new("demo-webhook-key-0001".into())),
                webhook_authorization: None,
            },
            events: Some(EventsTo {
                url: format!("http://127.0.0.1:{}/events", port_base + 1),
                secret: Sensitive::new("demo-events-secret-0001".into()),
            }),
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
        let gateway = &organisation.checkout_com;
        // EXPOSE: the kind of key is told by its beginning and end; it is not shown.
        let secret = gateway.account.secret_key.expose();
        if let Err(misfit) = keys::fit(&gateway.account, &gateway.public_key) {
            return refuse("checkout_com", &misfit.to_string());
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
        keys.push(secret);
        keys.push(&gateway.public_key);
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
                gateway.webhook_secret.as_ref(),
            ),
            ("events.secret", events),
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
        if self.sandbox && (is_live(secret) || is_live(&gateway.public_key)) {
            return refuse(
                "checkout_com",
                "live keys in the sandbox; use sk_test_/sk_sbox_ keys or switch sandbox off",
            );
        }
        for url in [&gateway.account.base, &gateway.token_url] {
            if !urls::parse(url).is_some_and(|url| url.is_safe(self.sandbox)) {
                return refuse(
                    "checkout_com",
                    "expected https URLs; plain http is for the sandbox on loopback only",
                );
            }
        }
        if let Some(to) = &organisation.events
            && !urls::parse(&to.url).is_some_and(|url| url.is_safe(self.sandbox))
        {
            return refuse(
                "events",
                "expected an https URL; plain http is for the sandbox on loopback only",
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Sensitive, Settings};
    use std::path::Path;

    fn demo() -> Settings {
        Settings::demo(4805, Path::new("/tmp"), Path::new("/tmp"))
    }

    #[test]
    fn t26_t27_unsafe_combinations_are_refused() {
        demo().check().unwrap();
        let mut open = demo();
        open.bind = "0.0.0.0:4805".parse().unwrap();
        assert_eq!(open.check().unwrap_err().setting, "bind");
        let mut plain = demo();
        plain.sandbox = false;
        assert_eq!(plain.check().unwrap_err().setting, "public_url");
        let mut far = demo();
        far.organisations[0].checkout_com.token_url = "http://tokens.example/tokens".into();
        assert_eq!(far.check().unwrap_err().setting, "checkout_com");
        let mut demo_keys = demo();
        demo_keys.sandbox = false;
        demo_keys.public_url = "https://pay.example".into();
        assert_eq!(demo_keys.check().unwrap_err().setting, "secret_keys");
        let mut live = demo();
        live.organisations[0].checkout_com.account.secret_key =
            Sensitive::new("sk_0b9b5db6-f223-49d0-b68f-f6643dd4f808".into());
        assert_eq!(live.check().unwrap_err().setting, "checkout_com");
        let mut swapped = demo();
        swapped.organisations[0].checkout_com.public_key = "sk_test_x".into();
        assert_eq!(swapped.check().unwrap_err().setting, "checkout_com");
        let mut short = demo();
        short.organisations[0].checkout_com.webhook_secret = Some(Sensitive::new("short".into()));
        assert_eq!(
            short.check().unwrap_err().setting,
            "checkout_com.webhook_secret"
        );
        let mut far = demo();
        if let Some(to) = &mut far.organisations[0].events {
            to.url = "http://shop.example/events".into();
        }
        assert_eq!(far.check().unwrap_err().setting, "events");
        let shown = format!("{:?}", demo());
        for secret in ["sk_test_demo", "demo-webhook-key", "demo-events-secret"] {
            assert!(!shown.contains(secret), "{secret}");
        }
    }

    #[test]
    fn t27_demo_keys_of_webhooks_and_events_stay_in_the_sandbox() {
        let real = || {
            let mut settings = demo();
            settings.sandbox = false;
            settings.public_url = "https://pay.example".into();
            let organisation = &mut settings.organisations[0];
            organisation.secret_keys = vec![Sensitive::new("sk_shop".into())];
            organisation.claim_keys.clear();
            organisation.events = None;
            let gateway = &mut organisation.checkout_com;
            gateway.account.base = "https://api.example".into();
            gateway.account.secret_key = Sensitive::new("sk_real".into());
            gateway.account.processing_channel_id = Some("pc_real".into());
            gateway.public_key = "pk_real".into();
            gateway.token_url = "https://api.example/tokens".into();
            gateway.webhook_secret = None;
            settings
        };
        real().check().unwrap();
        let mut hooks = real();
        hooks.organisations[0].checkout_com.webhook_secret =
            demo().organisations[0].checkout_com.webhook_secret.clone();
        assert_eq!(hooks.check().unwrap_err().setting, "secret_keys");
        let mut events = real();
        events.organisations[0].events = demo().organisations[0].events.clone();
        assert_eq!(events.check().unwrap_err().setting, "secret_keys");
    }
}
