//! The sandbox's clock: real time plus an offset that `/control` moves forward.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Seconds since 1970 by the sandbox.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset: AtomicI64,
}

impl Clock {
    /// Now, in Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        let real = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |age| i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
        real.saturating_add(self.offset())
    }

    /// How far the clock runs ahead of real time, in seconds.
    pub(crate) fn offset(&self) -> i64 {
        self.offset.load(Ordering::SeqCst)
    }

    /// Moves the clock forward by `seconds`.
    pub(crate) fn advance(&self, seconds: u32) {
        self.offset.fetch_add(i64::from(seconds), Ordering::SeqCst);
    }

    /// Back to real time.
    pub(crate) fn reset(&self) {
        self.offset.store(0, Ordering::SeqCst);
    }
}

/// Unix seconds as the systems write times: `2030-08-27T11:37:30Z`.
pub(crate) fn rfc3339(seconds: i64) -> String {
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// The same read back, in Unix seconds.
pub(crate) fn unix(text: &str) -> Option<i64> {
    let read = OffsetDateTime::parse(text, &Rfc3339).ok();
    read.map(OffsetDateTime::unix_timestamp)
}

/// Year and month of a moment in UTC.
pub(crate) fn year_month(seconds: i64) -> (i64, i64) {
    OffsetDateTime::from_unix_timestamp(seconds).map_or((1970, 1), |at| {
        (i64::from(at.year()), i64::from(u8::from(at.month())))
    })
}
