//! What stands in Terraform.

use std::collections::BTreeSet;

use expect_test::expect;
use sealine_model::Value;
use sealine_model::tree::{Embedded, EmbeddedContent, HelmRelease};

use super::{project, text};
use crate::testing::tree;
use crate::{Options, Purpose, read};

const CHARTS: &str = "
//- charts: charts/bootstrap/Chart.yaml
name: bootstrap
version: 1.0.0
dependencies: [{name: sub, version: 1.0.0, repository: 'https://example.com'}]
//- charts: charts/bootstrap/templates/app.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: apps, namespace: '{{ .Release.Namespace }}'}
spec:
  source: {repoURL: https://example.com/org/charts, path: '{{ .Values.env }}'}
  destination: {namespace: apps}
//- charts: prod/kustomization.yaml
resources: [secret.yaml]
//- charts: prod/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: prod}
//- infra: main.tf
";

/// Values of the chart, and of one that it depends on and that is not there.
const BOOTSTRAP: &str = "
env: prod
sub: {extraObjects: [{apiVersion: v1, kind: Secret, metadata: {name: handed}}]}
";

/// Values whose `secret` is a name where Terraform makes a Secret of that name, else perhaps a secret.
const GITLAB: &str = "
global:
  railsSecrets: {secret: rails}
  psql: {password: {secret: copied, key: password}}
  oauth: {secret: hunter2}
";

#[test]
fn releases_and_manifests_of_terraform_are_read() {
    let mut project = project(CHARTS);
    project.repositories[0].remotes.push("github.com/example/charts".to_owned());
    let place = project.repositories[1].files().next().map(|file| file.top()).expect("a file");
    let embedded = |content| Embedded {
        repo: "infra".to_owned(),
        unit: "terraform root .".to_owned(),
        address: "helm_release.x".to_owned(),
        place: place.clone(),
        content,
    };
    let release = |chart: &str, repository: &str, values: &str| {
        embedded(EmbeddedContent::Helm(Box::new(HelmRelease {
            name: Value::from(chart),
            name_place: place.clone(),
            namespace: Value::from("argocd"),
            chart: Value::from(chart),
            repository: Some(Value::from(repository)),
            version: None,
            chart_path: None,
            values: vec![tree(values)],
        })))
    };
    let manifest = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: b}\nimagePullSecrets: [{name: pull}]\n";
    let copied = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: copied, namespace: argocd}\nspec: {data: [{secretKey: password, remoteRef: {key: db}}]}\n";
    let source = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: far, namespace: flux}\nspec: {url: 'https://github.com/example/charts'}\n";
    let brought = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: far, namespace: flux}\nspec: {path: ./prod, sourceRef: {kind: GitRepository, name: far}, targetNamespace: far}\n";
    let options = Options {
        purpose: Purpose::default(),
        secret_names: BTreeSet::from(["rails".to_owned()]),
        embedded: vec![
            release("bootstrap", "https://example.github.io/charts", BOOTSTRAP),
            release(
                "grafana",
                "https://grafana.github.io/helm-charts",
                "admin: {existingSecret: g}\n",
            ),
            release("gitlab", "https://charts.gitlab.io", GITLAB),
            embedded(EmbeddedContent::Manifest(tree(manifest))),
            embedded(EmbeddedContent::Manifest(tree(copied))),
            embedded(EmbeddedContent::Manifest(tree(source))),
            embedded(EmbeddedContent::Manifest(tree(brought))),
        ],
    };
    expect![[r#"
        # terraform root .
        ExternalSecret v1 copied in argocd makes copied [password] Owner
          password = db of  at 4
        Secret handed makes handed in argocd [*] at 3
        helm_release grafana reads g in argocd at 1 (chartvalue, assumed)
        helm_release gitlab reads rails in argocd at 3 (chartvalue, assumed)
        helm_release gitlab reads copied[password] in argocd at 4 (chartvalue, assumed)
        ServiceAccount a reads pull in b at 4 (imagepull)
        # argo application argocd/apps
        argo/argocd/apps to apps of prod
        Secret prod makes prod in apps [*] at 3
        # flux kustomization flux/far
        flux/flux/far to far of prod
        Secret prod makes prod in far [*] at 3
    "#]]
    .assert_eq(&text(&read(&project, &options).facts));
}
