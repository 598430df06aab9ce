//! Reports to record, sinks that keep count, and a store of one's own.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use sealine_drift::alerts::{Event, Message, Policy};
use sealine_drift::clock::Clock;
use sealine_drift::report::{
    Attribute, Change, Difference, Failure, FailureKind, Kind, Outcome, RunReport, Severity, Shown,
};
use sealine_drift::sinks::{Outlet, Sending, Sink};
use sealine_drift::store::{Answered, Due, Recorded, Store};

pub(crate) const START: &str = "2026-03-01T12:00:00Z";

pub(crate) fn start() -> Timestamp {
    START.parse().unwrap()
}

/// A folder in memory where there is one: what is tested is order, not the disk.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub(crate) fn difference(
    project: &str,
    address: &str,
    path: &str,
    severity: Severity,
) -> Difference {
    let mut difference = Difference {
        key: String::new(),
        fingerprint: String::new(),
        kind: Kind::Drifted,
        change: Change::ChangedOutside,
        address: address.to_owned(),
        resource_type: address.split('.').next().unwrap_or_default().to_owned(),
        previous_address: None,
        attributes: vec![Attribute {
            path: path.to_owned(),
            before: Shown::Hidden,
            after: Shown::Text("\"shown\"".to_owned()),
        }],
        severity,
        owners: Vec::new(),
        workloads: Vec::new(),
        declared: None,
        note: None,
    };
    difference.identify(project);
    difference
}

pub(crate) fn report(project: &str, findings: Vec<Difference>, at: Timestamp) -> RunReport {
    let failure = Failure { kind: FailureKind::Other, message: String::new(), help: None };
    let outcome = if findings.is_empty() { Outcome::Clean } else { Outcome::Drifted };
    RunReport { outcome, findings, managed: 7, ..RunReport::failed(project, at, at, failure) }
}

pub(crate) fn failed(project: &str, message: &str, at: Timestamp) -> RunReport {
    let failure = Failure { kind: FailureKind::Plan, message: message.to_owned(), help: None };
    RunReport::failed(project, at, at, failure)
}

/// Claims the project and records the report.
pub(crate) async fn record(
    store: &Store,
    report: &RunReport,
    policy: &Policy,
    now: Timestamp,
) -> Recorded {
    let lease = store.claim(&report.project, "test", Duration::from_mins(1), now).await.unwrap();
    store.record(&lease, report, &[], policy, now).await.unwrap()
}

/// A sink that keeps what it was told, and answers as it is made to.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) log: Mutex<Vec<(String, Message)>>,
    pub(crate) answers: Mutex<Vec<Answered>>,
}

impl Recorder {
    /// Answers with these, last first, then takes everything.
    pub(crate) fn answering(answers: Vec<Answered>) -> Arc<Self> {
        Arc::new(Self { log: Mutex::default(), answers: Mutex::new(answers) })
    }

    pub(crate) fn told(&self) -> Vec<(Event, String)> {
        let log = self.log.lock().unwrap();
        log.iter().map(|(_, message)| (message.event, message.title.clone())).collect()
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.told().into_iter().map(|(event, _)| event).collect()
    }
}

#[derive(Debug)]
struct Shared(Arc<Recorder>);

impl Sink for Shared {
    fn send<'a>(&'a self, due: &'a Due) -> Sending<'a> {
        Box::pin(async move {
            let answer = self.0.answers.lock().unwrap().pop();
            let answer = answer.unwrap_or(Answered::Sent { reference: Some("r".to_owned()) });
            if matches!(answer, Answered::Sent { .. }) {
                let mut log = self.0.log.lock().unwrap();
                log.push((due.dedupe_key.clone(), due.message.clone()));
            }
            answer
        })
    }
}

pub(crate) fn outlet(name: &str, recorder: &Arc<Recorder>) -> Arc<Outlet> {
    let sink = Box::new(Shared(Arc::clone(recorder)));
    Arc::new(Outlet { name: name.to_owned(), pause: Duration::ZERO, sink })
}

pub(crate) fn policy(sinks: &[&str]) -> Policy {
    Policy { sinks: sinks.iter().map(|&name| name.to_owned()).collect(), ..Policy::default() }
}

pub(crate) fn later(why: &str, after: Option<Duration>) -> Answered {
    Answered::Later { why: why.to_owned(), after }
}

/// A store in memory, one sink, and a clock that stands still until it is moved.
pub(crate) struct Bench {
    pub(crate) _folder: tempfile::TempDir,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) policy: Policy,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) outlets: Vec<Arc<Outlet>>,
}

impl Bench {
    pub(crate) async fn new(answers: Vec<Answered>) -> Self {
        let folder = folder();
        let recorder = Recorder::answering(answers);
        Self {
            store: Store::open(&folder.path().join("drift.db")).await.unwrap(),
            _folder: folder,
            clock: Clock::fast(start(), 1),
            policy: policy(&["team"]),
            outlets: vec![outlet("team", &recorder)],
            recorder,
        }
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.clock.jump(i64::try_from(time.as_millis()).unwrap());
    }

    /// Records what a look shows, by address and path.
    pub(crate) async fn look(&self, shows: &[(&str, &str)]) -> Recorded {
        let findings = shows
            .iter()
            .map(|(address, path)| difference("edge", address, path, Severity::Medium))
            .collect();
        let report = report("edge", findings, self.clock.now());
        record(&self.store, &report, &self.policy, self.clock.now()).await
    }

    pub(crate) async fn fail(&self, message: &str) -> Recorded {
        let report = failed("edge", message, self.clock.now());
        record(&self.store, &report, &self.policy, self.clock.now()).await
    }

    pub(crate) async fn deliver(&self) -> sealine_drift::alerts::Delivered {
        let (policy, clock) = (&self.policy, &self.clock);
        let done = sealine_drift::alerts::deliver(
            &self.store,
            &self.outlets,
            policy,
            clock,
            Duration::ZERO,
        );
        // With no time at all, one message is sent at each call.
        let mut all = done.await.unwrap();
        for _ in 0..200 {
            let more = sealine_drift::alerts::deliver(
                &self.store,
                &self.outlets,
                policy,
                clock,
                Duration::ZERO,
            );
            let more = more.await.unwrap();
            if more.sent + more.failed + more.dead == 0 {
                break;
            }
            all.sent += more.sent;
            all.failed += more.failed;
            all.dead += more.dead;
            all.pending = more.pending;
        }
        all
    }
}
