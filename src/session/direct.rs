//! A session that no server of ours opened: the widget asks FunnelFox for it, and Primer for the
//! amount.
//!
//! Sources: FunnelFox `POST …/checkout/create_client_session` (envelope or bare object, errors
//! with HTTP 200), Primer `GET configurationUrl`.

use serde::Serialize;

use crate::{
    action::is_safe_url,
    client_token::{self, ClientToken},
    foreign,
    http::{Request, Response},
    json::{self, Fields},
    money::{Currency, Money},
    payment::{self, ApiError},
    sensitive::Sensitive,
};

use super::{Attempt, Capture, Mode, Phase, Purchase, SessionState, Standing, Tokenizer};

/// What the checkout server tells of an organisation whose pages pay at FunnelFox directly: the
/// answer of `GET /direct/{org}/config`. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// FunnelFox, before `/{org}/v1`.
    pub base_url: String,
    /// The organisation at FunnelFox.
    pub org: String,
    /// Which of its payment accounts.
    pub region: String,
    /// The merchant's name as shown.
    pub merchant: String,
    /// BCP 47 language of the texts.
    pub language: String,
    /// Now, in Unix seconds.
    pub server_time: i64,
    /// Whether plain http to loopback addresses is allowed.
    pub sandbox: bool,
    /// Where Primer's calls may go.
    pub primer_origins: Vec<String>,
    /// Origins that may hold the document in a frame.
    pub parent_origins: Vec<String>,
}

impl Shop {
    /// Reads the server's answer; `None` where anything of it can't be read.
    pub fn read(body: &str) -> Option<Self> {
        let value = json::parse(body.as_bytes())?;
        let fields = Fields::of(&value)?;
        let origins = |key| fields.each(key, |value| value.as_str().map(str::to_owned));
        let sandbox = fields.truth("sandbox")?;
        Some(Self {
            base_url: fields
                .text("baseUrl")
                .filter(|url| is_safe_url(url, sandbox))?,
            org: fields.text("org")?,
            region: fields.text("region")?,
            merchant: fields.text("merchant")?,
            language: fields.text("language")?,
            server_time: fields.integer("serverTime")?,
            sandbox,
            primer_origins: origins("primerOrigins")?,
            parent_origins: origins("parentOrigins")?,
        })
    }

    /// The payment contract's base.
    pub fn payment_base(&self) -> String {
        [&self.base_url, "/", &self.org, "/v1"].concat()
    }

    /// Whether `url` may be called as Primer's. A card goes nowhere else.
    pub fn is_primer(&self, url: &str) -> bool {
        // Behind `https://` or, in the sandbox, `http://`.
        let start = if url.starts_with("https") { 8 } else { 7 };
        let ends = |byte| matches!(byte, b'/' | b'?' | b'#');
        let end = url.bytes().skip(start).position(ends);
        let origin = url
            .get(..end.map_or(url.len(), |at| start + at))
            .unwrap_or_default();
        is_safe_url(url, self.sandbox)
            && self
                .primer_origins
                .iter()
                .any(|listed| match listed.strip_prefix("https://*") {
                    Some(domain) => origin.starts_with("https://") && origin.ends_with(domain),
                    None => listed == origin,
                })
    }
}

/// `create_client_session`: a client token for a price point and a customer.
pub fn open_request(shop: &Shop, purchase: &Purchase) -> Request {
    #[derive(Serialize)]
    struct Body<'a> {
        region: &'a str,
        integration_type: &'static str,
        pp_ident: &'a str,
        external_id: &'a str,
        email_address: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        country_code: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        client_metadata: Option<Metadata<'a>>,
    }
    #[derive(Serialize)]
    struct Metadata<'a> {
        reference: &'a str,
    }
    let body = json::write(&Body {
        region: &shop.region,
        integration_type: "primer",
        pp_ident: &purchase.price,
        external_id: &purchase.customer,
        email_address: &purchase.email,
        country_code: purchase.country.as_deref(),
        client_metadata: purchase
            .reference
            .as_deref()
            .map(|reference| Metadata { reference }),
    });
    let url = [&shop.payment_base(), "/checkout/create_client_session"].concat();
    let mut request = Request::post(url, body);
    request.deadline_ms = 15_000;
    request
}

