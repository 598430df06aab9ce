//! What is read from the kinds of External Secrets Operator.

use expect_test::{Expect, expect};

use crate::testing::{facts_of, read};

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&facts_of(text));
}

#[test]
fn keys_without_a_template_are_those_of_the_data() {
    check(
        "
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: apps}
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  target: {name: db-creds, creationPolicy: Orphan}
  data:
    - secretKey: password
      remoteRef: {key: manual-db, property: pw}
    - secretKey: user
      sourceRef: {storeRef: {name: other}}
      remoteRef: {key: 'db-${ENV}'}
",
        &expect![[r#"
            ExternalSecret v1 db in apps makes db-creds [password user] Orphan
              password = manual-db.pw of cluster kv at 10
              user = db-* of other at 13
        "#]],
    );
}

#[test]
fn a_template_hides_the_source_keys_unless_it_merges() {
    let with = |template: &str| {
        format!(
            "
apiVersion: external-secrets.io/v1beta1
kind: ExternalSecret
metadata: {{name: db}}
spec:
  data: [{{secretKey: pw, remoteRef: {{key: k}}}}]
  target:
    template: {template}
"
        )
    };
    check(
        &with("{data: {uri: 'x://{{ .pw }}'}}"),
        &expect![[r#"
        ExternalSecret v1beta1 db in ns makes db [uri] Owner
          pw = k of  at 6
          template uri "x://{{ .pw }}" at 8
    "#]],
    );
    check(
        &with("{mergePolicy: Merge, data: {pw: a, uri: b}}"),
        &expect![[r#"
        ExternalSecret v1beta1 db in ns makes db [pw uri] Owner
          pw = k of  at 6
          template pw "a" at 8
          template uri "b" at 8
    "#]],
    );
    check(
        &with("{type: Opaque}"),
        &expect![[r#"
        ExternalSecret v1beta1 db in ns makes db [pw] Owner
          pw = k of  at 6
    "#]],
    );
}

#[test]
fn texts_of_templates_have_the_place_of_every_line() {
    let text = "
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db}
spec:
  data: [{secretKey: pw, remoteRef: {key: k}}]
  target:
    template:
      templateFrom:
        - literal: |
            first: {{ .pw }}
            {{- range . }}
            second: x
            {{- end }}
        - target: Annotations
          literal: 'a: b'
        - configMap: {name: here, items: [{key: a.json}, {key: all, templateAs: KeysAndValues}]}
        - configMap: {name: nowhere, items: [{key: b.json}]}
        - secret: {name: texts, items: [{key: c}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: here}
data:
  a.json: '{\"pw\": {{ .pw | toJson }}}'
  all: 'x: {{ .pw }}'
";
    check(
        text,
        &expect![[r#"
        ExternalSecret v1 db in ns makes db [first second a.json x b.json *] Owner
          pw = k of  at 6
          template  "first: {{ .pw }}\n{{- range . }}\nsecond: x\n{{- end }}\n" at 10
          template  "a: b" at 16
          template a.json "{\"pw\": {{ .pw | toJson }}}" at 25
          template  "x: {{ .pw }}" at 26
          template opaque
        ExternalSecret db reads texts in ns at 19 (copy)
    "#]],
    );
    let (facts, _) = read(text);
    let template = facts.external_secrets[0].target.template.as_ref().expect("a template");
    let literal = &template.texts[0];
    let at = literal.text.find("second").expect("the third line");
    let range = sealine_source::TextRange::new(at, at + 6);
    let place = literal.exact_place(range).expect("bytes of the file");
    assert_eq!(&text[place.range().bytes()], "second");
}

#[test]
fn what_data_from_brings_is_open() {
    check(
        "
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: all}
spec:
  dataFrom:
    - extract: {key: bundle}
    - find: {name: {regexp: '.*'}}
    - sourceRef: {generatorRef: {kind: Password, name: x}}
---
apiVersion: external-secrets.io/v1alpha1
kind: ExternalSecret
metadata: {name: old}
spec:
  dataFrom: [{key: bundle}]
",
        &expect![[r#"
            ExternalSecret v1 all in ns makes all [*] Owner, open
              (extract) = bundle of  at 7
            ExternalSecret v1alpha1 old in ns makes old [*] Owner, open
              (extract) = bundle of  at 15
        "#]],
    );
}

#[test]
fn a_cluster_external_secret_stands_in_each_namespace() {
    check(
        "
apiVersion: external-secrets.io/v1
kind: ClusterExternalSecret
metadata: {name: pull}
spec:
  externalSecretName: registry
  namespaces: [one]
  namespaceSelectors:
    - matchLabels: {kubernetes.io/metadata.name: two}
    - matchLabels: {team: a}
  externalSecretSpec:
    secretStoreRef: {name: kv, kind: ClusterSecretStore}
    target:
      template: {type: kubernetes.io/dockerconfigjson, data: {.dockerconfigjson: '{{ .a }}'}}
    data: [{secretKey: a, remoteRef: {key: k}}]
",
        &expect![[r#"
            ClusterExternalSecret v1 registry in one makes registry [.dockerconfigjson] Owner
              a = k of cluster kv at 15
              template .dockerconfigjson "{{ .a }}" at 14
            ClusterExternalSecret v1 registry in two makes registry [.dockerconfigjson] Owner
              a = k of cluster kv at 15
              template .dockerconfigjson "{{ .a }}" at 14
            ClusterExternalSecret v1 registry in * makes registry [.dockerconfigjson] Owner
              a = k of cluster kv at 15
              template .dockerconfigjson "{{ .a }}" at 14
        "#]],
    );
}

#[test]
fn stores_name_their_vault_and_their_credentials() {
    check(
        "
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: azure}
spec:
  conditions: [{namespaces: [a]}, {namespaceRegexes: ['^b-']}]
  provider:
    azurekv:
      vaultUrl: https://kv-app.vault.azure.net
      authSecretRef: {clientId: {name: sp, namespace: eso, key: id}, clientSecret: {name: sp, key: pw}}
---
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: aws}
spec:
  provider:
    aws: {service: ParameterStore, region: eu-west-1, role: 'arn:aws:iam::123456789012:role/x', prefix: /app/}
---
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: vault}
spec:
  provider:
    vault:
      server: https://vault:8200/
      path: kv
      caProvider: {type: ConfigMap, name: ca, key: ca.crt}
      auth: {tokenSecretRef: {name: token, key: t}, kubernetes: {serviceAccountRef: {name: sa}}}
---
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: none}
spec: {provider: {fake: {data: []}}}
---
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: op}
spec: {provider: {onepassword: {connectHost: http://op, vaults: {x: 1}, auth: {secretRef: {connectTokenSecretRef: {name: op, key: t, namespace: eso}}}}}}
",
        &expect![[r#"
            store azure in cluster: azure name=kv-app only ["a"] ["^b-"]
            store aws in ns: aws-parameter-store account=123456789012 region=eu-west-1 prefix /app/
            store vault in ns: hashicorp address=https://vault:8200 mount=kv
            store none in ns: no vault
            store op in cluster: onepassword address=http://op
            ClusterSecretStore azure reads sp[id] in eso at 10 (bootstrap)
            ClusterSecretStore azure reads sp[pw] in * at 10 (bootstrap)
            SecretStore vault reads token[t] in ns at 28 (bootstrap)
            ClusterSecretStore op reads op[t] in eso at 38 (bootstrap)
        "#]],
    );
}

#[test]
fn pushes_declare_entries() {
    check(
        "
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {name: push}
spec:
  secretStoreRefs: [{name: kv, kind: ClusterSecretStore}, {labelSelector: {}}]
  selector: {secret: {name: source}}
  data:
    - match: {secretKey: a, remoteRef: {remoteKey: entry-a}}
    - match: {remoteRef: {remoteKey: entry-b, property: p}}
",
        &expect![[r#"
            push pushes source to entry-a of kv *
            push pushes source to entry-b of kv * property p
            PushSecret push reads source[a] in ns at 7 (copy)
        "#]],
    );
}

#[test]
fn a_template_for_a_controller_is_read_by_it_and_copied() {
    check(
        "
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: repo
  annotations: {sealine.dev/allow: 'unused-secret: read by hand; allow(stale-copy) known'}
spec:
  dataFrom: [{extract: {key: k}}]
  target:
    template:
      metadata:
        labels: {argocd.argoproj.io/secret-type: repository}
        annotations: {replicator.v1.mittwald.de/replicate-to: other}
",
        &expect![[r#"
            ExternalSecret v1 repo in ns makes repo [*] Owner, open
              for a controller
              (extract) = k of  at 8
              allows unused-secret: read by hand
              allows stale-copy: known
            copy of repo makes repo in other [*] at 5
        "#]],
    );
}

/// A line with an alias is the line that reads; the name stands where the anchor is.
#[test]
fn an_alias_reads_where_it_stands() {
    expect![[r#"
        ExternalSecret v1 db in ns makes db [a b] Owner
          a = db of kv at 7
          b = db of kv at 8
    "#]]
    .assert_eq(&facts_of(
        "apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: &name db}
spec:
  secretStoreRef: {name: kv}
  data:
    - {secretKey: a, remoteRef: {key: *name}}
    - {secretKey: b, remoteRef: {key: *name}}
",
    ));
}

/// The operator gives the Secret what its `ExternalSecret` has, but for a template that says otherwise.
#[test]
fn without_a_template_the_secret_is_annotated_as_its_external_secret_is() {
    let text = |template: &str| {
        format!(
            "
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: repo
  labels: {{argocd.argoproj.io/secret-type: repository}}
  annotations: {{replicator.v1.mittwald.de/replicate-to: other}}
spec:
  dataFrom: [{{extract: {{key: k}}}}]
  target: {{{template}}}
"
        )
    };
    let expected = expect![[r#"
        ExternalSecret v1 repo in ns makes repo [*] Owner, open
          for a controller
          (extract) = k of  at 9
        copy of repo makes repo in other [*] at 10
    "#]];
    check(&text("name: repo"), &expected);
    check(
        &text("template: {type: Opaque}"),
        &expect![[r#"
            ExternalSecret v1 repo in ns makes repo [*] Owner, open
              (extract) = k of  at 9
        "#]],
    );
}
