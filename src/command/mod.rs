//! The command line. `cargo run` builds the widget and starts everything; each part also runs
//! alone. Every trouble at the start is one sentence on standard error and exit code 1.

mod options;
mod start;

use std::process::ExitCode;

use clap::Parser;

pub use options::Options;

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let options = Options::parse();
    log();
    match start::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("fanfare-checkout: {trouble}");
            ExitCode::FAILURE
        }
    }
}

/// Logs go to standard error; `RUST_LOG` chooses how much. None of them holds card data, keys
/// or tokens.
fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| "warn,fanfare_checkout=warn".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // A log that can't be written must not end what it tells of.
        .log_internal_errors(false)
        .init();
}
