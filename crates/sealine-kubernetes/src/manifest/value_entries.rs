//! Entries of vaults that the values of a chart name, where the chart itself is not in sight.
//!
//! Invariant: what the chart makes of an entry has no name here, and of the vault no more is known than the
//! values say: an entry is used, and nothing is said of a key that nobody declares.

use sealine_model::kubernetes::{Carrier, Consumer, Scope};
use sealine_model::tree::Tree;
use sealine_model::vault::{EntryRead, VaultIdentity, VaultKind};
use sealine_model::{Facts, Value};
use sealine_source::Place;

use super::names::{is_true, name_of};
use crate::kinds::injected_entry;

/// Notes the entries that values ask for as an `ExternalSecret` does (`remoteRef: {key: …}`), by their
/// vault (`keyVaults: {NAME: {secrets: […]}}`), by variables beside a vault (`envSecret: {VARIABLE: ENTRY}`
/// and `keyvault: {name: …}`), or by annotations of pods for Vault's agent.
pub(crate) fn note_entries(values: &Tree, scope: &Scope, consumer: &Consumer, out: &mut Facts) {
    Walk { scope, consumer, field: "", outer: "" }.tree(values, out);
}

/// Where in the values the walk is.
#[derive(Clone, Copy)]
struct Walk<'a> {
    scope: &'a Scope,
    consumer: &'a Consumer,
    /// The key that holds the current tree, through lists.
    field: &'a str,
    /// The key above that.
    outer: &'a str,
}

impl Walk<'_> {
    /// Recurses no deeper than a tree may be.
    fn tree(self, tree: &Tree, out: &mut Facts) {
        tree.items().iter().for_each(|item| self.tree(item, out));
        if tree.get("enabled").is_some() && !is_true(tree, "enabled") {
            return;
        }
        let is_reference = self.field == "remoteRef" || self.outer == "dataFrom";
        if let Some(key) = tree.get("key").filter(|_| is_reference) {
            return self.note_tree("ExternalSecret", None, key, out);
        }
        let of_vault = tree.get("secrets").filter(|_| self.outer == "keyVaults");
        for secret in of_vault.map(Tree::items).unwrap_or_default() {
            let vault = Some(VaultIdentity::new(VaultKind::Azure, []));
            let name = secret.get("name").unwrap_or(secret);
            self.note_tree("SecretProviderClass", vault, name, out);
        }
        self.note_variables(tree, out);
        for entry in tree.entries() {
            if let Some((vault, name)) = injected_entry(&entry.key, &entry.value)
                && let Some(place) = entry.value.place()
            {
                self.note("Pod", Some(vault), name, place, out);
            }
            Walk { field: &entry.key, outer: self.field, ..self }.tree(&entry.value, out);
        }
    }

    /// Notes the variables that are filled from the vault named beside them.
    fn note_variables(&self, tree: &Tree, out: &mut Facts) {
        let called = |key: &str| key.to_ascii_lowercase();
        let mut entries = tree.entries().iter();
        let Some(vault) = entries.find(|entry| called(&entry.key) == "keyvault") else { return };
        let Some(name) = vault.value.get("name").and_then(name_of) else { return };
        let is_list = |key: &str| matches!(called(key).as_str(), "envsecret" | "envsecrets");
        for list in tree.entries().iter().filter(|entry| is_list(&entry.key)) {
            for variable in list.value.entries() {
                let vault = Some(VaultIdentity::azure(name.clone()));
                self.note_tree("SecretProviderClass", vault, &variable.value, out);
            }
        }
    }

    fn note_tree(&self, kind: &str, vault: Option<VaultIdentity>, name: &Tree, out: &mut Facts) {
        if let Tree::Scalar { value, place } = name {
            self.note(kind, vault, value.clone(), place, out);
        }
    }

    fn note(
        &self,
        kind: &str,
        vault: Option<VaultIdentity>,
        name: Value,
        place: &Place,
        out: &mut Facts,
    ) {
        let is_name = |text: &str| !text.is_empty() && !text.contains("{{");
        if name.known_text().is_some_and(|text| is_name(&text)) {
            let Consumer { kind: owner, name: called, place: declared, .. } = self.consumer;
            out.entry_reads.push(EntryRead {
                vault,
                name,
                reader: format!("{kind} of {owner} {called}"),
                place: place.clone(),
                asked: None,
                object: Some(Carrier {
                    scope: self.scope.clone(),
                    kind: kind.to_owned(),
                    name: Value::unknown(),
                    place: declared.clone(),
                    asked: None,
                }),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{dump, release, tree};

    #[test]
    fn entries_are_found_where_values_ask_for_them() {
        let values = tree(
            "
externalSecrets:
  - name: one
    data:
      - secretKey: a
        remoteRef: {key: key-one, property: a}
    dataFrom:
      - extract: {key: key-two}
      - find: {name: {regexp: 'key-.*'}}
  - name: off
    enabled: false
    data: [{remoteRef: {key: key-off}}]
files:
  login: {data: {password: {remoteRef: {key: key-three}}}}
  other: {data: {password: {remoteRef: {key: '{{ .Values.key }}'}}, empty: {remoteRef: {key: ''}}}}
java:
  keyVaults:
    shop:
      secrets:
        - key-four
        - {name: key-five, alias: FIVE}
  ingress: {secrets: [tls]}
service:
  envSecret: {PASSWORD: key-six, OTHER: '{{ .Values.key }}'}
  envConfig: {LEVEL: info}
  keyvault: {name: kv-shop, tenantId: t}
job: {envSecret: {PASSWORD: of-no-vault}}
podAnnotations:
  vault.hashicorp.com/agent-inject: 'true'
  vault.hashicorp.com/agent-inject-secret-db: kv/data/apps/db
",
        );
        let mut facts = Facts::default();
        let scope = Scope::undelivered(Value::from("ns"));
        note_entries(&values, &scope, &release(), &mut facts);
        expect![[r#"
            ExternalSecret of HelmRelease app reads entry key-one of ?
            ExternalSecret of HelmRelease app reads entry key-two of ?
            ExternalSecret of HelmRelease app reads entry key-three of ?
            SecretProviderClass of HelmRelease app reads entry key-four of azure
            SecretProviderClass of HelmRelease app reads entry key-five of azure
            SecretProviderClass of HelmRelease app reads entry key-six of kv-shop
            Pod of HelmRelease app reads entry apps/db of hashicorp/kv
        "#]]
        .assert_eq(&dump(&facts));
    }
}
