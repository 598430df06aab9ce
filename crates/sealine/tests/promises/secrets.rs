//! A secret value in every place where one can stand, and every output of every command.

use sealine_testing::{Run, Tree, run};

use crate::canary::Canaries;

/// Each rule that has something to show beside a secret. When one stops finding its fixture, the
/// test shows less than it seems to.
const FIRED: &[&str] = &[
    "apply-unguarded",
    "backend-not-encrypted",
    "backend-not-locked",
    "credentials-in-backend",
    "duplicate-key",
    "missing-secret",
    "placeholder-overwritten",
    "plaintext-secret",
    "pod-override-shape",
    "secret-in-configuration",
    "secret-value-in-state",
    "sensitive-output",
    "state-in-repository",
    "syntax-error",
    "template-syntax",
    "unescaped-in-json",
    "unescaped-in-uri",
    "unpinned-module",
    "unprovisioned-key",
];

/// What a vault holds: a text, and an object with a field that is JSON again.
const VALUES: &str = "\
app-password: '@@entry@@'
app-json: {user: '@@field@@', inner: '{\"token\": \"@@inner@@\"}'}
odd: '@@odd@@'
";

const FIXTURE: &str = include_str!("fixture.txt");

fn planted() -> (Canaries, Tree) {
    let mut canaries = Canaries::new();
    let tree = Tree::new(&canaries.fill(FIXTURE));
    (canaries, tree)
}

fn sealine(tree: &Tree, arguments: &[&str]) -> Run {
    run(env!("CARGO_BIN_EXE_sealine"), tree.root(), arguments)
}

#[test]
fn the_fixture_fires_what_it_is_there_for() {
    let (canaries, tree) = planted();
    let report = sealine(&tree, &["check", "-o", "json"]).exits(2).json();
    let findings = report["findings"].as_array().expect("findings");
    for rule in FIRED {
        assert!(findings.iter().any(|finding| finding["rule"] == *rule), "{rule}\n{report:#}");
    }
    assert!(canaries.names().count() > 40);
}

#[test]
fn no_output_shows_a_secret() {
    let (canaries, tree) = planted();
    let mut leaks = Vec::new();
    let mut look = |what: &str, output: &str| {
        assert!(!output.is_empty(), "{what} says nothing");
        leaks.extend(canaries.found_in(output).into_iter().map(|leak| format!("{what}: {leak}")));
    };
    for format in ["text", "json", "sarif", "github"] {
        let file = format!("{format}.out");
        let output = format!("{format}={file}");
        let run = sealine(&tree, &["check", "-v", "--statistics", "-o", format, "-o", &output]);
        look(format, &run.exits(2).output());
        look(&file, &tree.read(&file));
        std::fs::remove_file(tree.path(&file)).expect("removed");
    }
    for arguments in [
        &["check", "--color", "always", "-v"][..],
        &["check", "--diff"],
        &["check", "--diff", "--unsafe-fixes", "-o", "json"],
        &["graph"],
        &["facts"],
        &["render", "--sample"],
        &["render", "--sample", "-o", "json"],
        &["render", "--check"],
        &["render", "--check", "-o", "json"],
        &["init", "--stdout"],
        &["config", "show"],
        &["check", "--baseline", "known.json", "--write-baseline"],
        &["check", "--baseline", "known.json", "-v"],
    ] {
        look(&arguments.join(" "), &sealine(&tree, arguments).output());
    }
    look("the baseline", &tree.read("known.json"));
    std::fs::remove_file(tree.path("known.json")).expect("removed");
    // A file whose name is in the way: the failure names it, and nothing else.
    std::fs::create_dir(tree.path("folder")).expect("a folder");
    look("a failure", &sealine(&tree, &["check", "-o", "json=folder"]).exits(1).output());
    // Last, since it changes the tree.
    for arguments in [&["check", "--fix", "--unsafe-fixes", "-v"][..], &["check", "-o", "json"]] {
        look(&arguments.join(" "), &sealine(&tree, arguments).output());
    }
    leaks.sort();
    leaks.dedup();
    assert!(leaks.is_empty(), "{} leaks\n{}", leaks.len(), leaks.join("\n"));
}

#[test]
fn values_of_a_vault_are_in_no_output_but_the_one_that_reveals_them() {
    let (mut canaries, tree) = planted();
    let values = canaries.fill(VALUES);
    tree.write("values.txt", &values);
    tree.write("broken.txt", format!("{values}  x: [\n"));
    tree.write("list.txt", format!("- {values}"));
    tree.write("encoded.txt", &values);
    let mut leaks = Vec::new();
    for arguments in [
        &["render", "--data", "values.txt"][..],
        &["render", "--data", "values.txt", "-o", "json"],
        &["render", "--check", "--data", "values.txt"],
        &["render", "--data", "broken.txt"],
        &["render", "--data", "list.txt"],
        &["render", "--source-secret-data-file", "encoded.txt"],
        &["render", "--sample", "--template-from-secret", "values.txt"],
    ] {
        let output = sealine(&tree, arguments).output();
        assert!(!output.trim().is_empty(), "{arguments:?} says nothing");
        leaks.extend(
            canaries.found_in(&output).into_iter().map(|leak| format!("{arguments:?}: {leak}")),
        );
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    let object = sealine(&tree, &["render", "app/object", "--data", "values.txt"]).exits(0).stdout;
    assert_eq!(object.matches("**** (").count(), 7, "{object}");
    let object = ["render", "app/object", "--data", "values.txt", "--reveal"];
    let shown = sealine(&tree, &object).exits(0).stdout;
    assert_eq!(shown.matches(&canaries.fill("@@entry@@")).count(), 6, "{shown}");
    let revealed =
        sealine(&tree, &["render", "workload/present", "--data", "values.txt", "--reveal"]);
    let shown = canaries.found_in(&revealed.exits(0).stdout);
    assert!(shown.iter().any(|leak| leak.starts_with("entry")), "{shown:?}");
}
