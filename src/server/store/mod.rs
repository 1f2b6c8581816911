//! What must not be forgotten: SQLite in a file, or PostgreSQL, by the same SQL.
//!
//! A transaction that reads and then writes begins with an UPDATE of the order's row. That
//! takes SQLite's write lock and PostgreSQL's row lock, so that two servers take turns on
//! one order.

mod attempts;
mod begin;
mod checkouts;
mod closing;
mod customers;
mod funnelfox;
mod history;
mod instructions;
mod limits;
mod one_click;
mod orders;
mod outbox;
mod overview;
mod record;
mod reversals;
mod sessions;
mod webhooks;

use std::{
    collections::HashSet,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use sqlx::{
    AnyConnection, AnyPool, Connection, Row,
    any::{AnyPoolOptions, AnyRow},
};

use crate::{sensitive::Sensitive, server::limits::Limits};

pub(crate) use attempts::Due;
pub(crate) use begin::{Begin, Begun};
pub(crate) use checkouts::{NewCheckout, Opened, Refusal};
pub(crate) use customers::{Customer, Repriced, SavedCard};
pub(crate) use funnelfox::ClientSession;
pub(crate) use history::{Happening, Past, What};
pub(crate) use instructions::Begun as Instructed;
pub(crate) use one_click::{Click, Clicked};
pub(crate) use outbox::{After, Event, EventState};
pub(crate) use overview::{Whole, is_row_trouble};
pub(crate) use webhooks::{News, Stored};

/// Why the store could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or can't be reached.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("database migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row holds what this version never wrote.
    #[error("database: column {column} holds an unexpected value")]
    Unreadable {
        /// Which column.
        column: &'static str,
    },
    /// There is no database to look into.
    #[error("no database at {path}; name the one of your server with --data or --database-url")]
    Missing {
        /// Which file.
        path: String,
    },
    /// The file's folder can't be made.
    #[error("database folder {path}: {error}; make it or choose another DATABASE_URL")]
    Folder {
        /// Which folder.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
}

/// Milliseconds of Unix time, by this machine.
pub(crate) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |passed| {
            i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
        })
}

/// The database.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pool: AnyPool,
    /// The organisations whose shops are told of their orders.
    events_for: Arc<HashSet<String>>,
    limits: Limits,
}

impl Store {
    /// Opens `url` (`sqlite://path` or `postgres://…`), makes the file and brings the tables
    /// up to date.
    pub(crate) async fn open(url: &str) -> Result<Self, StoreError> {
        let mut url = url.to_owned();
        if is_sqlite(&url) {
            make_folder(&url)?;
            make_file(&url);
            if !url.contains('?') {
                url.push_str("?mode=rwc");
            }
        }
        // A pool would try for half a minute and then only say that it waited in vain.
        sqlx::any::install_default_drivers();
        let mut first = AnyConnection::connect(&url).await?;
        if is_sqlite(&url) {
            durable(&mut first).await?;
        }
        first.close().await?;
        let store = Self::connect(&url).await?;
        sqlx::migrate!("src/server/store/migrations")
            .run(&store.pool)
            .await?;
        Ok(store)
    }

    /// Opens `url` and closes it again; neither file nor tables are made.
    pub(crate) async fn try_out(url: &str) -> Result<(), StoreError> {
        let mut url = url.to_owned();
        if is_sqlite(&url) && !url.contains('?') {
            if !file_of(&url).is_file() {
                let path = file_of(&url).display().to_string();
                return Err(StoreError::Missing { path });
            }
            url.push_str("?mode=rw");
        }
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(&url).await?;
        sqlx::query("SELECT 1").execute(&mut connection).await?;
        Ok(connection.close().await?)
    }

    /// Opens `url` to look into it, whether a server runs on it or not: neither file nor
    /// tables are made.
    pub(crate) async fn look_into(url: &str) -> Result<Self, StoreError> {
        let mut url = url.to_owned();
        if is_sqlite(&url) && !url.contains('?') {
            if !file_of(&url).is_file() {
                return Err(StoreError::Missing {
                    path: file_of(&url).display().to_string(),
                });
            }
            url.push_str("?mode=rw");
        }
        Self::connect(&url).await
    }

