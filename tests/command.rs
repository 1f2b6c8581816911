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
        "order",
        "orders",
        "capture",
        "void",
        "refund",
        "settings",
        "check",
        "--settings",
        "--log",
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

#[test]
fn capture_void_and_refund_say_what_they_need() {
    let help = run(&["capture", "--help"]);
    let help = String::from_utf8(help.stdout).unwrap();
    for word in [
        "--amount",
        "--currency",
        "--reference",
        "FANFARE_SECRET_KEY",
        "35.00",
    ] {
        assert!(help.contains(word), "{word} is not in the help");
    }
    assert!(!help.contains("sk_test_demo"), "{help}");
    for wrong in [
        &["capture"][..],
        &["capture", "x", "--amount", "35.00"],
        &["refund", "x", "--currency", "EUR"],
        &["void", "x", "--amount", "35.00", "--currency", "EUR"],
        &["void", "x", "--secret-key", "pk_test_demo"],
    ] {
        assert_eq!(run(wrong).status.code(), Some(2), "{wrong:?}");
    }
    // Nothing listens there.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let away = format!("http://{}", taken.local_addr().unwrap());
    drop(taken);
    let said = trouble(&["void", "pay_1", "--public-url", &away]);
    assert!(
        said.contains(&away) && said.contains("--public-url"),
        "{said}"
    );
}

/// A database with one order that was declined and one that can't be decided, as a server left it.
async fn left_behind(folder: &std::path::Path) -> String {
    use fanfare_checkout::server::{Settings, app};
    let data = folder.to_str().unwrap().to_owned();
    // The tables are made by a server that then stops.
    drop(app(Settings::demo(5115, folder, folder)).await.unwrap());
    let url = format!("sqlite://{data}/fanfare-checkout.db");
    let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url)
        .await
        .unwrap();
    let rows = "
        INSERT INTO orders (id, payment_id, org, reference, currency, amount, capture, gateway,
            lines, settled, winner, next_attempt, locks, created_at, updated_at) VALUES ('3c9006c4-0000-4000-8000-000000000001', 'pay_ours', 'demo',
            'ORD-\u{1b}[2J-7', 'EUR', 3500, 'automatic', 'checkout-com', '[]', 'open', '', 'a2', 0,
            1893456000000, 1893456000000);
        INSERT INTO sessions VALUES ('cs_secretsecretsecret', '3c9006c4-0000-4000-8000-000000000001',
            'demo', 'hosted', '', '', 'en', '[]', 0, 1893456000000, 1893459600000);
        INSERT INTO attempts (order_id, id, org, session_id, seq, fingerprint, token, currency,
            amount, capture, reference, gateway_key, return_url, phase, is_open, abandoned, returned,
            gateway_payment_id, gateway_state, response_code, redirect_url, failure, req_id,
            access_token, resume_token, asks, asked_at, next_ask_at, created_at, updated_at)
            VALUES ('3c9006c4-0000-4000-8000-000000000001', 'a1', 'demo', 'cs_secretsecretsecret',
            1, '', 'tok_secret', 'EUR', 3500, 'automatic', 'fc-1', 'k', '', 'unknown', 1, 0, 0,
            'pay_theirs', '', '', '', '', 'req_support', 'access', 'resume', 0, 0, 0, 0, 0);
        INSERT INTO history VALUES ('h1', '3c9006c4-0000-4000-8000-000000000001', 1893456000123000,
            'gateway called', 'a1', 'req_support',
            '{\"call\":\"POST /payments\",\"status\":502,\"takenFor\":\"no clear answer\"}');";
    sqlx::raw_sql(rows).execute(&mut connection).await.unwrap();
    data
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test]
async fn an_order_is_told_by_any_of_its_names_and_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let data = left_behind(folder.path()).await;
    for name in [
        "3c9006c4-0000-4000-8000-000000000001",
        "pay_ours",
        "pay_theirs",
        "req_support",
    ] {
        let told = said(&run(&["order", name, "--data", &data]));
        for part in [
            "3c9006c4-0000-4000-8000-000000000001  open",
            "cs_secr…",
            "a1  unknown",
            "2030-01-01T00:00:00.123Z  gateway called",
            "takenFor=no clear answer",
        ] {
            assert!(told.contains(part), "{part} is not in:\n{told}");
        }
        assert!(
            !told.contains("secretsecret") && !told.contains("tok_"),
            "{told}"
        );
        assert!(!told.contains('\u{1b}'), "the terminal is driven: {told:?}");
    }
    let told = said(&run(&["order", "pay_ours", "--json", "--data", &data]));
    let order: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(order["history"][0]["status"], 502);
    let unknown = trouble(&["order", "ORD-8", "--data", &data]);
    assert!(unknown.contains("no order \"ORD-8\""), "{unknown}");
}

