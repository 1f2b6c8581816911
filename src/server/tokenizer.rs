//! What the browser must know of a gateway by the settings alone: who turns the card into a token
//! by a public key, and which origins the checkout document may call.

use crate::session::Tokenizer;

use super::{Organisation, checkout::urls::origin_of, gateway::Gateway};

impl Organisation {
    /// Who turns a card into a token for `gateway`, where that is the same for every order;
    /// `None` if the gateway is not in the settings or opens a session for each.
    pub(crate) fn public_tokenizer(&self, gateway: Gateway) -> Option<Tokenizer> {
        match gateway {
            Gateway::CheckoutCom => {
                let own = self.checkout_com.as_ref()?;
                Some(Tokenizer::CheckoutCom {
                    url: own.token_url.clone(),
                    public_key: own.public_key.clone(),
                })
            }
            Gateway::FunnelFox => None,
        }
    }

    /// The origins that the document of an order calls beside our own.
    pub(crate) fn origins(&self, gateway: Gateway) -> Vec<&str> {
        match gateway {
            Gateway::CheckoutCom => self
                .checkout_com
                .iter()
                .map(|own| origin_of(&own.token_url))
                .collect(),
            Gateway::FunnelFox => self
                .funnelfox
                .iter()
                .flat_map(|own| own.primer_origins.iter().map(String::as_str))
                .collect(),
        }
    }
}
