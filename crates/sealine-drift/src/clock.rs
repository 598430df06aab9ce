//! The time, so that tests can run it faster and make it jump.
//!
//! Invariant: waits are measured by a clock that nobody sets ([`Clock::elapsed`]); the time of day is
//! for showing, storing and calendars.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// The time of day, and the time since the start.
#[derive(Clone, Debug)]
pub struct Clock {
    began: Instant,
    /// Where a test's time of day began.
    from: Option<Timestamp>,
    speed: u32,
    /// By how much somebody set the time of day, in milliseconds.
    shift: Arc<AtomicI64>,
}

impl Clock {
    /// The machine's clock.
    pub fn real() -> Self {
        Self { began: Instant::now(), from: None, speed: 1, shift: Arc::default() }
    }

    /// A clock that begins at `from` and runs `speed` times as fast.
    pub fn fast(from: Timestamp, speed: u32) -> Self {
        Self { from: Some(from), speed: speed.max(1), ..Self::real() }
    }

    /// Sets the time of day forward or back, as an administrator would.
    pub fn jump(&self, millis: i64) {
        self.shift.fetch_add(millis, Ordering::SeqCst);
    }

    /// The time of day.
    pub fn now(&self) -> Timestamp {
        let shift = self.shift.load(Ordering::SeqCst);
        let now = match self.from {
            None => Timestamp::now(),
            Some(from) => from.saturating_add(self.elapsed()).unwrap_or(Timestamp::MAX),
        };
        let moved = now.as_millisecond().saturating_add(shift);
        if shift == 0 { now } else { Timestamp::from_millisecond(moved).unwrap_or(now) }
    }

    /// The time since the start. It only grows.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed() * self.speed
    }

    /// Waits.
    pub async fn sleep(&self, wait: Duration) {
        tokio::time::sleep(wait / self.speed).await;
    }
}
