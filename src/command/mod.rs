//! The command line. `cargo run` builds the widget and starts everything; each part also runs
//! alone. Every trouble at the start is one sentence on standard error and exit code 1.

mod check;
mod explain;
mod instruct;
mod log;
mod options;
mod settings;
mod start;

use std::process::ExitCode;

use clap::Parser;

pub use log::{LogFormat, log};
pub use options::Options;

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let options = Options::parse();
    let usual = match options.command {
        Some(options::Command::Serve { .. }) => "warn,fanfare_checkout=info",
        _ => "warn,fanfare_checkout=warn",
    };
    log::start(options.place.log, usual);
    match start::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("fanfare-checkout: {trouble}");
            ExitCode::FAILURE
        }
    }
}
