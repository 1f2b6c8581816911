//! `[organisations.funnelfox]`: an account at FunnelFox Billing, with Primer behind it.

use super::{
    secret::{self, Outside},
    section::Section,
};
use crate::server::FunnelFox;

pub(super) const KEYS: [&str; 6] = [
    "base_url",
    "org",
    "region",
    "primer_origins",
    "parent_origins",
    "webhook_key",
];

/// Reads an account; its values are checked with the rest of the settings.
///
/// # Errors
/// One sentence about the first key at fault.
pub(super) fn read(section: &Section<'_>, outside: &Outside<'_>) -> Result<FunnelFox, String> {
    let origins = |key: &str| {
        let origins = section.texts(key, "origins such as \"https://shop.example\"")?;
        Ok::<_, String>(origins.into_iter().map(str::to_owned).collect())
    };
    let base = section.text("base_url", "a URL")?;
    Ok(FunnelFox {
        base_url: base.unwrap_or("https://billing.funnelfox.com").to_owned(),
        org: section
            .needed("org", "the organisation's id as FunnelFox shows it")?
            .to_owned(),
        region: section
            .text("region", "a word")?
            .unwrap_or("default")
            .to_owned(),
        primer_origins: origins("primer_origins")?,
        parent_origins: origins("parent_origins")?,
        webhook_key: secret::secret(section, "webhook_key", outside)?,
    })
}
