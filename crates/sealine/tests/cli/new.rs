//! `sealine new connection`: what it writes is clean, and nothing is replaced.

use sealine_airflow::connection::types::all;
use sealine_testing::Tree;

use super::sealine;

/// A store, a folder that Flux delivers, and a kustomization in it.
const REPOSITORY: &str = "\
//- store.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata:
  name: kv-app
spec:
  provider:
    azurekv: {vaultUrl: https://kv-app.vault.azure.net, authType: WorkloadIdentity}
//- app/kustomization.yaml
namespace: airflow
resources:
  - release.yaml # of Airflow
//- app/release.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: airflow
";

#[test]
fn a_connection_of_every_type_is_clean() {
    let tree = Tree::new(REPOSITORY);
    for kind in all() {
        let made = ["new", "connection", kind.name, "--store", "kv-app", "--dir", "app"];
        let run = sealine(&tree, &made).exits(0);
        let id = kind.name.to_uppercase();
        assert!(run.stdout.contains(&format!("name=\"AIRFLOW_CONN_{id}\"")), "{}", run.stdout);
    }
    let kustomization = tree.read("app/kustomization.yaml");
    assert!(
        kustomization
            .starts_with("namespace: airflow\nresources:\n  - release.yaml # of Airflow\n")
    );
    assert_eq!(kustomization.matches("-conn.yaml").count(), all().len());
    let report =
        sealine(&tree, &["check", "-o", "json", "--ignore", "unused-secret"]).exits(0).json();
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(0), "{report:#}");
    assert_eq!(report["understood"], report["documents"]);
}

#[test]
fn what_is_asked_for_is_written() {
    let tree = Tree::new(REPOSITORY);
    let run = sealine(
        &tree,
        &[
            "new",
            "connection",
            "salesforce",
            "--name",
            "crm",
            "--namespace",
            "airflow",
            "--store",
            "kv-app",
            "--flow",
            "signed token",
            "--entry",
            "private_key=app--key",
            "--set",
            "login=sync@example.com",
            "--stdout",
        ],
    );
    expect_test::expect![[r#"
        apiVersion: external-secrets.io/v1
        kind: ExternalSecret
        metadata:
          name: crm-conn
          namespace: airflow
        spec:
          refreshInterval: 1h
          secretStoreRef:
            name: kv-app
            kind: ClusterSecretStore
          target:
            name: crm-conn
            creationPolicy: Owner
            template:
              engineVersion: v2
              data:
                AIRFLOW_CONN_CRM: |-
                  {
                    "conn_type": "salesforce",
                    "login": "sync@example.com",
                    "extra": {
                      "domain": "example.my",
                      "consumer_key": {{ .consumer_key | toJson }},
                      "private_key": {{ .private_key | toJson }}
                    }
                  }
          data:
            - secretKey: consumer_key
              remoteRef:
                key: crm-consumer-key
            - secretKey: private_key
              remoteRef:
                key: app--key
    "#]]
    .assert_eq(&run.exits(0).stdout);
}

#[test]
fn nothing_is_replaced() {
    let tree = Tree::new(REPOSITORY);
    let made = ["new", "connection", "redis", "--store", "kv-app", "--dir", "app"];
    let _ = sealine(&tree, &made).exits(0);
    let before = tree.files();
    let run = sealine(&tree, &made).exits(1);
    assert!(run.stderr.contains("exists, and is left as it is"), "{}", run.stderr);
    assert_eq!(tree.files(), before);
}

#[test]
fn wrong_words_are_told() {
    let tree = Tree::new(REPOSITORY);
    let store = ["--store", "kv-app", "--stdout"];
    let said = |arguments: &[&str]| {
        let all: Vec<&str> =
            ["new", "connection"].iter().chain(arguments).chain(&store).copied().collect();
        sealine(&tree, &all).exits(1).stderr
    };
    assert!(said(&["postgers"]).contains("did you mean `postgres`?"));
    assert!(said(&["redis", "--set", "password=x"]).contains("`--entry password=KEY`"));
    assert!(said(&["azure", "--set", "tenant_id=x"]).contains("did you mean `tenantId`?"));
    assert!(said(&["redis", "--name", "a/b"]).contains("`a/b` is no name"));
    assert!(said(&["slack", "--flow", "magic"]).contains("there are `token`"));
    assert!(said(&["redis", "--set", "port=x"]).contains("the port is not a number"));
}

#[test]
fn a_drift_workflow_ends_the_finding_that_nothing_looks() {
    let tree = Tree::new(
        "\
//- main.tf
terraform {
  backend \"gcs\" {
    bucket = \"state\"
  }
}
//- .github/workflows/plan.yml
name: plan
on:
  pull_request:
jobs:
  plan:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v5
      - uses: hashicorp/setup-terraform@v3
      - run: terraform init
      - run: terraform plan
",
    );
    let before = sealine(&tree, &["check", "--exit-zero"]).exits(0);
    assert!(before.stdout.contains("no-drift-schedule"), "{}", before.stdout);
    let made = ["new", "drift-workflow", "--secret", "SLACK_WEBHOOK_URL", "terraform/edge"];
    let _ = sealine(&tree, &made).exits(0);
    let after = sealine(&tree, &["check", "--exit-zero"]).exits(0);
    assert!(!after.stdout.contains("no-drift-schedule"), "{}", after.stdout);
    assert!(!after.stdout.contains("drift.yml"), "{}", after.stdout);
    let text = tree.read(".github/workflows/drift.yml");
    assert!(text.contains("run: sealine drift run -o text -o sarif=drift.sarif terraform/edge\n"));
    assert!(text.contains("SLACK_WEBHOOK_URL: ${{ secrets.SLACK_WEBHOOK_URL }}"), "{text}");
    let again = sealine(&tree, &made).exits(1);
    assert!(again.stderr.contains("is left as it is"), "{}", again.stderr);
    let _ = sealine(&tree, &["new", "drift-workflow", "--stdout", "--cron", "$(id)"]).exits(1);
    let _ = sealine(&tree, &["new", "drift-workflow", "--stdout", "a;b"]).exits(1);
}
