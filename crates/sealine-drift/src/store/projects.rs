//! Projects: who looks at one now, and when the next look is due.
//!
//! Invariant: each claim raises the project's fence, and a result is taken only with the newest one.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::Row as _;

use super::{Change, Error, Store, instant, millis};
use crate::alerts::scrub::scrubbed;
use crate::report::Failure;

/// The right to record the result of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The project's name.
    pub project: String,
    pub(super) id: i64,
    pub(super) fence: i64,
}

/// What became of a claim.
pub type Claimed = Result<Lease, Error>;

impl Store {
    /// Claims a project for one run.
    ///
    /// # Errors
    ///
    /// Fails when somebody holds it whose time is not up.
    pub async fn claim(
        &self,
        project: &str,
        holder: &str,
        lasts: Duration,
        now: Timestamp,
    ) -> Claimed {
        let mut change = self.change().await?;
        let id = project_id(&mut change, project, now).await?;
        let until =
            millis(now).saturating_add(i64::try_from(lasts.as_millis()).unwrap_or(i64::MAX));
        let row = sqlx::query(
            "UPDATE project SET fence = fence + 1, holder = $1, lease_until = $2 \
             WHERE id = $3 AND lease_until <= $4 RETURNING fence",
        )
        .bind(holder)
        .bind(until)
        .bind(id)
        .bind(millis(now))
        .fetch_optional(&mut *change)
        .await?;
        let Some(row) = row else {
            let holder =
                sqlx::query_scalar::<_, Option<String>>("SELECT holder FROM project WHERE id = $1")
                    .bind(id)
                    .fetch_one(&mut *change)
                    .await?;
            let holder = holder.unwrap_or_else(|| "somebody".to_owned());
            return Err(Error::Busy { project: project.to_owned(), holder });
        };
        let fence = row.try_get(0)?;
        change.commit().await?;
        Ok(Lease { project: project.to_owned(), id, fence })
    }

    /// Gives a claim back without a result: nothing was looked at, and this is why.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn skip(&self, lease: &Lease, why: &Failure, now: Timestamp) -> Result<(), Error> {
        sqlx::query(
            "UPDATE project SET holder = NULL, lease_until = 0, skipped = $1, skipped_at = $2 \
             WHERE id = $3 AND fence = $4",
        )
        .bind(scrubbed(&format!("{}: {}", why.kind.word(), why.message)))
        .bind(millis(now))
        .bind(lease.id)
        .bind(lease.fence)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Returns how much memory the last look at each project took, in bytes.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn peaks(&self) -> Result<Vec<(String, u64)>, Error> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT name, peak_memory FROM project WHERE peak_memory IS NOT NULL")
                .fetch_all(&self.readers)
                .await?;
        Ok(rows.into_iter().map(|(name, peak)| (name, u64::try_from(peak).unwrap_or(0))).collect())
    }

    /// Ends every claim: who owns the store knows that nobody else runs.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn end_claims(&self, _owner: &super::Owner) -> Result<(), Error> {
        sqlx::query("UPDATE project SET holder = NULL, lease_until = 0 WHERE lease_until > 0")
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Notes when the next look is due.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn schedule(&self, due: &[(String, Timestamp)], now: Timestamp) -> Result<(), Error> {
        let mut change = self.change().await?;
        for (project, at) in due {
            let id = project_id(&mut change, project, now).await?;
            sqlx::query("UPDATE project SET next_due = $1 WHERE id = $2")
                .bind(millis(*at))
                .bind(id)
                .execute(&mut *change)
                .await?;
        }
        change.commit().await?;
        Ok(())
    }

    /// Returns when each project was last looked at and when it was due next.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn known_times(
        &self,
    ) -> Result<Vec<(String, Option<Timestamp>, Option<Timestamp>)>, Error> {
        let rows = sqlx::query("SELECT name, last_run, next_due FROM project")
            .fetch_all(&self.readers)
            .await?;
        let times = rows.iter().map(|row| {
            let last: Option<i64> = row.try_get(1)?;
            let due: Option<i64> = row.try_get(2)?;
            Ok((row.try_get(0)?, last.map(instant), due.map(instant)))
        });
        times.collect()
    }
}

/// Returns the row of a project, which it makes when there is none.
pub(super) async fn project_id(
    change: &mut Change<'_>,
    name: &str,
    now: Timestamp,
) -> Result<i64, Error> {
    sqlx::query(
        "INSERT INTO project (name, known_since) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
    )
    .bind(name)
    .bind(millis(now))
    .execute(&mut **change)
    .await?;
    let id = sqlx::query_scalar("SELECT id FROM project WHERE name = $1")
        .bind(name)
        .fetch_one(&mut **change)
        .await?;
    Ok(id)
}
