//! What the browser must know of an order's gateway: who turns the card into a token, and which
//! origins the checkout document may call for it.

use crate::session::Tokenizer;

use super::{Organisation, gateway::Gateway, order::Order};

/// `https://host:port` of an absolute URL.
pub(crate) fn origin_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find('/').map_or(url.len(), |at| start + at);
    &url[..end]
}

impl Organisation {
    /// Who turns the card of `order` into a token; `None` if the gateway is not in the settings.
    pub(crate) fn tokenizer(&self, order: &Order) -> Option<Tokenizer> {
        match order.gateway {
            Gateway::CheckoutCom => {
                let gateway = self.checkout_com.as_ref()?;
                Some(Tokenizer::CheckoutCom {
                    url: gateway.token_url.clone(),
                    public_key: gateway.public_key.clone(),
                })
            }
        }
    }

    /// The origins that the document of `order` calls beside our own.
    pub(crate) fn origins(&self, order: &Order) -> Vec<&str> {
        match order.gateway {
            Gateway::CheckoutCom => self
                .checkout_com
                .iter()
                .map(|gateway| origin_of(&gateway.token_url))
                .collect(),
        }
    }
}
