//! What `create_client_session` answers: in the envelope, or bare as the published schema has it.

use crate::{
    foreign,
    http::Response,
    json::{self, Fields},
    sensitive::Sensitive,
};

/// What became of the call. No money is asked for in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The session is open.
    Session {
        /// Primer's client token, a JWT.
        client_token: Sensitive<String>,
        /// The order's id there.
        order: String,
    },
    /// FunnelFox refused, and says why to developers.
    Refused {
        /// `invalid_price`, `invalid_customer`, `bad_request`, …
        code: String,
        /// Foreign text.
        message: String,
    },
    /// Nothing can be made of it.
    Unreadable,
}

impl Opened {
    /// Reads any answer.
    pub fn read(response: &Response) -> Self {
        Self::try_read(response).unwrap_or(Self::Unreadable)
    }

    fn try_read(response: &Response) -> Option<Self> {
        let value = json::parse(response.body.as_bytes())?;
        let outer = Fields::of(&value)?;
        if outer.str("status") == Some("error") {
            let first = outer.get("error")?.as_array()?.first()?;
            let first = Fields::of(first)?;
            return Some(Self::Refused {
                code: foreign::support_code(first.str("code")?)?,
                message: first
                    .str("msg")
                    .and_then(foreign::message)
                    .unwrap_or_default(),
            });
        }
        if !(200..300).contains(&response.status) {
            return None;
        }
        let inner = if outer.has("data") {
            outer.inner("data")?
        } else {
            outer
        };
        let text = |key| inner.text(key).filter(|text| !text.is_empty());
        let order = text("order_id").filter(|order| {
            order.len() <= 64
                && order
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })?;
        Some(Self::Session {
            client_token: Sensitive::new(text("client_token")?),
            order,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Opened;
    use crate::{http::Response, sensitive::Sensitive};

    fn read(status: u16, body: &str) -> Opened {
        Opened::read(&Response {
            status,
            body: body.into(),
            ..Response::default()
        })
    }

    #[test]
    fn trap_1_the_envelope_the_bare_object_and_errors_with_200_are_read() {
        let open = Opened::Session {
            client_token: Sensitive::new("a.b.c".into()),
            order: "6f1b-1".into(),
        };
        let bare = r#"{"client_token":"a.b.c","order_id":"6f1b-1"}"#;
        assert_eq!(read(200, bare), open);
        let envelope = format!(r#"{{"status":"success","data":{bare},"req_id":"r"}}"#);
        assert_eq!(read(200, &envelope), open);
        let error = r#"{"status":"error","error":[{"msg":"No","code":"invalid_price"}]}"#;
        for status in [200, 400] {
            let expected = Opened::Refused {
                code: "invalid_price".into(),
                message: "No".into(),
            };
            assert_eq!(read(status, error), expected);
        }
    }

    #[test]
    fn what_is_not_whole_opens_nothing() {
        for (status, body) in [
            (500, r#"{"client_token":"a.b.c","order_id":"6f1b-1"}"#),
            (200, r#"{"client_token":"","order_id":"6f1b-1"}"#),
            (200, r#"{"client_token":"a.b.c","order_id":null}"#),
            (200, r#"{"client_token":"a.b.c","order_id":"../x"}"#),
            (200, r#"{"status":"success","data":null}"#),
            (200, r#"{"status":"error","error":[]}"#),
            (200, "<html>"),
        ] {
            assert_eq!(read(status, body), Opened::Unreadable, "{body}");
        }
    }
}
