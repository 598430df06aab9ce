//! Disks, keys and other writers that do not do as they should: nothing is lost, and it is said.

use crate::{command, export, git, output, repository, state};
use sealine_testing::Tree;

const TARGET: &str = "gitops/values.yaml";
const EXPORT: [&str; 4] = ["--from", "state.json", "--to", TARGET];

/// A repository whose target is one state behind.
fn behind() -> (Tree, String) {
    let tree = repository();
    tree.write("state.json", state(1, &output("ip", "\"10.0.0.1\"")));
    let _ = export(tree.root(), &EXPORT).exits(0);
    tree.write("state.json", state(2, &output("ip", "\"10.0.0.2\"")));
    let text = tree.read(TARGET);
    (tree, text)
}

fn refused(tree: &Tree, words: &str) {
    let before = tree.read(TARGET);
    let run = export(tree.root(), &EXPORT).exits(1);
    assert!(run.stderr.contains(words), "{}", run.stderr);
    assert_eq!(tree.read(TARGET), before);
    assert!(!run.output().contains("10.0.0."), "{}", run.output());
}

#[test]
fn a_broken_file_is_refused() {
    let (tree, text) = behind();
    let swapped = text.replacen("data:", "data:A", 1);
    tree.write(TARGET, &swapped);
    refused(&tree, "`ip` cannot be decrypted");
    let no_mac: String =
        text.split_inclusive('\n').filter(|line| !line.contains("mac: ")).collect();
    tree.write(TARGET, &no_mac);
    refused(&tree, "it has no MAC");
    let time = text.find("lastmodified: ").expect("a time");
    let time = time + text[time..].find("20").expect("a year") + 2;
    let mut moved = text.clone();
    moved.replace_range(time..=time, "1");
    tree.write(TARGET, &moved);
    refused(&tree, "the MAC cannot be decrypted");
    tree.write(TARGET, format!("<<<<<<< HEAD\n{text}"));
    refused(&tree, "has the marks of a merge conflict");
}

#[test]
fn no_key_and_a_wrong_key_are_told() {
    let (tree, text) = behind();
    tree.write("none.txt", "");
    tree.write(
        "other.txt",
        "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX\n",
    );
    for file in ["none.txt", "other.txt", "missing.txt"] {
        let mut command = command(tree.root(), &EXPORT);
        command.env("SOPS_AGE_KEY_FILE", tree.path(file)).env("HOME", tree.root());
        command.env("XDG_CONFIG_HOME", tree.path("config"));
        let run = sealine_testing::run::finish(command).exits(1);
        assert!(run.stderr.contains("`gitops/values.yaml` cannot be decrypted"), "{}", run.stderr);
        assert_eq!(tree.read(TARGET), text);
    }
}

#[cfg(unix)]
#[test]
fn a_read_only_target_and_links_out_of_the_repository_are_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (tree, _) = behind();
    let mode = |mode| {
        let rights = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(tree.path(TARGET), rights).expect("a mode");
    };
    mode(0o444);
    refused(&tree, "cannot write `gitops/values.yaml`");
    mode(0o640);
    let _ = export(tree.root(), &EXPORT).exits(0);
    let known = tree.path(TARGET).metadata().expect("a file").permissions().mode();
    assert_eq!(known & 0o777, 0o640);

    let outside = Tree::new("//- v.yaml\na: 1\n");
    std::os::unix::fs::symlink(outside.path("v.yaml"), tree.path("gitops/out.yaml"))
        .expect("a link");
    let run = export(tree.root(), &["--from", "state.json", "--to", "gitops/out.yaml"]).exits(1);
    assert!(run.stderr.contains("leads out of its repository"), "{}", run.stderr);
    assert_eq!(outside.read("v.yaml"), "a: 1\n");
    let config =
        export(tree.root(), &["--from", "state.json", "--to", ".git/config.yaml"]).exits(1);
    assert!(config.stderr.contains("or into its `.git`"), "{}", config.stderr);
}

