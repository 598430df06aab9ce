//! Entries that something uses without naming them in an `ExternalSecret`.

use expect_test::expect;

use super::check;

#[test]
fn what_a_store_of_its_own_finds_may_be_any_entry() {
    // The extract is of another store than what is found.
    let fixture = r#"
//- sealine.yaml
vaults:
  kv-app: {kind: azure, ownership: terraform}
//- main.tf
provider "azurerm" {
  features {}
}
resource "azurerm_key_vault" "app" {
  name = "kv-app"
}
resource "azurerm_key_vault_secret" "token" {
  name         = "api-token"
  key_vault_id = azurerm_key_vault.app.id
  value        = "x"
}
resource "azurerm_key_vault" "other" {
  name = "kv-other"
}
resource "azurerm_key_vault_secret" "other" {
  name         = "other-token"
  key_vault_id = azurerm_key_vault.other.id
  value        = "x"
}
//- stores.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: app}
spec: {provider: {azurekv: {vaultUrl: 'https://kv-app.vault.azure.net'}}}
---
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: other}
spec: {provider: {azurekv: {vaultUrl: 'https://kv-other.vault.azure.net'}}}
//- external-secret.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: app, namespace: app}
spec:
  secretStoreRef: {name: other, kind: ClusterSecretStore}
  dataFrom:
    - extract: {key: login}
    - find: {name: {regexp: '^api-'}}
      sourceRef: {storeRef: {name: app, kind: ClusterSecretStore}}
"#;
    check(
        "unused-entry",
        fixture,
        &expect![[r#"
        info unused-entry main.tf:15
    "#]],
    );
}

#[test]
fn what_the_values_of_a_chart_out_of_sight_ask_for_is_used() {
    let fixture = r#"
//- sealine.yaml
vaults:
  kv-app: {kind: azure, ownership: terraform}
//- main.tf
provider "azurerm" {
  features {}
}
resource "azurerm_key_vault" "app" {
  name = "kv-app"
}
resource "azurerm_key_vault_secret" "app" {
  for_each     = toset(["login", "mounted"])
  name         = each.key
  key_vault_id = azurerm_key_vault.app.id
  value        = "x"
}
resource "azurerm_key_vault_secret" "other" {
  name         = "other"
  key_vault_id = azurerm_key_vault.app.id
  value        = "x"
}
//- store.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: app}
spec: {provider: {azurekv: {vaultUrl: 'https://kv-app.vault.azure.net'}}}
//- release.yaml
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: web}
spec:
  chart: {spec: {chart: application, sourceRef: {kind: HelmRepository, name: charts}}}
  values:
    externalSecret:
      files: {login: {data: {password: {remoteRef: {key: login}}}}}
    keyVaults: {app: {secrets: [mounted, not-declared]}}
"#;
    check(
        "unused-entry",
        fixture,
        &expect![[r#"
            info unused-entry main.tf:13
        "#]],
    );
    check("unprovisioned-key", fixture, &expect![""]);
    let (collected, config) = super::collected(fixture);
    let analysis = sealine_engine::analyse(collected, &config);
    let graph = analysis.graph();
    let read = graph.edges.iter().filter_map(|edge| {
        let (from, to) = (&graph.nodes[edge.from].id, &graph.nodes[edge.to].id);
        let is_read = to.contains("externalsecret") || to.contains("secretproviderclass");
        is_read.then(|| format!("{from} -> {to}, {:?} at {}\n", edge.certainty, edge.at))
    });
    expect![[r#"
        vault/azure/not-declared -> secretproviderclass/web/*, Assumed at release.yaml:9:42
        vault/kv-app/login -> externalsecret/web/*, Assumed at release.yaml:8:58
        vault/kv-app/mounted -> secretproviderclass/web/*, Assumed at release.yaml:9:33
    "#]]
    .assert_eq(&read.collect::<String>());
}
