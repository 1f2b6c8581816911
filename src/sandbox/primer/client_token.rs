//! Client tokens: JWTs of which clients read the payload alone. They are signed, with a key of
//! the stand-in's own, because a JWT is; nobody checks it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{
    super::{ident, standins::Config},
    Desk,
};

/// How long a checkout's token lives, in seconds. Nothing is published about it.
const LIFETIME: i64 = 24 * 3600;
/// `exp` lies this much behind `expiration`, which is the one that counts (trap 13).
const SLACK: i64 = 3600;

const KEY: &[u8] = b"a key of the stand-in that no client checks";

/// What is to be paid, as a client may show it.
#[derive(Clone, Debug)]
pub(crate) struct Sum {
    pub(crate) order: String,
    pub(crate) amount: u64,
    pub(crate) currency: String,
}

/// What an access token opens.
#[derive(Clone, Debug)]
pub(crate) enum Purpose {
    /// Cards may become tokens; a simple session has no sum.
    Checkout(Option<Sum>),
    /// The status of the action with this id may be read.
    Action(String),
}

/// The meaning of an access token.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    pub(crate) org: String,
    /// Who pays, by the merchant's name for them.
    pub(crate) customer: Option<String>,
    pub(crate) purpose: Purpose,
    /// In Unix seconds.
    pub(crate) ends: i64,
}

/// A client token and the access token inside of it.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) jwt: String,
    pub(crate) access: String,
}

impl Desk {
    /// Opens a checkout: a token with the intent `CHECKOUT`.
    pub(crate) fn open(
        &mut self,
        config: &Config,
        org: &str,
        customer: Option<&str>,
        sum: Option<Sum>,
        now: i64,
    ) -> Issued {
        let pass = Pass {
            org: org.to_owned(),
            customer: customer.map(str::to_owned),
            purpose: Purpose::Checkout(sum),
            ends: now + LIFETIME,
        };
        self.issue(config, pass, "CHECKOUT", json!({}))
    }

    /// Another sum behind the same token: it stays good.
    pub(crate) fn rebind(&mut self, access: &str, sum: Sum) {
        if let Some(pass) = self.passes.get_mut(access) {
            pass.purpose = Purpose::Checkout(Some(sum));
        }
    }

    /// Writes the token for `pass` down and out.
    pub(super) fn issue(
        &mut self,
        config: &Config,
        pass: Pass,
        intent: &str,
        more: Value,
    ) -> Issued {
        let access = uuid::Uuid::new_v4().to_string();
        let base = config.primer();
        let mut payload = json!({
            "accessToken": access,
            "exp": pass.ends + SLACK,
            "expiration": pass.ends,
            "intent": intent,
            "configurationUrl": format!("{base}/client-sdk/configuration"),
            "coreUrl": base,
            "pciUrl": format!("{base}/pci"),
            "env": "SANDBOX",
            "paymentFlow": "DEFAULT",
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            payload[key] = value.clone();
        }
        self.passes.insert(access.clone(), pass);
        Issued {
            jwt: sign(&payload),
            access,
        }
    }
}

/// Header, payload and signature in base64url without padding.
pub(crate) fn sign(payload: &Value) -> String {
    let header = json!({"alg": "HS256", "typ": "JWT", "kid": ident::word(8)});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(payload));
    let signature = Hmac::<Sha256>::new_from_slice(KEY).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(signed.as_bytes());
            mac.finalize().into_bytes().to_vec()
        },
    );
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
