//! Runs the installed git: found on the `PATH`, in its own process group, within a time limit.
//!
//! Invariant: nothing of the repository runs. Hooks, the file system monitor and filters are off,
//! transports that run programs are refused, and git asks nobody for anything.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::GitFault;

/// How long git may take, network included.
const LONGEST: Duration = Duration::from_mins(5);
/// How much of an output is kept, in bytes.
const LARGEST: u64 = 80 << 20;

/// The installed git and the repository it works in.
#[derive(Clone, Debug)]
pub struct Git {
    program: PathBuf,
    root: PathBuf,
    environment: BTreeMap<String, String>,
}

/// What a call of git gave.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) succeeded: bool,
    pub(crate) out: Vec<u8>,
    pub(crate) error: String,
}

impl Output {
    /// Returns the output as text, without the line break at its end.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).trim_end_matches(['\r', '\n']).to_owned()
    }
}

impl Git {
    /// Returns the git of this `environment` for the repository at `root`.
    ///
    /// # Errors
    ///
    /// When no git is on the `PATH`. One that lies in the repository is none.
    pub fn find(root: &Path, environment: &BTreeMap<String, String>) -> Result<Self, GitFault> {
        let paths = environment.get("PATH").map(String::as_str).unwrap_or_default();
        let name = format!("git{}", std::env::consts::EXE_SUFFIX);
        // Neither git nor what git starts in its turn may come from the repository.
        let is_foreign = |folder: &PathBuf| {
            folder.is_absolute()
                && folder.canonicalize().is_ok_and(|folder| !folder.starts_with(root))
        };
        let folders: Vec<PathBuf> = std::env::split_paths(paths).filter(is_foreign).collect();
        let mut programs = folders.iter().map(|folder| folder.join(&name));
        let program = programs.find(|program| {
            program.canonicalize().is_ok_and(|file| file.is_file() && !file.starts_with(root))
        });
        let mut environment = environment.clone();
        let paths = std::env::join_paths(&folders).ok().and_then(|paths| paths.into_string().ok());
        environment.insert("PATH".to_owned(), paths.unwrap_or_default());
        let program = program.ok_or(GitFault::Missing)?;
        let mut git = Self { program, root: root.to_owned(), environment };
        git.silence_filters()?;
        Ok(git)
    }

    /// Makes every filter of the configuration do nothing. Git asks them in odd moments, as when it
    /// writes an index in the same second in which a file was written.
    fn silence_filters(&mut self) -> Result<(), GitFault> {
        let pattern = r"^filter\..*\.(clean|smudge|process)$";
        let listed = self.run(&["config", "-z", "--name-only", "--get-regexp", pattern])?.text();
        let known = self.environment.get("GIT_CONFIG_COUNT").and_then(|count| count.parse().ok());
        let mut count: usize = known.unwrap_or_default();
        for name in listed.split('\0').filter(|name| !name.is_empty()) {
            self.environment.insert(format!("GIT_CONFIG_KEY_{count}"), name.to_owned());
            self.environment.insert(format!("GIT_CONFIG_VALUE_{count}"), String::new());
            count += 1;
        }
        self.environment.insert("GIT_CONFIG_COUNT".to_owned(), count.to_string());
        Ok(())
    }

