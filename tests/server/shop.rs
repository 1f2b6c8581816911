//! A shop and a shopper for the tests: they speak HTTP to the real server.

use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use fanfare_checkout::{
    sensitive::Sensitive,
    server::{Settings, app},
};
use jsonwebtoken::{EncodingKey, Header, encode};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use sqlx::Connection;
use tempfile::TempDir;

use super::gateway::Gateway;

use crate::fits::assert_fits;

pub(crate) const SHOP: &str = "http://127.0.0.1:4806";
const CLAIM_SECRET: &str = "demo-claim-secret-of-the-demo-shop-0001";

pub(crate) struct World {
    pub(crate) gateway: Gateway,
    pub(crate) base: String,
    pub(crate) client: Client,
    pub(crate) folder: TempDir,
}

/// An answer as far as tests look at it.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

pub(crate) struct Checkout {
    pub(crate) order: String,
    pub(crate) session: String,
    pub(crate) answer: Value,
}

fn now() -> i64 {
    i64::try_from(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs(),
    )
    .unwrap()
}

pub(crate) fn claim(reference: &str, amount: i64) -> Value {
    json!({
        "iss": "demo", "aud": "fanfare-checkout", "iat": now(), "exp": now() + 600,
        "jti": uuid::Uuid::new_v4().to_string(),
        "order": {
            "reference": reference, "currency": "EUR", "amount": amount,
            "lines": [{"name": "Linen shirt", "quantity": 1, "amount": amount}],
            "customer": {"email": "a@b.co"},
        },
        "gateway": "checkout-com", "capture": "automatic", "language": "en",
        "parentOrigins": [SHOP], "returnHosts": ["127.0.0.1:4806"],
    })
}

pub(crate) fn sign(claim: &Value) -> String {
    sign_with(claim, "demo", CLAIM_SECRET)
}

