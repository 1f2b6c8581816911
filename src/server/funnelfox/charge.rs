//! The two calls that move money at FunnelFox. Each is made once: it is written down before, and
//! whatever comes of it, it is never sent again.

use std::sync::Arc;

use crate::{
    action::{self, Action, Progress},
    http::{NoAnswer, Request},
    outcome::FailureKind,
    payment::{self, Reply},
    provider::funnelfox::ClientToken,
    sensitive::Sensitive,
    server::{
        Server,
        attempt::{Attempt, OperatorSays, Phase},
        call::Call,
        decide::Seen,
        order::Order,
        random,
        said::{Reading, Said, Standing, Step},
        store::{StoreError, now_ms},
    },
};

/// For the operator: what to do about an outcome that nobody will tell.
const LOOK_THERE: &str = "FunnelFox gave no clear answer and can't be asked: look there how the \
     order stands, then say it with --outcome";

/// Stands for the order there of an attempt that was given up before its call.
pub(super) const NEVER_SENT: &str = "-";

/// What became of a question's end.
enum Resumed {
    /// It was passed on here, and this came of it.
    Seen(Seen),
    /// Somebody else passes it on, or has.
    Elsewhere,
}

impl Server {
    fn lease_ms(&self) -> i64 {
        let deadline = self.settings.gateway_deadline + std::time::Duration::from_secs(5);
        i64::try_from(deadline.as_millis()).unwrap_or(30_000)
    }

    /// Charges a freshly stored attempt at FunnelFox.
    pub(crate) async fn charge_at_funnelfox(
        &self,
        order: &Order,
        attempt: &Attempt,
    ) -> Result<Seen, StoreError> {
        let fox = self
            .organisation(&attempt.org)
            .and_then(|organisation| organisation.funnelfox.as_ref());
        let session = self.store.client_session(&order.id).await?;
        let (Some(fox), Some(session), Some(buyer), Some(token)) =
            (fox, session, &order.buyer, &attempt.token)
        else {
            return Ok(Seen::NotSent);
        };
        // The price point may cost something else by now: nothing is charged but what was shown.
        let client = ClientToken::read(&session.client_token, self.settings.sandbox);
        let Some(client) = client else {
            return Ok(Seen::NotSent);
        };
        if let Err(why) = self.costs(&client, attempt.total, &buyer.price).await {
            return Ok(match why {
                super::CannotOpen::Later(_) => Seen::NotSent,
                super::CannotOpen::Price(why) | super::CannotOpen::Customer(why) => {
                    self.store
                        .operator_needed(&order.id, Some(&attempt.id), &why)
                        .await?;
                    Seen::Rejected(FailureKind::MerchantMisconfiguration)
                }
            });
        }
        let sending = self
            .store
            .sending(attempt, &session.gateway_order, self.lease_ms())
            .await?;
        if !sending {
            // It took too long, and was given up meanwhile.
            return Ok(Seen::NoAnswer);
        }
        let request = fox
            .account()
            .pay(&session.gateway_order, token, &attempt.id);
        let seen = self.pass_on(attempt, Step::Create, &request).await?;
        if let Seen::Said(Said {
            standing:
                Standing::Declined(FailureKind::CardAgain | FailureKind::MerchantMisconfiguration),
            ..
        }) = &seen
        {
            // It refused the order or the price: the next payment gets a session of its own.
            self.store.forget_client_session(&order.id).await?;
        }
        Ok(seen)
    }

    /// Makes one of the two calls and reads what came back.
    async fn pass_on(
        &self,
        attempt: &Attempt,
        step: Step,
        request: &Request,
    ) -> Result<Seen, StoreError> {
        let owner = self.organisation(&attempt.org);
        let fox = owner.and_then(|owner| owner.funnelfox.as_ref());
        let reading = Reading {
            step,
            now: now_ms() / 1000,
            sandbox: self.settings.sandbox,
            actions: attempt.actions,
        };
        let call = match step {
            Step::Create => Call::CreatePayment,
            Step::Resume => Call::ResumePayment,
        };
        let seen = self
            .call(attempt, call, request, |heard| {
                let never_sent = heard == Err(NoAnswer::NotSent);
                let said = heard.ok().and_then(|response| {
                    let reply: Reply = payment::decode(&response);
                    Said::read(reply, response.status, reading, |url| {
                        fox.is_some_and(|fox| fox.is_primer(url))
                    })
                });
                let words = said
                    .as_ref()
                    .map_or_else(|| "no clear answer".to_owned(), |said| said.words.clone());
                let seen = match said {
                    Some(said) => Seen::Said(said),
                    None if never_sent => Seen::NotSent,
                    None => Seen::NoAnswer,
                };
                (seen, words)
            })
            .await;
        if matches!(seen, Seen::NoAnswer) {
            self.store
                .operator_needed(&attempt.order_id, Some(&attempt.id), LOOK_THERE)
                .await?;
        }
        Ok(seen)
    }

