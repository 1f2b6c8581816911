//! What the server reads of shops and browsers, over its own routes without a socket: claims,
//! bodies, paths and addresses. It answers everything, never with 5xx, and nothing gets paid.

use std::{path::Path, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use fanfare_checkout::server::{Settings, app};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tower::ServiceExt;

use super::{
    bytes::{Dice, spoilt, spoilt_text},
    run::{Watch, cases, seed, shown},
    samples::{ORDER, claim},
};

const CLAIM_SECRET: &[u8] = b"demo-claim-secret-of-the-demo-shop-0001";

fn settings(folder: &Path) -> Settings {
    let mut settings = Settings::demo(4805, folder, &folder.join("assets"));
    settings.gateway_deadline = Duration::from_secs(1);
    for organisation in &mut settings.organisations {
        // Nobody listens there: no payment can be made.
        organisation.checkout_com.as_mut().unwrap().account.base = "http://127.0.0.1:5155".into();
    }
    settings
}

/// A compact JWS over any bytes.
fn sign(payload: &[u8]) -> Vec<u8> {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT","kid":"demo"}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
    let mut mac = Hmac::<Sha256>::new_from_slice(CLAIM_SECRET).unwrap();
    mac.update(signed.as_bytes());
    let mac = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    format!("{signed}.{mac}").into_bytes()
}

fn opening(claim: &str, success_url: &str) -> Value {
    json!({"checkoutClaim": claim, "mode": "embedded", "successUrl": success_url,
        "cancelUrl": "http://127.0.0.1:4806/cart", "idempotencyKey": "k-1"})
}

struct Target {
    router: Router,
    order: String,
    session: String,
    now: i64,
}

impl Target {
    async fn new(folder: &Path) -> Self {
        let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
        let mut target = Self {
            router: app(settings(folder)).await.unwrap(),
            order: ORDER.into(),
            session: String::new(),
            now,
        };
        let claim = sign(claim(now).to_string().as_bytes());
        let body = opening(
            std::str::from_utf8(&claim).unwrap(),
            "http://127.0.0.1:4806/ok",
        );
        let (status, answer) = target
            .send("POST", "/checkout", body.to_string().into_bytes())
            .await
            .unwrap();
        assert_eq!(status, 200, "{answer}");
        target.order = answer["orderId"].as_str().unwrap().into();
        let url = answer["checkoutUrl"].as_str().unwrap();
        target.session = url.rsplit('/').next().unwrap().into();
        target
    }

    /// `None` where the path is none that HTTP could carry.
    async fn send(&self, method: &str, path: &str, body: Vec<u8>) -> Option<(StatusCode, Value)> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost:4805")
            .header("content-type", "application/json")
            .header("authorization", "Bearer sk_test_demo")
            .body(Body::from(body))
            .ok()?;
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Some((status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }

    /// One spoilt request: method, path and body.
    fn spoilt(&self, dice: &mut Dice) -> (&'static str, String, Vec<u8>) {
        let claim = claim(self.now).to_string().into_bytes();
        let signed = String::from_utf8(sign(&claim)).unwrap();
        let url = "http://127.0.0.1:4806/ok";
        let json = |value: Value| [value.to_string().into_bytes()];
        match dice.below(9) {
            0 => (
                "POST",
                "/checkout".into(),
                spoilt(dice, &json(opening(&signed, url))),
            ),
            1 => {
                let signed = sign(&spoilt(dice, &[claim]));
                let body = opening(std::str::from_utf8(&signed).unwrap(), url);
                ("POST", "/checkout".into(), body.to_string().into_bytes())
            }
            2 => {
                let token = spoilt_text(dice, &[signed.into_bytes()]);
                let body = opening(&token, url);
                ("POST", "/checkout".into(), body.to_string().into_bytes())
            }
            3 => {
                let urls = ["https://127.0.0.1:4806/ok?a=b#c", url].map(|url| url.into());
                let url = spoilt_text(dice, &urls);
                let body = opening(&signed, &url);
                ("POST", "/checkout".into(), body.to_string().into_bytes())
            }
            4 => {
                let body = json(
                    json!({"payment_method_token": "tok_1", "order_id": self.order,
                    "client_metadata": {"attempt_id": "att_1"}}),
                );
                (
                    "POST",
                    "/demo/v1/checkout/create_payment".into(),
                    spoilt(dice, &body),
                )
            }
            5 => {
                let body = json(json!({"resume_token": "res_1", "order_id": self.order}));
                (
                    "POST",
                    "/demo/v1/checkout/resume_payment".into(),
                    spoilt(dice, &body),
                )
            }
            6 => {
                // An attempt that is not there: the session itself stays open.
                let body = spoilt(dice, &json(json!({"attempt": "att_none"})));
                ("POST", "/c/cs_none/cancel".into(), body)
            }
            7 => {
                let paths = [
                    format!("/orders/{}", self.order),
                    format!("/c/{}/state", self.session),
                    format!("/c/{}/action/att_1", self.session),
                ]
                .map(String::into_bytes);
                ("GET", spoilt_text(dice, &paths), Vec::new())
            }
            _ => {
                let paths = [b"/demo/v1/checkout/create_payment".to_vec()];
                ("POST", spoilt_text(dice, &paths), b"{}".to_vec())
            }
        }
    }
}

#[tokio::test]
async fn t20_t21_requests_of_shops_and_browsers() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::new(folder.path()).await;
    let seed = seed();
    let watch = Watch::default();
    // A request is written to the disk too, which is slow where others use it.
    let _running = watch.start(Duration::from_secs(10));
    for case in 0..cases(600, 20_000) {
        let mut dice = Dice::new(seed ^ case.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let (method, path, body) = target.spoilt(&mut dice);
        let told = format!(
            "server, SEED={seed}, case {case}: {method} {} {}",
            shown(&path),
            shown(&String::from_utf8_lossy(&body))
        );
        watch.on(told.clone());
        let answered = target.send(method, &path, body).await;
        watch.off();
        if let Some((status, answer)) = answered {
            assert!(!status.is_server_error(), "{status} {answer}\n{told}");
            assert_ne!(answer["checkout_status"], "succeeded", "I2: {told}");
        }
    }
    let path = format!("/orders/{}", target.order);
    let (status, order) = target.send("GET", &path, Vec::new()).await.unwrap();
    assert_eq!(status, 200);
    assert_ne!(order["status"], "paid", "T20: {order}");
}
