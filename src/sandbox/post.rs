//! The post office: carries webhooks to the merchant's server, or holds them back on request.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    carrier::{Carrier, LOOK_EVERY},
    checkout_com::{
        keys::Platform,
        webhooks::{self, Letter},
    },
    state::World,
};

/// The merchant has this long to take a webhook.
const DEADLINE: Duration = Duration::from_secs(10);

/// The merchant's endpoint as the account was told.
#[derive(Clone)]
pub struct Endpoint {
    /// Full URL.
    pub url: String,
    /// Signature key.
    pub key: String,
    /// A fixed `Authorization` header, if any.
    pub authorization: Option<String>,
}

impl Endpoint {
    /// The fixed header, if any.
    pub(crate) fn authorization(&self) -> Option<(&'static str, &str)> {
        let value = self.authorization.as_deref()?;
        Some(("authorization", value))
    }
}

impl std::fmt::Debug for Endpoint {
    /// Without the keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Letters in and out.
#[derive(Debug, Default)]
pub(crate) struct Post {
    bag: Mutex<Bag>,
    carrier: Carrier,
}

#[derive(Debug, Default)]
struct Bag {
    hold: bool,
    /// Text in the letters that are held, so that two who test at once leave each other alone.
    only: Option<String>,
    letters: Vec<Letter>,
}

/// Which held letters go out now.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Release {
    All,
    Reversed,
    /// The first so many.
    First(usize),
}

impl Post {
    pub(crate) fn new() -> Self {
        Self {
            bag: Mutex::default(),
            carrier: Carrier::new(DEADLINE),
        }
    }

    pub(crate) fn clear(&self) {
        *self.bag() = Bag::default();
    }

    pub(crate) fn hold(&self, hold: bool, only: Option<&str>) {
        let mut bag = self.bag();
        bag.hold = hold;
        bag.only = only.map(str::to_owned);
        if !hold {
            bag.letters
                .iter_mut()
                .for_each(|letter| letter.held = false);
        }
    }

    pub(crate) fn shown(&self) -> Value {
        let bag = self.bag();
        let letters: Vec<Value> = bag.letters.iter().map(Letter::shown).collect();
        json!({"hold": bag.hold, "webhooks": letters})
    }

    fn bag(&self) -> MutexGuard<'_, Bag> {
        self.bag.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, letters: Vec<Letter>) {
        let mut bag = self.bag();
        let Bag {
            hold,
            only,
            letters: all,
        } = &mut *bag;
        all.extend(letters.into_iter().map(|mut letter| {
            let concerned = only.as_ref().is_none_or(|text| letter.body.contains(text));
            letter.held = *hold && concerned;
            letter
        }));
    }

    /// What is due, marked as travelling.
    fn due(&self, now: i64) -> Vec<Letter> {
        let mut bag = self.bag();
        bag.letters
            .iter_mut()
            .filter(|letter| {
                !letter.held && !letter.travels && letter.next.is_some_and(|next| next <= now)
            })
            .map(|letter| {
                letter.travels = true;
                letter.clone()
            })
            .collect()
    }

    async fn send(&self, letter: &Letter, to: &Endpoint) -> Result<u16, String> {
        let signature = webhooks::signature(&letter.body, &to.key);
        let mut headers = vec![("cko-signature", signature.as_str())];
        headers.extend(to.authorization());
        self.carrier.post(&to.url, &headers, &letter.body).await
    }

    fn tried(&self, id: &str, answer: Result<u16, String>, now: i64) {
        let mut bag = self.bag();
        // Gone after a reset.
        if let Some(letter) = bag.letters.iter_mut().find(|letter| letter.id == id) {
            letter.tried(answer, now);
        }
    }
}

impl World {
    /// Writes a letter for everything that has happened.
    pub(crate) fn write_letters(&self) {
        if self.config.webhooks.is_none() {
            return;
        }
        let (now, base) = (self.clock.now(), self.config.checkout_com());
        let mut books = self.books();
        let letters: Vec<Letter> = books
            .payments
            .iter_mut()
            .filter(|payment| payment.platform != Platform::Connected)
            .flat_map(|payment| webhooks::news(payment, now, &base))
            .collect();
        // Still under the books' lock: letters lie in the bag in the order of the steps.
        self.post.put(letters);
    }

    async fn deliver(&self, letter: &Letter) {
        let Some(to) = &self.config.webhooks else {
            return;
        };
        let answer = self.post.send(letter, to).await;
        self.post.tried(&letter.id, answer, self.clock.now());
    }

    /// Sends held letters, one after the other.
    pub(crate) async fn release(&self, which: Release) {
        self.write_letters();
        let mut letters: Vec<Letter> = {
            let mut bag = self.post.bag();
            let held = bag.letters.iter_mut().filter(|letter| letter.held);
            let most = match which {
                Release::First(count) => count,
                Release::All | Release::Reversed => usize::MAX,
            };
            held.take(most)
                .map(|letter| {
                    letter.travels = true;
                    letter.clone()
                })
                .collect()
        };
        if matches!(which, Release::Reversed) {
            letters.reverse();
        }
        for letter in &letters {
            self.deliver(letter).await;
        }
    }

    /// Sends all that was sent before `times` times more, one after the other.
    pub(crate) async fn repeat(&self, times: u64) {
        let letters: Vec<Letter> = {
            let bag = self.post.bag();
            let sent = bag.letters.iter().filter(|letter| !letter.tries.is_empty());
            sent.cloned().collect()
        };
        for _ in 0..times {
            for letter in &letters {
                self.deliver(letter).await;
            }
        }
    }
}

/// Carries letters as long as the world lives.
pub(crate) async fn carry(world: Weak<World>) {
    while let Some(world) = world.upgrade() {
        world.write_letters();
        for letter in world.post.due(world.clock.now()) {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.deliver(&letter).await });
        }
        drop(world);
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
