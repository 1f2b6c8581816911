//! The log of whole payments: one line a request, every line with its support code, and
//! nothing in it that must stay secret.

use std::{
    io,
    sync::{Arc, Mutex},
};

use fanfare_checkout::command::{LogFormat, log};
use serde_json::{Value, json};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use super::shop::{World, payload};

#[derive(Clone, Default)]
struct Pages(Arc<Mutex<Vec<u8>>>);

impl io::Write for Pages {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Pages {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Pages {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Everything that this crate could say, and what others say of their work.
fn everything() -> EnvFilter {
    EnvFilter::new("debug,fanfare_checkout=trace")
}

fn lines(pages: &Pages) -> Vec<Value> {
    let text = pages.text();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The support code of a line: its own field, or that of a span around it.
fn code(line: &Value) -> Option<&str> {
    let spans = line["spans"].as_array();
    spans
        .into_iter()
        .flatten()
        .find_map(|span| span["req_id"].as_str())
}

#[tokio::test]
async fn t27_t28_the_log_of_a_whole_payment_holds_nothing_secret() {
    const PAN: &str = "4242424242424242";
    for format in [LogFormat::Text, LogFormat::Json] {
        let pages = Pages::default();
        let guard = tracing::subscriber::set_default(log(format, everything(), pages.clone()));
        let world = World::new().await;
        let checkout = world.checkout("ORD-1", 3500).await;
        let first = world.attempt(&checkout.session).await;
        let got = world.pay(&checkout.order, &first, "tok_3ds~canary").await;
        let token = got.body["action_required_token"].as_str().unwrap();
        let action = payload(token);
        let back = format!(
            "{}/c/{}/return?attempt={first}&cko-session-id=sid_canary",
            world.base, checkout.session
        );
        world.send(world.client.get(back)).await;
        let status = world.client.get(action["statusUrl"].as_str().unwrap());
        let access = action["accessToken"].as_str().unwrap();
        let done = world
            .send(status.header("primer-client-token", access))
            .await;
        let resume = done.body["id"].as_str().unwrap().to_owned();
        world.gateway.set(0, "Captured", true);
        let got = world.resume(&checkout.order, &resume).await;
        assert_eq!(got.body["checkout_status"], "succeeded");
        // Mistakes of a page: card data where none belongs.
        for path in [
            format!("/orders/{PAN}"),
            format!("/{PAN}?cvc=CVC9471"),
            format!("/c/{PAN}/state"),
        ] {
            world
                .send(world.client.get(format!("{}{path}", world.base)))
                .await;
        }
        let body = json!({"payment_method_token": PAN, "order_id": PAN, "cvc": "CVC9471"});
        world
            .send(world.call("create_payment", Some(PAN), &body))
            .await;
        drop(guard);
        let said = pages.text();
        assert!(said.contains("attempt decided") && said.contains("gateway called"));
        for secret in [
            PAN,
            "CVC9471",
            "canary",
            "sk_test_demo",
            "demo-claim-secret",
            checkout.session.as_str(),
            access,
            resume.as_str(),
            token,
            "eyJ",
        ] {
            let found = said.lines().find(|line| line.contains(secret));
            assert!(found.is_none(), "{secret}: {found:?}");
        }
    }
}

#[tokio::test]
async fn the_support_code_is_the_same_in_answer_state_log_and_history() {
    let pages = Pages::default();
    let filter = EnvFilter::new("warn,fanfare_checkout=info");
    let _guard = tracing::subscriber::set_default(log(LogFormat::Json, filter, pages.clone()));
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let first = world.attempt(&checkout.session).await;
    let got = world
        .pay(&checkout.order, &first, "tok_decline_20051")
        .await;
    let support = got.body["req_id"].as_str().unwrap();
    assert_eq!(got.headers["x-request-id"], support);
    // What the screen shows after a reload.
    assert_eq!(
        world.state(&checkout.session).await["last"]["reqId"],
        support
    );
    let order = world.order(&checkout.order).await;
    assert_eq!(order["attempts"][0]["reqId"], support);
    for what in ["attempt stored", "gateway called", "attempt decided"] {
        let history = order["history"].as_array().unwrap();
        let line = history.iter().find(|line| line["what"] == what).unwrap();
        assert_eq!(line["reqId"], support, "{what}");
    }
    let lines = lines(&pages);
    for message in [
        "attempt stored",
        "gateway called",
        "attempt decided",
        "request",
    ] {
        let line = lines
            .iter()
            .find(|line| line["message"] == message && code(line) == Some(support));
        assert!(line.is_some(), "{message} with {support} is not in the log");
    }
    let requests: Vec<&Value> = lines
        .iter()
        .filter(|line| line["message"] == "request")
        .collect();
    assert_eq!(requests.len(), 5, "one line a request");
    for line in requests {
        assert!(
            code(line).is_some() && line["ms"].is_u64() && line["status"].is_u64(),
            "{line}"
        );
    }
    let path = |n: usize| {
        lines
            .iter()
            .filter(|line| line["message"] == "request")
            .nth(n)
            .unwrap()["path"]
            .clone()
    };
    assert_eq!(path(1), "/c/{session}/state");
    assert_eq!(path(4), format!("/orders/{}", checkout.order));
}

#[tokio::test]
async fn a_question_in_the_background_names_order_and_attempt() {
    let pages = Pages::default();
    let filter = EnvFilter::new("warn,fanfare_checkout=info");
    let _guard = tracing::subscriber::set_default(log(LogFormat::Json, filter, pages.clone()));
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    world.pay(&checkout.order, "a1", "tok_lost").await;
    world
        .until(&checkout.order, |order| order["status"] == "paid")
        .await;
    let found = lines(&pages).into_iter().any(|line| {
        line["message"] == "gateway called"
            && line["spans"][0]["order"] == checkout.order.as_str()
            && line["spans"][0]["attempt"] == "a1"
    });
    assert!(found, "{}", pages.text());
}
