//! The command line: what goes wrong at the start is one clear sentence and a non-zero exit.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test may")]

use std::{
    net::TcpListener,
    process::{Command, Output},
};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fanfare-checkout"))
        .args(arguments)
        .output()
        .unwrap()
}

/// The one sentence on standard error of a run that must fail.
fn trouble(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.trim().lines().count(), 1, "{said}");
    said
}

#[test]
fn f73_a_port_in_use_is_named_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let base = (port - 2).to_string();
    let said = trouble(&["sandbox", "--port-base", &base]);
    assert!(
        said.contains(&port.to_string()) && said.contains("--port-base"),
        "{said}"
    );
}

#[test]
fn f73_a_folder_that_cannot_be_written_is_named_with_the_way_out() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let folder = file.path().join("data");
    let folder = folder.to_str().unwrap();
    let said = trouble(&["build", "--data", folder]);
    assert!(said.contains(folder) && said.contains("--data"), "{said}");
}

#[test]
fn a_time_that_is_none_is_refused_with_an_example() {
    for time in ["-1", "0", "soon", "inf"] {
        let output = run(&["serve", &format!("--settle-every={time}")]);
        assert_eq!(output.status.code(), Some(2), "{time}: {output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("such as 0.5"), "{said}");
    }
}

#[test]
fn help_documents_every_command_and_option() {
    let output = run(&["--help"]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for word in [
        "demo",
        "build",
        "serve",
        "shop",
        "sandbox",
        "--port-base",
        "--data",
        "--assets",
        "--database-url",
        "--public-url",
        "--stand-ins",
        "--settle-every",
        "--quiet",
        "--gateway-deadline",
    ] {
        assert!(help.contains(word), "{word} is not in the help");
    }
}
