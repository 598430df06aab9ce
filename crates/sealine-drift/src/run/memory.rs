//! How much memory the programs of a look take together.
//!
//! Each process is asked for its own peak now and then, so that what it held in between counts, and
//! those that are there at once are added up.
//!
//! Invariant: measuring changes nothing and fails for nothing: where the kernel does not say, nothing
//! is known.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nix::unistd::Pid;

/// How often it is looked at.
const TICK: Duration = Duration::from_millis(100);

/// No more processes are looked at.
const MOST: usize = 1_000;

/// The most memory so far.
#[derive(Debug, Default)]
pub(super) struct Peak(AtomicU64);

impl Peak {
    /// Returns the bytes, where anything is known.
    pub(super) fn bytes(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0)
    }

    /// Follows a process and all that it started, until nobody waits for it any more.
    pub(super) async fn follow(&self, leader: Option<Pid>) -> Infallible {
        let Some(leader) = leader else { return std::future::pending().await };
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            self.0.fetch_max(held(leader.as_raw()), Ordering::Relaxed);
        }
    }
}

/// Adds up the peaks of a process and of those below it.
fn held(leader: i32) -> u64 {
    let (mut processes, mut next) = (vec![leader], 0);
    let mut bytes = 0;
    while let Some(process) = processes.get(next).copied().filter(|_| next < MOST) {
        next += 1;
        bytes += peak_of(process);
        // The kernel lists children by the thread that started them.
        let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { continue };
        for thread in threads.filter_map(Result::ok) {
            let children = read(&thread.path().join("children"));
            processes.extend(children.split_whitespace().filter_map(|it| it.parse::<i32>().ok()));
        }
    }
    bytes
}

fn peak_of(process: i32) -> u64 {
    let status = read(std::path::Path::new(&format!("/proc/{process}/status")));
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) << 10
}

#[expect(clippy::disallowed_methods, reason = "what the kernel says of processes")]
fn read(file: &std::path::Path) -> String {
    std::fs::read_to_string(file).unwrap_or_default()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_child_of_a_child_counts() {
        let script = "perl -e '$a = \"x\" x 50_000_000; <STDIN>'; true";
        let mut command = tokio::process::Command::new("sh");
        command.arg("-c").arg(script).stdin(std::process::Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("a shell");
        let leader = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        let peak = Peak::default();
        let enough = async {
            while peak.bytes().is_none_or(|bytes| bytes < 50_000_000) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::select! {
            never = peak.follow(leader) => match never {},
            () = enough => {}
            () = tokio::time::sleep(Duration::from_secs(20)) => panic!("{peak:?}"),
        }
        assert!(peak.bytes() < Some(400_000_000), "{peak:?}");
        child.kill().await.expect("killed");
    }
}
