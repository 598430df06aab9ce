//! Secrets as manifests: their keys, and whether their values stand in clear.
//!
//! Invariant: no value is looked at for more than its shape.

use sealine_model::kubernetes::{Keys, SecretOrigin};
use sealine_model::tree::{Tree, TreeEntry};
use sealine_model::{Facts, names_no_secret};

use super::copies;
use super::in_clear::{NAME, STAND_IN, is_id, is_image, is_in_clear, is_mail, is_public_file};
use super::makes::{keys_of_map, secret};
use super::names::text_at;
use super::object::Object;

/// The label by which Argo CD finds repositories and clusters.
const ARGO_SECRET_TYPE: &str = "argocd.argoproj.io/secret-type";

/// What Secrets with that label say beside their credentials.
const NOT_SECRET: &[&str] = &[
    "url",
    "type",
    "name",
    "project",
    "server",
    "namespaces",
    "clusterResources",
    "enableOCI",
    "enableLfs",
    "insecure",
    "insecureIgnoreHostKey",
    "proxy",
    "noProxy",
    "githubAppID",
    "githubAppInstallationID",
    "githubAppEnterpriseBaseUrl",
    "forceHttpBasicAuth",
    "useAzureWorkloadIdentity",
];

/// Labels by which a controller finds the Secrets it reads.
const READ_BY_LABEL: &[&str] = &[
    ARGO_SECRET_TYPE,
    "sealedsecrets.bitnami.com/sealed-secrets-key",
    "grafana_datasource",
    "grafana_dashboard",
    "grafana_alert",
    "grafana_notifier",
    "istio/multiCluster",
    "fleet.cattle.io/managed",
    "jenkins.io/credentials-type",
    "secrets.stackable.tech/class",
];

/// Types of Secrets that the cluster itself reads.
const READ_BY_TYPE: &[&str] =
    &["kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token", "helm.sh/release.v1"];

/// Secrets that the program which reads them puts keys into: Argo CD its signing key and the password
/// of its administrator.
const COMPLETED: &[&str] = &["argocd-secret"];

/// Reads a Secret.
pub(super) fn read(object: &Object<'_>, out: &mut Facts) {
    let parts = [object.tree.get("data"), object.tree.get("stringData")];
    let mut keys = Keys::default();
    for part in parts {
        let more = keys_of_map(part);
        keys.known.extend(more.known);
        keys.open |= more.open;
    }
    let encrypted = object.tree.get("sops").is_some();
    // A Secret without keys is filled by someone else, as are those that a controller completes.
    let secret_type = text_at(object.tree, &["type"]).unwrap_or_default();
    keys.open |= keys.known.is_empty()
        || secret_type == "kubernetes.io/service-account-token"
        || object.name.text().is_some_and(|name| COMPLETED.contains(&name.as_str()))
        || copies::is_filled(object);
    let values = || parts.iter().flatten().flat_map(|part| part.entries());
    let of_repository = object.tree.at(&["metadata", "labels", ARGO_SECRET_TYPE]).is_some();
    let in_clear = values().any(|entry| {
        let key = entry.key.as_str();
        let is_open = |kept: &str| {
            is_id(key, kept)
                || is_mail(key, kept)
                || is_public_file(key, kept)
                || is_image(key, kept)
                || (kept == NAME && names_no_secret(key))
                || (of_repository && NOT_SECRET.contains(&key))
        };
        entry.value.text().is_some_and(|kept| is_in_clear(&kept) && !is_open(&kept))
    });
    // Somebody copies it and fills it in, a person or a scaffolder.
    let stands_in = |entry: &TreeEntry| entry.value.text().as_deref() == Some(STAND_IN);
    let is_sample =
        (object.place.file.is_sample() || !object.name.is_known()) && values().any(stands_in);
    if !encrypted {
        out.secret_texts.extend(values().filter_map(|entry| entry.value.place().cloned()));
    }
    let place = object.place.clone();
    let mut made = secret(object, object.scope.clone(), object.name.clone(), place, keys);
    made.origin = if encrypted { SecretOrigin::SopsManifest } else { SecretOrigin::Manifest };
    made.by = None;
    made.plaintext = in_clear && !encrypted && !is_sample;
    made.read_by_controller =
        is_read_by_label(object.tree) || READ_BY_TYPE.contains(&secret_type.as_str());
    copies::read(&made, object.tree.at(&["metadata", "annotations"]), out);
    out.secrets.push(made);
}

