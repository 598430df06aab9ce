//! `--fix` and `--diff`.

use sealine_testing::Tree;

use super::{UNENCRYPTED, sealine};

const REPAIRED: &str = "\
terraform {
  backend \"s3\" {
    bucket       = \"state\"
    key          = \"app\"
    region       = \"eu-central-1\"
    use_lockfile = true
    encrypt      = true
  }
}
";

#[test]
fn a_repair_changes_the_file_and_the_second_run_nothing() {
    let tree = Tree::new(UNENCRYPTED);
    let run = sealine(&tree, &["check", "--fix"]).exits(0);
    assert!(run.stderr.contains("repaired 1 of 1 findings"), "{}", run.stderr);
    assert_eq!(tree.read("main.tf"), REPAIRED);
    let run = sealine(&tree, &["check", "--fix"]).exits(0);
    assert!(!run.stderr.contains("repaired"), "{}", run.stderr);
    assert_eq!(tree.read("main.tf"), REPAIRED);
}

#[test]
fn a_repair_keeps_line_endings_and_modes() {
    let tree = Tree::new("");
    let text = UNENCRYPTED.split_once('\n').expect("a header").1;
    tree.write("main.tf", text.replace('\n', "\r\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::Permissions::from_mode(0o640);
        std::fs::set_permissions(tree.path("main.tf"), mode).expect("a mode");
    }
    let _ = sealine(&tree, &["check", "--fix"]).exits(0);
    assert_eq!(tree.read("main.tf"), REPAIRED.replace('\n', "\r\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(tree.path("main.tf")).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}

#[test]
fn a_difference_is_shown_and_nothing_changes() {
    let tree = Tree::new(UNENCRYPTED);
    let before = tree.files();
    let run = sealine(&tree, &["check", "--diff"]).exits(2);
    assert!(run.stdout.starts_with("--- a/main.tf\n+++ b/main.tf\n@@ "), "{}", run.stdout);
    assert!(run.stdout.contains("\n+    encrypt      = true\n"), "{}", run.stdout);
    assert_eq!(tree.files(), before);
    // As with other tools, `--fix` beside it changes nothing either.
    assert_eq!(sealine(&tree, &["check", "--fix", "--diff"]).exits(2).stdout, run.stdout);
    assert_eq!(tree.files(), before);
}

/// What is allowed is not repaired.
#[test]
fn a_permission_holds_off_the_repair() {
    let tree = Tree::new(UNENCRYPTED);
    let allowed = tree
        .read("main.tf")
        .replace("  backend", "  # sealine: allow(backend-not-encrypted) by policy\n  backend");
    tree.write("main.tf", &allowed);
    let _ = sealine(&tree, &["check", "--fix"]).exits(0);
    assert_eq!(tree.read("main.tf"), allowed);
}

/// An unsafe repair waits until it is asked for.
#[test]
fn an_unsafe_repair_is_asked_for_by_name() {
    let tree = Tree::new(
        "\
//- sealine.yaml
vaults: {kv-app: {kind: azure, ownership: manual, entries: {api-token: {owner: me, reason: r}}}}
stores: {kv-app: kv-app}
//- external-secret.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: app
  namespace: app
spec:
  secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
  data:
    - secretKey: TOKEN
      remoteRef:
        key: api-tokne
",
    );
    let arguments = ["check", "--select", "misnamed-key", "--fix"];
    let run = sealine(&tree, &arguments).exits(2);
    assert!(run.stdout.contains("(`--fix --unsafe-fixes`)"), "{}", run.stdout);
    assert!(run.stderr.contains("1 repair needs `--unsafe-fixes`"), "{}", run.stderr);
    assert!(tree.read("external-secret.yaml").ends_with("key: api-tokne\n"));
    let _ = sealine(&tree, &[&arguments[..], &["--unsafe-fixes"]].concat()).exits(0);
    assert!(tree.read("external-secret.yaml").ends_with("key: api-token\n"));
}
