//! Which project starts when: pure, so that time can be made up.
//!
//! Invariant: waits are by a clock that nobody sets. No project waits longer than twice its interval
//! whatever the time of day does, and no more start at once than the limits say.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::timetable::Timetable;
use crate::report::RunReport;

/// How much may run at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many projects.
    pub concurrent: usize,
    /// How much memory all runs may reserve together, in bytes.
    pub memory: Option<u64>,
    /// How much a run reserves whose project was never measured.
    pub reserve: u64,
    /// How many may start within a minute.
    pub starts: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { concurrent: 4, memory: None, reserve: 1 << 30, starts: 60 }
    }
}

impl Limits {
    /// How much a run reserves: what the last one took, and a quarter more.
    fn reserve_for(&self, peak: Option<u64>) -> u64 {
        peak.map_or(self.reserve, |peak| peak.saturating_add(peak / 4))
    }

    /// Whether one more run has room. One always has: a limit that lets nothing run would look at
    /// nothing, silently.
    fn have_room(&self, running: usize, reserved: u64, more: u64) -> bool {
        let fits = self.memory.is_none_or(|memory| reserved.saturating_add(more) <= memory);
        running < self.concurrent.max(1) && (running == 0 || fits)
    }
}

/// A project as the plan sees it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Projects of one group never run at once.
    pub group: Option<String>,
    /// When it is due.
    pub timetable: Timetable,
    due: Duration,
    due_at: Timestamp,
    running: bool,
    /// How much memory its last look took, where that is known.
    peak: Option<u64>,
    /// How much is reserved for the look that runs.
    reserved: u64,
}

/// All projects, what runs, and what is due when.
#[derive(Clone, Debug)]
pub struct Plan {
    entries: Vec<Entry>,
    limits: Limits,
    running: usize,
    /// How much memory is reserved for what runs.
    reserved: u64,
    groups: BTreeSet<String>,
    /// Starts that may be made now, and when that was so.
    tokens: (f64, Duration),
    /// The time of day less the time since the start, when both were last looked at.
    offset: i128,
}

/// The time of day may differ by this much from what passed before it counts as set.
const JUMP: i128 = 5_000;

/// The two times.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// The time of day.
    pub at: Timestamp,
    /// The time since the start.
    pub elapsed: Duration,
}

impl Now {
    fn offset(self) -> i128 {
        i128::from(self.at.as_millisecond())
            - i128::try_from(self.elapsed.as_millis()).unwrap_or(i128::MAX)
    }
}

impl Plan {
    /// Makes a plan. `last` says when a project was looked at last: one that never was is due at
    /// once, and so is, once, one that should have been since, while nothing ran.
    pub fn new(
        projects: Vec<(String, Option<String>, Timetable, Option<Timestamp>)>,
        limits: Limits,
        now: Now,
    ) -> Self {
        let entries = projects.into_iter().map(|(name, group, timetable, last)| {
            let missed = match last {
                None => Some(now.at),
                Some(last) => timetable.next(last).filter(|next| *next <= now.at),
            };
            let due_at = missed.or_else(|| timetable.next(now.at)).unwrap_or(now.at);
            let due = now.elapsed + wait(due_at, &timetable, now);
            Entry { name, group, timetable, due, due_at, running: false, peak: None, reserved: 0 }
        });
        Self {
            entries: entries.collect(),
            running: 0,
            reserved: 0,
            groups: BTreeSet::new(),
            tokens: (burst(limits), now.elapsed),
            offset: now.offset(),
            limits,
        }
    }

    /// Notices when the time of day was set, and plans anew by it; returns by how many milliseconds.
    pub fn notice(&mut self, now: Now) -> Option<i64> {
        let moved = now.offset() - self.offset;
        self.offset = now.offset();
        if moved.abs() < JUMP {
            return None;
        }
        for entry in &mut self.entries {
            // What was due already stays so.
            if !entry.running && entry.due > now.elapsed {
                entry.due_at = entry.timetable.next(now.at).unwrap_or(now.at);
                entry.due = now.elapsed + wait(entry.due_at, &entry.timetable, now);
            }
        }
        i64::try_from(moved).ok()
    }

