//! Vaults of which not all is in sight: nobody says that an entry is missing there.

use super::{judge, look};

/// A vault that Terraform owns, and an `ExternalSecret` that reads `token` of it.
const READ: &str = r#"
//- sealine.yaml
vaults:
  kv-app: {kind: azure, ownership: terraform}
conventions: {placeholder_prefix: manual-}
//- store.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: kv}
spec: {provider: {azurekv: {vaultUrl: https://kv-app.vault.azure.net}}}
//- app.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: app, namespace: app}
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  data: [{secretKey: a, remoteRef: {key: token}}]
//- main.tf
terraform {
  backend "azurerm" {}
}
resource "azurerm_key_vault" "app" {
  name = "kv-app"
}
variable "name" {}
"#;

const MISSING: &str = "error unprovisioned-key app.yaml:6\n";

fn missing(more: &str) -> String {
    look("unprovisioned-key", &format!("{READ}{more}"))
}

#[test]
fn what_is_not_loaded_may_make_entries_in_a_vault_that_it_is_given() {
    let call = |name: &str, arguments: &str| {
        missing(&format!(
            "module \"{name}\" {{\n  source = \"git::https://example.org/modules.git//{name}?ref=v1\"\n  {arguments}\n}}\n"
        ))
    };
    assert_eq!(missing(""), MISSING);
    for (name, arguments) in [
        ("settings", "key_vault_id = azurerm_key_vault.app.id"),
        ("settings", "vault_name = azurerm_key_vault.app.name"),
        ("settings", "id = \"/subscriptions/s/providers/Microsoft.KeyVault/vaults/kv-app\""),
        ("app-secrets", "names = [\"token\"]"),
    ] {
        assert_eq!(call(name, arguments), "", "{name} {arguments}");
    }
    // These put nothing into a vault, or into another one.
    for (name, arguments) in [
        ("access-policy", "key_vault_id = azurerm_key_vault.app.id"),
        ("external-secrets", "chart = \"external-secrets\""),
        ("network", "name = \"net\""),
        ("settings", "vault_name = \"kv-other\""),
    ] {
        assert_eq!(call(name, arguments), MISSING, "{name} {arguments}");
    }
}

#[test]
fn an_entry_of_an_unknown_name_may_be_any() {
    let entry = |name: &str| {
        missing(&format!(
            "resource \"azurerm_key_vault_secret\" \"it\" {{\n  name = {name}\n  key_vault_id = azurerm_key_vault.app.id\n}}\n"
        ))
    };
    assert_eq!(entry("var.name"), "");
    assert_eq!(entry("\"other-${var.name}\""), MISSING);
}

#[test]
fn a_configured_vault_is_not_two() {
    let store = |namespace: &str, server: &str| {
        format!(
            "//- {namespace}.yaml\napiVersion: external-secrets.io/v1\nkind: SecretStore\n\
             metadata: {{name: kv, namespace: {namespace}}}\n\
             spec: {{provider: {{vault: {{server: \"{server}\", path: kv}}}}}}\n---\n\
             apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n\
             metadata: {{name: app, namespace: {namespace}}}\nspec:\n  secretStoreRef: {{name: kv}}\n  \
             data: [{{secretKey: a, remoteRef: {{key: token}}}}]\n"
        )
    };
    let config = "//- sealine.yaml\nvaults: {platform: {kind: hashicorp, ownership: terraform}}\n";
    let (one, two) = (store("a", "https://one.example.org"), store("b", "https://two.example.org"));
    let both = look("unprovisioned-key", &format!("{config}{one}{two}"));
    assert_eq!(both, "");
    let single = look("unprovisioned-key", &format!("{config}{one}"));
    assert_eq!(single, "error unprovisioned-key a.yaml:11\n");
}

#[test]
fn help_speaks_of_a_convention_only_where_entries_follow_it() {
    let help = |more: &str| {
        let (_, found) = judge("unprovisioned-key", &format!("{READ}{more}"));
        found.into_iter().find_map(|finding| finding.help).unwrap_or_default()
    };
    let filled = |name: &str| {
        format!(
            "resource \"azurerm_key_vault_secret\" \"it\" {{\n  name = \"{name}\"\n  value = \"later\"\n  \
             key_vault_id = azurerm_key_vault.app.id\n  lifecycle {{\n    ignore_changes = [value]\n  }}\n}}\n"
        )
    };
    assert!(help("").starts_with("declare it in Terraform"));
    assert!(help(&filled("manual-password")).contains("carry manual-"));
    assert!(help(&filled("password")).starts_with("declare it in Terraform"));
}
