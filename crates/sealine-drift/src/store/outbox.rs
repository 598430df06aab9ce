//! What is still to be sent, and what became of it.
//!
//! Invariant: messages of one key leave in the order in which they were written; an attempt is
//! noted before it is made, so a message that may have arrived is never folded away.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::Row as _;

use super::projects::project_id;
use super::reconcile::{Touched, reconcile};
use super::record::{Seen, open_once};
use super::{Change, Error, OWN, Store, instant, millis};
use crate::alerts::{Message, Policy, Topic, backoff};
use crate::report::Severity;

/// A message that may be sent now.
#[derive(Clone, Debug)]
pub struct Due {
    /// The row.
    pub id: i64,
    /// The same for every attempt, and for no other message.
    pub dedupe_key: String,
    /// What is told.
    pub message: Message,
    /// What the sink answered when the alert was opened.
    pub reference: Option<String>,
    /// How many attempts were made before.
    pub attempts: i64,
    alert: i64,
    first_attempt: i64,
}

/// What a sink answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It took the message. The reference is what later messages of the alert need.
    Sent {
        /// Such as the number of an issue.
        reference: Option<String>,
    },
    /// It may take it later.
    Later {
        /// What it said.
        why: String,
        /// How long it asks us to wait.
        after: Option<Duration>,
    },
    /// It will never take it.
    Never {
        /// What it said.
        why: String,
    },
}

impl Store {
    /// Returns the next message for a sink, and notes the attempt. With `flush`, digests do not wait
    /// for their minute to pass.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn attempt(
        &self,
        sink: &str,
        flush: bool,
        now: Timestamp,
    ) -> Result<Option<Due>, Error> {
        if self.next_due(sink, flush).await?.is_none_or(|at| at > now) {
            return Ok(None);
        }
        let mut change = self.change().await?;
        let row = sqlx::query(
            "UPDATE outbox SET attempts = attempts + 1, \
             first_attempt = COALESCE(first_attempt, $1) WHERE id = (\
             SELECT o.id FROM outbox o WHERE o.sink = $2 AND o.state = 'pending' \
             AND (o.not_before <= $1 OR ($3 = 1 AND o.attempts = 0)) AND NOT EXISTS (\
             SELECT 1 FROM outbox e WHERE e.sink = o.sink AND e.alert_key = o.alert_key \
             AND e.state = 'pending' AND e.id < o.id) ORDER BY o.id LIMIT 1) \
             RETURNING id, dedupe_key, payload, attempts, alert, first_attempt",
        )
        .bind(millis(now))
        .bind(sink)
        .bind(i64::from(flush))
        .fetch_optional(&mut *change)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let alert: i64 = row.try_get(4)?;
        let reference = sqlx::query_scalar("SELECT reference FROM alert WHERE id = $1")
            .bind(alert)
            .fetch_one(&mut *change)
            .await?;
        let attempts: i64 = row.try_get(3)?;
        let payload: String = row.try_get(2)?;
        let due = Due {
            id: row.try_get(0)?,
            dedupe_key: row.try_get(1)?,
            message: serde_json::from_str(&payload)?,
            reference,
            attempts: attempts - 1,
            alert,
            first_attempt: row.try_get(5)?,
        };
        change.commit().await?;
        Ok(Some(due))
    }

    /// Returns when something can be sent to a sink next.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn next_due(&self, sink: &str, flush: bool) -> Result<Option<Timestamp>, Error> {
        let row = sqlx::query(
            "SELECT MIN(CASE WHEN $2 = 1 AND o.attempts = 0 THEN 0 ELSE o.not_before END), \
             (SELECT blocked_until FROM sink WHERE name = $1) FROM outbox o \
             WHERE o.sink = $1 AND o.state = 'pending' AND NOT EXISTS (\
             SELECT 1 FROM outbox e WHERE e.sink = o.sink AND e.alert_key = o.alert_key \
             AND e.state = 'pending' AND e.id < o.id)",
        )
        .bind(sink)
        .bind(i64::from(flush))
        .fetch_one(&self.readers)
        .await?;
        let due: Option<i64> = row.try_get(0)?;
        let blocked: Option<i64> = row.try_get(1)?;
        Ok(due.map(|due| instant(due.max(blocked.unwrap_or_default()))))
    }

    /// Writes down what became of an attempt; returns whether the message was given up.
    ///
    /// # Errors
    ///
    /// Fails when the store does; the message is then sent again, with the same key.
    pub async fn settle(
        &self,
        sink: &str,
        due: &Due,
        answered: &Answered,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut change = self.change().await?;
        let mut given_up = false;
        sqlx::query("INSERT INTO sink (name) VALUES ($1) ON CONFLICT (name) DO NOTHING")
            .bind(sink)
            .execute(&mut *change)
            .await?;
        match answered {
            Answered::Sent { reference } => {
                sent(&mut change, sink, due, reference.as_deref(), policy, now).await?;
            }
            Answered::Later { why, after } => {
                let tried = millis(now) - due.first_attempt;
                if tried >= backoff::GIVE_UP.as_millis() as i64 {
                    dead(&mut change, sink, due, why, policy, now).await?;
                    given_up = true;
                } else {
                    later(&mut change, sink, due, why, *after, now).await?;
                }
            }
            Answered::Never { why } => {
                dead(&mut change, sink, due, why, policy, now).await?;
                given_up = true;
            }
        }
        change.commit().await?;
        Ok(given_up)
    }
}

