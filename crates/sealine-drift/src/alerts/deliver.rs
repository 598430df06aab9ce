//! Takes messages from the outbox to their sinks.
//!
//! Invariant: each sink has a queue of its own, so one that does not answer holds up no other. An
//! attempt is noted before it is made and its result after, so a process that dies between the two
//! leaves a message that is sent again with the same key.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::Policy;
use crate::cancel::Cancel;
use crate::clock::Clock;
use crate::sinks::Outlet;
use crate::store::{Answered, Due, Error, Store};

/// What delivering came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// How many messages were taken.
    pub sent: usize,
    /// How many attempts failed and will be made again.
    pub failed: usize,
    /// How many messages were given up.
    pub dead: usize,
    /// How many still wait.
    pub pending: usize,
    /// What sinks said that did not take a message, by the sink's name.
    pub faults: Vec<(String, String)>,
}

/// No attempt takes longer: a sink may send several requests.
const ATTEMPT: Duration = Duration::from_mins(1);

/// Sends what is due to all sinks, and what becomes due within `within`. For one-shot runs: digests
/// do not wait for more.
///
/// # Errors
///
/// Fails when the store does.
pub async fn deliver(
    store: &Store,
    outlets: &[Arc<Outlet>],
    policy: &Policy,
    clock: &Clock,
    within: Duration,
) -> Result<Delivered, Error> {
    let until = clock.elapsed() + within;
    let mut queues = JoinSet::new();
    for outlet in outlets {
        let (store, outlet) = (store.clone(), Arc::clone(outlet));
        let (policy, clock) = (policy.clone(), clock.clone());
        queues.spawn(async move { drain(&store, &outlet, &policy, &clock, until).await });
    }
    let mut all = Delivered::default();
    while let Some(joined) = queues.join_next().await {
        let one = joined.map_err(|error| Error::Other(error.to_string()))??;
        all.sent += one.sent;
        all.failed += one.failed;
        all.dead += one.dead;
        all.faults.extend(one.faults);
    }
    all.pending = usize::try_from(store.waiting().await?.pending).unwrap_or_default();
    Ok(all)
}

async fn drain(
    store: &Store,
    outlet: &Outlet,
    policy: &Policy,
    clock: &Clock,
    until: Duration,
) -> Result<Delivered, Error> {
    let mut done = Delivered::default();
    // One try is made however short the time is.
    loop {
        let Some(due) = store.attempt(&outlet.name, true, clock.now()).await? else {
            let Some(next) = store.next_due(&outlet.name, true).await? else { return Ok(done) };
            let wait = wait_until(next, clock);
            if clock.elapsed() + wait >= until {
                return Ok(done);
            }
            clock.sleep(wait).await;
            continue;
        };
        // What is under way when the time is up is given time to end: cutting it off would only
        // make a duplicate.
        tell(store, outlet, &due, policy, clock, &mut done).await?;
        if clock.elapsed() >= until {
            return Ok(done);
        }
        clock.sleep(outlet.pause).await;
    }
}

/// Serves one sink until asked to end. `woken` says that there may be something new.
///
/// # Errors
///
/// Fails when the store does.
pub async fn serve(
    store: &Store,
    outlet: &Outlet,
    policy: &Policy,
    clock: &Clock,
    woken: &Notify,
    cancel: &Cancel,
) -> Result<Delivered, Error> {
    let mut done = Delivered::default();
    while !cancel.is_asked() {
        if let Some(due) = store.attempt(&outlet.name, false, clock.now()).await? {
            tell(store, outlet, &due, policy, clock, &mut done).await?;
            clock.sleep(outlet.pause).await;
            continue;
        }
        let next = store.next_due(&outlet.name, false).await?;
        // The time of day may be set: nothing waits longer than a minute on its account.
        let wait = next.map_or(Duration::from_mins(1), |next| wait_until(next, clock));
        tokio::select! {
            () = clock.sleep(wait.min(Duration::from_mins(1))) => {}
            () = woken.notified() => {}
            () = cancel.asked() => {}
        }
    }
    Ok(done)
}

async fn tell(
    store: &Store,
    outlet: &Outlet,
    due: &Due,
    policy: &Policy,
    clock: &Clock,
    done: &mut Delivered,
) -> Result<(), Error> {
    let answered = match tokio::time::timeout(ATTEMPT, outlet.sink.send(due)).await {
        Ok(answered) => answered,
        Err(_) => Answered::Later { why: "it took too long".to_owned(), after: None },
    };
    let given_up = store.settle(&outlet.name, due, &answered, policy, clock.now()).await?;
    match answered {
        Answered::Sent { .. } => done.sent += 1,
        Answered::Later { why, .. } | Answered::Never { why } => {
            let count = if given_up { &mut done.dead } else { &mut done.failed };
            *count += 1;
            done.faults.push((outlet.name.clone(), why));
        }
    }
    // A daemon lives long.
    done.faults.truncate(100);
    Ok(())
}

fn wait_until(at: jiff::Timestamp, clock: &Clock) -> Duration {
    let wait = Duration::try_from(at.duration_since(clock.now())).unwrap_or_default();
    wait.max(Duration::from_millis(5))
}
