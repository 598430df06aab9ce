//! The daemon with an engine that only answers: schedules, skips, health, and its end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sealine_drift::alerts::Event;
use sealine_drift::project::Schedule;
use sealine_drift::report::{Failure, FailureKind, Severity};
use sealine_drift::store::{HistoryQuery, Retention, Store, own};
use sealine_drift::watch::{self, Limits, Watch};
use sealine_drift::{Cancel, Clock, Engine, Project, RunReport};
use tokio::sync::Notify;

use crate::kills::number;
use crate::sample::{Recorder, difference, failed, folder, outlet, policy, report, start};

/// Answers by the project's name, and notes when it was asked.
#[derive(Default)]
struct Stub {
    clock: Option<Clock>,
    asked: Mutex<BTreeMap<String, Vec<Duration>>>,
    /// Lets the look at `waits` end.
    go: Notify,
}

impl Engine for Stub {
    async fn run(&self, project: &Project, cancel: &Cancel) -> RunReport {
        let clock = self.clock.as_ref().unwrap();
        let name = &project.name;
        self.asked.lock().unwrap().entry(name.clone()).or_default().push(clock.elapsed());
        let now = clock.now();
        let of = |kind| {
            let failure = Failure { kind, message: String::new(), help: None };
            RunReport::failed(name, now, now, failure)
        };
        match name.as_str() {
            "drifts" => report(name, vec![difference(name, "a.b", "c", Severity::High)], now),
            "locked" => of(FailureKind::LockHeld),
            "broken" => failed(name, "no plan", now),
            "hangs" => {
                cancel.asked().await;
                of(FailureKind::Cancelled)
            }
            "waits" => {
                self.go.notified().await;
                report(name, vec![], now)
            }
            "panics" => panic!("an engine that breaks"),
            _ => report(name, vec![], now),
        }
    }
}

fn project(name: &str, cron: &str) -> Project {
    let schedule =
        Schedule { cron: Some(cron.to_owned()), jitter: Some(Duration::ZERO), timezone: None };
    Project { name: name.to_owned(), schedule, ..Project::default() }
}

fn watch_of(projects: Vec<Project>) -> Watch {
    Watch {
        projects,
        usual: "0 * * * *".to_owned(),
        limits: Limits { starts: 6_000, concurrent: 8, ..Limits::default() },
        policy: policy(&["team"]),
        outlets: Vec::new(),
        heartbeat: None,
        retention: Retention::default(),
        timeout: Duration::from_mins(10),
        grace: Duration::from_millis(100),
        listener: None,
        say: |_| {},
    }
}

