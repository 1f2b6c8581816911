//! The compiler's part of a build: the wasm32 target, and the library compiled for it.

use std::{
    env,
    ffi::OsString,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::BundleError;

const TARGET: &str = "wasm32-unknown-unknown";

fn tool(sentence: impl Into<String>) -> BundleError {
    BundleError::Tool(sentence.into())
}

fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Installs the standard library for wasm32 with rustup, if it is missing.
pub(super) fn ensure_wasm_target() -> Result<(), BundleError> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let answer = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map_err(|error| {
            tool(format!(
                "rustc can't be run ({error}): install Rust 1.88 or newer"
            ))
        })?;
    let folder = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
    if answer.status.success() && Path::new(&folder).is_dir() {
        return Ok(());
    }
    eprintln!("Installing the {TARGET} target: rustup target add {TARGET}");
    let advice = format!("install Rust's {TARGET} target by hand and start again");
    let status = Command::new("rustup")
        .args(["target", "add", TARGET])
        .status()
        .map_err(|error| tool(format!("rustup can't be run ({error}): {advice}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(tool(format!(
            "`rustup target add {TARGET}` failed: {advice}"
        )))
    }
}

/// Compiles the library for wasm32 and answers where the wasm is.
pub(super) fn build_wasm(sources: &Path) -> Result<PathBuf, BundleError> {
    let mut build = Command::new(cargo())
        .current_dir(sources)
        // As a cdylib alone: beside an rlib, cargo leaves link-time optimisation out.
        .args(["rustc", "--lib", "--crate-type", "cdylib"])
        .args(["--target", TARGET, "--profile", "widget"])
        .arg("--message-format=json-render-diagnostics")
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| {
            tool(format!(
                "cargo can't be run ({error}): install Rust 1.88 or newer"
            ))
        })?;
    let mut wasm = None;
    if let Some(messages) = build.stdout.take() {
        for line in BufReader::new(messages).lines().map_while(Result::ok) {
            if let Some(path) = artifact(&line) {
                wasm = Some(path);
            }
        }
    }
    let done = build
        .wait()
        .map_err(|error| tool(format!("cargo stopped: {error}")))?;
    match wasm {
        Some(path) if done.success() => Ok(path),
        _ => Err(tool(
            "the widget did not compile: cargo's messages above say why",
        )),
    }
}

fn artifact(line: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    let ours = message["reason"] == "compiler-artifact"
        && message["target"]["name"].as_str()? == env!("CARGO_PKG_NAME").replace('-', "_");
    message["filenames"]
        .as_array()
        .filter(|_| ours)?
        .iter()
        .filter_map(|name| name.as_str())
        .find(|name| name.ends_with(".wasm"))
        .map(PathBuf::from)
}
