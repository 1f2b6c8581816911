//! The settings file as settings of a server.

use std::{net::SocketAddr, path::Path};

use toml::de::DeTable;

use super::{
    organisation,
    secret::{self, Outside},
    section::{Section, Source, shown},
};
use crate::server::{Limits, Network, Rule, Settings, sqlite_in};

const TOP: [&str; 12] = [
    "public_url",
    "bind",
    "database_url",
    "assets",
    "sandbox",
    "trusted_proxies",
    "session_seconds",
    "gateway_deadline_seconds",
    "settle_every_seconds",
    "quiet_seconds",
    "limits",
    "organisations",
];

/// What the file need not say.
pub(super) struct Defaults<'a> {
    /// Where the database is.
    pub(super) data: &'a Path,
    /// Where the built widget is.
    pub(super) assets: &'a Path,
}

fn rule(limits: &Section<'_>, key: &str, usual: Rule) -> Result<Rule, String> {
    let Some(rule) = limits.table(key, &["free", "quiet_seconds"])? else {
        return Ok(usual);
    };
    let free = rule.number("free", 1, 1_000_000)?;
    Ok(Rule {
        free: free
            .and_then(|free| free.try_into().ok())
            .unwrap_or(usual.free),
        quiet: rule
            .seconds("quiet_seconds", 30 * 86_400)?
            .unwrap_or(usual.quiet),
    })
}

fn limits(top: &Section<'_>) -> Result<Limits, String> {
    let usual = Limits::default();
    let Some(limits) = top.table("limits", &["session", "order", "address", "card"])? else {
        return Ok(usual);
    };
    Ok(Limits {
        session: rule(&limits, "session", usual.session)?,
        order: rule(&limits, "order", usual.order)?,
        address: rule(&limits, "address", usual.address)?,
        card: rule(&limits, "card", usual.card)?,
    })
}

/// Reads the text of a settings file and checks that a server can run with it.
///
/// # Errors
/// One sentence: file, line, key, what was seen and expected, and what to do. No secret.
pub(super) fn read(
    file: &str,
    text: &str,
    outside: &Outside<'_>,
    defaults: &Defaults<'_>,
) -> Result<Settings, String> {
    let source = Source::new(file, text);
    let document = DeTable::parse(text).map_err(|error| {
        // Only the message: the whole error would quote the line, which may hold a secret.
        let line = error.span().map_or(1, |span| source.line(span.start));
        format!("{file}:{line}: this is no TOML: {}", error.message())
    })?;
    let top = Section::new(&source, String::new(), document.get_ref(), 1, &TOP)?;
    let public_url = top.needed(
        "public_url",
        "the address for shops and browsers, such as \"https://pay.example\"",
    )?;
    let database = secret::database(&top, "database_url", outside)?;
    let mut settings = Settings::new(
        public_url.to_owned(),
        database.unwrap_or_else(|| sqlite_in(defaults.data)),
        Vec::new(),
        defaults.assets,
    );
    if let Some(text) = top.text("bind", "an address with a port")? {
        settings.bind = text.parse::<SocketAddr>().map_err(|_| {
            let seen = shown(text);
            top.trouble(
                "bind",
                format!("seen {seen}, expected an address with a port, such as \"127.0.0.1:4805\""),
            )
        })?;
    }
    if let Some(folder) = top.text("assets", "a folder")? {
        settings.assets = outside.folder.join(folder);
    }
    settings.sandbox = top.flag("sandbox")?.unwrap_or(false);
    let network = |text: &str| {
        text.parse::<Network>()
            .map_err(|error| top.trouble("trusted_proxies", error))
    };
    settings.trusted_proxies = top
        .texts("trusted_proxies", "networks such as \"10.0.0.0/8\"")?
        .into_iter()
        .map(network)
        .collect::<Result<_, _>>()?;
    let mut times = [
        ("session_seconds", 86_400, &mut settings.session_lifetime),
        (
            "gateway_deadline_seconds",
            60,
            &mut settings.gateway_deadline,
        ),
        ("settle_every_seconds", 3_600, &mut settings.settle_every),
        ("quiet_seconds", 3_600, &mut settings.quiet),
    ];
    for (key, most, time) in &mut times {
        if let Some(given) = top.seconds(key, *most)? {
            **time = given;
        }
    }
    settings.limits = limits(&top)?;
    let organisations = top.tables("organisations", &organisation::KEYS)?;
    settings.organisations = organisations
        .iter()
        .map(|section| organisation::read(section, outside))
        .collect::<Result<_, _>>()?;
    settings.check().map_err(|error| {
        let index = error
            .organisation
            .and_then(|id| settings.organisations.iter().position(|one| one.id == id));
        let path = match index {
            Some(index) if error.setting != "organisations" => {
                format!("organisations[{index}].{}", error.setting)
            }
            Some(index) => format!("organisations[{index}].id"),
            None => error.setting.to_owned(),
        };
        source.trouble_at(&path, error.problem)
    })?;
    Ok(settings)
}
