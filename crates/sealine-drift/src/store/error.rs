//! What can go wrong with the store.
//!
//! Invariant: no message holds a statement's values.

use std::path::PathBuf;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process owns the store.
    #[error("another process uses the history: {holder}")]
    Owned {
        /// Its process id and host, as it wrote them.
        holder: String,
    },
    /// The file was written by a newer program.
    #[error("the history has schema {found}, and this program knows schemas up to {known}")]
    Newer {
        /// The version in the file.
        found: i64,
        /// The newest version that is known.
        known: i64,
    },
    /// The lease went to another run: the result is dropped.
    #[error("the run of `{project}` lost its lease, its result is dropped")]
    Stale {
        /// The project.
        project: String,
    },
    /// Somebody runs the project now.
    #[error("`{project}` is being looked at by {holder}")]
    Busy {
        /// The project.
        project: String,
        /// Who.
        holder: String,
    },
    /// No such thing.
    #[error("there is no {0} in the history")]
    Missing(String),
    /// There is no history yet.
    #[error("there is no history at `{}`", .0.display())]
    NoHistory(PathBuf),
    /// The file is no longer where it was opened.
    #[error("the history is no longer at `{}`", .0.display())]
    Gone(PathBuf),
    /// The disk is full.
    #[error("the disk of the history is full")]
    Full,
    /// Somebody else wrote for longer than we wait.
    #[error("the history is locked by another program")]
    Locked,
    /// Reading or writing failed in a way after which the process must not go on: what was not
    /// synced may be gone from the kernel's cache.
    #[error("the disk of the history fails: {0}")]
    Disk(String),
    /// The file is not what we wrote.
    #[error("the history is damaged: {0}")]
    Damaged(String),
    /// A file beside the store.
    #[error("cannot use `{}`", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Anything else that the database says.
    #[error("the history: {0}")]
    Other(String),
}

impl Error {
    /// Returns whether the process must end rather than try again.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Disk(_) | Self::Damaged(_))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let code = match &error {
            sqlx::Error::Database(error) => {
                error.code().and_then(|code| code.parse::<i64>().ok()).unwrap_or_default()
            }
            _ => 0,
        };
        // There is no room for the index of the write-ahead log.
        if code == 4_874 {
            return Self::Full;
        }
        // The low byte is the kind; extended codes stand above it.
        match code & 0xff {
            5 | 6 => Self::Locked,
            10 => Self::Disk(error.to_string()),
            11 | 26 => Self::Damaged(error.to_string()),
            13 => Self::Full,
            _ => Self::Other(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}
