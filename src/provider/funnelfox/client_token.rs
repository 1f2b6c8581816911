//! Primer's client token, as it opens a checkout, and the configuration that it leads to.

use crate::{
    action::is_safe_url,
    client_token,
    http::{Request, Response},
    json::{self, Fields},
    sensitive::Sensitive,
};

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
        let token = client_token::ClientToken::read(jwt.expose())?;
        let url = |url: Option<String>| url.filter(|url| is_safe_url(url, sandbox));
        // EXPOSE: whether there is one at all.
        if token.intent != "CHECKOUT" || token.access_token.expose().is_empty() {
            return None;
        }
        Some(Self {
            access_token: token.access_token,
            pci_url: url(token.pci_url)?,
            configuration_url: url(token.configuration_url)?,
            ends: token.ends,
        })
    }

    /// Where cards become tokens.
    pub fn token_url(&self) -> String {
        format!("{}/payment-instruments", self.pci_url)
    }

    /// Asks for the configuration.
    pub fn configuration(&self) -> Request {
        client_token::get(self.configuration_url.clone(), &self.access_token)
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
        let (name, value) = &request.headers[1];
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
