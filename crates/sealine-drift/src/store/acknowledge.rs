//! Acknowledging: somebody says that a difference is known, and why.
//!
//! Invariant: what is acknowledged is still there and still counted. It is told again when it looks
//! otherwise, when its time is up, and when it is gone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::Row as _;

use super::reconcile::{Touched, reconcile};
use super::{Error, Store, millis};
use crate::alerts::{Policy, glob};

/// What to acknowledge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One by its number.
    Number(i64),
    /// All of a project whose address fits, with `*` for any text.
    Addresses {
        /// The project.
        project: String,
        /// The pattern.
        pattern: String,
    },
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Who says it.
    pub by: String,
    /// Why.
    pub why: String,
    /// Until when; until it changes or is gone without.
    pub until: Option<Timestamp>,
}

impl Store {
    /// Acknowledges what is open, and returns the numbers and addresses of what that was.
    ///
    /// # Errors
    ///
    /// Fails when nothing open fits, and when the store does.
    pub async fn acknowledge(
        &self,
        target: &Target,
        said: &Acknowledgement,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Vec<(i64, String)>, Error> {
        let mut change = self.change().await?;
        let rows = sqlx::query(
            "SELECT c.id, c.address, c.project, p.name FROM condition c \
             JOIN project p ON p.id = c.project WHERE c.closed_at IS NULL ORDER BY c.severity DESC, c.id",
        )
        .fetch_all(&mut *change)
        .await?;
        let mut done = Vec::new();
        let mut projects: BTreeMap<i64, Touched> = BTreeMap::new();
        for row in rows {
            let (id, address, project, name): (i64, String, i64, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
            let fits = match target {
                Target::Number(number) => *number == id,
                Target::Addresses { project, pattern } => {
                    *project == name && glob::fits(pattern, &address)
                }
            };
            if !fits {
                continue;
            }
            sqlx::query(
                "UPDATE condition SET ack_at = $1, ack_by = $2, ack_why = $3, ack_until = $4 \
                 WHERE id = $5",
            )
            .bind(millis(now))
            .bind(&said.by)
            .bind(&said.why)
            .bind(said.until.map(millis))
            .bind(id)
            .execute(&mut *change)
            .await?;
            projects.entry(project).or_default().acknowledged.insert(id);
            done.push((id, address));
        }
        if done.is_empty() {
            let what = match target {
                Target::Number(number) => format!("open finding {number}"),
                Target::Addresses { project, pattern } => {
                    format!("open finding of `{project}` that fits `{pattern}`")
                }
            };
            return Err(Error::Missing(what));
        }
        for (project, touched) in &projects {
            reconcile(&mut change, *project, touched, policy, now).await?;
        }
        change.commit().await?;
        Ok(done)
    }
}
