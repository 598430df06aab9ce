//! A daemon that is killed at any moment comes back to where it was: what it saw is told once, and no
//! project stays behind.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sealine_testing::{Tree, run};

use super::inbox::{self, Answer};
use super::killed::{number, runs};

const PROJECTS: [&str; 3] = ["one", "two", "three"];

const CONFIG: &str = r#"drift:
  defaults:
    confirm: false
  projects:
    - path: "tf/*"
alerts:
  sinks:
    hook:
      webhook:
        url: {env: HOOK_URL}
        secret: {env: HOOK_SECRET}
        allow: [127.0.0.0/8]
"#;

const DRIFTED: &str = r#"{"format_version": "1.2", "resource_drift": [{"address": "t.a", "mode":
    "managed", "type": "t", "change": {"actions": ["delete"], "before": {}, "after": null}}]}"#;

const CLEAN: &str = r#"{"format_version": "1.2"}"#;

/// A world, and a program that plans what stands in it.
fn world(mark: &str) -> Tree {
    let tree = Tree::new("");
    let script = format!(
        "#!/bin/sh\ncase $1 in\ninit) mkdir -p \"$TF_DATA_DIR\" ;;\nplan) sleep {mark} & echo \
         canary-plan > /dev/stdin; sleep 0.05; kill $! ;;\nshow) cat ../../world ;;\nesac\n"
    );
    tree.write("bin/terraform", script);
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(tree.path("bin/terraform"), executable).expect("set");
    for project in PROJECTS {
        let text = "terraform {\n  backend \"local\" {}\n}\n";
        tree.write(&format!("platform/tf/{project}/main.tf"), text);
    }
    tree.write("platform/sealine.yaml", CONFIG);
    std::fs::create_dir(tree.path("runtime")).expect("a folder");
    tree
}

fn start(tree: &Tree, url: &str) -> Child {
    let words = ["watch", "--schedule", "* * * * * *", "--starts", "6000", "--grace", "2s"];
    let mut command = super::in_platform(tree, &words);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(tree.path("bin")).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(folders).expect("a path"));
    command.env("XDG_RUNTIME_DIR", tree.path("runtime"));
    command.env("HOOK_URL", url).env("HOOK_SECRET", "0123456789abcdef0123456789abcdef");
    command.args(["--listen", "127.0.0.1:0"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a process")
}

/// What a receiver makes of all messages: which alerts are open, and how many came twice.
fn told(log: &inbox::Log) -> (BTreeSet<String>, usize, usize) {
    let log = log.lock().expect("messages").clone();
    let mut bodies: BTreeMap<&str, &str> = BTreeMap::new();
    let (mut open, mut repeated) = (BTreeSet::new(), 0);
    for request in &log {
        let before = bodies.insert(request.header("webhook-id"), &request.body);
        if let Some(before) = before {
            assert_eq!(before, request.body, "one key, one message");
            repeated += 1;
            continue;
        }
        let message = request.json();
        let key = message["data"]["key"].as_str().expect("a key").to_owned();
        match message["type"].as_str().expect("a type") {
            "drift.open" => assert!(open.insert(key), "opened twice: {message}"),
            "drift.resolve" => assert!(open.remove(&key), "an end without a beginning: {message}"),
            _ => {}
        }
    }
    (open, bodies.len(), repeated)
}

/// How many findings are open, and how many messages wait.
fn stand(tree: &Tree) -> (usize, u64) {
    let status = run::finish(super::in_platform(tree, &["status", "-o", "json", "--exit-zero"]));
    let status = status.exits(0).json();
    let waiting = status["status"]["sinks"].as_array().into_iter().flatten();
    let waiting = waiting.map(|sink| sink["pending"].as_u64().expect("a number"));
    (status["open"].as_array().expect("a list").len(), waiting.sum())
}

fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_mins(1);
    while !is_so() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_killed_daemon_saw_is_told_once() {
    let kills = number(6);
    let began = Instant::now();
    let mark = format!("96.{}", std::process::id());
    let tree = world(&mark);
    let (origin, log) = inbox::serve(|_, _| Answer(200, Vec::new(), String::new()));
    let mut dice = 4_711_u64;
    for attempt in 0..kills {
        let is_broken = attempt % 2 == 0;
        tree.write("platform/world", if is_broken { DRIFTED } else { CLEAN });
        let mut daemon = start(&tree, &origin);
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        std::thread::sleep(Duration::from_millis(100 + (dice >> 33) % 2_400));
        daemon.kill().expect("killed");
        daemon.wait().expect("ended");
        wait_for("a process lived on", || !runs(&mark));
        let left = std::fs::read_dir(tree.path("runtime")).expect("a folder").count();
        assert_eq!(left, 0, "attempt {attempt}: a plan is on disk");
        // What is known is told at most once, whether its end was seen or not.
        let _ = told(&log);
    }
    tree.write("platform/world", DRIFTED);
    let mut daemon = start(&tree, &origin);
    // Several may be told as one when there were many within a minute.
    wait_for("not all that is open is told", || stand(&tree) == (PROJECTS.len(), 0));
    assert!(!told(&log).0.is_empty());
    tree.write("platform/world", CLEAN);
    wait_for("not every end is told", || stand(&tree) == (0, 0));
    assert_eq!(told(&log).0, BTreeSet::new());
    let messages = told(&log).1;
    // The same again is not told: every project is looked at each second.
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(told(&log).1, messages);
    let asked = Command::new("sh").arg("-c").arg(format!("kill -TERM {}", daemon.id())).status();
    assert!(asked.expect("a shell").success());
    assert!(daemon.wait().expect("ended").success());
    let (_, messages, repeated) = told(&log);
    for (path, bytes) in tree.files() {
        let text = String::from_utf8_lossy(&bytes);
        assert!(path.starts_with("bin/") || !text.contains("canary-plan"), "{path}");
        assert!(!path.ends_with(".lock.info"), "{path}");
    }
    println!(
        "daemon: {kills} kills in {:.0?}: {messages} messages, {repeated} more with a key again",
        began.elapsed()
    );
}
