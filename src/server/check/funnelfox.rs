//! An account at FunnelFox: a client session without price and customer is asked for, which
//! orders nothing. It shows that organisation and region are known there.

use serde_json::{Value, json};

use crate::{
    foreign,
    http::{NoAnswer, Request},
    server::{FunnelFox, sending::Sender},
};

use super::Finding;

/// Tries `create_simple_client_session`.
pub(super) async fn tried(what: &str, fox: &FunnelFox, sender: &Sender) -> Finding {
    let address = format!("{}/{}", fox.base_url, fox.org);
    let url = format!("{address}/v1/checkout/create_simple_client_session");
    let body = json!({ "region": fox.region, "integration_type": "primer" });
    let answer = match sender.send(&Request::post(url, body.to_string())).await.0 {
        Ok(answer) => answer,
        Err(NoAnswer::NotSent) => {
            let words = format!(
                "{address} can't be reached; see to base_url, DNS and the way out of this machine"
            );
            return Finding::wrong(what, words);
        }
        Err(NoAnswer::Lost) => {
            return Finding::wrong(what, format!("no whole answer of {address}; try again"));
        }
    };
    if matches!(answer.status, 429 | 500..) {
        let words = format!(
            "{address} answers {}: it can't say now; try again later",
            answer.status
        );
        return Finding::unsure(what, words);
    }
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let data = body.get("data").unwrap_or(&body);
    if answer.status < 300 && data["client_token"].is_string() {
        return Finding::fine(
            what,
            format!(
                "{address} knows the organisation and its region {}",
                fox.region
            ),
        );
    }
    match body["error"][0]["msg"].as_str() {
        // Its words, as text: they say which of the two it does not know.
        Some(said) => Finding::wrong(
            what,
            format!(
                "{address} says {:?}; see to org (not the project's id) and region",
                foreign::message(said).unwrap_or_default()
            ),
        ),
        None => Finding::wrong(
            what,
            format!(
                "{address} answers {}, and not as FunnelFox does; see to base_url and org",
                answer.status
            ),
        ),
    }
}
