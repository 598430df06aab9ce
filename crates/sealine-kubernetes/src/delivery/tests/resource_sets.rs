//! What the sets of Flux Operator bring.

use expect_test::expect;

use super::check;

#[test]
fn a_set_brings_its_resources_for_each_of_its_inputs() {
    check(
        "
//- clusters/ks.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  sourceRef: {kind: GitRepository, name: flux-system}
//- apps/set.yaml
apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSet
metadata: {name: apps, namespace: flux-system}
spec:
  inputs:
    - tenant: one
    - tenant: two
  resources:
    - apiVersion: external-secrets.io/v1
      kind: ExternalSecret
      metadata: {name: db, namespace: << inputs.tenant >>}
      spec: {data: [{secretKey: a, remoteRef: {key: '<< inputs.tenant >>-db'}}]}
    - apiVersion: v1
      kind: Pod
      metadata: {name: web, namespace: << inputs.tenant >>}
      spec: {containers: [{name: a, envFrom: [{secretRef: {name: db}}]}]}
---
apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSet
metadata: {name: previews, namespace: flux-system}
spec:
  inputsFrom: [{kind: ResourceSetInputProvider, name: prs}]
  steps:
    - name: app
      resources:
        - apiVersion: v1
          kind: Pod
          metadata: {name: web, namespace: pr-<< inputs.id >>}
          spec: {containers: [{name: a, envFrom: [{secretRef: {name: 'db-<< inputs.id | slugify >>'}}]}]}
",
        &expect![[r#"
            # flux kustomization flux-system/apps
            flux/flux-system/apps to * of apps
            ExternalSecret v1 db in one makes db [a] Owner
              a = one-db of  at 12
            ExternalSecret v1 db in two makes db [a] Owner
              a = two-db of  at 12
            Pod web/a reads db in one at 16 (envFrom)
            Pod web/a reads db in two at 16 (envFrom)
            Pod web/a reads db-* in pr-* at 29 (envFrom)
        "#]],
    );
}