async fn sent(
    change: &mut Change<'_>,
    sink: &str,
    due: &Due,
    reference: Option<&str>,
    policy: &Policy,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query("UPDATE outbox SET state = 'sent', settled_at = $1, error = NULL WHERE id = $2")
        .bind(millis(now))
        .bind(due.id)
        .execute(&mut **change)
        .await?;
    if let Some(reference) = reference {
        sqlx::query("UPDATE alert SET reference = $1 WHERE id = $2")
            .bind(reference)
            .bind(due.alert)
            .execute(&mut **change)
            .await?;
    }
    sqlx::query(
        "UPDATE sink SET failures = 0, blocked_until = 0, last_sent = $1, last_error = NULL \
         WHERE name = $2",
    )
    .bind(millis(now))
    .bind(sink)
    .execute(&mut **change)
    .await?;
    // The sink works again: the alarm about it ends.
    let project = project_id(change, OWN, now).await?;
    let closed: Vec<i64> = sqlx::query_scalar(
        "UPDATE condition SET closed_at = $1, closed_as = 'gone' WHERE project = $2 AND key = $3 \
         AND closed_at IS NULL RETURNING id",
    )
    .bind(millis(now))
    .bind(project)
    .bind(sink)
    .fetch_all(&mut **change)
    .await?;
    if !closed.is_empty() {
        let touched = Touched { closed: closed.into_iter().collect(), ..Touched::default() };
        reconcile(change, project, &touched, policy, now).await?;
    }
    Ok(())
}

async fn later(
    change: &mut Change<'_>,
    sink: &str,
    due: &Due,
    why: &str,
    after: Option<Duration>,
    now: Timestamp,
) -> Result<(), Error> {
    let wait = match after {
        Some(asked) => asked.min(backoff::LONGEST_ASKED),
        None => backoff::wait(due.attempts, backoff::chance()),
    };
    let until = millis(now).saturating_add(wait.as_millis() as i64);
    sqlx::query("UPDATE outbox SET not_before = $1, error = $2 WHERE id = $3")
        .bind(until)
        .bind(why)
        .bind(due.id)
        .execute(&mut **change)
        .await?;
    // What the service asks for holds for all messages to it. Without that, one failing message must
    // not hold up others, but several in a row say that the sink is down.
    sqlx::query(
        "UPDATE sink SET failures = failures + 1, last_error = $1, blocked_until = \
         CASE WHEN $2 = 1 OR failures + 1 >= $3 THEN $4 ELSE blocked_until END WHERE name = $5",
    )
    .bind(why)
    .bind(i64::from(after.is_some()))
    .bind(backoff::BREAKS_AT)
    .bind(until)
    .bind(sink)
    .execute(&mut **change)
    .await?;
    Ok(())
}

/// Gives a message up, and raises an alarm that other sinks carry.
async fn dead(
    change: &mut Change<'_>,
    sink: &str,
    due: &Due,
    why: &str,
    policy: &Policy,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query("UPDATE outbox SET state = 'dead', settled_at = $1, error = $2 WHERE id = $3")
        .bind(millis(now))
        .bind(why)
        .bind(due.id)
        .execute(&mut **change)
        .await?;
    sqlx::query("UPDATE sink SET failures = failures + 1, last_error = $1 WHERE name = $2")
        .bind(why)
        .bind(sink)
        .execute(&mut **change)
        .await?;
    if due.message.event == crate::alerts::Event::Open {
        sqlx::query("UPDATE alert SET state = 'dead' WHERE id = $1 AND state = 'open'")
            .bind(due.alert)
            .execute(&mut **change)
            .await?;
        sqlx::query(
            "UPDATE outbox SET state = 'dropped', settled_at = $1, error = 'its opening was not \
             delivered' WHERE alert = $2 AND state = 'pending'",
        )
        .bind(millis(now))
        .bind(due.alert)
        .execute(&mut **change)
        .await?;
    }
    let project = project_id(change, OWN, now).await?;
    let seen = Seen {
        key: sink,
        fingerprint: sink,
        topic: Topic::Delivery,
        change: "messages are not delivered".to_owned(),
        address: sink.to_owned(),
        severity: Severity::High,
        paths: Vec::new(),
        owners: Vec::new(),
        workloads: Vec::new(),
        note: Some(why.to_owned()),
    };
    let mut touched = Touched::default();
    open_once(change, project, &seen, None, &mut touched, now).await?;
    reconcile(change, project, &touched, policy, now).await
}
