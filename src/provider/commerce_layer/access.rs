//! Access tokens: client credentials become one, for about two hours.

use serde_json::json;

use crate::{
    foreign,
    http::{MAX_BODY, Request, Response},
    json::{self, Fields},
    sensitive::Sensitive,
};

/// A token is not used any more so many seconds before its end: requests take time.
const MARGIN: i64 = 60;
/// The life of a token that does not say how long it lives, in seconds.
const UNSAID: i64 = 300;

/// An application of the organisation.
#[derive(Clone, Debug)]
pub enum Client {
    /// Orders and their payment sources. It has no secret.
    SalesChannel {
        /// `client_id`.
        id: String,
        /// `market:id:…`, `market:code:…` or, of old, `market:1234`.
        scope: String,
    },
    /// Captures, voids and refunds as well.
    Integration {
        /// `client_id`.
        id: String,
        /// `client_secret`.
        secret: Sensitive<String>,
    },
}

impl Client {
    /// `POST /oauth/token` at `url`. Thirty a minute are given.
    pub fn ask(&self, url: &str) -> Request {
        let body = match self {
            Self::SalesChannel { id, scope } => json!({
                "grant_type": "client_credentials",
                "client_id": id,
                "scope": scope,
            }),
            Self::Integration { id, secret } => json!({
                "grant_type": "client_credentials",
                "client_id": id,
                // EXPOSE: the secret goes to the system that gave it out.
                "client_secret": secret.expose(),
            }),
        };
        Request::post(url, body.to_string()).header("accept", "application/json")
    }
}

/// A bearer token, and until when it is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// A JWT, whose inside is Commerce Layer's business.
    pub token: Sensitive<String>,
    /// Unix seconds; from then on another one is asked for.
    pub renew_at: i64,
}

impl Access {
    /// Whether it can still be used at `now`, in Unix seconds.
    pub fn is_good(&self, now: i64) -> bool {
        now < self.renew_at
    }
}

/// The answer to a request for a token. No money is asked for in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granted {
    /// Here it is.
    Access(Access),
    /// The application is unknown, or its secret or scope is wrong: a matter of the settings.
    Refused {
        /// `UNAUTHORIZED`, `invalid_client`, …; empty where the body had none.
        code: String,
        /// Foreign text.
        message: String,
    },
    /// Not now: too many requests, or trouble there.
    Later,
}

impl Granted {
    /// Reads the answer that came at `now`, in Unix seconds.
    pub fn read(response: &Response, now: i64) -> Self {
        match response.status {
            200 | 201 => granted(response, now).map_or(Self::Later, Self::Access),
            400 | 401 | 403 | 404 | 422 => {
                let (code, message) = refusal(response).unwrap_or_default();
                Self::Refused { code, message }
            }
            _ => Self::Later,
        }
    }
}

fn granted(response: &Response, now: i64) -> Option<Access> {
    let body = value(response)?;
    let body = Fields::of(&body)?;
    let token = body.text("access_token")?;
    // It goes into a header.
    let fits = (1..=8192).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic());
    let bearer = body
        .str("token_type")
        .is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    let lives = body
        .get("expires_in")
        .and_then(|seconds| match seconds.as_str() {
            Some(text) => text.parse().ok(),
            None => seconds.as_i64(),
        })
        .unwrap_or(UNSAID)
        .clamp(0, 86_400);
    // A short life is used to its half.
    let used = (lives - MARGIN).max(lives / 2);
    (fits && bearer).then(|| Access {
        token: Sensitive::new(token),
        renew_at: now.saturating_add(used),
    })
}

/// `{errors: [{code, detail, status}]}`, whose status is a number here, or OAuth's own
/// `{error, error_description}`.
fn refusal(response: &Response) -> Option<(String, String)> {
    let body = value(response)?;
    let body = Fields::of(&body)?;
    let first = body.get("errors").and_then(|errors| errors.get(0));
    let (code, message) = match first.and_then(Fields::of) {
        Some(first) => (first.str("code")?, first.str("detail")),
        None => (body.str("error")?, body.str("error_description")),
    };
    Some((
        foreign::support_code(code)?,
        message.and_then(foreign::message).unwrap_or_default(),
    ))
}

fn value(response: &Response) -> Option<serde_json::Value> {
    let fits = response.body.len() <= MAX_BODY;
    fits.then(|| json::parse(response.body.as_bytes()))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::{Access, Client, Granted};
    use crate::{http::Response, sensitive::Sensitive};

    fn read(status: u16, body: &str) -> Granted {
        let response = Response {
            status,
            body: body.into(),
            ..Response::default()
        };
        Granted::read(&response, 1000)
    }

    fn until(renew_at: i64) -> Granted {
        Granted::Access(Access {
            token: Sensitive::new("a.b.c".into()),
            renew_at,
        })
    }

    #[test]
    fn trap_37_a_token_is_renewed_before_it_is_over() {
        for (lives, renew_at) in [
            ("7200", 8140),
            ("\"7200\"", 8140),
            ("80", 1040),
            ("10", 1005),
            ("0", 1000),
            ("-5", 1000),
            ("null", 1240),
            ("9223372036854775807", 87_340),
        ] {
            let body =
                format!(r#"{{"access_token":"a.b.c","token_type":"bearer","expires_in":{lives}}}"#);
            assert_eq!(read(200, &body), until(renew_at), "{lives}");
        }
        let Granted::Access(access) = read(200, r#"{"access_token":"a.b.c","expires_in":7200}"#)
        else {
            panic!("a token");
        };
        assert!(access.is_good(8139) && !access.is_good(8140));
    }

    #[test]
    fn trap_33_the_status_of_a_refused_token_is_a_number_or_text() {
        let refused = Granted::Refused {
            code: "UNAUTHORIZED".into(),
            message: "No such client".into(),
        };
        for status in ["401", "\"401\""] {
            let body = format!(
                r#"{{"errors":[{{"code":"UNAUTHORIZED","detail":"No such client","status":{status}}}]}}"#
            );
            assert_eq!(read(401, &body), refused);
        }
        let old = r#"{"error":"invalid_client","error_description":"unknown"}"#;
        let code = "invalid_client".to_owned();
        let message = "unknown".to_owned();
        assert_eq!(read(401, old), Granted::Refused { code, message });
        let (code, message) = (String::new(), String::new());
        assert_eq!(read(401, ""), Granted::Refused { code, message });
    }

    #[test]
    fn what_is_no_token_goes_into_no_header() {
        for (status, body) in [
            (200, "{}"),
            (200, "<html>"),
            (200, r#"{"access_token":""}"#),
            (200, r#"{"access_token":"a b"}"#),
            (200, r#"{"access_token":"a\r\nx: y"}"#),
            (200, r#"{"access_token":"a","token_type":"mac"}"#),
            (429, "{}"),
            (502, ""),
        ] {
            assert_eq!(read(status, body), Granted::Later, "{status} {body}");
        }
    }

    #[test]
    fn only_an_integration_has_a_secret() {
        let body = |client: &Client| {
            let request = client.ask("https://auth.test/oauth/token");
            // EXPOSE: the test looks at what is sent.
            request.body.unwrap().expose().clone()
        };
        let channel = Client::SalesChannel {
            id: "c".into(),
            scope: "market:1".into(),
        };
        assert!(!body(&channel).contains("secret"));
        assert!(body(&channel).contains(r#""scope":"market:1""#));
        let integration = Client::Integration {
            id: "i".into(),
            secret: Sensitive::new("s3cret".into()),
        };
        assert!(body(&integration).contains("s3cret"));
        assert!(!format!("{integration:?}").contains("s3cret"));
    }
}
