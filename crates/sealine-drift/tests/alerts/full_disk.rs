//! A disk that is really full, under the write-ahead log: a small one in memory that this test mounts
//! for itself alone.

#![expect(clippy::disallowed_methods, reason = "mounting is done by programs")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use sealine_drift::report::Severity;
use sealine_drift::store::{Error, Store};

use crate::kills::number;
use crate::sample::{Bench, difference, report};

const FOLDER: &str = "SEALINE_FULL_DISK";

/// Mounting asks for the right to; where there is none, nothing is tested, which is said.
#[test]
fn a_disk_without_room_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mount = |command: &str| {
        let script =
            format!("mount -t tmpfs -o size=6m none '{}' && {command}", folder.path().display());
        let mut unshare = Command::new("unshare");
        unshare.args(["-m", "sh", "-c", &script, "sh"]);
        unshare
    };
    if !mount("true").output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: a small disk cannot be mounted here (it takes `unshare -m`, as root)");
        return;
    }
    let mut command = mount("exec \"$@\"");
    command.arg(std::env::current_exe().unwrap());
    command.args(["--exact", "full_disk::within", "--nocapture"]).env(FOLDER, folder.path());
    assert!(command.status().unwrap().success());
}

/// Not a test of its own: what happens on the small disk.
#[tokio::test]
async fn within() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let began = Instant::now();
    let mut bench = Bench::new(vec![]).await;
    let ballast = folder.join("ballast");
    let rounds = number("SEALINE_KILLS", 4);
    let mut refused = 0;
    for round in 0..rounds {
        // A history that grows needs room of its own.
        let path = folder.join(format!("drift{}.db", round / 4));
        if round % 4 == 0 {
            bench.store.close().await;
            for entry in std::fs::read_dir(&folder).unwrap() {
                std::fs::remove_file(entry.unwrap().path()).unwrap();
            }
            bench.store = Store::open(&path).await.unwrap();
        }
        fill(&ballast, round);
        let findings: Vec<_> = (0..400 + round % 5 * 100)
            .map(|number| difference("edge", &format!("a.r{number}"), "tags", Severity::Low))
            .collect();
        let large = report("edge", findings, bench.clock.now());
        loop {
            match attempt(&bench, &large).await {
                Ok(()) => break,
                Err(Error::Full) => {
                    refused += 1;
                    let there = bench.store.open_findings(None).await.unwrap().len();
                    assert_eq!(there, 0, "all or nothing, and it can be read");
                    assert!(ballast.exists(), "there is room, and it is refused");
                    std::fs::remove_file(&ballast).unwrap();
                }
                Err(error) => panic!("{error:?}"),
            }
        }
        let there = bench.store.open_findings(None).await.unwrap().len();
        assert_eq!(there, large.findings.len());
        bench.deliver().await;
        let _ = std::fs::remove_file(&ballast);
        // The next round begins with a small file again.
        attempt(&bench, &report("edge", vec![], bench.clock.now())).await.unwrap();
        bench.pass(Duration::from_mins(2));
        bench.deliver().await;
        bench.store.close().await;
        bench.store = Store::open(&path).await.unwrap();
        assert!(bench.store.verify(&|_| true).await.unwrap().is_empty());
    }
    assert!(refused > 0, "the disk was never full");
    let told = bench.recorder.events();
    let (opened, ended) = (
        told.iter().filter(|event| matches!(event, sealine_drift::alerts::Event::Open)).count(),
        told.iter().filter(|event| matches!(event, sealine_drift::alerts::Event::Resolve)).count(),
    );
    assert_eq!(opened, ended, "{told:?}");
    assert!(opened >= usize::try_from(rounds).unwrap(), "{told:?}");
    println!(
        "{rounds} rounds in {:.0?}, refused {refused} times, {opened} alerts",
        began.elapsed()
    );
}

async fn attempt(bench: &Bench, report: &sealine_drift::RunReport) -> Result<(), Error> {
    let now = bench.clock.now();
    let lease = bench.store.claim("edge", "me", Duration::ZERO, now).await?;
    bench.store.record(&lease, report, &[], &bench.policy, now).await.map(|_| ())
}

/// Leaves some pages, others in each round.
fn fill(ballast: &Path, round: u64) {
    let mut file = std::fs::OpenOptions::new();
    let mut file = file.create(true).truncate(true).write(true).open(ballast).unwrap();
    let page = [0_u8; 4096];
    let mut pages: u64 = 0;
    while file.write_all(&page).is_ok() {
        pages += 1;
    }
    file.set_len(pages.saturating_sub(round * 7 % 40) * 4096).unwrap();
}
