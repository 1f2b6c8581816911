//! The proxy in front of a system: byte-true, and broken as ordered.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, Uri},
    response::IntoResponse,
};
use fanfare_checkout::sandbox::standins::{self, Config, Front};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A system that says back what it heard and counts it, and the proxy in front of it.
struct Road {
    front: String,
    control: String,
    heard: Arc<AtomicU64>,
    client: Client,
}

async fn echo(
    State(heard): State<Arc<AtomicU64>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    heard.fetch_add(1, Ordering::SeqCst);
    let host = headers["host"].to_str().expect("text").to_owned();
    let said = headers.get("x-said").map(|value| value.as_bytes().to_vec());
    let text = format!(
        "{method} {uri} {host} {said:?} {}",
        String::from_utf8_lossy(&body)
    );
    ([("x-heard", "yes"), ("content-encoding", "identity")], text)
}

async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, port)
}

impl Road {
    async fn open() -> Self {
        let heard = Arc::new(AtomicU64::new(0));
        let system = Router::new().fallback(echo).with_state(Arc::clone(&heard));
        let (listening, system_port) = listener().await;
        tokio::spawn(async { axum::serve(listening, system).await });
        let (own, port) = listener().await;
        let (front, front_port) = listener().await;
        let front = Front {
            listener: front,
            to: format!("127.0.0.1:{system_port}"),
        };
        tokio::spawn(standins::serve(own, Config::at(port), Some(front)));
        Self {
            front: format!("http://127.0.0.1:{front_port}"),
            control: format!("http://127.0.0.1:{port}/control"),
            heard,
            client: Client::builder().no_proxy().build().expect("a client"),
        }
    }

    async fn fault(&self, fault: Value) {
        let url = format!("{}/faults", self.control);
        let answer = self.client.post(url).json(&fault).send().await;
        assert_eq!(answer.expect("an answer").status().as_u16(), 201, "{fault}");
    }

    async fn read(&self, path: &str) -> Value {
        let url = format!("{}/{path}", self.control);
        let answer = self.client.get(url).send().await;
        answer.expect("an answer").json().await.expect("JSON")
    }

    async fn post(&self, path: &str, body: &str) -> reqwest::Result<Response> {
        let url = format!("{}{path}", self.front);
        self.client.post(url).body(body.to_owned()).send().await
    }

