//! Volumes of pods that nobody here sees: in values of far charts, and in patches of their workloads.

use expect_test::expect;

use super::check;

#[test]
fn volumes_in_the_values_of_a_chart_elsewhere_name_secrets_and_classes() {
    check(
        "
//- release.yaml
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: gate, namespace: edge}
spec:
  chartRef: {kind: OCIRepository, name: gate}
  values:
    deployment:
      additionalVolumes:
        - name: certificate
          csi:
            driver: secrets-store.csi.k8s.io
            volumeAttributes: {secretProviderClass: wildcard}
    server:
      extraVolumes:
        - {type: secret, name: unseal}
        - {type: configMap, name: settings}
    off:
      enabled: false
      volumes: [{csi: {volumeAttributes: {secretProviderClass: never}}}]
",
        &expect![[r#"
            # flux helm release edge/gate
            helmrelease/edge/gate to edge of *, opaque: the chart of the OCIRepository `gate` is not in a loaded repository
            HelmRelease gate reads unseal in edge at 15 (chartvalue, assumed)
            HelmRelease gate mounts class wildcard at 12
        "#]],
    );
}

#[test]
fn operations_say_what_a_workload_reads_that_is_not_in_sight() {
    check(
        "
//- release.yaml
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: gate, namespace: edge}
spec:
  chartRef: {kind: OCIRepository, name: gate}
  postRenderers:
    - kustomize:
        patches:
          - target: {kind: Deployment, name: gate-pod}
            patch: |
              - op: test
                path: /spec/template/spec/volumes/0/secret/secretName
                value: compared
              - op: add
                path: /spec/template/spec/volumes/-
                value: {name: token, secret: {secretName: token}}
              - op: add
                path: /spec/template/spec/volumes/-
                value: {name: own, csi: {volumeAttributes: {secretProviderClass: own}}}
              - op: replace
                path: /spec/template/spec/containers/0/envFrom/1/secretRef/name
                value: settings
              - op: remove
                path: /spec/template/spec/containers/0/env
          - target: {kind: Deployment, name: 'gate-.*'}
            patch: |
              - op: add
                path: /spec/template/spec/imagePullSecrets
                value: [{name: of-several}]
          - target: {kind: ConfigMap, name: gate}
            patch: |
              - op: add
                path: /data/secretName
                value: nothing
",
        &expect![[r#"
            # flux helm release edge/gate
            helmrelease/edge/gate to edge of *, opaque: the chart of the OCIRepository `gate` is not in a loaded repository
            Deployment gate-pod reads settings in edge at 22 (envFrom, assumed)
            Deployment gate-pod reads token in edge at 16 (volume, assumed)
            Deployment gate-pod reads of-several in edge at 29 (imagepull, assumed)
            Deployment gate-pod mounts class own at 19
        "#]],
    );
}
