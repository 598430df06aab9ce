//! `sealine drift` through the binary: exit codes, formats, rules; and what is left when it is killed.

#![allow(clippy::disallowed_methods, reason = "tests start the real programs, and fakes of them")]

mod alerts;
mod chain;
mod example;
mod inbox;
mod killed;
mod killed_daemon;
mod killed_terraform;
mod requests;

use std::path::Path;
use std::process::Command;

use sealine_testing::peers::peer;
use sealine_testing::{Tree, run};

/// `sealine drift` in a folder, with nothing else of this machine.
fn drift(tree: &Tree, words: &[&str]) -> Command {
    let mut command = run::command(env!("CARGO_BIN_EXE_sealine"), tree.root(), &["drift"]);
    command.args(words).env("TF_CLI_CONFIG_FILE", "/dev/null").env("CHECKPOINT_DISABLE", "1");
    command.env("XDG_CACHE_HOME", tree.path("cache")).env("XDG_STATE_HOME", tree.path("history"));
    command.env_remove("GITHUB_STEP_SUMMARY").env_remove("XDG_RUNTIME_DIR");
    command
}

const MAIN: &str = "terraform {\n  backend \"local\" {}\n}\nresource \"terraform_data\" \"a\" {\n  \
                    input = \"x\"\n}\n";

fn applied() -> Option<Tree> {
    let terraform = peer("terraform")?;
    let tree = Tree::new("");
    tree.write("platform/tf/main.tf", MAIN);
    tree.write("platform/CODEOWNERS", "/tf/ @platform\n");
    for words in [&["init"][..], &["apply", "-auto-approve"]] {
        let mut command = Command::new(&terraform);
        command.args(words).current_dir(tree.path("platform/tf"));
        command.env("TF_CLI_CONFIG_FILE", "/dev/null").env("CHECKPOINT_DISABLE", "1");
        command.env("TF_DATA_DIR", tree.path("own"));
        let _ = run::finish(command).exits(0);
    }
    Some(tree)
}

fn in_platform(tree: &Tree, words: &[&str]) -> Command {
    let mut command = drift(tree, words);
    command.current_dir(tree.path("platform"));
    command
}

#[test]
fn exit_codes_formats_and_rules() {
    let Some(tree) = applied() else { return };
    let clean = run::finish(in_platform(&tree, &["run"])).exits(0);
    assert!(
        clean.stdout.starts_with("tf: clean (1 managed resources looked at"),
        "{}",
        clean.stdout
    );
    assert!(clean.stdout.contains("what is outside the state was not looked at"));

    tree.write("platform/tf/main.tf", MAIN.replace("\"x\"", "\"y\""));
    let outputs = ["run", "-o", "json=r.json", "-o", "sarif=r.sarif", "-o", "markdown=r.md"];
    let mut command = in_platform(&tree, &outputs);
    command.env("GITHUB_STEP_SUMMARY", tree.path("summary.md"));
    let found = run::finish(command).exits(2);
    assert!(found.stdout.contains("unapplied [low] terraform_data.a: to be changed"), "{found:?}");
    assert!(found.stdout.contains("owners: @platform"), "{found:?}");
    let _ = run::finish(in_platform(&tree, &["run", "--exit-zero"])).exits(0);
    let json: serde_json::Value =
        serde_json::from_str(&tree.read("platform/r.json")).expect("JSON");
    assert_eq!(json["reports"][0]["findings"][0]["declared"], "tf/main.tf:4");
    let sarif: serde_json::Value =
        serde_json::from_str(&tree.read("platform/r.sarif")).expect("JSON");
    let place = "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri";
    assert_eq!(sarif.pointer(place).expect("a place"), "tf/main.tf");
    assert_eq!(tree.read("summary.md"), tree.read("platform/r.md"));

    tree.write("platform/sealine.yaml", "# ours\ndrift:\n  projects: # one\n    - path: t*\n");
    let _ = run::finish(in_platform(&tree, &["run"])).exits(2);
    let words = ["ignore", "--last", "--reason", "until the window", "--until", "2999-01-01"];
    let _ = run::finish(in_platform(&tree, &words)).exits(0);
    let held = run::finish(in_platform(&tree, &["run"])).exits(0);
    assert!(held.stdout.contains("`drift.ignore[0]` holds back 1: until the window"), "{held:?}");
    assert!(tree.read("platform/sealine.yaml").starts_with("# ours\ndrift:\n  projects: # one\n"));

    tree.write("platform/tf/main.tf", "nonsense {\n");
    let failed = run::finish(in_platform(&tree, &["run", "--exit-zero"])).exits(1);
    assert!(failed.stdout.contains("tf: failed"), "{failed:?}");
}

#[test]
fn what_is_asked_for_must_be_there() {
    let tree = Tree::new("");
    let _ = run::finish(drift(&tree, &["run"])).exits(1);
    let _ = run::finish(drift(&tree, &["run", "nobody"])).exits(1);
    let _ = run::finish(drift(&tree, &["run", "-o", "xml"])).exits(1);
    let none = run::finish(drift(&tree, &["ignore", "--last", "--reason", "x"])).exits(1);
    assert!(none.stderr.contains("no look is known"), "{none:?}");
    assert!(!Path::new(&tree.path("sealine.yaml")).exists());
}
