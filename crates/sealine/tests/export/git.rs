//! The git part, with the real git and a bare repository as the remote.

use crate::{command, export, git, output, repository, state};
use sealine_testing::Tree;

const TARGET: &str = "gitops/values.yaml";
const EXPORT: [&str; 6] = ["--from", "state.json", "--to", TARGET, "--at", "egress"];

fn set(tree: &Tree, serial: u64, ip: &str) {
    tree.write("state.json", state(serial, &output("ip", &format!("\"{ip}\""))));
}

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    EXPORT.iter().chain(more).copied().collect()
}

/// A repository with a bare one as its remote.
fn with_remote() -> (Tree, Tree) {
    let (tree, remote) = (repository(), Tree::new(""));
    git(remote.root(), &["init", "-q", "--bare", "-b", "main", "bare.git"]);
    let url = remote.path("bare.git");
    git(tree.root(), &["remote", "add", "origin", url.to_str().expect("UTF-8")]);
    git(tree.root(), &["push", "-q", "-u", "origin", "main"]);
    set(&tree, 1, "10.0.0.1");
    (tree, remote)
}

#[test]
fn a_commit_holds_the_target_alone() {
    let tree = repository();
    set(&tree, 1, "10.0.0.1");
    tree.write("staged.txt", "staged\n");
    git(tree.root(), &["add", "staged.txt"]);
    tree.write(".sops.yaml", tree.read(".sops.yaml") + "# edited\n");
    let run = export(tree.root(), &with(&["--commit"])).exits(0);
    assert!(run.stdout.contains("committed"), "{}", run.stdout);
    assert_eq!(
        git(tree.root(), &["show", "--name-only", "--format=%s", "HEAD"]),
        format!("export egress: {TARGET}\n\n{TARGET}")
    );
    let body = git(tree.root(), &["show", "-s", "--format=%b", "HEAD"]);
    assert!(body.contains("- `egress.ip` added") && body.contains("serial 1"), "{body}");
    assert_eq!(
        git(tree.root(), &["status", "--porcelain"]),
        "M .sops.yaml\nA  staged.txt\n?? state.json"
    );
    let before = git(tree.root(), &["rev-parse", "HEAD"]);
    let _ = export(tree.root(), &with(&["--commit"])).exits(0);
    assert_eq!(git(tree.root(), &["rev-parse", "HEAD"]), before, "nothing changed, no commit");
}

#[test]
fn a_target_with_changes_of_somebody_else_is_not_committed() {
    let tree = repository();
    set(&tree, 1, "10.0.0.1");
    let _ = export(tree.root(), &with(&["--commit"])).exits(0);
    let text = tree.read(TARGET) + "# by hand\n";
    tree.write(TARGET, &text);
    set(&tree, 2, "10.0.0.2");
    let run = export(tree.root(), &with(&["--commit"])).exits(1);
    assert!(run.stderr.contains("has changes that are not committed"), "{}", run.stderr);
    assert_eq!(tree.read(TARGET), text);
}

#[test]
fn an_export_that_was_written_before_is_committed_now() {
    let tree = repository();
    set(&tree, 1, "10.0.0.1");
    let _ = export(tree.root(), &EXPORT).exits(0);
    let _ = export(tree.root(), &with(&["--commit"])).exits(0);
    assert_eq!(git(tree.root(), &["status", "--porcelain"]), "?? state.json");
}

#[test]
fn a_push_goes_forward_or_not_at_all() {
    let (tree, remote) = with_remote();
    let _ = export(tree.root(), &with(&["--push"])).exits(0);
    let bare = remote.path("bare.git");
    let head = git(tree.root(), &["rev-parse", "HEAD"]);
    assert_eq!(git(&bare, &["rev-parse", "main"]), head);
    let again = export(tree.root(), &with(&["--push"])).exits(0);
    assert!(!again.stdout.contains("pushed"), "{}", again.stdout);
    // Somebody else pushes.
    let other = Tree::new("");
    git(other.root(), &["clone", "-q", bare.to_str().expect("UTF-8"), "clone"]);
    let clone = other.path("clone");
    git(
        &clone,
        &[
            "-c",
            "user.name=B",
            "-c",
            "user.email=b@example.com",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "theirs",
        ],
    );
    git(&clone, &["push", "-q"]);
    let theirs = git(&bare, &["rev-parse", "main"]);
    set(&tree, 2, "10.0.0.2");
    let run = export(tree.root(), &with(&["--push"])).exits(1);
    assert!(run.stderr.contains("the remote's `main` moved on"), "{}", run.stderr);
    assert_eq!(git(&bare, &["rev-parse", "main"]), theirs, "nothing was forced");
}

