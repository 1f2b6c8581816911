//! What has to be done by somebody, some time: reports that wait for an answer, checkouts whose
//! time is over, events to be delivered, old rows.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use super::{Server, store::StoreError};

/// Old rows are looked for this often.
const TIDY_EVERY: Duration = Duration::from_secs(600);
/// After an error of the store the next round waits up to this long.
const LONGEST: Duration = Duration::from_secs(30);

async fn round(server: &Arc<Server>) -> Result<(), StoreError> {
    server.follow_due().await?;
    server.store.close_due().await?;
    server.deliver_due().await
}

/// Goes round as long as `server` lives.
pub(super) async fn go_round(server: Weak<Server>, every: Duration) {
    let mut tidied: Option<Instant> = None;
    let mut pause = every;
    while let Some(server) = server.upgrade() {
        let mut done = round(&server).await;
        if done.is_ok() && tidied.is_none_or(|at| at.elapsed() > TIDY_EVERY) {
            tidied = Some(Instant::now());
            done = server.store.forget_webhooks().await;
        }
        pause = match done {
            Ok(()) => every,
            Err(error) => {
                tracing::error!("webhooks and events: {error}");
                (pause * 2).clamp(every, LONGEST.max(every))
            }
        };
        drop(server);
        tokio::time::sleep(pause).await;
    }
}
