//! Asks about everything open, attempts as well as captures, voids and refunds, until nothing
//! is. What goes wrong with one attempt never keeps
//! the others waiting, and a store in trouble is not hammered.

use std::{
    future::Future,
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::{task::JoinSet, time::sleep};
use tracing::Instrument;

use super::{
    Server, request,
    store::{Due, StoreError, now_ms},
};

/// The longest rest after rounds that failed.
const LONGEST_REST: Duration = Duration::from_secs(30);
/// What can't be settled now is looked at again after this, in milliseconds.
const PUT_ASIDE_MS: i64 = 300_000;
/// Attempts of one round.
const AT_ONCE: i64 = 16;

impl Server {
    /// Looks after everything that is due.
    pub(super) async fn settle_due(self: &Arc<Self>) -> Result<(), StoreError> {
        let mut tasks = JoinSet::new();
        for due in self.store.due(AT_ONCE).await? {
            let attempt = match due {
                Due::Attempt(attempt) => attempt,
                Due::Unreadable { order, id, column } => {
                    let why = format!("column {column} of its row can't be read");
                    self.put_aside(&order, &id, &why).await?;
                    continue;
                }
            };
            let server = Arc::clone(self);
            tasks.spawn(async move {
                let (order, id) = (attempt.order_id.clone(), attempt.id.clone());
                let span = request::asking(&order, &id);
                let asking = Arc::clone(&server);
                let asked = async move { asking.ask(&attempt, 0).await.map(|_| ()) };
                match tokio::spawn(asked.instrument(span)).await {
                    Ok(Err(StoreError::Unreadable { column })) => {
                        let why = format!("column {column} of its order can't be read");
                        server.put_aside(&order, &id, &why).await
                    }
                    Ok(done) => done,
                    Err(_) => {
                        let why = "asking about it ended in a fault of this server";
                        server.put_aside(&order, &id, why).await
                    }
                }
            });
        }
        let mut trouble = Ok(());
        while let Some(done) = tasks.join_next().await {
            if let Ok(Err(error)) = done {
                trouble = Err(error);
            }
        }
        trouble
    }

    /// Leaves an attempt to the operator, and looks at it again much later.
    pub(super) async fn put_aside(
        &self,
        order: &str,
        attempt: &str,
        why: &str,
    ) -> Result<(), StoreError> {
        self.store
            .postpone(order, attempt, now_ms() + PUT_ASIDE_MS)
            .await?;
        self.store.operator_needed(order, Some(attempt), why).await
    }
}

/// Runs the settler as long as `server` lives. Attempts and instructions have rounds of their
/// own: a gateway that is slow to answer about the ones keeps none of the others waiting.
pub(super) async fn settle_forever(server: Weak<Server>, every: Duration) {
    let attempts = rounds(every, || {
        let server = server.upgrade()?;
        Some(async move { server.settle_due().await })
    });
    let instructions = rounds(every, || {
        let server = server.upgrade()?;
        Some(async move { server.instructions_due().await })
    });
    tokio::join!(attempts, instructions);
}

/// Round after round, with a rest of `every` between them that doubles while they fail. A
/// round that panics is one that failed.
pub(super) async fn rounds<R, F>(every: Duration, mut next: F)
where
    F: FnMut() -> Option<R>,
    R: Future<Output = Result<(), StoreError>> + Send + 'static,
{
    let mut rest = every;
    while let Some(round) = next() {
        let failed = match tokio::spawn(round).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("the round panicked".to_owned()),
        };
        rest = match failed {
            None => every,
            Some(error) => {
                let longer = (rest * 2).min(LONGEST_REST.max(every));
                tracing::error!(next_in = ?longer, "a round in the background: {error}");
                longer
            }
        };
        sleep(rest).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{StoreError, rounds};

    #[tokio::test]
    async fn f55_failed_rounds_come_ever_later_and_a_good_one_resets_the_pace() {
        let mut starts = Vec::new();
        let every = Duration::from_millis(10);
        rounds(every, || {
            starts.push(Instant::now());
            let n = starts.len();
            (n <= 6).then_some(async move {
                match n {
                    1..=3 => Err(StoreError::Unreadable { column: "x" }),
                    4 => panic!("a fault"),
                    _ => Ok(()),
                }
            })
        })
        .await;
        let rests: Vec<Duration> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(rests.len(), 6, "a panic doesn't end it");
        for (rest, least) in rests.iter().zip([20, 40, 80, 160, 10, 10]) {
            assert!(*rest >= Duration::from_millis(least), "{rests:?}");
        }
        assert!(rests[4] < Duration::from_millis(160), "{rests:?}");
    }
}
