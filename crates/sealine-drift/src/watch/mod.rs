//! The daemon: looks at each project when it is due, records what it sees, and delivers.
//!
//! Invariant: nothing is decided from memory that the store does not know: a daemon that dies and
//! comes back goes on where it was. It starts nothing while the store cannot be written, and it never
//! changes infrastructure: it only calls an [`Engine`].

mod keep;
pub mod metrics;
mod page;
pub mod plan;
pub mod timetable;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::{Id, JoinSet};

pub use page::listen;
pub use plan::Limits;
pub use timetable::Timetable;

use self::keep::Keeper;
use self::metrics::Counters;
use self::page::Shared;
use self::plan::{Now, Plan};
use crate::alerts::heartbeat::Heartbeat;
use crate::alerts::{Policy, deliver};
use crate::report::{Failure, FailureKind};
use crate::sinks::Outlet;
use crate::store::{Error, Owner, Retention, Store};
use crate::{Cancel, Canceller, Clock, Engine, Outcome, Project, RunReport};

/// What the daemon is made of.
#[derive(Debug)]
pub struct Watch {
    /// What to look at.
    pub projects: Vec<Project>,
    /// The cron expression of projects that have none.
    pub usual: String,
    /// How much at once.
    pub limits: Limits,
    /// Whom to tell.
    pub policy: Policy,
    /// The sinks.
    pub outlets: Vec<Arc<Outlet>>,
    /// Who is told that the daemon lives, and how often.
    pub heartbeat: Option<(Heartbeat, Duration)>,
    /// What is forgotten when.
    pub retention: Retention,
    /// How long a look may take where the project does not say.
    pub timeout: Duration,
    /// How long looks under way may go on when the daemon is to end.
    pub grace: Duration,
    /// Where metrics and health are read.
    pub listener: Option<TcpListener>,
    /// Who hears what goes on.
    pub say: fn(&str),
}

/// Why the daemon ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// The store.
    #[error(transparent)]
    Store(#[from] Error),
    /// A schedule that cannot be read.
    #[error("the schedule of `{project}`: {fault}")]
    Schedule {
        /// The project.
        project: String,
        /// Why.
        fault: String,
    },
}

/// How long a run may go on after it was asked to end.
const LAST: Duration = Duration::from_secs(90);

struct Running {
    name: String,
    canceller: Canceller,
}

struct Ran {
    name: String,
    report: RunReport,
    /// Whether that is recorded.
    kept: Result<(), Error>,
}

struct Daemon<E> {
    watch: Watch,
    projects: BTreeMap<String, Arc<Project>>,
    engine: Arc<E>,
    owner: String,
    shared: Shared,
    keeper: Keeper,
    plan: Plan,
    runs: JoinSet<Ran>,
    running: BTreeMap<Id, Running>,
    woken: Arc<Notify>,
}

/// Runs until `stop` asks to end.
///
/// # Errors
///
/// Fails when a schedule cannot be read, and when the store is damaged or its disk fails.
pub async fn run<E: Engine + 'static>(
    mut watch: Watch,
    engine: Arc<E>,
    store: Store,
    owner: &Owner,
    clock: Clock,
    stop: Cancel,
) -> Result<(), Ended> {
    store.end_claims(owner).await?;
    let known = store.known_times().await?;
    let last: BTreeMap<&str, Timestamp> =
        known.iter().filter_map(|(name, last, _)| Some((name.as_str(), (*last)?))).collect();
    let now = Now { at: clock.now(), elapsed: clock.elapsed() };
    let mut planned = Vec::new();
    for project in &watch.projects {
        let (name, schedule) = (project.name.clone(), &project.schedule);
        let timetable = Timetable::new(&name, schedule, &watch.usual, now.at)
            .map_err(|fault| Ended::Schedule { project: name.clone(), fault })?;
        let last = last.get(name.as_str()).copied();
        planned.push((name, project.group.clone(), timetable, last));
    }
    let mut plan = Plan::new(planned, watch.limits, now);
    plan.know(&store.peaks().await?);
    store.schedule(&plan.due(), now.at).await?;
    let counters = Arc::new(Mutex::new(Counters { ticked: now.elapsed, ..Counters::default() }));
    let shared = Shared { store: store.clone(), clock: clock.clone(), counters };
    let (ending, ended) = Cancel::new();
    let mut side = JoinSet::new();
    if let Some(listener) = watch.listener.take() {
        side.spawn(page::serve(listener, shared.clone(), ended.clone()));
    }
    let woken = Arc::new(Notify::new());
    let mut queues = JoinSet::new();
    for outlet in &watch.outlets {
        let (store, outlet, woken) = (store.clone(), Arc::clone(outlet), Arc::clone(&woken));
        let (policy, clock, ended) = (watch.policy.clone(), clock.clone(), ended.clone());
        queues.spawn(async move {
            serve(&store, &outlet, &policy, &clock, &woken, &ended).await;
        });
    }
    let projects = watch.projects.iter().map(|one| (one.name.clone(), Arc::new(one.clone())));
    let mut daemon = Daemon {
        projects: projects.collect(),
        engine,
        owner: owner.name.clone(),
        keeper: Keeper { shared: shared.clone(), policy: watch.policy.clone(), say: watch.say },
        shared,
        plan,
        runs: JoinSet::new(),
        running: BTreeMap::new(),
        woken,
        watch,
    };
    let result = daemon.live(&stop).await;
    daemon.finish().await;
    // The queues end with what they have under way; what is left is tried once more.
    ending.ask();
    let _ = tokio::time::timeout(Duration::from_secs(20), async {
        while queues.join_next().await.is_some() {}
    })
    .await;
    let (policy, outlets) = (&daemon.watch.policy, &daemon.watch.outlets);
    let last = deliver(&store, outlets, policy, &clock, Duration::from_secs(5));
    let _ = tokio::time::timeout(Duration::from_secs(20), last).await;
    let _ = tokio::time::timeout(Duration::from_secs(2), side.join_next()).await;
    result
}

