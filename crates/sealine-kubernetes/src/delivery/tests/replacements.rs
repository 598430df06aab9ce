//! What replacements put into fields, and where it stands.

use expect_test::expect;

use super::check;

#[test]
fn what_a_replacement_takes_from_a_generator_stands_there() {
    check(
        "
//- kustomization.yaml
resources: [token.yaml]
configMapGenerator:
  - name: config
    literals:
      - token='token-dev'
  - name: variables
    envs: [config.env]
replacements:
  - source: {kind: ConfigMap, name: config, fieldPath: data.token}
    targets: [{select: {kind: ExternalSecret}, fieldPaths: [spec.data.0.remoteRef.key]}]
  - source: {kind: ConfigMap, name: variables, fieldPath: data.user}
    targets: [{select: {kind: ExternalSecret}, fieldPaths: [spec.data.1.remoteRef.key]}]
//- config.env
# who asks

user=user-dev
//- token.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: token}
spec:
  secretStoreRef: {name: vault, kind: ClusterSecretStore}
  data:
    - {secretKey: token, remoteRef: {key: PLACEHOLDER}}
    - {secretKey: user, remoteRef: {key: PLACEHOLDER}}
",
        &expect![[r#"
            # kustomization repo
            kustomize/repo to * of 
            ExternalSecret v1 token in * makes token [token user] Owner
              token = token-dev of cluster vault at 5
              user = user-dev of cluster vault at 3
        "#]],
    );
}
