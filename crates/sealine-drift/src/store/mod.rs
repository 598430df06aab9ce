//! What is remembered: projects, runs, differences since when, alerts and what is still to be sent.
//!
//! Invariant: what a run changed, which alerts follow, and the messages to send become true in one
//! transaction, synced to the disk before anybody is told. Statements are such that PostgreSQL would
//! take them; what only SQLite knows is in [`Store::open`] and in the schema's files. Where a statement
//! is about what is open of one project, `key >= ''`, which always holds, leads to the index of that.

mod acknowledge;
mod error;
mod outbox;
mod owner;
mod projects;
mod queue;
mod reconcile;
mod record;
mod retention;
mod standing;
mod verify;
mod views;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection as _, Sqlite, Transaction};

pub use acknowledge::{Acknowledgement, Target};
pub use error::Error;
pub use outbox::{Answered, Due};
pub use owner::{Owner, own};
pub use projects::{Claimed, Lease};
pub use record::Recorded;
pub use retention::Retention;
pub use standing::{DeadLetter, ProjectView, SinkView, Status, Waiting};
pub use views::{ConditionView, HistoryQuery, Moment, RunView};

/// The schema, by version: the first file makes version 1. A file that was released never changes.
const SCHEMA: &[&str] = &[include_str!("schema/0001.sql")];

/// How long a statement waits for another writer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The name under which Sealine's own alarms stand; it is no project.
pub const OWN: &str = "(sealine)";

/// The store.
#[derive(Clone, Debug)]
pub struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
    path: PathBuf,
    /// Which file it is.
    file: FileId,
}

/// The number of a device, and of a file on it.
type FileId = (u64, u64);

/// A change that is not finished: undone when dropped.
pub type Change<'a> = Transaction<'a, Sqlite>;

impl Store {
    /// Opens the store, and makes it when it is not there.
    ///
    /// # Errors
    ///
    /// Fails when the file cannot be made or read, or was written by a newer program.
    pub async fn open(path: &Path) -> Result<Self, Error> {
        make_private(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE)
            .pragma("cache_size", "-8192")
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new().acquire_timeout(PATIENCE * 2);
        // On a full disk SQLite ends a change by itself. The library cannot undo it then, believes
        // that it goes on, and begins no other: such a connection is closed.
        let pool = pool.before_acquire(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        });
        let writer = pool.clone().max_connections(1).connect_with(options.clone()).await?;
        let store = Self {
            readers: pool.max_connections(2).connect_lazy_with(options.read_only(true)),
            writer,
            path: path.to_owned(),
            file: file_id(path).ok_or_else(|| Error::Gone(path.to_owned()))?,
        };
        store.migrate().await?;
        Ok(store)
    }

    /// Opens a store that must be there, as `status` and `history` do.
    ///
    /// # Errors
    ///
    /// Fails when there is none, besides what [`Store::open`] fails for.
    pub async fn existing(path: &Path) -> Result<Self, Error> {
        if !path.exists() {
            return Err(Error::NoHistory(path.to_owned()));
        }
        Self::open(path).await
    }

    /// Where the store is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes the files. What was recorded is safe without.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn migrate(&self) -> Result<(), Error> {
        let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&self.writer).await?;
        let known = i64::try_from(SCHEMA.len()).unwrap_or(i64::MAX);
        if found == known {
            return Ok(());
        }
        let mut change = self.change().await?;
        // Another process may have been faster.
        let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *change).await?;
        if found > known {
            return Err(Error::Newer { found, known });
        }
        for text in &SCHEMA[usize::try_from(found).unwrap_or_default()..] {
            sqlx::raw_sql(*text).execute(&mut *change).await?;
        }
        let version = format!("PRAGMA user_version = {known}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(version)).execute(&mut *change).await?;
        change.commit().await?;
        Ok(())
    }

    /// Writes something, to see whether that can be done.
    ///
    /// # Errors
    ///
    /// Fails when it cannot.
    pub async fn probe(&self) -> Result<(), Error> {
        let mut change = self.change().await?;
        let version = format!("PRAGMA user_version = {}", SCHEMA.len());
        sqlx::raw_sql(sqlx::AssertSqlSafe(version)).execute(&mut *change).await?;
        change.commit().await?;
        Ok(())
    }

    /// Begins a change. It takes the lock at once: one that began by reading could not be finished
    /// when another was faster.
    async fn change(&self) -> Result<Change<'static>, Error> {
        // What is written to a file that was moved or removed is in no history that anybody opens.
        if file_id(&self.path) != Some(self.file) {
            return Err(Error::Gone(self.path.clone()));
        }
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// Makes the folder and the file with rights for their owner alone.
fn make_private(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    let fault = |source| Error::File { path: path.to_owned(), source };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(fault)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map(|_| ()).map_err(fault)
}

fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

fn instant(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or_default()
}

fn list(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_default()
}

fn json_list(texts: &[String]) -> String {
    serde_json::Value::from(texts.to_vec()).to_string()
}
