//! Secrets that the values of a chart name by convention, at any depth.
//!
//! Invariant: what is read here is assumed; a text that may be a secret value is never taken for a
//! key.

use sealine_model::kubernetes::{Consumer, Scope, UseKind};
use sealine_model::tree::Tree;
use sealine_model::{Facts, Value};

use super::names::{is_key, is_object_name, name_at, name_of, text_at};
use super::own_secrets::OwnSecrets;
use super::plain;
use super::reads::{Read, Reader, note, note_qualified};
use super::value_fields::{
    is_existing, is_key_of_secret, is_known, is_name, is_reference_to_known, keys_beside,
    speaks_of_secret,
};
use super::{assumed_reader, certificates, keep_first_uses, pod};
use crate::kinds::{argo_secret, argo_text};

/// Values that list credentials to pull images.
const PULL_SECRETS: &[&str] =
    &["imagePullSecrets", "globalImagePullSecrets", "pullSecrets", "imagePullSecret"];

/// Values of Argo CD's chart whose texts name keys of Secrets as `$secret:key`.
const ARGO_TEXTS: &[&str] = &["cm", "config", "notifiers"];

/// Reads the Secrets that chart values name, at any depth: by convention, and by a field that speaks
/// of a Secret and holds a name that is `known`.
pub fn values_references(
    values: &Tree,
    scope: &Scope,
    consumer: &Consumer,
    known: &dyn Fn(&str) -> bool,
    out: &mut Facts,
) {
    let reader = assumed_reader(scope, consumer);
    let before = out.uses.len();
    let own = OwnSecrets::of(values, &reader.consumer.name);
    let walk = Walk {
        reader: &reader,
        own: &own,
        known,
        field: "",
        outer: "",
        variable: None,
        disabled: false,
    };
    walk.tree(values, out);
    keep_first_uses(before, out);
}

/// Where in the values the walk is.
#[derive(Clone, Copy)]
struct Walk<'a> {
    reader: &'a Reader,
    own: &'a OwnSecrets,
    /// Whether a Secret in sight has a name.
    known: &'a dyn Fn(&str) -> bool,
    /// The key that holds the current tree, through lists.
    field: &'a str,
    /// The key above that.
    outer: &'a str,
    /// The name of the environment variable that the tree defines.
    variable: Option<&'a Value>,
    /// Whether `enabled: false` stands above.
    disabled: bool,
}

