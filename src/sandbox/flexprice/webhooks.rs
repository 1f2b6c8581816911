//! Webhooks about payments, carried as Svix carries them: signed, at least once, in no order.
//!
//! What a letter says is read when it is written, a moment after the event: a `payment.created`
//! can show a payment that has succeeded since.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    super::{
        carrier::{Carrier, LOOK_EVERY},
        clock::rfc3339,
        ident,
        post::{Endpoint, Release},
        state::World,
    },
    ledger::Office,
    svix::signature,
};

/// The merchant has this long to take a webhook.
const DEADLINE: Duration = Duration::from_secs(5);
/// The waits between repeats, in seconds: 5 s, 5 and 30 minutes, 2, 5, 10 and 10 hours.
const PAUSES: [i64; 7] = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Created,
    Updated,
    Pending,
    Success,
    Failed,
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Self::Created => "payment.created",
            Self::Updated => "payment.updated",
            Self::Pending => "payment.pending",
            Self::Success => "payment.success",
            Self::Failed => "payment.failed",
        }
    }
}

/// Letters to the merchant.
#[derive(Debug, Default)]
pub(crate) struct Bag {
    hold: bool,
    /// Text in the letters that are held, so that two who test at once leave each other alone.
    only: Option<String>,
    /// What no letter was written about yet.
    news: Vec<(Event, String)>,
    letters: Vec<Letter>,
}

/// An event and its deliveries.
#[derive(Clone, Debug)]
struct Letter {
    id: String,
    event: Event,
    payment: String,
    body: String,
    /// When each was, and the status or why there is none.
    tries: Vec<(i64, Result<u16, String>)>,
    /// When it is sent next; `None` once it was taken or given up.
    next: Option<i64>,
    held: bool,
    travels: bool,
}

impl Letter {
    fn shown(&self) -> Value {
        let taken = |(_, answer): &(i64, Result<u16, String>)| matches!(answer, Ok(200..=299));
        let state = match self.next {
            Some(_) if self.held => "held",
            Some(_) => "waiting",
            None if self.tries.iter().any(taken) => "delivered",
            None => "given up",
        };
        let show = |(at, answer): &(i64, Result<u16, String>)| match answer {
            Ok(status) => json!({"at": rfc3339(*at), "status": status}),
            Err(error) => json!({"at": rfc3339(*at), "error": error}),
        };
        let tries: Vec<Value> = self.tries.iter().map(show).collect();
        json!({"id": self.id, "type": self.event.name(), "payment": self.payment,
               "state": state, "tries": tries, "body": self.body})
    }
}

impl Office {
    /// Something happened to a payment.
    pub(super) fn note(&mut self, payment: usize, event: Event) {
        let id = self.payments[payment].id.clone();
        self.bag.news.push((event, id));
    }

    /// Writes a letter for everything that has happened. A payment that is gone has none.
    pub(super) fn write_letters(&mut self, now: i64) {
        for (event, id) in std::mem::take(&mut self.bag.news) {
            let Some(index) = self.index(&id) else {
                continue;
            };
            let payment = self.told(&self.payments[index]);
            let body = format!(
                "{{\"event_type\":\"{}\",\"payment\":{payment}}}",
                event.name()
            );
            let bag = &mut self.bag;
            let concerned = bag.only.as_ref().is_none_or(|text| body.contains(text));
            bag.letters.push(Letter {
                id: ident::new("msg"),
                event,
                payment: id,
                held: bag.hold && concerned,
                body,
                tries: Vec::new(),
                next: Some(now),
                travels: false,
            });
        }
    }
}

impl Bag {
    pub(super) fn hold(&mut self, hold: bool, only: Option<&str>) {
        self.hold = hold;
        self.only = only.map(str::to_owned);
        if !hold {
            self.letters
                .iter_mut()
                .for_each(|letter| letter.held = false);
        }
    }

    pub(super) fn shown(&self) -> Value {
        let letters: Vec<Value> = self.letters.iter().map(Letter::shown).collect();
        json!({"hold": self.hold, "webhooks": letters})
    }

