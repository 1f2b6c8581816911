//! Runs a program on a fresh order.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    bank::Bank,
    claim::{checkout, payload},
    program::{Answer, Card, Step},
    rules::{Rules, left_open},
    server::{DEADLINE, Server, Told, request},
};

/// Longer than any pause between two questions about an attempt, in milliseconds.
const A_MINUTE: i64 = 61_000;

struct Story {
    server: Server,
    bank: Bank,
    rules: Rules,
    order: String,
    sessions: Vec<String>,
    /// Attempt and token of the last `create_payment`.
    last: Option<(String, String)>,
    tokens: usize,
}

/// Runs `steps` and tells which rule broke.
pub(crate) async fn run(steps: &[Step]) -> Result<(), String> {
    let bank = Bank::open(DEADLINE).await;
    let mut story = Story {
        server: Server::start(&bank.base).await,
        bank,
        rules: Rules::default(),
        order: String::new(),
        sessions: Vec::new(),
        last: None,
        tokens: 0,
    };
    let result = story.live(steps).await;
    story.server.stop().await;
    result
}

impl Story {
    async fn live(&mut self, steps: &[Step]) -> Result<(), String> {
        self.open().await;
        for step in steps {
            self.step(*step).await?;
        }
        // What is at the bank may stay there; everything else comes to an end.
        self.bank.forget_faults();
        self.idle().await?;
        for answer in [Answer::Approve, Answer::Refuse]
            .into_iter()
            .cycle()
            .take(12)
        {
            self.bank.decide(false, answer);
        }
        let order = self.idle().await?;
        self.rules.end(&self.bank, &order)
    }

