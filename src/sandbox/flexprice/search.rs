//! The filters of `GET /payments`.

use reqwest::Url;
use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{answer::Refusal, ledger::Payment};

/// So many without a limit.
const USUAL: usize = 50;
/// And never more than so many.
const MOST: usize = 1000;

/// A query, read.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    filters: Vec<(String, String)>,
    ids: Vec<String>,
    from: Option<i64>,
    until: Option<i64>,
    ascending: bool,
    pub(crate) limit: usize,
    pub(crate) offset: usize,
}

fn wrong(key: &str, seen: &str, expected: &str) -> Refusal {
    let internal = format!("{key} is {seen:?}: expected {expected}");
    Refusal::invalid(
        "Invalid filter parameters",
        internal,
        json!({"parameter": key}),
    )
}

impl Search {
    /// Reads a query; what it does not know, it passes over.
    ///
    /// # Errors
    /// 400 for a limit, an offset or a time that is none.
    pub(crate) fn read(query: &str) -> Result<Self, Refusal> {
        let mut search = Self {
            filters: Vec::new(),
            ids: Vec::new(),
            from: None,
            until: None,
            ascending: false,
            limit: USUAL,
            offset: 0,
        };
        let Ok(url) = Url::parse(&format!("http://sandbox/?{query}")) else {
            return Err(wrong("query", query, "a query"));
        };
        for (key, value) in url.query_pairs().into_owned() {
            let number = || value.parse::<usize>().ok();
            let moment = || {
                let at = OffsetDateTime::parse(&value, &Rfc3339);
                at.map(OffsetDateTime::unix_timestamp)
                    .map_err(|_| wrong(&key, &value, "a time such as 2026-01-31T12:00:00Z"))
            };
            match key.as_str() {
                "limit" => {
                    let limit = number().filter(|limit| *limit <= MOST);
                    search.limit = match limit {
                        Some(0) => USUAL,
                        Some(limit) => limit,
                        None => return Err(wrong(&key, &value, "1 to 1000")),
                    };
                }
                "offset" => {
                    let offset = number();
                    search.offset = offset.ok_or_else(|| wrong(&key, &value, "a whole number"))?;
                }
                "order" if value == "asc" || value == "desc" => search.ascending = value == "asc",
                "order" => return Err(wrong(&key, &value, "asc or desc")),
                "start_time" => search.from = Some(moment()?),
                "end_time" => search.until = Some(moment()?),
                "payment_ids" => search.ids.extend(value.split(',').map(str::to_owned)),
                _ => search.filters.push((key, value)),
            }
        }
        Ok(search)
    }

    /// The page that was asked for, and how many there are in all.
    pub(crate) fn find<'a>(&self, payments: &'a [Payment]) -> (Vec<&'a Payment>, usize) {
        let mut found: Vec<&Payment> = payments.iter().filter(|one| self.fits(one)).collect();
        if !self.ascending {
            found.reverse();
        }
        let total = found.len();
        let page = found.into_iter().skip(self.offset).take(self.limit);
        (page.collect(), total)
    }

    fn fits(&self, payment: &Payment) -> bool {
        let known = |(key, value): &(String, String)| {
            let own = match key.as_str() {
                "destination_type" => "INVOICE",
                "destination_id" => &payment.invoice,
                "payment_method_type" => &payment.method,
                "payment_status" => payment.status.name(),
                "payment_gateway" => payment.gateway.as_deref().unwrap_or_default(),
                "currency" => return payment.currency.eq_ignore_ascii_case(value),
                "gateway_payment_id" => payment.gateway_payment.as_deref().unwrap_or_default(),
                "gateway_tracking_id" => payment.tracking.as_deref().unwrap_or_default(),
                // What was deleted is gone, and nothing is ever archived.
                "status" => "published",
                _ => return true,
            };
            own == value
        };
        (self.ids.is_empty() || self.ids.contains(&payment.id))
            && self.from.is_none_or(|from| payment.created >= from)
            && self.until.is_none_or(|until| payment.created <= until)
            && self.filters.iter().all(known)
    }
}