    /// Returns the project to start now, and by how much it is late.
    pub fn start(&mut self, now: Now) -> Option<(String, Duration)> {
        let (tokens, since) = self.tokens;
        let rate = f64::from(self.limits.starts) / 60.0;
        let passed = now.elapsed.saturating_sub(since).as_secs_f64();
        let tokens = (tokens + passed * rate).min(burst(self.limits));
        self.tokens = (tokens, now.elapsed);
        if tokens < 1.0 {
            return None;
        }
        let free = |entry: &&mut Entry| {
            let taken = entry.group.as_ref().is_some_and(|group| self.groups.contains(group));
            !entry.running && !taken && entry.due <= now.elapsed
        };
        // The first in line waits for its room: smaller ones that passed it could do so for ever.
        let entry = self.entries.iter_mut().filter(free).min_by_key(|entry| entry.due)?;
        let reserve = self.limits.reserve_for(entry.peak);
        if !self.limits.have_room(self.running, self.reserved, reserve) {
            return None;
        }
        entry.running = true;
        entry.reserved = reserve;
        self.reserved = self.reserved.saturating_add(reserve);
        self.running += 1;
        self.tokens.0 -= 1.0;
        self.groups.extend(entry.group.clone());
        Some((entry.name.clone(), now.elapsed.saturating_sub(entry.due)))
    }

    /// Takes back what could not be begun: it stays due.
    pub fn put_back(&mut self, name: &str) {
        self.stop(name);
    }

    /// Takes back what ended, and returns when it is due next.
    pub fn ended(&mut self, name: &str, now: Now) -> Option<Timestamp> {
        let entry = self.stop(name)?;
        // A run that took longer than the interval is followed by one at the next time, not by all
        // that it missed.
        let after = now.at.max(entry.due_at);
        let after = if wait(after, &entry.timetable, now) > entry.timetable.interval() {
            now.at
        } else {
            after
        };
        entry.due_at = entry.timetable.next(after).unwrap_or(now.at);
        entry.due = now.elapsed + wait(entry.due_at, &entry.timetable, now);
        Some(entry.due_at)
    }

    /// Gives back the slot, the group and the memory.
    fn stop(&mut self, name: &str) -> Option<&mut Entry> {
        let entry = self.entries.iter_mut().find(|entry| entry.name == name && entry.running)?;
        entry.running = false;
        self.running -= 1;
        self.reserved = self.reserved.saturating_sub(entry.reserved);
        if let Some(group) = &entry.group {
            self.groups.remove(group);
        }
        Some(entry)
    }

    /// Takes in how much memory looks took before.
    pub fn know(&mut self, peaks: &[(String, u64)]) {
        let peaks: BTreeMap<&str, u64> =
            peaks.iter().map(|(name, peak)| (name.as_str(), *peak)).collect();
        for entry in &mut self.entries {
            entry.peak = peaks.get(entry.name.as_str()).copied();
        }
    }

    /// Takes in how much memory a look took. One that was not whole may have ended before its peak.
    pub fn measured(&mut self, name: &str, report: &RunReport) {
        let Some(peak) = report.peak_memory else { return };
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.name == name) {
            let before = if report.is_whole() { None } else { entry.peak };
            entry.peak = before.max(Some(peak));
        }
    }

    /// Returns how long nothing needs to be done, if nothing ends.
    pub fn rest(&self, now: Now) -> Duration {
        let free = |entry: &&Entry| {
            let taken = entry.group.as_ref().is_some_and(|group| self.groups.contains(group));
            !entry.running && !taken
        };
        let next = self.entries.iter().filter(free).min_by_key(|entry| entry.due);
        let room = next.is_none_or(|next| {
            let reserve = self.limits.reserve_for(next.peak);
            self.limits.have_room(self.running, self.reserved, reserve)
        });
        if !room {
            return Duration::from_secs(30);
        }
        let next = next.map(|entry| entry.due);
        let wait = next.map_or(Duration::from_secs(30), |due| due.saturating_sub(now.elapsed));
        // Where only the rate holds it up, the next token decides.
        let token = Duration::from_secs_f64(60.0 / f64::from(self.limits.starts.max(1)));
        let wait = if wait.is_zero() { token.min(Duration::from_secs(1)) } else { wait };
        wait.min(Duration::from_secs(30))
    }

    /// How many run.
    pub fn running(&self) -> usize {
        self.running
    }

    /// All projects and when they are due.
    pub fn due(&self) -> Vec<(String, Timestamp)> {
        self.entries.iter().map(|entry| (entry.name.clone(), entry.due_at)).collect()
    }
}

