//! Signed events for the shop's server: what became of its orders.
//!
//! An event is written into the outbox in the transaction that makes it true (`store/outbox`),
//! and sent until the shop has taken it or it is a dead letter. It may come twice, with the
//! same id; the events of one order come in their order.

mod courier;
mod message;
mod route;
mod sign;

use std::time::Duration;

pub(crate) use courier::Courier;
pub(crate) use message::{Kind, Told, body};
pub(crate) use route::{list, retry};

/// The waits between deliveries: quick at first, then twice a day, about three days in all.
pub(crate) fn pauses() -> Vec<Duration> {
    [10, 30, 90, 270, 810, 2_430, 7_290, 21_870]
        .into_iter()
        .chain([12 * 3600; 5])
        .map(Duration::from_secs)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::pauses;

    #[test]
    fn a_shop_that_is_away_for_a_weekend_misses_nothing() {
        let all = pauses();
        assert!(all.windows(2).all(|pair| pair[0] <= pair[1]));
        let hours = all.iter().map(|pause| pause.as_secs()).sum::<u64>() / 3600;
        assert!((60..=72).contains(&hours), "{hours} h");
    }
}
