//! The order of the worked examples, as their READMEs tell it; and what refuses one.

use std::path::{Path, PathBuf};

use expect_test::expect;

use sealine_testing::Tree;

use super::{between, each, sealine};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

/// The part of the report from `a safe order` on.
fn order(name: &str, before: &str, after: &str) -> String {
    let arguments = ["impact", "--before", before, "--after", after];
    let text = sealine(&example(name), &arguments).exits(0).stdout;
    let at = text.find("a safe order\n").expect("an order");
    text[at..].to_owned()
}

#[test]
fn connections_come_before_the_old_ones_go() {
    expect![[r#"
        a safe order
          1. add `salesforce-conn` and `warehouse-postgres-conn` [homelab]
               kubernetes/apps/airflow/production/kustomization.yaml
               kubernetes/apps/airflow/production/salesforce-conn.yaml
               kubernetes/apps/airflow/production/warehouse-postgres-conn.yaml
             why: what it reads is there already; nothing is taken away
          2. wait until `salesforce-conn` and `warehouse-postgres-conn` are synced
             why: readers need the Secrets, not the files that ask for them
             check: `flux get kustomization airflow -n flux-system` shows the new revision
             check: `kubectl -n airflow wait --for=condition=Ready externalsecret/salesforce-conn externalsecret/warehouse-postgres-conn --timeout=5m`
          3. `dag/airflow/postgres_ping/ping`, `dag/airflow/salesforce_extraction/extract` and `dag/airflow/salesforce_extraction/load` ask for the new Secrets already; else deploy that now [de-airflow-pipeline] (done)
             why: nothing changes in this repository
          4. run `postgres_ping`, then `salesforce_extraction`
             why: a Secret that is there may still hold a wrong value
             check: `airflow dags trigger postgres_ping` succeeds
             check: `airflow dags trigger salesforce_extraction` succeeds
          5. remove `postgres-credentials` and `salesforce-credentials`, in a later commit [homelab]
               kubernetes/apps/airflow/production/kustomization.yaml
               kubernetes/apps/airflow/production/postgres-credentials.yaml
               kubernetes/apps/airflow/production/salesforce-credentials.yaml
             why: a commit of its own can be taken back alone
             may share the commit of step 1: nothing in sight reads `secret/airflow/postgres-credentials` and `secret/airflow/salesforce-credentials`, so nobody is without a secret meanwhile
    "#]].assert_eq(&order("airflow-connections", "before", "after"));
}

#[test]
fn a_placeholder_is_filled_before_it_is_read() {
    expect![[r#"
        a safe order
          1. merge the module `services/confluence-connector/deploy/terraform/azure/confluence-connector-secrets` [connectors]
               services/confluence-connector/deploy/terraform/azure/confluence-connector-secrets/main.tf
               services/confluence-connector/deploy/terraform/azure/confluence-connector-secrets/outputs.tf
               services/confluence-connector/deploy/terraform/azure/confluence-connector-secrets/variables.tf
             why: another repository calls it, and no reader depends on it yet
             check: `terraform validate` in `services/confluence-connector/deploy/terraform/azure/confluence-connector-secrets`
          2. cut the tag `confluence-connector@2.0.0-alpha.1` [connectors]
             why: the call asks for it by this name
             check: `git ls-remote --tags origin 'confluence-connector@2.0.0-alpha.1'` prints it
          3. add `manual-confluence-connector-api-token` and apply `infrastructure/providers/azure/unique-ag/tenants/unique/qa/lz` [infrastructure]
               infrastructure/providers/azure/unique-ag/tenants/unique/qa/lz/76-connectors.tf
             why: an entry that nobody reads yet harms nobody
             check: `terraform plan` before it adds the entry and changes nothing else
          4. fill `manual-confluence-connector-api-token`
             why: until whoever has the value sets it, a reader would run with a placeholder
             check: `az keyvault secret set --vault-name kv-app-common --name manual-confluence-connector-api-token --file VALUE` sets it
             check: `az keyvault secret show --vault-name kv-app-common --name manual-confluence-connector-api-token --query attributes.updated` is later than the entry was applied
          5. let `confluence-connector-v2` read `manual-confluence-connector-api-token` [connectors]
               services/confluence-connector/deploy/helm/confluence-connector/templates/secrets.yaml
             why: before the entry is there and filled this would stop the sync, or copy a placeholder
             may not share the commit of step 1: the entry must be applied and filled between them
          6. wait until `confluence-connector-v2` is synced
             why: readers need the Secrets, not the files that ask for them
             check: `argocd app wait confluence-connector-v2 --sync`
             check: `kubectl -n connectors get externalsecret/confluence-connector-v2 -o jsonpath='{..status.refreshTime}'` is later than the change, and Ready is True
          7. verify `confluence-connector-v2`
             why: a Secret that is there may still hold a wrong value
             check: `kubectl -n connectors rollout restart deployment/confluence-connector-v2`, for variables are read at the start; then `kubectl -n connectors rollout status deployment/confluence-connector-v2`
    "#]].assert_eq(&order("confluence-connector", "before", "after"));
}

#[test]
fn from_the_module_on_only_the_key_is_left() {
    expect![[r#"
        a safe order
          1. see that somebody filled `manual-confluence-connector-api-token`
             why: until whoever has the value sets it, a reader would run with a placeholder
             check: `az keyvault secret set --vault-name kv-app-common --name manual-confluence-connector-api-token --file VALUE` sets it
             check: `az keyvault secret show --vault-name kv-app-common --name manual-confluence-connector-api-token --query attributes.updated` is later than the entry was applied
          2. let `confluence-connector-v2` read `manual-confluence-connector-api-token` [connectors]
               services/confluence-connector/deploy/helm/confluence-connector/templates/secrets.yaml
             why: before the entry is there and filled this would stop the sync, or copy a placeholder
          3. wait until `confluence-connector-v2` is synced
             why: readers need the Secrets, not the files that ask for them
             check: `argocd app wait confluence-connector-v2 --sync`
             check: `kubectl -n connectors get externalsecret/confluence-connector-v2 -o jsonpath='{..status.refreshTime}'` is later than the change, and Ready is True
          4. verify `confluence-connector-v2`
             why: a Secret that is there may still hold a wrong value
             check: `kubectl -n connectors rollout restart deployment/confluence-connector-v2`, for variables are read at the start; then `kubectl -n connectors rollout status deployment/confluence-connector-v2`
    "#]].assert_eq(&order("confluence-connector", "module-added", "after"));
}

#[test]
fn what_is_still_read_is_not_removed() {
    let arguments = ["impact", "--before", "both", "--after", "before"];
    let run = sealine(&example("airflow-connections"), &arguments).exits(2);
    assert!(run.stdout.contains("3 readers lose their secret: no order of steps is safe\n"));
    assert!(!run.stdout.contains("a safe order"), "{}", run.stdout);
    // The key is renamed back to what nothing creates.
    let arguments = ["impact", "--before", "after", "--after", "module-added", "-o", "json"];
    let json = sealine(&example("confluence-connector"), &arguments).exits(2).json();
    assert_eq!(json["loses"], true);
    assert_eq!(json["order"], serde_json::json!([]));
    let reader = "deployment/connectors/confluence-connector-v2/confluence-connector";
    assert_eq!(each(&json["broken"], "consumer"), [reader]);
}

#[test]
fn nothing_changes_between_equal_states() {
    let arguments = ["impact", "--before", "after", "--after", "after", "-o", "json"];
    let json = sealine(&example("airflow-connections"), &arguments).exits(0).json();
    for list in ["broken", "dangling", "mended", "renamed", "fates", "added", "removed", "order"] {
        assert_eq!(json[list], serde_json::json!([]), "{list}");
    }
}

#[test]
fn a_removal_can_be_supposed() {
    let state = example("airflow-connections/after");
    let remove = |node: &str| sealine(&state, &["impact", "--remove", node, "-o", "json"]);
    let json = remove("secret/airflow/warehouse-postgres-conn").exits(2).json();
    let tasks = ["dag/airflow/postgres_ping/ping", "dag/airflow/salesforce_extraction/load"];
    assert_eq!(each(&json["broken"], "consumer"), tasks);
    let json = remove("vault:kv-homelab/app--warehouse-postgres-password--prod").exits(2).json();
    assert_eq!(each(&json["broken"], "consumer"), tasks);
    let json = remove("es/salesforce-conn").exits(2).json();
    assert_eq!(each(&json["broken"], "consumer"), ["dag/airflow/salesforce_extraction/extract"]);
    // Nothing reads these: they may go.
    let state = example("airflow-connections/both");
    let run = sealine(&state, &["impact", "--remove", "secret/airflow/postgres-credentials"]);
    assert!(run.exits(0).stdout.contains("no reader loses its secret\n"));
    let path = ["impact", "--remove", "secret/airflow/salesforce-credentials", "both"];
    assert!(
        sealine(&example("airflow-connections"), &path).exits(0).stdout.contains("no reader loses")
    );
    let run = sealine(&state, &["impact", "--remove", "postgres-credentialz"]).exits(1);
    assert!(run.stderr.contains("nothing in sight is named `postgres-credentialz`"));
}

/// An entry that people made, and readers that a chart's values and a pod name.
#[test]
fn what_is_made_out_of_sight_is_there_until_it_is_removed() {
    let tree = sealine_testing::Tree::new(
        "\
//- app.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: app}
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  data: [{secretKey: password, remoteRef: {key: db-password}}]
---
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: kv}
spec: {provider: {azurekv: {vaultUrl: 'https://kv-a.vault.azure.net'}}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: app}
spec:
  chart: {spec: {chart: web, sourceRef: {kind: HelmRepository, name: far}}}
  values: {existingSecret: db}
---
apiVersion: v1
kind: Pod
metadata: {name: job, namespace: app}
spec: {containers: [{name: job, envFrom: [{secretRef: {name: by-hand}}]}]}
",
    );
    let remove = |node: &str| sealine(tree.root(), &["impact", "--remove", node, "-o", "json"]);
    let json = remove("vault:kv-a/db-password").exits(2).json();
    assert_eq!(each(&json["broken"], "consumer"), ["helmrelease/app/web"]);
    let json = remove("secret/app/by-hand").exits(2).json();
    assert_eq!(each(&json["broken"], "consumer"), ["pod/app/job/job"]);
    let json = remove("helmrelease/app/web").exits(0).json();
    assert_eq!(json["broken"], serde_json::json!([]));
}

#[test]
fn a_rename_can_be_supposed() {
    let state = example("airflow-connections/after");
    let rename = "secret/airflow/salesforce-conn=salesforce-connection";
    let json = sealine(&state, &["impact", "--rename", rename, "-o", "json"]).exits(2).json();
    assert_eq!(each(&json["broken"], "consumer"), ["dag/airflow/salesforce_extraction/extract"]);
    let renamed = serde_json::json!([
        {"from": "secret/airflow/salesforce-conn", "to": "secret/airflow/salesforce-connection"}
    ]);
    assert_eq!(json["renamed"], renamed);
}

/// Copies of one object, for clusters that nothing tells apart, are compared file by file: a new one
/// that comes first among them changes nothing of the others.
#[test]
fn copies_are_compared_by_their_files() {
    let copy = |state: &str, file: &str, key: &str| {
        format!(
            "\
//- {state}/{file}.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: one, namespace: app}}
spec:
  secretStoreRef: {{name: kv, kind: ClusterSecretStore}}
  data: [{{secretKey: token, remoteRef: {{key: {key}}}}}]
"
        )
    };
    let old = |state| copy(state, "stage", "b") + &copy(state, "test", "c");
    let tree = Tree::new(&(old("before") + &old("after") + &copy("after", "prod", "a")));
    let json = between(&tree, &["-o", "json"]).exits(0).json();
    let titles = each(&json["order"], "title");
    assert_eq!(titles, ["add `one`", "wait until `one` is synced"]);
    assert_eq!(json["order"][0]["files"], serde_json::json!(["prod.yaml"]));
    assert_eq!(json["fates"], serde_json::json!([]));
}
