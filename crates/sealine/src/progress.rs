//! What is said on standard error while work goes on.
//!
//! Invariants: work that ends soon says nothing; on a terminal the line is gone when the work is
//! done; elsewhere a plain line comes now and then, so that a log shows that the run is alive.

use std::io::{IsTerminal as _, Write as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::output::note;

/// How often and after how long something is said.
struct Pace {
    first: Duration,
    then: Duration,
}

const ON_TERMINAL: Pace =
    Pace { first: Duration::from_millis(700), then: Duration::from_millis(100) };
const ELSEWHERE: Pace = Pace { first: Duration::from_secs(10), then: Duration::from_secs(30) };

const FRAMES: [char; 4] = ['|', '/', '-', '\\'];

/// Does `work`, and says `what` is going on while it takes long.
pub(crate) fn during<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (done, ended) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if std::io::stderr().is_terminal() {
                let mut drawn = false;
                watch(&ended, &ON_TERMINAL, |frame, so_far| {
                    draw(&format!("{} {what} ({so_far} s)", FRAMES[frame % FRAMES.len()]));
                    drawn = true;
                });
                if drawn {
                    draw("");
                }
            } else {
                watch(&ended, &ELSEWHERE, |_, so_far| note(&format!("{what} ({so_far} s)")));
            }
        });
        let result = work();
        drop(done);
        result
    })
}

/// Calls `say` with a count and the seconds so far, until the work has ended.
fn watch(ended: &Receiver<()>, pace: &Pace, mut say: impl FnMut(usize, u64)) {
    let start = Instant::now();
    let mut wait = pace.first;
    for count in 0.. {
        if ended.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        say(count, start.elapsed().as_secs());
        wait = pace.then;
    }
}

/// Replaces the current line of the terminal.
fn draw(line: &str) {
    let mut error = anstream::AutoStream::auto(std::io::stderr());
    let _ = write!(error, "\r\x1b[K{line}");
    let _ = error.flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_ends_soon_says_nothing() {
        let (done, ended) = channel::<()>();
        drop(done);
        let mut said = 0;
        watch(&ended, &ON_TERMINAL, |_, _| said += 1);
        assert_eq!(said, 0);
    }

    #[test]
    fn work_that_takes_long_says_so_until_it_ends() {
        let (done, ended) = channel::<()>();
        let pace = Pace { first: Duration::from_millis(1), then: Duration::from_millis(1) };
        let mut done = Some(done);
        let mut said = Vec::new();
        watch(&ended, &pace, |count, _| {
            said.push(count);
            if count == 2 {
                done.take();
            }
        });
        assert_eq!(said, [0, 1, 2]);
    }

    #[test]
    fn the_result_is_that_of_the_work() {
        assert_eq!(during("reading", || 7), 7);
    }
}
