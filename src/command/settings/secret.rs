//! Secrets of the settings: from the environment or from files that only their owner reads.
//! In the settings file itself stand only keys that are worth nothing to anybody.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use toml::de::DeValue;

use super::section::{Found, Section};
use crate::{sensitive::Sensitive, server::is_demo};

/// Longest secret, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Where secrets are: the environment, and files beside the settings file.
pub(super) struct Outside<'a> {
    pub(super) environment: &'a dyn Fn(&str) -> Option<String>,
    pub(super) folder: PathBuf,
}

/// Refuses a file that others can read.
///
/// # Errors
/// What it is, and the command that mends it.
#[cfg(unix)]
pub(super) fn only_its_owner(path: &Path, metadata: &fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(format!(
        "{} is open to others than its owner (mode {mode:o}): chmod 600 {}",
        path.display(),
        path.display()
    ))
}

/// Elsewhere there are no such modes.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub(super) fn only_its_owner(_: &Path, _: &fs::Metadata) -> Result<(), String> {
    Ok(())
}

/// Reads a text file that only its owner can read.
///
/// # Errors
/// What is wrong with it; never what is in it.
pub(super) fn read_private(path: &Path) -> Result<String, String> {
    let trouble = |error: std::io::Error| format!("can't read {}: {error}", path.display());
    let file = fs::File::open(path).map_err(trouble)?;
    let metadata = file.metadata().map_err(trouble)?;
    if !metadata.is_file() {
        return Err(format!("{} is no file", path.display()));
    }
    only_its_owner(path, &metadata)?;
    let mut bytes = Vec::new();
    file.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(trouble)?;
    if bytes.len() as u64 > LONGEST {
        return Err(format!("{} is longer than {LONGEST} bytes", path.display()));
    }
    String::from_utf8(bytes).map_err(|_| format!("{} is no UTF-8 text", path.display()))
}

/// A key that may stand in the settings file: of a demo or of a test account.
fn is_harmless(text: &str) -> bool {
    let test = ["sk_test_", "sk_sbox_", "rk_test_"];
    is_demo(text) || test.iter().any(|beginning| text.starts_with(beginning))
}

/// The secret that `found` is or names.
fn read(
    section: &Section<'_>,
    found: &Found<'_>,
    outside: &Outside<'_>,
) -> Result<Sensitive<String>, String> {
    const WAYS: &str = "{ env = \"NAME\" } or { file = \"/path\" }";
    let trouble = |problem: String| section.source.trouble(found.line, &found.path, problem);
    let table = match found.value {
        DeValue::String(text) if is_harmless(text) => {
            return Ok(Sensitive::new(text.to_string()));
        }
        DeValue::String(_) => {
            return Err(trouble(format!(
                "a secret stands in the file; expected {WAYS} (only keys of the demo, demo-… or …_demo, and of test accounts may stand here)"
            )));
        }
        DeValue::Table(table) => table,
        _ => return Err(trouble(format!("expected {WAYS}"))),
    };
    let place = Section::new(
        section.source,
        found.path.clone(),
        table,
        found.line,
        &["env", "file"],
    )?;
    let (env, file) = (place.text("env", "a name")?, place.text("file", "a path")?);
    let text = match (env, file) {
        (Some(name), None) => (outside.environment)(name).ok_or_else(|| {
            trouble(format!(
                "the environment has no {name}; set it where the server is started"
            ))
        })?,
        (None, Some(path)) => {
            let path = outside.folder.join(path);
            let mut text = read_private(&path).map_err(trouble)?;
            let end = text.trim_end_matches(['\r', '\n']).len();
            text.truncate(end);
            text
        }
        _ => return Err(trouble(format!("expected one of env and file: {WAYS}"))),
    };
    let secret = Sensitive::new(text);
    // EXPOSE: whether it is empty or broken is told; it is not shown.
    let text = secret.expose();
    if text.is_empty() || text.chars().any(char::is_control) || text.trim() != text {
        let source = env.map_or("the file", |_| "the variable");
        return Err(trouble(format!(
            "{source} must hold the secret and nothing else: it is empty, or has several lines or blanks around it"
        )));
    }
    Ok(secret)
}

/// The secret under `key`.
///
/// # Errors
/// It stands in the file, or can't be had.
pub(super) fn secret(
    section: &Section<'_>,
    key: &str,
    outside: &Outside<'_>,
) -> Result<Option<Sensitive<String>>, String> {
    let found = section.find(key);
    found
        .map(|found| read(section, &found, outside))
        .transpose()
}

/// The secret under `key`, which must be there.
///
/// # Errors
/// As [`secret`], or it is missing.
pub(super) fn needed(
    section: &Section<'_>,
    key: &str,
    outside: &Outside<'_>,
) -> Result<Sensitive<String>, String> {
    let expected = format!("{key} = {{ env = \"NAME\" }} or {{ file = \"/path\" }}");
    secret(section, key, outside)?.ok_or_else(|| section.missing(key, &expected))
}

/// The list of secrets under `key`.
///
/// # Errors
/// As [`secret`], for any of them.
pub(super) fn secrets(
    section: &Section<'_>,
    key: &str,
    outside: &Outside<'_>,
) -> Result<Vec<Sensitive<String>>, String> {
    let list = section.list(key, "{ env = \"NAME\" } and { file = \"/path\" }")?;
    list.iter()
        .map(|found| read(section, found, outside))
        .collect()
}

/// The database's address, which holds no password if it stands in the file.
///
/// # Errors
/// It holds one, or can't be had.
pub(super) fn database(
    section: &Section<'_>,
    key: &str,
    outside: &Outside<'_>,
) -> Result<Option<Sensitive<String>>, String> {
    let Some(found) = section.find(key) else {
        return Ok(None);
    };
    let DeValue::String(text) = found.value else {
        return read(section, &found, outside).map(Some);
    };
    let authority = text.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or_default();
    if authority.contains('@') && authority.contains(':') || text.contains("password") {
        return Err(section.trouble(
            key,
            "a password stands in the file; give the whole address as { env = \"DATABASE_URL\" } or { file = \"/path\" }",
        ));
    }
    Ok(Some(Sensitive::new(text.to_string())))
}
