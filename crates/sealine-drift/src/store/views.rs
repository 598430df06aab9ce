//! What `history` and `show` read, and how what is read is shown.
//!
//! Invariant: reading takes no lock and changes nothing, so it works beside a daemon. Instants are
//! written as RFC 3339; the serialised forms are stable.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::record::severity_of;
use super::{Error, Store, instant, list, millis};
use crate::report::{RunReport, Severity};

/// An instant as views show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl std::fmt::Display for Moment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:.0}", self.0)
    }
}

impl Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

pub(super) fn moment(millis: i64) -> Moment {
    Moment(instant(millis))
}

/// A difference and its history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConditionView {
    /// Its number.
    pub id: i64,
    /// The project.
    pub project: String,
    /// What it is: `drifted`, `unapplied`, `failed`, `blind`, `delivery`.
    pub topic: String,
    /// What happened.
    pub change: String,
    /// The address.
    pub address: String,
    /// How bad it is.
    pub severity: Severity,
    /// The paths that differ.
    pub paths: Vec<String>,
    /// Who owns it.
    pub owners: Vec<String>,
    /// The workloads whose secrets pass through it.
    pub workloads: Vec<String>,
    /// A word more.
    pub note: Option<String>,
    /// When it was seen first.
    pub first_seen: Moment,
    /// When it was seen last.
    pub last_seen: Moment,
    /// When it was gone.
    pub resolved: Option<Moment>,
    /// How it went: `gone`, `ignored`, `removed`.
    pub resolved_as: Option<String>,
    /// Who acknowledged it, and why.
    pub acknowledged: Option<AcknowledgedView>,
    /// The runs that saw it first and last.
    pub runs: (Option<i64>, Option<i64>),
}

/// Who acknowledged something.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AcknowledgedView {
    /// When.
    pub at: Moment,
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
    /// Until when.
    pub until: Option<Moment>,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunView {
    /// Its number.
    pub id: i64,
    /// The project.
    pub project: String,
    /// When it began.
    pub started: Moment,
    /// When it ended.
    pub ended: Moment,
    /// `clean`, `drifted`, `unapplied`, `checks-failed`, `failed`.
    pub outcome: String,
    /// Why it was not whole.
    pub failure: Option<String>,
    /// How many managed resources were looked at.
    pub managed: i64,
    /// How many differences it found.
    pub found: i64,
}

/// Which part of the history to read.
#[derive(Clone, Debug, Default)]
pub struct HistoryQuery {
    /// Of one project alone.
    pub project: Option<String>,
    /// Not older than this.
    pub since: Option<Timestamp>,
    /// How many at most.
    pub limit: i64,
}

pub(super) const CONDITION: &str = "SELECT c.id, p.name, c.topic, c.change, c.address, c.severity, c.paths, \
    c.owners, c.workloads, c.note, c.first_seen, c.last_seen, c.closed_at, c.closed_as, c.ack_at, \
    c.ack_by, c.ack_why, c.ack_until, c.first_run, c.last_run \
    FROM condition c JOIN project p ON p.id = c.project ";

const RUN: &str = "SELECT r.id, p.name, r.started, r.ended, r.outcome, r.failure, r.managed, r.found \
    FROM run r JOIN project p ON p.id = r.project ";

