//! `check` against the stand-ins: what is right is called fine, what is wrong is named with the
//! way out, no money is moved, and no secret is shown.
#![cfg(unix)]
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test may")]

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use fanfare_checkout::sandbox::standins::{self, Config};
use serde_json::Value;
use tokio::{net::TcpListener, process::Command};

struct World {
    folder: tempfile::TempDir,
    standins: String,
}

impl World {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut config = Config::at(port);
        config.webhooks = None;
        config.funnelfox_webhooks = None;
        tokio::spawn(standins::serve(listener, config, None));
        Self {
            folder: tempfile::tempdir().unwrap(),
            standins: format!("http://127.0.0.1:{port}"),
        }
    }

    /// Settings of a shop with both systems at the stand-ins.
    fn settings(&self) -> String {
        format!(
            r#"
public_url = "http://localhost:1"
sandbox = true
[[organisations]]
id = "shop"
name = "Shop"
secret_keys = ["sk_test_demo"]
shop_origins = ["http://127.0.0.1:2"]
[organisations.events]
url = "http://localhost:2/events"
secret = {{ env = "CANARY" }}
[organisations.checkout_com]
base_url = "{0}/checkout-com"
secret_key = "sk_sbox_demo"
public_key = "pk_sbox_demo"
processing_channel_id = "pc_demo"
webhook_secret = {{ env = "CANARY" }}
[organisations.funnelfox]
base_url = "{0}/funnelfox"
org = "demo"
primer_origins = ["{0}"]
"#,
            self.standins
        )
    }

    fn write(&self, text: &str) -> PathBuf {
        let path = self.folder.path().join("pay.toml");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// Exit code, and all that was said.
    async fn check(&self, text: &str) -> (Option<i32>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_fanfare-checkout"))
            .args(["check", "--settings"])
            .arg(self.write(text))
            .arg("--data")
            .arg(self.folder.path())
            .env("CANARY", "canary-secret-0123456789")
            .env_remove("DATABASE_URL")
            .output()
            .await
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(
            !said.contains("canary") && !said.contains("hunter2"),
            "{said}"
        );
        (output.status.code(), said)
    }
}

/// The line about `what`.
fn about<'a>(said: &'a str, what: &str) -> &'a str {
    let mut lines = said.lines().filter(|line| line.contains(what));
    let line = lines.next().unwrap_or_default();
    assert!(!line.is_empty(), "nothing about {what}: {said}");
    line
}

#[tokio::test]
async fn what_is_right_is_called_fine_and_nothing_is_charged() {
    let world = World::new().await;
    let (code, said) = world.check(&world.settings()).await;
    assert_eq!(code, Some(0), "{said}");
    for what in [
        "database",
        "checkout.com of shop, secret_key",
        "checkout.com of shop, public_key",
        "funnelfox of shop",
        "events to shop",
    ] {
        assert!(about(&said, what).starts_with("fine"), "{said}");
    }
    assert!(about(&said, "public_url").starts_with("note"), "{said}");
    let counters = reqwest::get(format!("{}/control/counters", world.standins));
    let counters: Value = counters.await.unwrap().json().await.unwrap();
    assert_eq!(
        counters["charges"]["byReference"],
        Value::Object(serde_json::Map::new())
    );
}

#[tokio::test]
async fn trap_20_the_previous_platform_is_asked_with_bare_keys() {
    let world = World::new().await;
    let previous = world
        .settings()
        .replace("sk_sbox_demo", "sk_test_demo")
        .replace("pk_sbox_demo", "pk_test_demo")
        .replace("processing_channel_id = \"pc_demo\"\n", "");
    let (code, said) = world.check(&previous).await;
    assert_eq!(code, Some(0), "{said}");
}

#[tokio::test]
async fn t27_wrong_keys_hosts_and_names_are_told_with_the_way_out_and_without_a_secret() {
    let world = World::new().await;
    for (right, wrong, what, words) in [
        (
            "sk_sbox_demo",
            "sk_sbox_hunter2",
            "secret_key",
            "refuses the key; copy it again",
        ),
        (
            "pk_sbox_demo",
            "pk_sbox_hunter2",
            "public_key",
            "from the account of the secret key",
        ),
        (
            "/checkout-com\"",
            "/primer\"",
            "secret_key",
            "see to prefix and environment",
        ),
        (
            "org = \"demo\"",
            "org = \"nobody\"",
            "funnelfox",
            "no such organization",
        ),
        (
            "url = \"http://localhost:2",
            "url = \"https://shop.invalid",
            "events",
            "shop.invalid has no address",
        ),
    ] {
        let text = world.settings();
        assert!(text.contains(right), "{right}");
        let (code, said) = world.check(&text.replace(right, wrong)).await;
        assert_eq!(code, Some(1), "{wrong}: {said}");
        let line = about(&said, what);
        assert!(
            line.starts_with("WRONG") && line.contains(words),
            "{wrong}: {said}"
        );
        assert!(said.contains("no money was moved"), "{said}");
    }
    let unreachable = world
        .settings()
        .replace(&world.standins, "http://127.0.0.1:1");
    let (code, said) = world.check(&unreachable).await;
    assert_eq!(code, Some(1), "{said}");
    for what in ["secret_key", "public_key", "funnelfox"] {
        assert!(about(&said, what).contains("can't be reached"), "{said}");
    }
    let elsewhere = world
        .settings()
        .replace("http://localhost:1\"", &format!("{}\"", world.standins));
    let (code, said) = world.check(&elsewhere).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        about(&said, "public_url").contains("is no checkout server"),
        "{said}"
    );
}

#[tokio::test]
async fn swapped_keys_and_a_database_that_refuses_are_told_before_anything_is_sent() {
    let world = World::new().await;
    let swapped = world
        .settings()
        .replace(
            "secret_key = \"sk_sbox_demo\"",
            "secret_key = { env = \"SWAPPED\" }",
        )
        .replace("SWAPPED", "CANARY");
    let (code, said) = world.check(&swapped).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("checkout_com.secret_key: secret_key does not begin with sk_"),
        "{said}"
    );
    let swapped = world
        .settings()
        .replace("\"pk_sbox_demo\"", "\"sk_sbox_hunter2\"");
    let (code, said) = world.check(&swapped).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("public_key holds a secret key"), "{said}");
    let url = world.folder.path().join("url");
    fs::write(&url, "postgres://shop:hunter2@127.0.0.1:1/shop\n").unwrap();
    fs::set_permissions(&url, fs::Permissions::from_mode(0o600)).unwrap();
    let database = format!("database_url = {{ file = \"url\" }}\n{}", world.settings());
    let (code, said) = world.check(&database).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(about(&said, "database").starts_with("WRONG"), "{said}");
}
