//! Applications of Argo CD, and sets of them.

use expect_test::expect;

use super::{Options, check, project, read};

#[test]
fn an_application_brings_other_applications() {
    check(
        "
//- bootstrap.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: root, namespace: argocd}
spec:
  source: {repoURL: https://example.com/org/repo, path: apps, directory: {recurse: true, exclude: '*.skip.yaml'}}
  destination: {server: https://kubernetes.default.svc, namespace: argocd}
//- apps/web.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec:
  source: {repoURL: git@example.com:org/other.git, path: deploy}
  destination: {server: https://kubernetes.default.svc, namespace: web}
//- apps/deep/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: deep}
//- apps/deep/secret.skip.yaml
apiVersion: v1
kind: Secret
metadata: {name: skipped}
//- other: deploy/kustomization.yaml
resources: [secret.yaml]
//- other: deploy/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: web}
//- other: deploy/extra.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: extra}
spec: {secretStoreRef: {name: kv}}
",
        &expect![[r##"
            # argo application argocd/root
            argo/argocd/root to argocd of apps
            Secret deep makes deep in argocd [*] at 3
            # argo application argocd/web
            argo/argocd/web to web of deploy, by argo/argocd/root
            Secret web makes web in web [*] at 3
            # loose manifests
            Secret skipped makes skipped in * [*] at 3
            # loose manifests
            ExternalSecret v1 extra in * makes extra [] Owner
            undelivered extra deploy/kustomization.yaml:1:24 ", extra.yaml"
        "##]],
    );
}

#[test]
fn a_destination_that_is_filled_in_first_is_not_told() {
    let fixture = "
//- modules/argocd/root.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: root, namespace: argocd}
spec:
  source: {repoURL: https://example.com/org/repo, path: apps}
  destination: {server: '${TARGET_SERVER}', namespace: '${NAMESPACE}'}
//- apps/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: web}
";
    let facts = read(&project(fixture), &Options::default()).facts;
    let root = facts.iter().flat_map(|facts| &facts.deliveries).next().expect("a root");
    assert!(root.cluster.is_unknown());
    assert!(root.target_namespace.is_unknown());
}

#[test]
fn sets_make_applications_of_lists_and_folders() {
    check(
        "
//- set.yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: apps, namespace: argocd}
spec:
  generators:
    - list: {elements: [{name: one, env: prod}, {name: two, env: qa}]}
  template:
    metadata: {name: '{{name}}'}
    spec:
      source: {repoURL: https://example.com/org/repo, path: 'env/{{env}}'}
      destination: {namespace: '{{env}}'}
---
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: folders, namespace: argocd}
spec:
  goTemplate: true
  generators:
    - git:
        repoURL: https://example.com/org/repo
        directories: [{path: 'env/*'}, {path: env/qa, exclude: true}]
    - clusters: {}
  template:
    metadata: {name: 'f-{{.path.basename}}'}
    spec:
      source: {repoURL: https://example.com/org/repo, path: '{{.path.path}}'}
      destination: {namespace: f}
//- env/prod/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: in-prod}
//- env/qa/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: in-qa}
",
        &expect![[r#"
            # argo application argocd/one
            argo/argocd/one to prod of env/prod
            Secret in-prod makes in-prod in prod [*] at 3
            # argo application argocd/two
            argo/argocd/two to qa of env/qa
            Secret in-qa makes in-qa in qa [*] at 3
            # argo application argocd/f-prod
            argo/argocd/f-prod to f of env/prod
            Secret in-prod makes in-prod in f [*] at 3
            # argo application argocd/f-*
            argo/argocd/f-* to f of *, opaque: the path `*` is not known
        "#]],
    );
}

#[test]
fn values_come_from_several_sources() {
    check(
        "
//- app.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: app, namespace: argocd}
spec:
  sources:
    - repoURL: https://charts.example.com
      chart: postgresql
      helm:
        valueFiles: [$values/values/prod.yaml, $values/gone.yaml]
        values: |
          auth:
            existingSecret: inline
        parameters: [{name: tls.existingSecret, value: by-parameter}]
    - repoURL: https://example.com/org/repo
      ref: values
  destination: {namespace: db}
//- values/prod.yaml
metrics: {existingSecret: in-file}
",
        &expect![[r#"
            # argo application argocd/app
            argo/argocd/app to db of *, opaque: the values file `$values/gone.yaml` was not found; the chart `postgresql` is not in a loaded repository
            Application app reads in-file in db at 1 (chartvalue, assumed)
            Application app reads inline in db at 12 (chartvalue, assumed)
            Application app reads by-parameter in db at 13 (chartvalue, assumed)
        "#]],
    );
}

#[test]
fn generators_may_be_put_together() {
    check(
        "
//- matrix.yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: matrix, namespace: argocd}
spec:
  goTemplate: true
  generators:
    - matrix:
        generators:
          - git: {repoURL: https://example.com/org/repo, directories: [{path: apps/*}]}
          - list: {elements: [{env: qa}, {env: prod}]}
  template:
    metadata: {name: '{{ .path.basename }}-{{ .env | upper | lower }}'}
    spec:
      source: {repoURL: https://example.com/org/repo, path: '{{ .path.path }}'}
      destination: {namespace: '{{ .env }}'}
//- clusters.yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: clusters, namespace: argocd}
spec:
  generators:
    - matrix:
        generators:
          - clusters: {values: {stage: qa}}
          - list: {elements: [{app: web}]}
  template:
    metadata: {name: '{{app}}-{{name}}-{{values.stage}}'}
    spec:
      source: {repoURL: https://example.com/org/repo, path: 'apps/{{app}}'}
      destination: {server: '{{server}}', namespace: '{{app}}'}
//- merge.yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: merge, namespace: argocd}
spec:
  generators:
    - merge:
        mergeKeys: [name]
        generators:
          - list: {elements: [{name: one, ns: a}, {name: two, ns: a}]}
          - list: {elements: [{name: two, ns: b}]}
  templatePatch: 'spec: {}'
  template:
    metadata: {name: '{{name}}'}
    spec:
      source: {repoURL: https://example.com/org/repo, path: apps/web}
      destination: {namespace: '{{ns}}'}
//- apps/web/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: web}
",
        &expect![[r#"
            # argo application argocd/web-*-qa
            argo/argocd/web-*-qa to web of apps/web
            Secret web makes web in web [*] at 3
            # argo application argocd/web-qa
            argo/argocd/web-qa to qa of apps/web
            Secret web makes web in qa [*] at 3
            # argo application argocd/web-prod
            argo/argocd/web-prod to prod of apps/web
            Secret web makes web in prod [*] at 3
            # argo application argocd/one
            argo/argocd/one to a of apps/web, opaque: `templatePatch` is not carried out
            Secret web makes web in a [*] at 3
            # argo application argocd/two
            argo/argocd/two to b of apps/web, opaque: `templatePatch` is not carried out
            Secret web makes web in b [*] at 3
        "#]],
    );
}

#[test]
fn generators_choose_and_bring_templates_of_their_own() {
    check(
        "
//- set.yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: chosen, namespace: argocd}
spec:
  generators:
    - list:
        elements: [{name: one, env: qa}]
        elementsYaml: |
          - {name: two, env: prod}
          - {name: three, env: prod}
        template:
          metadata: {}
          spec: {destination: {namespace: prod}, source: {path: apps/other}}
      selector: {matchLabels: {env: prod}, matchExpressions: [{key: name, operator: NotIn, values: [three]}]}
    - git: {repoURL: https://example.com/org/repo, files: [{path: apps/*/config.json}]}
      selector: {matchLabels: {enabled: 'true'}}
    - matrix:
        generators:
          - clusters: {}
          - list: {elements: [{name: four, env: qa}]}
      selector: {matchLabels: {region: eu}}
    - list: {elementsYaml: '{{ .apps | toJson }}'}
  template:
    metadata: {name: '{{name}}'}
    spec:
      source: {repoURL: https://example.com/org/repo, path: apps/web}
      destination: {namespace: '{{env}}'}
//- apps/web/config.json
{\"name\": \"from-file\", \"env\": \"dev\", \"enabled\": \"true\"}
//- apps/other/config.json
{\"name\": \"not-this\", \"env\": \"dev\", \"enabled\": \"false\"}
//- apps/web/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: web}
//- apps/other/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: other}
",
        &expect![[r#"
            # argo application argocd/two
            argo/argocd/two to prod of apps/other
            Secret other makes other in prod [*] at 3
            # argo application argocd/from-file
            argo/argocd/from-file to dev of apps/web
            Secret web makes web in dev [*] at 3
            # argo application argocd/four
            argo/argocd/four to qa of apps/web
            Secret web makes web in qa [*] at 3
            # argo application argocd/*
            argo/argocd/* to * of apps/web
            Secret web makes web in * [*] at 3
        "#]],
    );
}

#[test]
fn files_that_each_cluster_chooses_by_its_name_are_not_taken_by_all() {
    check(
        "
//- set.yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: dns, namespace: argocd}
spec:
  generators: [{clusters: {}}]
  template:
    metadata: {name: '{{name}}-dns'}
    spec:
      destination: {name: '{{name}}', namespace: dns}
      source:
        repoURL: https://example.com/org/repo
        path: objects
        directory: {include: 'secret-{{name}}.yaml'}
//- objects/secret-one.yaml
apiVersion: v1
kind: Secret
metadata: {name: one}
//- objects/secret-two.yaml
apiVersion: v1
kind: Secret
metadata: {name: two}
",
        &expect![[r#"
            # argo application argocd/*-dns
            argo/argocd/*-dns to dns of *, opaque: `directory.include` is not known
            # loose manifests
            Secret one makes one in * [*] at 3
            Secret two makes two in * [*] at 3
        "#]],
    );
}

#[test]
fn values_files_of_a_chart_that_is_not_in_sight_begin_at_its_folder() {
    check(
        "
//- app.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: one, namespace: argocd}
spec:
  source:
    repoURL: https://example.com/org/elsewhere
    path: charts/stage/app
    helm: {valueFiles: [../../../clusters/v.yaml, ../../../../v.yaml]}
  destination: {namespace: one}
",
        &expect![[r#"
            # argo application argocd/one
            argo/argocd/one to one of *, opaque: the repository `https://example.com/org/elsewhere` is not loaded; the values file `../../../clusters/v.yaml` was not found; `../../../../v.yaml` leads out of the repository
            PathEscape app.yaml:8:51: `../../../../v.yaml` leads out of the repository
        "#]],
    );
}

#[test]
fn values_files_and_folders_tell_of_clusters() {
    check(
        "
//- files.yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: files, namespace: argocd}
spec:
  goTemplate: true
  generators: [{clusters: {selector: {matchLabels: {tier: shop}}}}]
  template:
    metadata: {name: 'web-{{ .name }}'}
    spec:
      source:
        repoURL: https://example.com/org/repo
        path: charts/web
        helm: {valueFiles: [values.yaml, 'values-{{ index .metadata.labels \"tier\" }}-{{ .name }}.yaml']}
      destination: {server: '{{ .server }}', namespace: web}
//- charts/web/Chart.yaml
name: web
version: 1.0.0
//- charts/web/values.yaml
secret: own
//- charts/web/values-shop-dev.yaml
secret: for-dev
//- charts/web/values-shop-live.yaml
secret: for-live
//- charts/web/values-other-qa.yaml
secret: for-qa
//- charts/web/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: '{{ .Values.secret }}'}
//- folders.yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: folders, namespace: argocd}
spec:
  generators: [{clusters: {}}]
  template:
    metadata: {name: 'base-{{name}}'}
    spec:
      source: {repoURL: https://example.com/org/repo, path: 'clusters/{{name}}/base'}
      destination: {name: '{{name}}', namespace: base}
//- clusters/north/base/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: north}
//- clusters/south/other/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: south}
",
        &expect![[r#"
            # argo application argocd/web-dev
            argo/argocd/web-dev to web of charts/web, opaque: only files tell of a cluster `dev`
            Secret for-dev makes for-dev in web [*] at 1
            # argo application argocd/web-live
            argo/argocd/web-live to web of charts/web, opaque: only files tell of a cluster `live`
            Secret for-live makes for-live in web [*] at 1
            # argo application argocd/base-north
            argo/argocd/base-north to base of clusters/north/base, opaque: only files tell of a cluster `north`
            Secret north makes north in base [*] at 3
            # loose manifests
            Secret south makes south in * [*] at 3
        "#]],
    );
}

#[test]
fn a_chart_of_a_copy_under_another_name_makes_applications_of_its_files() {
    let mut copy = super::project(
        "
//- sets/Chart.yaml
apiVersion: v2
name: sets
version: 1.0.0
//- sets/values.yaml
repository: https://example.com/upstream/other
//- sets/templates/set.yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all, namespace: argocd}
spec:
  goTemplate: true
  generators:
    - git: {repoURL: {{ .Values.repository }}, files: [{path: values/*.yaml}]}
    - git: {repoURL: {{ .Values.repository }}, files: [{path: absent/*.yaml}]}
  template:
    metadata:
      name: '{{ \"{{\" }} .path.filename | trimSuffix \".yaml\" {{ \"}}\" }}'
    spec:
      source:
        repoURL: {{ .Values.repository }}
        path: chart
        helm:
          valueFiles: ['../{{ \"{{\" }} .path.path {{ \"}}\" }}/{{ \"{{\" }} .path.filename {{ \"}}\" }}']
      destination: {namespace: web}
//- values/prod.yaml
name: prod-secret
//- chart/Chart.yaml
apiVersion: v2
name: chart
version: 1.0.0
//- chart/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: '{{ .Values.name }}'}
",
    );
    copy.repositories.iter_mut().for_each(|repository| repository.remotes.clear());
    let facts = super::read(&copy, &super::Options::default()).facts;
    expect![[r#"
        # argo application argocd/prod
        argo/argocd/prod to web of chart
        Secret prod-secret makes prod-secret in web [*] at 1
        # argo application argocd/*
        argo/argocd/* to web of chart, opaque: the values file `../*/*` is not known
        Secret * makes * in web [*] at 3
        1: the template needs values that its chart does not hold (it prints nil); they are taken for unknown
    "#]]
    .assert_eq(&super::text(&facts));
}
