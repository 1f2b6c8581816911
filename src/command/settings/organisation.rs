//! `[[organisations]]`: a shop, its keys, where it hears of its orders.

use super::{
    checkout_com, funnelfox, prices,
    secret::{self, Outside},
    section::{Section, shown},
};
use crate::server::{ClaimKey, ClaimSecret, EventsTo, Organisation};

pub(super) const KEYS: [&str; 9] = [
    "id",
    "name",
    "secret_keys",
    "claim_keys",
    "events",
    "checkout_com",
    "funnelfox",
    "prices",
    "shop_origins",
];

fn claim_key(section: &Section<'_>, outside: &Outside<'_>) -> Result<ClaimKey, String> {
    const ALGORITHMS: &str = "\"HS256\" with secret, or \"EdDSA\" with public_key";
    let unused = |key: &str, algorithm: &str| match section.find(key) {
        Some(_) => {
            Err(section.trouble(key, format!("{algorithm} has none; expected {ALGORITHMS}")))
        }
        None => Ok(()),
    };
    let key = match section.needed("algorithm", ALGORITHMS)? {
        "HS256" => {
            unused("public_key", "HS256")?;
            ClaimSecret::Hs256(secret::needed(section, "secret", outside)?)
        }
        "EdDSA" => {
            unused("secret", "EdDSA")?;
            let key = section.needed("public_key", "32 bytes in base64url, a JWK's x")?;
            if key.len() != 43 {
                let problem = format!(
                    "seen {} characters, expected 43: 32 bytes in base64url without padding, a JWK's x",
                    key.len()
                );
                return Err(section.trouble("public_key", problem));
            }
            ClaimSecret::EdDsa(key.to_owned())
        }
        other => {
            let problem = format!("seen {}, expected {ALGORITHMS}", shown(other));
            return Err(section.trouble("algorithm", problem));
        }
    };
    Ok(ClaimKey {
        kid: section
            .needed("kid", "the kid of the claims' headers")?
            .to_owned(),
        key,
    })
}

/// Reads one organisation.
///
/// # Errors
/// One sentence about the first key at fault.
pub(super) fn read(section: &Section<'_>, outside: &Outside<'_>) -> Result<Organisation, String> {
    let claim_keys = section.tables("claim_keys", &["kid", "algorithm", "secret", "public_key"])?;
    let events = section.table("events", &["url", "secret"])?;
    let events = match &events {
        None => None,
        Some(events) => Some(EventsTo {
            url: events.needed("url", "an https URL of the shop")?.to_owned(),
            secret: secret::needed(events, "secret", outside)?,
        }),
    };
    let account = section.table("checkout_com", &checkout_com::KEYS)?;
    let account = account.map(|account| checkout_com::read(&account, outside));
    let fox = section.table("funnelfox", &funnelfox::KEYS)?;
    let fox = fox.map(|fox| funnelfox::read(&fox, outside));
    let prices = section.tables("prices", &prices::KEYS)?;
    let origins = section.texts("shop_origins", "origins such as \"https://shop.example\"")?;
    Ok(Organisation {
        id: section
            .needed("id", "1-64 characters of a-z, 0-9, _ and -")?
            .to_owned(),
        name: section
            .needed("name", "the shop's name, shown to shoppers")?
            .to_owned(),
        secret_keys: secret::secrets(section, "secret_keys", outside)?,
        claim_keys: claim_keys
            .iter()
            .map(|key| claim_key(key, outside))
            .collect::<Result<_, _>>()?,
        checkout_com: account.transpose()?,
        funnelfox: fox.transpose()?,
        events,
        prices: prices.iter().map(prices::read).collect::<Result<_, _>>()?,
        shop_origins: origins.into_iter().map(str::to_owned).collect(),
    })
}
