//! Records what a look saw, as the end of the look: the scheduler goes on meanwhile.
//!
//! Invariant: a result is recorded once, dropped because somebody else looks by now, or said to be
//! lost. A daemon that is to end waits for a store that cannot be written no longer than for looks.

use std::time::Duration;

use super::page::Shared;
use crate::alerts::Policy;
use crate::store::{Error, Lease};
use crate::{Cancel, Project, RunReport};

/// How long a result waits for a store that cannot be written.
const PATIENCE: Duration = Duration::from_mins(5);
/// How long it waits between two attempts.
const PAUSE: Duration = Duration::from_secs(5);

/// What records. Each look under way has one.
#[derive(Clone, Debug)]
pub(super) struct Keeper {
    pub(super) shared: Shared,
    pub(super) policy: Policy,
    pub(super) say: fn(&str),
}

impl Keeper {
    /// Records the result of a look, or that there was none. Waits for a store that cannot be written now;
    /// who is to end tries once more.
    ///
    /// # Errors
    ///
    /// Fails when the store is damaged or its disk fails, and when a look that was not made cannot be
    /// noted.
    pub(super) async fn keep(
        &self,
        project: &Project,
        lease: &Lease,
        report: &RunReport,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        let Shared { store, clock, .. } = &self.shared;
        // Somebody changes something now: that is no failed look. Silence is told of later.
        if let Some(why) = report.skipped() {
            return store.skip(lease, why, clock.now()).await;
        }
        let until = clock.elapsed() + PATIENCE;
        loop {
            let is_last = cancel.is_asked() || clock.elapsed() >= until;
            match store.record(lease, report, &project.owners, &self.policy, clock.now()).await {
                Ok(_) => return Ok(()),
                Err(Error::Stale { .. }) => {
                    self.skipped("stale");
                    return Ok(());
                }
                Err(error) if error.is_fatal() => return Err(error),
                Err(error) if is_last => {
                    (self.say)(&format!("the look at `{}` is lost: {error}", project.name));
                    self.skipped("store");
                    return Ok(());
                }
                Err(error) => self.trouble(Some(error.to_string())),
            }
            tokio::select! {
                () = clock.sleep(PAUSE) => {}
                () = cancel.asked() => {}
            }
        }
    }

    /// Counts a start that was not made or whose result was not kept.
    pub(super) fn skipped(&self, reason: &'static str) {
        self.shared.counted(|counters| *counters.skipped.entry(reason).or_default() += 1);
    }

    /// Notes what is wrong with the store, and says so when that is new.
    pub(super) fn trouble(&self, trouble: Option<String>) {
        let before = self
            .shared
            .counted(|counters| std::mem::replace(&mut counters.trouble, trouble.clone()));
        match (before, trouble) {
            (None, Some(trouble)) => (self.say)(&format!("no look is begun: {trouble}")),
            (Some(_), None) => (self.say)("the history can be written again"),
            _ => {}
        }
    }
}