impl Walk<'_> {
    /// Recurses no deeper than a tree may be.
    fn tree(self, tree: &Tree, out: &mut Facts) {
        match tree {
            Tree::Map(_) => self.map(tree, out),
            Tree::List(items) => {
                for item in items {
                    if matches!(item, Tree::Scalar { .. }) {
                        self.scalar(item, &Tree::Null, out);
                    } else {
                        self.tree(item, out);
                    }
                }
            }
            _ => {}
        }
    }

    fn map(mut self, map: &Tree, out: &mut Facts) {
        let enabled = map.get("enabled").and_then(Tree::text);
        self.disabled |= enabled.as_deref() == Some("false");
        if self.reference(map, out) {
            return;
        }
        if self.devtron(map, out) || self.airflow(map, out) {
            return;
        }
        self.plain(map, out);
        if !self.disabled {
            certificates::of_values(map, self.reader, out);
            pod::class_mount(map, self.reader, out);
        }
        let variable = self.own_variable(map);
        for entry in map.entries() {
            let below =
                Walk { field: &entry.key, outer: self.field, variable: variable.as_ref(), ..self };
            match &entry.value {
                Tree::Scalar { .. } => below.scalar(&entry.value, map, out),
                other => below.tree(other, out),
            }
        }
    }

    /// Notes an item of the lists of Devtron's reference charts.
    ///
    /// A Secret of `ConfigSecrets` is read by the application; the chart makes it itself unless it is
    /// external and stands in the cluster already.
    fn devtron(&self, item: &Tree, out: &mut Facts) -> bool {
        let text = |key| text_at(item, &[key]).unwrap_or_default();
        if self.field == "EnvVariablesFromSecretKeys" {
            let name = name_at(item, "name").unwrap_or_else(Value::unknown);
            let read = Read::of_map(item, "secretName", "keyName", UseKind::Env(name));
            let Some(read) = read.filter(|read| holds_name(read.name)) else { return false };
            note(self.reader, read, out);
            return true;
        }
        if self.outer != "ConfigSecrets" || self.field != "secrets" {
            return false;
        }
        let in_cluster = matches!(text("externalType").as_str(), "" | "KubernetesSecret");
        if text("external") == "true" && in_cluster && !self.disabled {
            let is_volume = text("type") == "volume";
            let kind = if is_volume { UseKind::Volume } else { UseKind::EnvFrom(String::new()) };
            let read = item.get("name").map(|name| Read::new(name, kind));
            if let Some(read) = read.filter(|read| holds_name(read.name)) {
                note(self.reader, read, out);
            }
        }
        true
    }

    fn plain(&self, map: &Tree, out: &mut Facts) {
        plain::item(map, self.reader, out);
        plain::members(map, self.reader, out);
        if self.outer == "config" {
            plain::section(self.field, map, self.reader, out);
        }
    }

    /// Notes an item of the `secret` list of Airflow's chart, which makes variables for all pods.
    fn airflow(&self, item: &Tree, out: &mut Facts) -> bool {
        let Some(variable) = name_at(item, "envName") else { return false };
        let read = Read::of_map(item, "secretName", "secretKey", UseKind::Env(variable));
        let Some(read) = read.filter(|read| holds_name(read.name)) else { return false };
        note(self.reader, read, out);
        true
    }

    /// The variable that this map defines: `{name: X, valueFrom: …}`, or `X: {valueFrom: …}`.
    fn own_variable(&self, map: &Tree) -> Option<Value> {
        if map.get("valueFrom").is_some() {
            let listed = || Value::known(self.field, None);
            return Some(name_at(map, "name").unwrap_or_else(listed));
        }
        self.variable.filter(|_| self.field == "valueFrom").cloned()
    }

    /// Notes a map that is a reference as a whole.
    fn reference(&self, map: &Tree, out: &mut Facts) -> bool {
        let named = self.own.named(map);
        let map = named.as_ref().unwrap_or(map);
        let is_secret_volume = || {
            let kind = text_at(map, &["type"]).is_some_and(|kind| kind == "secret");
            kind && (self.outer == "persistence" || self.field.ends_with("olumes"))
        };
        let read = match self.field {
            "secretKeyRef" => {
                let kind =
                    self.variable.map_or(UseKind::ChartValue, |name| UseKind::Env(name.clone()));
                Read::of_map(map, "name", "key", kind)
            }
            field if PULL_SECRETS.contains(&field) => {
                Read::of_map(map, "name", "", UseKind::ImagePull)
            }
            "secret" if self.outer == "sources" => {
                Read::of_map(map, "name", "", UseKind::ChartValue)
            }
            field if is_name(field) && field != "secretName" => {
                Read::of_map(map, "name", "key", UseKind::ChartValue)
            }
            field
                if is_key_of_secret(field, map)
                    || is_reference_to_known(field, map, self.known) =>
            {
                Read::of_map(map, "name", "key", UseKind::ChartValue)
            }
            _ if is_secret_volume() => Read::of_map(map, "name", "", UseKind::ChartValue),
            _ => None,
        };
        let Some(mut read) = read.filter(|read| holds_name(read.name)) else { return false };
        read.optional |= self.disabled;
        note(self.reader, read, out);
        true
    }

    fn scalar(&self, scalar: &Tree, beside: &Tree, out: &mut Facts) {
        if self.field == "default-ssl-certificate" {
            // An argument of the ingress controller, which wants the namespace before the name.
            if scalar.text().is_some_and(|text| text.split('/').all(is_object_name)) {
                note_qualified(self.reader, scalar, UseKind::ChartValue, out);
            }
            return;
        }
        if ARGO_TEXTS.contains(&self.outer) {
            argo_text(scalar, self.reader, (Some(argo_secret(self.outer)), self.known), out);
        }
        let kind = if PULL_SECRETS.contains(&self.field) {
            UseKind::ImagePull
        } else if is_name(self.field)
            || (self.field == "secret" && self.outer == "envFrom")
            || ((speaks_of_secret(self.field) || is_existing(self.field, beside))
                && is_known(scalar, self.known))
        {
            UseKind::ChartValue
        } else {
            return;
        };
        let own = if self.outer == "envFrom" { self.own.name(scalar) } else { None };
        let scalar = own.as_ref().unwrap_or(scalar);
        if !holds_name(scalar) {
            return;
        }
        let mut keys = keys_beside(self.field, beside);
        keys.retain(|key| key.text().is_some_and(|key| is_key(&key)));
        let mut once = |key| {
            let read = Read::new(scalar, kind.clone());
            note(self.reader, Read { key, optional: self.disabled, ..read }, out);
        };
        if keys.is_empty() {
            once(None);
        }
        for key in keys {
            once(Some(key));
        }
    }
}

