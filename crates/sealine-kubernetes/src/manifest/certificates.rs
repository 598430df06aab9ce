//! Certificates that the ingress of a chart has made, as the values of its release say.
//!
//! Invariant: what a chart does with its values is not known, so that these Secrets may satisfy a
//! reader, and no more.

use sealine_model::Facts;
use sealine_model::kubernetes::{Keys, Secret, SecretOrigin};
use sealine_model::tree::Tree;

use super::names::name_of;
use super::reads::Reader;
use crate::kinds::make_certificate;

/// Notes the certificates that the annotations of this map ask for.
pub(super) fn of_values(map: &Tree, reader: &Reader, out: &mut Facts) {
    if !map.get("annotations").is_some_and(make_certificate) {
        return;
    }
    let tls = map.get("tls").unwrap_or(&Tree::Null);
    for item in std::iter::once(tls).chain(tls.items()) {
        let name = item.get("secretName");
        let Some((name, place)) = name.and_then(|name| name_of(name).zip(name.place())) else {
            continue;
        };
        out.secrets.push(Secret {
            scope: reader.scope.clone(),
            name,
            place: place.clone(),
            origin: SecretOrigin::Guessed,
            maker: format!("{} {}", reader.consumer.kind, reader.consumer.name),
            keys: Keys::unknown(),
            plaintext: false,
            read_by_controller: false,
            asked: None,
            by: None,
            rendered: false,
        });
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use sealine_model::Certainty;
    use sealine_model::Value;
    use sealine_model::kubernetes::Scope;

    use super::*;
    use crate::testing::{dump, release, tree};

    #[test]
    fn annotations_have_the_certificates_beside_them_made() {
        let mut facts = Facts::default();
        let scope = Scope::undelivered(Value::from("ns"));
        let reader =
            Reader { scope, consumer: release(), certainty: Certainty::Assumed, always: None };
        for text in [
            "annotations: {cert-manager.io/cluster-issuer: acme}\ntls: {secretName: web-tls}",
            "annotations: {kubernetes.io/tls-acme: 'true'}\ntls: [{hosts: [a], secretName: api-tls}]",
            "annotations: {a: b}\ntls: [{secretName: own-tls}]",
        ] {
            of_values(&tree(text), &reader, &mut facts);
        }
        expect![[r#"
            HelmRelease app makes web-tls in ns [*] at 2
            HelmRelease app makes api-tls in ns [*] at 2
        "#]]
        .assert_eq(&dump(&facts));
    }
}
