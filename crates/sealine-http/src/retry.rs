//! When a request is sent again.
//!
//! Invariant: only what may pass by itself is tried again: a network that fails, and the statuses
//! 408, 429, 500, 502, 503 and 504. The waits grow, differ from process to process, and end with
//! the total time.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};

/// How often and for how long a request is tried.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// How often it is sent at most.
    pub attempts: usize,
    /// The first wait; each further one is twice as long.
    pub first_wait: Duration,
    /// The longest wait, unless the server asks for a longer one.
    pub longest_wait: Duration,
    /// How long all attempts and waits may take together.
    pub total: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(20),
            total: Duration::from_mins(1),
        }
    }
}

impl Retry {
    /// Sends once, for what must not be done twice.
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// Returns the waits between the attempts.
    pub(crate) fn waits(&self) -> impl Iterator<Item = Duration> {
        ExponentialBuilder::default()
            .with_min_delay(self.first_wait)
            .with_max_delay(self.longest_wait)
            .with_max_times(self.attempts.saturating_sub(1))
            .with_jitter()
            .build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_one_fewer_than_the_attempts() {
        let waits: Vec<Duration> = Retry::default().waits().collect();
        assert_eq!(waits.len(), 4);
        assert!(waits[0] >= Duration::from_millis(500));
        assert!(waits[3] >= Duration::from_secs(4));
        assert_eq!(Retry::never().waits().count(), 0);
    }
}