/// Returns whether the labels of `metadata` say that a controller reads the Secret by itself.
pub(crate) fn is_read_by_label(object: &Tree) -> bool {
    let labels = object.at(&["metadata", "labels"]).map(Tree::entries).unwrap_or_default();
    labels.iter().any(|label| {
        READ_BY_LABEL.contains(&label.key.as_str())
            || (label.key == "app.kubernetes.io/part-of"
                && label.value.text().as_deref() == Some("argocd"))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::testing::{facts_of, read};

    fn check(text: &str, expected: &Expect) {
        expected.assert_eq(&facts_of(text));
    }

    #[test]
    fn only_keys_are_read() {
        check(
            "
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: data}
data: {password: aHVudGVyMg==}
stringData:
  user: admin
",
            &expect![[r#"
                Secret db makes db in data [password user] at 4 in clear
            "#]],
        );
        let canary = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {k: Q0FOQVJZ}\n";
        assert!(!format!("{:?}", read(canary).0).contains("Q0FOQVJZ"));
        assert!(!format!("{:?}", crate::testing::tree(canary)).contains("Q0FOQVJZ"));
    }

    #[test]
    fn what_its_reader_completes_has_other_keys() {
        check(
            "
apiVersion: v1
kind: Secret
metadata: {name: argocd-secret}
stringData: {webhook.github.secret: ''}
",
            &expect![[r#"
                Secret argocd-secret makes argocd-secret in ns [webhook.github.secret *] at 4
            "#]],
        );
    }

    #[test]
    fn what_a_tool_fills_in_is_not_in_clear() {
        let values = [
            "''",
            "ENC[AES256_GCM,data:x]",
            "<path:a/b#c>",
            "${PW}",
            "$db_password64",
            "u:$(db_password)@h",
            "ref+vault://x",
        ];
        for value in values {
            let text = format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  k: {value}\n"
            );
            assert_eq!(facts_of(&text), "Secret a makes a in ns [k] at 3\n", "{value}");
        }
    }

    #[test]
    fn what_a_scaffolder_fills_in_is_not_in_clear() {
        for (name, key, expected) in [
            ("'{{ values.name }}'", "'{{ values.key }}'", ""),
            ("'{{ values.name }}'", "hunter2", " in clear"),
            ("kong", "'{{ values.key }}'", " in clear"),
        ] {
            let text = format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\n\
                 stringData: {{plan: key-auth, key: {key}}}\n"
            );
            let made = facts_of(&text);
            assert!(made.ends_with(&format!("at 3{expected}\n")), "{name} {key}: {made}");
        }
        let empty = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: e30=}\n";
        assert_eq!(facts_of(empty), "Secret a makes a in ns [a] at 3\n");
    }

    #[test]
    fn where_a_database_is_is_no_secret() {
        for (data, expected) in [
            ("{PGHOST: db.internal, PGPORT: '5432', db-user: app, userName: x}", ""),
            ("{PGPORT: '5432', PGPASSWORD: '5432'}", " in clear"),
            ("{host: 'https://u:p@h'}", " in clear"),
            ("{from: 'git@github.com:acme/infra.git', chart: 'oci://ghcr.io/Org/chart'}", ""),
            ("{from: 'https://u:p@github.com/acme/infra.git'}", " in clear"),
            ("{support: hunter2}", " in clear"),
            ("{CONFIG_PATH: /etc/app/settings.py, FLASK_APP: superset}", ""),
            ("{password: /etc/app/settings.py}", " in clear"),
            ("{start: 'login --with $(date)'}", " in clear"),
            ("{project-id: lab-466309, zone: eu-west1-b, cluster: lab, network-name: vpc}", ""),
            ("{project-id: lab-466309, zone: eu-west1-b, token: lab}", " in clear"),
            (r#"{cloud.conf: "[global]\nproject-id = lab-466309\nnetwork-name = vpc\n"}"#, ""),
        ] {
            let text = format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData: {data}\n"
            );
            let made = facts_of(&text);
            assert!(made.ends_with(&format!("at 3{expected}\n")), "{data}: {made}");
        }
    }

    #[test]
    fn an_address_for_mail_is_no_secret_unless_its_key_says_so() {
        for (data, expected) in [
            ("{email: admin@example.com, ADMIN: YWRtaW5AZXhhbXBsZS5jb20=}", ""),
            (r#"{a.json: '{"mail": "admin@example.com"}'}"#, ""),
            ("{password: admin@example.com}", " in clear"),
            ("{email: admin@example.com, ADMIN: hunter2}", " in clear"),
            (r#"{a.json: '{"pass": "admin@example.com"}'}"#, " in clear"),
        ] {
            let text = format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData: {data}\n"
            );
            let made = facts_of(&text);
            assert!(made.ends_with(&format!("at 3{expected}\n")), "{data}: {made}");
        }
    }

    /// Some charts want ids and switches in a Secret.
    #[test]
    fn ids_and_switches_are_no_secrets() {
        let id = "1c7a9a50-4ac3-4b1e-9f0e-5a8d6f3f2b11";
        for (data, expected) in [
            ("data: {USE_IDENTITY: dHJ1ZQ==}".to_owned(), ""),
            (format!("stringData: {{TENANT_ID: {id}, use: 'false'}}"), ""),
            (format!("stringData: {{password: {id}}}"), " in clear"),
            ("stringData: {clientId: headlamp, LOG_LEVEL: info}".to_owned(), ""),
            ("stringData: {clientIdSecret: hunter2}".to_owned(), " in clear"),
            ("stringData: {style.css: \"a {}\\nb {}\\n\"}".to_owned(), ""),
            ("stringData: {init.sql: \"CREATE DATABASE a;\\nGRANT b;\\n\"}".to_owned(), ""),
            (
                "stringData: {init.sql: \"CREATE USER a\\nPASSWORD 'b';\\n\"}".to_owned(),
                " in clear",
            ),
            ("stringData: {app.ini: \"[a]\\nb = hunter2\\n\"}".to_owned(), " in clear"),
            (
                r#"stringData: {a.json: '{"id": "placeholder-id", "on": true, "of": [null]}'}"#
                    .into(),
                "",
            ),
            (
                r#"stringData: {a.json: '{"id": "placeholder-id", "key": "hunter2"}'}"#.into(),
                " in clear",
            ),
        ] {
            let text = format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\n{data}\n");
            let made = facts_of(&text);
            assert!(made.ends_with(&format!("at 3{expected}\n")), "{data}: {made}");
        }
    }

    #[test]
    fn a_secret_that_others_complete_is_open() {
        check(
            "
apiVersion: v1
kind: Secret
metadata: {name: repo, labels: {argocd.argoproj.io/secret-type: repository}}
stringData: {url: x}
---
apiVersion: v1
kind: Secret
metadata: {name: token}
type: kubernetes.io/service-account-token
---
apiVersion: v1
kind: Secret
metadata: {name: sealed-by-sops}
data: {k: 'ENC[x]', open_unencrypted: text}
sops: {mac: x}
---
apiVersion: v1
kind: Secret
metadata: {name: registry, labels: {jenkins.io/credentials-type: secretText}}
data: {text: ''}
",
            &expect![[r#"
                Secret repo makes repo in ns [url] at 4 for a controller
                Secret token makes token in ns [*] at 9 for a controller
                Secret sealed-by-sops makes sealed-by-sops in ns [k open_unencrypted] at 14
                Secret registry makes registry in ns [text] at 20 for a controller
            "#]],
        );
    }
}
