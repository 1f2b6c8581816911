//! The demo shop, in front of a server that answers as Fanfare's contract says.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{Path, State},
    http::{HeaderMap, Request, Response, StatusCode, header},
    routing::{get, post},
};
use fanfare_checkout::sandbox::shop::{self, Config};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::fits::assert_fits;

const ORDER: &str = "7b0f0d2c-8a10-4c5e-9d6f-111111111111";

/// What the checkout server was asked, and what it says of the order.
#[derive(Default)]
struct Heard {
    checkouts: Vec<Value>,
    status: &'static str,
    attempts: Value,
    /// What was asked of payments: the path, the key and the body.
    asked: Vec<(String, String, Value)>,
}

type Shared = Arc<Mutex<Heard>>;

async fn open() -> (Router, Shared) {
    let heard = Shared::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = Router::new()
        .route("/checkout", post(checkout))
        .route("/orders/{id}", get(order))
        .route("/payments/{id}/{what}", post(act))
        .with_state(heard.clone());
    tokio::spawn(async move { axum::serve(listener, server).await });
    let mut config = Config::demo(4805);
    config.checkout_internal_url = format!("http://127.0.0.1:{port}");
    (shop::app(config), heard)
}

async fn checkout(
    State(heard): State<Shared>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Json<Value> {
    assert_eq!(headers[header::AUTHORIZATION], "Bearer sk_test_demo");
    assert_fits("fanfare/checkout.request", &body);
    heard.lock().expect("a lock").checkouts.push(body);
    let answer = json!({"orderId": ORDER, "paymentId": "pay_x", "checkoutUrl": "http://localhost:4805/c/cs_x", "expiresAt": "2030-01-01T00:00:00Z"});
    assert_fits("fanfare/checkout.200", &answer);
    Json(answer)
}

async fn order(State(heard): State<Shared>, Path(id): Path<String>) -> Json<Value> {
    let heard = heard.lock().expect("a lock");
    Json(
        json!({"orderId": id, "paymentId": "pay_x", "reference": "ORD-1", "status": heard.status, "amount": 3500, "currency": "EUR", "attempts": heard.attempts}),
    )
}

async fn act(
    State(heard): State<Shared>,
    Path((id, what)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    assert_eq!(headers[header::AUTHORIZATION], "Bearer sk_test_demo");
    let key = headers["cko-idempotency-key"].to_str().expect("text");
    let asked = &mut heard.lock().expect("a lock").asked;
    asked.push((format!("{id}/{what}"), key.into(), body));
    if what == "voids" {
        let why = json!({"message": "the payment is <b>captured</b>"});
        return (StatusCode::FORBIDDEN, Json(why));
    }
    (StatusCode::ACCEPTED, Json(json!({"action_id": "act_x"})))
}

async fn call(shop: &Router, request: axum::http::request::Builder, body: &str) -> Response<Body> {
    let request = request.header(header::HOST, "127.0.0.1:4806");
    let request: Request<Body> = request
        .body(Body::from(body.to_owned()))
        .expect("a request");
    shop.clone().oneshot(request).await.expect("an answer")
}

async fn text(response: Response<Body>) -> String {
    let bytes = to_bytes(response.into_body(), usize::MAX)
        .await
        .expect("a body");
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn buy(good: &str, form: &str) -> (axum::http::request::Builder, String) {
    let request = Request::post(format!("/buy/{good}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    (request, form.to_owned())
}

#[tokio::test]
async fn buying_signs_the_order_and_leads_to_the_checkout() {
    let (shop, heard) = open().await;
    for (good, form, target) in [
        (
            "shirt",
            "mode=hosted",
            "http://localhost:4805/c/cs_x".to_owned(),
        ),
        (
            "cup",
            "way=when-shipped&mode=embedded",
            format!("/pay/{ORDER}"),
        ),
    ] {
        let (request, form) = buy(good, form);
        let answer = call(&shop, request, &form).await;
        assert_eq!(answer.status().as_u16(), 303);
        assert_eq!(answer.headers()[header::LOCATION], target.as_str());
    }
    let (request, form) = buy("shirt", "mode=hosted&way=by-post");
    assert_eq!(call(&shop, request, &form).await.status().as_u16(), 404);
    let catalogue = text(call(&shop, Request::get("/"), "").await).await;
    for way in ["at-once", "when-shipped"] {
        let radio = format!("<input type=\"radio\" name=\"way\" value=\"{way}\"");
        assert_eq!(catalogue.matches(&radio).count(), 1, "{way}");
    }
    let heard = heard.lock().expect("a lock");
    assert_eq!(heard.checkouts.len(), 2, "what is not sold opens nothing");
    let claims: Vec<Value> = heard
        .checkouts
        .iter()
        .map(|body| {
            let claim = body["checkoutClaim"].as_str().expect("a claim");
            assert_eq!(
                decode_header(claim).expect("a header").kid.as_deref(),
                Some("demo")
            );
            let mut rules = Validation::new(Algorithm::HS256);
            rules.set_audience(&["fanfare-checkout"]);
            rules.set_issuer(&["demo"]);
            let key = DecodingKey::from_secret(b"demo-claim-secret-of-the-demo-shop-0001");
            decode::<Value>(claim, &key, &rules)
                .expect("a good signature")
                .claims
        })
        .collect();
    assert_eq!(claims[0]["order"]["amount"], 3500);
    assert_eq!(claims[0]["capture"], "automatic");
    assert_eq!(claims[1]["order"]["currency"], "JPY");
    assert_eq!(claims[1]["order"]["lines"][0]["amount"], 4200);
    assert_eq!(claims[1]["capture"], "manual");
    assert_eq!(claims[1]["parentOrigins"], json!(["http://127.0.0.1:4806"]));
    assert_eq!(claims[1]["returnHosts"], json!(["127.0.0.1:4806"]));
    assert_ne!(claims[0]["jti"], claims[1]["jti"]);
    let reference = claims[1]["order"]["reference"]
        .as_str()
        .expect("a reference");
    assert_eq!(
        heard.checkouts[1]["successUrl"],
        format!("http://127.0.0.1:4806/thanks/{reference}")
    );
}

#[tokio::test]
async fn t12_t27_pages_hold_no_secret_and_allow_no_foreign_code() {
    let (shop, _) = open().await;
    let create = || Request::post("/api/orders").header(header::CONTENT_TYPE, "application/json");
    let order = json!({"mode": "embedded", "lines": [{"name": "<img src=x>", "quantity": 2, "amount": 700}]});
    let answer = call(&shop, create(), &order.to_string()).await;
    let placed: Value = serde_json::from_str(&text(answer).await).expect("JSON");
    assert_eq!(
        placed["payUrl"],
        format!("http://127.0.0.1:4806/pay/{ORDER}")
    );
    assert_eq!(
        placed["mountUrl"],
        format!("http://127.0.0.1:4806/mount/{ORDER}")
    );
    for path in [
        "/".into(),
        format!("/pay/{ORDER}"),
        format!("/mount/{ORDER}"),
    ] {
        let answer = call(&shop, Request::get(&path), "").await;
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        let policy = answer.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .expect("text")
            .to_owned();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(
            policy.contains("wasm-unsafe-eval"),
            path.starts_with("/mount"),
            "{path}"
        );
        assert!(!policy.contains("unsafe-inline"), "{path}");
        let page = text(answer).await;
        assert!(
            !page.contains("sk_test") && !page.contains("claim-secret"),
            "{path}"
        );
        assert!(
            !page.contains("<img") && !page.contains("style=\"") && !page.contains("onclick"),
            "{path}"
        );
        if path != "/" {
            assert!(page.contains("&lt;img src=x&gt;"), "{path}");
            assert!(page.contains("€7.00"), "{path}");
            assert!(
                page.contains("checkout-url=\"http://localhost:4805/c/cs_x\""),
                "{path}"
            );
        }
    }
    let foreign = create().header(header::ORIGIN, "https://evil.test");
    assert_eq!(call(&shop, foreign, "{}").await.status().as_u16(), 403);
    let plain = Request::post("/api/orders").header(header::CONTENT_TYPE, "text/plain");
    assert_eq!(call(&shop, plain, "{}").await.status().as_u16(), 415);
}

#[tokio::test]
async fn the_thank_you_page_says_what_the_server_says() {
    let (shop, heard) = open().await;
    let declined = json!([{"id": "a", "status": "declined"}]);
    let waiting = json!([{"id": "a", "status": "declined"}, {"id": "b", "status": "unknown"}]);
    for (status, attempts, title) in [
        ("paid", json!([]), "Thank you"),
        ("authorised", json!([]), "reserved"),
        ("open", declined, "Not paid"),
        ("open", waiting, "Being processed"),
        ("cancelled", json!([]), "Not paid"),
        ("expired", json!([]), "Not paid"),
    ] {
        {
            let mut heard = heard.lock().expect("a lock");
            heard.status = status;
            heard.attempts = attempts;
        }
        for path in ["thanks", "cancelled"] {
            let answer = call(&shop, Request::get(format!("/{path}/{ORDER}")), "").await;
            let page = text(answer).await;
            assert!(page.contains(title), "{path}, {status}: {page}");
        }
    }
}

#[tokio::test]
async fn f73_without_a_checkout_server_the_shop_says_so() {
    let mut config = Config::demo(4805);
    config.checkout_internal_url = "http://127.0.0.1:1".into();
    let (request, form) = buy("shirt", "mode=hosted");
    let answer = call(&shop::app(config), request, &form).await;
    assert_eq!(answer.status().as_u16(), 502);
    assert!(text(answer).await.contains("Is it running?"));
}

#[tokio::test]
async fn t22_the_shop_believes_fresh_signed_events_once_and_shows_them() {
    let (shop, heard) = open().await;
    heard.lock().expect("a lock").status = "paid";
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a time")
        .as_secs();
    let event =
        json!({"id": "whk_1", "type": "order.completed", "data": {"orderId": ORDER}}).to_string();
    let sign = |time: u64, body: &str, secret: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
        mac.update(format!("{time}.{body}").as_bytes());
        format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
    };
    let send = |time: u64, signature: String| {
        let request = Request::post("/events")
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-fanfare-timestamp", time.to_string())
            .header("x-fanfare-signature", signature);
        call(&shop, request, &event)
    };
    let secret = "demo-events-secret-0001";
    for (time, signature) in [
        (now, sign(now, &event, "another-secret-0001")),
        (now, sign(now - 1, &event, secret)),
        (now, sign(now, "{}", secret)),
        (now, String::new()),
        (now - 301, sign(now - 301, &event, secret)),
    ] {
        assert_eq!(send(time, signature).await.status().as_u16(), 400);
    }
    let page = || async {
        let request = Request::get(format!("/thanks/{ORDER}"));
        text(call(&shop, request, "").await).await
    };
    assert!(!page().await.contains("signed event"));
    for new in [true, false, false] {
        let answer = send(now, sign(now, &event, secret)).await;
        assert_eq!(answer.status().as_u16(), 200);
        let answer: Value = serde_json::from_str(&text(answer).await).expect("JSON");
        assert_eq!(answer["new"], new);
    }
    let page = page().await;
    assert_eq!(page.matches("signed event: order.completed").count(), 1);
}

#[tokio::test]
async fn the_back_office_asks_for_what_its_forms_say_once_and_for_no_other_site() {
    let (shop, heard) = open().await;
    heard.lock().expect("a lock").status = "authorised";
    let page =
        || async { text(call(&shop, Request::get(format!("/office/{ORDER}")), "").await).await };
    let first = page().await;
    assert!(first.contains("authorised of €35.00") && !first.contains("sk_test"));
    let key = |page: &str| {
        let (_, rest) = page.split_once("name=\"key\" value=\"").expect("a key");
        rest[..36].to_owned()
    };
    let post = |what: &str, form: String, origin: &'static str| {
        let request = Request::post(format!("/office/{ORDER}/{what}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, origin);
        let shop = shop.clone();
        async move { call(&shop, request, &form).await.status().as_u16() }
    };
    let own = "http://127.0.0.1:4806";
    let form = format!("amount=12.50&key={}", key(&first));
    assert_eq!(
        post("captures", form.clone(), "https://evil.test").await,
        403
    );
    assert!(heard.lock().expect("a lock").asked.is_empty());
    // A double click sends the same form twice.
    for _ in 0..2 {
        assert_eq!(post("captures", form.clone(), own).await, 303);
    }
    assert!(page().await.contains("Asked for."));
    let second = page().await;
    assert!(!second.contains("Asked for.") && key(&second) != key(&first));
    let wrong = format!("amount=12,50&key={}", key(&second));
    assert_eq!(post("captures", wrong, own).await, 303);
    assert!(page().await.contains("is no amount of EUR"));
    assert_eq!(
        post("voids", format!("key={}", key(&second)), own).await,
        303
    );
    assert!(
        page()
            .await
            .contains("Refused (403): the payment is &lt;b&gt;captured")
    );
    let asked = heard.lock().expect("a lock").asked.clone();
    let capture = (
        "pay_x/captures".to_owned(),
        key(&first),
        json!({"amount": 1250}),
    );
    let void = ("pay_x/voids".to_owned(), key(&second), json!({}));
    assert_eq!(asked, [capture.clone(), capture, void]);
}
