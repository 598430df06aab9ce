//! Since when, who knows of it, and what is told of it.

use std::time::Duration;

use sealine_drift::alerts::{Event, Standing};
use sealine_drift::report::Severity;
use sealine_drift::store::{Acknowledgement, Error, HistoryQuery, Retention, Store, Target};

use crate::sample::{
    Bench, Recorder, difference, failed, folder, later, outlet, policy, record, report, start,
};

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn the_first_sight_alerts_the_same_again_does_not_a_change_and_the_end_do() {
    let bench = Bench::new(vec![]).await;
    let first = bench.look(&[("a.b", "tags"), ("c.d", "size")]).await;
    assert_eq!((first.opened, first.closed), (2, 0));
    bench.deliver().await;
    assert_eq!(bench.recorder.events(), [Event::Open], "one message for one run");
    bench.pass(HOUR);
    assert_eq!(bench.look(&[("c.d", "size"), ("a.b", "tags")]).await.unchanged, 2);
    bench.deliver().await;
    assert_eq!(bench.recorder.events(), [Event::Open], "the same again is not told");
    bench.look(&[("a.b", "name"), ("c.d", "size")]).await;
    bench.deliver().await;
    {
        let log = bench.recorder.log.lock().unwrap();
        let update = &log[1].1;
        assert_eq!((update.event, update.standing), (Event::Update, 2));
        let items: Vec<_> = update.items.iter().map(|i| (&*i.address, i.standing)).collect();
        assert_eq!(items, [("a.b", Standing::Changed)], "only what changed");
        assert_eq!(update.key, log[0].1.key);
    }
    bench.look(&[("c.d", "size")]).await;
    bench.deliver().await;
    bench.look(&[]).await;
    bench.deliver().await;
    assert_eq!(
        bench.recorder.events(),
        [Event::Open, Event::Update, Event::Update, Event::Resolve]
    );
    let history = bench.store.findings(&HistoryQuery { limit: 10, ..Default::default() }).await;
    let history = history.unwrap();
    assert_eq!(history.len(), 2);
    assert!(history.iter().all(|one| one.resolved.is_some()));
    assert_eq!(history[0].first_seen.0, start());
}

#[tokio::test]
async fn a_failed_look_closes_nothing_and_several_are_an_alarm() {
    let bench = Bench::new(vec![]).await;
    bench.look(&[("a.b", "tags")]).await;
    for _ in 0..2 {
        bench.pass(HOUR);
        bench.fail("no token at https://u:hunter2@host/?sig=hunter2").await;
    }
    bench.deliver().await;
    assert_eq!(bench.recorder.events(), [Event::Open]);
    bench.fail("again").await;
    bench.deliver().await;
    let told = bench.recorder.told();
    assert_eq!(told[1], (Event::Open, "`edge` could not be looked at".to_owned()));
    assert_eq!(bench.store.open_findings(Some("edge")).await.unwrap().len(), 2, "still there");
    bench.look(&[("a.b", "tags")]).await;
    bench.deliver().await;
    assert_eq!(bench.recorder.events(), [Event::Open, Event::Open, Event::Resolve]);
    let status = bench.store.status(bench.clock.now()).await.unwrap();
    assert_eq!((status.projects[0].open, status.projects[0].failures), (1, 0));
    assert!(status.alarms.is_empty());
}

#[tokio::test]
async fn what_stands_is_read_as_it_was_at_one_moment() {
    let bench = Bench::new(vec![]).await;
    let changes = async {
        for round in 0..60 {
            let seen: &[_] = if round % 2 == 0 { &[("a.b", "tags")] } else { &[] };
            bench.look(seen).await;
        }
    };
    let looks = async {
        for _ in 0..120 {
            let (status, open) = bench.store.standing(bench.clock.now()).await.unwrap();
            let counted: i64 = status.projects.iter().map(|project| project.open).sum();
            assert_eq!(usize::try_from(counted).unwrap(), open.len());
        }
    };
    tokio::join!(changes, looks);
}

