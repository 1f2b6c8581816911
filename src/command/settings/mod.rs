//! The settings file: one TOML file for everything that a server must be told.
//!
//! `section` reads tables key by key, `secret` fetches what may not stand in the file, `read`
//! and what it calls make [`Settings`] of it. `example.toml` is what `settings` prints.

mod checkout_com;
mod funnelfox;
mod nearest;
mod organisation;
mod prices;
mod read;
mod secret;
mod section;
#[cfg(test)]
mod tests;

use std::path::Path;

use super::options::Place;
use crate::server::Settings;

/// A commented example with every key.
pub(super) const EXAMPLE: &str = include_str!("example.toml");

/// Reads the settings file at `path`; a relative path in it is meant from its own folder.
/// `place` says where data and widget are if the file does not.
///
/// # Errors
/// One sentence for a person, without any secret.
pub(super) fn load(path: &Path, place: &Place) -> Result<Settings, String> {
    let text = secret::read_private(path).map_err(|problem| format!("settings: {problem}"))?;
    let outside = secret::Outside {
        environment: &|name| std::env::var(name).ok(),
        folder: path.parent().map(Path::to_owned).unwrap_or_default(),
    };
    let defaults = read::Defaults {
        data: &place.data,
        assets: &place.widget(),
    };
    read::read(&path.display().to_string(), &text, &outside, &defaults)
}
