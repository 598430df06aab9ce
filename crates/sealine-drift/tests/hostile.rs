//! Programs that hang, flood, crash and leave children behind; and a runner that is killed.

#![allow(clippy::disallowed_methods, reason = "tests write the programs that they start")]

mod common;

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use common::{Bench, canaries};
use sealine_drift::report::{FailureKind, Outcome};
use sealine_drift::{Cancel, Engine as _, RunReport};

/// A program that does well, but for what `plan` and `show` say.
fn bench(plan: &str, show: &str) -> Bench {
    let folder = tempfile::tempdir().expect("a folder").keep();
    let program = folder.join("terraform");
    let script = format!(
        "#!/bin/sh\ncase $1 in\ninit) mkdir -p \"$TF_DATA_DIR\" ;;\nplan) {plan} ;;\nshow) {show} \
         ;;\nesac\n"
    );
    std::fs::write(&program, script).expect("written");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("set");
    let mut bench = Bench::with_program(&program, "");
    bench.project.timeout = Some(Duration::from_secs(20));
    bench.programs.grace = Duration::from_millis(200);
    bench
}

fn kind(report: &RunReport) -> FailureKind {
    match &report.outcome {
        Outcome::Failed(failure) => failure.kind,
        other => panic!("{other:?}"),
    }
}

const EMPTY: &str = r#"echo '{"format_version": "1.2", "resource_changes": []}'"#;

#[tokio::test]
async fn a_plan_without_resources_is_clean() {
    let bench = bench("echo planned", EMPTY);
    let report = bench.run().await;
    assert_eq!(report.outcome, Outcome::Clean, "{report:#?}");
    let (name, folder) = (&bench.programs.data, std::fs::metadata(&bench.programs.data));
    assert_eq!(folder.expect("it is there").permissions().mode() & 0o777, 0o700, "{name:?}");
}

#[tokio::test]
async fn one_that_hangs_is_asked_and_then_killed_with_its_children() {
    let alive = tempfile::tempdir().expect("a folder");
    let mark = alive.path().join("alive");
    let plan = format!("trap '' INT; (trap '' INT; sleep 4; touch {}) & sleep 60", mark.display());
    let mut bench = bench(&plan, EMPTY);
    bench.project.timeout = Some(Duration::from_secs(1));
    let started = Instant::now();
    let report = bench.run().await;
    assert_eq!(kind(&report), FailureKind::TimedOut);
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(!mark.exists(), "a child lived on");
}

#[tokio::test]
async fn one_that_listens_gives_back_its_lock() {
    // A shell cannot listen where whoever runs the tests ignores the signal; Terraform can, and Perl.
    let listens =
        r#"exec perl -e '$SIG{INT} = sub { unlink "lock"; exit 1 }; open F, ">lock"; sleep 60'"#;
    let bench = bench(listens, EMPTY);
    let (canceller, cancel) = Cancel::new();
    let lock = bench.path("lock");
    let asks = async {
        while !lock.exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        canceller.ask();
    };
    let (report, ()) = tokio::join!(bench.programs.run(&bench.project, &cancel), asks);
    assert_eq!(kind(&report), FailureKind::Cancelled);
    assert!(!lock.exists());
}

#[tokio::test]
async fn a_child_that_leaves_the_group_holds_nobody_up() {
    let bench = bench("setsid sleep 20 & echo planned", EMPTY);
    let started = Instant::now();
    let _ = bench.run().await;
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}

#[tokio::test]
async fn floods_are_stopped() {
    let report = bench("exec yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", EMPTY).run().await;
    assert_eq!(kind(&report), FailureKind::TooMuchOutput);
    let endless = "printf '{\"a\": \"'; exec tr '\\0' 'x' < /dev/zero";
    let report = bench("echo", endless).run().await;
    assert_eq!(kind(&report), FailureKind::TooMuchOutput);
}