    async fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Pay { tab, card } => {
                if let Some(attempt) = self.free_attempt(tab).await? {
                    let token = self.token(card);
                    self.pay(attempt, token).await?;
                }
            }
            Step::Both { one, other } => {
                let calls = [self.token(one), self.token(other)]
                    .map(|token| (format!("own-{token}"), token));
                let [a, b] = calls
                    .clone()
                    .map(|(attempt, token)| self.create(&attempt, &token));
                let (a, b) = tokio::join!(a, b);
                for ((attempt, _), told) in calls.iter().zip([a, b]) {
                    self.hear(attempt, told)?;
                }
            }
            Step::Repeat => {
                if let Some((attempt, token)) = self.last.clone() {
                    self.pay(attempt, token).await?;
                }
            }
            Step::Bank { oldest, answer } => self.bank.decide(oldest, answer),
            Step::Answer { answer } => {
                self.bank.decide(false, answer);
                self.come_back().await?;
            }
            Step::ComeBack => self.come_back().await?,
            Step::Leave => {
                let state = self.state(0).await?;
                let leave = json!({"attempt": state["attempt"]["id"]});
                self.cancel(0, &leave).await?;
            }
            Step::GiveUp { tab } => self.cancel(tab, &json!({})).await?,
            Step::Open => self.open().await,
            Step::Expire => self.server.expire().await,
            Step::Wait { seconds } => {
                self.server.pass(seconds * 1000).await;
                tokio::time::sleep(Duration::from_millis(60)).await;
            }
            Step::Fault { fault } => self.bank.order(fault),
            Step::Crash => self.server.restart().await,
            Step::CrashIn { card, ms } => {
                let Some(attempt) = self.free_attempt(0).await? else {
                    return Ok(());
                };
                let token = self.token(card);
                let call = self.create(&attempt, &token);
                self.last = Some((attempt, token));
                tokio::time::sleep(Duration::from_millis(ms)).await;
                self.server.restart().await;
                drop(call);
            }
        }
        Ok(())
    }

    /// Settles until nothing is open but what is at the bank.
    async fn idle(&mut self) -> Result<Value, String> {
        let mut order = Value::Null;
        for _ in 0..40 {
            self.server.pass(A_MINUTE).await;
            tokio::time::sleep(Duration::from_millis(80)).await;
            order = self.order().await?;
            if left_open(&self.bank, &order).is_empty() {
                // Once more: a decision of the bank is learnt by asking.
                self.server.pass(A_MINUTE).await;
                tokio::time::sleep(Duration::from_millis(120)).await;
                order = self.order().await?;
                if left_open(&self.bank, &order).is_empty() {
                    return Ok(order);
                }
            }
        }
        Err(format!("never idle: {order}"))
    }

    fn token(&mut self, card: Card) -> String {
        self.tokens += 1;
        let kind = match card {
            Card::Good => "good",
            Card::Poor => "poor",
            Card::Asked => "asked",
        };
        format!("tok_{kind}_{}", self.tokens)
    }

    /// The shop opens a session; a paid order is refused.
    async fn open(&mut self) {
        let body = checkout("ORD-1");
        let headers = [("authorization", "Bearer sk_test_demo")];
        let told = self
            .server
            .send(request("/checkout", &headers, Some(&body)));
        let Some((200, body)) = told.await else {
            return;
        };
        self.order = body["orderId"].as_str().unwrap().into();
        let url = body["checkoutUrl"].as_str().unwrap();
        self.sessions.push(url.rsplit('/').next().unwrap().into());
    }

    fn session(&self, tab: usize) -> &str {
        &self.sessions[tab % self.sessions.len()]
    }

    async fn state(&mut self, tab: usize) -> Result<Value, String> {
        let path = format!("/c/{}/state", self.session(tab));
        let (status, body) = self.server.send(request(&path, &[], None)).await.unwrap();
        if status != 200 {
            return Err(format!("state: {status} {body}"));
        }
        self.rules.order(&self.bank, &body)?;
        Ok(body)
    }

    async fn order(&mut self) -> Result<Value, String> {
        let path = format!("/orders/{}", self.order);
        let headers = [("authorization", "Bearer sk_test_demo")];
        let told = self.server.send(request(&path, &headers, None));
        let (status, body) = told.await.unwrap();
        if status != 200 {
            return Err(format!("order: {status} {body}"));
        }
        self.rules.order(&self.bank, &body)?;
        Ok(body)
    }

    /// The attempt id the state hands out, if a widget would offer to pay.
    async fn free_attempt(&mut self, tab: usize) -> Result<Option<String>, String> {
        let state = self.state(tab).await?;
        let free = state["order"] == "open" && state["attempt"]["phase"] == "new";
        Ok(free.then(|| state["attempt"]["id"].as_str().unwrap().to_owned()))
    }

    fn create(&self, attempt: &str, token: &str) -> impl Future<Output = Option<Told>> + use<> {
        let body = json!({"payment_method_token": token, "order_id": self.order});
        let path = "/demo/v1/checkout/create_payment";
        let headers = [("idempotency-key", attempt)];
        self.server.send(request(path, &headers, Some(&body)))
    }

    async fn pay(&mut self, attempt: String, token: String) -> Result<(), String> {
        let told = self.create(&attempt, &token).await;
        let heard = self.hear(&attempt, told);
        self.last = Some((attempt, token));
        heard
    }

    fn hear(&mut self, attempt: &str, told: Option<Told>) -> Result<(), String> {
        told.map_or(Ok(()), |told| self.rules.answer(&self.bank, attempt, &told))
    }

    async fn cancel(&mut self, tab: usize, body: &Value) -> Result<(), String> {
        let path = format!("/c/{}/cancel", self.session(tab));
        let told = self.server.send(request(&path, &[], Some(body)));
        let (status, body) = told.await.unwrap();
        match status {
            200 => self.rules.order(&self.bank, &body),
            409 => Ok(()),
            _ => Err(format!("cancel: {status} {body}")),
        }
    }

    /// Back from the bank: the return page, the action's status, `resume_payment`.
    async fn come_back(&mut self) -> Result<(), String> {
        let state = self.state(0).await?;
        let token = state["attempt"]["actionRequiredToken"].as_str();
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return Ok(());
        };
        let action = payload(token);
        let status = action["statusUrl"].as_str().unwrap();
        let path = &status[status.find("/c/").unwrap()..];
        let attempt = path.rsplit('/').next().unwrap();
        let back = path.replace("/action/", "/return?attempt=");
        self.server.send(request(&back, &[], None)).await;
        let headers = [(
            "primer-client-token",
            action["accessToken"].as_str().unwrap(),
        )];
        let (_, done) = self
            .server
            .send(request(path, &headers, None))
            .await
            .unwrap();
        if done["status"] != "COMPLETE" {
            return Ok(());
        }
        let body = json!({"resume_token": done["id"], "order_id": self.order});
        let resume = request("/demo/v1/checkout/resume_payment", &[], Some(&body));
        let told = self.server.send(resume).await;
        self.hear(attempt, told)
    }
}
