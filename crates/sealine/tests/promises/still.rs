//! Static commands never use the network and never run a program.

use std::path::Path;

use sealine_testing::{Tree, run, tree};

/// The system calls that start a program, or reach for a network.
const FORBIDDEN: &[&str] = &["execve", "execveat", "socket", "connect", "bind", "sendto"];

/// The kernel is the witness, where `strace` is there to ask it.
#[cfg(target_os = "linux")]
#[test]
fn no_command_runs_a_program_or_opens_a_socket() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let strace = std::env::split_paths(&paths).map(|folder| folder.join("strace"));
    let Some(strace) = strace.into_iter().find(|file| file.is_file()) else {
        eprintln!("skipped: strace is not installed");
        return;
    };
    let strace = strace.to_str().expect("UTF-8").to_owned();
    for example in ["confluence-connector/module-added", "platform-terraform/before"] {
        let trace = ["trace", "--up", "secret"];
        let page = ["graph", "-o", "html=page.html"];
        let impact = ["impact", "--remove", "clustersecretstore/kv-app-common"];
        let init = ["init", "--stdout"];
        let render = ["render", "--check"];
        let all: [&[&str]; 7] =
            [&["check", "--fix", "-v"], &["graph"], &page, &trace, &impact, &init, &render];
        for arguments in all {
            let tree = Tree::copy_of(&examples.join(example));
            let log = tree.path("strace.log");
            let filter = format!("trace={}", FORBIDDEN.join(","));
            let mut all = vec!["-f", "-qq", "-e", &filter, "-o", log.to_str().expect("UTF-8")];
            all.push(env!("CARGO_BIN_EXE_sealine"));
            all.extend(arguments);
            let traced = run(&strace, tree.root(), &all);
            if traced.stderr.contains("ptrace") && !log.exists() {
                eprintln!("skipped: this machine does not let strace look: {}", traced.stderr);
                return;
            }
            let log = tree.read("strace.log");
            // A thread that ends with its process while strace looks at it leaves a line without a
            // call (`???( <detached ...>`).
            let calls: Vec<&str> = log.lines().filter(|line| names_a_call(line)).collect();
            // The start of the binary itself is the one program that runs.
            let (start, calls) = calls.split_first().expect("strace saw the start");
            assert!(start.contains("execve("), "strace saw the start: {log}");
            assert!(calls.is_empty(), "{example} {arguments:?}\n{}", calls.join("\n"));
        }
    }
}

/// Whether a line of strace's log tells of a forbidden call, begun or done.
#[cfg(target_os = "linux")]
fn names_a_call(line: &str) -> bool {
    FORBIDDEN.iter().any(|call| line.contains(&format!(" {call}(")))
}

#[cfg(target_os = "linux")]
#[test]
fn calls_are_told_from_threads_that_end() {
    assert!(names_a_call("13463 connect(3, {sa_family=AF_UNIX}, 110 <unfinished ...>"));
    assert!(names_a_call(r#"13463 execve("/bin/true", ["true"], 0x7ffe /* 3 vars */) = 0"#));
    assert!(!names_a_call("13463 ???( <detached ...>"));
}

/// The crates and folders of the live commands, which are there to ask others, and who they ask.
const LIVE: &[&str] = &[
    // Metrics and health of the daemon are read from this machine.
    "sealine-drift/src/watch/page.rs",
    "sealine/src/live/drift/watch.rs",
    // Addresses are judged before a connection is made to them.
    "sealine-http/",
    // Outputs and states come from Terraform and OpenTofu, credentials from `az` and others.
    "sealine-process/",
    // And from where backends keep them.
    "sealine-state/src/backend/",
    // Commits are made by the installed git.
    "sealine-export/src/git/",
    // Plans come from them, too.
    "sealine-drift/src/run/",
];

/// Nothing that a static command is made of names a socket or a child process.
#[test]
fn no_source_names_a_network_or_a_process() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let words = ["std::net", "TcpStream", "UdpSocket", "process::Command", "Command::new("];
    let mut seen = 0;
    for (path, bytes) in tree::files(&crates) {
        let is_rust = Path::new(&path).extension().is_some_and(|extension| extension == "rs");
        if !is_rust || !path.contains("/src/") || path.starts_with("sealine-testing/") {
            continue;
        }
        if LIVE.iter().any(|live| path.starts_with(live)) {
            continue;
        }
        seen += 1;
        let text = String::from_utf8(bytes).expect("UTF-8");
        for word in words {
            assert!(!text.contains(word), "{path} names `{word}`");
        }
    }
    assert!(seen > 100, "only {seen} files were seen");
}
