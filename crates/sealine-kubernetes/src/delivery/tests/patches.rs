//! Patches of what is not in sight.

use expect_test::expect;

use super::check;

#[test]
fn patches_say_what_argo_workflows_reads_that_is_installed_from_elsewhere() {
    check(
        "
//- kustomization.yaml
namespace: argo
resources: [https://example.com/org/argo-workflows//manifests?ref=v3]
patches: [{path: cm.yaml}, {path: other.yaml}]
//- cm.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: workflow-controller-configmap}
data:
  artifactRepository: |
    s3:
      accessKeySecret:
        name: bucket
        key: id
//- other.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
data:
  login: |
    loginSecret:
      name: a
      key: b
",
        &expect![[r#"
            # kustomization repo
            kustomize/repo to argo of , opaque: `https://example.com/org/argo-workflows//manifests?ref=v3` is remote
            ConfigMap workflow-controller-configmap reads bucket[id] in argo at 8 (field, assumed)
            2: `https://example.com/org/argo-workflows//manifests?ref=v3` is remote and was not read
        "#]],
    );
}
