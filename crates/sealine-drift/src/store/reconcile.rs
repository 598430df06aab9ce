//! Makes alerts follow from what is open: opens what no sink was told yet, closes what is gone.
//!
//! Invariant: a condition is in at most one open alert of a sink, so the same thing is never told
//! twice, and in one as soon as a route wants it, so that nothing is left out because a sink or a
//! route came later. What one run found for one owner is one alert; beyond the flood limit, alerts
//! of a sink are one digest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use sqlx::Row as _;

use super::queue::{Alert, queue};
use super::record::{owners_of, severity_of};
use super::{Change, Error, OWN, millis};
use crate::alerts::policy::Subject;
use crate::alerts::{Event, Policy, Topic, backoff};

/// What a transaction changed, by the numbers of conditions.
#[derive(Debug, Default)]
pub(super) struct Touched {
    pub(super) opened: BTreeSet<i64>,
    pub(super) changed: BTreeSet<i64>,
    pub(super) acknowledged: BTreeSet<i64>,
    pub(super) closed: BTreeSet<i64>,
}

/// The window in which alerts are counted.
pub(super) const WINDOW: i64 = 60_000;

struct Open {
    id: i64,
    key: String,
    topic: Topic,
    owners: Vec<String>,
    severity: crate::report::Severity,
}

/// Queues all messages that follow from what was touched in a project.
pub(super) async fn reconcile(
    change: &mut Change<'_>,
    project: i64,
    touched: &Touched,
    policy: &Policy,
    now: Timestamp,
) -> Result<(), Error> {
    follow(change, touched, policy, now).await?;
    let name: String = sqlx::query_scalar("SELECT name FROM project WHERE id = $1")
        .bind(project)
        .fetch_one(&mut **change)
        .await?;
    let told = told(change, project, now).await?;
    let mut fresh: BTreeMap<(String, Topic, Vec<String>), Vec<Open>> = BTreeMap::new();
    for open in open_conditions(change, project, now).await? {
        let subject = Subject {
            topic: open.topic,
            severity: open.severity,
            project: &name,
            owners: &open.owners,
        };
        for sink in policy.sinks_for(subject) {
            // A sink is not told through itself that it does not work.
            let own = open.topic == Topic::Delivery && open.key == sink;
            if own || told.contains(&(open.id, sink.to_owned())) {
                continue;
            }
            let group = (sink.to_owned(), open.topic, open.owners.clone());
            let one = Open { key: open.key.clone(), owners: Vec::new(), ..open };
            fresh.entry(group).or_default().push(one);
        }
    }
    for ((sink, topic, owners), conditions) in fresh {
        let digest = open_alerts(change, &sink, now).await? >= i64::from(policy.flood);
        let alert = if digest {
            digest_of(change, &sink, now).await?
        } else {
            let mut parts = vec![name.as_str(), topic.word()];
            parts.extend(owners.iter().map(String::as_str));
            parts.push("of");
            let mut keys: Vec<&str> = conditions.iter().map(|one| one.key.as_str()).collect();
            keys.sort_unstable();
            parts.extend(keys);
            insert_alert(change, &sink, &digest_key(&parts), false, now).await?
        };
        for one in &conditions {
            sqlx::query("INSERT INTO alert_member (alert, condition) VALUES ($1, $2)")
                .bind(alert.id)
                .bind(one.id)
                .execute(&mut **change)
                .await?;
        }
        queue(change, &alert, Event::Open, touched, policy, now).await?;
    }
    Ok(())
}

/// Tells open alerts what became of their members.
async fn follow(
    change: &mut Change<'_>,
    touched: &Touched,
    policy: &Policy,
    now: Timestamp,
) -> Result<(), Error> {
    let moved = touched.changed.iter().chain(&touched.acknowledged).chain(&touched.closed);
    let mut alerts: BTreeMap<i64, Alert> = BTreeMap::new();
    for condition in moved {
        let rows = sqlx::query(
            "SELECT a.id, a.sink, a.key, a.digest, a.opened_at, a.state FROM alert a \
             JOIN alert_member m ON m.alert = a.id WHERE m.condition = $1 AND a.closed_at IS NULL",
        )
        .bind(condition)
        .fetch_all(&mut **change)
        .await?;
        for row in rows {
            let alert = Alert::of(&row)?;
            alerts.insert(alert.id, alert);
        }
    }
    for alert in alerts.into_values() {
        let standing: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM alert_member m JOIN condition c ON c.id = m.condition \
             WHERE m.alert = $1 AND c.closed_at IS NULL",
        )
        .bind(alert.id)
        .fetch_one(&mut **change)
        .await?;
        let event = if standing == 0 { Event::Resolve } else { Event::Update };
        queue(change, &alert, event, touched, policy, now).await?;
        if standing == 0 {
            sqlx::query("UPDATE alert SET state = 'closed', closed_at = $1 WHERE id = $2")
                .bind(millis(now))
                .bind(alert.id)
                .execute(&mut **change)
                .await?;
        }
    }
    Ok(())
}

