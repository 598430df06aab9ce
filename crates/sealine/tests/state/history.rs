//! What lies in a repository's past.

use std::path::Path;

use sealine_testing::Tree;
use sealine_testing::run::{command, finish};

use super::{findings, sealine};

fn git(folder: &Path, arguments: &[&str]) {
    let _ = git_on(1, folder, arguments);
}

/// Runs git on this day of a month, and returns what it says.
fn git_on(day: u8, folder: &Path, arguments: &[&str]) -> String {
    let mut all = vec!["-c", "user.name=A", "-c", "user.email=a@example.com"];
    all.extend(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]);
    all.extend(arguments);
    let mut git = command("git", folder, &all);
    git.env("GIT_COMMITTER_DATE", format!("2026-01-{day:02}T00:00:00Z"));
    finish(git).exits(0).stdout.trim().to_owned()
}

/// The commit that is checked out, as reports name it.
fn head(folder: &Path) -> String {
    git_on(1, folder, &["rev-parse", "--short=10", "HEAD"])
}

fn state(value: &str) -> String {
    format!(
        r#"{{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "l", "outputs": {{}},
        "resources": [{{"mode": "managed", "type": "azurerm_key_vault_secret", "name": "x",
        "instances": [{{"attributes": {{"value": "{value}"}}}}]}}]}}"#
    )
}

#[test]
fn a_state_that_was_deleted_is_found_in_every_commit_that_a_ref_reaches() {
    let tree = Tree::new("");
    let top = tree.root();
    git(top, &["init", "-q"]);
    tree.write("infra/terraform.tfstate", state("canary-one"));
    tree.write("notes.json", r#"{"lineage": "no state by its name"}"#);
    git(top, &["add", "."]);
    git(top, &["commit", "-qm", "first"]);
    git(top, &["commit", "-q", "--allow-empty", "-m", "second"]);
    git(top, &["rm", "-q", "infra/terraform.tfstate"]);
    git(top, &["commit", "-qm", "third"]);
    git(top, &["checkout", "-qb", "side"]);
    tree.write("old.tfstate.backup", state("canary-two"));
    git(top, &["add", "."]);
    git(top, &["commit", "-qm", "side"]);
    git(top, &["checkout", "-q", "main"]);
    let run = sealine(top, &["state", "audit", "-o", "json"]).exits(2);
    assert!(!run.output().contains("canary"), "{}", run.output());
    let json = run.json();
    let subjects = json["subjects"].as_array().expect("subjects");
    let paths: Vec<_> = subjects.iter().map(|it| it["history"]["path"].as_str()).collect();
    assert_eq!(paths, [Some("infra/terraform.tfstate"), Some("old.tfstate.backup")]);
    for subject in subjects {
        assert_eq!(findings(subject), ["azurerm_key_vault_secret.x value: known-attribute"]);
    }
    let (first, last) = (&subjects[0]["history"]["first"], &subjects[0]["history"]["last"]);
    assert_ne!(first["commit"], last["commit"], "the second commit holds it, too");
    let ways = subjects[0]["ways_out"].to_string();
    assert!(
        ways.contains("git filter-repo --invert-paths --path infra/terraform.tfstate"),
        "{ways}"
    );
    let none = sealine(top, &["state", "audit", "--no-history"]).exits(0);
    assert_eq!(none.stdout, "0 secrets in plain text, in 0 states and plans\n");
}

#[test]
fn a_state_that_a_move_brought_into_the_folder_is_found_there() {
    let tree = Tree::new("");
    let top = tree.root();
    git(top, &["init", "-q"]);
    tree.write("terraform.tfstate", state("canary-one"));
    git(top, &["add", "."]);
    git(top, &["commit", "-qm", "first"]);
    tree.write("sub/keep", "");
    git(top, &["mv", "terraform.tfstate", "sub/terraform.tfstate"]);
    git_on(2, top, &["commit", "-qm", "second"]);
    let second = head(top);
    git(top, &["rm", "-q", "sub/terraform.tfstate"]);
    git(top, &["add", "."]);
    git_on(3, top, &["commit", "-qm", "third"]);
    let run = sealine(top, &["state", "audit", "sub", "-o", "json"]).exits(2);
    let subject = &run.json()["subjects"][0];
    assert_eq!(subject["history"]["path"], "sub/terraform.tfstate");
    assert_eq!(subject["name"], format!("sub: sub/terraform.tfstate@{second}"));
}

/// All commits are of the same second: only what comes from what tells their order.
#[test]
fn all_paths_of_a_state_are_to_be_taken_out_of_the_history() {
    let tree = Tree::new("");
    let top = tree.root();
    git(top, &["init", "-q"]);
    tree.write("old/terraform.tfstate", state("canary-one"));
    git(top, &["add", "."]);
    git(top, &["commit", "-qm", "first"]);
    let first = head(top);
    git(top, &["mv", "old", "new"]);
    git(top, &["commit", "-qm", "second"]);
    git(top, &["mv", "new/terraform.tfstate", "new/it's a copy.json"]);
    git(top, &["commit", "-qm", "third"]);
    let last = head(top);
    git(top, &["rm", "-q", "new/it's a copy.json"]);
    git(top, &["commit", "-qm", "fourth"]);
    let json = sealine(top, &["state", "audit", "-o", "json"]).exits(2).json();
    let subjects = json["subjects"].as_array().expect("subjects");
    assert_eq!(subjects.len(), 1);
    let history = &subjects[0]["history"];
    let paths = ["new/it's a copy.json", "new/terraform.tfstate", "old/terraform.tfstate"];
    assert_eq!(history["paths"], serde_json::json!(paths));
    assert_eq!(history["path"], "old/terraform.tfstate");
    assert_eq!(history["first"]["commit"], first);
    assert_eq!(history["last"]["commit"], last);
    let way = r"--path 'new/it'\''s a copy.json' --path new/terraform.tfstate --path old/terraform.tfstate`";
    let text = sealine(top, &["state", "audit"]).exits(2).stdout;
    assert!(text.contains(way), "{text}");
}

#[test]
fn a_shallow_clone_is_told() {
    let tree = Tree::new("");
    let made = tree.path("made");
    tree.write("made/terraform.tfstate", state("canary-one"));
    git(&made, &["init", "-q"]);
    git(&made, &["add", "."]);
    git(&made, &["commit", "-qm", "first"]);
    git(&made, &["rm", "-q", "terraform.tfstate"]);
    git(&made, &["commit", "-qm", "second"]);
    let url = format!("file://{}", made.display());
    git(tree.root(), &["clone", "-q", "--depth", "1", &url, "cut"]);
    let run = sealine(&tree.path("cut"), &["state", "audit"]).exits(0);
    assert!(run.stderr.contains("is shallow"), "{}", run.stderr);
}
