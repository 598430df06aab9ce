//! Writes messages into the outbox, and folds what was not sent yet.
//!
//! Invariant: at most one opening, one update and one end of an alert wait unsent, in this order. An
//! alert that ends before anybody tried to send its opening leaves one message that says so.

use std::fmt::Write as _;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::reconcile::{Touched, WINDOW, digest_key};
use super::record::severity_of;
use super::{Change, Error, OWN, instant, list, millis};
use crate::alerts::message::{FORMAT, LISTED, title};
use crate::alerts::{Event, Item, Message, Policy, Standing};
use crate::report::Severity;
use crate::sinks::escape::cut;

/// An alert as its row says.
#[derive(Clone, Debug)]
pub(super) struct Alert {
    pub(super) id: i64,
    pub(super) sink: String,
    pub(super) key: String,
    pub(super) digest: bool,
    pub(super) opened_at: i64,
    /// Its opening could not be delivered.
    pub(super) dead: bool,
}

impl Alert {
    pub(super) fn of(row: &SqliteRow) -> Result<Self, Error> {
        let digest: i64 = row.try_get(3)?;
        let state: String = row.try_get(5)?;
        Ok(Self {
            id: row.try_get(0)?,
            sink: row.try_get(1)?,
            key: row.try_get(2)?,
            digest: digest != 0,
            opened_at: row.try_get(4)?,
            dead: state == "dead",
        })
    }
}

struct Waiting {
    id: i64,
    event: String,
}

/// Queues a message about an alert.
pub(super) async fn queue(
    change: &mut Change<'_>,
    alert: &Alert,
    event: Event,
    touched: &Touched,
    policy: &Policy,
    now: Timestamp,
) -> Result<(), Error> {
    if alert.dead {
        // Who was not told that it began is not told how it went on.
        return Ok(());
    }
    let untried = untried(change, alert.id).await?;
    let opening = untried.iter().find(|one| one.event == Event::Open.word());
    let update = untried.iter().find(|one| one.event == Event::Update.word());
    match (event, opening, update) {
        (Event::Open | Event::Update, Some(opening), _) => {
            let message = message(change, alert, Event::Open, touched, policy, now).await?;
            rewrite(change, opening.id, &message).await
        }
        (Event::Resolve, Some(opening), _) => {
            for row in &untried {
                if row.id != opening.id {
                    forget(change, row.id).await?;
                }
            }
            let message = message(change, alert, Event::Gone, touched, policy, now).await?;
            rewrite(change, opening.id, &message).await
        }
        (Event::Update, None, Some(update)) => {
            let message = message(change, alert, event, touched, policy, now).await?;
            rewrite(change, update.id, &message).await
        }
        (event, None, update) => {
            if let Some(update) = update {
                forget(change, update.id).await?;
            }
            let message = message(change, alert, event, touched, policy, now).await?;
            insert(change, alert, message, now).await
        }
        (Event::Gone, Some(_), _) => Ok(()),
    }
}

async fn untried(change: &mut Change<'_>, alert: i64) -> Result<Vec<Waiting>, Error> {
    let rows = sqlx::query(
        "SELECT id, event FROM outbox WHERE alert = $1 AND state = 'pending' AND attempts = 0",
    )
    .bind(alert)
    .fetch_all(&mut **change)
    .await?;
    rows.iter().map(|row| Ok(Waiting { id: row.try_get(0)?, event: row.try_get(1)? })).collect()
}

async fn rewrite(change: &mut Change<'_>, id: i64, message: &Message) -> Result<(), Error> {
    let sequence: i64 = sqlx::query_scalar(
        "SELECT a.sequence FROM alert a JOIN outbox o ON o.alert = a.id WHERE o.id = $1",
    )
    .bind(id)
    .fetch_one(&mut **change)
    .await?;
    let message = Message { sequence, ..message.clone() };
    sqlx::query("UPDATE outbox SET event = $1, payload = $2 WHERE id = $3")
        .bind(message.event.word())
        .bind(serde_json::to_string(&message)?)
        .bind(id)
        .execute(&mut **change)
        .await?;
    Ok(())
}

async fn forget(change: &mut Change<'_>, id: i64) -> Result<(), Error> {
    sqlx::query("DELETE FROM outbox WHERE id = $1").bind(id).execute(&mut **change).await?;
    Ok(())
}

async fn insert(
    change: &mut Change<'_>,
    alert: &Alert,
    message: Message,
    now: Timestamp,
) -> Result<(), Error> {
    let sequence: i64 = sqlx::query_scalar(
        "UPDATE alert SET sequence = sequence + 1 WHERE id = $1 RETURNING sequence",
    )
    .bind(alert.id)
    .fetch_one(&mut **change)
    .await?;
    let parts = [
        alert.sink.as_str(),
        &alert.key,
        &alert.id.to_string(),
        &alert.opened_at.to_string(),
        &sequence.to_string(),
    ];
    // A digest waits for what else comes within its minute.
    let collects = alert.digest && message.event == Event::Open;
    let not_before = millis(now) + if collects { WINDOW } else { 0 };
    let message = Message { sequence, ..message };
    sqlx::query(
        "INSERT INTO outbox (dedupe_key, sink, alert, alert_key, event, payload, state, created_at, \
         not_before) VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8)",
    )
    .bind(digest_key(&parts))
    .bind(&alert.sink)
    .bind(alert.id)
    .bind(&alert.key)
    .bind(message.event.word())
    .bind(serde_json::to_string(&message)?)
    .bind(millis(now))
    .bind(not_before)
    .execute(&mut **change)
    .await?;
    Ok(())
}

