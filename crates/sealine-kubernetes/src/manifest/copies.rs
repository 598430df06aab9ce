//! Secrets that a controller copies to other namespaces, by annotation of their source.

use sealine_model::kubernetes::{Keys, Secret, SecretOrigin};
use sealine_model::tree::Tree;
use sealine_model::{Facts, Value};

use super::names::{is_object_name, name_of};
use super::object::Object;

/// Annotations that list namespaces (names or regular expressions, with `,` between) to copy to.
const COPIED_TO: &[&str] = &[
    "reflector.v1.k8s.emberstack.com/reflection-auto-namespaces",
    "replicator.v1.mittwald.de/replicate-to",
];

/// Annotations that ask for copies in namespaces that no text lists.
const COPIED_SOMEWHERE: &[&str] = &[
    "replicator.v1.mittwald.de/replicate-to-matching",
    "kubed.appscode.com/sync",
    "config-syncer.appscode.com/sync",
];

/// Annotations of a Secret that is filled from another one.
const FILLED_FROM: &[&str] =
    &["replicator.v1.mittwald.de/replicate-from", "reflector.v1.k8s.emberstack.com/reflects"];

/// Returns whether a controller fills the Secret from another one.
pub(super) fn is_filled(object: &Object<'_>) -> bool {
    FILLED_FROM.iter().any(|name| object.annotation(name).is_some())
}

/// Notes the copies of `made` that the annotations ask for.
pub(crate) fn read(
    object: &Object<'_>,
    made: &Secret,
    annotations: Option<&Tree>,
    out: &mut Facts,
) {
    let Some(annotations) = annotations else { return };
    let mut copy = |namespace: Value| {
        out.secrets.push(Secret {
            scope: object.scope_in(namespace),
            origin: SecretOrigin::Controller,
            maker: format!("copy of {}", made.name),
            keys: Keys { known: made.keys.known.clone(), open: made.keys.open },
            plaintext: false,
            read_by_controller: false,
            ..made.clone()
        });
    };
    for list in COPIED_TO.iter().filter_map(|name| annotations.get(name)) {
        let text = name_of(list).and_then(|list| list.text());
        for namespace in text.as_deref().unwrap_or("*").split(',').map(str::trim) {
            let known = is_object_name(namespace) && !namespace.contains('.');
            copy(if known { Value::from(namespace) } else { Value::unknown() });
        }
    }
    let automatic = "reflector.v1.k8s.emberstack.com/reflection-auto-enabled";
    let everywhere = annotations.get(automatic).and_then(Tree::text).as_deref() == Some("true")
        && COPIED_TO.iter().all(|name| annotations.get(name).is_none());
    if everywhere || COPIED_SOMEWHERE.iter().any(|name| annotations.get(name).is_some()) {
        copy(Value::unknown());
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::facts_of;

    #[test]
    fn copies_stand_in_the_namespaces_that_are_listed() {
        expect![[r#"
            copy of tls makes tls in web [tls.crt] at 4
            copy of tls makes tls in * [tls.crt] at 4
            Secret tls makes tls in ns [tls.crt] at 4
        "#]]
        .assert_eq(&facts_of(
            "
apiVersion: v1
kind: Secret
metadata: {name: tls, annotations: {replicator.v1.mittwald.de/replicate-to: 'web,team-.*'}}
data: {tls.crt: ''}
",
        ));
    }
}
