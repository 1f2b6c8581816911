//! `order` and `orders --open`: what became of an order, from the database of a server that
//! runs or doesn't.

use std::fmt::Write;

use serde_json::Value;

use super::{options::Place, settings};
use crate::{
    sensitive::Sensitive,
    server::{self, OperatorSays},
};

fn database(place: &Place) -> Result<Sensitive<String>, String> {
    Ok(match (&place.database_url, &place.settings) {
        (Some(url), _) => url.clone().into(),
        (None, Some(file)) => settings::load(file, place)?.database_url,
        (None, None) => server::sqlite_in(&place.data),
    })
}

/// Everything that is known of an order, or a sentence that there is none.
pub(super) async fn order(place: &Place, id: &str, json: bool) -> Result<String, String> {
    let found = server::explain(&database(place)?, id)
        .await
        .map_err(|error| error.to_string())?;
    if found.is_empty() {
        return Err(unknown(id));
    }
    Ok(if json {
        lines_of_json(&found)
    } else {
        found.iter().map(told).collect::<Vec<_>>().join("\n")
    })
}

fn unknown(id: &str) -> String {
    format!(
        "no order {id:?} in this database; give an order id, a payment id (pay_…), the shop's \
         reference or a support code (req_…)"
    )
}

/// Writes down what an operator did about an order.
pub(super) async fn done(
    place: &Place,
    id: &str,
    done: &str,
    outcome: Option<OperatorSays>,
) -> Result<String, String> {
    let done = done.trim();
    if done.is_empty() || done.len() > 1000 {
        return Err("--done wants some words on what was done, 1000 bytes at most".into());
    }
    let found = server::operator_done(&database(place)?, id, done)
        .await
        .map_err(|error| error.to_string())?;
    match found.as_slice() {
        [] => Err(unknown(id)),
        [order] => {
            if let Some(says) = outcome {
                let waits = server::operator_says(&database(place)?, order, says)
                    .await
                    .map_err(|error| error.to_string())?;
                if !waits {
                    return Err(format!(
                        "order {order}: the words are written down, but no payment of it waits \
                         for an outcome; see `order {order}`"
                    ));
                }
            }
            Ok(format!(
                "Order {order}: written down. It is off the operator's list until something new comes up.\n"
            ))
        }
        several => Err(format!(
            "{id:?} names {} orders: {}; give one of these ids",
            several.len(),
            several.join(", ")
        )),
    }
}

/// The operator's list.
pub(super) async fn open(place: &Place, minutes: u32, json: bool) -> Result<String, String> {
    let list = server::open_orders(&database(place)?, minutes)
        .await
        .map_err(|error| error.to_string())?;
    if json {
        return Ok(lines_of_json(&list));
    }
    if list.is_empty() {
        return Ok(format!(
            "Nothing is open for longer than {minutes} minutes, and nothing needs an operator.\n"
        ));
    }
    Ok(list
        .iter()
        .map(|line| {
            format!(
                "{}  {}  {}  {}: {}\n",
                cell(line, "since"),
                cell(line, "orderId"),
                cell(line, "reference"),
                attempt(line),
                cell(line, "todo"),
            )
        })
        .collect())
}

fn lines_of_json(list: &[Value]) -> String {
    list.iter().map(|value| format!("{value}\n")).collect()
}

fn attempt(line: &Value) -> String {
    let mut said = match line["attempt"].as_str() {
        Some(id) => format!("attempt {id} ({})", cell(line, "status")),
        None => "the order".to_owned(),
    };
    if let Some(id) = line["gatewayPaymentId"].as_str() {
        said.push_str(" at the gateway ");
        said.push_str(&plain(id));
    }
    said
}

/// Text from the database, without anything that would move the terminal's cursor.
fn plain(text: &str) -> String {
    text.chars()
        .map(|char| if char.is_control() { '\u{fffd}' } else { char })
        .collect()
}

fn cell(value: &Value, key: &str) -> String {
    match &value[key] {
        Value::Null => String::new(),
        Value::String(text) => plain(text),
        other => plain(&other.to_string()),
    }
}

fn each<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn told(order: &Value) -> String {
    let mut out = String::new();
    // Writing to a String can't fail.
    let _ = writeln!(
        out,
        "Order {}  {}\n  reference {}, payment {}, of {}\n  {} {} in minor units, capture {}, opened {}",
        cell(order, "orderId"),
        cell(order, "status"),
        cell(order, "reference"),
        cell(order, "paymentId"),
        cell(order, "organisation"),
        cell(order, "amount"),
        cell(order, "currency"),
        cell(order, "capture"),
        cell(order, "createdAt"),
    );
    if order["released"] == true {
        let _ = writeln!(out, "  the authorisation was released without a capture");
    }
    if order["capturedAmount"].is_i64() {
        let _ = writeln!(
            out,
            "  captured {}, refunded {}",
            cell(order, "capturedAmount"),
            cell(order, "refundedAmount"),
        );
    }
    let _ = writeln!(out, "\nSessions");
    for session in each(order, "sessions") {
        let given_up = if session["cancelled"] == true {
            ", given up"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "  {}  {}, until {}{given_up}",
            cell(session, "id"),
            cell(session, "mode"),
            cell(session, "expiresAt"),
        );
    }
    let _ = writeln!(out, "\nAttempts");
    for attempt in each(order, "attempts") {
        let _ = writeln!(
            out,
            "  {}  {}  {}  {}  {}",
            cell(attempt, "id"),
            cell(attempt, "status"),
            cell(&attempt["failure"], "kind"),
            cell(attempt, "gatewayPaymentId"),
            cell(attempt, "reqId"),
        );
        for reversal in each(attempt, "reversals") {
            let _ = writeln!(
                out,
                "    {} {} {}  {}",
                cell(reversal, "askedAt"),
                cell(reversal, "kind"),
                cell(reversal, "amount"),
                cell(reversal, "status"),
            );
        }
    }
    if !each(order, "actions").is_empty() {
        let _ = writeln!(out, "\nCaptures, voids and refunds");
    }
    for action in each(order, "actions") {
        let _ = writeln!(
            out,
            "  {}  {}  {} {}  {}  {}",
            cell(action, "askedAt"),
            cell(action, "actionId"),
            cell(action, "kind"),
            cell(action, "amount"),
            cell(action, "status"),
            cell(action, "reference"),
        );
    }
    let _ = writeln!(out, "\nTimeline");
    for line in each(order, "history") {
        let _ = writeln!(
            out,
            "  {}  {:<18} {}",
            cell(line, "at"),
            cell(line, "what"),
            detail(line)
        );
    }
    out
}

/// What a line of the timeline says beyond its time and name.
fn detail(line: &Value) -> String {
    let Some(map) = line.as_object() else {
        return String::new();
    };
    let mut said: Vec<String> = Vec::new();
    if let (Some(_), Some(_)) = (map.get("from"), map.get("to")) {
        said.push(format!("{} → {}", cell(line, "from"), cell(line, "to")));
    }
    for key in map.keys() {
        if !["at", "what", "from", "to"].contains(&key.as_str()) {
            said.push(format!("{key}={}", cell(line, key)));
        }
    }
    said.join("  ")
}
