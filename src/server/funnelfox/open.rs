//! An order's client session at FunnelFox. What is shown is what is charged: a session for
//! another amount than the claim's is none.

use std::time::Instant;

use crate::{
    http::{Request, Response},
    money::Money,
    provider::funnelfox::{Buyer, ClientToken, Opened, sum_of},
    server::{
        Organisation, Server,
        order::{Order, Settled},
        settings::FunnelFox,
        store::{ClientSession, StoreError, now_ms},
    },
    session::Tokenizer,
};

/// A client session that ends sooner is replaced, in seconds.
const LEAST_LEFT_S: i64 = 10 * 60;

/// Why there is no client session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CannotOpen {
    /// The price point is unknown or costs something else.
    Price(String),
    /// FunnelFox does not take the customer.
    Customer(String),
    /// It could not be found out.
    Later(String),
}

impl CannotOpen {
    fn words(&self) -> &str {
        match self {
            Self::Price(why) | Self::Customer(why) | Self::Later(why) => why,
        }
    }
}

/// Why the browser can't be told who turns the card into a token.
#[derive(Debug)]
pub(crate) enum Untold {
    /// The gateway is not in the settings.
    NoGateway,
    /// FunnelFox has no session for the order now.
    NoSession,
    /// The store could not be used.
    Store(StoreError),
}

impl From<StoreError> for Untold {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn compare(response: &Response, total: Money, price: &str) -> Result<(), CannotOpen> {
    match sum_of(response) {
        Some((amount, currency)) if amount == total.minor && currency == total.currency.code() => {
            Ok(())
        }
        Some((amount, currency)) => Err(CannotOpen::Price(format!(
            "the price point {price} costs {amount} {currency} in minor units, and the order \
             {} {}: give both the same price",
            total.minor,
            total.currency.code()
        ))),
        None => Err(CannotOpen::Later(
            "Primer's configuration told no amount".into(),
        )),
    }
}

impl Server {
    /// Calls without an attempt: timed and logged.
    async fn prepare(&self, call: &str, request: &Request) -> Option<Response> {
        let started = Instant::now();
        let (heard, _) = self.sender.send(request).await;
        let status = heard.as_ref().ok().map(|response| response.status);
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(call, status, ms, "gateway called");
        heard.ok()
    }

    /// Opens a client session for `order_id` and compares what it costs with `total`.
    pub(crate) async fn open_client_session(
        &self,
        fox: &FunnelFox,
        buyer: &Buyer,
        total: Money,
        order_id: &str,
    ) -> Result<ClientSession, CannotOpen> {
        let later = |why: &str| CannotOpen::Later(why.to_owned());
        let request = fox.account().open(buyer, order_id);
        let answer = self.prepare("POST create_client_session", &request).await;
        let answer = answer.ok_or_else(|| later("FunnelFox gave no answer"))?;
        let (jwt, order) = match Opened::read(&answer) {
            Opened::Session {
                client_token,
                order,
            } => (client_token, order),
            Opened::Refused { code, message } => {
                let why = format!("FunnelFox answered {code}: {message}");
                return Err(match code.as_str() {
                    "invalid_price" => CannotOpen::Price(why),
                    "invalid_customer" => CannotOpen::Customer(why),
                    _ => CannotOpen::Later(why),
                });
            }
            Opened::Unreadable => {
                return Err(later("FunnelFox's answer could not be read"));
            }
        };
        let token = ClientToken::read(&jwt, self.settings.sandbox)
            .ok_or_else(|| later("FunnelFox's client token could not be read"))?;
        if !fox.is_primer(&token.pci_url) || !fox.is_primer(&token.configuration_url) {
            return Err(CannotOpen::Later(format!(
                "FunnelFox's client token leads to {}, which is not among primer_origins",
                token.pci_url
            )));
        }
        self.costs(&token, total, &buyer.price).await?;
        Ok(ClientSession::of(order, jwt, &token))
    }

    /// Whether the price is still the order's.
    pub(super) async fn costs(
        &self,
        token: &ClientToken,
        total: Money,
        price: &str,
    ) -> Result<(), CannotOpen> {
        let answer = self
            .prepare("GET configuration", &token.configuration())
            .await;
        let answer =
            answer.ok_or_else(|| CannotOpen::Later("Primer gave no configuration".into()))?;
        compare(&answer, total, price)
    }

