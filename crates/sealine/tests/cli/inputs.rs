//! Paths, repositories, and parts of them.

use sealine_testing::Tree;

use super::{PLAIN, check, rows, sealine};

fn two_repositories() -> Tree {
    let tree = Tree::new("");
    let secret = PLAIN.split_once('\n').expect("a header").1;
    tree.write("one/deploy/secret.yaml", secret);
    tree.write("one/other/secret.yaml", secret.replace("name: app", "name: other"));
    tree.write("two/secret.yaml", secret.replace("name: app", "name: third"));
    tree
}

fn repos(report: &serde_json::Value) -> Vec<&str> {
    let findings = report["findings"].as_array().expect("findings");
    let mut repos: Vec<&str> =
        findings.iter().filter_map(|finding| finding["at"]["repo"].as_str()).collect();
    repos.sort_unstable();
    repos
}

#[test]
fn repositories_alone_are_all_that_is_read() {
    let tree = two_repositories();
    let report = check(&tree, &["--repo", "a=one"]);
    assert_eq!(repos(&report), ["a", "a"]);
    assert_eq!(
        rows(&report),
        ["deploy/secret.yaml:4 plaintext-secret", "other/secret.yaml:4 plaintext-secret"]
    );
    let report = check(&tree, &["--repo", "a=one", "--repo", "b=two"]);
    assert_eq!(repos(&report), ["a", "a", "b"]);
}

#[test]
fn a_path_beside_repositories_is_asked_for_too() {
    let tree = two_repositories();
    // With a path, findings are those of the path; the repository is there to link with.
    let report = check(&tree, &["two", "--repo", "a=one"]);
    assert_eq!(repos(&report), ["two"]);
}

#[test]
fn a_part_of_a_configured_repository_is_looked_at_alone() {
    let tree = two_repositories();
    tree.write("sealine.yaml", "repos: {a: {path: one}, b: {path: two}}\n");
    assert_eq!(repos(&check(&tree, &[])), ["a", "a", "b"]);
    assert_eq!(repos(&check(&tree, &["one"])), ["a", "a"]);
    assert_eq!(rows(&check(&tree, &["one/deploy"])), ["deploy/secret.yaml:4 plaintext-secret"]);
    assert_eq!(rows(&check(&tree, &["one/deploy/secret.yaml", "two"])).len(), 2);
    let report = check(&tree, &["one/other", "two"]);
    assert_eq!(repos(&report), ["a", "b"]);
}

#[test]
fn a_repository_on_the_command_line_stands_for_the_configured_one() {
    let tree = two_repositories();
    tree.write("sealine.yaml", "repos: {a: {path: nowhere}}\n");
    assert_eq!(repos(&check(&tree, &["--config", "sealine.yaml", "--repo", "a=two"])), ["a"]);
}

#[test]
fn one_file_can_be_asked_for() {
    let tree = two_repositories();
    let rows = rows(&check(&tree, &["one/deploy/secret.yaml"]));
    assert_eq!(rows, ["secret.yaml:4 plaintext-secret"]);
}

#[test]
fn paths_may_climb_and_repeat() {
    let tree = two_repositories();
    tree.write("sealine.yaml", "repos: {a: {path: one}}\n");
    let rows = rows(&check(&tree, &["one/../one/deploy", "./one/deploy/"]));
    assert_eq!(rows, ["deploy/secret.yaml:4 plaintext-secret"]);
}

#[test]
fn ignored_files_are_skipped_unless_tracked_and_hidden_ones_are_read() {
    let tree = Tree::new(PLAIN);
    let secret = tree.read("secret.yaml");
    tree.write(".gitignore", "generated/\n");
    tree.write("generated/secret.yaml", &secret);
    tree.write(".hidden/secret.yaml", secret.replace("name: app", "name: hidden"));
    assert_eq!(
        rows(&check(&tree, &[])),
        [".hidden/secret.yaml:4 plaintext-secret", "secret.yaml:4 plaintext-secret"]
    );
}

#[test]
fn the_graph_is_stable_and_says_where() {
    let tree = Tree::new(PLAIN);
    let graph = sealine(&tree, &["graph", "-o", "json"]).exits(0);
    assert_eq!(graph.stdout, sealine(&tree, &["graph"]).exits(0).stdout);
    let graph = graph.json();
    assert_eq!(graph["version"], 1);
    let node = &graph["nodes"][0];
    assert_eq!(node["stage"], "secret");
    assert_eq!(node["declared"]["file"], "secret.yaml");
    assert_eq!(node["declared"]["line"], 4);
}
