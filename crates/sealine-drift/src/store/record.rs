//! Takes in what a run found: which differences are new, changed, gone.
//!
//! Invariant: all of it and the alerts that follow are one transaction, and only for the holder of
//! the project's newest lease. Only a whole look closes anything; a failed one leaves all as it was.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sqlx::Row as _;

use super::reconcile::{Touched, reconcile};
use super::{Change, Error, Lease, OWN, Store, instant, json_list, list, millis};
use crate::alerts::scrub::scrubbed;
use crate::alerts::{Policy, Topic};
use crate::report::{Difference, Outcome, RunReport, Severity};

/// What recording a run changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The run's number.
    pub run: i64,
    /// How many differences are new.
    pub opened: usize,
    /// How many look otherwise than before.
    pub changed: usize,
    /// How many are as before.
    pub unchanged: usize,
    /// How many are gone.
    pub closed: usize,
    /// How many are known and acknowledged.
    pub acknowledged: usize,
    /// How many looks in a row were not whole.
    pub failures: i64,
}

/// What is kept of a difference.
pub(super) struct Seen<'a> {
    pub(super) key: &'a str,
    pub(super) fingerprint: &'a str,
    pub(super) topic: Topic,
    pub(super) change: String,
    pub(super) address: String,
    pub(super) severity: Severity,
    pub(super) paths: Vec<String>,
    pub(super) owners: Vec<String>,
    pub(super) workloads: Vec<String>,
    pub(super) note: Option<String>,
}

struct Known {
    id: i64,
    key: String,
    fingerprint: String,
    severity: i64,
    topic: Option<Topic>,
    acknowledged: bool,
    until: Option<i64>,
}

/// The key of the condition that says that a project cannot be looked at.
const BLIND: &str = "blind";

impl Store {
    /// Records a run and queues what is to be told of it. `owners` are those of the project.
    ///
    /// # Errors
    ///
    /// Fails with [`Error::Stale`] when the lease went to another run, and when the store does.
    pub async fn record(
        &self,
        lease: &Lease,
        report: &RunReport,
        owners: &[String],
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Recorded, Error> {
        let mut change = self.change().await?;
        let whole = report.is_whole();
        let failure = match &report.outcome {
            Outcome::Failed(failure) => {
                Some(scrubbed(&format!("{}: {}", failure.kind.word(), failure.message)))
            }
            _ => None,
        };
        let row = sqlx::query(
            "UPDATE project SET holder = NULL, lease_until = 0, last_run = $1, \
             last_success = CASE WHEN $2 = 1 THEN $1 ELSE last_success END, \
             failures = CASE WHEN $2 = 1 THEN 0 ELSE failures + 1 END, last_failure = $3, \
             skipped = NULL, skipped_at = NULL, \
             peak_memory = CASE WHEN $6 IS NULL OR ($2 = 0 AND peak_memory > $6) \
             THEN peak_memory ELSE $6 END \
             WHERE id = $4 AND fence = $5 RETURNING failures, last_success, known_since",
        )
        .bind(millis(now))
        .bind(i64::from(whole))
        .bind(&failure)
        .bind(lease.id)
        .bind(lease.fence)
        .bind(report.peak_memory.and_then(|peak| i64::try_from(peak).ok()))
        .fetch_optional(&mut *change)
        .await?;
        let Some(row) = row else {
            return Err(Error::Stale { project: lease.project.clone() });
        };
        let mut recorded = Recorded {
            run: insert_run(&mut change, lease.id, report, failure.as_deref()).await?,
            failures: row.try_get(0)?,
            ..Recorded::default()
        };
        let mut touched = Touched::default();
        if whole {
            let work = &mut change;
            take_in(work, lease.id, report, &mut recorded, &mut touched, now).await?;
        } else {
            let since: Option<i64> = row.try_get(1)?;
            let since = since.unwrap_or(row.try_get(2)?);
            let silent = millis(now) - since >= policy.silence.as_millis() as i64;
            if recorded.failures >= i64::from(policy.failures) || silent {
                let note = failure.unwrap_or_default();
                let seen = blind(&lease.project, instant(since), owners, note);
                open_once(&mut change, lease.id, &seen, Some(recorded.run), &mut touched, now)
                    .await?;
            }
        }
        reconcile(&mut change, lease.id, &touched, policy, now).await?;
        change.commit().await?;
        Ok(recorded)
    }

    /// Raises the alarm for each of these projects that was not looked at for too long, whatever
    /// the reason. Returns how many are new.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn raise_silence(
        &self,
        projects: &[(String, Vec<String>)],
        policy: &Policy,
        now: Timestamp,
    ) -> Result<usize, Error> {
        let limit = millis(now) - policy.silence.as_millis() as i64;
        let rows = sqlx::query(
            "SELECT p.id, p.name, COALESCE(p.last_success, p.known_since), \
             COALESCE(p.skipped, p.last_failure) \
             FROM project p WHERE COALESCE(p.last_success, p.known_since) <= $1 AND p.name <> $2 \
             AND NOT EXISTS (SELECT 1 FROM condition c WHERE c.project = p.id AND c.key = $3 \
             AND c.closed_at IS NULL)",
        )
        .bind(limit)
        .bind(OWN)
        .bind(BLIND)
        .fetch_all(&self.readers)
        .await?;
        let wanted: BTreeMap<&str, &[String]> =
            projects.iter().map(|(name, owners)| (name.as_str(), owners.as_slice())).collect();
        let mut raised = 0;
        for row in rows {
            let name: String = row.try_get(1)?;
            let Some(owners) = wanted.get(name.as_str()) else { continue };
            let mut change = self.change().await?;
            let mut touched = Touched::default();
            let note: Option<String> = row.try_get(3)?;
            let note = note.unwrap_or_else(|| "no look was made".to_owned());
            let seen = blind(&name, instant(row.try_get(2)?), owners, note);
            let id: i64 = row.try_get(0)?;
            open_once(&mut change, id, &seen, None, &mut touched, now).await?;
            raised += touched.opened.len();
            reconcile(&mut change, id, &touched, policy, now).await?;
            change.commit().await?;
        }
        Ok(raised)
    }
}