    async fn connect(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let sqlite = is_sqlite(url);
        let pool = AnyPoolOptions::new()
            // SQLite has one writer; more connections would only wait for each other.
            .max_connections(if sqlite { 4 } else { 16 })
            .acquire_timeout(Duration::from_secs(30))
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if sqlite {
                        durable(connection).await?;
                    }
                    Ok(())
                })
            })
            .after_release(|connection, _| {
                Box::pin(async move {
                    // Until a rollback that was only asked for has been carried out.
                    connection.ping().await?;
                    // A commit that failed (the disk is full) leaves the count of transactions
                    // wrong: what the connection commits next would not be kept, or it would
                    // hold its lock for ever. It is closed.
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect(url)
            .await?;
        Ok(Self {
            pool,
            events_for: Arc::default(),
            limits: Limits::default(),
        })
    }

    /// With other limits than usual.
    pub(crate) fn limited(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same, with events for the shops of these organisations.
    pub(crate) fn telling(mut self, organisations: HashSet<String>) -> Self {
        self.events_for = Arc::new(organisations);
        self
    }

    /// The secret called `name`: the one kept, or `fresh` kept from now on.
    pub(crate) async fn secret(
        &self,
        name: &str,
        fresh: Sensitive<String>,
    ) -> Result<Sensitive<String>, StoreError> {
        sqlx::query("INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(name)
            // EXPOSE: it is kept so that a restart doesn't end the challenges under way.
            .bind(fresh.expose().as_str())
            .execute(&self.pool)
            .await?;
        let row = sqlx::query("SELECT value FROM secrets WHERE name = $1")
            .bind(name)
            .fetch_one(&self.pool)
            .await?;
        Ok(Sensitive::new(row.try_get("value")?))
    }

    /// Whether the database answers.
    pub(crate) async fn is_alive(&self) -> bool {
        sqlx::query("SELECT name FROM secrets WHERE name = ''")
            .fetch_optional(&self.pool)
            .await
            .is_ok()
    }
}

fn is_sqlite(url: &str) -> bool {
    url.starts_with("sqlite:")
}

fn file_of(url: &str) -> &Path {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    Path::new(path.split('?').next().unwrap_or_default())
}

fn make_folder(url: &str) -> Result<(), StoreError> {
    match file_of(url).parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            std::fs::create_dir_all(folder).map_err(|error| StoreError::Folder {
                path: folder.display().to_string(),
                error,
            })
        }
        _ => Ok(()),
    }
}

/// Makes the file for its owner alone: it holds the server's keys and its sessions. What SQLite
/// writes beside it takes over its mode. A file that is there keeps its own.
fn make_file(url: &str) {
    let mut made = std::fs::OpenOptions::new();
    made.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut made, 0o600);
    // What keeps it from being made, SQLite says next.
    let _ = made.open(file_of(url));
}

/// What is committed survives `kill -9` and a power cut; writers wait for each other.
async fn durable(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for pragma in [
        "PRAGMA busy_timeout = 20000",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
    ] {
        sqlx::query(pragma).execute(&mut *connection).await?;
    }
    Ok(())
}

fn text(row: &AnyRow, column: &'static str) -> Result<String, StoreError> {
    Ok(row.try_get(column)?)
}

fn optional(row: &AnyRow, column: &'static str) -> Result<Option<String>, StoreError> {
    Ok(Some(text(row, column)?).filter(|text| !text.is_empty()))
}

fn number(row: &AnyRow, column: &'static str) -> Result<i64, StoreError> {
    Ok(row.try_get(column)?)
}

fn known<T>(value: Option<T>, column: &'static str) -> Result<T, StoreError> {
    value.ok_or(StoreError::Unreadable { column })
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::Store;

    #[tokio::test]
    async fn t28_the_database_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/own.db");
        let url = format!("sqlite://{}", file.display());
        let store = Store::open(&url).await.unwrap();
        for name in ["own.db", "own.db-wal", "own.db-shm"] {
            let file = file.with_file_name(name);
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        drop(store);
    }
}
