//! Where chance comes from: `SEED` repeats a run, `LONG` makes it long.

use std::time::{SystemTime, UNIX_EPOCH};

/// The seed of this run, printed so that a failure can be repeated.
pub(crate) fn seed(what: &str) -> u64 {
    let seed = match std::env::var("SEED") {
        Ok(text) => text.parse().expect("SEED: a whole number"),
        Err(_) => SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .subsec_nanos()
            .into(),
    };
    println!("{what}: SEED={seed} repeats it");
    seed
}

/// `long` with `LONG=1`, else `short`.
pub(crate) fn how_many(short: usize, long: usize) -> usize {
    if std::env::var("LONG").is_ok_and(|text| text == "1") {
        long
    } else {
        short
    }
}
