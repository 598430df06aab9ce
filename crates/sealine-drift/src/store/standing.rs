//! How things stand: what `status` shows, and what metrics count.
//!
//! Invariant: what is returned together was so at one moment, whatever a daemon writes meanwhile.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::record::severity_of;
use super::views::{CONDITION, at, condition, moment, open_findings};
use super::{ConditionView, Error, Moment, OWN, Store, millis};
use crate::report::Severity;

/// How things stand.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// The projects, those in need first.
    pub projects: Vec<ProjectView>,
    /// Alarms of Sealine's own.
    pub alarms: Vec<ConditionView>,
    /// The sinks that messages went or are to go to.
    pub sinks: Vec<SinkView>,
    /// Messages that were given up, newest first.
    pub dead: Vec<DeadLetter>,
}

/// How a project stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProjectView {
    /// Its name.
    pub project: String,
    /// The last look.
    pub last_run: Option<Moment>,
    /// The last whole look.
    pub last_success: Option<Moment>,
    /// When it is due next, by the daemon.
    pub next_due: Option<Moment>,
    /// How many looks in a row were not whole.
    pub failures: i64,
    /// Why the last was not.
    pub failure: Option<String>,
    /// Why there was no look when one was due.
    pub skipped: Option<String>,
    /// When that was.
    pub skipped_at: Option<Moment>,
    /// The most memory that the programs of the last look held together, in bytes.
    pub peak_memory: Option<i64>,
    /// Who looks at it now.
    pub running: Option<String>,
    /// How many differences are open, without those that are acknowledged.
    pub open: i64,
    /// How many are acknowledged.
    pub acknowledged: i64,
    /// The worst of them.
    pub worst: Option<Severity>,
    /// The oldest of them.
    pub since: Option<Moment>,
}

/// How a sink stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SinkView {
    /// Its name.
    pub sink: String,
    /// How many messages wait.
    pub pending: i64,
    /// How many were given up.
    pub dead: i64,
    /// Since when the oldest waits.
    pub oldest: Option<Moment>,
    /// When it took a message last.
    pub last_sent: Option<Moment>,
    /// What it said when it last did not.
    pub error: Option<String>,
}

/// A message that was given up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeadLetter {
    /// The sink.
    pub sink: String,
    /// What happened: `open`, `update`, `resolve`, `gone`.
    pub event: String,
    /// The line that it would have begun with.
    pub title: String,
    /// When it was given up.
    pub at: Moment,
    /// What the sink said.
    pub error: String,
    /// How often it was tried.
    pub attempts: i64,
}

/// What is still to be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many messages wait.
    pub pending: i64,
    /// How many were given up.
    pub dead: i64,
}

impl Store {
    /// Returns how things stand at `now`, all of it as it was at one moment.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn status(&self, now: Timestamp) -> Result<Status, Error> {
        status(&mut *self.readers.begin().await?, now).await
    }

    /// Returns how things stand at `now`, and what is open, as both were at one moment.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn standing(&self, now: Timestamp) -> Result<(Status, Vec<ConditionView>), Error> {
        let mut view = self.readers.begin().await?;
        Ok((status(&mut view, now).await?, open_findings(&mut view, None).await?))
    }

    /// Returns how many messages wait, and how many were given up.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn waiting(&self) -> Result<Waiting, Error> {
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM outbox WHERE state = 'pending'), \
             (SELECT COUNT(*) FROM outbox WHERE state = 'dead')",
        )
        .fetch_one(&self.readers)
        .await?;
        Ok(Waiting { pending: row.try_get(0)?, dead: row.try_get(1)? })
    }
}

