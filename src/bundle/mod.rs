//! Builds what browsers load: the wasm and its glue, the prerendered document, the loader.
//!
//! cargo compiles the library for wasm32; wasm-bindgen, as a library of the same pinned
//! version as the crate, writes the glue; the view is drawn once into the document. A second
//! build with nothing changed writes nothing.

mod cargo;

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256, Sha384};

use crate::view;

/// The version in the addresses of immutable files.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Where the sources are, as compiled.
const SOURCES: &str = env!("CARGO_MANIFEST_DIR");
/// Marks a finished build.
const STAMP: &str = "stamp";

/// Why there is no bundle: one sentence for a person.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The sources are not where they were compiled.
    #[error(
        "the sources are not at {0}: run this from a clone of the project, or pass --assets with a folder that `fanfare-checkout build` made"
    )]
    NoSources(PathBuf),
    /// A tool is missing or failed.
    #[error("{0}")]
    Tool(String),
    /// wasm-bindgen could not read the wasm.
    #[error("wasm-bindgen could not write the glue: {0}")]
    Glue(String),
    /// The disk said no.
    #[error("can't write {path}: {source}; choose another folder with --data")]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// Why it wasn't.
        source: std::io::Error,
    },
}

/// Builds the widget into `out`.
///
/// # Errors
/// See [`BundleError`]; each is one sentence that says what to do.
pub fn build(out: &Path) -> Result<(), BundleError> {
    let sources = Path::new(SOURCES);
    if !sources.join("Cargo.toml").is_file() {
        return Err(BundleError::NoSources(sources.into()));
    }
    cargo::ensure_wasm_target()?;
    let wasm = cargo::build_wasm(sources)?;
    let files = files(sources)?;
    let stamp = stamp(&wasm, &files)?;
    if fs::read_to_string(out.join(STAMP)).is_ok_and(|old| old == stamp) {
        return Ok(());
    }
    let written = |path: &Path| {
        let path = path.to_owned();
        move |source| BundleError::Write { path, source }
    };
    fs::create_dir_all(out).map_err(written(out))?;
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(&wasm)
        .out_name("fanfare_checkout")
        .web(true)
        .and_then(|bindgen| {
            bindgen
                .typescript(true)
                .omit_default_module_path(false)
                .remove_name_section(true)
                .remove_producers_section(true)
                .generate(out)
        })
        .map_err(|error| BundleError::Glue(error.to_string()))?;
    for (name, bytes) in &files {
        let path = out.join(name);
        fs::write(&path, bytes).map_err(written(&path))?;
    }
    let path = out.join(STAMP);
    fs::write(&path, stamp).map_err(written(&path))
}

/// The value of the script tag's `integrity` for a built loader.
///
/// # Errors
/// There is no built loader in `out`.
pub fn integrity(out: &Path) -> Result<String, BundleError> {
    let path = out.join("checkout.js");
    let loader = fs::read(&path).map_err(|_| BundleError::NoSources(path))?;
    Ok(format!(
        "sha384-{}",
        STANDARD.encode(Sha384::digest(loader))
    ))
}

/// Every file besides wasm and glue, by name, as it will be served.
fn files(sources: &Path) -> Result<Vec<(String, Vec<u8>)>, BundleError> {
    let read = |path: &Path| fs::read(path).map_err(|_| BundleError::NoSources(path.into()));
    let template = String::from_utf8_lossy(&read(&sources.join("index.html"))?).into_owned();
    let document = template
        .replace("{{version}}", VERSION)
        .replace("{{prerendered}}", &view::prerender("en"));
    let mut files = vec![("checkout.html".to_owned(), document.into_bytes())];
    let www = sources.join("www");
    let entries = fs::read_dir(&www).map_err(|_| BundleError::NoSources(www.clone()))?;
    for entry in entries.flatten().filter(|entry| entry.path().is_file()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let bytes = read(&entry.path())?;
        let bytes = match String::from_utf8(bytes) {
            Ok(text) => text.replace("{{version}}", VERSION).into_bytes(),
            Err(binary) => binary.into_bytes(),
        };
        files.push((name, bytes));
    }
    files.sort();
    Ok(files)
}

fn stamp(wasm: &Path, files: &[(String, Vec<u8>)]) -> Result<String, BundleError> {
    let mut hash = Sha256::new();
    hash.update(fs::read(wasm).map_err(|error| BundleError::Tool(error.to_string()))?);
    for (name, bytes) in files {
        hash.update(name);
        hash.update(bytes);
    }
    Ok(hex::encode(hash.finalize()))
}
