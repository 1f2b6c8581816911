//! Commands and options, as `--help` shows them.

use std::{path::PathBuf, str::FromStr, time::Duration};

use clap::{Args, Parser, Subcommand};

use super::log::LogFormat;
use crate::{sensitive::Sensitive, server::OperatorSays};

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
    /// How the checkout server works.
    #[command(flatten)]
    pub serving: Serving,
}

fn outcome(word: &str) -> Result<OperatorSays, String> {
    OperatorSays::parse(word).ok_or_else(|| "expected charged or not-charged".into())
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// First of three ports: checkout server, demo shop (+1), stand-ins and bank (+2); the fourth (+3) is the server's where a proxy stands in front of it
    #[arg(long, global = true, default_value_t = 4805, value_parser = clap::value_parser!(u16).range(1..=65532))]
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
    /// Settings of the checkout server, for `serve`, `check` and the commands about orders; `settings` prints an example
    #[arg(long, global = true, env = "FANFARE_SETTINGS", value_name = "FILE")]
    pub settings: Option<PathBuf>,
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

/// Options of the checkout server. What is not given stays as the demo has it.
#[derive(Clone, Debug, Args)]
pub struct Serving {
    /// Address under which shops and browsers reach the checkout server, if something stands
    /// before it (several servers behind one address)
    #[arg(long, global = true, value_name = "URL")]
    pub public_url: Option<String>,
    /// Address of the stand-ins, if they don't run at port-base + 2
    #[arg(long, global = true, value_name = "URL")]
    pub stand_ins: Option<String>,
    /// Seconds between two looks at payments whose outcome is open [default: 1]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub settle_every: Option<Duration>,
    /// Seconds that a search at the gateway must stay empty until a lost payment is believed
    /// never to have been made [default: 60]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub quiet: Option<Duration>,
    /// Seconds that the gateway may take to answer [default: 20]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub gateway_deadline: Option<Duration>,
}

/// A time such as `0.5`, above zero and at most an hour.
fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|time| (1..=3_600_000).contains(&time.as_millis()))
        .ok_or_else(|| "expected seconds between 0.001 and 3600, such as 0.5".into())
}

impl Place {
    /// Where the built widget is or will be.
    pub fn widget(&self) -> PathBuf {
        self.assets
            .clone()
            .unwrap_or_else(|| self.data.join("widget"))
    }
}

/// Which order, at the server that runs under --public-url or on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Of {
    /// Order id, or payment id (pay_…)
    pub order: String,
    /// Your reference of this action, 80 characters at most. The same command again is the same
    /// action; to give the same amount back twice, give it another reference
    #[arg(long, value_name = "TEXT")]
    pub reference: Option<String>,
    /// The shop's secret key; better in the environment than in the shell's history
    #[arg(
        long,
        env = "FANFARE_SECRET_KEY",
        hide_env_values = true,
        default_value = "sk_test_demo",
        hide_default_value = true,
        value_name = "KEY"
    )]
    pub secret_key: SecretKey,
}

/// How much of it.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Part {
    /// Amount in major units, such as 35.00; all that is left without it
    #[arg(long, requires = "currency", value_name = "AMOUNT")]
    pub amount: Option<String>,
    /// Currency of the amount, which must be the order's
    #[arg(long, requires = "amount", value_name = "CODE")]
    pub currency: Option<String>,
}

/// A key as it was given, never shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretKey(pub Sensitive<String>);

impl FromStr for SecretKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = text.starts_with("sk_") && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits {
            Ok(Self(Sensitive::new(text.to_owned())))
        } else {
            Err("expected the shop's secret key, sk_…".into())
        }
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Build the widget and start everything (the default)
    Demo,
    /// Only build the widget: wasm, loader and document, into DATA/widget
    Build,
    /// Only the checkout server, with --settings or the demo's
    Serve {
        /// For a proxy in front: the public address stays PORT_BASE, the server listens on PORT_BASE + 3
        #[arg(long)]
        behind: bool,
    },
    /// Try each system that the settings name, without moving money, and say what is wrong
    Check,
    /// Print an example of a settings file, with every key explained
    Settings,
    /// Only the demo shop
    Shop,
    /// Only the stand-ins for the payment systems, and the bank
    Sandbox {
        /// Also listen on PORT_BASE and pass everything on to `serve --behind`, so that /control/faults can break those requests too
        #[arg(long)]
        proxy: bool,
    },
    /// Tell an order's life: its sessions, attempts, gateway calls and what was decided
    Order {
        /// Order id, payment id (pay_…), the shop's reference, or a support code (req_…)
        id: String,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        /// Write down what you did about it: the order then leaves the list of `orders --open`
        #[arg(long, value_name = "WORDS", conflicts_with = "json")]
        done: Option<String>,
        /// With --done: what you found at a gateway that can't be asked (FunnelFox): charged or not-charged. The running server then settles the order
        #[arg(long, value_name = "WORD", requires = "done", value_parser = outcome)]
        outcome: Option<OperatorSays>,
    },
    /// Take money that an order has reserved: all of it, or once a part
    Capture {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        part: Part,
    },
    /// Let money go that an order has reserved
    Void {
        #[command(flatten)]
        of: Of,
    },
    /// Give money back that an order was paid with: all that is left, or a part
    Refund {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        part: Part,
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
