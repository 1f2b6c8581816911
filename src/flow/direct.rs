//! Paying at FunnelFox without a server of ours: the session is opened there, its amount is
//! Primer's word, and what a reload must know lies in the tab.
//!
//! There is no state to ask. What is sent, is sent once; where its outcome stays open, the
//! screen says so with the order's name, and no form that could charge again follows.

use super::{Effect, Effects, Flow, State, start::LOAD_DEADLINE_MS};
use crate::{
    embed::Told,
    http::{NoAnswer, Request, Response},
    sensitive::Sensitive,
    session::{
        Purchase, SessionState,
        direct::{self, Opened, Reply, Shop},
        marker::{Marker, Reached},
    },
};

use super::state::Known;

/// Where the checkout server is that knows the organisation's account at FunnelFox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `https://checkout.example`, without a slash at the end.
    pub origin: String,
    /// The organisation there.
    pub org: String,
}

/// What is known without a session.
#[derive(Clone, Debug)]
pub(super) struct Direct {
    place: Place,
    shop: Option<Shop>,
    shop_at_ms: u64,
    purchase: Option<Purchase>,
    /// What the tab remembers was asked for and told.
    recalled: bool,
    /// What it remembers now.
    marker: Option<Marker>,
    opened: Option<Opened>,
    /// The token of the action under way.
    pub(super) action: Sensitive<String>,
}

impl Direct {
    fn now(&self, now_ms: u64) -> i64 {
        let passed = now_ms.saturating_sub(self.shop_at_ms) / 1000;
        let told = self.shop.as_ref().map_or(0, |shop| shop.server_time);
        told.saturating_add(i64::try_from(passed).unwrap_or(i64::MAX))
    }

    /// The name under which the tab remembers this purchase.
    fn key(&self) -> String {
        let mut key = ["fanfare-checkout/", &self.place.org].concat();
        if let Some(purchase) = &self.purchase {
            let reference = purchase.reference.as_deref().unwrap_or_default();
            for part in [&purchase.price, &purchase.customer, reference] {
                key.push('/');
                key.push_str(part);
            }
        }
        key
    }
}

impl Flow {
    /// A machine that pays at FunnelFox, and has not started.
    pub fn direct(place: Place) -> Self {
        let mut flow = Self::new(super::Backend {
            origin: place.origin.clone(),
            session: String::new(),
        });
        flow.direct = Some(Box::new(Direct {
            place,
            shop: None,
            shop_at_ms: 0,
            purchase: None,
            recalled: false,
            marker: None,
            opened: None,
            action: Sensitive::default(),
        }));
        flow
    }

    /// Origins that may hold the document in a frame, once they are known.
    pub fn parents(&self) -> Option<&[String]> {
        let shop = self.direct.as_ref().and_then(|direct| direct.shop.as_ref());
        match (self.session(), shop) {
            (Some(session), _) => Some(&session.parent_origins),
            (None, shop) => shop.map(|shop| shop.parent_origins.as_slice()),
        }
    }

    /// The payment contract's base at FunnelFox.
    pub(super) fn direct_base(&self) -> Option<String> {
        let shop = self.direct.as_ref()?.shop.as_ref()?;
        Some(shop.payment_base())
    }

    /// The next request on the way to the form.
    pub(super) fn opening(&self) -> Option<Request> {
        let direct = self.direct.as_ref()?;
        Some(match (&direct.shop, &direct.purchase, &direct.opened) {
            (Some(_), Some(_), Some(opened)) => opened.configuration_request(),
            (Some(shop), Some(purchase), None) => direct::open_request(shop, purchase),
            _ => {
                let Place { origin, org } = &direct.place;
                Request::get([origin, "/direct/", org, "/config"].concat())
            }
        })
    }

    /// The page says what is bought. Only its first word counts.
    pub(super) fn bought(&mut self, purchase: Purchase) -> Effects {
        match &mut self.direct {
            Some(direct) if direct.purchase.is_none() => {
                direct.purchase = Some(purchase);
                self.go_on()
            }
            _ => Effects::new(),
        }
    }

    /// As soon as shop and purchase are known, the tab is asked what it remembers; then a session
    /// is opened.
    fn go_on(&mut self) -> Effects {
        let Some(direct) = &self.direct else {
            return Effects::new();
        };
        if direct.shop.is_none() || direct.purchase.is_none() {
            return Effects::new();
        }
        if direct.recalled {
            return self.load();
        }
        vec![Effect::Recall { key: direct.key() }]
    }

    /// Sends the next request on the way to the form, within a deadline of its own.
    pub(super) fn load(&mut self) -> Effects {
        let asks = self.asks();
        self.enter(State::Loading(asks));
        vec![self.ask(), self.after(LOAD_DEADLINE_MS)]
    }

    /// Begins again: a client token that got no further is not tried twice.
    pub(super) fn start_direct(&mut self) -> Effects {
        if let Some(direct) = &mut self.direct {
            direct.opened = None;
        }
        self.load()
    }