#[tokio::test]
async fn silence_is_an_alarm_even_when_nothing_runs() {
    let bench = Bench::new(vec![]).await;
    bench.look(&[]).await;
    let projects = [("edge".to_owned(), vec!["@team".to_owned()])];
    let (store, policy) = (&bench.store, &bench.policy);
    bench.pass(HOUR * 23);
    assert_eq!(store.raise_silence(&projects, policy, bench.clock.now()).await.unwrap(), 0);
    bench.pass(HOUR);
    assert_eq!(store.raise_silence(&projects, policy, bench.clock.now()).await.unwrap(), 1);
    assert_eq!(store.raise_silence(&projects, policy, bench.clock.now()).await.unwrap(), 0);
    bench.deliver().await;
    assert_eq!(bench.recorder.events(), [Event::Open]);
}

#[tokio::test]
async fn what_comes_and_goes_untold_leaves_one_message_and_never_an_end_without_a_beginning() {
    let bench = Bench::new(vec![]).await;
    bench.look(&[("a.b", "tags")]).await;
    bench.look(&[]).await;
    bench.deliver().await;
    assert_eq!(bench.recorder.events(), [Event::Gone]);
    // An opening that was tried may have arrived: then both are sent, in order.
    let bench = Bench::new(vec![later("lost", None)]).await;
    bench.look(&[("a.b", "tags")]).await;
    assert_eq!(bench.deliver().await.failed, 1);
    bench.look(&[]).await;
    assert_eq!(bench.deliver().await.sent, 0, "the end waits for the beginning");
    bench.pass(HOUR);
    bench.deliver().await;
    assert_eq!(bench.recorder.events(), [Event::Open, Event::Resolve]);
}

#[tokio::test]
async fn what_is_acknowledged_is_quiet_until_it_changes_or_its_time_is_up() {
    let bench = Bench::new(vec![]).await;
    bench.look(&[("a.b", "tags")]).await;
    bench.deliver().await;
    let target = Target::Addresses { project: "edge".to_owned(), pattern: "a.*".to_owned() };
    let until = Some(bench.clock.now() + HOUR * 48);
    let said = Acknowledgement { by: "me".to_owned(), why: "known".to_owned(), until };
    let now = bench.clock.now();
    let done = bench.store.acknowledge(&target, &said, &bench.policy, now).await.unwrap();
    assert_eq!(done[0].1, "a.b");
    bench.deliver().await;
    bench.pass(HOUR);
    assert_eq!(bench.look(&[("a.b", "tags")]).await.acknowledged, 1);
    let status = bench.store.status(bench.clock.now()).await.unwrap();
    assert_eq!((status.projects[0].open, status.projects[0].acknowledged), (0, 1));
    bench.pass(HOUR * 48);
    assert_eq!(bench.look(&[("a.b", "tags")]).await.changed, 1, "its time is up");
    bench.deliver().await;
    assert_eq!(bench.recorder.events(), [Event::Open, Event::Update, Event::Update]);
    let missing = Target::Number(99);
    let error = bench.store.acknowledge(&missing, &said, &bench.policy, now).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no open finding 99 in the history");
}

#[tokio::test]
async fn a_flood_becomes_a_digest() {
    let bench = Bench::new(vec![]).await;
    for number in 0..50 {
        let project = format!("p{number}");
        let finding = difference(&project, "a.b", "tags", Severity::Medium);
        let report = report(&project, vec![finding], bench.clock.now());
        record(&bench.store, &report, &bench.policy, bench.clock.now()).await;
    }
    bench.deliver().await;
    assert_eq!(bench.recorder.events().len(), 21, "twenty, and one for the other thirty");
    {
        let log = bench.recorder.log.lock().unwrap();
        let digest = log.iter().find(|(_, message)| message.project.is_none()).unwrap();
        assert_eq!((digest.1.items.len(), digest.1.standing), (30, 30));
        assert_eq!(digest.1.title, "several projects: 30 resources drifted");
    }
    for number in 0..50 {
        let project = format!("p{number}");
        let report = report(&project, vec![], bench.clock.now());
        record(&bench.store, &report, &bench.policy, bench.clock.now()).await;
    }
    bench.deliver().await;
    let ends = bench.recorder.events().into_iter().filter(|event| *event == Event::Resolve);
    assert_eq!(ends.count(), 21);
}

