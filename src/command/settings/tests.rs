use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use super::{
    EXAMPLE,
    read::{Defaults, read},
    secret::Outside,
};
use crate::server::{ClaimSecret, Settings};

const CLAIM: &str = "canary-claim-secret-0123456789abcdef";
const CANARIES: [(&str, &str); 7] = [
    (
        "FANFARE_SECRET_KEY",
        "sk_canary_0123456789abcdef0123456789abcdef",
    ),
    ("FANFARE_CLAIM_SECRET", CLAIM),
    ("FANFARE_EVENTS_SECRET", "canary-events-secret"),
    ("CKO_SECRET_KEY", "sk_sbox_canary23canary23canary23can"),
    ("CKO_WEBHOOK_SECRET", "canary-webhook-secret"),
    ("FUNNELFOX_WEBHOOK_KEY", "canary-fox-webhook-key"),
    (
        "DATABASE_URL",
        "postgres://shop:canary-password@db.example/shop",
    ),
];

fn environment(name: &str) -> Option<String> {
    let known = CANARIES.iter().find(|(known, _)| *known == name);
    known.map(|(_, value)| (*value).to_owned())
}

fn tried_in(folder: &Path, text: &str) -> Result<Settings, String> {
    let outside = Outside {
        environment: &environment,
        folder: folder.to_owned(),
    };
    let defaults = Defaults {
        data: Path::new("/data"),
        assets: Path::new("/widget"),
    };
    read("pay.toml", text, &outside, &defaults)
}

fn tried(text: &str) -> Result<Settings, String> {
    tried_in(Path::new("/nowhere"), text)
}

/// The example with one line replaced.
fn with(line: &str, by: &str) -> String {
    assert_eq!(EXAMPLE.matches(line).count(), 1, "{line}");
    EXAMPLE.replace(line, by)
}

fn silent(said: &str) {
    for word in ["canary", "hunter2"] {
        assert!(!said.contains(word), "{said}");
    }
}

#[test]
fn the_example_is_read_as_it_says() {
    let settings = tried(EXAMPLE).unwrap();
    assert_eq!(settings.public_url, "https://pay.example");
    assert_eq!(settings.bind.to_string(), "127.0.0.1:4805");
    assert!(!settings.sandbox);
    let shop = &settings.organisations[0];
    assert_eq!(
        (shop.id.as_str(), shop.name.as_str()),
        ("small-goods", "Small Goods")
    );
    let gateway = shop.checkout_com.as_ref().unwrap();
    let account = &gateway.account;
    assert_eq!(account.base, "https://abcd1234.api.sandbox.checkout.com");
    assert_eq!(
        gateway.token_url,
        "https://abcd1234.api.sandbox.checkout.com/tokens"
    );
    // EXPOSE: the test looks at what was read.
    assert_eq!(account.secret_key.expose(), CANARIES[3].1);
    let ClaimSecret::Hs256(secret) = &shop.claim_keys[0].key else {
        panic!("HS256");
    };
    // EXPOSE: as above.
    assert_eq!(secret.expose(), CLAIM);
    silent(&format!("{settings:?}"));
}

/// Every line that is commented out is a key that is known.
#[test]
fn what_the_example_leaves_out_can_be_put_in() {
    let limits = with("# [limits]", "[limits]")
        .replace("# session = {", "session = {")
        .replace("# order   = {", "order = {")
        .replace("# address = {", "address = {")
        .replace("# card    = {", "card = {")
        .replace("# session_seconds", "session_seconds")
        .replace("# gateway_deadline_seconds", "gateway_deadline_seconds")
        .replace("# settle_every_seconds", "settle_every_seconds")
        .replace("# quiet_seconds", "quiet_seconds")
        .replace("# assets", "assets")
        .replace("# card_fields", "card_fields")
        .replace(
            "# [[organisations.claim_keys]]",
            "[[organisations.claim_keys]]",
        )
        .replace("# kid =", "kid =")
        .replace("# algorithm =", "algorithm =")
        .replace("# public_key = \"11", "public_key = \"11");
    let usual = tried(EXAMPLE).unwrap();
    let said = tried(&limits).unwrap();
    assert_eq!(
        said.limits, usual.limits,
        "the example names the usual limits"
    );
    assert_eq!(said.session_lifetime, usual.session_lifetime);
    assert_eq!(said.gateway_deadline, usual.gateway_deadline);
    assert_eq!(
        (said.settle_every, said.quiet),
        (usual.settle_every, usual.quiet)
    );
    assert_eq!(said.organisations[0].claim_keys.len(), 2);
    let (before, _) = EXAMPLE
        .split_once("[organisations.checkout_com]\n")
        .unwrap();
    let (_, previous) = EXAMPLE
        .rsplit_once("# [organisations.checkout_com]\n")
        .unwrap();
    let (previous, _) = previous.split_once("#\n").unwrap();
    let previous = format!(
        "{before}[organisations.checkout_com]\n{}",
        previous.replace("# ", "")
    )
    .replace(
        "{ env = \"CKO_SECRET_KEY\" }",
        "\"sk_test_0b9b5db6-f223-49d0-b68f-f6643dd4f808\"",
    );
    let gateway = tried(&previous).unwrap().organisations[0]
        .checkout_com
        .clone();
    let account = gateway.unwrap().account;
    assert_eq!(account.base, "https://api.sandbox.checkout.com");
    assert_eq!(account.processing_channel_id, None);
}