    /// What the tab remembers of this purchase.
    pub(super) fn recalled(&mut self, text: Option<&Sensitive<String>>) -> Effects {
        let now_ms = self.now_ms;
        let Some(direct) = self.direct.as_mut().filter(|direct| !direct.recalled) else {
            return Effects::new();
        };
        direct.recalled = true;
        let now = direct.now(now_ms);
        // EXPOSE: the marker is read where it was written.
        let marker = text.and_then(|text| Marker::read(text.expose(), now));
        direct.marker.clone_from(&marker);
        match (marker, &direct.shop, &direct.purchase) {
            (Some(marker), Some(shop), Some(purchase)) => {
                let reference = purchase.reference.as_deref();
                let session = direct::bare(shop, marker.order_id.clone(), reference, marker.total);
                self.know(session);
                self.remembered(marker)
            }
            _ => self.load(),
        }
    }

    /// Goes on where the page was left.
    fn remembered(&mut self, marker: Marker) -> Effects {
        let attempt = marker.order_id;
        match marker.reached {
            Reached::Creating => self.unknown(),
            Reached::Processing => self.processing(attempt),
            Reached::Done => self.succeed(),
            // EXPOSE: the action goes on with its own token.
            Reached::Action(token) => self.act(attempt, 0, token.expose()),
        }
    }

    fn know(&mut self, session: SessionState) {
        let Some(direct) = &self.direct else {
            return;
        };
        self.session = Some(Known {
            order_id: session.order_id.clone(),
            session,
            at_ms: direct.shop_at_ms,
            used: 0,
        });
    }

    /// An answer on the way to the form.
    pub(super) fn opened(&mut self, result: Result<Response, NoAnswer>) -> Effects {
        let now_ms = self.now_ms;
        let Some(direct) = &mut self.direct else {
            return Effects::new();
        };
        let status = result.as_ref().map_or(0, |response| response.status);
        let Ok(response) = result else {
            return self.not_told(status, None);
        };
        let now = direct.now(now_ms);
        match (&direct.shop, &direct.purchase, direct.opened.take()) {
            (Some(shop), Some(purchase), Some(opened)) => {
                if let Some(total) = opened.total(&response) {
                    let session = opened.state(shop, purchase, total);
                    self.know(session);
                    return self.first_form();
                }
                direct.opened = Some(opened);
            }
            (Some(shop), Some(_), None) => match direct::opened(&response, shop, now) {
                Reply::Opened(opened) => {
                    direct.opened = Some(opened);
                    return self.load();
                }
                Reply::Refused(error) => return self.not_opened(&error.code, status),
                Reply::Unusable => {}
            },
            _ => {
                let shop = Shop::read(&response.body).filter(|_| status == 200);
                if shop.is_some() {
                    direct.shop = shop;
                    direct.shop_at_ms = now_ms;
                    return self.go_on();
                }
            }
        }
        self.not_told(status, None)
    }

    /// FunnelFox opens no session.
    fn not_opened(&mut self, code: &str, status: u16) -> Effects {
        if code == "double_purchase" {
            return self.owned();
        }
        match super::pay::blamed(code) {
            Some(code) => self.unavailable(false, code),
            None => self.not_told(status, None),
        }
    }

    /// The customer has it already: nothing was charged for it again.
    pub(super) fn owned(&mut self) -> Effects {
        self.notice = None;
        self.enter(State::Owned);
        vec![
            Effect::ClearCard,
            Effect::Tell(Told::Error {
                code: "double_purchase",
            }),
        ]
    }

    /// Whether the next payment needs a new session first: after a reload in the middle of a
    /// payment that came to nothing, or at the client token's end.
    pub(super) fn is_spent(&self) -> bool {
        if self.direct.is_none() {
            return false;
        }
        let known = self.session().zip(self.server_now());
        known.is_some_and(|(session, now)| session.expires_at <= now)
    }

    /// The tab's memory, where it has to change: told before anything is sent.
    pub(super) fn remember(&mut self) -> Option<Effect> {
        let marker = self.marker();
        let now_ms = self.now_ms;
        let direct = self.direct.as_mut().filter(|direct| direct.recalled)?;
        if marker == direct.marker {
            return None;
        }
        let now = direct.now(now_ms);
        let written = marker.as_ref().map(|marker| marker.write(now));
        direct.marker = marker;
        Some(Effect::Remember {
            key: direct.key(),
            marker: written,
        })
    }

    /// What a reload has to know of the payment.
    fn marker(&self) -> Option<Marker> {
        let direct = self.direct.as_ref()?;
        let reached = match &self.state {
            State::Creating(_) | State::Resuming { .. } | State::Checking(_) | State::Unknown => {
                Reached::Creating
            }
            State::Action(_) => Reached::Action(direct.action.clone()),
            State::Processing(_) => Reached::Processing,
            State::Paid | State::Authorised => Reached::Done,
            _ => return None,
        };
        Some(Marker {
            order_id: self.order_id(),
            total: self.session()?.total,
            reached,
        })
    }
}