pub(crate) fn sign_with(claim: &Value, kid: &str, secret: &str) -> String {
    let header = Header {
        kid: Some(kid.into()),
        ..Header::default()
    };
    encode(&header, claim, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

pub(crate) fn body(claim: &Value) -> Value {
    json!({
        "checkoutClaim": sign(claim), "mode": "embedded",
        "successUrl": format!("{SHOP}/thanks"), "cancelUrl": format!("{SHOP}/cart"),
        "idempotencyKey": uuid::Uuid::new_v4().to_string(),
    })
}

pub(crate) fn settings(gateway: &str, folder: &Path, public_url: String) -> Settings {
    let mut settings = Settings::demo(4805, folder, &folder.join("assets"));
    settings.public_url = public_url;
    settings.settle_every = Duration::from_millis(50);
    settings.gateway_deadline = Duration::from_secs(5);
    settings.quiet = Duration::from_millis(500);
    if let Ok(url) = std::fs::read_to_string(folder.join("database-url")) {
        settings.database_url = Sensitive::new(url);
    }
    let mut other = settings.organisations[0].clone();
    other.id = "other".into();
    other.secret_keys = vec![Sensitive::new("sk_test_other_demo".into())];
    other.claim_keys[0].kid = "other".into();
    other.checkout_com.as_mut().unwrap().webhook_secret =
        Some(Sensitive::new("demo-webhook-key-other".into()));
    other.prices.clear();
    other.shop_origins.clear();
    settings.organisations.push(other);
    for organisation in &mut settings.organisations {
        organisation.events = None;
        let account = organisation.checkout_com.as_mut().unwrap();
        account.account.base = gateway.into();
        account.token_url = format!("{gateway}/tokens");
    }
    settings
}

/// `TEST_POSTGRES_URL` runs the suite on PostgreSQL, with a database of its own for each test.
async fn own_database(folder: &Path) {
    let Ok(url) = std::env::var("TEST_POSTGRES_URL") else {
        return;
    };
    let name = format!("t{}", uuid::Uuid::new_v4().simple());
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::raw_sql(create)
        .execute(&mut connection)
        .await
        .unwrap();
    let base = url.rsplit_once('/').unwrap().0;
    std::fs::write(folder.join("database-url"), format!("{base}/{name}")).unwrap();
}

/// Serves in the background and says where.
pub(crate) async fn serve(gateway: &str, folder: &Path) -> String {
    serve_with(gateway, folder, |_| ()).await
}

pub(crate) async fn serve_with(
    gateway: &str,
    folder: &Path,
    change: impl FnOnce(&mut Settings),
) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let mut settings = settings(gateway, folder, base.clone());
    change(&mut settings);
    let service = app(settings)
        .await
        .unwrap()
        .into_make_service_with_connect_info::<std::net::SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    base
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// With other settings than usual.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let assets = folder.path().join("assets");
        std::fs::create_dir(&assets).unwrap();
        for (file, text) in [
            ("checkout.html", "<!doctype html><title>Checkout</title>"),
            (
                "return.html",
                "<script src=\"/embed/{version}/return.js\"></script>",
            ),
            ("checkout.js", "export {};"),
            ("app.wasm", "\0asm"),
        ] {
            std::fs::write(assets.join(file), text).unwrap();
        }
        std::fs::write(folder.path().join("secret.js"), "no").unwrap();
        own_database(folder.path()).await;
        let gateway = Gateway::start().await;
        Self {
            base: serve_with(&gateway.base, folder.path(), change).await,
            gateway,
            client: Client::builder().no_proxy().build().unwrap(),
            folder,
        }
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Got {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Got {
            status,
            headers,
            body,
        }
    }

    /// Sends a call of the payment contract; what is answered with 200 must fit both of its
    /// published forms.
    async fn send_payment(&self, request: reqwest::RequestBuilder) -> Got {
        let got = self.send(request).await;
        if got.status == 200 {
            assert_fits("funnelfox/envelope.200", &got.body);
            if got.body["status"] == "success" {
                assert_fits("funnelfox/payment.200", &got.body);
                assert_fits("funnelfox/payment.200", &got.body["data"]);
            }
        }
        got
    }

    pub(crate) async fn post_checkout(&self, body: &Value) -> Got {
        let url = format!("{}/checkout", self.base);
        let request = self.client.post(url).bearer_auth("sk_test_demo").json(body);
        let got = self.send(request).await;
        match got.status.as_u16() {
            200 => assert_fits("fanfare/checkout.200", &got.body),
            400 => assert_fits("fanfare/checkout.400", &got.body),
            _ => assert_fits("fanfare/error", &got.body),
        }
        got
    }

    pub(crate) async fn checkout(&self, reference: &str, amount: i64) -> Checkout {
        let got = self.post_checkout(&body(&claim(reference, amount))).await;
        assert_eq!(got.status, 200, "{:?}", got.body);
        Self::opened(got.body)
    }

    pub(crate) fn opened(answer: Value) -> Checkout {
        let url = answer["checkoutUrl"].as_str().unwrap();
        Checkout {
            order: answer["orderId"].as_str().unwrap().into(),
            session: url.rsplit('/').next().unwrap().into(),
            answer,
        }
    }

    pub(crate) fn call(
        &self,
        what: &str,
        key: Option<&str>,
        body: &Value,
    ) -> reqwest::RequestBuilder {
        let url = format!("{}/demo/v1/checkout/{what}", self.base);
        let request = self.client.post(url).json(body);
        match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        }
    }

    pub(crate) async fn pay(&self, order: &str, attempt: &str, token: &str) -> Got {
        let body = json!({"payment_method_token": token, "order_id": order});
        self.send_payment(self.call("create_payment", Some(attempt), &body))
            .await
    }

    pub(crate) async fn resume(&self, order: &str, token: &str) -> Got {
        let body = json!({"resume_token": token, "order_id": order});
        self.send_payment(self.call("resume_payment", None, &body))
            .await
    }

    pub(crate) async fn state(&self, session: &str) -> Value {
        let got = self
            .send(self.client.get(format!("{}/c/{session}/state", self.base)))
            .await;
        assert_eq!(got.status, 200, "{:?}", got.body);
        got.body
    }

    /// The attempt id the state hands out.
    pub(crate) async fn attempt(&self, session: &str) -> String {
        self.state(session).await["attempt"]["id"]
            .as_str()
            .unwrap()
            .into()
    }

    pub(crate) async fn order(&self, order: &str) -> Value {
        let url = format!("{}/orders/{order}", self.base);
        self.send(self.client.get(url).bearer_auth("sk_test_demo"))
            .await
            .body
    }

    pub(crate) async fn cancel(&self, session: &str, body: &Value) -> Got {
        let url = format!("{}/c/{session}/cancel", self.base);
        self.send(self.client.post(url).json(body)).await
    }

    /// Changes the database behind the server's back.
    pub(crate) async fn sql(&self, statement: &str) -> u64 {
        let file = self.folder.path().join("fanfare-checkout.db");
        let own = std::fs::read_to_string(self.folder.path().join("database-url"));
        let url = own.unwrap_or_else(|_| format!("sqlite://{}", file.display()));
        let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
        let statement = sqlx::AssertSqlSafe(statement.to_owned());
        let done = sqlx::raw_sql(statement).execute(&mut connection).await;
        done.unwrap().rows_affected()
    }

    /// Makes everything due now.
    pub(crate) async fn hurry(&self) {
        self.sql("UPDATE attempts SET next_ask_at = 0").await;
    }

    /// Reads the order until `done`: the settler works by itself.
    pub(crate) async fn until(&self, order: &str, done: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..200 {
            last = self.order(order).await;
            if done(&last) {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the order never came to it: {last}");
    }
}

/// The payload of an action token.
pub(crate) fn payload(token: &str) -> Value {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
