//! Where the log goes and how it looks. None of its lines holds card data, keys, tokens or a
//! session's id.

use clap::ValueEnum;
use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, Layer, fmt, fmt::MakeWriter, layer::SubscriberExt};

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// A log in `format`, as much of it as `filter` lets through, written to `writer`. Every line
/// of a request carries its `req_id`.
pub fn log<W>(format: LogFormat, filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = match format {
        LogFormat::Text => fmt::layer().with_ansi(false).with_writer(writer).boxed(),
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_writer(writer)
            .boxed(),
    };
    tracing_subscriber::registry().with(filter).with(lines)
}

/// Standard error; `RUST_LOG` chooses how much, else `usual`.
pub(super) fn start(format: LogFormat, usual: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| usual.into());
    // It is the first: nothing else sets one.
    let _ = tracing::subscriber::set_global_default(log(format, filter, std::io::stderr));
}