/// Serves a sink whatever the store does: trouble passes, or the scheduler ends for it.
async fn serve(
    store: &Store,
    outlet: &Outlet,
    policy: &Policy,
    clock: &Clock,
    woken: &Notify,
    ended: &Cancel,
) {
    while !ended.is_asked() {
        if crate::alerts::deliver::serve(store, outlet, policy, clock, woken, ended).await.is_err()
        {
            tokio::select! {
                () = clock.sleep(Duration::from_secs(10)) => {}
                () = ended.asked() => {}
            }
        }
    }
}

impl<E: Engine + 'static> Daemon<E> {
    async fn live(&mut self, stop: &Cancel) -> Result<(), Ended> {
        let mut chores = Chores::default();
        while !stop.is_asked() {
            let now = self.now();
            self.shared.counted(|counters| counters.ticked = now.elapsed);
            if let Some(moved) = self.plan.notice(now) {
                (self.watch.say)(&format!("the clock was set by {} s", moved / 1000));
                self.shared.counted(|counters| counters.jumps += 1);
            }
            let rest = match self.begin(now).await {
                Ok(()) => {
                    self.keeper.trouble(None);
                    self.chores(&mut chores, now).await;
                    self.plan.rest(self.now())
                }
                Err(error) if error.is_fatal() => return Err(error.into()),
                Err(error) => {
                    // Nothing is started while it could not be recorded; delivering goes on.
                    self.keeper.trouble(Some(error.to_string()));
                    Duration::from_secs(10)
                }
            };
            tokio::select! {
                () = stop.asked() => {}
                () = self.shared.clock.sleep(rest) => {}
                Some(ended) = self.runs.join_next_with_id() => match self.take(ended).await {
                    Err(error) if error.is_fatal() => return Err(error.into()),
                    Err(error) => self.keeper.trouble(Some(error.to_string())),
                    Ok(()) => {}
                },
            }
        }
        Ok(())
    }

    fn now(&self) -> Now {
        Now { at: self.shared.clock.now(), elapsed: self.shared.clock.elapsed() }
    }

    /// Starts what is due.
    async fn begin(&mut self, now: Now) -> Result<(), Error> {
        if self.shared.counted(|counters| counters.trouble.is_some()) {
            self.shared.store.probe().await?;
        }
        while let Some((name, late)) = self.plan.start(now) {
            self.shared.counted(|counters| counters.late = late);
            let Some(project) = self.projects.get(&name).cloned() else { continue };
            let timeout = project.timeout.unwrap_or(self.watch.timeout);
            let lasts = timeout + LAST * 2;
            let lease = match self.shared.store.claim(&name, &self.owner, lasts, now.at).await {
                Ok(lease) => lease,
                Err(Error::Busy { .. }) => {
                    self.plan.ended(&name, now);
                    self.keeper.skipped("busy");
                    continue;
                }
                Err(error) => {
                    self.plan.put_back(&name);
                    self.keeper.skipped("store");
                    return Err(error);
                }
            };
            let (canceller, cancel) = Cancel::new();
            let (engine, keeper) = (Arc::clone(&self.engine), self.keeper.clone());
            let running = name.clone();
            let task = self.runs.spawn(async move {
                let clock = &keeper.shared.clock;
                let report = look(&*engine, &project, &cancel, timeout, clock).await;
                let kept = keeper.keep(&project, &lease, &report, &cancel).await;
                Ran { name, report, kept }
            });
            self.running.insert(task.id(), Running { name: running, canceller });
            let running = self.plan.running();
            self.shared.counted(|counters| counters.running = running);
        }
        Ok(())
    }

    /// Takes in a run that ended, and was recorded.
    async fn take(
        &mut self,
        ended: Result<(Id, Ran), tokio::task::JoinError>,
    ) -> Result<(), Error> {
        let ran = match ended {
            Ok((id, ran)) => {
                self.running.remove(&id);
                ran
            }
            Err(error) => {
                // A panic within the engine: its lease ends by itself, and silence is an alarm.
                if let Some(running) = self.running.remove(&error.id()) {
                    (self.watch.say)(&format!("the look at `{}` broke off", running.name));
                    self.plan.ended(&running.name, self.now());
                }
                self.keeper.skipped("panic");
                return Ok(());
            }
        };
        let now = self.now();
        self.plan.measured(&ran.name, &ran.report);
        let next = self.plan.ended(&ran.name, now);
        let running = self.plan.running();
        let outcome = count(&ran.report);
        let seconds = ran.report.ended.duration_since(ran.report.started).as_secs_f64();
        self.shared.counted(|counters| {
            counters.running = running;
            counters.seconds += seconds;
            *counters.runs.entry(outcome).or_default() += 1;
        });
        let skipped = ran.report.skipped().is_some();
        if skipped {
            self.keeper.skipped(outcome);
        }
        ran.kept?;
        if let (Some(next), false) = (next, skipped) {
            self.shared.store.schedule(&[(ran.name, next)], now.at).await?;
        }
        self.woken.notify_waiters();
        Ok(())
    }

    /// Lets what runs end, then asks it to, then leaves it.
    async fn finish(&mut self) {
        for (asks, time) in [(false, self.watch.grace), (true, LAST)] {
            if self.runs.is_empty() {
                return;
            }
            if asks {
                self.running.values().for_each(|running| running.canceller.ask());
            }
            let _ = tokio::time::timeout(time, async {
                while let Some(ended) = self.runs.join_next_with_id().await {
                    // One that could not be noted is no reason to break off the others.
                    let _ = self.take(ended).await;
                }
            })
            .await;
        }
        for running in self.running.values() {
            (self.watch.say)(&format!("the look at `{}` did not end in time", running.name));
        }
        self.runs.abort_all();
    }

    /// What is to be done now and then.
    async fn chores(&self, chores: &mut Chores, now: Now) {
        let Watch { policy, heartbeat, retention, .. } = &self.watch;
        let store = &self.shared.store;
        if chores.is_due(0, now, Duration::from_secs(30)) {
            let projects: Vec<(String, Vec<String>)> = self
                .projects
                .values()
                .map(|project| (project.name.clone(), project.owners.clone()))
                .collect();
            if store.raise_silence(&projects, policy, now.at).await.is_ok_and(|raised| raised > 0) {
                self.woken.notify_waiters();
            }
        }
        if chores.is_due(1, now, Duration::from_hours(1)) {
            // Much may have to go: no look waits for that.
            let (store, retention) = (store.clone(), *retention);
            tokio::spawn(async move { store.forget_old(&retention, 20, now.at).await });
        }
        if let Some((heartbeat, every)) = heartbeat
            && chores.is_due(2, now, *every)
            && let Err(fault) = heartbeat.beat().await
        {
            (self.watch.say)(&format!("the heartbeat was not taken: {fault}"));
        }
    }
}

