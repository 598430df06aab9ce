//! Secrets that a controller copies to other namespaces, by annotation of their source.

use sealine_model::Facts;
use sealine_model::kubernetes::{Secret, copied_to};
use sealine_model::tree::Tree;

use super::names::name_of;
use super::object::Object;

/// Annotations of a Secret that is filled from another one.
const FILLED_FROM: &[&str] =
    &["replicator.v1.mittwald.de/replicate-from", "reflector.v1.k8s.emberstack.com/reflects"];

/// Returns whether a controller fills the Secret from another one.
pub(super) fn is_filled(object: &Object<'_>) -> bool {
    FILLED_FROM.iter().any(|name| object.annotation(name).is_some())
}

/// Notes the copies of `made` that the annotations ask for.
pub(crate) fn read(made: &Secret, annotations: Option<&Tree>, out: &mut Facts) {
    let Some(annotations) = annotations else { return };
    let to = copied_to(|name| {
        let given = annotations.get(name)?;
        Some(name_of(given).and_then(|text| text.text()).unwrap_or_else(|| "*".to_owned()))
    });
    out.secrets.extend(to.into_iter().map(|namespace| made.copy_in(namespace)));
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
