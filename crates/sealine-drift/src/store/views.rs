//! What `status`, `history` and `show` read, and what metrics count.
//!
//! Invariant: reading takes no lock and changes nothing, so it works beside a daemon. Instants are
//! written as RFC 3339; the serialised forms are stable.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::record::severity_of;
use super::{Error, OWN, Store, instant, list, millis};
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

fn moment(millis: i64) -> Moment {
    Moment(instant(millis))
}

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

const CONDITION: &str = "SELECT c.id, p.name, c.topic, c.change, c.address, c.severity, c.paths, \
    c.owners, c.workloads, c.note, c.first_seen, c.last_seen, c.closed_at, c.closed_as, c.ack_at, \
    c.ack_by, c.ack_why, c.ack_until, c.first_run, c.last_run \
    FROM condition c JOIN project p ON p.id = c.project ";

const RUN: &str = "SELECT r.id, p.name, r.started, r.ended, r.outcome, r.failure, r.managed, r.found \
    FROM run r JOIN project p ON p.id = r.project ";

impl Store {
    /// Returns how things stand at `now`.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn status(&self, now: Timestamp) -> Result<Status, Error> {
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
        .fetch_all(&self.readers)
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
            .fetch_all(&self.readers)
            .await?;
        let alarms = rows.iter().map(condition).collect::<Result<_, _>>()?;
        Ok(Status { projects, alarms, sinks: self.sinks().await?, dead: self.dead(20).await? })
    }

    async fn sinks(&self) -> Result<Vec<SinkView>, Error> {
        let rows = sqlx::query(
            "SELECT n.name, \
             (SELECT COUNT(*) FROM outbox o WHERE o.sink = n.name AND o.state = 'pending'), \
             (SELECT COUNT(*) FROM outbox o WHERE o.sink = n.name AND o.state = 'dead'), \
             (SELECT MIN(o.created_at) FROM outbox o WHERE o.sink = n.name AND o.state = 'pending'), \
             s.last_sent, s.last_error FROM (SELECT name FROM sink UNION \
             SELECT DISTINCT sink FROM outbox WHERE state = 'pending') n \
             LEFT JOIN sink s ON s.name = n.name ORDER BY n.name",
        )
        .fetch_all(&self.readers)
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

    async fn dead(&self, limit: i64) -> Result<Vec<DeadLetter>, Error> {
        let rows = sqlx::query(
            "SELECT sink, event, payload, settled_at, error, attempts FROM outbox \
             WHERE state = 'dead' ORDER BY settled_at DESC LIMIT $1",
        )
        .bind(limit)
        .fetch_all(&self.readers)
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

    /// Returns what is open, worst first; of one project when it is named.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn open_findings(&self, project: Option<&str>) -> Result<Vec<ConditionView>, Error> {
        let rest = "WHERE c.closed_at IS NULL AND ($1 IS NULL OR p.name = $1) \
                    ORDER BY c.severity DESC, c.id LIMIT 10000";
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{CONDITION}{rest}")))
            .bind(project)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(condition).collect()
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

fn at(row: &SqliteRow, index: usize) -> Result<Option<Moment>, Error> {
    Ok(row.try_get::<Option<i64>, _>(index)?.map(moment))
}

fn condition(row: &SqliteRow) -> Result<ConditionView, Error> {
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