/// Which conditions of a project are in an alert of which sink. One whose opening could not be
/// delivered counts for a day: then it is told anew.
async fn told(
    change: &mut Change<'_>,
    project: i64,
    now: Timestamp,
) -> Result<BTreeSet<(i64, String)>, Error> {
    let day = millis(now) - backoff::GIVE_UP.as_millis() as i64;
    let rows = sqlx::query(
        "SELECT m.condition, a.sink FROM condition c JOIN alert_member m ON m.condition = c.id \
         JOIN alert a ON a.id = m.alert WHERE c.project = $1 AND c.key >= '' AND c.closed_at IS NULL \
         AND a.closed_at IS NULL AND (a.state = 'open' OR a.opened_at > $2)",
    )
    .bind(project)
    .bind(day)
    .fetch_all(&mut **change)
    .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

async fn open_conditions(
    change: &mut Change<'_>,
    project: i64,
    now: Timestamp,
) -> Result<Vec<Open>, Error> {
    let rows = sqlx::query(
        "SELECT id, key, topic, owners, severity FROM condition WHERE project = $1 AND key >= '' \
         AND closed_at IS NULL AND (ack_at IS NULL OR ack_until <= $2) ORDER BY id",
    )
    .bind(project)
    .bind(millis(now))
    .fetch_all(&mut **change)
    .await?;
    let mut open = Vec::with_capacity(rows.len());
    for row in rows {
        let topic: String = row.try_get(2)?;
        let Some(topic) = Topic::of_word(&topic) else { continue };
        let owners: String = row.try_get(3)?;
        open.push(Open {
            id: row.try_get(0)?,
            key: row.try_get(1)?,
            topic,
            owners: owners_of(&owners),
            severity: severity_of(row.try_get(4)?),
        });
    }
    Ok(open)
}

async fn open_alerts(change: &mut Change<'_>, sink: &str, now: Timestamp) -> Result<i64, Error> {
    let count = sqlx::query_scalar(
        "SELECT COUNT(*) FROM alert WHERE sink = $1 AND opened_at > $2 AND opened_at <= $3 \
         AND digest = 0",
    )
    .bind(sink)
    .bind(millis(now) - WINDOW)
    .bind(millis(now))
    .fetch_one(&mut **change)
    .await?;
    Ok(count)
}

/// Returns the digest that nobody tried to send yet, or a new one.
async fn digest_of(change: &mut Change<'_>, sink: &str, now: Timestamp) -> Result<Alert, Error> {
    let row = sqlx::query(
        "SELECT a.id, a.sink, a.key, a.digest, a.opened_at, a.state FROM alert a \
         JOIN outbox o ON o.alert = a.id WHERE a.sink = $1 AND a.digest = 1 AND a.state = 'open' \
         AND o.event = 'open' AND o.state = 'pending' AND o.attempts = 0 ORDER BY a.id DESC LIMIT 1",
    )
    .bind(sink)
    .fetch_optional(&mut **change)
    .await?;
    if let Some(row) = row {
        return Alert::of(&row);
    }
    let key = digest_key(&[OWN, "digest", sink, &millis(now).to_string()]);
    insert_alert(change, sink, &key, true, now).await
}

async fn insert_alert(
    change: &mut Change<'_>,
    sink: &str,
    key: &str,
    digest: bool,
    now: Timestamp,
) -> Result<Alert, Error> {
    let row = sqlx::query(
        "INSERT INTO alert (sink, key, digest, state, opened_at) VALUES ($1, $2, $3, 'open', $4) \
         RETURNING id, sink, key, digest, opened_at, state",
    )
    .bind(sink)
    .bind(key)
    .bind(i64::from(digest))
    .bind(millis(now))
    .fetch_one(&mut **change)
    .await?;
    Alert::of(&row)
}

/// Returns a key of 32 hexadecimal digits. Parts are told apart by their lengths.
pub(super) fn digest_key(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
