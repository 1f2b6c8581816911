//! Signed events to the shop: told when they are true, until the shop has them.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use fanfare_checkout::{
    sensitive::Sensitive,
    server::{EventsTo, Settings},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::shop::{World, body, claim, serve_with};

const SECRET: &str = "demo-events-secret-0001";

/// A shop's endpoint: what it got, and what it answers next.
#[derive(Clone, Default)]
struct Inbox {
    got: Arc<Mutex<Vec<Value>>>,
    /// Every call, taken or not: event id and type.
    calls: Arc<Mutex<Vec<(String, String)>>>,
    answers: Arc<Mutex<Vec<u16>>>,
    /// So many calls are never answered.
    hangs: Arc<Mutex<usize>>,
    url: String,
}

async fn receive(State(inbox): State<Inbox>, headers: HeaderMap, text: String) -> Response {
    assert_eq!(headers[header::CONTENT_TYPE], "application/json");
    let stamp = headers["x-fanfare-timestamp"].to_str().unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{stamp}.{text}").as_bytes());
    let expected = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    assert_eq!(headers["x-fanfare-signature"], expected.as_str());
    let event: Value = serde_json::from_str(&text).unwrap();
    let name = |key: &str| event[key].as_str().unwrap().to_owned();
    inbox.calls.lock().unwrap().push((name("id"), name("type")));
    let hangs = {
        let mut left = inbox.hangs.lock().unwrap();
        let hangs = *left > 0;
        *left = left.saturating_sub(1);
        hangs
    };
    if hangs {
        std::future::pending::<()>().await;
    }
    let mut answers = inbox.answers.lock().unwrap();
    let answer = if answers.is_empty() {
        200
    } else {
        answers.remove(0)
    };
    if answer == 302 {
        return (StatusCode::FOUND, [(header::LOCATION, inbox.url.clone())]).into_response();
    }
    if answer == 200 {
        inbox.got.lock().unwrap().push(event);
    }
    StatusCode::from_u16(answer).unwrap().into_response()
}

