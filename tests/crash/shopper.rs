//! A shopper with a widget: it repeats what was lost under the same id, asks for the state,
//! walks through the bank, and remembers what it was told.

use std::time::{Duration, Instant};

use rand::{RngExt, rngs::StdRng};
use serde_json::{Value, json};

use super::{
    claim::{checkout, payload},
    town::Town,
};

const GOOD: &str = "4242424242424242";
const POOR: &str = "4544249167673670";
const ASKED: &str = "4000000000003220";

/// A widget stops repeating after this long and says honestly that it does not know.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(120);

/// What a shopper was told, for the day of reckoning.
#[derive(Debug, Default)]
pub(crate) struct Story {
    pub(crate) order: String,
    pub(crate) session: String,
    /// Some answer said that the order is paid.
    pub(crate) told_paid: bool,
    /// Attempts that some answer called failed: nothing charged.
    pub(crate) told_failed: Vec<String>,
}

/// What a shopper has in mind.
#[derive(Clone, Copy, Debug)]
enum Plan {
    Pay,
    PayAfterDecline,
    Confirm,
    Refuse,
    /// Close the challenge, pay with another card, and confirm the challenge after all.
    LeaveAndPay,
    /// Close the tab in the challenge.
    WalkAway,
}

impl Plan {
    fn choose(chance: &mut StdRng) -> Self {
        match chance.random_range(0..100) {
            0..40 => Self::Pay,
            40..55 => Self::PayAfterDecline,
            55..75 => Self::Confirm,
            75..82 => Self::Refuse,
            82..93 => Self::LeaveAndPay,
            _ => Self::WalkAway,
        }
    }
}

/// How a payment stands for the widget.
enum Standing {
    Over,
    /// The bank asks; the action's payload.
    Asked(Value),
    Unknown,
}

/// Pays one order from its opening on.
pub(crate) async fn shop(town: &Town, reference: &str, chance: &mut StdRng) -> Story {
    let (order, session) = open(town, reference).await;
    let mut story = Story {
        order,
        session,
        ..Story::default()
    };
    let plan = Plan::choose(chance);
    let card = match plan {
        Plan::Pay => GOOD,
        Plan::PayAfterDecline => POOR,
        _ => ASKED,
    };
    let standing = story.pay(town, card).await;
    match (plan, standing) {
        (Plan::PayAfterDecline, Standing::Over) if !story.told_paid => {
            story.pay(town, GOOD).await;
        }
        (Plan::Confirm, Standing::Asked(action)) => story.answer(town, &action, "approve").await,
        (Plan::Refuse, Standing::Asked(action)) => story.answer(town, &action, "refuse").await,
        (Plan::LeaveAndPay, Standing::Asked(action)) => {
            story.leave(town).await;
            if chance.random_bool(0.7) {
                story.pay(town, GOOD).await;
            }
            let redirect = action["redirectUrl"].as_str().unwrap();
            tokio::time::sleep(Duration::from_millis(chance.random_range(0..1500))).await;
            town.bank(
                redirect,
                if chance.random_bool(0.8) {
                    "approve"
                } else {
                    "cancel"
                },
            )
            .await;
        }
        _ => {}
    }
    story
}