#[tokio::test]
async fn what_an_operator_did_takes_the_order_off_the_list_and_stays_on_the_timeline() {
    let folder = tempfile::tempdir().unwrap();
    let data = left_behind(folder.path()).await;
    let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect(&format!(
        "sqlite://{data}/fanfare-checkout.db"
    ))
    .await
    .unwrap();
    sqlx::query("UPDATE attempts SET phase = 'failed'")
        .execute(&mut connection)
        .await
        .unwrap();
    let call = "INSERT INTO history VALUES ($1, '3c9006c4-0000-4000-8000-000000000001', $2, \
                'operator needed', 'a1', '', '{\"why\":\"two payments of one attempt\"}')";
    sqlx::query(call)
        .bind("h2")
        .bind(1)
        .execute(&mut connection)
        .await
        .unwrap();
    let list = || said(&run(&["orders", "--open", "--data", &data]));
    assert!(list().contains("two payments"), "{}", list());
    let words = ["--done", "refunded the second by hand", "--data", &data];
    let unknown = trouble(&[&["order", "ORD-8"], &words[..]].concat());
    assert!(unknown.contains("no order \"ORD-8\""), "{unknown}");
    let none = trouble(&["order", "pay_ours", "--done", " ", "--data", &data]);
    assert!(none.contains("wants some words"), "{none}");
    assert!(list().contains("two payments"), "{}", list());
    said(&run(&[&["order", "pay_ours"], &words[..]].concat()));
    assert!(list().starts_with("Nothing is open"), "{}", list());
    let told = said(&run(&["order", "pay_ours", "--data", &data]));
    assert!(told.contains("done=refunded the second by hand"), "{told}");
    // Something new.
    sqlx::query(call)
        .bind("h3")
        .bind(4_000_000_000_000_000_i64)
        .execute(&mut connection)
        .await
        .unwrap();
    assert!(list().contains("two payments"), "{}", list());
}

#[tokio::test]
async fn the_operators_list_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = left_behind(folder.path()).await;
    let told = said(&run(&["orders", "--open", "--data", &data]));
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(
        told.contains("a1 (unknown)") && told.contains("search there"),
        "{told}"
    );
    let empty = tempfile::tempdir().unwrap();
    let nowhere = empty.path().join("x");
    let said = trouble(&["orders", "--open", "--data", nowhere.to_str().unwrap()]);
    assert!(said.contains("no database at"), "{said}");
    assert!(!nowhere.exists(), "it made a database");
}

#[cfg(unix)]
mod settings {
    use std::{
        fs,
        os::unix::fs::PermissionsExt,
        path::{Path, PathBuf},
    };

    use super::{run, trouble};

    fn file(folder: &Path, text: &str, mode: u32) -> PathBuf {
        let path = folder.join("pay.toml");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn t27_a_settings_file_that_others_can_read_is_refused_with_the_command_that_mends_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), "", 0o644);
        let path = path.to_str().unwrap();
        let said = trouble(&["serve", "--settings", path]);
        assert!(said.contains(&format!("chmod 600 {path}")), "{said}");
        let said = trouble(&["serve", "--settings", "/nowhere/pay.toml"]);
        assert!(said.contains("/nowhere/pay.toml"), "{said}");
    }

    #[test]
    fn the_example_is_printed_and_says_what_it_needs() {
        let output = run(&["settings"]);
        assert!(output.status.success());
        let example = String::from_utf8(output.stdout).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), &example, 0o600);
        let said = trouble(&["serve", "--settings", path.to_str().unwrap()]);
        // The first secret that the environment does not have.
        assert!(said.contains("the environment has no"), "{said}");
        let said = trouble(&["demo", "--settings", path.to_str().unwrap()]);
        assert!(said.contains("the demo has its own settings"), "{said}");
    }
}
