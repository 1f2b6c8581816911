//! Holds an answer against a contract of this folder.

use std::{fs, path::Path};

use serde_json::Value;

/// `contract` is a file's path below this folder without `.json`.
pub(crate) fn assert_fits(contract: &str, body: &Value) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/contracts/{contract}.json"));
    let schema = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let schema = serde_json::from_str(&schema).expect("a schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let problems: Vec<String> = validator
        .iter_errors(body)
        .map(|problem| format!("{}: {problem}", problem.instance_path()))
        .collect();
    assert!(
        problems.is_empty(),
        "{contract}: {problems:#?}\nin {body:#}"
    );
}
