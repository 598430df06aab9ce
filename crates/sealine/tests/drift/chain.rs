//! Where programs come from, and whom a difference reaches: through the binary, with a program that
//! shows a plan.

use std::os::unix::fs::PermissionsExt as _;

use sealine_testing::{Tree, run};

const FIXTURE: &str = r#"
//- platform/sealine.yaml
drift:
  projects:
    - path: tf
//- platform/tf/main.tf
terraform {
  backend "azurerm" {}
}
resource "azurerm_key_vault_secret" "all" {
  for_each     = toset(["api-token", "unread"])
  name         = each.key
  value        = "<set manually>"
  key_vault_id = azurerm_key_vault.main.id
}
resource "azurerm_key_vault" "main" {
  name = "kv-shop"
}
//- platform/shop.yaml
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: kv, namespace: shop}
spec: {provider: {azurekv: {vaultUrl: 'https://kv-shop.vault.azure.net'}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: api, namespace: shop}
spec:
  secretStoreRef: {name: kv, kind: SecretStore}
  target: {name: api}
  data:
    - {secretKey: TOKEN, remoteRef: {key: api-token}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec: {template: {spec: {containers: [{name: main, envFrom: [{secretRef: {name: api}}]}]}}}
"#;

/// As Terraform shows it: both entries are gone.
const PLAN: &str = r#"{"format_version": "1.2", "resource_drift": [
    {"address": "azurerm_key_vault_secret.all[\"api-token\"]", "mode": "managed", "type": "azurerm_key_vault_secret",
     "change": {"actions": ["delete"], "before": {"value": "canary-value"}, "after": null, "before_sensitive": {"value": true}}},
    {"address": "azurerm_key_vault_secret.all[\"unread\"]", "mode": "managed", "type": "azurerm_key_vault_secret",
     "change": {"actions": ["delete"], "before": {"value": "canary-value"}, "after": null, "before_sensitive": {"value": true}}}]}"#;

fn with_program(tree: &Tree, words: &[&str]) -> sealine_testing::Run {
    tree.write(
        "bin/terraform",
        "#!/bin/sh\ntest $1 = show && cat \"$(dirname $0)/plan.json\"\nexit 0\n",
    );
    tree.write("bin/plan.json", PLAN);
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(tree.path("bin/terraform"), executable).expect("set");
    let mut command = super::in_platform(tree, words);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(tree.path("bin")).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(folders).expect("a path"));
    run::finish(command)
}

#[test]
fn an_entry_that_workloads_read_is_raised_and_names_them() {
    let tree = Tree::new(FIXTURE);
    let found = with_program(&tree, &["run", "--forget", "-q", "-o", "json"]).exits(2);
    let findings = found.json()["reports"][0]["findings"].clone();
    let told = |index: usize| {
        let finding = &findings[index];
        let of = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        (of("severity"), of("address"), finding["workloads"].to_string())
    };
    let address = |key: &str| format!("azurerm_key_vault_secret.all[\"{key}\"]");
    let read =
        ("critical".to_owned(), address("api-token"), "[\"deployment/shop/api/main\"]".to_owned());
    assert_eq!(told(0), read, "{findings:#}");
    assert_eq!(told(1), ("high".to_owned(), address("unread"), "[]".to_owned()), "{findings:#}");
    assert!(!found.output().contains("canary"), "{found:?}");
}

#[test]
fn nothing_runs_as_root_by_name_or_out_of_the_repository() {
    let tree = Tree::new(FIXTURE);
    let config = "drift:\n  projects:\n    - path: t*\n  run_as: {user: root}\n";
    tree.write("platform/sealine.yaml", config);
    let refused = with_program(&tree, &["run", "--forget"]).exits(1);
    assert!(refused.stderr.contains("`root` is root"), "{refused:?}");
    tree.write("platform/sealine.yaml", "drift:\n  projects:\n    - path: t*\n");
    let _ = with_program(&tree, &["run", "--forget"]).exits(2);
    tree.write("outside/main.tf", "terraform {}\n");
    std::os::unix::fs::symlink(tree.path("outside"), tree.path("platform/trap")).expect("a link");
    let refused = with_program(&tree, &["run", "--forget"]).exits(1);
    assert!(refused.stderr.contains("leads out of the repository"), "{refused:?}");
}
