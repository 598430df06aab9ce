//! What lies in a repository's past.

use std::path::Path;

use sealine_testing::{Tree, run};

use super::{findings, sealine};

fn git(folder: &Path, arguments: &[&str]) {
    let mut all = vec!["-c", "user.name=A", "-c", "user.email=a@example.com"];
    all.extend(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]);
    all.extend(arguments);
    let _ = run("git", folder, &all).exits(0);
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