/// A file may not grow beyond some bytes: what a full disk looks like to a writer.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_old_file() {
    let (tree, text) = behind();
    let binary = env!("CARGO_BIN_EXE_sealine");
    let script = format!("trap '' XFSZ; ulimit -f 0; exec '{binary}' export {}", EXPORT.join(" "));
    let mut command = sealine_testing::run::command("bash", tree.root(), &["-c", &script]);
    command.env("SOPS_AGE_KEY_FILE", crate::KEY_FILE);
    let run = sealine_testing::run::finish(command);
    assert_eq!(run.code, Some(1), "{}", run.output());
    assert!(run.stderr.contains("cannot write `gitops/values.yaml`"), "{}", run.stderr);
    assert_eq!(tree.read(TARGET), text);
    let left = tree.files().into_keys().filter(|path| path.starts_with("gitops/")).count();
    assert_eq!(left, 1);
}

#[test]
fn of_two_exports_at_once_each_is_whole_and_a_loser_says_so() {
    let (tree, _) = behind();
    let mut lost = 0;
    for round in 0..10 {
        let names: Vec<String> = (0..4).map(|n| format!("s{n}.json")).collect();
        for (n, name) in names.iter().enumerate() {
            let ip = output("ip", &format!("\"10.1.{round}.{n}\""));
            tree.write(name, state(10 + round, &ip));
        }
        let children: Vec<_> = names
            .iter()
            .map(|name| {
                command(tree.root(), &["--from", name, "--to", TARGET])
                    .stdout(std::process::Stdio::null())
                    .stderr(std::process::Stdio::piped())
                    .spawn()
                    .expect("an export starts")
            })
            .collect();
        for child in children {
            let ended = child.wait_with_output().expect("its end");
            if !ended.status.success() {
                let said = String::from_utf8_lossy(&ended.stderr).into_owned();
                let is_conflict = said.contains("another export is writing")
                    || said.contains("was changed while this export ran");
                assert!(is_conflict, "{said}");
                lost += 1;
            }
        }
        let whole = names.iter().filter(|name| {
            export(tree.root(), &["--from", name, "--to", TARGET, "--check"]).code == Some(0)
        });
        assert_eq!(whole.count(), 1, "one of them won whole");
    }
    eprintln!("{lost} of 40 exports lost against another one");
}

#[test]
fn a_merge_that_is_not_finished_is_no_place_to_commit() {
    let (tree, text) = behind();
    git(tree.root(), &["add", "-A"]);
    git(tree.root(), &["commit", "-q", "-m", "target"]);
    git(tree.root(), &["checkout", "-q", "-b", "side"]);
    tree.write(TARGET, format!("{text}# side\n"));
    git(tree.root(), &["commit", "-q", "-am", "side"]);
    git(tree.root(), &["checkout", "-q", "main"]);
    tree.write(TARGET, format!("{text}# main\n"));
    git(tree.root(), &["commit", "-q", "-am", "main"]);
    let _ = sealine_testing::run("git", tree.root(), &["merge", "side"]);
    // The marks are gone, but git does not know of it yet.
    tree.write(TARGET, &text);
    let run = export(tree.root(), &[&EXPORT[..], &["--commit"]].concat()).exits(1);
    assert!(run.stderr.contains("is in the middle of a merge"), "{}", run.stderr);
    assert_eq!(tree.read(TARGET), text);
}

/// A state of 200 MB, most of which are resources.
#[test]
fn a_large_state_gives_its_outputs() {
    let megabytes: usize = if std::env::var_os("SEALINE_LARGE").is_some() { 200 } else { 20 };
    let tree = repository();
    let one = format!(r#"{{"mode": "managed", "type": "x", "name": "{}"}}"#, "n".repeat(1000));
    let resources = vec![one; megabytes * 1000].join(",");
    let text = state(1, &output("ip", "\"10.0.0.1\""));
    tree.write(
        "state.json",
        text.replace("\"resources\": []", &format!("\"resources\": [{resources}]")),
    );
    let run = export(tree.root(), &EXPORT).exits(0);
    let peak = run.peak.unwrap_or_default() / 1024;
    assert!(peak < 3 * megabytes as u64 + 64, "{peak} MiB for {megabytes} MB");
}
