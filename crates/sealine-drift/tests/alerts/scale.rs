//! A long history and many projects, measured: `SEALINE_SCALE=1`, in a release build.

use std::time::{Duration, Instant};

use sealine_drift::report::Severity;
use sealine_drift::store::{HistoryQuery, Store};

use crate::kills::number;
use crate::sample::{difference, policy, record, report, start};

/// The most memory that this process ever held, in MiB.
pub(crate) fn peak() -> u64 {
    let mut text = String::new();
    let file = std::fs::File::open("/proc/self/status").unwrap();
    std::io::Read::read_to_string(&mut { file }, &mut text).unwrap();
    let line = text.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[tokio::test]
async fn a_long_history_is_read_quickly() {
    let million = number("SEALINE_SCALE", 0) > 0;
    let findings: i64 = if million { 1_000_000 } else { 20_000 };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drift.db");
    let store = Store::open(&path).await.unwrap();
    store.fill(300, findings, findings).await.unwrap();
    store.close().await;
    let began = Instant::now();
    let store = Store::open(&path).await.unwrap();
    let mut slowest = began.elapsed();
    let mut say = |what: &str, began: Instant| {
        let took = began.elapsed();
        slowest = slowest.max(took);
        println!("{what}: {took:.1?}");
    };
    say("open", began);
    let all = HistoryQuery { limit: 50, ..HistoryQuery::default() };
    let one = HistoryQuery { project: Some("p7".to_owned()), ..all.clone() };
    for round in ["cold", "warm"] {
        let began = Instant::now();
        assert_eq!(store.status(start()).await.unwrap().projects.len(), 300);
        say(&format!("{round} status"), began);
        let began = Instant::now();
        let open = store.open_findings(None).await.unwrap().len();
        assert_eq!(i64::try_from(open).unwrap(), findings / 1000);
        say(&format!("{round} open"), began);
        for query in [&all, &one] {
            let began = Instant::now();
            assert_eq!(store.findings(query).await.unwrap().len(), 50);
            say(&format!("{round} findings"), began);
            let began = Instant::now();
            assert_eq!(store.runs(query).await.unwrap().len(), 50);
            say(&format!("{round} runs"), began);
        }
        let began = Instant::now();
        store.waiting().await.unwrap();
        say(&format!("{round} waiting"), began);
    }
    let seen = (0..20).map(|n| difference("p7", &format!("a.r{n}"), "x", Severity::Low)).collect();
    let began = Instant::now();
    record(&store, &report("p7", seen, start()), &policy(&["team"]), start()).await;
    say("record", began);
    println!("{findings} findings, peak {} MiB, file {} MiB", peak(), {
        std::fs::metadata(&path).unwrap().len() >> 20
    });
    if million {
        assert!(slowest < Duration::from_millis(200), "{slowest:?}");
    }
}
