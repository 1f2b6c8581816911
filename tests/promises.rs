//! What the README promises about money and covers, and what `tests/faults.md` and
//! `tests/traps.md` list: each line names its tests, and the tests are there.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test may")]

use std::{fs, path::Path};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The proofs that a text names: `path::beginning of the test's name`, between backticks.
fn proofs(text: &str) -> Vec<(&str, &str)> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split_once("::"))
        .filter(|(path, _)| path.starts_with("tests/") || path.starts_with("src/"))
        .collect()
}

/// Whether `path` has a test whose name begins with `name`.
fn is_there(path: &str, name: &str) -> bool {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let Ok(source) = fs::read_to_string(file) else {
        return false;
    };
    ["fn ", "test('", "test(`", "test(\"", "def "]
        .iter()
        .any(|before| source.contains(&format!("{before}{name}")))
}

fn missing(text: &str) -> Vec<String> {
    proofs(text)
        .into_iter()
        .filter(|(path, name)| name.is_empty() || !is_there(path, name))
        .map(|(path, name)| format!("{path}::{name}"))
        .collect()
}

/// The rows of the Markdown tables in a text, without their heads.
fn rows(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("|--"))
        .filter(|line| {
            let heads = ["| what is promised", "| # |", "| contract |", "| call |"];
            !heads.iter().any(|head| line.starts_with(head))
        })
        .collect()
}

#[test]
fn every_promise_about_money_names_tests_that_are_there() {
    let readme = read("README.md");
    let (_, page) = readme
        .split_once("## What is promised about money")
        .unwrap();
    let page = page.split("\n## ").next().unwrap();
    let rows = rows(page);
    assert!(rows.len() >= 10, "the page's table is gone");
    for row in rows {
        assert!(!proofs(row).is_empty(), "names no test: {row}");
    }
    assert_eq!(missing(page), Vec::<String>::new());
}

#[test]
fn every_fault_names_tests_that_are_there_or_says_why_none() {
    let page = read("tests/faults.md");
    let rows = rows(&page);
    let wanted = (1..=7)
        .chain(9..=13)
        .chain(15..=50)
        .chain(55..=59)
        .chain([62, 63, 70, 72, 73, 74])
        .map(|number| format!("| F{number:02} |"))
        .chain((20..=25).map(|number| format!("| T{number} |")));
    for number in wanted {
        assert!(
            rows.iter().any(|row| row.starts_with(&number)),
            "no row {number}"
        );
    }
    for row in rows {
        assert!(
            !proofs(row).is_empty()
                || row.contains("can't be made here")
                || row.contains("no test yet"),
            "names no test and no reason: {row}"
        );
    }
    assert_eq!(missing(&page), Vec::<String>::new());
}

#[test]
fn every_trap_names_tests_that_are_there_or_says_why_none() {
    let page = read("tests/traps.md");
    let rows = rows(&page);
    for number in (1..=30).chain(49..=51) {
        let number = format!("| {number} |");
        let found = rows.iter().filter(|row| row.starts_with(&number)).count();
        assert_eq!(found, 1, "rows {number}");
    }
    assert_eq!(rows.len(), 33 + 7, "a row is gone or was not counted");
    for row in rows {
        assert!(
            !proofs(row).is_empty() || row.contains("no such path"),
            "names no test and no reason: {row}"
        );
    }
    assert_eq!(missing(&page), Vec::<String>::new());
}

#[test]
fn every_call_that_is_said_to_be_covered_names_tests_that_are_there() {
    let readme = read("README.md");
    let (_, page) = readme.split_once("## What is covered").unwrap();
    let page = page.split("\n## ").next().unwrap();
    for system in ["Fanfare", "FunnelFox", "Primer", "Checkout.com"] {
        let heads = page.lines().filter(|line| line.starts_with("### "));
        assert!(heads.clone().any(|head| head.contains(system)), "{system}");
    }
    assert!(page.contains("Not covered"), "what is missing is not said");
    let rows = rows(page);
    assert!(rows.len() >= 35, "the page's tables are gone");
    for row in rows {
        assert!(!proofs(row).is_empty(), "names no test: {row}");
    }
    assert_eq!(missing(page), Vec::<String>::new());
}

#[test]
fn a_test_that_is_gone_is_missed() {
    let page = "| x | `tests/promises.rs::a_test_that_is_gone`, `tests/promises.rs::no_such` |";
    assert_eq!(missing(page), ["tests/promises.rs::no_such"]);
}