/// How many may start at once after a rest.
fn burst(limits: Limits) -> f64 {
    f64::from(u32::try_from(limits.concurrent.max(1)).unwrap_or(u32::MAX))
}

/// How long it is until a time of day, but never more than twice the interval.
fn wait(at: Timestamp, timetable: &Timetable, now: Now) -> Duration {
    let wait = Duration::try_from(at.duration_since(now.at)).unwrap_or_default();
    wait.min(timetable.interval() * 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Schedule;
    use crate::watch::timetable::USUAL;

    const MINUTE: Duration = Duration::from_mins(1);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn projects(
        count: usize,
        cron: &str,
        last: Option<Timestamp>,
    ) -> Vec<(String, Option<String>, Timetable, Option<Timestamp>)> {
        let schedule = Schedule { cron: Some(cron.to_owned()), ..Schedule::default() };
        let of = |number: usize| {
            let name = format!("p{number}");
            let now = at("2026-03-01T00:00:00Z");
            let timetable = Timetable::new(&name, &schedule, USUAL, now).unwrap();
            (name, None, timetable, last)
        };
        (0..count).map(of).collect()
    }

    /// Lets time pass in small steps; each run takes `run`. Returns starts by project.
    fn live(
        plan: &mut Plan,
        from: Now,
        lasts: Duration,
        run: Duration,
        shift: impl Fn(Duration) -> i64,
    ) -> std::collections::BTreeMap<String, Vec<Duration>> {
        let mut starts: std::collections::BTreeMap<String, Vec<Duration>> =
            std::collections::BTreeMap::new();
        let mut running: Vec<(Duration, String)> = Vec::new();
        let mut passed = Duration::ZERO;
        while passed < lasts {
            let millis = i64::try_from(passed.as_millis()).unwrap() + shift(passed);
            let wall = from.at.as_millisecond() + millis;
            let now = Now {
                at: Timestamp::from_millisecond(wall).unwrap(),
                elapsed: from.elapsed + passed,
            };
            plan.notice(now);
            for (_, name) in running.extract_if(.., |(end, _)| *end <= now.elapsed) {
                plan.ended(&name, now);
            }
            while let Some((name, _)) = plan.start(now) {
                starts.entry(name.clone()).or_default().push(now.elapsed);
                running.push((now.elapsed + run, name));
            }
            let end = running.iter().map(|(end, _)| end.saturating_sub(now.elapsed)).min();
            let rest = plan.rest(now).min(end.unwrap_or(MINUTE)).max(Duration::from_millis(100));
            passed += rest;
        }
        starts
    }

    fn now() -> Now {
        Now { at: at("2026-03-01T00:00:30Z"), elapsed: Duration::from_secs(7) }
    }

    #[test]
    fn three_hundred_projects_keep_their_interval() {
        let limits = Limits { concurrent: 8, starts: 120, ..Limits::default() };
        let mut plan = Plan::new(projects(300, "*/15 * * * *", None), limits, now());
        let run = Duration::from_secs(5);
        let starts = live(&mut plan, now(), MINUTE * 60 * 6, run, |_| 0);
        assert_eq!(starts.len(), 300);
        let interval = (MINUTE * 15).as_secs_f64();
        let mut worst: f64 = 0.0;
        for times in starts.values() {
            assert!(times.len() >= 22, "{times:?}");
            // The first is at once.
            let times = &times[1..];
            let whole = times[times.len() - 1].as_secs_f64() - times[0].as_secs_f64();
            let mean = whole / f64::from(u32::try_from(times.len() - 1).unwrap());
            worst = worst.max((mean / interval - 1.0).abs());
        }
        assert!(worst < 0.02, "{worst}");
    }

    #[test]
    fn downtime_is_caught_up_once_and_not_all_at_once() {
        let last = Some(at("2026-02-20T00:00:00Z"));
        let limits = Limits { concurrent: 100, starts: 60, ..Limits::default() };
        let mut plan = Plan::new(projects(300, "0 0 * * *", last), limits, now());
        let run = Duration::from_secs(1);
        let starts = live(&mut plan, now(), MINUTE * 30, run, |_| 0);
        assert!(starts.values().all(|times| times.len() <= 2));
        let mut all: Vec<Duration> = starts.into_values().flatten().collect();
        all.sort_unstable();
        assert!(all.len() >= 300);
        let minute = all.iter().filter(|start| **start < now().elapsed + MINUTE).count();
        assert!(minute <= 161, "{minute} within the first minute");
    }

    #[test]
    fn a_clock_that_is_set_neither_stops_nor_storms() {
        for jump in [3_600_000_i64, -3_600_000, 315_360_000_000, -315_360_000_000] {
            let limits = Limits { concurrent: 50, starts: 60, ..Limits::default() };
            let mut plan = Plan::new(projects(100, "*/30 * * * *", None), limits, now());
            let jumps = |passed: Duration| if passed > MINUTE * 40 { jump } else { 0 };
            let run = Duration::from_secs(1);
            let starts = live(&mut plan, now(), MINUTE * 240, run, jumps);
            for (name, times) in &starts {
                for pair in times.windows(2) {
                    assert!(pair[1] <= pair[0] + MINUTE * 61, "{jump} {name} {times:?}");
                }
                assert!(times.len() >= 6, "{jump} {name} {times:?}");
            }
            let around = now().elapsed + MINUTE * 40..now().elapsed + MINUTE * 41;
            let storm = starts.values().flatten().filter(|start| around.contains(start)).count();
            assert!(storm <= 60, "{jump}: {storm} at once");
        }
    }

    #[test]
    fn groups_and_memory_hold_starts_back() {
        let limits = Limits { memory: Some(3 << 30), concurrent: 10, ..Limits::default() };
        let last = Some(at("2026-02-01T00:00:00Z"));
        let mut listed = projects(5, "0 * * * *", last);
        for one in &mut listed {
            one.1 = Some("cluster".to_owned());
        }
        let mut plan = Plan::new(listed, limits, now());
        let (first, _) = plan.start(now()).unwrap();
        assert!(plan.start(now()).is_none(), "one of a group");
        plan.put_back(&first);
        assert_eq!(plan.start(now()).map(|(name, _)| name), Some(first.clone()), "it is still due");
        plan.ended(&first, now());
        assert!(plan.start(now()).is_some_and(|(name, _)| name != first));
    }

    fn all_that_start(plan: &mut Plan) -> usize {
        std::iter::from_fn(|| plan.start(now())).count()
    }

    #[test]
    fn memory_is_reserved_as_it_was_measured() {
        let limits = Limits { memory: Some(3 << 30), concurrent: 10, ..Limits::default() };
        let last = Some(at("2026-02-01T00:00:00Z"));
        let plan = |limits| Plan::new(projects(12, "0 * * * *", last), limits, now());
        assert_eq!(all_that_start(&mut plan(limits)), 3, "a reserve for each");
        assert_eq!(
            all_that_start(&mut plan(Limits { memory: Some(1), ..limits })),
            1,
            "one always"
        );
        assert_eq!(all_that_start(&mut plan(Limits { memory: None, ..limits })), 10);
        // Half a GiB and a quarter more: four fit into three GiB.
        let peaks: Vec<_> = (0..12).map(|number| (format!("p{number}"), 512 << 20)).collect();
        let mut measured = plan(limits);
        measured.know(&peaks);
        assert_eq!(all_that_start(&mut measured), 4);
        // What a look takes is what the next one reserves, unless it broke off.
        let report = |peak| {
            let failure = crate::report::Failure {
                kind: crate::report::FailureKind::TimedOut,
                message: String::new(),
                help: None,
            };
            let at = now().at;
            RunReport { peak_memory: peak, ..RunReport::failed("p0", at, at, failure) }
        };
        let whole = RunReport { outcome: crate::Outcome::Clean, ..report(Some(100)) };
        let peak = |plan: &Plan| plan.entries[0].peak;
        measured.measured("p0", &report(Some(100)));
        assert_eq!(peak(&measured), Some(512 << 20));
        measured.measured("p0", &whole);
        measured.measured("p0", &report(None));
        assert_eq!(peak(&measured), Some(100));
    }

    #[test]
    fn a_large_one_is_not_passed_over_for_ever() {
        let limits = Limits { memory: Some(1000), reserve: 400, concurrent: 10, starts: 6_000 };
        let mut plan = Plan::new(projects(20, "* * * * *", None), limits, now());
        plan.know(&[("p7".to_owned(), 780)]);
        let starts = live(&mut plan, now(), MINUTE * 60, Duration::from_secs(5), |_| 0);
        let large = starts["p7"].len();
        let least = starts.values().map(Vec::len).min();
        assert!(large + 1 >= least.unwrap() && large >= 50, "{large} of {least:?}");
    }
}