fn blind(project: &str, since: Timestamp, owners: &[String], note: String) -> Seen<'static> {
    Seen {
        key: BLIND,
        fingerprint: BLIND,
        topic: Topic::Blind,
        change: format!("no whole look since {since:.0}"),
        address: project.to_owned(),
        severity: Severity::High,
        paths: Vec::new(),
        owners: owners.to_vec(),
        workloads: Vec::new(),
        note: Some(note),
    }
}

async fn insert_run(
    change: &mut Change<'_>,
    project: i64,
    report: &RunReport,
    failure: Option<&str>,
) -> Result<i64, Error> {
    let outcome = match &report.outcome {
        Outcome::Clean => "clean",
        Outcome::Drifted => "drifted",
        Outcome::Unapplied => "unapplied",
        Outcome::ChecksFailed => "checks-failed",
        Outcome::Failed(_) => "failed",
    };
    let row = sqlx::query(
        "INSERT INTO run (project, started, ended, outcome, failure, managed, found, report) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
    )
    .bind(project)
    .bind(millis(report.started))
    .bind(millis(report.ended))
    .bind(outcome)
    .bind(failure)
    .bind(i64::try_from(report.managed).unwrap_or(i64::MAX))
    .bind(i64::try_from(report.findings.len()).unwrap_or(i64::MAX))
    .bind(serde_json::to_string(&kept(report))?)
    .fetch_one(&mut **change)
    .await?;
    Ok(row.try_get(0)?)
}

/// The report as it is kept: what programs said goes through the second net, too.
fn kept(report: &RunReport) -> RunReport {
    let mut report = report.clone();
    if let Outcome::Failed(failure) = &mut report.outcome {
        failure.message = scrubbed(&failure.message);
    }
    for one in report.findings.iter_mut().chain(&mut report.noise) {
        one.note = one.note.as_deref().map(scrubbed);
    }
    report.warnings.iter_mut().for_each(|warning| *warning = scrubbed(warning));
    report
}

async fn take_in(
    change: &mut Change<'_>,
    project: i64,
    report: &RunReport,
    recorded: &mut Recorded,
    touched: &mut Touched,
    now: Timestamp,
) -> Result<(), Error> {
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    for one in open_conditions(change, project).await? {
        known.insert(one.key.clone(), one);
    }
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for difference in &report.findings {
        let Some(seen) = seen(difference) else { continue };
        // Two differences of one key would be one condition that flaps between them.
        if !taken.insert(&difference.key) {
            continue;
        }
        let Some(before) = known.remove(&difference.key) else {
            let id = insert(change, project, &seen, Some(recorded.run), now).await?;
            touched.opened.insert(id);
            recorded.opened += 1;
            continue;
        };
        let changed =
            before.fingerprint != seen.fingerprint || before.severity < rank(seen.severity);
        let over = before.until.is_some_and(|until| until <= millis(now));
        // What was acknowledged is what it looked like then.
        let forget = before.acknowledged && (changed || over);
        update(change, before.id, &seen, recorded.run, forget, now).await?;
        if before.acknowledged && !forget {
            recorded.acknowledged += 1;
        }
        if changed || forget {
            touched.changed.insert(before.id);
            recorded.changed += 1;
        } else {
            recorded.unchanged += 1;
        }
    }
    let ignored: BTreeSet<&str> = report.noise.iter().map(|noise| noise.address.as_str()).collect();
    for gone in known.into_values() {
        // Whether it came back to what it was, or is only not told any more, is not the same.
        let address: String = sqlx::query_scalar(
            "UPDATE condition SET closed_at = $1, closed_run = $2 WHERE id = $3 RETURNING address",
        )
        .bind(millis(now))
        .bind(recorded.run)
        .bind(gone.id)
        .fetch_one(&mut **change)
        .await?;
        let closed_as = if ignored.contains(address.as_str()) { "ignored" } else { "gone" };
        sqlx::query("UPDATE condition SET closed_as = $1 WHERE id = $2")
            .bind(closed_as)
            .bind(gone.id)
            .execute(&mut **change)
            .await?;
        touched.closed.insert(gone.id);
        if gone.topic != Some(Topic::Blind) {
            recorded.closed += 1;
        }
    }
    Ok(())
}

