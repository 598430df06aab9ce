//! Flux Kustomizations and Helm releases.

use expect_test::expect;

use super::{Options, check, project, read};

#[test]
fn a_tree_of_kustomizations_is_walked() {
    check(
        "
//- clusters/prod/flux-system/gotk-sync.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: ssh://git@example.com/org/repo.git, secretRef: {name: flux-system}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  path: ./clusters/prod
  sourceRef: {kind: GitRepository, name: flux-system}
//- clusters/prod/apps.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  targetNamespace: apps
  sourceRef: {kind: GitRepository, name: flux-system}
  decryption: {provider: sops, secretRef: {name: sops-age}}
  postBuild:
    substitute: {ENV: prod}
    substituteFrom: [{kind: ConfigMap, name: settings}]
//- clusters/prod/settings.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: flux-system}
data: {VAULT: kv-prod}
//- apps/web/secret.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web}
spec:
  secretStoreRef: {name: '${VAULT}', kind: ClusterSecretStore}
  target: {name: '${ENV}-web'}
  data: [{secretKey: a, remoteRef: {key: '${ENV}-${MISSING}key'}}]
//- other/loose.yaml
apiVersion: v1
kind: Secret
metadata: {name: loose, namespace: x}
",
        &expect![[r#"
            # flux kustomization flux-system/flux-system
            flux/flux-system/flux-system to * of clusters/prod
            Kustomization apps reads sops-age in flux-system at 8 (bootstrap)
            GitRepository flux-system reads flux-system in flux-system at 4 (bootstrap)
            # flux kustomization flux-system/apps
            flux/flux-system/apps to apps of apps, by flux/flux-system/flux-system
            ExternalSecret v1 web in apps makes prod-web [a] Owner
              a = prod-key of cluster kv-prod at 7
            # loose manifests
            Secret loose makes loose in x [*] at 3
        "#]],
    );
}

#[test]
fn sources_that_are_not_loaded_make_a_root_opaque() {
    check(
        "
//- a.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: elsewhere, namespace: flux-system}
spec: {url: https://example.com/org/elsewhere}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: elsewhere, namespace: flux-system}
spec: {path: ./apps, sourceRef: {kind: GitRepository, name: elsewhere}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: escapes, namespace: flux-system}
spec: {path: ../../etc, sourceRef: {kind: GitRepository, name: elsewhere}}
",
        &expect![[r#"
            # flux kustomization flux-system/elsewhere
            flux/flux-system/elsewhere to * of *, opaque: the repository `https://example.com/org/elsewhere` is not loaded
            # flux kustomization flux-system/escapes
            flux/flux-system/escapes to * of *, opaque: the repository `https://example.com/org/elsewhere` is not loaded
        "#]],
    );
}

#[test]
fn values_of_remote_charts_are_read_by_their_names() {
    check(
        "
//- release.yaml
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: grafana, namespace: o11y}
spec:
  chart: {spec: {chart: grafana, sourceRef: {kind: HelmRepository, name: grafana}}}
  values:
    admin: {existingSecret: grafana-admin}
  valuesFrom:
    - {kind: ConfigMap, name: extra}
    - {kind: Secret, name: hidden}
//- extra.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: extra, namespace: o11y}
data:
  values.yaml: |
    smtp:
      existingSecret: smtp-credentials
",
        &expect![[r#"
            # flux helm release o11y/grafana
            helmrelease/o11y/grafana to o11y of *, opaque: the values in `hidden` are not known; the chart is not in a loaded repository
            HelmRelease grafana reads smtp-credentials in o11y at 7 (chartvalue, assumed)
            HelmRelease grafana reads grafana-admin in o11y at 7 (chartvalue, assumed)
            # loose manifests
            HelmRelease grafana reads hidden[values.yaml] in o11y at 10 (field)
        "#]],
    );
}

#[test]
fn a_chart_by_reference_is_rendered_and_patched() {
    check(
        "
//- release.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmChart
metadata: {name: app, namespace: flux-system}
spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: flux-system}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: app, namespace: flux-system}
spec:
  targetNamespace: shop
  chartRef: {kind: HelmChart, name: app}
  postRenderers:
    - kustomize:
        patches:
          - target: {kind: Pod}
            patch: |
              - op: replace
                path: /spec/containers/0/envFrom/0/secretRef/name
                value: patched
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: far, namespace: flux-system}
spec:
  releaseName: a-name-that-is-longer-than-helm-allows-for-the-name-of-a-release
  chartRef: {kind: OCIRepository, name: far}
  values: {existingSecret: far}
//- chart/Chart.yaml
name: app
version: 1.0.0
//- chart/templates/pod.yaml
apiVersion: v1
kind: Pod
metadata: {name: '{{ .Release.Name }}', namespace: '{{ .Release.Namespace }}'}
spec: {containers: [{name: app, envFrom: [{secretRef: {name: written}}]}]}
",
        &expect![[r#"
            # flux helm release flux-system/app
            helmrelease/flux-system/app to shop of chart
            Pod shop-app/app reads patched in shop at 19 (envFrom)
            # flux helm release flux-system/far
            helmrelease/flux-system/far to flux-system of *, opaque: the chart of the OCIRepository `far` is not in a loaded repository
            HelmRelease far reads far in flux-system at 27 (chartvalue, assumed)
        "#]],
    );
}

#[test]
fn values_that_are_texts_of_yaml_are_read_too() {
    check(
        "
//- release.yaml
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: airflow, namespace: flux-system}
spec:
  targetNamespace: airflow
  chart: {spec: {chart: airflow, sourceRef: {kind: HelmRepository, name: apache}}}
  values:
    secret: [{envName: AIRFLOW_CONN_CRM, secretName: crm, secretKey: uri}]
    extraEnvFrom: |
      - secretRef:
          name: '{{ .Release.Name }}-connections'
    workers:
      extraVolumes: |-
        - name: keys
          secret: {secretName: keys}
    extraSecrets: |
      - secretRef: {name: of-no-pod}
    notes: |
      envFrom: [{secretRef: {name: a-note}}]
",
        &expect![[r#"
            # flux helm release flux-system/airflow
            helmrelease/flux-system/airflow to airflow of *, opaque: the chart is not in a loaded repository
            HelmRelease airflow reads crm[uri] in airflow at 8 (env AIRFLOW_CONN_CRM, assumed)
            HelmRelease airflow reads airflow-airflow-connections in airflow at 11 (chartvalue, assumed)
            HelmRelease airflow reads keys in airflow at 15 (chartvalue, assumed)
        "#]],
    );
}

#[test]
fn a_root_that_its_kustomization_leaves_out_does_no_harm() {
    let apps = [
        ("flux/apps.yaml", kustomization("apps", "./apps")),
        (
            "apps/kustomization.yaml",
            "\nresources:\n  - web/ks.yaml\n  # - idle/ks.yaml\n  - rest\n".to_owned(),
        ),
        ("apps/rest/kustomization.yaml", "\nresources: []\n# - ./off/ks.yaml\n".to_owned()),
        ("apps/rest/off/ks.yaml", kustomization("off", "./idle, targetNamespace: off")),
        ("apps/web/ks.yaml", kustomization("web", "./web, targetNamespace: web")),
        ("web/secret.yaml", encrypted("web")),
        ("apps/idle/ks.yaml", kustomization("idle", "./idle, targetNamespace: idle")),
        ("idle/secret.yaml", encrypted("idle")),
    ];
    let fixture = &with_source(&apps);
    check(
        fixture,
        &expect![[r#"
            # flux kustomization flux-system/idle
            flux/flux-system/idle to idle of idle, opaque: `apps/kustomization.yaml` leaves it out
            Secret idle makes idle in idle [a] at 3
            # flux kustomization flux-system/off
            flux/flux-system/off to off of idle, opaque: `apps/rest/kustomization.yaml` leaves it out
            Secret idle makes idle in off [a] at 3
            # flux kustomization flux-system/apps
            flux/flux-system/apps to * of apps
            # flux kustomization flux-system/web
            flux/flux-system/web to web of web, by flux/flux-system/apps
            Secret web makes web in web [a] at 3
        "#]],
    );
    let facts = read(&project(fixture), &Options::default()).facts;
    let mishaps = facts.iter().flat_map(|facts| &facts.mishaps);
    let files: Vec<&str> = mishaps.map(|mishap| mishap.place.file.path.as_str()).collect();
    assert_eq!(files, ["web/secret.yaml"], "nobody applies the other one");
}

#[test]
fn a_root_that_somebody_applies_by_hand_is_not_left_out() {
    let left_out = |files: &[(&str, String)]| -> Vec<String> {
        let facts = read(&project(&with_source(files)), &Options::default()).facts;
        let deliveries = facts.iter().flat_map(|facts| &facts.deliveries);
        deliveries.filter(|found| found.is_opaque()).map(|found| found.id.to_string()).collect()
    };
    let list = |text: &str| format!("\nresources: [{text}]\n");
    // The kustomization beside it is read by what it brings.
    let by_its_own = [
        ("argocd/kustomization.yaml", list("updater.yaml")),
        ("argocd/updater.yaml", kustomization("updater", "./nowhere/else/yet")),
        ("argocd/root.yaml", kustomization("root", "./apps")),
        ("apps/argocd.yaml", kustomization("argocd", "./argocd")),
    ];
    let found = left_out(&by_its_own);
    assert!(!found.contains(&"flux/flux-system/root".to_owned()), "{found:?}");
    // Each of two roots beside a list reads it.
    let twins = [
        ("apps/kustomization.yaml", list("web.yaml")),
        ("apps/web.yaml", kustomization("web", "./web")),
        ("apps/root-dev.yaml", kustomization("dev", "./apps")),
        ("apps/root-prod.yaml", kustomization("prod", "./apps")),
        ("web/kustomization.yaml", list("")),
    ];
    assert_eq!(left_out(&twins), Vec::<String>::new());
}

#[test]
fn a_root_that_delivers_itself_says_what_its_kustomization_patches() {
    let plain = kustomization("flux-system", "./prod");
    // It gives patches to all Kustomizations, and so to itself.
    let for_all = "
resources: [gotk-sync.yaml]
patches:
  - target: {kind: Kustomization, name: flux-system}
    patch: |
      - op: add
        path: /spec/decryption
        value: {provider: sops}
      - op: add
        path: /spec/patches
        value:
          - target: {kind: Kustomization}
            patch: |
              - op: add
                path: /spec/postBuild
                value: {substitute: {ENV: live}}
";
    let external = "
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: '${ENV}-db', namespace: shop}
spec: {secretStoreRef: {name: kv}}
";
    let fixture = with_source(&[
        ("prod/flux-system/kustomization.yaml", for_all.to_owned()),
        ("prod/flux-system/gotk-sync.yaml", plain),
        ("prod/secret.yaml", encrypted("web, namespace: shop")),
        ("prod/external.yaml", external.to_owned()),
        ("prod/apps.yaml", kustomization("apps", "./apps")),
        ("apps/external.yaml", external.replace("shop", "apps")),
    ]);
    check(
        &fixture,
        &expect![[r#"
            # flux kustomization flux-system/flux-system
            flux/flux-system/flux-system to * of prod
            ExternalSecret v1 live-db in shop makes live-db [] Owner
            Secret web makes web in shop [a] at 3
            # flux kustomization flux-system/apps
            flux/flux-system/apps to * of apps, by flux/flux-system/flux-system
            ExternalSecret v1 live-db in apps makes live-db [] Owner
        "#]],
    );
    let facts = read(&project(&fixture), &Options::default()).facts;
    let mishaps: Vec<_> = facts.iter().flat_map(|facts| &facts.mishaps).collect();
    assert!(mishaps.is_empty(), "it decrypts what it brings: {mishaps:?}");
}

#[test]
fn a_root_that_never_comes_to_rest_is_one_root() {
    // Without its patch it is brought as written, and then has the patch again.
    let root = "
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  path: ./prod
  sourceRef: {kind: GitRepository, name: flux-system}
  patches:
    - target: {kind: Kustomization}
      patch: |
        - op: remove
          path: /spec/patches
";
    check(
        &with_source(&[("prod/gotk-sync.yaml", root.to_owned())]),
        &expect![[r#"
            # flux kustomization flux-system/flux-system
            flux/flux-system/flux-system to * of prod
        "#]],
    );
}

#[test]
fn a_root_that_is_brought_twice_under_other_namespaces_is_not_itself() {
    let overlay = |name: &str| format!("\nnamespace: {name}\nresources: [../../base]\n");
    let written = kustomization("both", "./both").replace(", namespace: flux-system", "");
    check(
        &with_source(&[
            ("base/kustomization.yaml", "\nresources: [ks.yaml]\n".to_owned()),
            ("base/ks.yaml", written),
            ("both/kustomization.yaml", "\nresources: [one, two]\n".to_owned()),
            ("both/one/kustomization.yaml", overlay("one")),
            ("both/two/kustomization.yaml", overlay("two")),
        ]),
        &expect![[r#"
            # flux kustomization both
            flux/both to * of both
            # flux kustomization one/both
            flux/one/both to * of both, by flux/both
            # flux kustomization two/both
            flux/two/both to * of both, by flux/both
        "#]],
    );
}

/// A Flux Kustomization of a path, with what else stands behind the path.
fn kustomization(name: &str, path: &str) -> String {
    format!(
        "
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: flux-system}}
spec: {{path: {path}, sourceRef: {{kind: GitRepository, name: flux-system}}}}
"
    )
}

/// A Secret that SOPS encrypted.
fn encrypted(name: &str) -> String {
    format!(
        "
apiVersion: v1
kind: Secret
metadata: {{name: {name}}}
stringData: {{a: 'ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]'}}
sops: {{mac: x, lastmodified: x}}
"
    )
}

/// These files, beside the source that their roots name.
fn with_source(files: &[(&str, String)]) -> String {
    let files = files.iter().map(|(path, text)| format!("//- {path}{text}"));
    let source = "
//- source.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: https://example.com/org/repo}
";
    format!("{source}{}", files.collect::<String>())
}

#[test]
fn a_source_that_comes_with_its_root_is_found_whatever_namespace_both_are_put_in() {
    check(
        "
//- cluster/ks.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: app, namespace: flux-system}
spec:
  targetNamespace: kube-system
  path: ./apps/app
  sourceRef: {kind: GitRepository, name: flux-system}
//- apps/app/crds.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: crds, namespace: flux-system}
spec: {url: https://example.com/far/crds}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: crds, namespace: flux-system}
spec: {sourceRef: {kind: GitRepository, name: crds}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: gone, namespace: flux-system}
spec: {sourceRef: {kind: GitRepository, name: gone}}
//- other/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: other}
",
        &expect![[r#"
            # flux kustomization flux-system/app
            flux/flux-system/app to kube-system of apps/app
            # flux kustomization kube-system/crds
            flux/kube-system/crds to * of *, by flux/flux-system/app, opaque: the GitRepository `crds` is not loaded
            # flux kustomization kube-system/gone
            flux/kube-system/gone to * of *, by flux/flux-system/app, opaque: the GitRepository `gone` is not loaded
            # loose manifests
            Secret other makes other in * [*] at 3
        "#]],
    );
}
