//! `sealine.yaml`: found, checked, shown.

use sealine_testing::Tree;

use super::{PLAIN, check, rows, sealine};

#[test]
fn a_typo_is_found_with_its_place_and_a_hint() {
    let tree = Tree::new(PLAIN);
    tree.write(
        "sealine.yaml",
        "vaults:\n  kv: {kind: azure, ownershp: terraform}\nconventoins: {}\nrules: {plaintext-secrt: off}\n",
    );
    let run = sealine(&tree, &["check"]).exits(1);
    assert_eq!(run.stdout, "");
    assert_eq!(
        run.stderr,
        "\
error: sealine.yaml:2:21: unknown key `ownershp` in `kv`
  = help: did you mean `ownership`?
error: sealine.yaml:3:1: unknown key `conventoins` in the configuration
  = help: did you mean `conventions`?
error: sealine.yaml:4:9: unknown key `plaintext-secrt` in `rules`
  = help: did you mean `plaintext-secret`?
"
    );
}

#[test]
fn every_kind_of_fault_has_a_place() {
    for (text, message) in [
        ("vaults: [\n", "sealine.yaml:1:9: unclosed bracket '['"),
        ("vaults: {kv: {kind: azur}}\n", "sealine.yaml:1:21: `kind` cannot be `azur`"),
        ("vaults: {kv: {ownership: manual}}\n", "`kv` needs the key `kind`"),
        ("repos: app\n", "sealine.yaml:1:8: `repos` must be a mapping, and is a scalar"),
        ("exclude: {a: b}\n", "sealine.yaml:1:10: `exclude` must be a list, and is a mapping"),
        ("exclude: [\"[z-a]\"]\n", "sealine.yaml:1:11: `[z-a]` is no pattern of `.gitignore`"),
        (
            "vaults: {kv-app: {kind: azure}}\nstores: {store: kv-ap}\n",
            "sealine.yaml:2:17: the vault `kv-ap` is not listed under `vaults`",
        ),
        ("rules: {plaintext-secret: loud}\n", "`plaintext-secret` cannot be `loud`"),
        ("repos: {app: {path: nowhere}}\n", "the repository `app` is not at `./nowhere`"),
    ] {
        let tree = Tree::new(PLAIN);
        tree.write("sealine.yaml", text);
        let run = sealine(&tree, &["check"]).exits(1);
        assert!(run.stderr.contains(message), "{text}\n{}", run.stderr);
        assert_eq!(run.stdout, "", "{text}");
    }
}

#[test]
fn it_is_found_upward_from_the_first_path_and_another_can_be_named() {
    let tree = Tree::new("");
    tree.write("deploy/app/secret.yaml", PLAIN.split_once('\n').expect("a header").1);
    tree.write("sealine.yaml", "rules: {plaintext-secret: off}\n");
    tree.write("strict.yaml", "rules: {plaintext-secret: error}\n");
    assert!(rows(&check(&tree, &["deploy/app"])).is_empty());
    let strict = rows(&check(&tree, &["--config", "strict.yaml", "deploy/app"]));
    assert_eq!(strict, ["deploy/app/secret.yaml:4 plaintext-secret"]);
}

#[test]
fn without_one_a_line_says_where_to_get_it() {
    let tree = Tree::new(PLAIN);
    let hint = "hint: without a sealine.yaml";
    assert!(sealine(&tree, &["check"]).stderr.contains(hint));
    assert_eq!(sealine(&tree, &["check", "--quiet"]).stderr, "");
    tree.write("sealine.yaml", "");
    assert!(!sealine(&tree, &["check"]).stderr.contains(hint));
}

#[test]
fn a_pattern_may_take_files_back_in() {
    let tree = Tree::new("");
    let secret = PLAIN.split_once('\n').expect("a header").1;
    tree.write("sealine.yaml", "exclude: [\"*.yaml\", \"!keep.yaml\", \"gone/\"]\n");
    for path in ["keep.yaml", "other.yaml", "gone/keep.yaml"] {
        tree.write(path, secret);
    }
    let rows_of = |tree: &Tree| rows(&check(tree, &["--select", "plaintext-secret"]));
    assert_eq!(rows_of(&tree), ["keep.yaml:4 plaintext-secret"]);
}

#[test]
fn excluded_files_are_not_looked_at() {
    let tree = Tree::new(PLAIN);
    tree.write("sealine.yaml", "exclude: [\"secret.*\"]\n");
    assert!(rows(&check(&tree, &[])).is_empty());
}