impl Inbox {
    async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let inbox = Self {
            url: format!("http://{}/events", listener.local_addr().unwrap()),
            ..Self::default()
        };
        let router = Router::new()
            .route("/events", post(receive))
            .with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        inbox
    }

    /// The settings that send the demo's events here, with quick repeats.
    fn settings(&self) -> impl FnOnce(&mut Settings) {
        let url = self.url.clone();
        move |settings| {
            settings.event_pauses = vec![Duration::from_millis(50); 3];
            settings.organisations[0].events = Some(EventsTo {
                url,
                secret: Sensitive::new(SECRET.into()),
            });
        }
    }

    fn answer(&self, answers: &[u16]) {
        *self.answers.lock().unwrap() = answers.to_vec();
    }

    fn calls(&self) -> Vec<(String, String)> {
        self.calls.lock().unwrap().clone()
    }

    fn kinds(&self) -> Vec<String> {
        let got = self.got.lock().unwrap();
        got.iter()
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn until(&self, count: usize) -> Vec<Value> {
        for _ in 0..1500 {
            let got = self.got.lock().unwrap().clone();
            if got.len() >= count {
                return got;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{count} events never came: {:?}", self.calls());
    }
}

/// Time in which another event would have come.
async fn a_while() {
    tokio::time::sleep(Duration::from_millis(500)).await;
}

async fn list(world: &World, status: &str, key: &str) -> Value {
    let url = format!("{}/events?status={status}", world.base);
    let got = world.send(world.client.get(url).bearer_auth(key)).await;
    assert_eq!(got.status, 200, "{:?}", got.body);
    got.body["events"].clone()
}

#[tokio::test]
async fn a_paid_order_is_told_as_created_and_completed_once_each() {
    let inbox = Inbox::open().await;
    let world = World::with(inbox.settings()).await;
    let checkout = world.checkout("ORD-1", 3500).await;
    world.checkout("ORD-1", 3500).await;
    world.pay(&checkout.order, "a1", "tok_decline_20051").await;
    let second = world.attempt(&checkout.session).await;
    for _ in 0..3 {
        world.pay(&checkout.order, &second, "tok_ok").await;
    }
    let got = inbox.until(2).await;
    a_while().await;
    assert_eq!(inbox.kinds(), ["order.created", "order.completed"]);
    let (created, completed) = (&got[0], &got[1]);
    assert!(created["id"].as_str().unwrap().starts_with("whk_"));
    assert_ne!(created["id"], completed["id"]);
    assert_eq!(completed["organizationId"], "demo");
    assert!(completed["timestamp"].as_str().unwrap().ends_with('Z'));
    assert_eq!(
        completed["data"],
        json!({"orderId": checkout.order, "paymentId": checkout.answer["paymentId"],
               "reference": "ORD-1", "status": "paid", "amount": 3500, "currency": "EUR"})
    );
    assert_eq!(created["data"]["status"], "open");
}

#[tokio::test]
async fn an_authorised_order_is_completed_with_its_status() {
    let inbox = Inbox::open().await;
    let world = World::with(inbox.settings()).await;
    let mut manual = claim("ORD-1", 3500);
    manual["capture"] = json!("manual");
    let checkout = World::opened(world.post_checkout(&body(&manual)).await.body);
    world.pay(&checkout.order, "a1", "tok_ok").await;
    let got = inbox.until(2).await;
    assert_eq!(got[1]["type"], "order.completed");
    assert_eq!(got[1]["data"]["status"], "authorised");
}

#[tokio::test]
async fn an_event_is_repeated_with_its_id_and_later_ones_wait() {
    let inbox = Inbox::open().await;
    let world = World::with(inbox.settings()).await;
    // A redirect is no answer either, and is not followed.
    inbox.answer(&[500, 302, 404]);
    let checkout = world.checkout("ORD-1", 3500).await;
    world.pay(&checkout.order, "a1", "tok_ok").await;
    inbox.until(2).await;
    let calls = inbox.calls();
    let kinds: Vec<&str> = calls.iter().map(|(_, kind)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "order.created",
            "order.created",
            "order.created",
            "order.created",
            "order.completed"
        ]
    );
    assert!(calls[..4].iter().all(|(id, _)| *id == calls[0].0));
}

#[tokio::test]
async fn what_is_never_taken_is_a_dead_letter_and_can_be_sent_again() {
    let inbox = Inbox::open().await;
    let world = World::with(inbox.settings()).await;
    inbox.answer(&[500; 4]);
    let checkout = world.checkout("ORD-1", 3500).await;
    world.pay(&checkout.order, "a1", "tok_ok").await;
    // The dead one no longer holds up the next.
    let got = inbox.until(1).await;
    assert_eq!(got[0]["type"], "order.completed");
    let dead = list(&world, "dead", "sk_test_demo").await;
    assert_eq!(dead.as_array().unwrap().len(), 1, "{dead}");
    assert_eq!(dead[0]["type"], "order.created");
    assert_eq!(dead[0]["tries"], 4);
    assert_eq!(dead[0]["problem"], "the shop answered 500, expected 2xx");
    world
        .until(&checkout.order, |order| {
            lines(order, "event sent").len() == 5
        })
        .await;
    assert_eq!(
        list(&world, "sent", "sk_test_demo").await[0]["orderId"],
        checkout.order.as_str()
    );
    assert_eq!(list(&world, "dead", "sk_test_other_demo").await, json!([]));
    let id = dead[0]["id"].as_str().unwrap();
    let retry = |key: &str| {
        let url = format!("{}/events/{id}/retry", world.base);
        world.send(world.client.post(url).bearer_auth(key))
    };
    assert_eq!(retry("sk_test_wrong").await.status, 401);
    assert_eq!(retry("sk_test_other_demo").await.status, 404);
    assert_eq!(retry("sk_test_demo").await.status, 200);
    let got = inbox.until(2).await;
    assert_eq!(got[1]["id"], id);
    assert_eq!(retry("sk_test_demo").await.status, 404, "not dead any more");
}

#[tokio::test]
async fn a_checkout_that_is_given_up_is_told_each_time_it_closes() {
    let inbox = Inbox::open().await;
    let world = World::with(inbox.settings()).await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let other = world.checkout("ORD-1", 3500).await;
    world.cancel(&checkout.session, &json!({})).await;
    a_while().await;
    assert_eq!(inbox.kinds(), ["order.created"], "another way is open");
    world.cancel(&other.session, &json!({})).await;
    world.cancel(&other.session, &json!({})).await;
    let got = inbox.until(2).await;
    assert_eq!(got[1]["type"], "order.cancelled");
    assert_eq!(got[1]["data"]["status"], "cancelled");
    assert_eq!(got[1]["data"]["reason"], "cancelled_by_shopper");
    let again = world.checkout("ORD-1", 3500).await;
    world.cancel(&again.session, &json!({})).await;
    inbox.until(3).await;
    a_while().await;
    assert_eq!(
        inbox.kinds(),
        ["order.created", "order.cancelled", "order.cancelled"]
    );
}

#[tokio::test]
async fn an_expired_checkout_is_told_when_nothing_is_open_any_more() {
    let inbox = Inbox::open().await;
    let change = inbox.settings();
    let world = World::with(|settings| {
        change(settings);
        settings.session_lifetime = Duration::from_millis(1500);
    })
    .await;
    let plain = world.checkout("ORD-1", 3500).await;
    let asked = world.checkout("ORD-2", 3500).await;
    world.pay(&asked.order, "a1", "tok_3ds").await;
    let got = inbox.until(3).await;
    assert_eq!(got[2]["type"], "order.cancelled");
    assert_eq!(got[2]["data"]["orderId"], plain.order.as_str());
    assert_eq!(got[2]["data"]["status"], "expired");
    assert_eq!(got[2]["data"]["reason"], "session_expired");
    a_while().await;
    assert_eq!(inbox.kinds().len(), 3, "the bank may still say yes");
    world.gateway.set(0, "Authorized", true);
    let url = format!("{}/c/{}/return?attempt=a1", world.base, asked.session);
    world.send(world.client.get(url)).await;
    let got = inbox.until(4).await;
    assert_eq!(got[3]["type"], "order.completed");
    assert_eq!(got[3]["data"]["orderId"], asked.order.as_str());
}

#[tokio::test]
async fn two_servers_deliver_each_event_once() {
    let inbox = Inbox::open().await;
    let world = World::with(inbox.settings()).await;
    serve_with(&world.gateway.base, world.folder.path(), inbox.settings()).await;
    serve_with(&world.gateway.base, world.folder.path(), inbox.settings()).await;
    for n in 0..10 {
        let checkout = world.checkout(&format!("ORD-{n}"), 3500).await;
        let token = format!("tok_ok~{n}");
        world.pay(&checkout.order, "a1", &token).await;
    }
    let got = inbox.until(20).await;
    a_while().await;
    assert_eq!(inbox.calls().len(), 20);
    for n in 0..10 {
        let of_order: Vec<&Value> = got
            .iter()
            .filter(|event| event["data"]["reference"] == format!("ORD-{n}"))
            .map(|event| &event["type"])
            .collect();
        assert_eq!(of_order, ["order.created", "order.completed"]);
    }
}

#[tokio::test]
async fn an_event_that_nobody_delivered_is_delivered_by_the_next_server() {
    let inbox = Inbox::open().await;
    let change = inbox.settings();
    // This one writes events down and never gets round to them.
    let world = World::with(|settings| {
        change(settings);
        settings.settle_every = Duration::from_secs(3600);
    })
    .await;
    // Its only round is over by then.
    a_while().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    world.pay(&checkout.order, "a1", "tok_ok").await;
    a_while().await;
    assert_eq!(inbox.calls().len(), 0);
    let pending = list(&world, "pending", "sk_test_demo").await;
    assert_eq!(pending.as_array().unwrap().len(), 2);
    serve_with(&world.gateway.base, world.folder.path(), inbox.settings()).await;
    inbox.until(2).await;
    assert_eq!(inbox.kinds(), ["order.created", "order.completed"]);
}

fn lines(order: &Value, what: &str) -> Vec<Value> {
    let history = order["history"].as_array().unwrap().iter();
    let of_it = history.filter(|line| line["what"] == what);
    of_it.cloned().collect()
}

#[tokio::test]
async fn a_shop_that_hangs_gets_the_event_again_and_keeps_no_other_waiting() {
    let inbox = Inbox::open().await;
    let world = World::with(inbox.settings()).await;
    *inbox.hangs.lock().unwrap() = 1;
    let hung = world.checkout("ORD-1", 3500).await;
    while inbox.calls().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let other = world.checkout("ORD-2", 3500).await;
    let begun = std::time::Instant::now();
    let got = inbox.until(1).await;
    assert_eq!(got[0]["data"]["orderId"], other.order.as_str());
    assert!(begun.elapsed() < Duration::from_secs(8), "it waited");
    let got = inbox.until(2).await;
    assert_eq!(got[1]["data"]["orderId"], hung.order.as_str());
    let calls = inbox.calls();
    assert_eq!(calls.len(), 3, "{calls:?}");
    assert_eq!(calls[0].0, got[1]["id"], "the same event");
    let order = world
        .until(&hung.order, |order| lines(order, "event sent").len() == 2)
        .await;
    let problem = &lines(&order, "event sent")[0]["problem"];
    assert_eq!(problem, "the shop did not answer in 10 s");
}

#[tokio::test]
async fn an_event_and_its_way_to_the_shop_stand_in_the_history_without_its_secret() {
    let inbox = Inbox::open().await;
    let world = World::with(inbox.settings()).await;
    inbox.answer(&[500]);
    let checkout = world.checkout("ORD-1", 3500).await;
    inbox.until(1).await;
    let order = world
        .until(&checkout.order, |order| {
            lines(order, "event sent").len() == 2
        })
        .await;
    let queued = lines(&order, "event queued");
    assert_eq!(queued.len(), 1);
    assert_eq!(queued[0]["type"], "order.created");
    let sent = lines(&order, "event sent");
    assert_eq!(sent[0]["came"], "put off");
    assert_eq!(sent[0]["problem"], "the shop answered 500, expected 2xx");
    assert_eq!(
        (&sent[1]["came"], &sent[1]["try"]),
        (&json!("delivered"), &json!(2))
    );
    assert!(sent.iter().all(|line| line["event"] == queued[0]["event"]));
    assert!(!order.to_string().contains(SECRET));
}

#[tokio::test]
async fn f59_an_order_that_cannot_be_read_keeps_no_event_of_another_waiting() {
    let inbox = Inbox::open().await;
    let world = World::with(inbox.settings()).await;
    let broken = world.checkout("ORD-1", 3500).await;
    inbox.until(1).await;
    world
        .sql("UPDATE orders SET capture = 'sometimes'; UPDATE open_checkouts SET look_at = 0")
        .await;
    a_while().await;
    world.checkout("ORD-2", 3500).await;
    let got = inbox.until(2).await;
    assert_eq!(got[1]["data"]["reference"], "ORD-2");
    // Mended, it is told of as if nothing had been.
    world
        .sql("UPDATE orders SET capture = 'automatic'; UPDATE sessions SET expires_at = 1; UPDATE open_checkouts SET look_at = 0")
        .await;
    let got = inbox.until(4).await;
    assert!(got.iter().any(|event| event["type"] == "order.cancelled"
        && event["data"]["orderId"] == broken.order.as_str()));
}

#[tokio::test]
async fn a_dead_letter_is_on_the_operators_list_until_it_is_sent_again() {
    let inbox = Inbox::open().await;
    let world = World::with(inbox.settings()).await;
    inbox.answer(&[500; 4]);
    let checkout = world.checkout("ORD-1", 3500).await;
    let own = std::fs::read_to_string(world.folder.path().join("database-url"));
    let url = Sensitive::new(own.unwrap_or_else(|_| {
        format!(
            "sqlite://{}/fanfare-checkout.db",
            world.folder.path().display()
        )
    }));
    let mut open = Vec::new();
    for _ in 0..200 {
        open = fanfare_checkout::server::open_orders(&url, 30)
            .await
            .unwrap();
        if !open.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(open.len(), 1);
    assert_eq!(open[0]["orderId"], checkout.order.as_str());
    let todo = open[0]["todo"].as_str().unwrap();
    assert!(
        todo.contains("answered 500") && todo.contains("/retry"),
        "{todo}"
    );
    let dead = list(&world, "dead", "sk_test_demo").await;
    let id = dead[0]["id"].as_str().unwrap();
    let retry = format!("{}/events/{id}/retry", world.base);
    world
        .send(world.client.post(retry).bearer_auth("sk_test_demo"))
        .await;
    inbox.until(1).await;
    assert!(
        fanfare_checkout::server::open_orders(&url, 30)
            .await
            .unwrap()
            .is_empty()
    );
}