#[test]
fn another_branch_is_made_without_touching_the_work_tree() {
    let (tree, remote) = with_remote();
    let bare = remote.path("bare.git");
    let push = with(&["--push", "--branch", "export/egress"]);
    let _ = export(tree.root(), &push).exits(0);
    assert!(!tree.path(TARGET).exists());
    assert_eq!(git(tree.root(), &["symbolic-ref", "--short", "HEAD"]), "main");
    let first = git(&bare, &["rev-parse", "export/egress"]);
    assert_eq!(git(&bare, &["rev-parse", "export/egress^"]), git(&bare, &["rev-parse", "main"]));
    // Another machine knows nothing of the branch, and adds nothing to it.
    let other = Tree::new("");
    git(other.root(), &["clone", "-q", bare.to_str().expect("UTF-8"), "clone"]);
    let clone = other.path("clone");
    git(&clone, &["config", "user.name", "B"]);
    git(&clone, &["config", "user.email", "b@example.com"]);
    std::fs::copy(tree.path("state.json"), clone.join("state.json")).expect("copied");
    let _ = export(&clone, &push).exits(0);
    assert_eq!(git(&bare, &["rev-parse", "export/egress"]), first);
    // A new value is a second commit on top.
    set(&tree, 2, "10.0.0.2");
    std::fs::copy(tree.path("state.json"), clone.join("state.json")).expect("copied");
    let _ = export(&clone, &push).exits(0);
    assert_eq!(git(&bare, &["rev-parse", "export/egress^"]), first);
    // The first machine, one commit behind, sees that it is done.
    let _ = export(tree.root(), &push).exits(0);
    assert_eq!(git(&bare, &["rev-list", "--count", "main..export/egress"]), "2");
}

#[test]
fn a_detached_head_needs_a_branch() {
    let (tree, _remote) = with_remote();
    git(tree.root(), &["checkout", "-q", "--detach"]);
    let run = export(tree.root(), &with(&["--commit"])).exits(1);
    assert!(run.stderr.contains("`HEAD` is on no branch"), "{}", run.stderr);
    assert!(!tree.path(TARGET).exists(), "nothing is written that cannot be committed");
    let _ = export(tree.root(), &with(&["--push", "--branch", "main"])).exits(0);
}

/// What a repository brings along runs nothing: hooks, monitors, filters, transports, programs.
#[cfg(unix)]
#[test]
fn nothing_of_the_repository_runs() {
    use std::os::unix::fs::PermissionsExt as _;
    let (tree, _remote) = with_remote();
    let script =
        format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\nexit 1\n", tree.path("pwned").display());
    let hooks = [
        "pre-commit",
        "commit-msg",
        "post-commit",
        "pre-push",
        "reference-transaction",
        "post-index-change",
    ];
    let hooks = hooks.iter().map(|name| format!(".git/hooks/{name}"));
    for path in hooks.chain([
        "evil".to_owned(),
        "git".to_owned(),
        "terraform".to_owned(),
        "sops".to_owned(),
    ]) {
        tree.write(&path, &script);
        let rights = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(tree.path(&path), rights).expect("a mode");
    }
    let evil = tree.path("evil");
    let evil = evil.to_str().expect("UTF-8");
    tree.write(".gitattributes", "*.yaml filter=evil diff=evil\n");
    for (name, value) in [
        ("core.fsmonitor", evil),
        ("core.hooksPath", ".git/hooks"),
        ("filter.evil.clean", evil),
        ("filter.evil.smudge", evil),
        ("diff.evil.textconv", evil),
        ("core.pager", evil),
        ("core.editor", evil),
    ] {
        git(tree.root(), &["config", name, value]);
    }
    let mut command = command(tree.root(), &with(&["--push"]));
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let own = [tree.root().to_owned(), std::path::PathBuf::from(".")];
    let paths = std::env::join_paths(own.into_iter().chain(std::env::split_paths(&paths)));
    command.env("PATH", paths.expect("a path"));
    let _ = sealine_testing::run::finish(command).exits(0);
    let ran = |when: &str| {
        assert!(!tree.path("pwned").exists(), "{when}: {} ran", tree.read("pwned"));
    };
    ran("a push");
    for branch in ["-x", "--upload-pack=touch pwned", "a..b", "a b", "HEAD"] {
        let flag = format!("--branch={branch}");
        let run = export(tree.root(), &with(&["--commit", &flag])).exits(1);
        assert!(run.stderr.contains("cannot be the name of a branch"), "{}", run.stderr);
    }
    for url in [
        "ext::sh -c 'touch pwned'",
        "--upload-pack=touch pwned",
        "ssh://-oProxyCommand=touch%20pwned/x",
    ] {
        set(&tree, 2, "10.0.0.2");
        git(tree.root(), &["config", "remote.origin.url", url]);
        let _ = export(tree.root(), &with(&["--push", "--branch", "other"])).exits(1);
        ran(url);
    }
}
