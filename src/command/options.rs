//! Commands and options, as `--help` shows them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::log::LogFormat;

/// An embeddable checkout that never charges twice.
///
/// Without a command: builds the widget and starts the checkout server, the demo shop and the
/// stand-ins for the payment systems, on this machine only. No account, no network, no Node.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Options {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Where, and with what.
    #[command(flatten)]
    pub place: Place,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// First of three ports: checkout server, demo shop (+1), stand-ins and bank (+2)
    #[arg(long, global = true, default_value_t = 4805, value_parser = clap::value_parser!(u16).range(1..=65533))]
    pub port_base: u16,
    /// Folder for the database and the built widget
    #[arg(
        long,
        global = true,
        default_value = "target/fanfare-checkout",
        value_name = "DIR"
    )]
    pub data: PathBuf,
    /// Serve this built widget (made by `build`) instead of building one
    #[arg(long, global = true, value_name = "DIR")]
    pub assets: Option<PathBuf>,
    /// PostgreSQL or SQLite database instead of the file in --data
    #[arg(
        long,
        global = true,
        env = "DATABASE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub database_url: Option<String>,
    /// How the log on standard error looks; RUST_LOG chooses how much of it
    #[arg(
        long,
        global = true,
        env = "LOG_FORMAT",
        value_enum,
        default_value_t,
        value_name = "FORMAT"
    )]
    pub log: LogFormat,
}

impl Place {
    /// Where the built widget is or will be.
    pub fn widget(&self) -> PathBuf {
        self.assets
            .clone()
            .unwrap_or_else(|| self.data.join("widget"))
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Build the widget and start everything (the default)
    Demo,
    /// Only build the widget: wasm, loader and document, into DATA/widget
    Build,
    /// Only the checkout server, with the demo's settings
    Serve,
    /// Only the demo shop
    Shop,
    /// Only the stand-ins for the payment systems, and the bank
    Sandbox,
    /// Tell an order's life: its sessions, attempts, gateway calls and what was decided
    Order {
        /// Order id, payment id (pay_…), the shop's reference, or a support code (req_…)
        id: String,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// The operator's list: what is open for long, and what somebody has to look at
    Orders {
        /// Only those that are open or need an operator (the only list there is)
        #[arg(long, required = true)]
        open: bool,
        /// Leave out what is open for fewer minutes than this
        #[arg(long, default_value_t = 30, value_name = "MINUTES")]
        older_than: u32,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
}
