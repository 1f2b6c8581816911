//! Faults on demand: what networks and proxies do to a request, for a path and a number of times.
//!
//! - [`kind`]: what can go wrong, by name.
//! - this file: the orders, and whose turn it is.
//! - [`happen`]: the fault itself.

mod happen;
mod kind;

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::http::Method;
use serde_json::{Value, json};

pub(crate) use happen::{Slow, inject};
pub(crate) use kind::{Kind, NAMES};

/// One order of a fault.
#[derive(Clone, Debug)]
struct Rule {
    name: String,
    path: String,
    method: Option<String>,
    /// Text in the address or the body, or in the metadata of the payment that the address
    /// names, so that two who test at once leave each other alone.
    only: Option<String>,
    /// Only requests that are not the first on their connection.
    reused: bool,
    skip: u64,
    times: u64,
    kind: Kind,
    arrivals: u64,
    sockets: BTreeSet<u64>,
}

/// A request as the rules see it.
#[derive(Debug)]
pub(crate) struct Arrival<'a> {
    pub(crate) method: &'a Method,
    /// Path and query.
    pub(crate) address: &'a str,
    pub(crate) body: &'a [u8],
    /// The metadata of the payment that the address names.
    pub(crate) about: &'a [String],
    /// Which connection, and the how manieth request on it, from 1.
    pub(crate) socket: u64,
    pub(crate) nth: u64,
}

impl Rule {
    fn concerns(&self, method: &Method, address: &str) -> bool {
        let method_fits = self
            .method
            .as_deref()
            .is_none_or(|only| only == method.as_str());
        method_fits && address.starts_with(&self.path)
    }

    fn fits(&self, arrival: &Arrival<'_>) -> bool {
        let named = |text: &String| {
            let bytes = text.as_bytes();
            let read = [arrival.address.as_bytes(), arrival.body]
                .iter()
                .any(|place| place.windows(bytes.len()).any(|part| part == bytes));
            read || arrival.about.contains(text)
        };
        self.concerns(arrival.method, arrival.address)
            && (!self.reused || arrival.nth > 1)
            && self.only.as_ref().is_none_or(named)
    }
}

/// The faults that are still to happen, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Rule>>);

impl Faults {
    /// Orders a fault: `{path, kind, method?, match?, reused?, times = 1, skip = 0, …}`.
    ///
    /// # Errors
    /// Says what is missing or unknown.
    pub(crate) fn order(&self, fault: &Value) -> Result<(), String> {
        let path = fault["path"]
            .as_str()
            .filter(|path| path.starts_with('/'))
            .ok_or("a fault needs path, the beginning of the paths it is for, such as \"/checkout-com/payments\"")?;
        let name = fault["kind"]
            .as_str()
            .ok_or("a fault needs kind, such as \"drop-after\"")?;
        let count = |key: &str, default: u64| match &fault[key] {
            Value::Null => Ok(default),
            value => value
                .as_u64()
                .ok_or(format!("{key} is {value}: expected a whole number")),
        };
        let rule = Rule {
            name: name.to_owned(),
            path: path.to_owned(),
            method: fault["method"].as_str().map(str::to_ascii_uppercase),
            only: fault["match"]
                .as_str()
                .filter(|text| !text.is_empty())
                .map(str::to_owned),
            reused: fault["reused"].as_bool().unwrap_or(false),
            skip: count("skip", 0)?,
            times: count("times", 1)?,
            kind: Kind::parse(name, fault)?,
            arrivals: 0,
            sockets: BTreeSet::new(),
        };
        self.lock().push(rule);
        Ok(())
    }

    /// Forgets every order, or those with this `match`.
    pub(crate) fn clear(&self, only: Option<&str>) {
        self.lock()
            .retain(|rule| only.is_some() && rule.only.as_deref() != only);
    }

    /// What is still to happen, and what was counted.
    pub(crate) fn list(&self) -> Value {
        let show = |r: &Rule| {
            json!({
                "path": r.path, "kind": r.name, "method": r.method, "match": r.only,
                "reused": r.reused, "skip": r.skip, "times": r.times,
                "arrivals": r.arrivals, "sockets": r.sockets.len(),
            })
        };
        self.lock().iter().map(show).collect()
    }

    /// Whether a rule for such a request asks what it is about.
    pub(crate) fn reads(&self, method: &Method, address: &str) -> bool {
        self.lock()
            .iter()
            .any(|rule| rule.only.is_some() && rule.concerns(method, address))
    }

    /// Counts the arrival, and says what is to happen to it.
    pub(crate) fn take(&self, arrival: &Arrival<'_>) -> Option<Kind> {
        let mut rules = self.lock();
        let mut turn = None;
        for (index, rule) in rules.iter_mut().enumerate() {
            if !rule.fits(arrival) {
                continue;
            }
            rule.arrivals += 1;
            rule.sockets.insert(arrival.socket);
            if turn.is_none() && rule.kind != Kind::Count {
                turn = Some(index);
            }
        }
        let index = turn?;
        let rule = &mut rules[index];
        if rule.skip > 0 {
            rule.skip -= 1;
            return None;
        }
        let kind = rule.kind.clone();
        rule.times = rule.times.saturating_sub(1);
        if rule.times == 0 {
            rules.remove(index);
        }
        Some(kind)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
