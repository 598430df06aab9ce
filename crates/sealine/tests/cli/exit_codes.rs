//! 0 is clean, 2 found something, 1 could not look; and 1 beats 2.

use sealine_testing::{Tree, run};

use super::{PLAIN, sealine};

#[test]
fn nothing_found_is_zero() {
    let tree = Tree::new("//- notes.yaml\nkey: value\n");
    let run = sealine(&tree, &["check"]).exits(0);
    assert!(run.stdout.starts_with("no findings\nunderstood "), "{}", run.stdout);
}

#[test]
fn something_found_is_two() {
    let run = sealine(&Tree::new(PLAIN), &["check"]).exits(2);
    assert!(run.stdout.contains("error[plaintext-secret]"), "{}", run.stdout);
    assert!(run.stdout.contains("secret.yaml:4:9"), "{}", run.stdout);
}

#[test]
fn the_user_says_from_which_severity_on_a_run_fails() {
    let tree = Tree::new(PLAIN);
    tree.write("sealine.yaml", "rules: {plaintext-secret: warning}\n");
    let _ = sealine(&tree, &["check"]).exits(2);
    let _ = sealine(&tree, &["check", "--fail-on", "error"]).exits(0);
    tree.write("sealine.yaml", "rules: {plaintext-secret: info}\n");
    let _ = sealine(&tree, &["check"]).exits(0);
    let _ = sealine(&tree, &["check", "--fail-on", "info"]).exits(2);
    let shown = sealine(&tree, &["check", "--exit-zero", "--fail-on", "info"]).exits(0);
    assert!(shown.stdout.contains("info[plaintext-secret]"), "{}", shown.stdout);
}

#[test]
fn a_usage_error_is_one() {
    let tree = Tree::new(PLAIN);
    for (arguments, message) in [
        (&[][..], "Usage: sealine"),
        (&["chekc"], "unrecognized subcommand 'chekc'"),
        (&["check", "--nope"], "unexpected argument '--nope'"),
        (&["check", "--fail-on", "bad"], "invalid value 'bad'"),
        (&["check", "--write-baseline"], "--baseline <FILE>"),
        (&["check", "--repo", "nameless"], "write it as NAME=PATH"),
        (&["check", "nowhere"], "error: there is no `nowhere`"),
        (&["check", "--repo", "app=nowhere"], "error: there is no `nowhere`"),
        (&["check", "--config", "nowhere.yaml"], "cannot read the configuration `nowhere.yaml`"),
        (&["check", "--baseline", "nowhere.json"], "cannot read the baseline `nowhere.json`"),
    ] {
        let run = sealine(&tree, arguments).exits(1);
        assert!(run.stderr.contains(message), "{arguments:?}\n{}", run.stderr);
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
}

#[test]
fn names_that_do_not_exist_are_one_with_a_hint() {
    let tree = Tree::new(PLAIN);
    for (arguments, message, hint) in [
        (
            &["check", "--select", "plaintext-secrte"][..],
            "error: there is no rule `plaintext-secrte`",
            "help: did you mean `plaintext-secret`?",
        ),
        (
            &["check", "--ignore", "missing-secret,unused-secrets"],
            "error: there is no rule `unused-secrets`",
            "help: did you mean `unused-secret`?",
        ),
        (
            &["explain", "misnamed_key"],
            "error: there is no rule `misnamed_key`",
            "help: did you mean `misnamed-key`?",
        ),
        (
            &["explain", "weather"],
            "error: there is no rule `weather`",
            "help: `sealine explain` lists all rules",
        ),
        (
            &["check", "-o", "yaml"],
            "error: there is no format `yaml`",
            "help: the formats are text, json, sarif, github",
        ),
    ] {
        let run = sealine(&tree, arguments).exits(1);
        assert!(run.stderr.contains(message), "{arguments:?}\n{}", run.stderr);
        assert!(run.stderr.contains(hint), "{arguments:?}\n{}", run.stderr);
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
}

/// The findings are printed, the exit code says that the look was not whole, and no flag hides it.
#[cfg(unix)]
#[test]
fn an_unreadable_file_is_one_with_the_findings() {
    use std::os::unix::fs::PermissionsExt as _;
    let tree = Tree::new(PLAIN);
    tree.write("closed.yaml", "kind: Secret\n");
    let chmod = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    };
    chmod(&tree.path("closed.yaml"), 0o000);
    std::fs::create_dir(tree.path("shut")).expect("a folder");
    chmod(&tree.path("shut"), 0o000);
    chmod(tree.root(), 0o755);
    for arguments in [&["check"][..], &["check", "--exit-zero"]] {
        let Some(run) = unprivileged(&tree, arguments) else { return };
        let run = run.exits(1);
        assert!(run.stdout.contains("error[plaintext-secret]"), "{}", run.stdout);
        assert!(run.stderr.contains("error: cannot read `closed.yaml`: "), "{}", run.stderr);
        assert!(run.stderr.contains("error: cannot read `shut`: "), "{}", run.stderr);
    }
    chmod(&tree.path("shut"), 0o755);
}

/// Runs the binary as somebody whom file modes bind. Root reads everything, so root becomes
/// nobody; `None`, with a line, where that cannot be done.
#[cfg(unix)]
#[expect(clippy::print_stderr, reason = "a test that shows less than it could must say so")]
fn unprivileged(tree: &Tree, arguments: &[&str]) -> Option<sealine_testing::Run> {
    use std::os::unix::process::CommandExt as _;
    const NOBODY: u32 = 65534;
    if std::fs::read_dir(tree.path("shut")).is_err() {
        return Some(sealine(tree, arguments));
    }
    // A copy, because the build folder may be closed to others.
    let program = tree.path("sealine");
    std::fs::copy(env!("CARGO_BIN_EXE_sealine"), &program).expect("a copy");
    let program = program.to_str().expect("UTF-8");
    let mut command = run::command(program, tree.root(), arguments);
    command.uid(NOBODY);
    match command.output() {
        Ok(_) => Some(run::finish(command)),
        Err(error) => {
            eprintln!("skipped: nobody cannot run the program: {error}");
            None
        }
    }
}

#[test]
fn a_file_that_does_not_parse_is_a_finding() {
    let tree = Tree::new(PLAIN);
    tree.write("broken.yaml", "apiVersion: v1\nkind: Secret\nmetadata: [\n");
    let run = sealine(&tree, &["check"]).exits(2);
    assert!(run.stdout.contains("error[syntax-error]"), "{}", run.stdout);
    assert!(run.stdout.contains("error[plaintext-secret]"), "{}", run.stdout);
}

#[cfg(unix)]
#[test]
fn a_reader_who_leaves_is_no_failure() {
    let tree = Tree::new(PLAIN);
    for arguments in [
        &["check"][..],
        &["check", "-o", "text", "-o", "json=report.json"],
        &["explain"],
        &["graph"],
        &["config", "schema"],
        &["man"],
        &["completions", "bash"],
        &["--help"],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = run::command(env!("CARGO_BIN_EXE_sealine"), tree.root(), arguments);
        command.stdout(writer).stderr(std::process::Stdio::piped());
        let output = command.spawn().expect("started").wait_with_output().expect("ended");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}\n{stderr}");
        assert!(!stderr.contains("error"), "{arguments:?}\n{stderr}");
    }
    assert!(
        tree.read("report.json").contains("plaintext-secret"),
        "files are written all the same"
    );
}
