//! Killed at any moment, a run leaves no plan, no lock and no process.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use sealine_testing::Tree;

/// A program that writes a plan, leaves a child behind, and takes its time.
fn fake(tree: &Tree, mark: &str) {
    let script = format!(
        "#!/bin/sh\ncase $1 in\ninit) mkdir -p \"$TF_DATA_DIR\"; sleep 0.05 ;;\nplan) (sleep {mark}) & \
         touch \"$TF_DATA_DIR/planning\"; sleep 0.1; echo canary-plan > /dev/stdin; sleep 0.1; kill $! ;;\n\
         show) sleep 0.1; echo '{{\"format_version\": \"1.2\"}}' ;;\nesac\n"
    );
    tree.write("bin/terraform", script);
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(tree.path("bin/terraform"), executable).expect("set");
}

/// How often to kill: what `SEALINE_KILLS` says, else what every run has time for.
pub(super) fn number(usual: u64) -> u64 {
    std::env::var("SEALINE_KILLS").ok().and_then(|tries| tries.parse().ok()).unwrap_or(usual)
}

/// Whether a process with this word among its arguments is there.
pub(super) fn runs(word: &str) -> bool {
    let processes = std::fs::read_dir("/proc").expect("processes").filter_map(Result::ok);
    { processes }.any(|process| {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|argument| argument == word.as_bytes())
    })
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_of_a_run_that_was_killed() {
    let (tries, began) = (number(12), Instant::now());
    let tree = Tree::new("");
    // A length of sleep that no other process has.
    let mark = format!("97.{}", std::process::id());
    fake(&tree, &mark);
    tree.write("tf/main.tf", "terraform {\n  backend \"local\" {}\n}\n");
    std::fs::create_dir(tree.path("runtime")).expect("a folder");
    let start = || {
        let mut command = super::drift(&tree, &["run", "-q"]);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(tree.path("bin")).chain(std::env::split_paths(&path));
        // The repository is the folder itself: its own programs are not taken.
        command.env("PATH", std::env::join_paths(folders).expect("a path"));
        command.current_dir(tree.path("tf")).env("XDG_RUNTIME_DIR", tree.path("runtime"));
        command.arg(tree.path("tf"));
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a process")
    };
    assert!(start().wait().expect("ended").success());
    let whole = began.elapsed();
    let plans = || {
        let files = tree.files().into_keys();
        files.filter(|path| path.ends_with("/planning")).map(|path| tree.path(&path))
    };
    let mut planned = 0;
    for attempt in 0..tries {
        plans().for_each(|file| std::fs::remove_file(file).expect("removed"));
        let mut child = start();
        // Spread over the whole run, each time elsewhere.
        std::thread::sleep(
            whole.mul_f64(f64::from(u32::try_from(attempt * 41 % 100).expect("small")) / 100.0),
        );
        child.kill().expect("killed");
        child.wait().expect("ended");
        // What ends it looks for us 40 times in a second, where the machine has time for it.
        let patience = Instant::now() + Duration::from_secs(10);
        while runs(&mark) {
            assert!(Instant::now() < patience, "attempt {attempt}: a process lived on");
            std::thread::sleep(Duration::from_millis(20));
        }
        let left = std::fs::read_dir(tree.path("runtime")).expect("a folder").count();
        assert_eq!(left, 0, "attempt {attempt}: a plan is on disk");
        let files = tree.files();
        let left = files.iter().filter(|(path, bytes)| {
            !path.starts_with("bin/") && String::from_utf8_lossy(bytes).contains("canary-plan")
        });
        assert_eq!(left.count(), 0, "attempt {attempt}");
        planned += plans().count();
    }
    assert!(planned > 0, "no run came as far as its plan");
    println!("runner: {tries} kills in {:.0?}, nothing was left", began.elapsed());
}
