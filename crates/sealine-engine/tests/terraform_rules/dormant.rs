//! What the values in sight leave out, and other values would make.

use expect_test::expect;
use sealine_engine::{Analysis, analyse_for_showing};
use sealine_model::Certainty;

#[test]
fn an_entry_behind_a_switch_is_not_called_missing() {
    let fixture = r#"
//- sealine.yaml
vaults:
  kv-shop: {kind: azure, ownership: terraform}
//- main.tf
terraform {
  backend "azurerm" {}
}
variable "mail" {
  default = "none"
}
resource "azurerm_key_vault" "shop" {
  name = "kv-shop"
}
resource "azurerm_key_vault_secret" "mail" {
  count        = var.mail == "relay" ? 1 : 0
  name         = "mail-password"
  value        = var.password
  key_vault_id = azurerm_key_vault.shop.id
}
module "chat" {
  source   = "./chat"
  for_each = var.mail == "relay" ? toset(["ops"]) : toset([])
  vault    = azurerm_key_vault.shop.id
  room     = each.key
}
//- chat/main.tf
variable "vault" {}
variable "room" {}
resource "azurerm_key_vault_secret" "token" {
  name         = "chat-${var.room}-token"
  value        = "?"
  key_vault_id = var.vault
}
//- apps/external.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: kv}
spec: {provider: {azurekv: {vaultUrl: "https://kv-shop.vault.azure.net"}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: app, namespace: app}
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  data:
    - {secretKey: mail, remoteRef: {key: mail-password}}
    - {secretKey: chat, remoteRef: {key: chat-ops-token}}
    - {secretKey: other, remoteRef: {key: other-token}}
"#;
    super::check(
        "unprovisioned-key misnamed-key",
        fixture,
        &expect![[r#"
            error unprovisioned-key apps/external.yaml:14
        "#]],
    );
}

#[test]
fn what_is_left_out_is_joined_as_assumed() {
    let fixture = r#"
//- main.tf
terraform {
  backend "azurerm" {}
}
variable "mail" {
  default = ""
}
resource "azurerm_key_vault_secret" "mail" {
  count        = var.mail != "" ? 1 : 0
  name         = "mail-password"
  value        = var.mail
  key_vault_id = "/x/vaults/kv-shop"
}
resource "kubernetes_secret" "mail" {
  count = var.mail != "" ? 1 : 0
  metadata {
    name      = "mail"
    namespace = "app"
  }
}
resource "kubernetes_manifest" "relay" {
  count = var.mail != "" ? 1 : 0
  manifest = {
    apiVersion = "v1"
    kind       = "Pod"
    metadata   = { name = "relay", namespace = "app" }
    spec       = { containers = [{ name = "relay", envFrom = [{ secretRef = { name = "mail" } }] }] }
  }
}
module "runners" {
  source = "./runners"
  count  = var.mail != "" ? 1 : 0
}
//- runners/main.tf
resource "kubernetes_secret" "app" {
  metadata {
    name      = "runner-app"
    namespace = "ci"
  }
}
resource "helm_release" "runners" {
  name       = "runners"
  namespace  = "ci"
  repository = "https://charts.example.com"
  chart      = "runners"
  values     = [yamlencode({ appSecret = kubernetes_secret.app.metadata[0].name })]
}
//- modules/chat/main.tf
variable "team" {}
resource "azurerm_key_vault_secret" "chat" {
  name         = "${var.team}-chat-token"
  value        = "?"
  key_vault_id = "/x/vaults/kv-shop"
}
//- apps/external.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: kv}
spec: {provider: {azurekv: {vaultUrl: "https://kv-shop.vault.azure.net"}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: app, namespace: app}
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  data:
    - {secretKey: mail, remoteRef: {key: mail-password}}
    - {secretKey: chat, remoteRef: {key: shop-chat-token}}
    - {secretKey: other, remoteRef: {key: other-token}}
"#;
    let edges = |analysis: &Analysis| {
        let graph = analysis.graph();
        let name = |node: usize| graph.nodes[node].id.as_str();
        let assumed = graph.edges.iter().filter(|edge| edge.certainty == Certainty::Assumed);
        let lines = assumed.map(|edge| format!("{} -> {}", name(edge.from), name(edge.to)));
        lines.collect::<Vec<_>>().join("\n") + "\n"
    };
    let (collected, config) = super::collected(fixture);
    expect![[r#"
        secret/ci/runner-app -> helm_release/ci/runners
        terraform/repo/:azurerm_key_vault_secret.mail[*] -> vault/kv-shop/mail-password
        terraform/repo/:kubernetes_secret.mail[*] -> secret/app/mail
        terraform/repo/:module.runners[*].kubernetes_secret.app[*] -> secret/ci/runner-app
        terraform/repo/modules/chat:azurerm_key_vault_secret.chat -> vault/kv-shop/*-chat-token
        vault/kv-shop/*-chat-token -> externalsecret/app/app
        vault/kv-shop/mail-password -> externalsecret/app/app
    "#]]
    .assert_eq(&edges(&analyse_for_showing(collected, &config)));
    let (judged, _) = super::judge("", fixture);
    expect![[r#"
        terraform/repo/:azurerm_key_vault_secret.mail[*] -> vault/kv-shop/mail-password
        vault/kv-shop/mail-password -> externalsecret/app/app
    "#]]
    .assert_eq(&edges(&judged));
}

#[test]
fn a_module_that_nobody_calls_reads_what_it_would_make_itself() {
    let node = |folder: &str| {
        format!(
            "//- modules/{folder}/main.tf\nvariable \"name\" {{}}\nvariable \"namespace\" {{}}\n\
             resource \"kubernetes_secret\" \"key\" {{\n  metadata {{\n    name = \"node-${{var.name}}-key\"\n    \
             namespace = var.namespace\n  }}\n}}\nresource \"kubernetes_pod_v1\" \"node\" {{\n  metadata {{\n    \
             name = \"{folder}-${{var.name}}\"\n    namespace = var.namespace\n  }}\n  spec {{\n    volume {{\n      \
             name = \"key\"\n      secret {{\n        secret_name = \
             kubernetes_secret.key.metadata[0].name\n      }}\n    }}\n  }}\n}}\n"
        )
    };
    let fixture = format!(
        "//- main.tf\nterraform {{\n  backend \"s3\" {{}}\n}}\nmodule \"one\" {{\n  source = \"./modules/full\"\n  \
         name = \"one\"\n  namespace = \"chain\"\n}}\n{}{}",
        node("full"),
        node("light")
    );
    let (collected, config) = super::collected(&fixture);
    let analysis = analyse_for_showing(collected, &config);
    let graph = analysis.graph();
    let name = |node: usize| graph.nodes[node].id.as_str();
    let lines = graph
        .edges
        .iter()
        .map(|edge| format!("{} -> {} {}", name(edge.from), name(edge.to), edge.certainty.name()));
    expect![[r#"
        secret/*/node-*-key -> pod/*/light-* pattern
        secret/chain/node-one-key -> pod/chain/full-one exact
        terraform/repo/:module.one.kubernetes_secret.key -> secret/chain/node-one-key exact
        terraform/repo/modules/light:kubernetes_secret.key -> secret/*/node-*-key assumed
    "#]]
    .assert_eq(&(lines.collect::<Vec<_>>().join("\n") + "\n"));
}
