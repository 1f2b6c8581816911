//! The command line: `cargo run` builds the widget and starts everything.

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    fanfare_checkout::command::main()
}