#[tokio::test]
async fn a_sink_that_gives_up_is_told_of_by_another_and_holds_up_nobody() {
    let mut bench = Bench::new(vec![]).await;
    let refusing = sealine_drift::store::Answered::Never { why: "403".to_owned() };
    let broken = Recorder::answering(vec![refusing]);
    bench.outlets.push(outlet("pager", &broken));
    bench.policy = policy(&["team", "pager"]);
    bench.look(&[("a.b", "tags")]).await;
    bench.deliver().await;
    let told = bench.recorder.told();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[1].1, "messages to `pager` do not arrive");
    let status = bench.store.status(bench.clock.now()).await.unwrap();
    assert_eq!((status.dead.len(), status.dead[0].error.as_str()), (1, "403"));
    // The next day it is told what it missed, and the alarm ends.
    bench.pass(HOUR * 25);
    bench.look(&[("a.b", "tags")]).await;
    bench.deliver().await;
    assert_eq!(broken.events(), [Event::Open]);
    assert_eq!(bench.recorder.events(), [Event::Open, Event::Open, Event::Resolve]);
}

#[tokio::test]
async fn what_a_service_asks_for_is_waited_for() {
    let asked = Some(Duration::from_mins(10));
    let bench = Bench::new(vec![later("429", asked)]).await;
    bench.look(&[("a.b", "tags")]).await;
    bench.deliver().await;
    // A new alert waits, too: the whole sink was asked.
    bench.look(&[("a.b", "tags"), ("c.d", "size")]).await;
    bench.pass(Duration::from_mins(9));
    assert_eq!(bench.deliver().await.sent, 0);
    bench.pass(Duration::from_mins(1));
    assert_eq!(bench.deliver().await.sent, 2);
}

#[tokio::test]
async fn after_a_day_a_message_is_given_up() {
    let answers = (0..500).map(|_| later("500", None)).collect();
    let bench = Bench::new(answers).await;
    bench.look(&[("a.b", "tags")]).await;
    for _ in 0..24 * 4 {
        assert_eq!(bench.deliver().await.dead, 0);
        bench.pass(Duration::from_mins(15));
    }
    assert_eq!(bench.deliver().await.dead, 1);
}

#[tokio::test]
async fn a_result_without_the_newest_lease_is_dropped() {
    let bench = Bench::new(vec![]).await;
    let (store, now) = (&bench.store, bench.clock.now());
    let minute = Duration::from_mins(1);
    let old = store.claim("edge", "one", minute, now).await.unwrap();
    let busy = store.claim("edge", "two", minute, now).await.unwrap_err();
    assert_eq!(busy.to_string(), "`edge` is being looked at by one");
    let new = store.claim("edge", "two", minute, now + minute * 2).await.unwrap();
    let clean = report("edge", vec![], now);
    let stale = store.record(&old, &clean, &[], &bench.policy, now).await.unwrap_err();
    assert!(matches!(stale, Error::Stale { .. }), "{stale}");
    store.record(&new, &clean, &[], &bench.policy, now).await.unwrap();
    let runs = store.runs(&HistoryQuery { limit: 9, ..Default::default() }).await.unwrap();
    assert_eq!(runs.len(), 1);
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_the_file_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let path = folder.path().join("state/drift.db");
    let missing = Store::existing(&path).await.unwrap_err();
    assert!(matches!(missing, Error::NoHistory(_)), "{missing}");
    let store = Store::open(&path).await.unwrap();
    record(&store, &failed("p", "x", start()), &policy(&[]), start()).await;
    for entry in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
    store.close().await;
    let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    // The user's version stands at byte 60 of the file's head.
    std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(60)).unwrap();
    std::io::Write::write_all(&mut file, &99_u32.to_be_bytes()).unwrap();
    let newer = Store::open(&path).await.unwrap_err().to_string();
    assert!(newer.contains("schema 99"), "{newer}");
}

#[tokio::test]
async fn old_things_are_forgotten_and_open_ones_are_not() {
    let bench = Bench::new(vec![]).await;
    bench.look(&[("a.b", "tags"), ("c.d", "size")]).await;
    bench.deliver().await;
    bench.look(&[("a.b", "tags")]).await;
    bench.deliver().await;
    bench.pass(HOUR * 24 * 500);
    let retention = Retention::default();
    assert!(bench.store.forget_old(&retention, 10, bench.clock.now()).await.unwrap() > 0);
    let left = bench.store.findings(&HistoryQuery { limit: 9, ..Default::default() }).await;
    let left: Vec<_> = left.unwrap().into_iter().map(|one| one.address).collect();
    assert_eq!(left, ["a.b"]);
    // Its alert is known still: the end is told.
    bench.look(&[]).await;
    bench.deliver().await;
    assert_eq!(bench.recorder.events().last(), Some(&Event::Resolve));
}