#[tokio::test]
async fn what_is_no_plan_is_a_failure_and_not_clean() {
    for show in ["echo '{\"format_version\": \"1.2\"'", "echo", "printf '\\377\\376'", "exit 1"] {
        let report = bench("echo", show).run().await;
        assert!(!report.is_whole(), "{show}: {report:#?}");
    }
    let newer = "echo '{\"format_version\": \"2.0\"}'";
    assert_eq!(kind(&bench("echo", newer).run().await), FailureKind::Plan);
}

#[tokio::test]
async fn crashes_locks_and_credentials_are_told_apart() {
    let diagnostic = |summary: &str| {
        let text = format!(
            "{{\"type\":\"diagnostic\",\"diagnostic\":{{\"severity\":\"error\",\"summary\":\"{summary}\",\
             \"detail\":\"with canary-detail at https://u:canary-p@h?sig=canary-sig\"}}}}"
        );
        format!("echo '{text}'; exit 1")
    };
    for (plan, expected) in [
        (diagnostic("Error acquiring the state lock"), FailureKind::LockHeld),
        (diagnostic("Plugin did not respond"), FailureKind::Crashed),
        (diagnostic("No valid credential sources found"), FailureKind::Credentials),
        (diagnostic("Unsupported argument"), FailureKind::Plan),
        ("kill -SEGV $$".to_owned(), FailureKind::Crashed),
        ("exit 11".to_owned(), FailureKind::Crashed),
    ] {
        // The state cannot be read, so the details of providers stay behind.
        let report = bench(&plan, "exit 1").run().await;
        assert_eq!(kind(&report), expected, "{plan}: {report:#?}");
        if expected != FailureKind::LockHeld {
            canaries(&report);
        }
    }
}

#[tokio::test]
async fn the_environment_holds_what_is_named_and_no_more() {
    let plan = "env | grep -c CANARY > seen; env > all; cat /proc/$$/cmdline >> all";
    let mut bench = bench(plan, EMPTY);
    let extra = [("CANARY_ONE", "1"), ("CANARY_TWO", "canary-env"), ("TF_CLI_ARGS", "-lock=true")];
    bench.programs.environment.extend(extra.map(|(name, value)| (name.into(), value.into())));
    bench.project.environment = vec!["CANARY_ONE".to_owned()];
    let credentials = ["sh", "-c", "echo AWS_TOKEN=canary-given"].map(str::to_owned);
    bench.project.credentials = credentials.to_vec();
    let report = bench.run().await;
    assert_eq!(bench.tree.read("seen").trim(), "1");
    let all = bench.tree.read("all");
    assert!(all.contains("AWS_TOKEN=canary-given") && !all.contains("TF_CLI_ARGS"), "{all}");
    assert!(!all.contains("canary-env"), "{all}");
    canaries(&report);
}

/// Gives everybody a way to a folder, and to read what lies in it.
fn open_to_all(folder: &std::path::Path) {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("set");
}