async fn get(address: std::net::SocketAddr, path: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let text = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looks_when_due_skips_what_is_locked_and_ends_gracefully() {
    let folder = folder();
    let path = folder.path().join("drift.db");
    let store = Store::open(&path).await.unwrap();
    let owner = own(&path, "here").unwrap();
    assert!(own(&path, "here").is_err(), "a second instance is refused");
    // A minute passes in half a second.
    let clock = Clock::fast(start(), 120);
    let names = ["drifts", "locked", "broken", "hangs", "panics", "clean"];
    let mut watch = watch_of(names.iter().map(|name| project(name, "* * * * *")).collect());
    let recorder = Recorder::answering(vec![]);
    watch.outlets = vec![outlet("team", &recorder)];
    let listener = watch::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    assert!(watch::listen("0.0.0.0:0".parse().unwrap()).await.is_err(), "this machine alone");
    let address = listener.local_addr().unwrap();
    watch.listener = Some(listener);
    let engine = Arc::new(Stub { clock: Some(clock.clone()), ..Stub::default() });
    let (canceller, stop) = Cancel::new();
    let running = {
        let (store, engine, clock) = (store.clone(), Arc::clone(&engine), clock.clone());
        tokio::spawn(async move { watch::run(watch, engine, store, &owner, clock, stop).await })
    };
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert!(get(address, "/healthz").await.ends_with("ok\n"));
    let metrics = get(address, "/metrics").await;
    for line in [
        "sealine_drift_runs_total{outcome=\"drifted\"}",
        "sealine_drift_skipped_total{reason=\"lock-held\"}",
        "sealine_drift_skipped_total{reason=\"panic\"}",
        "sealine_drift_open_findings{project=\"drifts\"} 1",
        "sealine_drift_store_trouble 0",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    canceller.ask();
    tokio::time::timeout(Duration::from_secs(20), running).await.unwrap().unwrap().unwrap();
    {
        let asked = engine.asked.lock().unwrap();
        assert_eq!(asked["hangs"].len(), 1, "one look at a time");
        assert!(asked["clean"].len() >= 3, "{asked:?}");
    }
    let runs = store.runs(&HistoryQuery { limit: 500, ..HistoryQuery::default() }).await.unwrap();
    let of = |name: &str| runs.iter().filter(|run| run.project == name).count();
    assert!(of("clean") >= 3 && of("broken") >= 3);
    assert_eq!(of("locked") + of("hangs"), 0, "a look that was not made is no failed look");
    let told = recorder.told();
    let drift = told.iter().filter(|(_, title)| title.contains("drifted"));
    assert_eq!(drift.count(), 1, "{told:?}");
    assert!(told.iter().all(|(event, _)| *event == Event::Open), "{told:?}");
}

async fn until(what: &str, is_so: &dyn Fn() -> bool) {
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(std::time::Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_history_is_gone_nothing_is_begun() {
    let folder = folder();
    let path = folder.path().join("drift.db");
    let store = Store::open(&path).await.unwrap();
    let owner = own(&path, "here").unwrap();
    // A minute passes in a tenth of a second.
    let clock = Clock::fast(start(), 600);
    let mut watch = watch_of(vec![project("clean", "* * * * *")]);
    let listener = watch::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    watch.listener = Some(listener);
    let engine = Arc::new(Stub { clock: Some(clock.clone()), ..Stub::default() });
    let (canceller, stop) = Cancel::new();
    let running = {
        let (store, engine, clock) = (store.clone(), Arc::clone(&engine), clock.clone());
        tokio::spawn(async move { watch::run(watch, engine, store, &owner, clock, stop).await })
    };
    let asked = || engine.asked.lock().unwrap().get("clean").map_or(0, Vec::len);
    until("no look was made", &|| asked() > 1).await;
    let away = folder.path().join("away");
    std::fs::rename(&path, &away).unwrap();
    // One may have been under way.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = asked();
    assert!(get(address, "/metrics").await.contains("sealine_drift_store_trouble 1"));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(asked(), before);
    std::fs::rename(&away, &path).unwrap();
    until("no look after it was back", &|| asked() > before + 1).await;
    canceller.ask();
    tokio::time::timeout(Duration::from_secs(20), running).await.unwrap().unwrap().unwrap();
    let runs = store.runs(&HistoryQuery { limit: 500, ..HistoryQuery::default() }).await.unwrap();
    assert!(runs.len() >= asked() - 1, "{} of {}", runs.len(), asked());
    assert!(store.verify(&|_| true).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_that_cannot_be_recorded_holds_up_neither_the_scheduler_nor_the_end() {
    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let said = |what: &str| SAID.lock().unwrap().iter().any(|text| text.contains(what));
    let folder = folder();
    let path = folder.path().join("drift.db");
    let store = Store::open(&path).await.unwrap();
    let owner = own(&path, "here").unwrap();
    // The patience of a result lasts longer than that of this test.
    let clock = Clock::fast(start(), 4);
    let mut watch = watch_of(vec![project("waits", "0 0 1 1 *")]);
    watch.say = |text| SAID.lock().unwrap().push(text.to_owned());
    watch.grace = Duration::from_secs(1);
    let engine = Arc::new(Stub { clock: Some(clock.clone()), ..Stub::default() });
    let (canceller, stop) = Cancel::new();
    let running = {
        let (store, engine, clock) = (store.clone(), Arc::clone(&engine), clock.clone());
        tokio::spawn(async move { watch::run(watch, engine, store, &owner, clock, stop).await })
    };
    until("no look was begun", &|| engine.asked.lock().unwrap().contains_key("waits")).await;
    std::fs::rename(&path, folder.path().join("away")).unwrap();
    engine.go.notify_one();
    until("the result was recorded", &|| said("no look is begun")).await;
    clock.jump(3_600_000);
    until("the scheduler stands still", &|| said("the clock was set")).await;
    assert!(!said("is lost"), "it is tried again and again");
    canceller.ask();
    tokio::time::timeout(Duration::from_secs(20), running).await.unwrap().unwrap().unwrap();
    assert!(said("the look at `waits` is lost"), "{:?}", SAID.lock().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_recorded_is_recorded_once_when_it_can_be() {
    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let folder = folder();
    let path = folder.path().join("drift.db");
    let store = Store::open(&path).await.unwrap();
    let owner = own(&path, "here").unwrap();
    let clock = Clock::fast(start(), 20);
    let mut watch = watch_of(vec![project("waits", "0 0 1 1 *")]);
    watch.say = |text| SAID.lock().unwrap().push(text.to_owned());
    watch.grace = Duration::from_secs(10);
    let engine = Arc::new(Stub { clock: Some(clock.clone()), ..Stub::default() });
    let (canceller, stop) = Cancel::new();
    let running = {
        let (store, engine, clock) = (store.clone(), Arc::clone(&engine), clock.clone());
        tokio::spawn(async move { watch::run(watch, engine, store, &owner, clock, stop).await })
    };
    until("no look was begun", &|| engine.asked.lock().unwrap().contains_key("waits")).await;
    let away = folder.path().join("away");
    std::fs::rename(&path, &away).unwrap();
    engine.go.notify_one();
    until("the result was recorded", &|| !SAID.lock().unwrap().is_empty()).await;
    // It still waits for the store within the time that looks are given.
    canceller.ask();
    std::fs::rename(&away, &path).unwrap();
    tokio::time::timeout(Duration::from_secs(20), running).await.unwrap().unwrap().unwrap();
    let runs = store.runs(&HistoryQuery { limit: 9, ..HistoryQuery::default() }).await.unwrap();
    assert_eq!(runs.len(), 1, "{:?}", SAID.lock().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_projects_keep_their_interval_with_a_real_store() {
    if number("SEALINE_SCALE", 0) == 0 {
        println!("not run: SEALINE_SCALE is not set");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drift.db");
    let store = Store::open(&path).await.unwrap();
    store.fill(300, 1_000_000, 100_000).await.unwrap();
    let owner = own(&path, "here").unwrap();
    // Faster, and the time that the disk takes would count for too much.
    let clock = Clock::fast(start(), 20);
    let projects = (0..300).map(|number| Project {
        schedule: Schedule { cron: Some("*/15 * * * *".to_owned()), ..Schedule::default() },
        ..project(&format!("p{number}"), "* * * * *")
    });
    let watch = watch_of(projects.collect());
    let engine = Arc::new(Stub { clock: Some(clock.clone()), ..Stub::default() });
    let (canceller, stop) = Cancel::new();
    let running = {
        let (store, engine, clock) = (store.clone(), Arc::clone(&engine), clock.clone());
        tokio::spawn(async move { watch::run(watch, engine, store, &owner, clock, stop).await })
    };
    tokio::time::sleep(Duration::from_secs(190)).await;
    canceller.ask();
    running.await.unwrap().unwrap();
    let asked = engine.asked.lock().unwrap();
    assert_eq!(asked.len(), 300);
    let interval = Duration::from_mins(15).as_secs_f64();
    let mut worst: f64 = 0.0;
    for times in asked.values() {
        // The first may catch up.
        let times = &times[1..];
        let whole = times[times.len() - 1].as_secs_f64() - times[0].as_secs_f64();
        worst = worst.max(
            (whole / f64::from(u32::try_from(times.len() - 1).unwrap()) / interval - 1.0).abs(),
        );
    }
    println!(
        "worst mean interval is off by {:.2} %, peak {} MiB",
        worst * 100.0,
        crate::scale::peak()
    );
    assert!(worst < 0.02, "{worst}");
}