#[test]
fn every_trouble_names_file_line_and_key_and_what_to_do() {
    for (line, by, words) in [
        (
            "public_url = \"https://pay.example\"",
            "public_ur = \"https://pay.example\"",
            "public_ur: this key is not known; did you mean public_url?",
        ),
        (
            "[organisations.events]",
            "[organisations.webhooks]",
            "organisations[0].webhooks: this key is not known; expected one of id, name",
        ),
        (
            "bind = \"127.0.0.1:4805\"",
            "bind = 4805",
            "bind: seen a whole number, expected an address with a port",
        ),
        (
            "bind = \"127.0.0.1:4805\"",
            "bind = \"here\"",
            "bind: seen \"here\", expected an address with a port",
        ),
        (
            "sandbox = false",
            "sandbox = \"no\"",
            "sandbox: seen text, expected true or false",
        ),
        (
            "sandbox = false",
            "session_seconds = 0",
            "session_seconds: seen 0, expected a whole number from 1 to 86400",
        ),
        (
            "trusted_proxies = [\"127.0.0.1\"]",
            "trusted_proxies = [\"proxy\"]",
            "trusted_proxies: \"proxy\" is no network",
        ),
        (
            "id = \"small-goods\" ",
            "id = \"Small Goods\" ",
            "organisations[0].id: organisation \"Small Goods\": the id must be",
        ),
        (
            "name = \"Small Goods\" ",
            "",
            "organisations[0].name: it is missing",
        ),
        (
            "algorithm = \"HS256\" ",
            "algorithm = \"RS256\" ",
            "claim_keys[0].algorithm: seen \"RS256\", expected \"HS256\" with secret",
        ),
        (
            "environment = \"sandbox\"             # or",
            "environment = \"test\" # or",
            "checkout_com.environment: seen \"test\", expected \"sandbox\" or \"live\"",
        ),
        (
            "environment = \"sandbox\"             # or",
            "environment = \"live\" # or",
            "checkout_com.environment: keys of the sandbox at Checkout.com's live host",
        ),
        (
            "prefix = \"abcd1234\" ",
            "prefix = \"cli_abcd\" ",
            "checkout_com.prefix: seen \"cli_abcd\", expected the first eight",
        ),
        (
            "prefix = \"abcd1234\" ",
            "",
            "checkout_com.prefix: it is missing",
        ),
        (
            "prefix = \"abcd1234\" ",
            "base_url = \"https://x.example\" ",
            "checkout_com.base_url: give base_url, or environment",
        ),
        (
            "processing_channel_id = \"pc_abcdefghijklmnopqrstuvwxyz\"",
            "",
            "checkout_com.processing_channel_id: processing_channel_id is missing",
        ),
        (
            "public_key = \"pk_sbox_abcdefghijklmnopqrstuvwxyz2\"",
            "public_key = \"sk_sbox_hunter2\"",
            "checkout_com.public_key: public_key holds a secret key",
        ),
        (
            "public_key = \"pk_sbox_abcdefghijklmnopqrstuvwxyz2\"",
            "public_key = \"pk_test_hunter2\"",
            "one key is of the current platform",
        ),
        (
            "url = \"https://shop.example/fanfare-events\"",
            "url = \"http://shop.example/events\"",
            "organisations[0].events.url: organisation \"small-goods\": expected an https URL",
        ),
        (
            "public_url = \"https://pay.example\"",
            "public_url = \"http://pay.example\"",
            "public_url: expected an origin such as",
        ),
        (
            "public_url = \"https://pay.example\"",
            "public_url = \"https://pay.example",
            "this is no TOML",
        ),
    ] {
        let text = with(line, by);
        let said = tried(&text).unwrap_err();
        assert!(said.contains(words), "{by}: {said}");
        let number: usize = said.split(':').nth(1).unwrap().parse().unwrap();
        assert!(
            said.starts_with("pay.toml:") && number <= text.lines().count(),
            "{said}"
        );
        let about = text.lines().nth(number - 1).unwrap();
        assert!(
            by.is_empty() || about == by || about.contains(by.trim()),
            "{by}: line {number}, {about:?}: {said}"
        );
        silent(&said);
    }
}

