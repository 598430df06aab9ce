//! `sealine trace`: what people write finds its node, and the chain is drawn with its gaps.

use std::path::Path;

use expect_test::expect;
use sealine_testing::{Run, Tree};
use serde_json::Value;

use super::{sealine, sealine_in};

fn example(state: &str, arguments: &[&str]) -> Run {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    sealine_in(&examples.join(state), arguments)
}

/// The id of the node that a query is taken for.
#[track_caller]
fn focus(state: &str, query: &str) -> String {
    let run = example(state, &["trace", query, "-o", "json"]);
    run.json()["node"]["id"].as_str().expect("an id").to_owned()
}

#[test]
fn queries_are_what_people_write() {
    let connector = "confluence-connector/after";
    let entry = "vault/kv-app-common/manual-confluence-connector-api-token";
    let reader = "deployment/connectors/confluence-connector-v2/confluence-connector";
    let secret = "secret/connectors/confluence-connector-v2";
    let chart = "confluence-connector/templates";
    for (query, wanted) in [
        (entry, entry),
        ("vault:kv-app-common/manual-confluence-connector-api-token", entry),
        ("vault:kv-app-common/Manual-Confluence-Connector-API-Token", entry),
        ("CONFLUENCE_API_TOKEN", reader),
        ("deploy/confluence-connector-v2/confluence-connector", reader),
        ("secret/confluence-connector-v2", secret),
        (&format!("{chart}/deployment.yaml:40"), reader),
        (&format!("{chart}/secrets.yaml:14:7"), secret),
        ("confluence token manual kv", entry),
        ("manual-confluence-conector-api-tokne", entry),
    ] {
        assert_eq!(focus(connector, query), wanted, "{query}");
    }
    for query in [
        "module.confluence_connector.azurerm_key_vault_secret.placeholders[\"confluence-connector-api-token\"]",
        "azurerm_key_vault_secret.placeholders[confluence-connector-api-token]",
        "module.confluence_connector.azurerm_key_vault_secret.placeholders",
    ] {
        assert!(focus(connector, query).contains("qa/lz:module.confluence_connector"), "{query}");
    }
    let airflow = "airflow-connections/after";
    assert_eq!(focus(airflow, "postgres_ping.ping"), "dag/airflow/postgres_ping/ping");
    assert_eq!(focus(airflow, "extract"), "dag/airflow/salesforce_extraction/extract");
    // The Secret, not the ExternalSecret of the same name that makes it.
    assert_eq!(focus(airflow, "salesforce-conn"), "secret/airflow/salesforce-conn");
    assert_eq!(focus(airflow, "es/salesforce-conn"), "externalsecret/airflow/salesforce-conn");
}

