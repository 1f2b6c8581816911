//! What has to be done by somebody, some time: reports that wait for an answer, checkouts whose
//! time is over, events to be delivered, old rows.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use super::{Server, settler::rounds, store::StoreError};

/// Old rows are looked for this often.
const TIDY_EVERY: Duration = Duration::from_secs(600);

/// What goes wrong with one of them keeps none of the others waiting.
async fn round(server: Arc<Server>, tidy: bool) -> Result<(), StoreError> {
    let followed = server.follow_due().await;
    let closed = server.store.close_due().await;
    let delivered = server.deliver_due().await;
    let tidied = if tidy {
        server.store.forget_webhooks().await
    } else {
        Ok(())
    };
    followed.and(closed).and(delivered).and(tidied)
}

/// Goes round as long as `server` lives.
pub(super) async fn go_round(server: Weak<Server>, every: Duration) {
    let mut tidied: Option<Instant> = None;
    rounds(every, || {
        let server = server.upgrade()?;
        let tidy = tidied.is_none_or(|at| at.elapsed() > TIDY_EVERY);
        if tidy {
            tidied = Some(Instant::now());
        }
        Some(round(server, tidy))
    })
    .await;
}
