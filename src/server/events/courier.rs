//! Carries events to the shops: each in a task of its own, so that a slow shop keeps nobody
//! else waiting.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, header::CONTENT_TYPE, redirect, retry};
use tokio::sync::Semaphore;

use crate::server::{
    EventsTo, Server,
    store::{After, Event, StoreError, now_ms},
};

use super::sign::signature;

/// A shop that hasn't answered by then gets the event again.
const DEADLINE: Duration = Duration::from_secs(10);
/// While one server is at it no other tries.
const LEASE_MS: i64 = 20_000;
/// So many deliveries run at a time.
const HANDS: usize = 32;

/// The way to the shops.
#[derive(Clone, Debug)]
pub(crate) struct Courier {
    client: Client,
    hands: Arc<Semaphore>,
}

impl Courier {
    /// `loopback` keeps a machine's proxy out of the way of a demo shop.
    pub(crate) fn new(loopback: bool) -> Result<Self, reqwest::Error> {
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .timeout(DEADLINE);
        if loopback {
            builder = builder.no_proxy();
        }
        Ok(Self {
            client: builder.build()?,
            hands: Arc::new(Semaphore::new(HANDS)),
        })
    }

    /// Sends an event once. The shop's answer is its status, no more of it is read.
    async fn carry(&self, event: &Event, to: &EventsTo) -> Result<(), String> {
        let timestamp = (now_ms() / 1000).to_string();
        let sent = self
            .client
            .post(&to.url)
            .header(CONTENT_TYPE, "application/json")
            .header(
                "x-fanfare-signature",
                signature(&to.secret, &timestamp, &event.body),
            )
            .header("x-fanfare-timestamp", timestamp)
            .body(event.body.clone())
            .send()
            .await;
        match sent {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!(
                "the shop answered {}, expected 2xx",
                answer.status().as_u16()
            )),
            Err(error) if error.is_timeout() => Err("the shop did not answer in 10 s".into()),
            Err(error) if error.is_connect() => Err("the shop can't be reached".into()),
            Err(_) => Err("the connection to the shop broke".into()),
        }
    }
}

impl Server {
    /// Starts the delivery of what is due, as far as hands are free.
    pub(crate) async fn deliver_due(self: &Arc<Self>) -> Result<(), StoreError> {
        let free = self.courier.hands.available_permits();
        for event in self.store.events_due(free).await? {
            let Ok(hand) = Arc::clone(&self.courier.hands).try_acquire_owned() else {
                return Ok(());
            };
            if !self.store.take_event(&event, now_ms() + LEASE_MS).await? {
                continue;
            }
            let server = Arc::clone(self);
            tokio::spawn(async move {
                if let Err(error) = server.deliver(&event).await {
                    // Its lease runs out, and it is sent again.
                    tracing::error!(event = event.id, order = event.order_id, "store: {error}");
                }
                drop(hand);
            });
        }
        Ok(())
    }

    async fn deliver(&self, event: &Event) -> Result<(), StoreError> {
        let to = self
            .organisation(&event.org)
            .and_then(|organisation| organisation.events.as_ref());
        let carried = match to {
            Some(to) => self.courier.carry(event, to).await,
            None => Err("its organisation has no address for events in the settings".into()),
        };
        let pause = usize::try_from(event.tries)
            .ok()
            .and_then(|tries| self.settings.event_pauses.get(tries))
            .map(|pause| i64::try_from(pause.as_millis()).unwrap_or(i64::MAX / 2));
        let after = match carried {
            Ok(()) => After::Sent,
            Err(problem) => match pause {
                Some(pause) => After::Again {
                    at: now_ms() + pause,
                    problem,
                },
                None => After::Dead { problem },
            },
        };
        match &after {
            After::Sent => tracing::info!(
                event = event.id,
                order = event.order_id,
                kind = event.kind,
                "event delivered"
            ),
            After::Again { problem, .. } => tracing::warn!(
                event = event.id,
                order = event.order_id,
                kind = event.kind,
                tries = event.tries + 1,
                "event not delivered: {problem}"
            ),
            After::Dead { problem } => tracing::error!(
                event = event.id,
                order = event.order_id,
                kind = event.kind,
                "needs an operator: event given up: {problem}; \
                 POST /events/{{id}}/retry sends it again"
            ),
        }
        self.store.event_tried(event, &after).await
    }
}