    /// Runs git and returns its output, whatever its exit code.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Output, GitFault> {
        self.call(arguments, &[], None)
    }

    /// Runs git and returns what it printed.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Result<String, GitFault> {
        self.expect(arguments, &self.run(arguments)?)
    }

    /// Runs git with an index of its own.
    pub(crate) fn ask_with_index(
        &self,
        index: &Path,
        arguments: &[&str],
    ) -> Result<String, GitFault> {
        let index = index.to_string_lossy();
        let output = self.call(arguments, &[("GIT_INDEX_FILE", &index)], None)?;
        self.expect(arguments, &output)
    }

    /// Runs git with these bytes on its standard input.
    pub(crate) fn feed(&self, arguments: &[&str], input: &[u8]) -> Result<String, GitFault> {
        let output = self.call(arguments, &[], Some(input))?;
        self.expect(arguments, &output)
    }

    #[expect(clippy::unused_self, reason = "reads as a part of the calls above")]
    fn expect(&self, arguments: &[&str], output: &Output) -> Result<String, GitFault> {
        if output.succeeded {
            return Ok(output.text());
        }
        let command = arguments.first().copied().unwrap_or_default().to_owned();
        Err(GitFault::Failed { command, said: said(&output.error) })
    }

    #[expect(clippy::disallowed_methods, reason = "the user asked for a commit by name")]
    fn call(
        &self,
        arguments: &[&str],
        more: &[(&str, &str)],
        input: Option<&[u8]>,
    ) -> Result<Output, GitFault> {
        let mut command = Command::new(&self.program);
        command.arg("-C").arg(&self.root).args([
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "protocol.ext.allow=never",
            "-c",
            "gc.auto=0",
            "-c",
            "push.recurseSubmodules=no",
            "-c",
            "fetch.recurseSubmodules=no",
        ]);
        command.args(arguments).env_clear().envs(
            self.environment
                .iter()
                .filter(|(name, _)| !REPOSITORY.contains(&name.as_str()) && !is_token(name)),
        );
        command
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ALLOW_PROTOCOL", "file:git:http:https:ssh")
            .env("LC_ALL", "C")
            .env("GIT_LITERAL_PATHSPECS", "1")
            .envs(more.iter().copied())
            .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(GitFault::Start)?;
        let stdin = child.stdin.take().zip(input);
        let out = child.stdout.take().map(Box::new);
        let error = child.stderr.take().map(Box::new);
        std::thread::scope(|scope| {
            let out = scope.spawn(move || drain(out));
            let error = scope.spawn(move || drain(error));
            if let Some((mut stdin, input)) = stdin {
                // A git that ends early says why on its standard error.
                scope.spawn(move || std::io::Write::write_all(&mut stdin, input));
            }
            let status = wait(&mut child)?;
            let out = out.join().unwrap_or_default();
            let error = error.join().unwrap_or_default();
            let error = String::from_utf8_lossy(&error).into_owned();
            Ok(Output { succeeded: status, out, error })
        })
    }
}

/// What would make git work in another repository than the target's.
const REPOSITORY: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_EXTERNAL_DIFF",
];

/// What git's children have no use for: keys that open the target, and Terraform's variables.
fn is_token(name: &str) -> bool {
    name.starts_with("SOPS_") || name.starts_with("TF_VAR_") || name.starts_with("TF_ENCRYPTION")
}

/// Reads to the end, and keeps the beginning.
fn drain(from: Option<Box<impl Read>>) -> Vec<u8> {
    let mut kept = Vec::new();
    if let Some(mut from) = from {
        let _ = from.by_ref().take(LARGEST).read_to_end(&mut kept);
        let _ = std::io::copy(&mut from, &mut std::io::sink());
    }
    kept
}

fn wait(child: &mut Child) -> Result<bool, GitFault> {
    let started = Instant::now();
    let mut pause = Duration::from_micros(200);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if started.elapsed() < LONGEST => std::thread::sleep(pause),
            Ok(None) => {
                kill(child);
                let _ = child.wait();
                return Err(GitFault::TooLong);
            }
            Err(error) => return Err(GitFault::Start(error)),
        }
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

#[cfg(unix)]
fn kill(child: &mut Child) {
    if let Ok(group) = i32::try_from(child.id()) {
        let group = nix::unistd::Pid::from_raw(group);
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
    }
    let _ = child.kill();
}

#[cfg(not(unix))]
fn kill(child: &mut Child) {
    let _ = child.kill();
}

/// What git said, on one line and without what a URL may carry.
pub(super) fn said(error: &str) -> String {
    let lines = error.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines = lines.filter(|line| !line.starts_with("hint:"));
    let words: Vec<String> = lines.flat_map(str::split_whitespace).map(without_user).collect();
    words.join(" ").chars().take(600).collect()
}

/// A URL without the name and password before its host.
fn without_user(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((user, _)) => format!("{scheme}://{}", rest.get(user.len() + 1..).unwrap_or_default()),
        None => word.to_owned(),
    }
}
