//! Kills a process that records and delivers, at random moments.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use sealine_drift::alerts::{backoff, deliver};
use sealine_drift::clock::Clock;
use sealine_drift::report::Severity;
use sealine_drift::sinks::{Outlet, Secrets, Surroundings};
use sealine_drift::store::{Store, own};

use crate::sample::{difference, policy, record, report};

const CHILD: &str = "SEALINE_KILLED_CHILD";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Reads a number that makes a test longer.
pub(crate) fn number(name: &str, usual: u64) -> u64 {
    let text = std::env::var_os(name).and_then(|text| text.into_string().ok());
    text.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

pub(crate) fn webhook(url: &str) -> Arc<Outlet> {
    let variables = [("URL", url), ("SECRET", SECRET)];
    let environment =
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let secrets = Secrets { environment: environment.collect(), ..Secrets::default() };
    let http = sealine_http::Settings::default();
    let settings = serde_json::json!({
        "url": {"env": "URL"}, "secret": {"env": "SECRET"}, "allow": ["127.0.0.0/8"],
    });
    let with = Surroundings { http: &http, secrets: &secrets };
    Arc::new(Outlet::make("hook", "webhook", &settings, &with).unwrap())
}

/// Not a test of its own: the process that is killed.
#[tokio::test]
async fn child() {
    let Some(given) = std::env::var_os(CHILD) else { return };
    let given = given.into_string().unwrap();
    let mut given = given.split(' ');
    let mut next = || given.next().unwrap().to_owned();
    let (path, url, ends) = (next(), next(), next() == "last");
    let path = Path::new(&path);
    let owner = own(path, "here").unwrap();
    let store = Store::open(path).await.unwrap();
    let (policy, clock) = (policy(&["hook"]), Clock::real());
    let outlets = [webhook(&url)];
    let soon = Duration::from_millis(10);
    store.end_claims(&owner).await.unwrap();
    for round in 0.. {
        for project in ["a", "b", "c"] {
            let drifts = !ends && (round + project.len()) % 2 == 0;
            let findings = if drifts {
                let address = format!("x.y{}", round % 5);
                vec![difference(project, &address, "z", Severity::High)]
            } else {
                vec![]
            };
            let report = report(project, findings, clock.now());
            record(&store, &report, &policy, clock.now()).await;
            deliver(&store, &outlets, &policy, &clock, soon).await.unwrap();
        }
        if ends {
            // A message that was often tried waits long; here it is the clock that moves.
            for _ in 0..50 {
                clock.jump(i64::try_from(backoff::LONGEST.as_millis()).unwrap());
                let done = deliver(&store, &outlets, &policy, &clock, soon).await.unwrap();
                assert_eq!(done.dead, 0, "{done:?}");
                if done.pending == 0 {
                    return;
                }
            }
            panic!("there is still something to be sent");
        }
    }
}

type Log = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

async fn take(State(log): State<Log>, headers: HeaderMap, body: axum::body::Bytes) -> StatusCode {
    let id = headers["webhook-id"].to_str().unwrap().to_owned();
    let mut log = log.lock().unwrap();
    log.push((id, body.to_vec()));
    // Now and then the answer says that it was not taken, though it was.
    if log.len() % 7 == 0 { StatusCode::BAD_GATEWAY } else { StatusCode::OK }
}

fn start(path: &Path, url: &str, how: &str) -> tokio::process::Child {
    let program = std::env::current_exe().unwrap();
    let mut command = tokio::process::Command::new(program);
    command.args(["--exact", "kills::child", "--nocapture"]);
    command.env(CHILD, format!("{} {url} {how}", path.display()));
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::inherit());
    command.kill_on_drop(true).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_loses_nothing() {
    let kills = number("SEALINE_KILLS", 20);
    let began = Instant::now();
    let log: Log = Arc::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let app =
        axum::Router::new().route("/hook", axum::routing::post(take)).with_state(Arc::clone(&log));
    tokio::spawn(async move { axum::serve(listener, app).await });
    // A real disk: a kill must find what was synced.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drift.db");
    let mut dice = 12_345_u64;
    for _ in 0..kills {
        let mut child = start(&path, &url, "endless");
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // Before its first message or after some, and then a little later: so it is told anything
        // however slow the machine is.
        let messages = usize::try_from((dice >> 33) % 4).unwrap();
        let known = log.lock().unwrap().len();
        let patience = Instant::now() + Duration::from_secs(5);
        while log.lock().unwrap().len() < known + messages && Instant::now() < patience {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros((dice >> 40) % 60_000)).await;
        child.kill().await.unwrap();
    }
    let status = start(&path, &url, "last").wait().await.unwrap();
    assert!(status.success());
    let store = Store::open(&path).await.unwrap();
    let log = std::mem::take(&mut *log.lock().unwrap());
    let mut bodies: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut open: BTreeSet<String> = BTreeSet::new();
    let mut repeated = 0;
    for (id, body) in &log {
        let body: &str = std::str::from_utf8(body).unwrap();
        let known = bodies.entry(id).or_default();
        if !known.insert(body) || known.len() > 1 {
            repeated += 1;
            assert_eq!(known.len(), 1, "one key, one message");
            continue;
        }
        let message: serde_json::Value = serde_json::from_str(body).unwrap();
        let key = message["data"]["key"].as_str().unwrap().to_owned();
        match message["type"].as_str().unwrap() {
            "drift.open" => assert!(open.insert(key), "opened twice"),
            "drift.resolve" => assert!(open.remove(&key), "an end without a beginning"),
            _ => {}
        }
    }
    assert!(open.is_empty(), "ends that were lost: {open:?}");
    let faults =
        store.verify(&|id| bodies.contains_key(format!("msg_{id}").as_str())).await.unwrap();
    assert!(faults.is_empty(), "{faults:?}");
    println!(
        "{kills} kills in {:.0?}: {} messages, {repeated} of them repeated with their key",
        began.elapsed(),
        log.len()
    );
    assert!(bodies.len() > 20, "too little happened: {}", bodies.len());
}
