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
