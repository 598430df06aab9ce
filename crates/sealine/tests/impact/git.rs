//! Revisions of real repositories: nothing is checked out, whatever the clone looks like.

use std::path::Path;

use sealine_testing::{Run, Tree, run};

use super::{each, sealine};

/// Runs the real git in a folder, as nobody in particular.
fn git(folder: &Path, arguments: &[&str]) -> Run {
    let mut all = vec!["-c", "user.name=A", "-c", "user.email=a@example.com"];
    all.extend(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]);
    all.extend(["-c", "protocol.file.allow=always"]);
    all.extend(arguments);
    run("git", folder, &all).exits(0)
}

fn external(name: &str) -> String {
    format!(
        "\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: {name}, namespace: app}}
spec:
  secretStoreRef: {{name: kv, kind: ClusterSecretStore}}
  data: [{{secretKey: token, remoteRef: {{key: token}}}}]
"
    )
}

const READER: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: app}
spec:
  template:
    spec:
      containers:
        - name: web
          env: [{name: T, valueFrom: {secretKeyRef: {name: one, key: token}}}]
";

/// Two repositories: `made` with what makes the Secret, `used` with its reader. In the second commit
/// of `made` the Secret has another name.
fn history() -> Tree {
    let tree = Tree::new("");
    tree.write("made/app/secret.yaml", external("one"));
    tree.write("used/web.yaml", READER);
    for name in ["made", "used"] {
        let folder = tree.path(name);
        git(&folder, &["init", "-q"]);
        git(&folder, &["add", "."]);
        git(&folder, &["commit", "-qm", "first"]);
    }
    let made = tree.path("made");
    git(&made, &["tag", "v1"]);
    tree.write("made/app/secret.yaml", external("two"));
    git(&made, &["commit", "-qam", "second"]);
    tree
}

const BOTH: [&str; 4] = ["--repo", "made=made", "--repo", "used=used"];

#[track_caller]
fn impact(tree: &Tree, more: &[&str]) -> Run {
    sealine(tree.root(), &[&["impact"][..], more].concat())
}

#[test]
fn each_repository_has_its_own_range() {
    let tree = history();
    let before = tree.files();
    let range = ["--range", "made=v1..HEAD", "-o", "json"];
    let json = impact(&tree, &[&BOTH[..], &range].concat()).exits(2).json();
    assert_eq!(each(&json["broken"], "consumer"), ["deployment/app/web/web"]);
    assert_eq!(json["broken"][0]["faults"][0]["why"], "nothing makes it any more");
    assert_eq!(json["renamed"][0]["to"], "externalsecret/app/two");
    let label = json["before"].as_str().expect("a label");
    assert!(label.starts_with("made@") && label.len() == 15, "{label}");
    assert_eq!(tree.files(), before, "something was written");
    // The other way round the reader gets it back.
    let range = ["--range", "made=HEAD..v1", "-o", "json"];
    let json = impact(&tree, &[&BOTH[..], &range].concat()).exits(0).json();
    assert_eq!(json["loses"], false);
}

#[test]
fn a_base_alone_is_held_against_the_work_tree() {
    let tree = history();
    tree.write("made/app/secret.yaml", external("one"));
    let run = impact(&tree, &[&BOTH[..], &["--range", "made=v1"]].concat()).exits(0);
    assert!(run.stdout.contains("no reader loses its secret\n"), "{}", run.stdout);
    assert!(run.stderr.contains("the work tree of `made` is read as it is"), "{}", run.stderr);
    // Without a word: the last commit against the work tree.
    let run = sealine(&tree.path("made"), &["impact"]).exits(0);
    assert!(run.stdout.contains("externalsecret/app/two -> externalsecret/app/one"));
}

