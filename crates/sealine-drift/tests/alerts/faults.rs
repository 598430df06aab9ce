//! Disks that fill up, databases that are locked or gone, and secrets that must not be kept.

use std::time::Duration;

use sealine_drift::report::{Severity, Shown};
use sealine_drift::store::{Error, Store};

use crate::sample::{Bench, difference, failed, folder, policy, record, report, start};

#[tokio::test]
async fn a_locked_database_is_waited_for_and_then_said() {
    let bench = Bench::new(vec![]).await;
    let path = bench.store.path().to_owned();
    let other = Store::open(&path).await.unwrap();
    let held = other.hold().await.unwrap();
    let now = bench.clock.now();
    let claim = bench.store.claim("edge", "me", Duration::from_mins(1), now);
    // A lock of a moment is waited for.
    let (claimed, ()) = tokio::join!(claim, async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        held.rollback().await.unwrap();
    });
    let lease = claimed.unwrap();
    let held = other.hold().await.unwrap();
    let clean = report("edge", vec![], now);
    let refused = bench.store.record(&lease, &clean, &[], &bench.policy, now).await.unwrap_err();
    assert!(matches!(refused, Error::Locked), "{refused}");
    held.rollback().await.unwrap();
    bench.store.record(&lease, &clean, &[], &bench.policy, now).await.unwrap();
}

#[tokio::test]
async fn a_history_that_was_moved_away_is_not_written_until_it_is_back() {
    let bench = Bench::new(vec![]).await;
    bench.look(&[("a.b", "tags")]).await;
    let path = bench.store.path().to_owned();
    let away = path.with_extension("away");
    std::fs::rename(&path, &away).unwrap();
    let now = bench.clock.now();
    let claim = || bench.store.claim("edge", "me", Duration::from_mins(1), now);
    let gone = claim().await.unwrap_err();
    assert!(matches!(gone, Error::Gone(_)) && !gone.is_fatal(), "{gone:?}");
    // Another file in its place is another history.
    std::fs::OpenOptions::new().create(true).write(true).truncate(true).open(&path).unwrap();
    assert!(matches!(claim().await, Err(Error::Gone(_))));
    std::fs::rename(&away, &path).unwrap();
    claim().await.unwrap();
    assert_eq!(bench.deliver().await.sent, 1);
    assert!(bench.store.verify(&|_| true).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_damaged_or_missing_folder_is_said() {
    let folder = folder();
    let path = folder.path().join("drift.db");
    std::fs::OpenOptions::new().create(true).write(true).truncate(true).open(&path).unwrap();
    std::io::Write::write_all(
        &mut std::fs::OpenOptions::new().write(true).open(&path).unwrap(),
        &[b'x'; 8192],
    )
    .unwrap();
    let damaged = Store::open(&path).await.unwrap_err();
    assert!(matches!(damaged, Error::Damaged(_)), "{damaged:?}");
    let blocked = Store::open(&path.join("below/drift.db")).await.unwrap_err();
    assert!(matches!(blocked, Error::File { .. }), "{blocked:?}");
}

#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_recorded() {
    let bench = Bench::new(vec![]).await;
    bench.look(&[("a.b", "tags")]).await;
    bench.store.limit_pages(Some(1)).await.unwrap();
    let findings = (0..3_000)
        .map(|number| difference("edge", &format!("a.r{number}"), "tags", Severity::Low))
        .collect();
    let large = report("edge", findings, bench.clock.now());
    let now = bench.clock.now();
    let lease = bench.store.claim("edge", "me", Duration::from_mins(1), now).await.unwrap();
    let full = bench.store.record(&lease, &large, &[], &bench.policy, now).await.unwrap_err();
    assert!(matches!(full, Error::Full), "{full:?}");
    assert_eq!(bench.store.open_findings(None).await.unwrap().len(), 1, "all or nothing");
    bench.store.limit_pages(None).await.unwrap();
    bench.store.record(&lease, &large, &[], &bench.policy, now).await.unwrap();
    assert_eq!(bench.store.open_findings(None).await.unwrap().len(), 3_000);
    bench.deliver().await;
    assert!(bench.store.verify(&|_| true).await.unwrap().is_empty());
}

#[tokio::test]
async fn no_secret_is_in_the_store_or_in_a_message() {
    let canary = "CANARY-5f4dcc3b5aa765d61d8327deb882cf99";
    let folder = folder();
    let path = folder.path().join("drift.db");
    let store = Store::open(&path).await.unwrap();
    let mut finding = difference("edge", "a.b", "password", Severity::High);
    finding.attributes[0].before = Shown::Hidden;
    finding.note = Some(format!("replaced, see https://user:{canary}@host/"));
    let now = start();
    record(&store, &report("edge", vec![finding], now), &policy(&["team"]), now).await;
    for _ in 0..3 {
        let text = format!("Error: GET https://acc.blob/x?sv=1&sig={canary}: token={canary}");
        record(&store, &failed("edge", &text, now), &policy(&["team"]), now).await;
    }
    store.close().await;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let file = entry.unwrap().path();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::fs::File::open(&file).unwrap(), &mut bytes).unwrap();
        let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
        assert!(!found, "{}", file.display());
    }
}
