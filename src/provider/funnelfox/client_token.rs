//! Primer's client token, which opens a checkout: a JWT of which only the payload is read, and
//! whose signature no client checks. And the configuration that it leads to.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    action::is_safe_url,
    http::{Request, Response},
    json::{self, Fields},
    sensitive::Sensitive,
};

/// The longest client token that is read, in bytes.
const MAX_TOKEN: usize = 32 * 1024;

/// What a client token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientToken {
    /// Goes into `Primer-Client-Token`; the JWT itself does not (trap 13).
    pub access_token: Sensitive<String>,
    /// Cards become tokens below it.
    pub pci_url: String,
    /// Tells the amount.
    pub configuration_url: String,
    /// When it ends, in Unix seconds: `expiration`, or else `exp`.
    pub ends: Option<i64>,
}

impl ClientToken {
    /// Reads a token that opens a checkout. Addresses must be https; the sandbox allows
    /// loopback. `None` if anything is amiss.
    pub fn read(jwt: &Sensitive<String>, sandbox: bool) -> Option<Self> {
        // EXPOSE: its payload is read; it is not shown.
        let jwt = jwt.expose();
        let payload = jwt.split('.').nth(1).filter(|_| jwt.len() <= MAX_TOKEN)?;
        let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let value = json::parse(&bytes)?;
        let fields = Fields::of(&value)?;
        let time = |key| match fields.get(key) {
            Some(value) => value.as_i64().map(Some),
            None => Some(None),
        };
        let (expiration, exp) = (time("expiration")?, time("exp")?);
        let url = |key| fields.text(key).filter(|url| is_safe_url(url, sandbox));
        if fields.str("intent")? != "CHECKOUT" {
            return None;
        }
        Some(Self {
            access_token: fields
                .text("accessToken")
                .filter(|token| !token.is_empty())
                .map(Sensitive::new)?,
            pci_url: url("pciUrl")?,
            configuration_url: url("configurationUrl")?,
            ends: expiration.or(exp),
        })
    }

    /// Where cards become tokens.
    pub fn token_url(&self) -> String {
        format!("{}/payment-instruments", self.pci_url)
    }

    /// Asks for the configuration.
    pub fn configuration(&self) -> Request {
        Request::get(self.configuration_url.clone())
            // EXPOSE: the access token goes to the address of its own client token.
            .header("primer-client-token", self.access_token.expose().clone())
            .header("x-api-version", "2.4")
    }
}

/// What a configuration says is to be paid, in minor units and letters; `None` if it can't be
/// read.
pub fn sum_of(configuration: &Response) -> Option<(i64, String)> {
    if configuration.status != 200 {
        return None;
    }
    let value = json::parse(configuration.body.as_bytes())?;
    let order = Fields::of(&value)?.inner("clientSession")?.inner("order")?;
    Some((
        order.integer("totalOrderAmount")?,
        order.text("currencyCode")?,
    ))
}

#[cfg(test)]
mod tests {
    use super::{ClientToken, sum_of};
    use crate::{http::Response, sensitive::Sensitive};
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    fn payload() -> Value {
        json!({
            "intent": "CHECKOUT", "accessToken": "a", "pciUrl": "https://pci.example",
            "configurationUrl": "https://api.example/configuration", "exp": 20,
        })
    }

    fn read(payload: &Value) -> Option<ClientToken> {
        let jwt = format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(payload.to_string()));
        ClientToken::read(&Sensitive::new(jwt), false)
    }

    #[test]
    fn trap_13_expiration_counts_before_exp_and_the_token_inside_is_the_key() {
        let token = read(&payload()).unwrap();
        assert_eq!(token.ends, Some(20));
        assert_eq!(token.token_url(), "https://pci.example/payment-instruments");
        let mut earlier = payload();
        earlier["expiration"] = json!(10);
        assert_eq!(read(&earlier).unwrap().ends, Some(10));
        let request = token.configuration();
        let (name, value) = &request.headers[0];
        assert_eq!(
            (*name, value.expose().as_str()),
            ("primer-client-token", "a")
        );
    }

    #[test]
    fn t11_other_intents_and_unsafe_addresses_open_nothing() {
        for (key, bad) in [
            ("intent", json!("PROCESSOR_3DS")),
            ("accessToken", json!("")),
            ("pciUrl", json!("http://pci.example")),
            ("pciUrl", json!("http://127.0.0.1:1")),
            ("configurationUrl", json!("javascript:1")),
            ("exp", json!("soon")),
        ] {
            let mut payload = payload();
            payload[key] = bad;
            assert_eq!(read(&payload), None, "{key}");
        }
        assert_eq!(ClientToken::read(&Sensitive::new("x".into()), true), None);
    }

    #[test]
    fn an_amount_that_is_not_told_is_none() {
        let configuration = |status, body: &str| Response {
            status,
            body: body.into(),
            ..Response::default()
        };
        let whole = r#"{"clientSession":{"order":{"totalOrderAmount":3500,"currencyCode":"EUR"}}}"#;
        assert_eq!(
            sum_of(&configuration(200, whole)),
            Some((3500, "EUR".into()))
        );
        assert_eq!(sum_of(&configuration(401, whole)), None);
        for bad in [
            "{}",
            r#"{"clientSession":{}}"#,
            &whole.replace("3500", "35.5"),
        ] {
            assert_eq!(sum_of(&configuration(200, bad)), None, "{bad}");
        }
    }
}
