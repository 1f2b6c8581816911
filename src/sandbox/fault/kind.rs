//! What can go wrong with a request, as `/control/faults` names it.

use std::time::Duration;

use serde_json::Value;

/// All names, for whoever ordered another.
pub(crate) const NAMES: &str = "drop-before, drop-after, hang, hang-after, delay, late, truncate, drip, huge, \
     500-before, 500-after (also 502, 503 and 504, with an HTML page), html-before, html-after, 429, answer, count";

/// What can go wrong.
///
/// "before" means that the system never saw the request, "after" that it did its work and
/// only the answer is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing: arrivals are counted.
    Count,
    /// Connection reset before the work.
    DropBefore,
    /// Connection reset after the work, before the answer's first byte.
    DropAfter,
    /// Never answered, not processed.
    Hang,
    /// Never answered, processed.
    HangAfter,
    /// Processed, answered after a while. Payments count as in progress meanwhile.
    Delay(Duration),
    /// Processed only after a while, also when whoever asked has hung up meanwhile.
    Late(Duration),
    /// Half the answer's body, then the connection ends.
    Truncate,
    /// Processed; the answer's body comes one byte at a time.
    Drip(Duration),
    /// Processed; the answer's body is this many bytes of nothing.
    Huge(u64),
    /// Another answer than the system's.
    Answer { processed: bool, answer: Answer },
}

/// An answer that the system never gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: String,
}

impl Answer {
    /// An error by the system itself, empty body.
    fn bare(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    /// A proxy's error page.
    fn page(status: u16) -> Self {
        let title = match status {
            503 => "503 Service Unavailable",
            504 => "504 Gateway Timeout",
            _ => "502 Bad Gateway",
        };
        Self {
            status,
            content_type: Some("text/html; charset=utf-8".into()),
            retry_after: None,
            body: format!("<!doctype html><title>{title}</title><h1>{title}</h1>"),
        }
    }

    fn read(fault: &Value) -> Result<Self, String> {
        let status = match &fault["status"] {
            Value::Null => 200,
            value => value
                .as_u64()
                .and_then(|status| u16::try_from(status).ok())
                .filter(|status| (200..600).contains(status))
                .ok_or(format!("status is {value}: expected 200 to 599"))?,
        };
        let content_type = fault["contentType"].as_str().unwrap_or("application/json");
        Ok(Self {
            status,
            content_type: Some(content_type.to_owned()).filter(|kind| !kind.is_empty()),
            retry_after: retry_after(fault),
            body: match &fault["body"] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                json => json.to_string(),
            },
        })
    }
}

/// `Retry-After` as ordered: seconds, or any text.
fn retry_after(fault: &Value) -> Option<String> {
    match &fault["retryAfter"] {
        Value::String(text) => Some(text.clone()),
        Value::Number(seconds) => Some(seconds.to_string()),
        _ => None,
    }
}

/// A whole number of the order, or what stands for none.
fn number(fault: &Value, key: &str, default: u64) -> Result<u64, String> {
    match &fault[key] {
        Value::Null => Ok(default),
        value => value
            .as_u64()
            .ok_or(format!("{key} is {value}: expected a whole number")),
    }
}

fn while_of(fault: &Value) -> Result<Duration, String> {
    fault["delayMs"]
        .as_u64()
        .map(Duration::from_millis)
        .ok_or_else(|| "delay and late need delayMs, a number of milliseconds".into())
}

impl Kind {
    pub(super) fn parse(name: &str, fault: &Value) -> Result<Self, String> {
        if let Some((status, when)) = name.split_once('-')
            && let (Ok(status @ (500 | 502..=504)), "before" | "after") = (status.parse(), when)
        {
            let answer = if status == 500 {
                Answer::bare(status)
            } else {
                Answer::page(status)
            };
            return Ok(Self::Answer {
                processed: when == "after",
                answer,
            });
        }
        Ok(match name {
            "count" => Self::Count,
            "drop-before" => Self::DropBefore,
            "drop-after" => Self::DropAfter,
            "hang" | "hang-before" => Self::Hang,
            "hang-after" => Self::HangAfter,
            "delay" => Self::Delay(while_of(fault)?),
            "late" => Self::Late(while_of(fault)?),
            "truncate" => Self::Truncate,
            "drip" => Self::Drip(Duration::from_millis(number(fault, "everyMs", 1000)?)),
            "huge" => Self::Huge(number(fault, "bytes", 100_000_000)?),
            "html" | "html-before" | "html-after" => Self::Answer {
                processed: name == "html-after",
                answer: Answer::page(502),
            },
            "429" => Self::Answer {
                processed: false,
                answer: Answer {
                    retry_after: retry_after(fault).or(Some("3".into())),
                    ..Answer::bare(429)
                },
            },
            "answer" => Self::Answer {
                processed: fault["processed"].as_bool().unwrap_or(false),
                answer: Answer::read(fault)?,
            },
            other => return Err(format!("unknown kind {other:?}: expected {NAMES}")),
        })
    }
}