struct Member {
    item: Item,
    topic: String,
    owners: Vec<String>,
    open: bool,
}

/// Builds the message from what is true now.
async fn message(
    change: &mut Change<'_>,
    alert: &Alert,
    event: Event,
    touched: &Touched,
    policy: &Policy,
    now: Timestamp,
) -> Result<Message, Error> {
    let members = members(change, alert.id, event, touched).await?;
    let standing = members.iter().filter(|member| member.open).count();
    // An end is about all that was there; anything else about what is there.
    let ends = matches!(event, Event::Resolve | Event::Gone);
    let about: Vec<&Member> = members.iter().filter(|member| ends || member.open).collect();
    let severity = about.iter().map(|member| member.item.severity).max().unwrap_or(Severity::Low);
    let since = members.iter().map(|member| member.item.since).min().unwrap_or(now);
    let mut owners: Vec<String> = about.iter().flat_map(|member| member.owners.clone()).collect();
    owners.sort_unstable();
    owners.dedup();
    let same = |of: fn(&Member) -> &str| {
        let first = members.first().map(of)?;
        members.iter().all(|member| of(member) == first).then(|| first.to_owned())
    };
    let project = same(|member| &member.item.project).filter(|name| name != OWN);
    let topic = same(|member| &member.topic).unwrap_or_else(|| "mixed".to_owned());
    let first = about.first().map_or("", |member| member.item.address.as_str());
    let title = title(event, &topic, project.as_deref(), about.len(), first);
    let mut items: Vec<Item> = members
        .iter()
        // An update says what changed; how many are there still stands in `standing`.
        .filter(|member| event != Event::Update || member.item.standing != Standing::There)
        .filter(|member| event == Event::Update || ends || member.open)
        .map(|member| member.item.clone())
        .collect();
    items.sort_by_key(|item| (item.standing, std::cmp::Reverse(item.severity), item.id));
    let more = items.len().saturating_sub(LISTED);
    items.truncate(LISTED);
    Ok(Message {
        format: FORMAT,
        event,
        key: alert.key.clone(),
        sequence: 0,
        topic,
        severity,
        project,
        owners,
        title,
        items,
        more,
        standing,
        since,
        at: now,
        link: policy.link.clone(),
    })
}

async fn members(
    change: &mut Change<'_>,
    alert: i64,
    event: Event,
    touched: &Touched,
) -> Result<Vec<Member>, Error> {
    let rows = sqlx::query(
        "SELECT c.id, p.name, c.address, c.change, c.paths, c.severity, c.workloads, c.note, \
         c.first_seen, c.closed_at, c.topic, c.owners, c.closed_as, c.ack_by, c.ack_why, c.ack_until \
         FROM alert_member m JOIN condition c ON c.id = m.condition \
         JOIN project p ON p.id = c.project WHERE m.alert = $1 ORDER BY c.id",
    )
    .bind(alert)
    .fetch_all(&mut **change)
    .await?;
    let mut members = Vec::with_capacity(rows.len());
    for row in rows {
        let id: i64 = row.try_get(0)?;
        let closed: Option<i64> = row.try_get(9)?;
        let ends = matches!(event, Event::Resolve | Event::Gone);
        // What went earlier was told then.
        if closed.is_some() && !ends && !touched.closed.contains(&id) {
            continue;
        }
        let closed_as: Option<String> = row.try_get(12)?;
        let standing = if closed.is_some() {
            match closed_as.as_deref() {
                Some("ignored") => Standing::Ignored,
                _ => Standing::Gone,
            }
        } else if touched.acknowledged.contains(&id) {
            Standing::Acknowledged
        } else if touched.changed.contains(&id) && event == Event::Update {
            Standing::Changed
        } else if touched.opened.contains(&id) {
            Standing::New
        } else {
            Standing::There
        };
        let texts = |index: usize| -> Result<Vec<String>, Error> {
            let text: String = row.try_get(index)?;
            Ok(list(&text))
        };
        let note: Option<String> = match standing {
            Standing::Acknowledged => acknowledgement(&row)?,
            _ => row.try_get(7)?,
        };
        members.push(Member {
            item: Item {
                standing,
                id,
                project: short(&row.try_get::<String, _>(1)?),
                address: short(&row.try_get::<String, _>(2)?),
                change: row.try_get(3)?,
                paths: few(texts(4)?),
                severity: severity_of(row.try_get(5)?),
                workloads: few(texts(6)?),
                note: note.as_deref().map(short),
                since: instant(row.try_get(8)?),
            },
            topic: row.try_get(10)?,
            owners: texts(11)?,
            open: closed.is_none(),
        });
    }
    Ok(members)
}

/// No text of an item is longer, so that a message has a size that services take.
fn short(text: &str) -> String {
    cut(text, 500)
}

/// The whole list stands in the history.
fn few(texts: Vec<String>) -> Vec<String> {
    texts.into_iter().take(20).map(|text| cut(&text, 200)).collect()
}

fn acknowledgement(row: &SqliteRow) -> Result<Option<String>, Error> {
    let by: Option<String> = row.try_get(13)?;
    let why: Option<String> = row.try_get(14)?;
    let until: Option<i64> = row.try_get(15)?;
    let mut text = format!("by {}: {}", by.unwrap_or_default(), why.unwrap_or_default());
    if let Some(until) = until {
        let _ = write!(text, ", until {:.0}", instant(until));
    }
    Ok(Some(text))
}