/// A client token that opens a checkout, and the order that is paid in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    order_id: String,
    token: ClientToken,
}

/// What `create_client_session` came to. It charges nothing, so that it can be asked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// There is a session.
    Opened(Opened),
    /// There is none, for this reason.
    Refused(ApiError),
    /// The answer can't be used.
    Unusable,
}

/// Reads the answer of `create_client_session`. `now` is the server's time.
pub fn opened(response: &Response, shop: &Shop, now: i64) -> Reply {
    let value = json::parse(response.body.as_bytes());
    let Some(outer) = value.as_ref().and_then(Fields::of) else {
        return Reply::Unusable;
    };
    if let Some(error) = payment::refusal(outer, response) {
        return Reply::Refused(error);
    }
    let read = || {
        let inner = payment::inner(outer).filter(|_| (200..300).contains(&response.status))?;
        let token = ClientToken::read(inner.str("client_token")?)?;
        let reached = |url: &Option<String>| url.as_ref().is_some_and(|url| shop.is_primer(url));
        let fits = token.intent == "CHECKOUT"
            && !token.is_over(now)
            && reached(&token.configuration_url)
            && reached(&token.pci_url);
        Some(Opened {
            order_id: foreign::support_code(inner.str("order_id")?)?,
            token,
        })
        .filter(|_| fits)
    };
    read().map_or(Reply::Unusable, Reply::Opened)
}

impl Opened {
    /// Asks Primer what is to be paid.
    pub fn configuration_request(&self) -> Request {
        let url = self.token.configuration_url.clone().unwrap_or_default();
        client_token::get(url, &self.token.access_token)
    }

    /// What is to be paid, by Primer's answer.
    pub fn total(&self, response: &Response) -> Option<Money> {
        let value = json::parse(response.body.as_bytes()).filter(|_| response.status == 200)?;
        let order = Fields::of(&value)?.inner("clientSession")?.inner("order")?;
        let amount = order.integer("totalOrderAmount").filter(|sum| *sum > 0)?;
        let currency = Currency::parse(order.str("currencyCode")?).ok()?;
        Some(Money::new(amount, currency))
    }

    /// The session, once the amount is known.
    pub fn state(self, shop: &Shop, purchase: &Purchase, total: Money) -> SessionState {
        let url = self.token.pci_url.unwrap_or_default();
        let tokenizer = Tokenizer::Primer {
            url: [url.trim_end_matches('/'), "/payment-instruments"].concat(),
            access_token: self.token.access_token,
        };
        let ends = self.token.ends.unwrap_or(i64::MAX);
        let reference = purchase.reference.as_deref();
        SessionState {
            expires_at: ends,
            tokenizer,
            ..bare(shop, self.order_id, reference, total)
        }
    }
}

/// The session of an order that was begun before a reload: nothing can be paid in it.
pub(crate) fn bare(
    shop: &Shop,
    order_id: String,
    reference: Option<&str>,
    total: Money,
) -> SessionState {
    SessionState {
        org_id: shop.org.clone(),
        reference: reference.unwrap_or(&order_id).to_owned(),
        attempt: Attempt {
            id: order_id.clone(),
            phase: Phase::New,
            action_required_token: String::new(),
            req_id: String::new(),
        },
        order_id,
        merchant: shop.merchant.clone(),
        total,
        lines: Vec::new(),
        // FunnelFox says nothing of when the money is taken.
        capture: Capture::Automatic,
        language: shop.language.clone(),
        mode: Mode::Embedded,
        success_url: String::new(),
        cancel_url: String::new(),
        parent_origins: shop.parent_origins.clone(),
        server_time: shop.server_time,
        expires_at: 0,
        tokenizer: Tokenizer::Primer {
            url: String::new(),
            access_token: Sensitive::new(String::new()),
        },
        sandbox: shop.sandbox,
        features: Vec::new(),
        last: None,
        order: Standing::Open,
        reversal: None,
    }
}
