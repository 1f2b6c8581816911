//! `[[organisations.prices]]`: what pages may sell by its name.

use super::section::{Section, shown};
use crate::{
    money::{Currency, Money},
    server::PricePoint,
    session::Capture,
};

pub(super) const KEYS: [&str; 6] = ["id", "name", "amount", "currency", "capture", "save_card"];

/// Reads a price point; that it can be charged is checked with the rest of the settings.
///
/// # Errors
/// One sentence about the first key at fault.
pub(super) fn read(section: &Section<'_>) -> Result<PricePoint, String> {
    const UNITS: &str = "minor units, such as 3500 for 35 euros";
    let code = section.needed("currency", "an ISO 4217 code such as \"EUR\"")?;
    let currency = Currency::parse(code).map_err(|_| {
        let seen = shown(code);
        section.trouble(
            "currency",
            format!("seen {seen}, expected an ISO 4217 code such as \"EUR\""),
        )
    })?;
    let minor = section
        .number("amount", 1, 999_999_999)?
        .ok_or_else(|| section.missing("amount", UNITS))?;
    let capture = match section.text("capture", "\"automatic\" or \"manual\"")? {
        None | Some("automatic") => Capture::Automatic,
        Some("manual") => Capture::Manual,
        Some(other) => {
            let problem = format!(
                "seen {}, expected \"automatic\" or \"manual\"",
                shown(other)
            );
            return Err(section.trouble("capture", problem));
        }
    };
    Ok(PricePoint {
        id: section
            .needed("id", "a word that pages name it by")?
            .to_owned(),
        name: section
            .needed("name", "what is sold, as shoppers read it")?
            .to_owned(),
        total: Money::new(minor, currency),
        capture,
        save_card: section.flag("save_card")?.unwrap_or(false),
    })
}
