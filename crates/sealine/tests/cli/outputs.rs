//! Formats, files, colour, statistics.

use sealine_testing::{Tree, run};
use serde_json::Value;

use super::{PLAIN, sealine};

#[test]
fn formats_go_to_files_beside_text() {
    let tree = Tree::new(PLAIN);
    let run = sealine(
        &tree,
        &[
            "check",
            "-o",
            "json=out.json",
            "-o",
            "text",
            "-o",
            "sarif=out.sarif",
            "-o",
            "github=out.txt",
        ],
    )
    .exits(2);
    assert!(run.stdout.contains("error[plaintext-secret]"), "{}", run.stdout);
    let json: Value = serde_json::from_str(&tree.read("out.json")).expect("JSON");
    assert_eq!(json["findings"][0]["rule"], "plaintext-secret");
    let sarif: Value = serde_json::from_str(&tree.read("out.sarif")).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "plaintext-secret");
    assert!(tree.read("out.txt").starts_with("::error file=secret.yaml,line=4,col=9,"));
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let run = sealine(&Tree::new(PLAIN), &["check", "-o", "json=no/such/folder.json"]).exits(1);
    assert!(run.stderr.contains("error: cannot write `no/such/folder.json`"), "{}", run.stderr);
}

/// Paths are those of where the user stands, for every format that a terminal or code host reads.
#[test]
fn paths_lead_from_where_the_user_stands() {
    let tree = Tree::new("");
    tree.write("deploy/secret.yaml", PLAIN.split_once('\n').expect("a header").1);
    for (format, path) in [
        ("text", "--> deploy/secret.yaml:4:9"),
        ("github", "file=deploy/secret.yaml,"),
        ("sarif", "\"uri\": \"deploy/secret.yaml\""),
    ] {
        let run = sealine(&tree, &["check", "deploy", "-o", format]).exits(2);
        assert!(run.stdout.contains(path), "{}", run.stdout);
    }
}

#[test]
fn colour_is_for_those_who_want_it() {
    let tree = Tree::new(PLAIN);
    let colored = |arguments: &[&str], variables: &[(&str, &str)]| {
        let program = env!("CARGO_BIN_EXE_sealine");
        let mut command = run::command(program, tree.root(), arguments);
        command.envs(variables.iter().copied());
        run::finish(command).exits(2).stdout.contains('\u{1b}')
    };
    assert!(!colored(&["check"], &[]), "a pipe is no terminal");
    assert!(colored(&["check"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&["check"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&["check", "--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(colored(&["check", "--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!colored(&["check", "--color", "always", "-o", "json"], &[]), "JSON has no colour");
}

#[test]
fn statistics_count_rules_and_documents() {
    let tree = Tree::new(PLAIN);
    let run = sealine(&tree, &["check", "--statistics"]).exits(2);
    assert!(run.stderr.contains("     1  plaintext-secret\n"), "{}", run.stderr);
    assert!(run.stderr.contains("1 of 1 documents understood"), "{}", run.stderr);
}

#[test]
fn the_last_line_says_how_much_was_understood() {
    let tree = Tree::new(
        "\
//- app.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: app
  namespace: argocd
spec:
  source: {repoURL: https://github.com/example/elsewhere.git, path: deploy}
  destination: {server: https://kubernetes.default.svc, namespace: app}
",
    );
    let run = sealine(&tree, &["check"]).exits(0);
    let last = run.stdout.lines().last();
    assert_eq!(last, Some("understood 1 of 1 documents; 1 root opaque (-v lists it)"));
    let run = sealine(&tree, &["check", "-v"]).exits(0);
    assert!(run.stderr.contains("note: argo/argocd/app is opaque: "), "{}", run.stderr);
}