    fn heard(&self) -> u64 {
        self.heard.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn what_nobody_ordered_passes_byte_for_byte() {
    let road = Road::open().await;
    let mut wire = TcpStream::connect(road.front.trim_start_matches("http://"))
        .await
        .expect("a connection");
    let mut said = String::new();
    for (time, body) in ["a b", ""].iter().enumerate() {
        let request = format!(
            "POST /a%20b/?q=%C3%A9&r HTTP/1.1\r\nHost: shop.example:1\r\nX-Said: \u{e9}\r\nContent-Length: {}\r\n{}\r\n{body}",
            body.len(),
            if time == 0 {
                ""
            } else {
                "Connection: close\r\n"
            }
        );
        wire.write_all(request.as_bytes()).await.expect("written");
    }
    wire.read_to_string(&mut said).await.expect("two answers");
    let line = "POST /a%20b/?q=%C3%A9&r shop.example:1 Some([195, 169]) ";
    assert_eq!(said.matches(line).count(), 2, "{said}");
    assert_eq!(said.matches("x-heard: yes").count(), 2, "{said}");
    assert!(!said.contains("accept"), "nothing is added: {said}");
    let counters = road.read("counters").await;
    assert_eq!(counters["requests"]["POST /a%20b/"], 2);
    assert_eq!(counters["connections"]["POST /a%20b/"], 1);
}

#[tokio::test]
async fn f09_f10_f12_before_and_after_differ_in_what_the_system_heard() {
    for (kind, heard) in [
        ("drop-before", 0),
        ("drop-after", 1),
        ("hang", 0),
        ("hang-after", 1),
        ("500-before", 0),
        ("500-after", 1),
        ("502-before", 0),
        ("503-after", 1),
        ("504-after", 1),
        ("429", 0),
    ] {
        let road = Road::open().await;
        road.fault(json!({"path": "/x", "kind": kind})).await;
        let answer = tokio::time::timeout(Duration::from_millis(300), road.post("/x", "")).await;
        match kind.split_once('-') {
            Some(("drop", _)) => assert!(answer.expect("an end").is_err(), "{kind}"),
            Some(("hang", _)) | None if kind.starts_with("hang") => {
                assert!(answer.is_err(), "{kind}");
            }
            _ => {
                let answer = answer.expect("an end").expect("an answer");
                assert_eq!(answer.status().as_str(), &kind[..3]);
                let kind_of = answer.headers().get("content-type");
                assert_eq!(
                    kind_of.is_some(),
                    kind.starts_with("50") && &kind[..3] != "500"
                );
            }
        }
        assert_eq!(road.heard(), heard, "{kind}");
        assert!(road.post("/x", "").await.is_ok(), "{kind} happens once");
    }
}

#[tokio::test]
async fn f13_only_a_reused_connection_is_reset() {
    let road = Road::open().await;
    road.fault(json!({"path": "/x", "kind": "drop-after", "reused": true, "times": 9}))
        .await;
    road.fault(json!({"path": "/x", "kind": "count"})).await;
    // The client keeps its connection: the second request is the first that can be hit.
    assert!(road.post("/x", "").await.is_ok());
    assert!(road.post("/x", "").await.is_err());
    assert!(road.post("/x", "").await.is_ok(), "on a new connection");
    let faults = road.read("faults").await;
    assert_eq!(faults["faults"][1]["arrivals"], 3);
    assert_eq!(faults["faults"][1]["sockets"], 2);
    assert_eq!(road.heard(), 3);
}

#[tokio::test]
async fn a_match_hits_only_whose_text_is_in_address_or_body() {
    let road = Road::open().await;
    for only in ["order-1", "order-2"] {
        road.fault(json!({"path": "/", "kind": "500-before", "match": only, "times": 9}))
            .await;
    }
    let status = async |path: &str, body: &str| {
        let answer = road.post(path, body).await.expect("an answer");
        answer.status().as_u16()
    };
    assert_eq!(status("/x", "{\"order\":\"order-1\"}").await, 500);
    assert_eq!(status("/x?order-2", "").await, 500);
    assert_eq!(status("/x", "order-3").await, 200);
    let url = format!("{}/faults?match=order-1", road.control);
    road.client.delete(url).send().await.expect("an answer");
    assert_eq!(status("/x", "order-1").await, 200);
    assert_eq!(status("/x", "order-2").await, 500, "the other one's stays");
}

#[tokio::test]
async fn a_late_request_is_done_although_nobody_waits_any_more() {
    let road = Road::open().await;
    road.fault(json!({"path": "/x", "kind": "late", "delayMs": 200}))
        .await;
    let waited = tokio::time::timeout(Duration::from_millis(50), road.post("/x", "body")).await;
    assert!(waited.is_err());
    assert_eq!(road.heard(), 0);
    tokio::time::timeout(Duration::from_secs(5), async {
        while road.heard() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("it arrives");
}

#[tokio::test]
async fn a_delay_is_after_the_work() {
    let road = Road::open().await;
    road.fault(json!({"path": "/x", "kind": "delay", "delayMs": 200}))
        .await;
    let start = Instant::now();
    assert!(road.post("/x", "").await.is_ok());
    assert!(start.elapsed() >= Duration::from_millis(200));
    assert_eq!(road.heard(), 1);
}

#[tokio::test]
async fn f11_f28_truncated_dripping_and_huge_bodies() {
    let road = Road::open().await;
    road.fault(json!({"path": "/x", "kind": "truncate"})).await;
    let cut = road.post("/x", "0123456789").await.expect("a head");
    assert!(cut.text().await.is_err(), "the body ends too early");

    road.fault(json!({"path": "/x", "kind": "drip", "everyMs": 1}))
        .await;
    let slow = road.post("/x", "0123456789").await.expect("a head");
    assert!(slow.text().await.expect("text").ends_with(" 0123456789"));

    road.fault(json!({"path": "/x", "kind": "huge", "bytes": 300_000}))
        .await;
    let huge = road.post("/x", "").await.expect("a head");
    assert_eq!(huge.bytes().await.expect("bytes").len(), 300_000);
    assert_eq!(road.heard(), 3, "all three were processed");
}

#[tokio::test]
async fn f23_to_f30_any_answer_can_be_given_instead() {
    for (processed, heard) in [(true, 1), (false, 0)] {
        let road = Road::open().await;
        road.fault(json!({
            "path": "/x", "kind": "answer", "processed": processed, "status": 409,
            "body": {"status": "error"}, "contentType": "text/plain", "retryAfter": 2,
        }))
        .await;
        let answer = road.post("/x", "").await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 409);
        assert_eq!(answer.headers()["content-type"], "text/plain");
        assert_eq!(answer.headers()["retry-after"], "2");
        assert_eq!(answer.text().await.expect("text"), r#"{"status":"error"}"#);
        assert_eq!(road.heard(), heard);
    }
}

#[tokio::test]
async fn where_nobody_listens_the_connection_ends() {
    let (gone, port) = listener().await;
    drop(gone);
    let (own, own_port) = listener().await;
    let (front, front_port) = listener().await;
    let front = Front {
        listener: front,
        to: format!("127.0.0.1:{port}"),
    };
    tokio::spawn(standins::serve(own, Config::at(own_port), Some(front)));
    let client = Client::builder().no_proxy().build().expect("a client");
    let url = format!("http://127.0.0.1:{front_port}/x");
    assert!(client.get(url).send().await.is_err());
}
