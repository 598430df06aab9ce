//! A process that holds values leaves no core file, and lets nobody look into its memory.

#![allow(clippy::disallowed_methods, reason = "the system's table of processes")]

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sealine_testing::{Tree, run};

const NOBODY: u32 = 65534;

/// A folder in which anybody can leave a core file, with a copy of the binary that anybody can run.
fn open_to_all() -> Tree {
    let tree = Tree::new("");
    let all = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(tree.root(), all).expect("a mode");
    program(Path::new(env!("CARGO_BIN_EXE_sealine")), &tree.path("sealine"));
    tree
}

/// Copies a program. Another process does it: what this one has open for writing, a process that another
/// test starts has open for a moment, too, and then the system runs no such file.
fn program(from: &Path, to: &Path) {
    let done = Command::new("cp").arg(from).arg(to).status();
    assert!(done.is_ok_and(|status| status.success()), "a copy");
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(to, mode).expect("a mode");
}

/// Starts a shell that would leave core files. Root sees no difference, so root becomes nobody.
fn shell(tree: &Tree, script: &str) -> Command {
    let script =
        format!("ulimit -c unlimited 2> /dev/null || ulimit -S -c $(ulimit -H -c); {script}");
    let mut command = run::command("/bin/sh", tree.root(), &["-c", &script]);
    if std::fs::metadata(tree.root()).expect("a folder").uid() == 0 {
        command.uid(NOBODY);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn cores(tree: &Tree) -> usize {
    let entries = std::fs::read_dir(tree.root()).expect("a folder").filter_map(Result::ok);
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("core")).count()
}

/// The line about core files in a table of limits.
fn limit(table: &str) -> Vec<String> {
    let line = table.lines().find_map(|line| line.strip_prefix("Max core file size"));
    line.expect("a limit").split_whitespace().map(str::to_owned).collect()
}

/// Waits until the shell has become the program, and the program has begun to read.
fn reads(child: &Child) {
    let start = Instant::now();
    let about =
        |name: &str| std::fs::read(format!("/proc/{}/{name}", child.id())).unwrap_or_default();
    // In `read` it sleeps; until then it works.
    let is_there = || {
        let status = String::from_utf8_lossy(&about("status")).into_owned();
        about("comm").starts_with(b"sealine") && status.contains("State:\tS")
    };
    while !is_there() {
        assert!(start.elapsed() < Duration::from_mins(1), "it does not read");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_aborted_process_leaves_no_core_file() {
    let tree = open_to_all();
    let status = shell(&tree, "kill -ABRT $$").status().expect("a shell");
    assert_eq!(status.signal(), Some(6));
    if cores(&tree) == 0 {
        eprintln!("this machine keeps core files elsewhere, so only limits are seen");
    }
    let before = cores(&tree);

    let mut command = shell(&tree, "exec ./sealine render --data -");
    let mut child = command.stdin(Stdio::piped()).spawn().expect("a process");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(b"password: canary-in-memory\n").expect("written");
    reads(&child);
    let of_process = format!("/proc/{}", child.id());
    let table = std::fs::read_to_string(format!("{of_process}/limits")).expect("limits");
    assert_eq!(limit(&table), ["0", "0", "bytes"]);
    // What may not be looked into belongs to root, and not to whoever runs it.
    let own = std::fs::read_to_string(format!("{of_process}/status")).expect("a status");
    let own = own.lines().find_map(|line| line.strip_prefix("Uid:\t")).expect("a user");
    let owner = std::fs::metadata(format!("{of_process}/environ")).expect("a file").uid();
    assert_ne!(own.split('\t').next().expect("a number"), owner.to_string());

    let id = child.id().to_string();
    let killed = run::command("/bin/sh", tree.root(), &["-c", &format!("kill -ABRT {id}")]);
    let _ = run::finish(killed).exits(0);
    assert_eq!(child.wait().expect("ended").signal(), Some(6));
    assert_eq!(cores(&tree), before);
}

#[cfg(feature = "live")]
#[test]
fn programs_that_it_starts_leave_none_either() {
    let tree = open_to_all();
    tree.write("tf/main.tf", "terraform {\n  backend \"local\" {}\n}\n");
    let text = "#!/bin/sh\ncat /proc/self/limits > \"$HOME/limits\"\nexit 1\n";
    tree.write("bin/terraform.sh", text);
    program(&tree.path("bin/terraform.sh"), &tree.path("bin/terraform"));
    let mut command = shell(&tree, "exec ./sealine drift run --forget -q --data data tf");
    for (name, path) in [("HOME", tree.root().to_owned()), ("XDG_CACHE_HOME", tree.path("cache"))] {
        command.env(name, path);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(tree.path("bin")).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(folders).expect("a path"));
    let _ = run::finish(command).exits(1);
    assert_eq!(limit(&tree.read("limits")), ["0", "0", "bytes"]);
}