impl Store {
    /// Returns what is open, worst first; of one project when it is named.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn open_findings(&self, project: Option<&str>) -> Result<Vec<ConditionView>, Error> {
        open_findings(&mut *self.readers.acquire().await?, project).await
    }

    /// Returns differences, newest first.
    ///
    /// # Errors
    ///
    /// Fails when the project is not known, and when the store does.
    pub async fn findings(&self, query: &HistoryQuery) -> Result<Vec<ConditionView>, Error> {
        let since = query.since.map_or(0, millis);
        let rows = if let Some(name) = &query.project {
            let rest = "WHERE c.project = $1 AND c.first_seen >= $2 \
                            ORDER BY c.first_seen DESC LIMIT $3";
            sqlx::query(sqlx::AssertSqlSafe(format!("{CONDITION}{rest}")))
                .bind(self.project(name).await?)
                .bind(since)
                .bind(query.limit)
                .fetch_all(&self.readers)
                .await?
        } else {
            let rest = "WHERE c.first_seen >= $1 ORDER BY c.first_seen DESC LIMIT $2";
            sqlx::query(sqlx::AssertSqlSafe(format!("{CONDITION}{rest}")))
                .bind(since)
                .bind(query.limit)
                .fetch_all(&self.readers)
                .await?
        };
        rows.iter().map(condition).collect()
    }

    /// Returns runs, newest first.
    ///
    /// # Errors
    ///
    /// Fails when the project is not known, and when the store does.
    pub async fn runs(&self, query: &HistoryQuery) -> Result<Vec<RunView>, Error> {
        let since = query.since.map_or(0, millis);
        let rows = if let Some(name) = &query.project {
            let rest = "WHERE r.project = $1 AND r.ended >= $2 ORDER BY r.id DESC LIMIT $3";
            sqlx::query(sqlx::AssertSqlSafe(format!("{RUN}{rest}")))
                .bind(self.project(name).await?)
                .bind(since)
                .bind(query.limit)
                .fetch_all(&self.readers)
                .await?
        } else {
            let rest = "WHERE r.ended >= $1 ORDER BY r.ended DESC LIMIT $2";
            sqlx::query(sqlx::AssertSqlSafe(format!("{RUN}{rest}")))
                .bind(since)
                .bind(query.limit)
                .fetch_all(&self.readers)
                .await?
        };
        let views = rows.iter().map(|row| {
            Ok(RunView {
                id: row.try_get(0)?,
                project: row.try_get(1)?,
                started: moment(row.try_get(2)?),
                ended: moment(row.try_get(3)?),
                outcome: row.try_get(4)?,
                failure: row.try_get(5)?,
                managed: row.try_get(6)?,
                found: row.try_get(7)?,
            })
        });
        views.collect()
    }

    /// Returns one difference by its number.
    ///
    /// # Errors
    ///
    /// Fails when there is none, and when the store does.
    pub async fn finding(&self, id: i64) -> Result<ConditionView, Error> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{CONDITION}WHERE c.id = $1")))
            .bind(id)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map_or_else(|| Err(Error::Missing(format!("finding {id}"))), condition)
    }

    /// Returns the newest report of a project that is kept, with its run's number.
    ///
    /// # Errors
    ///
    /// Fails when there is none, and when the store does.
    pub async fn last_report(&self, project: &str) -> Result<(i64, RunReport), Error> {
        let id = self.project(project).await?;
        let row = sqlx::query(
            "SELECT id, report FROM run WHERE project = $1 AND report IS NOT NULL \
             ORDER BY id DESC LIMIT 1",
        )
        .bind(id)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else {
            return Err(Error::Missing(format!("report of `{project}`")));
        };
        let text: String = row.try_get(1)?;
        Ok((row.try_get(0)?, serde_json::from_str(&text)?))
    }

    async fn project(&self, name: &str) -> Result<i64, Error> {
        let id = sqlx::query_scalar("SELECT id FROM project WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.readers)
            .await?;
        id.ok_or_else(|| Error::Missing(format!("project `{name}`")))
    }
}

pub(super) async fn open_findings(
    view: &mut SqliteConnection,
    project: Option<&str>,
) -> Result<Vec<ConditionView>, Error> {
    let rest = "WHERE c.closed_at IS NULL AND ($1 IS NULL OR p.name = $1) \
                ORDER BY c.severity DESC, c.id LIMIT 10000";
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{CONDITION}{rest}")))
        .bind(project)
        .fetch_all(view)
        .await?;
    rows.iter().map(condition).collect()
}

pub(super) fn at(row: &SqliteRow, index: usize) -> Result<Option<Moment>, Error> {
    Ok(row.try_get::<Option<i64>, _>(index)?.map(moment))
}

pub(super) fn condition(row: &SqliteRow) -> Result<ConditionView, Error> {
    let texts = |index: usize| -> Result<Vec<String>, Error> {
        let text: String = row.try_get(index)?;
        Ok(list(&text))
    };
    let acknowledged = match at(row, 14)? {
        None => None,
        Some(when) => Some(AcknowledgedView {
            at: when,
            by: row.try_get::<Option<String>, _>(15)?.unwrap_or_default(),
            why: row.try_get::<Option<String>, _>(16)?.unwrap_or_default(),
            until: at(row, 17)?,
        }),
    };
    Ok(ConditionView {
        id: row.try_get(0)?,
        project: row.try_get(1)?,
        topic: row.try_get(2)?,
        change: row.try_get(3)?,
        address: row.try_get(4)?,
        severity: severity_of(row.try_get(5)?),
        paths: texts(6)?,
        owners: texts(7)?,
        workloads: texts(8)?,
        note: row.try_get(9)?,
        first_seen: moment(row.try_get(10)?),
        last_seen: moment(row.try_get(11)?),
        resolved: at(row, 12)?,
        resolved_as: row.try_get(13)?,
        acknowledged,
        runs: (row.try_get(18)?, row.try_get(19)?),
    })
}
