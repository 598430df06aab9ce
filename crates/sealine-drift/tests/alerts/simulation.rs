//! A world that changes, looks that fail, sinks that lie, and processes that die, all from one seed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sealine_drift::alerts::{Event, Message, deliver};
use sealine_drift::clock::Clock;
use sealine_drift::report::Severity;
use sealine_drift::sinks::{Outlet, Sending, Sink};
use sealine_drift::store::{Answered, Due, Store};

use crate::sample::{difference, failed, folder, policy, record, report, start};

/// A small generator: the seed is the whole of it.
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Takes, refuses for now, or takes and does not say so.
#[derive(Debug)]
struct Liar {
    dice: Mutex<Dice>,
    log: Arc<Mutex<Vec<(String, Message)>>>,
    honest: Arc<Mutex<bool>>,
}

impl Sink for Liar {
    fn send<'a>(&'a self, due: &'a Due) -> Sending<'a> {
        Box::pin(async move {
            let roll = self.dice.lock().unwrap().roll(10);
            let honest = *self.honest.lock().unwrap();
            let refuses = roll < 2 && !honest;
            if !refuses {
                self.log.lock().unwrap().push((due.dedupe_key.clone(), due.message.clone()));
            }
            if refuses || (roll < 4 && !honest) {
                return Answered::Later { why: "no".to_owned(), after: None };
            }
            Answered::Sent { reference: None }
        })
    }
}

async fn live(seed: u64) {
    let mut dice = Dice(seed);
    let folder = folder();
    let path = folder.path().join("drift.db");
    let mut store = Store::open(&path).await.unwrap();
    let clock = Clock::fast(start(), 1);
    let policy = policy(&["one", "two"]);
    let log: Arc<Mutex<Vec<(String, Message)>>> = Arc::default();
    let logs = [log, Arc::default()];
    let honest: Arc<Mutex<bool>> = Arc::default();
    let mut outlets = Vec::new();
    for (name, log) in ["one", "two"].into_iter().zip(&logs) {
        let dice = Mutex::new(Dice(seed ^ name.len() as u64 ^ dice.roll(1 << 30)));
        let sink = Liar { dice, log: Arc::clone(log), honest: Arc::clone(&honest) };
        let (name, pause) = (name.to_owned(), Duration::ZERO);
        outlets.push(Arc::new(Outlet { name, pause, sink: Box::new(sink) }));
    }
    let mut world: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    let mut open: BTreeSet<(u64, u64)> = BTreeSet::new();
    for _ in 0..40 {
        let (project, resource) = (dice.roll(2), dice.roll(3));
        match dice.roll(8) {
            0 | 1 => drop(world.insert((project, resource), dice.roll(2))),
            2 => drop(world.remove(&(project, resource))),
            3 => clock.jump(i64::try_from(dice.roll(3_600_000)).unwrap()),
            4 => {
                drop(store);
                store = Store::open(&path).await.unwrap();
            }
            5 => {
                deliver(&store, &outlets, &policy, &clock, Duration::ZERO).await.unwrap();
            }
            _ => {
                let name = format!("p{project}");
                let now = clock.now();
                if dice.roll(4) == 0 {
                    record(&store, &failed(&name, "x", now), &policy, now).await;
                } else {
                    let mine = world.iter().filter(|((of, _), _)| *of == project);
                    let findings = mine.map(|((_, resource), look)| {
                        let (address, path) = (format!("a.r{resource}"), format!("p{look}"));
                        difference(&name, &address, &path, Severity::High)
                    });
                    let findings = findings.collect();
                    record(&store, &report(&name, findings, now), &policy, now).await;
                    open.retain(|(of, _)| *of != project);
                    open.extend(world.keys().filter(|(of, _)| *of == project));
                }
            }
        }
        let known = store.open_findings(None).await.unwrap();
        let drifted = known.iter().filter(|one| one.topic == "drifted").count();
        assert_eq!(drifted, open.len(), "seed {seed}: only whole looks open and close");
    }
    *honest.lock().unwrap() = true;
    for _ in 0..200 {
        clock.jump(3_600_000);
        let done = deliver(&store, &outlets, &policy, &clock, Duration::ZERO).await.unwrap();
        if done.pending == 0 {
            break;
        }
    }
    for log in &logs {
        hold(&log.lock().unwrap(), &open, seed);
    }
}

/// What a receiver may rely on.
fn hold(log: &[(String, Message)], open: &BTreeSet<(u64, u64)>, seed: u64) {
    let mut bodies: BTreeMap<&str, &Message> = BTreeMap::new();
    let mut standing: BTreeMap<&str, &Message> = BTreeMap::new();
    let mut told: BTreeSet<(String, String)> = BTreeSet::new();
    for (dedupe, message) in log {
        let first = bodies.entry(dedupe).or_insert(message);
        assert_eq!(*first, message, "seed {seed}: one key, one message");
        match message.event {
            Event::Open => drop(standing.insert(&message.key, message)),
            Event::Update => assert!(
                standing.contains_key(&*message.key),
                "seed {seed}: an update of what was not opened"
            ),
            Event::Resolve => {
                let again = bodies.len() != log.len();
                let was = standing.remove(&*message.key);
                assert!(was.is_some() || again, "seed {seed}: an end without a beginning");
            }
            Event::Gone => {}
        }
        for item in &message.items {
            told.insert((item.project.clone(), item.address.clone()));
        }
    }
    for (project, resource) in open {
        let one = (format!("p{project}"), format!("a.r{resource}"));
        assert!(told.contains(&one), "seed {seed}: {one:?} was never told");
    }
    let drifted = standing.values().filter(|message| message.topic == "drifted");
    let at_most = open.len();
    assert!(drifted.count() <= at_most, "seed {seed}: an alert whose end was never told");
}

#[tokio::test]
async fn whatever_happens_nothing_is_lost_and_nothing_ends_before_it_began() {
    let seeds = crate::kills::number("SEALINE_SEEDS", 25);
    for seed in 0..seeds {
        live(seed).await;
    }
}
