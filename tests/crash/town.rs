//! A shop's world in processes: the stand-ins, and one or two checkout servers on one database.

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use reqwest::{Client, redirect};
use serde_json::Value;
use sqlx::Connection;
use tempfile::TempDir;

use super::process::{Process, port, program};

pub(crate) struct Town {
    pub(crate) client: Client,
    /// Where the stand-ins are.
    pub(crate) standins: String,
    /// Where each checkout server is, and its process.
    pub(crate) servers: Vec<(String, Process)>,
    _folder: TempDir,
    turn: AtomicUsize,
    _standins: Process,
}

/// How long things may take in a town.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) gateway_deadline: &'static str,
    pub(crate) quiet: &'static str,
}

/// Where the servers keep what must not be forgotten: a file, or a PostgreSQL database made
/// for this town.
async fn database(folder: &Path) -> (String, usize) {
    let Ok(url) = std::env::var("TEST_POSTGRES_URL") else {
        return (format!("sqlite://{}", folder.join("town.db").display()), 1);
    };
    let name = format!("c{}", uuid::Uuid::new_v4().simple());
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::raw_sql(create)
        .execute(&mut connection)
        .await
        .unwrap();
    (format!("{}/{name}", url.rsplit_once('/').unwrap().0), 2)
}

impl Town {
    pub(crate) async fn build(pace: Pace) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (database_url, how_many) = database(folder.path()).await;
        Self::with(folder, &database_url, how_many, &[], pace).await
    }

    /// `before` are the words before the server's own, such as a shell's.
    pub(crate) async fn with(
        folder: TempDir,
        database_url: &str,
        how_many: usize,
        before: &[&str],
        pace: Pace,
    ) -> Self {
        let path = folder.path();
        std::fs::create_dir(path.join("assets")).unwrap();
        let standins_port = port();
        let standins = format!("http://127.0.0.1:{standins_port}");
        let sandbox = [
            program(),
            "sandbox".into(),
            format!("--port-base={}", standins_port - 2),
        ];
        let sandbox = Process::start(sandbox.into(), Vec::new());
        let public = port();
        let mut servers = Vec::new();
        for n in 0..how_many {
            let own = if n == 0 { public } else { port() };
            let mut arguments: Vec<String> = before.iter().map(|word| (*word).into()).collect();
            arguments.extend([
                program(),
                "serve".into(),
                format!("--port-base={own}"),
                format!("--data={}", path.display()),
                format!("--assets={}", path.join("assets").display()),
                format!("--public-url=http://localhost:{public}"),
                format!("--stand-ins={standins}"),
                "--settle-every=0.2".into(),
                format!("--quiet={}", pace.quiet),
                format!("--gateway-deadline={}", pace.gateway_deadline),
            ]);
            let environment = vec![("DATABASE_URL", database_url.to_owned())];
            let process = Process::start(arguments, environment);
            servers.push((format!("http://127.0.0.1:{own}"), process));
        }
        let client = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(15))
            .build()
            .unwrap();
        let town = Self {
            client,
            standins,
            servers,
            _folder: folder,
            turn: AtomicUsize::new(0),
            _standins: sandbox,
        };
        town.is_up(&format!("{}/control", town.standins)).await;
        for (base, _) in &town.servers {
            town.is_up(&format!("{base}/health")).await;
        }
        town
    }

    /// Waits until `url` answers.
    pub(crate) async fn is_up(&self, url: &str) {
        for _ in 0..600 {
            if let Ok(answer) = self.client.get(url).send().await
                && answer.status().is_success()
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{url} does not come up: {}", self.logs());
    }

    /// The server that answers next: they stand behind one address and take turns.
    pub(crate) fn server(&self) -> &str {
        let turn = self.turn.fetch_add(1, Ordering::SeqCst);
        &self.servers[turn % self.servers.len()].0
    }

    /// What the servers wrote to their logs.
    pub(crate) fn logs(&self) -> String {
        self.servers
            .iter()
            .map(|(_, server)| server.log())
            .collect()
    }

    /// Pulls a string of the stand-ins.
    pub(crate) async fn control(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/control/{path}", self.standins);
        let answer = self.client.post(url).json(body).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// Reads what the stand-ins counted or remember.
    pub(crate) async fn seen(&self, path: &str) -> Value {
        let url = format!("{}/control/{path}", self.standins);
        let answer = self.client.get(url).send().await.unwrap();
        answer.json().await.unwrap()
    }
}
