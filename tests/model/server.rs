//! The checkout server in a runtime of its own, so that it can die between any two of its
//! steps, on a store that survives it.

use std::{path::Path, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use fanfare_checkout::server::{Settings, app};
use serde_json::Value;
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

/// How long the gateway may take.
pub(crate) const DEADLINE: Duration = Duration::from_millis(300);

/// An answer: status and body.
pub(crate) type Told = (u16, Value);

pub(crate) struct Server {
    folder: TempDir,
    gateway: String,
    alive: Option<(Runtime, Router)>,
}

/// In memory where the system has such a folder: only processes die here, not machines.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

impl Server {
    pub(crate) async fn start(gateway: &str) -> Self {
        let mut server = Self {
            folder: folder(),
            gateway: gateway.into(),
            alive: None,
        };
        server.restart().await;
        server
    }

    /// Dies wherever it is, and starts again.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let mut settings = Settings::demo(4805, self.folder.path(), self.folder.path());
        settings.settle_every = Duration::from_millis(20);
        settings.gateway_deadline = DEADLINE;
        settings.quiet = Duration::from_millis(200);
        settings.organisations[0]
            .checkout_com
            .as_mut()
            .unwrap()
            .account
            .base = self.gateway.clone();
        let router = runtime.spawn(app(settings)).await.unwrap().unwrap();
        self.alive = Some((runtime, router));
    }

    pub(crate) async fn stop(&mut self) {
        if let Some((runtime, router)) = self.alive.take() {
            drop(router);
            let stop = move || runtime.shutdown_timeout(Duration::from_secs(5));
            tokio::task::spawn_blocking(stop).await.unwrap();
        }
    }

    /// Sends a request; the handle gives `None` if the server died meanwhile.
    pub(crate) fn send(
        &self,
        request: Request<Body>,
    ) -> impl Future<Output = Option<Told>> + use<> {
        let (runtime, router) = self.alive.as_ref().unwrap();
        let router = router.clone();
        let call = runtime.spawn(async move {
            let answer = router.oneshot(request).await.unwrap();
            let status = answer.status().as_u16();
            let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            (
                status,
                serde_json::from_str(&text).unwrap_or(Value::String(text)),
            )
        });
        async move { call.await.ok() }
    }

    /// Lets time pass by moving everything that the server remembers into the past.
    pub(crate) async fn pass(&self, milliseconds: i64) {
        let mut store = self.store().await;
        for sql in [
            "UPDATE attempts SET next_ask_at = next_ask_at - $1, asked_at = asked_at - $1, \
             created_at = created_at - $1, \
             quiet_since = CASE WHEN quiet_since > 0 THEN quiet_since - $1 ELSE 0 END",
            "UPDATE sessions SET created_at = created_at - $1, expires_at = expires_at - $1",
            "UPDATE charges SET charged_at = charged_at - $1",
        ] {
            sqlx::query(sql)
                .bind(milliseconds)
                .execute(&mut store)
                .await
                .unwrap();
        }
    }

    /// Ends all sessions.
    pub(crate) async fn expire(&self) {
        let mut store = self.store().await;
        sqlx::query("UPDATE sessions SET expires_at = created_at")
            .execute(&mut store)
            .await
            .unwrap();
    }

    async fn store(&self) -> SqliteConnection {
        let file = self.folder.path().join("fanfare-checkout.db");
        let url = format!("sqlite://{}", file.display());
        let mut store = SqliteConnection::connect(&url).await.unwrap();
        sqlx::query("PRAGMA busy_timeout = 20000")
            .execute(&mut store)
            .await
            .unwrap();
        store
    }
}

/// A request as browsers and shops send them.
pub(crate) fn request(path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Request<Body> {
    let mut request = Request::builder()
        .uri(path)
        .header(header::HOST, "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    match body {
        None => request.body(Body::empty()).unwrap(),
        Some(body) => request
            .method("POST")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap(),
    }
}