#[test]
fn the_effective_form_reads_back_as_the_same() {
    let tree = Tree::new("");
    tree.write(
        "sealine.yaml",
        "vaults:\n  kv: {kind: azure, ownership: manual, entries: {a: {owner: me, reason: r}}}\nrules:\n  plaintext-secret: off\n",
    );
    let shown = sealine(&tree, &["config", "show"]).exits(0);
    assert_eq!(shown.stderr, "from sealine.yaml\n");
    tree.write("sealine.yaml", &shown.stdout);
    assert_eq!(sealine(&tree, &["config", "show"]).exits(0).stdout, shown.stdout);
    assert_eq!(shown.json()["vaults"]["kv"]["ownership"], "manual");
}

/// Terraform makes `db-password`, and `gitops` asks for another entry: of whom the vault is, `infra` says.
const TWO: &str = "\
//- infra/main.tf
terraform {
  backend \"azurerm\" { key = \"a.tfstate\" }
}
data \"azurerm_key_vault\" \"kv\" {
  name                = \"kv-app\"
  resource_group_name = \"rg\"
}
resource \"azurerm_key_vault_secret\" \"db\" {
  name             = \"db-password\"
  value_wo         = var.password
  value_wo_version = 1
  key_vault_id     = data.azurerm_key_vault.kv.id
}
//- infra/sealine.yaml
vaults: {kv-app: {kind: azure, ownership: terraform}}
conventions: {placeholder_values: [\"<later>\"]}
exclude: [old/]
//- infra/old/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: old}
stringData: {password: Xk29sLq0}
//- gitops/app.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: kv}
spec: {provider: {azurekv: {vaultUrl: https://kv-app.vault.azure.net}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: app, namespace: app}
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  target: {name: app}
  data: [{secretKey: a, remoteRef: {key: gone}}]
";

const MISSING: &str = "app.yaml:12 unprovisioned-key";

#[test]
fn a_repository_says_itself_whose_its_vaults_are() {
    let tree = Tree::new(TWO);
    let both = ["--repo", "infra=infra", "--repo", "gitops=gitops"];
    let rules = ["--select", "unprovisioned-key,plaintext-secret"];
    let found = |arguments: &[&str]| rows(&check(&tree, &[arguments, &rules].concat()));
    for arguments in [&both[..], &["gitops", "infra"], &["infra", "gitops"]] {
        assert_eq!(found(arguments), [MISSING], "{arguments:?}");
    }
    let shown = sealine(&tree, &[&["config", "show"], &both[..]].concat()).exits(0);
    assert!(
        shown
            .stderr
            .contains("beside vaults, stores, conventions and exclude of infra/sealine.yaml")
    );

    // Published facts say it as well.
    let _ = sealine(&tree, &["facts", "infra", "-o", "infra.json"]).exits(0);
    assert_eq!(found(&["gitops", "--with", "infra.json"]), [MISSING]);

    // The run's own file comes first.
    tree.write(
        "gitops/sealine.yaml",
        "vaults: {kv-app: {kind: azure, entries: {gone: {owner: a, reason: b}}}}\n",
    );
    assert!(found(&["gitops", "infra"]).is_empty());
    // The other one comes first now, and what is listed by hand is there all the same.
    assert!(found(&["infra", "gitops"]).is_empty());
}

#[test]
fn of_a_vault_whose_repositories_are_not_all_there_nobody_knows_all() {
    let tree = Tree::new(TWO);
    let said = tree.read("infra/sealine.yaml");
    let listed = "repos: {infra: {path: .}, more: {path: ../more}}\n";
    tree.write("infra/sealine.yaml", format!("{listed}{said}"));
    let rules = ["--select", "unprovisioned-key"];
    let found = |arguments: &[&str]| rows(&check(&tree, &[&rules, arguments].concat()));
    assert!(found(&["gitops", "--repo", "infra=infra"]).is_empty());
    tree.write("more/readme.txt", "");
    assert_eq!(found(&["gitops", "--repo", "infra=infra", "--repo", "more=more"]), [MISSING]);
    let _ = sealine(&tree, &["facts", "infra", "-o", "infra.json"]).exits(0);
    assert!(found(&["gitops", "--with", "infra.json"]).is_empty());
}

#[test]
fn a_fault_in_the_file_of_another_repository_is_told_and_passed_over() {
    let tree = Tree::new(TWO);
    tree.write("infra/sealine.yaml", "vault: {}\n");
    let run = sealine(&tree, &["check", "gitops", "infra"]);
    assert!(
        run.stderr
            .contains("note: the configuration of `infra` is passed over: sealine.yaml:1:1: unknown key `vault`"),
        "{}",
        run.stderr
    );
}