#[test]
fn a_chain_is_drawn_with_its_gap() {
    let run = example("confluence-connector/module-added", &["trace", "CONFLUENCE_API_TOKEN"]);
    expect![[r#"
        deployment/connectors/confluence-connector-v2/confluence-connector
            declared at connectors/services/confluence-connector/deploy/helm/confluence-connector/templates/deployment.yaml:4

        comes from
        └─ secret/connectors/confluence-connector-v2
           │  made at connectors/services/confluence-connector/deploy/helm/confluence-connector/templates/secrets.yaml:14
           │  joined at connectors/services/confluence-connector/deploy/helm/confluence-connector/templates/deployment.yaml:40: key `CONFLUENCE_API_TOKEN` as env `CONFLUENCE_API_TOKEN`
           └─ externalsecret/connectors/confluence-connector-v2
              │  declared at connectors/services/confluence-connector/deploy/helm/confluence-connector/templates/secrets.yaml:4
              │  joined at connectors/services/confluence-connector/deploy/helm/confluence-connector/templates/secrets.yaml:14
              ├─ × vault/kv-app-common/confluence-connector-api-token
              │     missing; nearly `vault/kv-app-common/manual-confluence-connector-api-token`
              │     joined at connectors/services/confluence-connector/deploy/helm/confluence-connector/templates/secrets.yaml:19: as `CONFLUENCE_API_TOKEN`
              │     error[misnamed-key]: the vault `kv-app-common` has no entry `confluence-connector-api-token`, but has `manual-confluence-connector-api-token`, which differs in the convention's prefix
              │       help: rename the key to `manual-confluence-connector-api-token` once the entry is applied and filled
              └─ clustersecretstore/kv-app-common
                 │  declared at infrastructure/gitops/qa/kv-app-common.yaml:4
                 │  joined at connectors/services/confluence-connector/deploy/helm/confluence-connector/templates/secrets.yaml:11
                 │  joined at connectors/services/confluence-connector/deploy/helm/confluence-connector/values.yaml:28
                 └─ vault/kv-app-common
                       declared at infrastructure/infrastructure/providers/azure/unique-ag/modules/core-infra/main.tf:17
                       joined at infrastructure/gitops/qa/kv-app-common.yaml:4

        goes to
            nowhere: the chain ends here
    "#]]
    .assert_eq(&run.exits(2).stdout);
}

#[test]
fn one_direction_is_enough() {
    let query = "secret/airflow/salesforce-conn";
    let up = example("airflow-connections/after", &["trace", query, "--up"]).exits(0).stdout;
    assert!(up.contains("comes from\n") && !up.contains("goes to\n"), "{up}");
    let down = example("airflow-connections/after", &["trace", query, "--down"]).exits(0).stdout;
    expect![[r#"
        secret/airflow/salesforce-conn
            made at homelab/kubernetes/apps/airflow/production/salesforce-conn.yaml:11

        goes to
        └─ dag/airflow/salesforce_extraction/extract
              declared at de-airflow-pipeline/dags/salesforce_extraction.py:63
              joined at de-airflow-pipeline/dags/salesforce_extraction.py:24: key `AIRFLOW_CONN_SALESFORCE` as env `AIRFLOW_CONN_SALESFORCE`
    "#]].assert_eq(&down);
}

#[test]
fn what_fits_several_is_listed() {
    let run = example("airflow-connections/both", &["trace", "salesforce-con"]).exits(1);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("  1  secret/airflow/salesforce-conn  "), "{}", run.stderr);
    assert!(run.stderr.contains("error: the query fits more than one"), "{}", run.stderr);
    let run = example("airflow-connections/both", &["trace", "zzz-yyy"]).exits(1);
    assert!(run.stderr.contains("nothing in sight looks like `zzz-yyy`"), "{}", run.stderr);
}

/// A `PushSecret` writes what an `ExternalSecret` reads.
const CYCLE: &str = "\
//- store.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: kv}
spec: {provider: {azurekv: {vaultUrl: \"https://kv-a.vault.azure.net\"}}}
//- external.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: copy, namespace: app}
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  data: [{secretKey: token, remoteRef: {key: token}}]
//- push.yaml
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {name: back, namespace: app}
spec:
  secretStoreRefs: [{name: kv, kind: ClusterSecretStore}]
  selector: {secret: {name: copy}}
  data: [{match: {secretKey: token, remoteRef: {remoteKey: token}}}]
";

#[test]
fn a_cycle_is_cut_and_marked() {
    let run = sealine(&Tree::new(CYCLE), &["trace", "secret/app/copy", "--down"]);
    expect![[r#"
        secret/app/copy
            made at external.yaml:3

        goes to
        └─ pushsecret/app/back
           │  declared at push.yaml:3
           │  joined at push.yaml:6: key `token` copied
           └─ vault/kv-a/token
              │  declared at push.yaml:7
              │  joined at push.yaml:7
              └─ externalsecret/app/copy
                 │  declared at external.yaml:3
                 │  joined at external.yaml:6: as `token`
                 └─ secret/app/copy
                       made at external.yaml:3
                       joined at external.yaml:3
                       (a cycle: it stands above on the same way)
    "#]]
    .assert_eq(&run.exits(0).stdout);
}

#[test]
fn names_do_nothing_to_a_terminal() {
    let hostile = CYCLE.replace("name: copy,", "name: \"co\\e]0;py\\n\\u202e\",");
    let run = sealine(&Tree::new(&hostile), &["trace", "secret/app/co", "--color", "always"]);
    let shown = run.output().replace("\u{1b}[0m", "").replace("\u{1b}[1m", "");
    let shown = shown.replace("\u{1b}[2m", "").replace("\u{1b}[31m", "");
    assert!(shown.contains("co\\u{1b}]0;py\\u{a}\\u{202e}"), "{shown:?}");
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown:?}");
}

#[test]
fn json_holds_what_the_tree_shows() {
    let run =
        example("confluence-connector/before", &["trace", "CONFLUENCE_API_TOKEN", "-o", "json"]);
    let json: Value = run.exits(2).json();
    let secret = &json["upstream"][0];
    assert_eq!(secret["node"]["id"], "secret/connectors/confluence-connector-v2");
    assert_eq!(secret["joints"][0]["at"]["line"], 40);
    let entry = &secret["steps"][0]["steps"][0];
    assert_eq!(entry["gap"], serde_json::json!({"missing": true, "near": null}));
    assert_eq!(entry["findings"][0]["rule"], "unprovisioned-key");
    assert_eq!(json["downstream"], serde_json::json!([]));
}

#[test]
fn a_provider_class_is_a_joint_as_an_external_secret_is() {
    let tree = Tree::new(
        r#"
//- main.tf
resource "aws_secretsmanager_secret" "one" {
  name = "app/one"
}
resource "aws_secretsmanager_secret" "two" {
  name = "app/two"
}
//- class.yaml
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: {name: app, namespace: shop}
spec:
  provider: aws
  parameters:
    objects: |
      - {objectName: app/one, objectType: secretsmanager}
      - {objectName: app/two, objectType: secretsmanager, objectAlias: second}
  secretObjects:
    - secretName: copied
      type: Opaque
      data: [{key: a, objectName: second}]
//- pod.yaml
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
    - name: web
      envFrom: [{secretRef: {name: copied}}]
  volumes:
    - name: secrets
      csi: {driver: secrets-store.csi.k8s.io, volumeAttributes: {secretProviderClass: app}}
"#,
    );
    let ours = |edge: &str| edge.contains("secretproviderclass");
    expect![[r#"
        secretproviderclass/shop/app -> pod/shop/web (exact) pod.yaml:10
        secretproviderclass/shop/app -> secret/shop/copied (exact) class.yaml:11
        vault/aws-secrets-manager/app/one -> secretproviderclass/shop/app (exact) class.yaml:8
        vault/aws-secrets-manager/app/two -> secretproviderclass/shop/app (exact) class.yaml:9
    "#]]
    .assert_eq(&edges(&tree, ours));
}

#[test]
fn a_store_of_the_cluster_reads_its_secrets() {
    let tree = Tree::new(
        r#"
//- argo.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: app, namespace: argocd}
spec:
  source: {repoURL: https://example.com/org/repo, path: app}
  destination: {namespace: a}
//- app/k.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: a}
spec:
  secretStoreRef: {name: aws, kind: ClusterSecretStore}
  data: [{secretKey: password, remoteRef: {key: prod/db}}]
---
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: from-a, namespace: b}
spec: {provider: {kubernetes: {remoteNamespace: a}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: copy, namespace: b}
spec:
  secretStoreRef: {name: from-a, kind: SecretStore}
  data: [{secretKey: p, remoteRef: {key: db, property: password}}]
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: b}
spec: {containers: [{name: web, envFrom: [{secretRef: {name: copy}}]}]}
"#,
    );
    expect![[r#"
        clustersecretstore/aws -> externalsecret/a/db (exact) app/k.yaml:5
        externalsecret/a/db -> secret/a/db (exact) app/k.yaml:3
        secret/a/db -> vault/kubernetes/a/db (exact) app/k.yaml:18
        vault/?/prod/db -> externalsecret/a/db (exact) app/k.yaml:6
        vault/kubernetes/a/db -> externalsecret/b/copy (exact) app/k.yaml:18
    "#]]
    .assert_eq(&edges(&tree, |edge| edge.contains("/db")));
    let unused = sealine(&tree, &["check", "--select", "unused-secret"]).exits(0).stdout;
    assert!(unused.starts_with("no findings\n"), "the copy reads it: {unused}");
}

/// The edges of a tree that a test is about, one a line.
fn edges(tree: &Tree, is_meant: impl Fn(&str) -> bool) -> String {
    let graph = sealine(tree, &["graph", "-o", "json"]).exits(0).json();
    let edges = graph["edges"].as_array().expect("a list").iter();
    let shown = edges.filter_map(|edge| {
        let (from, to) = (edge["from"].as_str()?, edge["to"].as_str()?);
        let (file, line) = (edge["at"]["file"].as_str()?, &edge["at"]["line"]);
        Some(format!("{from} -> {to} ({}) {file}:{line}\n", edge["certainty"].as_str()?))
    });
    shown.filter(|edge| is_meant(edge)).collect()
}

#[test]
fn what_is_pushed_is_one_node_in_an_environment_too() {
    let push = CYCLE
        .replace("//- ", "//- apps/")
        .replace("kind: PushSecret\nmetadata: {name: back, namespace: app}\nspec:\n", "kind: ClusterPushSecret\nmetadata: {name: back}\nspec:\n  namespaceSelectors: [{matchLabels: {kubernetes.io/metadata.name: app}}]\n  pushSecretSpec:\n")
        .replace("  secretStoreRefs", "    secretStoreRefs")
        .replace("  selector: {sec", "    selector: {sec")
        .replace("  data: [{match", "    data: [{match");
    let more = "//- apps/kustomization.yaml\nresources: [store.yaml, external.yaml, push.yaml]\n//- sealine.yaml\nenvironments: {prod: [apps]}\n";
    let tree = Tree::new(&format!("{push}{more}"));
    let run = sealine(&tree, &["trace", "secret/app/copy@prod", "--down"]).exits(0);
    let lines: Vec<&str> = run.stdout.lines().filter(|line| line.contains("─ ")).collect();
    assert_eq!(lines.len(), 4, "{}", run.stdout);
    assert!(lines[0].ends_with("pushsecret/app/back@prod"), "{}", run.stdout);
    assert!(lines[1].ends_with("vault/kv-a/token"), "{}", run.stdout);
}
