//! create_payment: an attempt is stored, then charged by a task of its own; repeats wait for
//! it and get what it came to.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};

use super::{
    Server,
    attempt::{Attempt, Phase},
    order::Order,
    request,
    store::{Begin, Begun, StoreError},
};

/// A repeat waits this long for the first call.
const REPEAT_WAIT: Duration = Duration::from_secs(10);
/// A repeat whose first call runs on another server looks this often.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What create_payment comes to.
#[derive(Debug)]
pub(crate) enum Paid {
    /// The attempt as far as it is.
    Attempt(Box<Attempt>),
    /// The id was used for another body.
    OtherBody,
    /// The first call is still running.
    Running,
    /// No attempt was made.
    Refused(Begun),
}

impl Server {
    /// Finds or makes the attempt and waits for it.
    pub(crate) async fn pay(
        self: &Arc<Self>,
        order: &Order,
        begin: Begin,
    ) -> Result<Paid, StoreError> {
        let known = self.store.attempt(&order.id, &begin.attempt).await?;
        let begun = match known {
            Some(attempt) => Begun::Known(Box::new(attempt)),
            None => self.store.begin(&order.id, &begin).await?,
        };
        match begun {
            Begun::Fresh(attempt) => {
                tracing::info!(
                    order = order.id,
                    attempt = attempt.id,
                    req_id = begin.req_id,
                    "attempt stored"
                );
                let (server, order) = (Arc::clone(self), order.clone());
                let stored = *attempt.clone();
                let mut done = self.start(
                    &attempt,
                    async move { server.charge(&order, &stored).await },
                );
                // Ends when the task drops its side; the deadline of the gateway bounds it.
                while done.changed().await.is_ok() {}
                self.current(*attempt).await
            }
            Begun::Known(attempt) if attempt.fingerprint != begin.fingerprint => {
                Ok(Paid::OtherBody)
            }
            Begun::Known(attempt) => self.wait(*attempt).await,
            refused => Ok(Paid::Refused(refused)),
        }
    }

    /// Calls the gateway in a task of its own: a caller who hangs up doesn't stop it.
    pub(super) fn start<W>(self: &Arc<Self>, attempt: &Attempt, work: W) -> watch::Receiver<()>
    where
        W: Future<Output = Result<(), StoreError>> + Send + 'static,
    {
        let (sender, receiver) = watch::channel(());
        let key = (attempt.order_id.clone(), attempt.id.clone());
        if let Ok(mut running) = self.running.lock() {
            running.insert(key.clone(), receiver.clone());
        }
        let server = Arc::clone(self);
        request::spawn(async move {
            if let Err(error) = work.await {
                // The attempt stays as stored; the settler asks about it.
                tracing::error!(order = key.0, attempt = key.1, "store: {error}");
            }
            if let Ok(mut running) = server.running.lock() {
                running.remove(&key);
            }
            drop(sender);
        });
        receiver
    }

    /// Waits until an attempt is no longer being made.
    pub(crate) async fn wait(&self, mut attempt: Attempt) -> Result<Paid, StoreError> {
        let until = Instant::now() + REPEAT_WAIT;
        let key = (attempt.order_id.clone(), attempt.id.clone());
        while attempt.phase == Phase::Creating {
            let running = self
                .running
                .lock()
                .ok()
                .and_then(|running| running.get(&key).cloned());
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Paid::Running);
            }
            match running {
                Some(mut done) => {
                    let ended = tokio::time::timeout(left, done.changed()).await.is_ok();
                    // Also a task that died without tidying up is no longer running.
                    if ended && let Ok(mut running) = self.running.lock() {
                        running.remove(&key);
                    }
                }
                None => tokio::time::sleep(LOOK_EVERY.min(left)).await,
            }
            let current = self.store.attempt(&attempt.order_id, &attempt.id).await?;
            attempt = current.unwrap_or(attempt);
        }
        Ok(Paid::Attempt(Box::new(attempt)))
    }

    /// The attempt once the call that is running for it has ended, as far as that is soon.
    pub(super) async fn once_called(&self, attempt: Attempt) -> Result<Attempt, StoreError> {
        match self.wait(attempt.clone()).await? {
            Paid::Attempt(attempt) => Ok(*attempt),
            _ => Ok(attempt),
        }
    }

    async fn current(&self, attempt: Attempt) -> Result<Paid, StoreError> {
        let current = self.store.attempt(&attempt.order_id, &attempt.id).await?;
        Ok(Paid::Attempt(Box::new(current.unwrap_or(attempt))))
    }
}
