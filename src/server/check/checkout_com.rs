//! An account at Checkout.com: a payment that can't exist is asked for with the secret key, and
//! a token of nothing with the public key. Both are refused, and how tells the rest.

use crate::{
    http::{NoAnswer, Request, Response},
    provider::checkout_com::{PaymentId, keys},
    server::{CheckoutCom, sending::Sender},
};

use super::Finding;

/// No payment has it.
const NOBODYS: &str = "pay_aaaaaaaaaaaaaaaaaaaaaaaaaa";

type Heard = Result<Response, NoAnswer>;

fn silent(what: &str, base: &str, why: NoAnswer) -> Finding {
    let words = match why {
        NoAnswer::NotSent => format!(
            "{base} can't be reached; see to prefix and environment (or base_url), DNS and the way out of this machine"
        ),
        NoAnswer::Lost => format!("no whole answer of {base}; try again"),
    };
    Finding::wrong(what, words)
}

fn odd(what: &str, base: &str, status: u16) -> Finding {
    match status {
        429 | 500.. => Finding::unsure(
            what,
            format!("{base} answers {status}: it can't say now; try again later"),
        ),
        _ => Finding::wrong(
            what,
            format!(
                "{base} answers {status}, which Checkout.com does not; see to prefix and environment (or base_url)"
            ),
        ),
    }
}

/// `bare`: the same question without a key, which the real one refuses.
fn secret_key(what: &str, base: &str, keyed: Heard, bare: Heard) -> Finding {
    let (keyed, bare) = match (keyed, bare) {
        (Err(why), _) | (_, Err(why)) => return silent(what, base, why),
        (Ok(keyed), Ok(bare)) => (keyed.status, bare.status),
    };
    match (keyed, bare) {
        (404, 401) => Finding::fine(what, format!("{base} takes the key")),
        (401, 401) => Finding::wrong(
            what,
            format!(
                "{base} refuses the key; copy it again from the dashboard, and see that prefix and environment are of the same account"
            ),
        ),
        (403, 401) => Finding::wrong(
            what,
            "the key is known and may not read payments; give it the scopes gateway and payments in the dashboard",
        ),
        (404, status) | (status, _) => odd(what, base, status),
    }
}

fn public_key(what: &str, base: &str, heard: Heard) -> Finding {
    match heard {
        Err(why) => silent(what, base, why),
        Ok(answer) => match answer.status {
            422 => Finding::fine(what, format!("{base} takes the key")),
            401 | 403 => Finding::wrong(
                what,
                format!(
                    "{base} refuses the key; copy it again from the dashboard, from the account of the secret key"
                ),
            ),
            status => odd(what, base, status),
        },
    }
}

/// Tries both keys.
pub(super) async fn tried(what: &str, gateway: &CheckoutCom, sender: &Sender) -> Vec<Finding> {
    let base = &gateway.account.base;
    let mut found = Vec::new();
    if let Some(id) = PaymentId::parse(NOBODYS) {
        let keyed = gateway.account.get(&id);
        let bare = Request::get(keyed.url.clone());
        let keyed = sender.send(&keyed).await.0;
        let bare = sender.send(&bare).await.0;
        found.push(secret_key(
            &format!("{what}, secret_key"),
            base,
            keyed,
            bare,
        ));
    }
    let token = Request::post(&gateway.token_url, "{}".to_owned())
        .header("authorization", keys::authorization(&gateway.public_key));
    let heard = sender.send(&token).await.0;
    found.push(public_key(&format!("{what}, public_key"), base, heard));
    if gateway.account.processing_channel_id.is_some() {
        found.push(Finding::unsure(
            &format!("{what}, processing_channel_id"),
            "only a payment can try it: make one with a test card",
        ));
    }
    if gateway.webhook_secret.is_none() {
        found.push(Finding::unsure(
            &format!("{what}, webhook_secret"),
            "none: its webhooks are refused, and how payments end is found out by asking, later",
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::Grade, Heard, NoAnswer, Response, public_key, secret_key};

    fn answer(status: u16) -> Heard {
        Ok(Response {
            status,
            ..Response::default()
        })
    }

    #[test]
    fn a_stranger_that_knows_no_page_is_not_taken_for_checkout_com() {
        for (keyed, bare, grade) in [
            (answer(404), answer(401), Grade::Fine),
            (answer(401), answer(401), Grade::Wrong),
            (answer(403), answer(401), Grade::Wrong),
            (answer(404), answer(404), Grade::Wrong),
            (answer(200), answer(200), Grade::Wrong),
            (answer(301), answer(301), Grade::Wrong),
            (answer(503), answer(503), Grade::Unsure),
            (answer(429), answer(401), Grade::Unsure),
            (Err(NoAnswer::NotSent), Err(NoAnswer::NotSent), Grade::Wrong),
        ] {
            let found = secret_key("x", "https://x.example", keyed.clone(), bare.clone());
            assert_eq!(found.grade, grade, "{keyed:?} {bare:?} {found:?}");
        }
        for (heard, grade) in [
            (answer(422), Grade::Fine),
            (answer(401), Grade::Wrong),
            (answer(404), Grade::Wrong),
            (answer(502), Grade::Unsure),
        ] {
            let found = public_key("x", "https://x.example", heard.clone());
            assert_eq!(found.grade, grade, "{heard:?} {found:?}");
        }
    }
}