#[derive(Debug, Default)]
struct Chores([Option<Duration>; 3]);

impl Chores {
    fn is_due(&mut self, which: usize, now: Now, every: Duration) -> bool {
        let due = self.0[which].is_none_or(|last| now.elapsed >= last + every);
        if due {
            self.0[which] = Some(now.elapsed);
        }
        due
    }
}

/// Looks, but no longer than the engine was given and some.
async fn look<E: Engine>(
    engine: &E,
    project: &Project,
    cancel: &Cancel,
    timeout: Duration,
    clock: &Clock,
) -> RunReport {
    let started = clock.now();
    tokio::select! {
        report = engine.run(project, cancel) => report,
        () = clock.sleep(timeout + LAST) => {
            let failure = Failure {
                kind: FailureKind::TimedOut,
                message: format!("no answer within {} s", timeout.as_secs()),
                help: None,
            };
            RunReport::failed(&project.name, started, clock.now(), failure)
        }
    }
}

fn count(report: &RunReport) -> &'static str {
    match &report.outcome {
        Outcome::Clean => "clean",
        Outcome::Drifted => "drifted",
        Outcome::Unapplied => "unapplied",
        Outcome::ChecksFailed => "checks-failed",
        Outcome::Failed(failure) => match failure.kind {
            FailureKind::LockHeld => "lock-held",
            FailureKind::ChangeOpen => "change-open",
            FailureKind::Cancelled => "cancelled",
            _ => "failed",
        },
    }
}
