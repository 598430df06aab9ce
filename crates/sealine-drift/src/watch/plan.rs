//! Which project starts when: pure, so that time can be made up.
//!
//! Invariant: waits are by a clock that nobody sets. No project waits longer than twice its interval
//! whatever the time of day does, and no more start at once than the limits say.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::timetable::Timetable;

/// How much may run at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many projects.
    pub concurrent: usize,
    /// How much memory all runs may reserve together, in bytes.
    pub memory: Option<u64>,
    /// How much one run reserves.
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
    /// How many runs fit.
    pub fn slots(&self) -> usize {
        let fit = self.memory.map_or(usize::MAX, |memory| {
            usize::try_from(memory / self.reserve.max(1)).unwrap_or(usize::MAX)
        });
        // One always fits: a limit that lets nothing run would look at nothing, silently.
        self.concurrent.min(fit).max(1)
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
}

/// All projects, what runs, and what is due when.
#[derive(Clone, Debug)]
pub struct Plan {
    entries: Vec<Entry>,
    limits: Limits,
    running: usize,
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
    /// Makes a plan. `last` says when a project was looked at last: one that should have been since,
    /// while nothing ran, is due at once, and once.
    pub fn new(
        projects: Vec<(String, Option<String>, Timetable, Option<Timestamp>)>,
        limits: Limits,
        now: Now,
    ) -> Self {
        let entries = projects.into_iter().map(|(name, group, timetable, last)| {
            let missed = last.and_then(|last| timetable.next(last)).filter(|next| *next <= now.at);
            let due_at = missed.or_else(|| timetable.next(now.at)).unwrap_or(now.at);
            let due = now.elapsed + wait(due_at, &timetable, now);
            Entry { name, group, timetable, due, due_at, running: false }
        });
        Self {
            entries: entries.collect(),
            running: 0,
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
        if self.running >= self.limits.slots() || tokens < 1.0 {
            return None;
        }
        let free = |entry: &&mut Entry| {
            let taken = entry.group.as_ref().is_some_and(|group| self.groups.contains(group));
            !entry.running && !taken && entry.due <= now.elapsed
        };
        let entry = self.entries.iter_mut().filter(free).min_by_key(|entry| entry.due)?;
        entry.running = true;
        self.running += 1;
        self.tokens.0 -= 1.0;
        self.groups.extend(entry.group.clone());
        Some((entry.name.clone(), now.elapsed.saturating_sub(entry.due)))
    }

    /// Takes back what ended, and returns when it is due next.
    pub fn ended(&mut self, name: &str, now: Now) -> Option<Timestamp> {
        let entry = self.entries.iter_mut().find(|entry| entry.name == name && entry.running)?;
        entry.running = false;
        self.running -= 1;
        if let Some(group) = &entry.group {
            self.groups.remove(group);
        }
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

    /// Returns how long nothing needs to be done, if nothing ends.
    pub fn rest(&self, now: Now) -> Duration {
        if self.running >= self.limits.slots() {
            return Duration::from_secs(30);
        }
        let free = |entry: &&Entry| {
            let taken = entry.group.as_ref().is_some_and(|group| self.groups.contains(group));
            !entry.running && !taken
        };
        let next = self.entries.iter().filter(free).map(|entry| entry.due).min();
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
    f64::from(u32::try_from(limits.slots()).unwrap_or(u32::MAX))
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
        assert_eq!(limits.slots(), 3);
        assert_eq!(Limits { memory: Some(1), ..limits }.slots(), 1);
        let last = Some(at("2026-02-01T00:00:00Z"));
        let mut listed = projects(5, "0 * * * *", last);
        for one in &mut listed {
            one.1 = Some("cluster".to_owned());
        }
        let mut plan = Plan::new(listed, limits, now());
        let (first, _) = plan.start(now()).unwrap();
        assert!(plan.start(now()).is_none(), "one of a group");
        plan.ended(&first, now());
        assert!(plan.start(now()).is_some());
    }
}
