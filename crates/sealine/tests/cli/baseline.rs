//! Baselines: what was there before is counted, what is new is reported.

use sealine_testing::Tree;

use super::{PLAIN, UNENCRYPTED, check, rows, sealine};

#[test]
fn what_was_written_is_known_and_what_is_new_is_not() {
    let tree = Tree::new(PLAIN);
    let run = sealine(&tree, &["check", "--baseline", "known.json", "--write-baseline"]).exits(0);
    assert!(run.stdout.contains("no findings; 1 in the baseline"), "{}", run.stdout);

    // The line moves, the finding stays known; another one is new.
    tree.write("secret.yaml", format!("# moved\n\n{}", tree.read("secret.yaml")));
    let _ = sealine(&tree, &["check", "--baseline", "known.json"]).exits(0);
    tree.write("main.tf", UNENCRYPTED.split_once('\n').expect("a header").1);
    let report = check(&tree, &["--baseline", "known.json"]);
    assert_eq!(rows(&report), ["main.tf:2 backend-not-encrypted"]);
    assert_eq!(report["baselined"], 1);
    let _ = sealine(&tree, &["check", "--baseline", "known.json"]).exits(2);
}

#[test]
fn a_partial_run_keeps_what_it_did_not_look_at() {
    let tree = Tree::new("");
    let secret = PLAIN.split_once('\n').expect("a header").1;
    tree.write("one/secret.yaml", secret);
    tree.write("two/secret.yaml", secret.replace("name: app", "name: other"));
    tree.write("sealine.yaml", "");
    let write = |path| {
        sealine(&tree, &["check", "--baseline", "known.json", "--write-baseline", path]).exits(0)
    };
    let _ = write(".");
    let all = tree.read("known.json");
    assert_eq!(all.matches("plaintext-secret").count(), 2);
    // What is mended goes, when the run looked at it.
    tree.write("one/secret.yaml", "");
    tree.write("two/secret.yaml", "");
    let _ = write("one");
    let left = tree.read("known.json");
    assert_eq!(left.matches("plaintext-secret").count(), 1, "{left}");
    assert!(left.contains("two/secret.yaml"), "{left}");
}

#[test]
fn what_is_no_baseline_is_refused() {
    let tree = Tree::new(PLAIN);
    for (text, message) in [
        ("nonsense", "it is no baseline file"),
        ("{\"version\": 7, \"findings\": []}", "its version is 7"),
    ] {
        tree.write("known.json", text);
        let run = sealine(&tree, &["check", "--baseline", "known.json"]).exits(1);
        assert!(run.stderr.contains(message), "{}", run.stderr);
        let run =
            sealine(&tree, &["check", "--baseline", "known.json", "--write-baseline"]).exits(1);
        assert!(run.stderr.contains(message), "{}", run.stderr);
        assert_eq!(tree.read("known.json"), text, "it is not overwritten");
    }
}

#[test]
fn a_run_of_some_rules_keeps_what_the_others_said() {
    let tree = Tree::new("");
    let secret = PLAIN.split_once('\n').expect("a header").1;
    tree.write("one/secret.yaml", secret);
    tree.write("sealine.yaml", "");
    let write = |more: &[&str]| {
        let write = ["check", "--baseline", "known.json", "--write-baseline"];
        sealine(&tree, &[&write, more].concat()).exits(0)
    };
    let _ = write(&[]);
    let _ = write(&["--select", "missing-secret"]);
    assert!(tree.read("known.json").contains("plaintext-secret"));
    // A copy is a finding of its own.
    tree.write("two/secret.yaml", secret);
    let _ = sealine(&tree, &["check", "--baseline", "known.json"]).exits(2);
}
