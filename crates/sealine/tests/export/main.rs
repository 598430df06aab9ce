//! `sealine export`, as a user runs it: real Terraform, real SOPS, a real git.
#![cfg(feature = "live")]

mod canary;
mod done_when;
mod example;
mod faults;
mod forge;
mod git;
mod killed;
mod origins;
mod rules_of_writing;

use std::path::Path;

use sealine_testing::{Run, Tree, run};

/// The age key of the example, as public as the example.
const KEY_FILE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/platform-terraform/example-age-key.txt");

/// Its recipient.
const RECIPIENT: &str = "age1ntp29j53ppawauuvxhw96xgdyfjnwvhs8urz4vtv95nsvs23eq4scw6ttu";

/// A folder with a creation rule for `gitops/`, which is a git repository.
fn repository() -> Tree {
    let tree = Tree::new("");
    tree.write(
        ".sops.yaml",
        format!(
            "creation_rules:\n  - path_regex: gitops/.*\\.(yaml|json)$\n    age: {RECIPIENT}\n"
        ),
    );
    git(tree.root(), &["init", "-q", "-b", "main"]);
    git(tree.root(), &["config", "user.name", "A"]);
    git(tree.root(), &["config", "user.email", "a@example.com"]);
    git(tree.root(), &["config", "commit.gpgsign", "false"]);
    git(tree.root(), &["add", "-A"]);
    git(tree.root(), &["commit", "-q", "-m", "first"]);
    tree
}

/// A state with these outputs, as JSON.
fn state(serial: u64, outputs: &str) -> String {
    format!(
        r#"{{"version": 4, "terraform_version": "1.11.4", "serial": {serial},
            "lineage": "6f1c2a5e-0000-4000-8000-000000000001", "outputs": {{{outputs}}}, "resources": []}}"#
    )
}

/// One output of a state.
fn output(name: &str, value: &str) -> String {
    format!(r#""{name}": {{"value": {value}, "type": "string"}}"#)
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    run("git", folder, arguments).exits(0).stdout.trim().to_owned()
}

/// The command with the example's key in its environment, and without anybody's tokens.
fn command(folder: &Path, arguments: &[&str]) -> std::process::Command {
    let mut all = vec!["export"];
    all.extend(arguments);
    let mut command = sealine_testing::run::command(env!("CARGO_BIN_EXE_sealine"), folder, &all);
    for (name, _) in std::env::vars() {
        let is_ours = ["GITHUB", "GITLAB", "GH_", "CI_", "SOPS_", "GIT_"];
        if is_ours.iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command.env("SOPS_AGE_KEY_FILE", KEY_FILE).env("CHECKPOINT_DISABLE", "1");
    command
}

fn export(folder: &Path, arguments: &[&str]) -> Run {
    sealine_testing::run::finish(command(folder, arguments))
}

/// What the real `sops` makes of a file, as JSON; nothing where it is not installed.
fn decrypted(tree: &Tree, path: &str) -> Option<serde_json::Value> {
    let sops = sealine_testing::peers::peer("sops")?;
    let file = tree.path(path);
    let arguments = ["decrypt", "--output-type", "json", file.to_str().expect("UTF-8")];
    let mut command =
        sealine_testing::run::command(sops.to_str().expect("UTF-8"), tree.root(), &arguments);
    command.env("SOPS_AGE_KEY_FILE", KEY_FILE);
    Some(sealine_testing::run::finish(command).exits(0).json())
}

/// The lines that two texts do not share, without the indentation.
fn changed_lines(old: &str, new: &str) -> Vec<String> {
    let known: Vec<&str> = old.lines().collect();
    let lines = new.lines().filter(|line| !known.contains(line));
    lines.map(|line| line.trim().split([' ', ':']).next().unwrap_or_default().to_owned()).collect()
}