async fn status(view: &mut SqliteConnection, now: Timestamp) -> Result<Status, Error> {
    let rows = sqlx::query(
        "SELECT p.name, p.last_run, p.last_success, p.next_due, p.failures, p.last_failure, \
         CASE WHEN p.lease_until > $2 THEN p.holder END, \
         COALESCE(o.open, 0), COALESCE(o.known, 0), o.worst, o.since, \
         p.skipped, p.skipped_at, p.peak_memory FROM project p LEFT JOIN (\
         SELECT project, MAX(severity) AS worst, MIN(first_seen) AS since, \
         SUM(CASE WHEN topic <> 'blind' AND (ack_at IS NULL OR ack_until <= $2) \
          THEN 1 ELSE 0 END) AS open, \
         SUM(CASE WHEN topic <> 'blind' AND ack_at IS NOT NULL \
          AND (ack_until IS NULL OR ack_until > $2) THEN 1 ELSE 0 END) AS known \
         FROM condition WHERE closed_at IS NULL GROUP BY project\
         ) o ON o.project = p.id WHERE p.name <> $1 ORDER BY p.name",
    )
    .bind(OWN)
    .bind(millis(now))
    .fetch_all(&mut *view)
    .await?;
    let mut projects = Vec::with_capacity(rows.len());
    for row in rows {
        projects.push(ProjectView {
            project: row.try_get(0)?,
            last_run: at(&row, 1)?,
            last_success: at(&row, 2)?,
            next_due: at(&row, 3)?,
            failures: row.try_get(4)?,
            failure: row.try_get(5)?,
            running: row.try_get(6)?,
            open: row.try_get(7)?,
            acknowledged: row.try_get(8)?,
            worst: row.try_get::<Option<i64>, _>(9)?.map(severity_of),
            since: at(&row, 10)?,
            skipped: row.try_get(11)?,
            skipped_at: at(&row, 12)?,
            peak_memory: row.try_get(13)?,
        });
    }
    projects.sort_by_key(|one| (one.open == 0 && one.failures == 0, one.project.clone()));
    let alarms = "WHERE c.closed_at IS NULL AND c.topic IN ('blind', 'delivery') \
                  ORDER BY c.severity DESC, c.id";
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{CONDITION}{alarms}")))
        .fetch_all(&mut *view)
        .await?;
    let alarms = rows.iter().map(condition).collect::<Result<_, _>>()?;
    Ok(Status { projects, alarms, sinks: sinks(view).await?, dead: dead(view, 20).await? })
}

async fn sinks(view: &mut SqliteConnection) -> Result<Vec<SinkView>, Error> {
    let rows = sqlx::query(
        "SELECT n.name, \
         (SELECT COUNT(*) FROM outbox o WHERE o.sink = n.name AND o.state = 'pending'), \
         (SELECT COUNT(*) FROM outbox o WHERE o.sink = n.name AND o.state = 'dead'), \
         (SELECT MIN(o.created_at) FROM outbox o WHERE o.sink = n.name AND o.state = 'pending'), \
         s.last_sent, s.last_error FROM (SELECT name FROM sink UNION \
         SELECT DISTINCT sink FROM outbox WHERE state = 'pending') n \
         LEFT JOIN sink s ON s.name = n.name ORDER BY n.name",
    )
    .fetch_all(&mut *view)
    .await?;
    let views = rows.iter().map(|row| {
        Ok(SinkView {
            sink: row.try_get(0)?,
            pending: row.try_get(1)?,
            dead: row.try_get(2)?,
            oldest: at(row, 3)?,
            last_sent: at(row, 4)?,
            error: row.try_get(5)?,
        })
    });
    views.collect()
}

async fn dead(view: &mut SqliteConnection, limit: i64) -> Result<Vec<DeadLetter>, Error> {
    let rows = sqlx::query(
        "SELECT sink, event, payload, settled_at, error, attempts FROM outbox \
         WHERE state = 'dead' ORDER BY settled_at DESC LIMIT $1",
    )
    .bind(limit)
    .fetch_all(&mut *view)
    .await?;
    let letters = rows.iter().map(|row| {
        let payload: String = row.try_get(2)?;
        let message: crate::alerts::Message = serde_json::from_str(&payload)?;
        let error: Option<String> = row.try_get(4)?;
        Ok(DeadLetter {
            sink: row.try_get(0)?,
            event: row.try_get(1)?,
            title: message.title,
            at: moment(row.try_get(3)?),
            error: error.unwrap_or_default(),
            attempts: row.try_get(5)?,
        })
    });
    letters.collect()
}
