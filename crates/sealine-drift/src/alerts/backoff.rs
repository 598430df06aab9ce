//! When to try again.
//!
//! Invariant: waits grow from one second to fifteen minutes with full jitter, so that many senders
//! do not return at once; what a service asks for is honoured up to an hour.

use std::time::Duration;

/// The longest wait of our own.
pub const LONGEST: Duration = Duration::from_mins(15);
/// The longest wait that a service may ask for.
pub const LONGEST_ASKED: Duration = Duration::from_hours(1);
/// How long a message is tried before it is given up.
pub const GIVE_UP: Duration = Duration::from_hours(24);
/// After how many failures in a row a sink is paused as a whole.
pub const BREAKS_AT: i64 = 3;

/// Returns how long to wait after a number of attempts. `chance` is any number: the jitter.
pub fn wait(attempts: i64, chance: u64) -> Duration {
    let exponent = u32::try_from(attempts.clamp(0, 20)).unwrap_or(20);
    let ceiling = Duration::from_secs(1).saturating_mul(1 << exponent).min(LONGEST);
    let millis = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX);
    // Not less than a second: a service that is down has nothing of being asked at once.
    Duration::from_millis(1000 + chance % millis.max(1)).min(LONGEST)
}

/// Returns a number that nobody foresees: jitter needs no more.
pub fn chance() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end_at_the_longest() {
        for attempts in 0..100 {
            for chance in [0, 1, 12_345, u64::MAX] {
                let wait = wait(attempts, chance);
                assert!(wait >= Duration::from_secs(1) && wait <= LONGEST, "{attempts} {wait:?}");
            }
        }
        assert_eq!(wait(3, 7_999), Duration::from_millis(8_999));
        assert_eq!(wait(20, 899_999), LONGEST);
    }
}
