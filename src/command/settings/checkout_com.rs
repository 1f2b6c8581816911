//! `[organisations.checkout_com]`: an account of the current or the previous platform.

use super::{
    secret::{self, Outside},
    section::{Section, shown},
};
use crate::{
    provider::checkout_com::{
        Account,
        keys::{self, Environment, Platform},
    },
    server::{CheckoutCom, is_demo},
};

pub(super) const KEYS: [&str; 9] = [
    "environment",
    "prefix",
    "base_url",
    "public_key",
    "secret_key",
    "processing_channel_id",
    "webhook_secret",
    "webhook_authorization",
    "card_fields",
];

fn environment(section: &Section<'_>) -> Result<Environment, String> {
    const EXPECTED: &str = "\"sandbox\" or \"live\"";
    match section.needed("environment", EXPECTED)? {
        "sandbox" => Ok(Environment::Sandbox),
        "live" => Ok(Environment::Live),
        other => {
            let problem = format!("seen {}, expected {EXPECTED}", shown(other));
            Err(section.trouble("environment", problem))
        }
    }
}

/// Where the account is: a base URL, or environment and prefix.
fn base(section: &Section<'_>, platform: Platform) -> Result<String, String> {
    let prefix = section.text("prefix", "eight letters and digits")?;
    if let Some(base) = section.text(
        "base_url",
        "a URL such as \"https://api.sandbox.checkout.com\"",
    )? {
        if prefix.is_some() || section.find("environment").is_some() {
            let problem = "give base_url, or environment with prefix, but not both";
            return Err(section.trouble("base_url", problem));
        }
        return Ok(base.trim_end_matches('/').to_owned());
    }
    let environment = environment(section)?;
    match (prefix, platform) {
        (Some(prefix), _) if !keys::is_prefix(prefix) => {
            let seen = shown(prefix);
            let problem = format!("seen {seen}, expected the first eight characters of the client id after cli_, in lower case");
            Err(section.trouble("prefix", problem))
        }
        (Some(_), Platform::Previous) => Err(section.trouble(
            "prefix",
            "the keys are of the previous platform, whose host has no prefix; leave it out",
        )),
        (None, Platform::Current) => Err(section.missing(
            "prefix",
            "the first eight characters of the account's client id after cli_ (for an account without one, give base_url instead)",
        )),
        (prefix, _) => Ok(keys::base(environment, prefix)),
    }
}

/// Reads an account.
///
/// # Errors
/// One sentence about the first key at fault, or about keys that do not go together.
pub(super) fn read(section: &Section<'_>, outside: &Outside<'_>) -> Result<CheckoutCom, String> {
    let secret_key = secret::needed(section, "secret_key", outside)?;
    // EXPOSE: the platform is told by its form; it is not shown.
    let told = keys::of_secret_key(secret_key.expose());
    let (platform, environment) = told.map_err(|misfit| section.trouble("secret_key", misfit))?;
    let public_key = section.needed("public_key", "pk_…, from the same account")?;
    let channel = section.text("processing_channel_id", "pc_…")?;
    let account = Account {
        base: base(section, platform)?,
        secret_key,
        processing_channel_id: channel.map(str::to_owned),
    };
    keys::fit(&account, public_key).map_err(|misfit| section.trouble(misfit.setting(), misfit))?;
    // EXPOSE: as above.
    let live = environment == Environment::Live && !is_demo(account.secret_key.expose());
    match section.text("card_fields", "\"own\"")? {
        Some("own") => {}
        None if !live => {}
        _ => {
            return Err(section.trouble(
                "card_fields",
                "with live keys real cards are typed into this server's own form, which puts whoever serves it into PCI DSS scope: read the table in the README, then say card_fields = \"own\"",
            ));
        }
    }
    Ok(CheckoutCom {
        token_url: format!("{}/tokens", account.base),
        account,
        public_key: public_key.to_owned(),
        webhook_secret: secret::secret(section, "webhook_secret", outside)?,
        webhook_authorization: secret::secret(section, "webhook_authorization", outside)?,
    })
}
