//! Webhooks about orders: `settled` and `declined`, in the published shape.
//!
//! A signing secret exists; header and algorithm are not published, so nothing is signed here.
//! Repeats back off exponentially, by steps that are not published either. A receiver tells
//! repeats by `event_timestamp`, so no two events share one.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    super::{
        carrier::{Carrier, LOOK_EVERY},
        clock::rfc3339,
        state::World,
    },
    ledger::{Charge, Session, State},
};

/// The merchant has this long to take a webhook.
const DEADLINE: Duration = Duration::from_secs(10);
/// The first pause before a repeat, in seconds; each further one is twice as long.
const PAUSE: i64 = 60;
/// So often it is tried.
const TRIES: usize = 6;

/// Letters to the merchant.
#[derive(Debug, Default)]
pub(crate) struct Bag {
    pub(crate) hold: bool,
    letters: Vec<Letter>,
}

/// An event and its deliveries.
#[derive(Clone, Debug)]
struct Letter {
    id: String,
    subtype: &'static str,
    order: String,
    body: String,
    /// The status of each delivery, or why there is none.
    tries: Vec<Result<u16, String>>,
    /// When it is sent next; `None` once it was taken or given up.
    next: Option<i64>,
    travels: bool,
}

impl Bag {
    /// Writes the letter about a charge that was decided.
    pub(super) fn write(&mut self, charge: &Charge, session: &Session, now: i64) {
        let (subtype, reason) = match &charge.state {
            State::Settled => ("settled", None),
            State::Declined(message) => ("declined", Some(message.as_str())),
            State::Failed => ("declined", Some("The payment could not be processed")),
            _ => return,
        };
        let id = uuid::Uuid::new_v4().to_string();
        let moment = rfc3339(now).replace('Z', &format!(".{:06}Z", self.letters.len()));
        let mut order = json!({
            "order_id": charge.order,
            // The unit is not published; price points count in minor units.
            "amount": charge.sum.amount,
            "currency_code": charge.sum.currency,
            "external_id": session.customer,
            "user_uuid": session.user,
            "initial_order_metadata": session.metadata,
            "psp": "primer",
            "status": subtype,
            "created_at": rfc3339(session.created_at),
        });
        if let Some(message) = reason {
            order["decline_reason"] = json!({"message": message});
        }
        let body = json!({
            "event_type": "order",
            "event_id": id,
            "event_timestamp": moment,
            "is_livemode": false,
            "user": {"external_id": session.customer, "email": session.email},
            "subtype": subtype,
            "order": order,
        });
        self.letters.push(Letter {
            id,
            subtype,
            order: charge.order.clone(),
            body: body.to_string(),
            tries: Vec::new(),
            next: Some(now),
            travels: false,
        });
    }

    /// What is due, marked as travelling.
    fn due(&mut self, now: i64) -> Vec<Letter> {
        if self.hold {
            return Vec::new();
        }
        let due = |letter: &&mut Letter| !letter.travels && letter.next.is_some_and(|at| at <= now);
        let letters = self.letters.iter_mut().filter(due);
        letters
            .map(|letter| {
                letter.travels = true;
                letter.clone()
            })
            .collect()
    }

    /// Notes how a delivery went and when the next one is.
    fn tried(&mut self, id: &str, answer: Result<u16, String>, now: i64) {
        // Gone after a reset.
        let Some(letter) = self.letters.iter_mut().find(|letter| letter.id == id) else {
            return;
        };
        let taken = matches!(answer, Ok(200..=299));
        let pause = PAUSE << letter.tries.len();
        letter.tries.push(answer);
        letter.travels = false;
        letter.next = (!taken && letter.tries.len() < TRIES).then_some(now + pause);
    }

    /// As `/control/funnelfox` shows them.
    pub(super) fn shown(&self) -> Vec<Value> {
        let show = |letter: &Letter| {
            let taken = letter.tries.iter().any(|one| matches!(one, Ok(200..=299)));
            let state = match letter.next {
                Some(_) if self.hold => "held",
                Some(_) => "waiting",
                None if taken => "delivered",
                None => "given up",
            };
            let tries: Vec<Value> = letter
                .tries
                .iter()
                .map(|one| match one {
                    Ok(status) => json!({"status": status}),
                    Err(error) => json!({"error": error}),
                })
                .collect();
            json!({"id": letter.id, "subtype": letter.subtype, "order": letter.order,
                   "state": state, "tries": tries, "body": letter.body})
        };
        self.letters.iter().map(show).collect()
    }
}

/// Carries letters as long as the world lives.
pub(crate) async fn carry(world: Weak<World>) {
    let carrier = Carrier::new(DEADLINE);
    while let Some(world) = world.upgrade() {
        if let Some(url) = &world.config.funnelfox_webhooks {
            let now = world.clock.now();
            let due = world.books().funnelfox.bag.due(now);
            for letter in due {
                let (world, carrier, url) = (Arc::clone(&world), carrier.clone(), url.clone());
                tokio::spawn(async move { deliver(&world, &carrier, &url, &letter).await });
            }
        }
        drop(world);
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn deliver(world: &World, carrier: &Carrier, url: &str, letter: &Letter) {
    let answer = carrier.post(url, &[], &letter.body).await;
    let now = world.clock.now();
    world.books().funnelfox.bag.tried(&letter.id, answer, now);
}
