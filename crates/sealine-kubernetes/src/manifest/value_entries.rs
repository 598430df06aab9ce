//! Entries of vaults that the values of a chart name, where the chart itself is not in sight.
//!
//! Invariant: what the chart makes of an entry has no name here, and the vault is at best known by its
//! kind: an entry is used, and nothing is said of a key that nobody declares.

use sealine_model::kubernetes::{Consumer, Scope};
use sealine_model::tree::Tree;
use sealine_model::vault::{EntryRead, ReadingObject, VaultIdentity, VaultKind};
use sealine_model::{Facts, Value};

use super::names::is_true;

/// Notes the entries that values ask for as an `ExternalSecret` does (`remoteRef: {key: …}`), or by
/// their vault (`keyVaults: {NAME: {secrets: […]}}`).
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
            return self.note("ExternalSecret", None, key, out);
        }
        let of_vault = tree.get("secrets").filter(|_| self.outer == "keyVaults");
        for secret in of_vault.map(Tree::items).unwrap_or_default() {
            let vault = Some(VaultIdentity::new(VaultKind::Azure, []));
            let name = secret.get("name").unwrap_or(secret);
            self.note("SecretProviderClass", vault, name, out);
        }
        for entry in tree.entries() {
            Walk { field: &entry.key, outer: self.field, ..self }.tree(&entry.value, out);
        }
    }

    fn note(&self, kind: &str, vault: Option<VaultIdentity>, name: &Tree, out: &mut Facts) {
        let Tree::Scalar { value, place } = name else { return };
        let is_name = |text: &str| !text.is_empty() && !text.contains("{{");
        if value.known_text().is_some_and(|text| is_name(&text)) {
            let Consumer { kind: owner, name: called, place: declared, .. } = self.consumer;
            out.entry_reads.push(EntryRead {
                vault,
                name: value.clone(),
                reader: format!("{kind} of {owner} {called}"),
                place: place.clone(),
                object: Some(ReadingObject {
                    scope: self.scope.clone(),
                    kind: kind.to_owned(),
                    name: Value::unknown(),
                    place: declared.clone(),
                    copies: Vec::new(),
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
        "#]]
        .assert_eq(&dump(&facts));
    }
}
