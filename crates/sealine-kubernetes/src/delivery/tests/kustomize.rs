//! Kustomizations.

use expect_test::expect;

use super::check;

const BASE: &str = "
//- base/kustomization.yaml
resources: [secret.yaml, web.yaml]
//- base/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData: {password: x}
//- base/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: main
          env:
            - name: PASSWORD
              valueFrom: {secretKeyRef: {name: db, key: password}}
";

fn with_base(fixture: &str, expected: &expect_test::Expect) {
    check(&format!("{BASE}{fixture}"), expected);
}

#[test]
fn namespaces_and_affixes_are_set_layer_by_layer() {
    with_base(
        "
//- prod/kustomization.yaml
namespace: prod
namePrefix: p-
nameSuffix: -v2
resources: [../middle]
//- middle/kustomization.yaml
namePrefix: m-
resources: [../base]
",
        &expect![[r#"
            # kustomization repo/prod
            kustomize/repo/prod to prod of prod
            Secret p-m-db-v2 makes p-m-db-v2 in prod [password] at 3 in clear
            Deployment p-m-web-v2/main reads p-m-db-v2[password] in prod at 11 (env PASSWORD)
        "#]],
    );
}

#[test]
fn references_to_what_is_not_in_the_build_stay() {
    check(
        "
//- kustomization.yaml
namePrefix: dev-
resources: [external.yaml, pod.yaml]
//- external.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db}
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  data: [{secretKey: a, remoteRef: {key: k}}]
//- pod.yaml
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: main, envFrom: [{secretRef: {name: db}}]}]
",
        &expect![[r#"
            # kustomization repo
            kustomize/repo to * of 
            ExternalSecret v1 dev-db in * makes dev-db [a] Owner
              a = k of cluster kv at 6
            Pod dev-web/main reads db in * at 5 (envFrom)
        "#]],
    );
}

#[test]
fn components_change_what_stands_before_them() {
    with_base(
        "
//- prod/kustomization.yaml
resources: [../base]
components: [../component]
//- component/kustomization.yaml
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
  - target: {kind: Deployment}
    patch: |
      - op: replace
        path: /spec/template/spec/containers/0/env/0/valueFrom/secretKeyRef/name
        value: other
  - path: patch.yaml
resources: [more.yaml]
//- component/patch.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: main
          envFrom: [{secretRef: {name: extra}}]
        - name: side
          envFrom: [{secretRef: {name: side}}]
//- component/more.yaml
apiVersion: v1
kind: Secret
metadata: {name: extra}
",
        &expect![[r#"
            # kustomization repo/prod
            kustomize/repo/prod to * of prod
            Secret db makes db in * [password] at 3 in clear
            Secret extra makes extra in * [*] at 3
            Deployment web/main reads other[password] in * at 8 (env PASSWORD)
            Deployment web/main reads extra in * at 9 (envFrom)
            Deployment web/side reads side in * at 11 (envFrom)
        "#]],
    );
}

#[test]
fn generators_make_secrets_of_known_keys() {
    check(
        "
//- kustomization.yaml
namespace: apps
secretGenerator:
  - name: token
    literals: [value=x]
    files: [a.txt, b=c.txt]
    envs: [vars.env]
  - name: hidden
    envs: [gone.env]
configMapGenerator:
  - name: settings
    literals: [a=b]
resources: [pod.yaml]
//- vars.env
# comment
USER=me
//- pod.yaml
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: main, envFrom: [{secretRef: {name: token}}]}]
",
        &expect![[r#"
            # kustomization repo
            kustomize/repo to apps of 
            secretGenerator makes token-* in apps [USER value a.txt b] at 3
            secretGenerator makes hidden-* in apps [*] at 7
            Pod web/main reads token-* in apps at 5 (envFrom)
            5: `a.txt` was not read: what is generated of it is not known
            5: `c.txt` was not read: what is generated of it is not known
            8: `gone.env` was not read: what is generated of it is not known
        "#]],
    );
}

#[test]
fn patches_delete_and_select() {
    with_base(
        "
//- prod/kustomization.yaml
resources: [../base]
patches:
  - target: {kind: Secret, name: d.*}
    patch: |
      $patch: delete
      apiVersion: v1
      kind: Secret
      metadata: {name: ignored}
  - target: {kind: Deployment, labelSelector: app=web}
    patch: |
      - {op: remove, path: /spec}
",
        &expect![[r#"
            # kustomization repo/prod
            kustomize/repo/prod to * of prod
            Deployment web/main reads db[password] in * at 11 (env PASSWORD)
        "#]],
    );
}

#[test]
fn what_cannot_be_built_is_noted() {
    check(
        "
//- a/kustomization.yaml
resources:
  - https://example.com/org/other//path?ref=v1
  - gone.yaml
  - ../../outside.yaml
  - ../b
helmCharts: [{name: x}]
//- b/kustomization.yaml
resources: [../a, ../b]
",
        &expect![[r#"
            # kustomization repo/a
            kustomize/repo/a to * of a, opaque: `https://example.com/org/other//path?ref=v1` is remote; `a/gone.yaml` does not exist; `../../outside.yaml` leads out of the repository; `a` includes itself; `b` includes itself; the chart `x` is not in the repository
            2: `https://example.com/org/other//path?ref=v1` is remote and was not read
            3: `a/gone.yaml` does not exist
            1: `a` includes itself
            1: `b` includes itself
            6: the chart `x` is not in the repository
            PathEscape a/kustomization.yaml:4:5: `../../outside.yaml` leads out of the repository
        "#]],
    );
}

#[test]
fn values_of_charts_elsewhere_name_secrets() {
    check(
        "
//- kustomization.yaml
namespace: outer
resources: [inner]
generators: [generator.yaml]
//- generator.yaml
apiVersion: builtin
kind: HelmChartInflationGenerator
metadata: {name: cache}
name: cache
repo: https://charts.example.com
valuesInline: {auth: {existingSecret: inline}}
//- inner/kustomization.yaml
helmCharts:
  - name: db
    repo: https://charts.example.com
    namespace: own
    valuesFile: values.yaml
//- inner/values.yaml
env: [{name: A, valueFrom: {secretKeyRef: {name: from-file, key: a}}}]
",
        &expect![[r#"
            # kustomization repo
            kustomize/repo to outer of , opaque: the chart `db` is not in the repository; the chart `cache` is not in the repository
            Chart db reads from-file[a] in outer at 1 (env A, assumed)
            Chart cache reads inline in outer at 6 (chartvalue, assumed)
            2: the chart `db` is not in the repository
            1: the chart `cache` is not in the repository
        "#]],
    );
}

#[test]
fn patches_say_what_a_workload_that_is_not_in_sight_reads() {
    check(
        "
//- kustomization.yaml
namespace: apps
namePrefix: p-
resources: [https://example.com/org/other//path?ref=v1, seen.yaml]
secretGenerator: [{name: made, literals: [a=b], options: {disableNameSuffixHash: true}}]
patchesStrategicMerge: [web.yaml]
patches:
  - target: {kind: Job, name: load}
    patch: |
      apiVersion: batch/v1
      kind: Job
      metadata: {name: load}
      spec: {template: {spec: {containers: [{name: a, envFrom: [{secretRef: {name: login}}]}]}}}
  - target: {kind: Job, name: other}
    patch: |
      apiVersion: batch/v1
      kind: Job
      metadata: {name: any}
      spec: {template: {spec: {containers: [{name: a, envFrom: [{secretRef: {name: unsure}}]}]}}}
//- web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - {name: web, env: [{name: A, valueFrom: {secretKeyRef: {name: made, key: a}}}]}
---
apiVersion: v1
kind: Secret
metadata: {name: elsewhere}
stringData: {a: b}
//- seen.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: seen}
",
        &expect![[r#"
            # kustomization repo
            kustomize/repo to apps of , opaque: `https://example.com/org/other//path?ref=v1` is remote
            secretGenerator makes p-made in apps [a] at 4
            Deployment p-web/web reads p-made[a] in apps at 8 (env A, assumed)
            Job p-load/a reads login in apps at 12 (envFrom, assumed)
            3: `https://example.com/org/other//path?ref=v1` is remote and was not read
        "#]],
    );
}

#[test]
fn patches_say_what_argo_reads_that_is_installed_from_elsewhere() {
    check(
        "
//- kustomization.yaml
namespace: argocd
resources: [https://example.com/org/argo-cd//manifests?ref=v3]
patches: [{path: cm.yaml}]
//- cm.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  oidc.config: |
    clientID: $oidc:client-id
    clientSecret: $oidc.auth0.clientSecret
  exec: echo $1 $home ${a.b} $a.b/c
",
        &expect![[r#"
            # kustomization repo
            kustomize/repo to argocd of , opaque: `https://example.com/org/argo-cd//manifests?ref=v3` is remote
            ConfigMap argocd-cm reads oidc[client-id] in argocd at 6 (field, assumed)
            ConfigMap argocd-cm reads argocd-secret[oidc.auth0.clientSecret] in argocd at 7 (probable, assumed)
            2: `https://example.com/org/argo-cd//manifests?ref=v3` is remote and was not read
        "#]],
    );
}

/// What a builtin step does that is not carried out is unknown, and no error.
#[test]
fn builtin_steps_that_are_not_carried_out_are_noted() {
    check(
        "
//- kustomization.yaml
resources: [secret.yaml]
openapi: {path: schema.json}
transformers: [add.yaml]
generators: [policy.yaml]
//- secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: db}
//- add.yaml
apiVersion: builtin
kind: ValueAddTransformer
metadata: {name: add}
value: prod
targets: [{fieldPath: metadata/namespace}]
//- policy.yaml
apiVersion: builtin
kind: IAMPolicyGenerator
metadata: {name: policy}
cloud: gke
kubernetesService: {name: app}
serviceAccount: {name: app, projectId: project}
",
        &expect![[r#"
            # kustomization repo
            kustomize/repo to * of , opaque: what `IAMPolicyGenerator` does is not known
            Secret db makes db in prod [*] at 3
            2: `openapi` is not looked at: lists merge by Kustomize's own schema
            3: what `IAMPolicyGenerator` does is not known
        "#]],
    );
}

#[test]
fn a_file_that_serves_as_a_patch_is_no_root() {
    check(
        "
//- root.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: root, namespace: argocd}
spec:
  source: {repoURL: https://example.com/org/repo, path: apps/prod}
  destination: {namespace: argocd}
//- apps/base/kustomization.yaml
resources: [web.yaml, api.yaml, db.yaml]
//- apps/base/web.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  source: {repoURL: https://example.com/org/repo, path: web}
  destination: {namespace: web}
//- apps/base/api.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: api, namespace: flux-system}
spec: {path: ./api, sourceRef: {kind: GitRepository, name: api}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: api, namespace: flux-system}
spec: {url: https://example.com/org/repo}
//- apps/base/db.yaml
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: db, namespace: db}
spec: {chart: {spec: {chart: db, sourceRef: {kind: HelmRepository, name: db}}}}
//- apps/prod/kustomization.yaml
resources: [../base]
patches: [{path: patch-web.yaml}]
patchesStrategicMerge: [patch-api.yaml]
components: [../component]
//- apps/prod/patch-web.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec: {destination: {namespace: web-prod}}
//- apps/prod/patch-api.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: api, namespace: flux-system}
spec: {targetNamespace: api-prod}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: api, namespace: flux-system}
spec: {ref: {branch: prod}}
//- apps/component/kustomization.yaml
kind: Component
patches: [{path: patch-db.yaml}]
//- apps/component/patch-db.yaml
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: db, namespace: db}
spec: {values: {existingSecret: db-prod}}
//- web/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: web}
//- api/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: api}
",
        &expect![[r#"
            # argo application argocd/root
            argo/argocd/root to argocd of apps/prod
            # argo application argocd/web
            argo/argocd/web to web-prod of web, by argo/argocd/root
            Secret web makes web in web-prod [*] at 3
            # flux kustomization flux-system/api
            flux/flux-system/api to api-prod of api, by argo/argocd/root
            Secret api makes api in api-prod [*] at 3
            # flux helm release db/db
            helmrelease/db/db to db of *, by argo/argocd/root, opaque: the chart is not in a loaded repository
            HelmRelease db reads db-prod in db at 4 (chartvalue, assumed)
        "#]],
    );
}

#[test]
fn a_patch_that_is_a_resource_too_is_a_root() {
    check(
        "
//- apps/kustomization.yaml
resources: [web.yaml]
patches: [{path: web.yaml}]
//- apps/web.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web, namespace: flux-system}
spec: {path: ./web, sourceRef: {kind: GitRepository, name: web}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: web, namespace: flux-system}
spec: {url: https://example.com/org/repo}
//- web/kustomization.yaml
resources: [secret.yaml]
//- web/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: web}
",
        &expect![[r#"
            # kustomization repo/apps
            kustomize/repo/apps to * of apps
            # flux kustomization flux-system/web
            flux/flux-system/web to * of web, by kustomize/repo/apps
            Secret web makes web in * [*] at 3
        "#]],
    );
}