    /// The letters that are to go, marked as travelling.
    fn going(&mut self, which: impl Fn(&Letter) -> bool) -> Vec<Letter> {
        let going = self.letters.iter_mut().filter(|letter| which(letter));
        going
            .map(|letter| {
                letter.travels = true;
                letter.clone()
            })
            .collect()
    }

    fn due(&mut self, now: i64) -> Vec<Letter> {
        self.going(|letter| {
            !letter.held && !letter.travels && letter.next.is_some_and(|at| at <= now)
        })
    }

    /// Notes how a delivery went and when the next one is.
    fn tried(&mut self, id: &str, answer: Result<u16, String>, now: i64) {
        // Gone after a reset.
        let Some(letter) = self.letters.iter_mut().find(|letter| letter.id == id) else {
            return;
        };
        let taken = matches!(answer, Ok(200..=299)) || letter.next.is_none();
        let pause = PAUSES.get(letter.tries.len()).filter(|_| !taken);
        letter.next = pause.map(|pause| now + pause);
        letter.tries.push((now, answer));
        letter.travels = false;
        letter.held = false;
    }
}

async fn deliver(world: &World, carrier: &Carrier, to: &Endpoint, letter: &Letter) {
    // Receivers compare the timestamp with their own clock, and that one is never moved.
    let timestamp = (world.clock.now() - world.clock.offset()).to_string();
    let signature = signature(&to.key, &letter.id, &timestamp, &letter.body);
    let mut headers = vec![
        ("svix-id", letter.id.as_str()),
        ("svix-timestamp", timestamp.as_str()),
        ("svix-signature", signature.as_str()),
    ];
    headers.extend(to.authorization());
    let answer = carrier.post(&to.url, &headers, &letter.body).await;
    let now = world.clock.now();
    world.books().flexprice.bag.tried(&letter.id, answer, now);
}

/// Sends held letters, one after the other.
pub(super) async fn release(world: &World, which: Release) {
    let Some(to) = &world.config.flexprice_webhooks else {
        return;
    };
    let mut letters = {
        let now = world.clock.now();
        let office = &mut world.books().flexprice;
        office.write_letters(now);
        let most = match which {
            Release::First(count) => count,
            Release::All | Release::Reversed => usize::MAX,
        };
        let held = office.bag.letters.iter().filter(|letter| letter.held);
        let ids: Vec<String> = held.take(most).map(|letter| letter.id.clone()).collect();
        office.bag.going(|letter| ids.contains(&letter.id))
    };
    if matches!(which, Release::Reversed) {
        letters.reverse();
    }
    send(world, to, &letters).await;
}

/// Sends all that was sent before `times` times more, one after the other.
pub(super) async fn repeat(world: &World, times: u64) {
    let Some(to) = &world.config.flexprice_webhooks else {
        return;
    };
    let mut letters = world.books().flexprice.bag.letters.clone();
    letters.retain(|letter| !letter.tries.is_empty());
    for _ in 0..times {
        send(world, to, &letters).await;
    }
}

async fn send(world: &World, to: &Endpoint, letters: &[Letter]) {
    let carrier = Carrier::new(DEADLINE);
    for letter in letters {
        deliver(world, &carrier, to, letter).await;
    }
}

/// Carries letters as long as the world lives.
pub(crate) async fn carry(world: Weak<World>) {
    let carrier = Carrier::new(DEADLINE);
    while let Some(world) = world.upgrade() {
        if let Some(to) = &world.config.flexprice_webhooks {
            let now = world.clock.now();
            let due = {
                let office = &mut world.books().flexprice;
                office.write_letters(now);
                office.bag.due(now)
            };
            for letter in due {
                let (world, carrier, to) = (Arc::clone(&world), carrier.clone(), to.clone());
                tokio::spawn(async move { deliver(&world, &carrier, &to, &letter).await });
            }
        }
        drop(world);
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
