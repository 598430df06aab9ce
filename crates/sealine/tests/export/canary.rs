//! No value gets out but into the encrypted file.

use base64::Engine as _;

use crate::{command, export, git, repository, state};

const CANARY: &str = "canary-7f3c9b1e0d";

/// The canary in the spellings in which a value may get out.
fn spellings() -> Vec<String> {
    let hex = CANARY.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let reversed: String = CANARY.chars().rev().collect();
    let mut all = vec![CANARY.to_owned(), hex, reversed];
    // Base64 of the canary at each of the three offsets at which it may stand.
    for before in ["", "x", "xy"] {
        let packed =
            base64::engine::general_purpose::STANDARD.encode(format!("{before}{CANARY}zz"));
        all.push(packed[4..packed.len() - 4].to_owned());
    }
    all
}

fn clean(what: &str, text: &str) {
    for spelling in spellings() {
        assert!(!text.contains(&spelling), "{what} shows the value as `{spelling}`:\n{text}");
    }
}

#[test]
fn no_value_is_shown_or_kept() {
    let tree = repository();
    let value = format!(r#"{{"inner": "{CANARY}", "list": ["{CANARY}"]}}"#);
    let outputs = format!(r#""db": {{"value": {value}, "type": "x", "sensitive": true}}"#);
    let outside = sealine_testing::Tree::new("");
    outside.write("state.json", state(1, &outputs));
    let from = outside.path("state.json");
    let from = from.to_str().expect("UTF-8");
    let to = ["--from", from, "--to", "gitops/v.yaml", "--at", "db"];
    let more: [&[&str]; 9] = [
        &["--dry-run"],
        &["--check"],
        &["--output", "db.inner=a"],
        &["--output", "db.innner=a"],
        &["--commit"],
        &["--commit", "--branch", "other"],
        &["-o", "json", "--commit"],
        &["--output", "db.inner=a.b_unencrypted", "--commit"],
        &["--push"],
    ];
    for more in more {
        let arguments: Vec<&str> = to.iter().chain(more).copied().collect();
        let mut command = command(tree.root(), &arguments);
        command.env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace");
        clean(&format!("{more:?}"), &sealine_testing::run::finish(command).output());
    }
    // A key that is no key, and a target that is no target.
    tree.write("broken.yaml", format!("a: [{CANARY}\n"));
    clean("a broken file", &export(tree.root(), &["--from", from, "--to", "broken.yaml"]).output());
    tree.write("broken.yaml", "");
    outside
        .write("state.json", state(1, &outputs).replace("\"resources\"", &format!("\"{CANARY}")));
    clean("a broken state", &export(tree.root(), &to).output());

    for object in git(tree.root(), &["cat-file", "--batch-all-objects", "--batch-check"]).lines() {
        let mut words = object.split(' ');
        let (name, kind) = (words.next().expect("a name"), words.next().expect("a kind"));
        if kind != "tree" {
            clean(object, &git(tree.root(), &["cat-file", kind, name]));
        }
    }
    for (path, bytes) in tree.files() {
        clean(&path, &String::from_utf8_lossy(&bytes));
    }
}
