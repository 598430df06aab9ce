//! Forgets what is old, so that the file does not grow without end.
//!
//! Invariant: what is open, and what waits to be sent, is never forgotten. Work is done in small
//! steps, so that no writer waits long.

use std::time::Duration;

use jiff::Timestamp;

use super::{Error, Store, millis};

/// How long things are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Whole reports of runs.
    pub reports: Duration,
    /// Runs, and differences that are gone.
    pub history: Duration,
    /// Messages that were sent or given up.
    pub messages: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        let day = Duration::from_hours(24);
        Self { reports: day * 30, history: day * 400, messages: day * 30 }
    }
}

/// How many rows one step deletes.
const STEP: i64 = 500;

impl Store {
    /// Forgets what is older than it is to be kept; returns how many rows that were. `steps` limits
    /// the work: what is left is for the next time.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn forget_old(
        &self,
        retention: &Retention,
        steps: usize,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let before = |age: Duration| millis(now).saturating_sub(age.as_millis() as i64);
        let statements = [
            (
                "UPDATE run SET report = NULL WHERE id IN (SELECT r.id FROM run r \
                 WHERE r.report IS NOT NULL AND r.ended < $1 AND r.id < (SELECT MAX(n.id) FROM run n \
                 WHERE n.project = r.project) ORDER BY r.ended LIMIT $2)",
                before(retention.reports),
            ),
            (
                "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state <> 'pending' \
                 AND settled_at < $1 LIMIT $2)",
                before(retention.messages),
            ),
            (
                "DELETE FROM alert WHERE id IN (SELECT a.id FROM alert a WHERE a.closed_at < $1 \
                 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.alert = a.id) LIMIT $2)",
                before(retention.messages),
            ),
            (
                "DELETE FROM condition WHERE id IN (SELECT id FROM condition WHERE closed_at < $1 \
                 LIMIT $2)",
                before(retention.history),
            ),
            (
                "DELETE FROM run WHERE id IN (SELECT r.id FROM run r WHERE r.ended < $1 \
                 AND r.id < (SELECT MAX(n.id) FROM run n WHERE n.project = r.project) LIMIT $2)",
                before(retention.history),
            ),
        ];
        let mut forgotten = 0;
        for (statement, age) in statements {
            for _ in 0..steps {
                let done =
                    sqlx::query(statement).bind(age).bind(STEP).execute(&self.writer).await?;
                forgotten += done.rows_affected();
                if done.rows_affected() < STEP as u64 {
                    break;
                }
            }
        }
        Ok(forgotten)
    }
}
