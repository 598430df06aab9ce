//! Runs a program as a user would, and never waits for ever.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may run. Generous: a loaded machine must not fail a test.
const LIMIT: Duration = Duration::from_mins(2);

/// What a program did.
#[derive(Debug)]
pub struct Run {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
    /// The most memory it held at one time, in KiB, where the system tells.
    pub peak: Option<u64>,
}

impl Run {
    /// Returns everything that was written.
    pub fn output(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    /// Returns standard output as JSON.
    ///
    /// # Panics
    ///
    /// When it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }

    /// Checks the exit code, and says what was written when it is another one.
    ///
    /// # Panics
    ///
    /// When the program ended otherwise.
    #[track_caller]
    #[must_use]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n{}\n{}", self.stdout, self.stderr);
        self
    }
}

/// Runs `program` in `folder` without the settings of whoever runs the tests.
///
/// # Panics
///
/// When the program cannot be started, writes what is not UTF-8, or does not end.
pub fn run(program: &str, folder: &Path, arguments: &[&str]) -> Run {
    finish(command(program, folder, arguments))
}

/// Returns the command that [`run`] runs, for tests that add to it.
#[expect(clippy::disallowed_methods, reason = "tests run the program as a user would")]
pub fn command(program: &str, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "RUST_LOG"] {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end.
///
/// # Panics
///
/// As [`run`].
pub fn finish(mut command: Command) -> Run {
    let start = Instant::now();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let mut peak = None;
    let status = loop {
        peak = resident(child.id()).max(peak);
        if let Some(status) = child.try_wait().expect("a status") {
            break status;
        }
        if start.elapsed() > LIMIT {
            let _ = child.kill();
            panic!("{command:?} did not end in {LIMIT:?}");
        }
        thread::sleep(Duration::from_millis(2));
    };
    let took = start.elapsed();
    let text = |bytes: thread::JoinHandle<Vec<u8>>| {
        String::from_utf8(bytes.join().expect("a reader")).expect("the output is UTF-8")
    };
    Run { code: status.code(), stdout: text(stdout), stderr: text(stderr), took, peak }
}

/// The most memory that a running process has held, in KiB.
#[expect(clippy::disallowed_methods, reason = "the system's table of processes")]
fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

/// Reads a stream to its end in a thread of its own, so that a full pipe stops nobody.
fn collect(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    })
}