#[test]
fn t27_secrets_come_from_the_environment_or_private_files_and_are_never_shown() {
    let line = "secret = { env = \"FANFARE_EVENTS_SECRET\" }";
    for (by, words) in [
        (
            "secret = \"hunter2-hunter2-hunter2\"",
            "a secret stands in the file",
        ),
        (
            "secret = { env = \"NOT_THERE\" }",
            "the environment has no NOT_THERE",
        ),
        (
            "secret = { env = \"A\", file = \"B\" }",
            "expected one of env and file",
        ),
        ("secret = { environment = \"A\" }", "this key is not known"),
        ("secret = {}", "expected one of env and file"),
        ("secret = [\"hunter2\"]", "expected { env = \"NAME\" }"),
        (
            "secret = { hunter2 = \"hunter2-hunter2-hunter2-hunter2-hunter2\" }",
            "this key is not known",
        ),
    ] {
        let said = tried(&with(line, by)).unwrap_err();
        assert!(
            said.contains("organisations[0].events.secret") && said.contains(words),
            "{by}: {said}"
        );
        if !by.contains("{ hunter2") {
            silent(&said);
        }
    }
    let said = tried(&with(
        "database_url = { env = \"DATABASE_URL\" }",
        "database_url = \"postgres://shop:hunter2@db.example/shop\"",
    ));
    let said = said.unwrap_err();
    assert!(
        said.contains("database_url: a password stands in the file"),
        "{said}"
    );
    silent(&said);
    // A line that is no TOML may hold a secret: it is not quoted.
    let said = tried(&with(line, "secret = hunter2-hunter2")).unwrap_err();
    assert!(said.contains("this is no TOML"), "{said}");
    silent(&said);
}

#[test]
fn t27_files_of_secrets_are_read_only_if_nobody_else_can() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events");
    let text = with(
        "secret = { env = \"FANFARE_EVENTS_SECRET\" }",
        "secret = { file = \"events\" }",
    );
    let attempt = |content: &str, mode: u32| {
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        tried_in(folder.path(), &text)
    };
    let said = tried_in(folder.path(), &text).unwrap_err();
    assert!(said.contains("can't read"), "{said}");
    for mode in [0o644, 0o640, 0o604, 0o660] {
        let said = attempt("canary-of-the-file-0001\n", mode).unwrap_err();
        assert!(
            said.contains("chmod 600") && said.contains(&format!("{mode:o}")),
            "{said}"
        );
        silent(&said);
    }
    for mode in [0o600, 0o400] {
        let settings = attempt("canary-of-the-file-0001\n", mode).unwrap();
        let to = settings.organisations[0].events.clone().unwrap();
        // EXPOSE: the test looks at what was read.
        assert_eq!(to.secret.expose(), "canary-of-the-file-0001");
        silent(&format!("{to:?}"));
        fs::remove_file(&path).unwrap();
    }
    for broken in [
        "",
        "\n",
        "canary-of-the-file\n0002\n",
        " canary-of-the-file-0001",
    ] {
        let said = attempt(broken, 0o600).unwrap_err();
        assert!(
            said.contains("must hold the secret and nothing else"),
            "{said}"
        );
        silent(&said);
    }
}

#[test]
fn live_keys_need_a_word_about_card_fields() {
    let live = with(
        "environment = \"sandbox\"             # or",
        "environment = \"live\" # or",
    )
    .replace("pk_sbox_", "pk_");
    let live = live.replace(
        "secret_key = { env = \"CKO_SECRET_KEY\" }\npublic",
        "secret_key = { env = \"LIVE\" }\npublic",
    );
    let environment = |name: &str| match name {
        "LIVE" => Some("sk_canary23canary23canary23can".to_owned()),
        name => environment(name),
    };
    let tried = |text: &str| {
        let outside = Outside {
            environment: &environment,
            folder: "/nowhere".into(),
        };
        let defaults = Defaults {
            data: Path::new("/data"),
            assets: Path::new("/widget"),
        };
        read("pay.toml", text, &outside, &defaults)
    };
    let said = tried(&live).unwrap_err();
    assert!(
        said.contains("card_fields") && said.contains("PCI DSS"),
        "{said}"
    );
    let settings = tried(&live.replace("# card_fields", "card_fields")).unwrap();
    let gateway = settings.organisations[0].checkout_com.as_ref().unwrap();
    let account = &gateway.account;
    assert_eq!(account.base, "https://abcd1234.api.checkout.com");
}