    /// What there is to learn of an attempt: whether the bank's question is over. FunnelFox
    /// itself can't be asked. `None` is nothing.
    pub(crate) async fn look_at_funnelfox(
        &self,
        attempt: &Attempt,
    ) -> Result<Option<Seen>, StoreError> {
        if attempt.phase != Phase::Creating
            && let Some(says) = attempt.operator_says
        {
            let standing = match says {
                OperatorSays::Charged => Standing::Settled,
                OperatorSays::NotCharged => Standing::Declined(FailureKind::Other),
            };
            let words = format!("{}, by the operator's word", says.name());
            return Ok(Some(Seen::Said(Said::of(standing, words))));
        }
        match (attempt.phase, &attempt.action_token) {
            // Whoever was about to call is gone, and had not come to it.
            (Phase::Creating, _) if attempt.gateway_order.is_empty() => {
                let unsent = self.store.sending(attempt, NEVER_SENT, 0).await?;
                Ok(unsent.then_some(Seen::NotSent))
            }
            (Phase::Creating, _) => {
                self.store
                    .operator_needed(&attempt.order_id, Some(&attempt.id), LOOK_THERE)
                    .await?;
                Ok(Some(Seen::NoAnswer))
            }
            (Phase::Action | Phase::Processing, Some(token)) => {
                let Some((action, id)) = self.question_is_over(attempt, token).await else {
                    return Ok(None);
                };
                match self.resume_at_funnelfox(attempt, &action, &id).await? {
                    Resumed::Seen(seen) => Ok(Some(seen)),
                    Resumed::Elsewhere => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    /// The resume token of the attempt's question, if the shopper is done with it.
    async fn question_is_over(
        &self,
        attempt: &Attempt,
        token: &Sensitive<String>,
    ) -> Option<(Sensitive<String>, Sensitive<String>)> {
        // The time it ends at says how long the shopper has, not how long the bank may be asked.
        // EXPOSE: its addresses are read.
        let Ok(action) = action::decode(token.expose(), 0, self.settings.sandbox) else {
            return None;
        };
        match self.status_call(attempt, &action).await {
            Progress::Complete(id) => Some((token.clone(), id)),
            Progress::Pending => None,
        }
    }

    async fn status_call(&self, attempt: &Attempt, action: &Action) -> Progress {
        let request = action::status_request(action);
        self.call(attempt, Call::ActionStatus, &request, |heard| {
            let progress = heard.as_ref().map_or(Progress::Pending, action::progress);
            let words = match (&progress, &heard) {
                (Progress::Complete(_), _) => "the shopper is done there",
                (Progress::Pending, Ok(_)) => "the shopper is not done there",
                (Progress::Pending, Err(_)) => "no clear answer",
            };
            (progress, words.to_owned())
        })
        .await
    }

    /// Passes the end of the question `action` on, once.
    async fn resume_at_funnelfox(
        &self,
        attempt: &Attempt,
        action: &Sensitive<String>,
        id: &Sensitive<String>,
    ) -> Result<Resumed, StoreError> {
        let fox = self
            .organisation(&attempt.org)
            .and_then(|organisation| organisation.funnelfox.as_ref());
        let Some(fox) = fox else {
            return Ok(Resumed::Elsewhere);
        };
        let hash = self.resume_hash(id);
        let taken = self
            .store
            .take_resume(attempt, action, &hash, self.lease_ms())
            .await?;
        if !taken {
            return Ok(Resumed::Elsewhere);
        }
        let order = attempt
            .gateway_payment_id
            .as_deref()
            .unwrap_or(&attempt.gateway_order);
        let request = fox.account().resume(order, id);
        match self.pass_on(attempt, Step::Resume, &request).await? {
            // Nothing has left this machine: it is passed on later.
            Seen::NotSent => {
                self.store.put_back(attempt, action, &hash).await?;
                Ok(Resumed::Elsewhere)
            }
            seen => Ok(Resumed::Seen(seen)),
        }
    }

    fn resume_hash(&self, token: &Sensitive<String>) -> String {
        // EXPOSE: only a keyed hash is kept.
        random::keyed_hash(self.signing_key.expose(), token.expose())
    }

    /// `resume_payment` of the widget: the attempt as it stands after, or `None` if the token is
    /// not of this order. A token that Primer does not show at the end of the open question is
    /// not passed on.
    pub(crate) async fn resume_passed_on(
        self: &Arc<Self>,
        order: &Order,
        token: &Sensitive<String>,
    ) -> Result<Option<Attempt>, StoreError> {
        let hash = self.resume_hash(token);
        if let Some(attempt) = self.store.attempt_resumed(&order.id, &hash).await? {
            return self.once_called(attempt).await.map(Some);
        }
        let attempts = self.store.attempts_of(&order.id).await?;
        let open = attempts
            .into_iter()
            .find(|attempt| attempt.is_open() && attempt.action_token.is_some());
        let Some((attempt, action)) = open.and_then(|attempt| {
            let action = attempt.action_token.clone()?;
            Some((attempt, action))
        }) else {
            return Ok(None);
        };
        self.store.asked(&attempt).await?;
        let Some((_, shown)) = self.question_is_over(&attempt, &action).await else {
            // Not over by what Primer says now: the question stands. It is not told here, where
            // nobody has proved to have answered it.
            return Ok(Some(Attempt {
                phase: Phase::Processing,
                ..attempt
            }));
        };
        if self.resume_hash(&shown) != hash {
            return Ok(None);
        }
        let server = Arc::clone(self);
        let asked = attempt.clone();
        let mut done = self.start(&attempt, async move {
            match server.resume_at_funnelfox(&asked, &action, &shown).await? {
                Resumed::Seen(seen) => server.settle_seen(&asked, &seen).await.map(|_| ()),
                Resumed::Elsewhere => Ok(()),
            }
        });
        // Ends when the task drops its side; the deadline of the gateway bounds it.
        while done.changed().await.is_ok() {}
        let current = self.store.attempt(&attempt.order_id, &attempt.id).await?;
        self.once_called(current.unwrap_or(attempt)).await.map(Some)
    }
}