fn holds_name(scalar: &Tree) -> bool {
    name_of(scalar).is_some_and(|name| match name.text() {
        Some(text) => is_object_name(&text) && !matches!(text.as_str(), "true" | "false"),
        None => !name.is_unknown(),
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{dump, release, tree};

    fn read(text: &str) -> String {
        let mut facts = Facts::default();
        let scope = Scope::undelivered(Value::from("ns"));
        let known = |name: &str| name == "in-sight";
        values_references(&tree(text), &scope, &release(), &known, &mut facts);
        dump(&facts)
    }

    #[test]
    fn references_are_found_at_every_depth() {
        expect![[r#"
            HelmRelease app reads db[pw] in ns at 6 (env PASSWORD, assumed)
            HelmRelease app reads token[t] in ns at 8 (env TOKEN, optional, assumed)
            HelmRelease app reads *-env in ns at 13 (chartvalue, assumed)
            HelmRelease app reads config-files in ns at 15 (chartvalue, assumed)
            HelmRelease app reads files in ns at 18 (chartvalue, assumed)
            HelmRelease app reads projected in ns at 19 (chartvalue, assumed)
            HelmRelease app reads db-user[user] in ns at 20 (chartvalue, assumed)
            HelmRelease app reads wildcard in ingress at 21 (chartvalue, assumed)
            HelmRelease app reads pull-a in ns at 23 (imagepull, assumed)
            HelmRelease app reads pull-b in ns at 23 (imagepull, assumed)
        "#]]
        .assert_eq(&read(
            "
apps:
  - helmValues:
      extraEnv:
        - name: PASSWORD
          valueFrom: {secretKeyRef: {name: db, key: pw}}
      cronTasks:
        - env: {TOKEN: {valueFrom: {secretKeyRef: {name: token, key: t, optional: true}}}}
controllers:
  main:
    containers:
      app:
        envFrom: [{secretRef: {name: '{{ .Release.Name }}-env'}}]
persistence:
  config: {type: secret, name: config-files}
  data: {type: persistentVolumeClaim, name: data}
volumes:
  - secret: {secretName: files}
  - projected: {sources: [{secret: {name: projected}}]}
userSecret: {name: db-user, key: user}
extraArgs: {default-ssl-certificate: ingress/wildcard}
listSecret: {name: a, values: [b]}
imagePullSecrets: [{name: pull-a}, pull-b]
",
        ));
    }

    /// What may be a secret itself is a name only where a Secret has it.
    #[test]
    fn names_of_secrets_in_sight_are_known_by_fields_that_speak_of_secrets() {
        expect![[r#"
            HelmRelease app reads in-sight in ns at 2 (chartvalue, assumed)
            HelmRelease app reads in-sight in ns at 3 (chartvalue, assumed)
            HelmRelease app reads in-sight[a] in ns at 4 (chartvalue, assumed)
            HelmRelease app reads in-sight in ns at 5 (chartvalue, assumed)
            HelmRelease app reads in-sight in ns at 6 (chartvalue, assumed)
            HelmRelease app reads in-sight in ns at 10 (chartvalue, assumed)
            HelmRelease app reads in-sight[id] in ns at 12 (chartvalue, assumed)
            HelmRelease app reads in-sight in ns at 15 (chartvalue, assumed)
            HelmRelease app reads in-sight in ns at 17 (chartvalue, assumed)
        "#]]
        .assert_eq(&read(
            "
githubConfigSecret: in-sight
pools: [{ssh-secret: in-sight}]
auth: {keyRef: {name: in-sight, key: a}, otherRef: {name: hidden, key: b}}
credentials: [in-sight, hunter2]
existingDatabaseSecret: {name: in-sight, usernameKey: user, passwordKey: pw}
clientSecret: hunter2
secretKey: in-sight
name: in-sight
license: {name: in-sight, existingSecret: true}
configMapKeyRef: {name: in-sight, key: a}
clientId: {name: in-sight, key: id}
label: {name: in-sight, key: id, value: b}
secretStoreRef: {name: in-sight}
app: {configurationKind: Secret, existingConfiguration: in-sight}
web: {configurationKind: ConfigMap, existingConfiguration: in-sight}
oidc: {externalSecret: {enabled: true, name: in-sight}}
own: {externalSecret: {create: true, name: in-sight}}
",
        ));
    }

    #[test]
    fn lists_of_devtron_say_what_is_read() {
        expect![[r#"
            HelmRelease app reads shared in ns at 5 (envFrom, assumed)
            HelmRelease app reads certificates in ns at 6 (volume, assumed)
            HelmRelease app reads db[pw] in ns at 9 (env PASSWORD, assumed)
        "#]]
        .assert_eq(&read(
            "
ConfigSecrets:
  enabled: true
  secrets:
    - {name: shared, type: environment, external: true, externalType: KubernetesSecret}
    - {name: certificates, type: volume, external: true, externalType: ''}
    - {name: made-by-the-chart, type: environment, external: true, externalType: ESO_AWSSecretsManager}
    - {name: own, type: environment, external: false, data: {a: b}}
EnvVariablesFromSecretKeys: [{name: PASSWORD, secretName: db, keyName: pw}]
",
        ));
    }

    #[test]
    fn identifiers_are_names_of_the_release() {
        expect![[r#"
            HelmRelease app reads *-main[pw] in ns at 4 (env PASSWORD, assumed)
            HelmRelease app reads *-main in ns at 5 (chartvalue, assumed)
            HelmRelease app reads shared in ns at 6 (chartvalue, assumed)
            HelmRelease app reads *-main in ns at 6 (chartvalue, assumed)
            HelmRelease app reads renamed in ns at 2 (chartvalue, assumed)
            HelmRelease app reads other in ns at 8 (chartvalue, assumed)
        "#]]
        .assert_eq(&read(
            "
secrets: {main: {stringData: {pw: x}}, files: {forceRename: renamed}, off: {enabled: false}}
env:
  PASSWORD: {valueFrom: {secretKeyRef: {identifier: main, key: pw}}}
envFrom: [{secretRef: {identifier: main}}, {secretRef: {identifier: gone}},
  {secret: shared}, {secret: main}]
persistence: {files: {type: secret, identifier: files},
  more: {type: secret, name: other}}
",
        ));
    }

    #[test]
    fn keys_stand_beside_the_names() {
        expect![[r#"
            HelmRelease app reads db[pw] in ns at 2 (chartvalue, assumed)
            HelmRelease app reads token[value] in ns at 3 (chartvalue, assumed)
            HelmRelease app reads web in ns at 4 (chartvalue, assumed)
        "#]]
        .assert_eq(&read(
            "
db: {passwordSecret: db, passwordSecretKey: pw}
token: {tokenSecretName: token, tokenSecretKey: value}
web: {webserverSecretKeySecretName: web, webserverSecretKey: 0123456789abcdef}
",
        ));
    }

    #[test]
    fn conventional_names_are_known() {
        expect![[r#"
            HelmRelease app reads db[admin-pw] in ns at 2 (chartvalue, assumed)
            HelmRelease app reads grafana[user] in ns at 3 (chartvalue, assumed)
            HelmRelease app reads grafana[pass] in ns at 3 (chartvalue, assumed)
            HelmRelease app reads redis in ns at 4 (chartvalue, optional, assumed)
            HelmRelease app reads web-tls in ns at 5 (chartvalue, assumed)
            HelmRelease app reads meta in ns at 6 (chartvalue, assumed)
            HelmRelease app reads s3 in ns at 7 (chartvalue, assumed)
        "#]]
        .assert_eq(&read(
            "
auth: {existingSecret: db, secretKeys: {adminPasswordKey: admin-pw}, existingSecretPasswordKey: ''}
admin: {existingSecret: grafana, userKey: user, passwordKey: pass}
redis: {enabled: false, auth: {existingSecret: redis}}
ingress: {tls: [{secretName: web-tls, hosts: [a.b]}]}
data: {metadataSecretName: meta, fernetKeySecretName: ''}
s3: {existingSecret: s3, secretKey: hunter2}
existingSecret: true
secretName: Not A Name
",
        ));
    }
}