async fn open(town: &Town, reference: &str) -> (String, String) {
    let body = checkout(reference);
    loop {
        if let Some(answer) = town.once(town.open(&body)).await {
            if answer.status == 200 {
                let url = answer.body["checkoutUrl"].as_str().unwrap();
                let session = url.rsplit('/').next().unwrap();
                return (
                    answer.body["orderId"].as_str().unwrap().into(),
                    session.into(),
                );
            }
            assert!(answer.status >= 500, "{}: {}", answer.status, answer.body);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl Story {
    async fn state(&mut self, town: &Town) -> Option<Value> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let request = town.get(&format!("/c/{}/state", self.session));
            if let Some(answer) = town.once(request).await
                && answer.status == 200
            {
                self.told_paid |= answer.body["order"] == "paid";
                if let Some(last) = answer.body["last"]["id"].as_str()
                    && answer.body["last"]["cancelled"] == false
                {
                    self.told_failed.push(last.into());
                }
                return Some(answer.body);
            }
            tokio::time::sleep(PAUSE).await;
        }
        None
    }

    /// Card to token to `create_payment`, under the id the state hands out.
    async fn pay(&mut self, town: &Town, card: &str) -> Standing {
        let Some(state) = self.state(town).await else {
            return Standing::Unknown;
        };
        if self.told_paid || state["attempt"]["phase"] != "new" {
            return Standing::Over;
        }
        let attempt = state["attempt"]["id"].as_str().unwrap().to_owned();
        let token = town.token(card).await;
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let request = town.create(&self.order, &attempt, &token);
            if let Some(answer) = town.once(request).await {
                match answer.status {
                    200 => return self.hear(town, &attempt, &answer.body).await,
                    409 if answer.body["error"][0]["code"] == "double_purchase" => {
                        self.told_paid = true;
                        return Standing::Over;
                    }
                    // Nothing was stored for it: this shopper has tried too often.
                    429 => return Standing::Over,
                    // In progress, or the server has trouble: the same again.
                    409 | 500.. => {}
                    status => panic!("{status}: {}", answer.body),
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        Standing::Unknown
    }

    async fn hear(&mut self, town: &Town, attempt: &str, body: &Value) -> Standing {
        match body["checkout_status"].as_str().unwrap() {
            "succeeded" => self.told_paid = true,
            "failed" => self.told_failed.push(attempt.into()),
            "cancelled" => {}
            "processing" => {
                if let Some(token) = body["action_required_token"].as_str()
                    && !token.is_empty()
                {
                    return Standing::Asked(payload(token));
                }
                return self.wait(town, attempt).await;
            }
            other => panic!("checkout_status {other}"),
        }
        Standing::Over
    }

    /// The outcome is unknown: the state is asked, nothing is paid again.
    async fn wait(&mut self, town: &Town, attempt: &str) -> Standing {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let Some(state) = self.state(town).await else {
                break;
            };
            let token = state["attempt"]["actionRequiredToken"].as_str();
            if let Some(token) = token.filter(|token| !token.is_empty()) {
                return Standing::Asked(payload(token));
            }
            if state["order"] != "open" || state["attempt"]["id"] != attempt {
                return Standing::Over;
            }
            tokio::time::sleep(PAUSE * 2).await;
        }
        Standing::Unknown
    }

    /// Answers the bank, comes back, and resumes.
    async fn answer(&mut self, town: &Town, action: &Value, press: &str) {
        let redirect = action["redirectUrl"].as_str().unwrap();
        if let Some(back) = town.bank(redirect, press).await {
            town.once(town.get(&back)).await;
        }
        self.resume(town, action).await;
    }

    /// Asks whether the challenge is done, and resumes when it is.
    async fn resume(&mut self, town: &Town, action: &Value) {
        let status = action["statusUrl"].as_str().unwrap();
        let path = &status[status.find("/c/").unwrap()..];
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let access = action["accessToken"].as_str().unwrap();
            let asked = town.get(path).header("primer-client-token", access);
            if let Some(done) = town.once(asked).await
                && done.body["status"] == "COMPLETE"
            {
                let token = done.body["id"].as_str().unwrap();
                let resumed = town.once(town.resume(&self.order, token)).await;
                if let Some(answer) = resumed.filter(|answer| answer.status == 200)
                    && answer.body["checkout_status"] != "processing"
                {
                    let attempt = path.rsplit('/').next().unwrap();
                    self.told_paid |= answer.body["checkout_status"] == "succeeded";
                    if answer.body["checkout_status"] == "failed" {
                        self.told_failed.push(attempt.into());
                    }
                    return;
                }
            }
            tokio::time::sleep(PAUSE * 2).await;
        }
    }

    /// Closes the challenge; another card may be used.
    async fn leave(&mut self, town: &Town) {
        for _ in 0..20 {
            let Some(state) = self.state(town).await else {
                return;
            };
            if state["attempt"]["phase"] == "new" {
                return;
            }
            let leave = json!({"attempt": state["attempt"]["id"]});
            let path = format!("/c/{}/cancel", self.session);
            town.once(town.post(&path, &leave)).await;
        }
    }

    /// Opens the checkout again, much later, and goes on where it stands.
    pub(crate) async fn come_back(&mut self, town: &Town) {
        let Some(state) = self.state(town).await else {
            return;
        };
        let token = state["attempt"]["actionRequiredToken"].as_str();
        if let Some(token) = token.filter(|token| !token.is_empty()) {
            self.resume(town, &payload(token)).await;
        }
    }
}