async fn open_conditions(change: &mut Change<'_>, project: i64) -> Result<Vec<Known>, Error> {
    let rows = sqlx::query(
        "SELECT id, key, fingerprint, severity, topic, ack_at, ack_until FROM condition \
         WHERE project = $1 AND key >= '' AND closed_at IS NULL ORDER BY id",
    )
    .bind(project)
    .fetch_all(&mut **change)
    .await?;
    let known = rows.iter().map(|row| {
        let topic: String = row.try_get(4)?;
        let acknowledged: Option<i64> = row.try_get(5)?;
        Ok(Known {
            id: row.try_get(0)?,
            key: row.try_get(1)?,
            fingerprint: row.try_get(2)?,
            severity: row.try_get(3)?,
            topic: Topic::of_word(&topic),
            acknowledged: acknowledged.is_some(),
            until: row.try_get(6)?,
        })
    });
    known.collect()
}

fn seen(difference: &Difference) -> Option<Seen<'_>> {
    let mut paths: Vec<String> =
        difference.attributes.iter().map(|attribute| attribute.path.clone()).collect();
    paths.sort_unstable();
    Some(Seen {
        key: &difference.key,
        fingerprint: &difference.fingerprint,
        topic: Topic::of(difference.kind)?,
        change: difference.change.word().to_owned(),
        address: difference.address.clone(),
        severity: difference.severity,
        paths,
        owners: difference.owners.clone(),
        workloads: difference.workloads.clone(),
        note: difference.note.as_deref().map(scrubbed),
    })
}

/// Opens a condition unless one of its key is open.
pub(super) async fn open_once(
    change: &mut Change<'_>,
    project: i64,
    seen: &Seen<'_>,
    run: Option<i64>,
    touched: &mut Touched,
    now: Timestamp,
) -> Result<(), Error> {
    let updated = sqlx::query(
        "UPDATE condition SET last_seen = $1, note = $2 \
         WHERE project = $3 AND key = $4 AND closed_at IS NULL",
    )
    .bind(millis(now))
    .bind(&seen.note)
    .bind(project)
    .bind(seen.key)
    .execute(&mut **change)
    .await?;
    if updated.rows_affected() == 0 {
        touched.opened.insert(insert(change, project, seen, run, now).await?);
    }
    Ok(())
}

async fn insert(
    change: &mut Change<'_>,
    project: i64,
    seen: &Seen<'_>,
    run: Option<i64>,
    now: Timestamp,
) -> Result<i64, Error> {
    let row = sqlx::query(
        "INSERT INTO condition (project, key, fingerprint, topic, change, address, severity, paths, \
         owners, workloads, note, first_seen, last_seen, first_run, last_run) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $13) RETURNING id",
    )
    .bind(project)
    .bind(seen.key)
    .bind(seen.fingerprint)
    .bind(seen.topic.word())
    .bind(&seen.change)
    .bind(&seen.address)
    .bind(rank(seen.severity))
    .bind(json_list(&seen.paths))
    .bind(json_list(&seen.owners))
    .bind(json_list(&seen.workloads))
    .bind(&seen.note)
    .bind(millis(now))
    .bind(run)
    .fetch_one(&mut **change)
    .await?;
    Ok(row.try_get(0)?)
}

async fn update(
    change: &mut Change<'_>,
    id: i64,
    seen: &Seen<'_>,
    run: i64,
    forget: bool,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE condition SET fingerprint = $1, change = $2, severity = $3, paths = $4, owners = $5, \
         workloads = $6, note = $7, last_seen = $8, last_run = $9 WHERE id = $10",
    )
    .bind(seen.fingerprint)
    .bind(&seen.change)
    .bind(rank(seen.severity))
    .bind(json_list(&seen.paths))
    .bind(json_list(&seen.owners))
    .bind(json_list(&seen.workloads))
    .bind(&seen.note)
    .bind(millis(now))
    .bind(run)
    .bind(id)
    .execute(&mut **change)
    .await?;
    if forget {
        sqlx::query(
            "UPDATE condition SET ack_at = NULL, ack_by = NULL, ack_why = NULL, ack_until = NULL \
             WHERE id = $1",
        )
        .bind(id)
        .execute(&mut **change)
        .await?;
    }
    Ok(())
}

/// Severities as numbers, which databases can order.
pub(super) fn rank(severity: Severity) -> i64 {
    severity as i64
}

/// Returns the severity of a number.
pub(super) fn severity_of(rank: i64) -> Severity {
    match rank {
        i64::MIN..=0 => Severity::Low,
        1 => Severity::Medium,
        2 => Severity::High,
        _ => Severity::Critical,
    }
}

/// The owners of a row as routing wants them.
pub(super) fn owners_of(text: &str) -> Vec<String> {
    list(text)
}
