//! What `sealine drift run` does with its reports besides printing: remembers and tells.
//!
//! Invariant: a run that cannot be remembered is told as such; a sink that does not answer makes the
//! command wait no longer than a moment, and what it was to be told stays in the outbox.

use std::path::Path;
use std::time::Duration;

use sealine_drift::alerts::deliver;
use sealine_drift::store::{Error, Owner, Retention, Store, own};
use sealine_drift::{Clock, Project, RunReport};

use super::alerting::Alerting;
use super::store::failure;
use super::watch::host;
use crate::failure::Failure;
use crate::output::note;

/// How long sinks are waited for.
const MOMENT: Duration = Duration::from_secs(30);

/// How long another process that looks once is waited for.
const TURN: Duration = Duration::from_secs(20);

async fn wait_for(path: &Path) -> Result<Owner, Failure> {
    let until = tokio::time::Instant::now() + TURN;
    loop {
        match own(path, &host()) {
            Err(Error::Owned { .. }) if tokio::time::Instant::now() < until => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            result => return result.map_err(failure),
        }
    }
}

/// Records the reports, and sends what is due.
pub(super) async fn remember(
    path: &Path,
    projects: &[Project],
    reports: &[RunReport],
    alerting: &Alerting,
) -> Result<(), Failure> {
    let store = Store::open(path).await.map_err(failure)?;
    let owner = wait_for(path).await?;
    store.end_claims(&owner).await.map_err(failure)?;
    let clock = Clock::real();
    let policy = &alerting.policy;
    for report in reports {
        let project = projects.iter().find(|project| project.name == report.project);
        let owners = project.map(|project| project.owners.as_slice()).unwrap_or_default();
        let lease = store
            .claim(&report.project, &owner.name, Duration::from_mins(1), clock.now())
            .await
            .map_err(failure)?;
        let now = clock.now();
        if let Some(why) = report.skipped() {
            store.skip(&lease, why, now).await.map_err(failure)?;
            continue;
        }
        match store.record(&lease, report, owners, policy, now).await {
            Ok(_) | Err(Error::Stale { .. }) => {}
            Err(error) => return Err(failure(error)),
        }
    }
    // Where no daemon does it, it is the next run that notices.
    let owners = projects.iter().map(|project| (project.name.clone(), project.owners.clone()));
    let owners: Vec<(String, Vec<String>)> = owners.collect();
    store.raise_silence(&owners, policy, clock.now()).await.map_err(failure)?;
    let done = deliver(&store, &alerting.outlets, policy, &clock, MOMENT).await;
    let done = done.map_err(failure)?;
    for (sink, fault) in &done.faults {
        note(&format!("`{sink}` did not take a message: {fault}"));
    }
    if done.sent > 0 || done.pending > 0 {
        note(&format!("told: {} sent, {} waiting", done.sent, done.pending));
    }
    if let Some((heartbeat, _)) = &alerting.heartbeat
        && let Err(fault) = heartbeat.beat().await
    {
        note(&format!("the heartbeat was not taken: {fault}"));
    }
    let _ = store.forget_old(&Retention::default(), 5, clock.now()).await;
    store.close().await;
    Ok(())
}