#[test]
fn a_folder_inside_a_repository_is_a_part_of_it() {
    let tree = history();
    let run = sealine(&tree.path("made/app"), &["impact", "v1..HEAD", "-o", "json"]).exits(0);
    let json = run.json();
    assert_eq!(json["renamed"][0]["from"], "externalsecret/app/one");
    assert_eq!(json["order"][0]["files"][0], "secret.yaml");
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_leads_there_in_a_commit_too() {
    let tree = Tree::new("");
    tree.write("real/kustomization.yaml", "resources: [secret.yaml]\n");
    tree.write("real/secret.yaml", external("one"));
    tree.write("apps/kustomization.yaml", "namespace: x\nresources: [linked]\n");
    std::os::unix::fs::symlink("../real", tree.path("apps/linked")).expect("a link");
    git(tree.root(), &["init", "-q"]);
    git(tree.root(), &["add", "."]);
    git(tree.root(), &["commit", "-qm", "first"]);
    let json = impact(&tree, &["HEAD", "-o", "json"]).exits(0).json();
    assert_eq!(json["order"], serde_json::json!([]), "nothing has changed");
}

#[test]
fn three_dots_begin_where_both_parted() {
    let tree = history();
    let made = tree.path("made");
    git(&made, &["checkout", "-q", "-b", "side", "v1"]);
    tree.write("made/app/other.yaml", external("other"));
    git(&made, &["add", "."]);
    git(&made, &["commit", "-qm", "aside"]);
    git(&made, &["checkout", "-q", "main"]);
    git(&made, &["merge", "-q", "--no-edit", "-s", "ours", "side"]);
    git(&made, &["checkout", "-q", "-b", "late", "side"]);
    let run = sealine(&made, &["impact", "HEAD~1...side", "-o", "json"]).exits(0);
    let added = run.json()["added"].to_string();
    assert!(added.contains("other") && !added.contains("two"), "{added}");
}

#[test]
fn clones_of_any_kind_are_read() {
    let tree = history();
    let root = tree.root();
    git(root, &["clone", "-q", "--bare", "made", "bare.git"]);
    git(&tree.path("made"), &["worktree", "add", "-q", "../beside", "v1"]);
    git(&tree.path("used"), &["submodule", "--quiet", "add", "../made", "inner"]);
    git(&tree.path("used"), &["commit", "-qm", "a submodule"]);
    for (folder, range) in
        [("bare.git", "v1..main"), ("beside", "v1..main"), ("used", "HEAD~1..HEAD")]
    {
        let repo = format!("it={folder}");
        let range = format!("it={range}");
        let run = impact(&tree, &["--repo", &repo, "--range", &range, "-o", "json"]);
        let json = run.exits(0).json();
        let renamed = each(&json["renamed"], "to");
        let wanted = if folder == "used" { vec![] } else { vec!["externalsecret/app/two"] };
        assert_eq!(renamed.first().map(String::as_str), wanted.first().copied(), "{folder}");
    }
    let url = format!("file://{}", tree.path("made").display());
    git(root, &["clone", "-q", "--depth", "1", &url, "shallow"]);
    let run = impact(&tree, &["--repo", "it=shallow", "--range", "it=HEAD~1..HEAD"]).exits(1);
    assert!(run.stderr.contains("no revision `HEAD~1`"), "{}", run.stderr);
    assert!(run.stderr.contains("the clone is shallow"), "{}", run.stderr);
}

#[test]
fn what_cannot_be_read_is_told() {
    let tree = history();
    for (arguments, message) in [
        (["--repo", "it=made", "--range", "it=nope..HEAD"], "`it` has no revision `nope`"),
        (["--repo", "it=made", "--range", "other=v1"], "there is no repository `other`"),
        (["--repo", "it=.", "--range", "it=v1..HEAD"], "is in no git repository"),
        (["--repo", "it=made", "--range", "it"], "write it as NAME=BASE..HEAD"),
    ] {
        let run = impact(&tree, &arguments).exits(1);
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
    let hostile = "\u{1b}]0;x\u{7}";
    let run = impact(&tree, &["--repo", "it=made", "--range", &format!("it={hostile}")]).exits(1);
    assert!(!run.stderr.contains('\u{1b}'), "{:?}", run.stderr);
}

#[test]
fn links_lead_within_the_commit() {
    let tree = history();
    let made = tree.path("made");
    tree.write("made/shared/base.yaml", external("linked"));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../shared/base.yaml", made.join("app/link.yaml"))
            .expect("a link");
        std::os::unix::fs::symlink("../../used/web.yaml", made.join("app/out.yaml"))
            .expect("a link");
    }
    git(&made, &["add", "."]);
    git(&made, &["commit", "-qm", "links"]);
    let run = sealine(&made, &["impact", "HEAD~1..HEAD", "-o", "json"]).exits(0);
    let added = run.json()["added"].to_string();
    assert!(added.contains("externalsecret/app/linked"), "{added}");
    assert!(!added.contains("deployment"), "{added}");
}
