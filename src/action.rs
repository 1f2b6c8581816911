//! What the bank demands: an `action_required_token` becomes an [`Action`], or is refused.
//!
//! Nothing in the token is trusted beyond opening a page in a closed frame: how the payment
//! ended is told by `resume_payment` alone.

use crate::{
    client_token::ClientToken,
    http,
    json::{self, Fields},
    sensitive::Sensitive,
};

/// How many actions one attempt may ask for (F40).
pub const MAX_ACTIONS: u8 = 5;
/// How long the shopper has for one action, in seconds (EMV 3-D Secure: 10 minutes).
pub const TIME_LIMIT: u32 = 600;

/// A page of the bank to show, and where to learn that it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Page to open in a frame or in full.
    pub redirect_url: String,
    /// Polled until COMPLETE.
    pub status_url: String,
    /// Goes into the header `Primer-Client-Token` of each poll.
    pub access_token: Sensitive<String>,
}

/// Why a token is refused. Every case means: no frame, no navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not a JWT with a JSON payload of the known fields.
    Malformed,
    /// Its time is over.
    Expired,
    /// An intent this checkout has no page for.
    UnknownIntent,
    /// An address that is not https (or loopback, in the sandbox).
    UnsafeUrl,
}

/// Reads a token. `now` is the server's time in Unix seconds; `sandbox` allows plain http to
/// loopback addresses.
///
/// # Errors
/// See [`Refusal`].
pub fn decode(token: &str, now: i64, sandbox: bool) -> Result<Action, Refusal> {
    let payload = ClientToken::read(token).ok_or(Refusal::Malformed)?;
    if payload.is_over(now) {
        return Err(Refusal::Expired);
    }
    if payload.intent != "PROCESSOR_3DS" && !payload.intent.ends_with("_REDIRECTION") {
        return Err(Refusal::UnknownIntent);
    }
    let (Some(redirect_url), Some(status_url)) = (payload.redirect_url, payload.status_url) else {
        return Err(Refusal::Malformed);
    };
    if !is_safe_url(&redirect_url, sandbox) || !is_safe_url(&status_url, sandbox) {
        return Err(Refusal::UnsafeUrl);
    }
    Ok(Action {
        redirect_url,
        status_url,
        access_token: payload.access_token,
    })
}

/// Whether a page may be opened: https with a plain host, no user info, no control
/// characters; in the sandbox also http to a loopback name (T11).
pub fn is_safe_url(url: &str, sandbox: bool) -> bool {
    let plain = url.len() <= 4096
        && url
            .chars()
            .all(|c| c.is_ascii_graphic() && !matches!(c, '\\' | '"' | '<' | '>' | '`'));
    if !plain {
        return false;
    }
    let lower = url.to_ascii_lowercase();
    let (rest, secure) = if let Some(rest) = lower.strip_prefix("https://") {
        (rest, true)
    } else if let Some(rest) = lower.strip_prefix("http://") {
        (rest, false)
    } else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "443"));
    let named = !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        && !port.is_empty()
        && port.chars().all(|c| c.is_ascii_digit());
    let loopback = host == "localhost" || host == "127.0.0.1" || host.ends_with(".localhost");
    named && (secure || (sandbox && loopback))
}

/// One poll of an action's status.
pub fn status_request(action: &Action) -> http::Request {
    let mut request = http::Request::get(action.status_url.clone())
        // EXPOSE: the access token goes to the status address of its own action.
        .header("primer-client-token", action.access_token.expose().clone());
    request.deadline_ms = 10_000;
    request
}

/// What a poll answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Not yet. Also for anything that can't be read: the next poll will tell.
    Pending,
    /// Done; the id is the resume token, and only now (trap 14).
    Complete(Sensitive<String>),
}

/// Reads the answer of a poll.
pub fn progress(response: &http::Response) -> Progress {
    let poll = json::parse(response.body.as_bytes());
    poll.as_ref()
        .and_then(Fields::of)
        .filter(|poll| response.status == 200 && poll.str("status") == Some("COMPLETE"))
        .and_then(|poll| poll.text("id").filter(|id| !id.is_empty()))
        .map_or(Progress::Pending, |id| {
            Progress::Complete(Sensitive::new(id))
        })
}

#[cfg(test)]
mod tests {
    use super::{Refusal, decode, is_safe_url, progress};
    use crate::http::Response;
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    const NOW: i64 = 1_800_000_000;

    fn token(payload: &str) -> String {
        format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(payload))
    }

    fn payload(intent: &str, url: &str, more: &str) -> String {
        format!(
            r#"{{"intent":"{intent}","accessToken":"a","redirectUrl":"{url}","statusUrl":"https://b.example/s"{more}}}"#
        )
    }

    #[test]
    fn a_page_of_the_bank_is_read() {
        for intent in ["PROCESSOR_3DS", "ADYEN_IDEAL_REDIRECTION"] {
            let text = payload(intent, "https://acs.example/x", r#","exp":1800000060"#);
            let action = decode(&token(&text), NOW, false).unwrap();
            assert_eq!(action.redirect_url, "https://acs.example/x");
        }
    }

    #[test]
    fn f39_malformed_expired_and_unknown_tokens_are_refused() {
        for bad in ["", "x", "a.b", "a.%%.c", "e30.e30.x", &"a.".repeat(40_000)] {
            assert_eq!(
                decode(bad, NOW, false),
                Err(Refusal::Malformed),
                "{bad:.20}"
            );
        }
        let url = "https://acs.example/x";
        let expired = payload(
            "PROCESSOR_3DS",
            url,
            r#","exp":1900000000,"expiration":1799999999"#,
        );
        assert_eq!(decode(&token(&expired), NOW, false), Err(Refusal::Expired));
        for intent in [
            "CHECKOUT",
            "3DS_AUTHENTICATION",
            "USE_PRIMER_SDK",
            "X_REDIRECTION_Y",
            "",
        ] {
            let text = payload(intent, url, "");
            assert_eq!(
                decode(&token(&text), NOW, false),
                Err(Refusal::UnknownIntent),
                "{intent}"
            );
        }
    }

    #[test]
    fn t11_unsafe_addresses_are_refused() {
        let bad = [
            "javascript:alert(1)",
            "data:text/html,x",
            "blob:https://a/b",
            "http://acs.example/",
            "//acs.example",
            "https://",
            "https://user@acs.example/",
            "https://acs.example:x/",
            "https://acs.example\\@evil.test",
            " https://acs.example",
            "https://acs.ex\u{430}mple/",
            "HTTPS://a\nb/",
            "file:///etc/passwd",
            "http://localhost.evil.test/",
            "https://:443/",
        ];
        for url in bad {
            assert!(!is_safe_url(url, true), "{url:?} was let through");
        }
        assert!(is_safe_url("https://acs.example:8443/a?b=c#d", false));
        assert!(is_safe_url("http://bank.localhost:4807/3ds", true));
        assert!(!is_safe_url("http://bank.localhost:4807/3ds", false));
    }

    #[test]
    fn trap_14_the_id_counts_only_at_complete() {
        let poll = |body: &str| {
            progress(&Response {
                status: 200,
                body: body.into(),
                ..Response::default()
            })
        };
        assert_eq!(
            poll(r#"{"status":"PENDING","id":"early"}"#),
            super::Progress::Pending
        );
        assert_eq!(poll("<html>"), super::Progress::Pending);
        assert!(matches!(
            poll(r#"{"status":"COMPLETE","id":"r"}"#),
            super::Progress::Complete(_)
        ));
    }
}