    /// The client session for a new checkout of `reference`; `None` if the order has one that
    /// lasts, or if none can be had now: then the first state opens it.
    ///
    /// # Errors
    /// The claim names a price point or customer that can't be used like this.
    pub(crate) async fn first_client_session(
        &self,
        owner: &Organisation,
        reference: &str,
        buyer: &Buyer,
        total: Money,
        order_id: &str,
    ) -> Result<Option<ClientSession>, CannotOpen> {
        let Some(fox) = &owner.funnelfox else {
            return Ok(None);
        };
        let known = self.store.order_of_reference(&owner.id, reference).await;
        let mut own = order_id.to_owned();
        if let Ok(Some(order)) = known {
            let kept = self.store.client_session(&order.id).await.ok().flatten();
            let same = order.total == total && order.buyer.as_ref() == Some(buyer);
            let lasts = |kept: &ClientSession| kept.lasts(now_ms() / 1000, LEAST_LEFT_S);
            if order.settled != Settled::Open || same && kept.as_ref().is_some_and(lasts) {
                return Ok(None);
            }
            own = order.id;
        }
        match self.open_client_session(fox, buyer, total, &own).await {
            Ok(session) => Ok(Some(session)),
            Err(CannotOpen::Later(why)) => {
                tracing::warn!(org = owner.id, reference, "no client session yet: {why}");
                Ok(None)
            }
            Err(refused) => Err(refused),
        }
    }

    /// Who turns the card of `order` into a token. `busy` is whether something of it is open or
    /// done, so that its client session must stay.
    pub(crate) async fn tokenizer(&self, order: &Order, busy: bool) -> Result<Tokenizer, Untold> {
        let owner = self.organisation(&order.org).ok_or(Untold::NoGateway)?;
        if let Some(public) = owner.public_tokenizer(order.gateway) {
            return Ok(public);
        }
        let (Some(fox), Some(buyer)) = (&owner.funnelfox, &order.buyer) else {
            return Err(Untold::NoGateway);
        };
        let kept = self.store.client_session(&order.id).await?;
        let now = now_ms() / 1000;
        let stays = |kept: &ClientSession| busy || kept.lasts(now, LEAST_LEFT_S);
        if !kept.as_ref().is_some_and(stays) {
            match self
                .open_client_session(fox, buyer, order.total, &order.id)
                .await
            {
                Ok(fresh) => {
                    self.store
                        .keep_client_session(order, kept.as_ref(), &fresh)
                        .await?;
                }
                Err(why) => {
                    tracing::warn!(order = order.id, "no client session: {}", why.words());
                    self.store
                        .operator_needed(&order.id, None, why.words())
                        .await?;
                    // The old one may do for a while, where only the way there is down.
                    let old = kept.is_some_and(|kept| kept.lasts(now, 0));
                    if !old || !matches!(why, CannotOpen::Later(_)) {
                        return Err(Untold::NoSession);
                    }
                }
            }
        }
        let kept = self.store.client_session(&order.id).await?;
        let token = kept
            .and_then(|kept| ClientToken::read(&kept.client_token, self.settings.sandbox))
            .ok_or(Untold::NoSession)?;
        Ok(Tokenizer::Primer {
            url: token.token_url(),
            access_token: token.access_token,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CannotOpen, compare};
    use crate::{
        http::Response,
        money::{Currency, Money},
    };

    #[test]
    fn t20_a_price_point_that_costs_something_else_opens_nothing() {
        let total = Money::new(3500, Currency::parse("EUR").unwrap());
        let told = |amount: &str, currency: &str| {
            let body = format!(
                "{{\"clientSession\":{{\"order\":{{\"totalOrderAmount\":{amount},\
                 \"currencyCode\":\"{currency}\"}}}}}}"
            );
            let response = Response {
                status: 200,
                body,
                ..Response::default()
            };
            compare(&response, total, "p")
        };
        assert_eq!(told("3500", "EUR"), Ok(()));
        for (amount, currency) in [("3501", "EUR"), ("3500", "USD"), ("35", "EUR")] {
            assert!(matches!(
                told(amount, currency),
                Err(CannotOpen::Price(why)) if why.contains(amount)
            ));
        }
        for odd in ["35.0", "null", "\"3500\""] {
            assert!(
                matches!(told(odd, "EUR"), Err(CannotOpen::Later(_))),
                "{odd}"
            );
        }
    }
}
