//! What the bank wants from the shopper: a page at `redirectUrl`, and a `statusUrl` that is
//! polled until the shopper is done there.
//!
//! The status says that the shopper is done, never how it went: that is told by the payment
//! that is resumed. Also a refusal ends in `COMPLETE`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
};
use serde_json::{Value, json};

use super::{
    super::{
        bank::{Question, Standing, Verdict},
        ident,
        standins::Config,
        state::World,
    },
    Desk,
    answer::{self, Refusal},
    client_token::{Pass, Purpose, Sum},
    tokenize::Instrument,
};

/// How long the shopper has, in seconds. Nothing is published about it.
const TIME: i64 = 15 * 60;

/// A question of the bank.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    /// In `statusUrl`.
    pub(crate) id: String,
    /// `3ds_…`, the secret part of the bank page's address.
    pub(crate) key: String,
    pub(crate) intent: String,
    pub(crate) org: String,
    pub(crate) sum: Sum,
    network: &'static str,
    last4: String,
    asked_at: i64,
    /// Page, status and resume token end then, in Unix seconds.
    pub(crate) until: i64,
    /// What the bank knows.
    pub(crate) standing: Standing,
    /// What the status shows while the shopper is busy: good for nothing (trap 14).
    idle: String,
    /// What the status shows in the end.
    pub(crate) resume: String,
    pub(crate) used: bool,
}

impl Action {
    /// Closes a question that nobody answered.
    pub(super) fn pass_time(&mut self, now: i64) {
        if self.standing == Standing::Open && now >= self.until {
            self.standing = Standing::Late;
        }
    }

    /// Takes the shopper's answer at the bank.
    pub(crate) fn answer(&mut self, verdict: Verdict) {
        self.standing = match verdict {
            Verdict::Approve => Standing::Confirmed,
            Verdict::Refuse => Standing::Refused,
            Verdict::Cancel => Standing::Cancelled,
            Verdict::Later => self.standing,
        };
    }

    /// The question as the bank's page shows it. There is no way back to the merchant: who
    /// opened the page polls the status and closes it.
    pub(crate) fn question(&self) -> Question {
        Question {
            merchant: None,
            amount: self.sum.amount,
            currency: self.sum.currency.clone(),
            scheme: self.network.to_owned(),
            last4: self.last4.clone(),
            asked_at: self.asked_at,
            reference: self.sum.order.clone(),
            standing: self.standing,
            way_back: None,
        }
    }
}

impl Desk {
    /// Asks the bank behind a card, and answers with the client token for it.
    pub(crate) fn ask(
        &mut self,
        config: &Config,
        intent: &str,
        card: &Instrument,
        sum: Sum,
        now: i64,
    ) -> (String, String) {
        let (id, key) = (uuid::Uuid::new_v4().to_string(), ident::new("3ds"));
        let until = now + TIME;
        let pass = Pass {
            org: card.org.clone(),
            customer: None,
            purpose: Purpose::Action(id.clone()),
            ends: until,
        };
        let urls = json!({
            "redirectUrl": format!("{}/3ds/{key}", config.bank_url),
            "statusUrl": format!("{}/resume-tokens/{id}", config.primer()),
        });
        let issued = self.issue(config, pass, intent, urls);
        self.actions.push(Action {
            id: id.clone(),
            key,
            intent: intent.to_owned(),
            org: card.org.clone(),
            sum,
            network: card.network.shown,
            last4: card.last4.clone(),
            asked_at: now,
            until,
            standing: Standing::Open,
            idle: uuid::Uuid::new_v4().to_string(),
            resume: uuid::Uuid::new_v4().to_string(),
            used: false,
        });
        (id, issued.jwt)
    }

    /// The action with this bank key.
    pub(crate) fn asked(&mut self, key: &str) -> Option<&mut Action> {
        self.actions.iter_mut().find(|action| action.key == key)
    }

    /// The action that this resume token belongs to. The id of a pending status is none.
    pub(crate) fn resumed(&mut self, token: &str, org: &str) -> Option<&mut Action> {
        self.actions.iter_mut().find(|action| {
            action.resume == token && action.org == org && action.standing != Standing::Open
        })
    }
}

/// `GET statusUrl`: `{status, id, source}`.
///
/// # Errors
/// 401 with another access token than the action's own, 404.
pub(crate) async fn status(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let now = world.clock.now();
    let books = world.books();
    let pass = answer::pass(&books.primer, &headers, now)?;
    if !matches!(&pass.purpose, Purpose::Action(own) if *own == id) {
        return Err(Refusal::Unauthorized(
            "This access token is for something else.",
        ));
    }
    let action = books.primer.actions.iter().find(|action| action.id == id);
    let action = action.ok_or(Refusal::NotFound)?;
    // The values of `source` are not published; one example says WEBHOOK.
    Ok(Json(match action.standing {
        Standing::Open => json!({"status": "PENDING", "id": action.idle, "source": ""}),
        _ => json!({"status": "COMPLETE", "id": action.resume, "source": "WEBHOOK"}),
    }))
}