#[tokio::test]
async fn programs_run_as_somebody_who_may_do_less() {
    if !nix::unistd::Uid::effective().is_root() {
        eprintln!("skipped: only root can run programs as somebody else");
        return;
    }
    for engine in common::engines(false) {
        let folder = tempfile::tempdir().expect("a folder");
        let (real, program) = (folder.path().join("real"), folder.path().join("program"));
        std::fs::copy(&engine.program, &real).expect("a copy");
        let seen = folder.path().join("seen");
        std::fs::write(&seen, "").expect("written");
        let history = folder.path().join("drift.db");
        std::fs::write(&history, "canary-history").expect("written");
        for (file, mode) in [(&real, 0o755), (&seen, 0o666), (&history, 0o600)] {
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).expect("set");
        }
        let home = std::env::var("HOME").unwrap_or_default();
        let script = format!(
            "#!/bin/sh\necho $1 $(id -u) $(id -G) $(test \"$HOME\" = '{home}' && echo ours) $(cat {} 2> \
             /dev/null) >> {}\nexec {} \"$@\"\n",
            history.display(),
            seen.display(),
            real.display()
        );
        std::fs::write(&program, script).expect("written");
        open_to_all(&program);
        let mut bench =
            Bench::with_program(&program, "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n");
        bench.project.tool = engine.tool;
        bench.programs.environment.insert("TF_CLI_CONFIG_FILE".into(), "/dev/null".into());
        bench.apply();
        std::fs::write(&seen, "").expect("emptied");
        let identity = sealine_drift::run::Identity::find("65534", Some("65534"));
        bench.programs.run_as = Some(identity.expect("somebody"));
        bench.project.credentials =
            ["sh", "-c", "echo TF_VAR_who=$(id -u)"].map(str::to_owned).into();

        // They may not enter the folders, and that is told before anything runs.
        let closed = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(bench.data.path(), closed).expect("set");
        let report = bench.run().await;
        assert_eq!(kind(&report), FailureKind::Other, "{report:#?}");
        for open in [folder.path(), bench.data.path(), bench.tree.root()] {
            open_to_all(open);
        }
        // They may read the state, and not our history.
        let report = bench.run().await;
        assert_eq!(report.outcome, Outcome::Clean, "{report:#?}");
        let seen = std::fs::read_to_string(&seen).expect("lines");
        let lines: Vec<_> = seen.lines().collect();
        let expected = ["init", "plan", "show"].map(|word| format!("{word} 65534 65534"));
        assert_eq!(lines, expected);
        let again = bench.run().await;
        assert_eq!(again.outcome, Outcome::Clean, "{again:#?}");
        let mode = |path: &str| {
            let path = bench.programs.data.join(path);
            std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
        };
        assert_eq!((mode(""), mode("projects"), mode("plugins.65534")), (0o711, 0o711, 0o700));
        bench.programs.run_as = None;
        assert_eq!(bench.run().await.outcome, Outcome::Clean, "and we ourselves");
    }
}

#[tokio::test]
async fn a_pipe_in_place_of_a_file_holds_nobody_up() {
    let bench = bench("echo", EMPTY);
    let pipe = bench.path("pipe.tf");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("a program");
    assert!(made.success());
    let report = tokio::time::timeout(Duration::from_secs(20), bench.run()).await;
    assert_eq!(report.expect("it ends").outcome, Outcome::Clean);
}

#[tokio::test]
async fn credentials_that_could_write_are_refused_where_that_is_asked_for() {
    let mut bench = bench("echo", EMPTY);
    bench.project.credentials_check = vec!["false".to_owned()];
    assert_eq!(kind(&bench.run().await), FailureKind::WriteCredentials);
    bench.project.credentials_check = Vec::new();
    bench.project.refuse_write_credentials = true;
    bench.programs.environment.insert("AWS_PROFILE".into(), "prod-admin".into());
    bench.project.environment = vec!["AWS_*".to_owned()];
    assert_eq!(kind(&bench.run().await), FailureKind::WriteCredentials);
}

#[tokio::test]
async fn a_program_of_the_repository_is_not_taken() {
    let mut bench = bench("touch pwned", EMPTY);
    bench.write("terraform", "#!/bin/sh\ntouch pwned\n");
    bench.project.program = None;
    let path = format!("{}:.", bench.tree.root().display());
    bench.programs.environment.insert("PATH".into(), path.into());
    assert_eq!(kind(&bench.run().await), FailureKind::Program);
    assert!(!bench.path("pwned").exists());
}

#[tokio::test]
async fn a_second_look_decides() {
    let drifts = r#"{"format_version": "1.2", "resource_drift": [{"address": "t.a", "mode": "managed",
        "type": "t", "change": {"actions": ["delete"], "before": {}, "after": null}}]}"#;
    let show = format!("if test -e again; then {EMPTY}; else touch again; echo '{drifts}'; fi");
    let report = bench("echo", &show).run().await;
    assert_eq!(report.outcome, Outcome::Clean, "{report:#?}");
    assert!(report.warnings[0].contains("second look"), "{report:#?}");
    let report = bench("echo", &format!("echo '{drifts}'")).run().await;
    assert_eq!(report.outcome, Outcome::Drifted);
}
