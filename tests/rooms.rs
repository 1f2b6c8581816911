//! Who may know whom: the map of `src/lib.rs`, kept by reading the sources.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test may")]

use std::{
    fs,
    path::{Path, PathBuf},
};

fn files(below: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(below)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                found.push((path.strip_prefix(root).unwrap().to_owned(), text));
            }
        }
    }
    found
}

/// The room of a source file: `src/flow/pay.rs` and `src/flow.rs` are both of `flow`.
fn room(path: &Path) -> String {
    let part = path
        .components()
        .nth(1)
        .unwrap()
        .as_os_str()
        .to_str()
        .unwrap();
    part.trim_end_matches(".rs").to_owned()
}

fn offenders(words: &[&str], may: &[&str]) -> Vec<String> {
    files("src")
        .into_iter()
        .filter(|(path, _)| !may.contains(&room(path).as_str()))
        .flat_map(|(path, text)| {
            words
                .iter()
                .filter(|word| text.contains(**word))
                .map(|word| format!("{} names {word}", path.display()))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn only_view_and_browser_name_leptos_and_the_dom() {
    let words = [
        "leptos::",
        "web_sys::",
        "wasm_bindgen::",
        "js_sys::",
        "gloo_",
    ];
    assert_eq!(
        offenders(&words, &["view", "browser"]),
        Vec::<String>::new()
    );
}

#[test]
fn pure_rooms_know_no_socket_clock_or_file() {
    let words = [
        "axum::",
        "tokio::",
        "sqlx::",
        "reqwest::",
        "SystemTime",
        "Instant::now",
        "std::fs",
        "std::net",
    ];
    let host = ["server", "sandbox", "bundle", "command"];
    assert_eq!(offenders(&words, &host), Vec::<String>::new());
}

#[test]
fn the_view_sees_screens_and_never_the_flow() {
    let seen: Vec<_> = files("src/view")
        .into_iter()
        .filter(|(_, text)| text.contains("crate::flow") || text.contains("flow::"))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(seen, Vec::<PathBuf>::new());
}

#[test]
fn the_sandbox_shares_nothing_with_the_rest() {
    for (path, text) in files("src/sandbox") {
        for line in text.lines().filter(|line| line.contains("crate::")) {
            assert!(
                line.contains("crate::sandbox"),
                "{}: {line}",
                path.display()
            );
        }
    }
}

#[test]
fn t07_no_message_goes_to_just_anyone() {
    for (path, text) in files("src").into_iter().chain(files("www")) {
        for line in text
            .lines()
            .filter(|line| line.contains("postMessage") || line.contains("post_message"))
        {
            assert!(
                !line.contains("'*'") && !line.contains("\"*\""),
                "{}: {line}",
                path.display()
            );
        }
    }
}

#[test]
fn f55_nothing_is_kept_in_the_browser_but_a_tabs_marker_where_no_server_can_be_asked() {
    let marked = [
        Path::new("src/browser/storage.rs"),
        Path::new("www/checkout.js"),
    ];
    let markers = ["session_storage", "sessionStorage"];
    let stores = [
        "local_storage",
        "session_storage",
        "localStorage",
        "sessionStorage",
        "indexedDB",
        "document.cookie",
    ];
    let shop = Path::new("www/shop");
    let browser = ["src/browser", "src/view", "www"];
    for (path, text) in browser.into_iter().flat_map(files) {
        for store in stores {
            let marks = markers.contains(&store) && marked.contains(&path.as_path());
            let named = text.contains(store) && !path.starts_with(shop) && !marks;
            assert!(!named, "{} names {store}", path.display());
        }
    }
}

#[test]
fn t12_no_document_has_inline_script_or_style() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let template = fs::read_to_string(root.join("index.html")).unwrap();
    let pages = files("www")
        .into_iter()
        .filter(|(path, _)| path.extension().is_some_and(|e| e == "html"));
    for (path, text) in pages.chain([(PathBuf::from("index.html"), template)]) {
        for bad in [
            "<style",
            " style=",
            "<script>",
            " onclick=",
            " onload=",
            "javascript:",
        ] {
            assert!(!text.contains(bad), "{} has {bad}", path.display());
        }
    }
}
