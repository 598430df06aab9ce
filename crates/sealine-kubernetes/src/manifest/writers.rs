//! Roles that let programs make Secrets while they run.
//!
//! Invariant: only a `Role` counts, which holds in its own namespace. Operators may make Secrets in
//! all of them; what they make is known by their resources.

use sealine_model::Facts;
use sealine_model::kubernetes::SecretWriter;
use sealine_model::tree::Tree;

use super::object::Object;

/// Reads a `Role`.
pub(super) fn read(object: &Object<'_>, out: &mut Facts) {
    let rules = object.tree.get("rules").map(Tree::items).unwrap_or_default();
    if rules.iter().any(lets_create_secrets) {
        let writer = SecretWriter { scope: object.scope.clone(), place: object.place.clone() };
        out.secret_writers.push(writer);
    }
}

fn lets_create_secrets(rule: &Tree) -> bool {
    let holds = |key: &str, wanted: &str| {
        let items = rule.get(key).map(Tree::items).unwrap_or_default();
        let texts = items.iter().map(Tree::text);
        // What is not known may be it.
        texts.into_iter().any(|text| text.is_none_or(|text| text == "*" || text == wanted))
    };
    holds("apiGroups", "") && holds("resources", "secrets") && holds("verbs", "create")
}

#[cfg(test)]
mod tests {
    use crate::testing::read;

    fn writers(rule: &str) -> usize {
        let text = format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: a, namespace: b}}\n\
             rules: [{rule}]\n"
        );
        read(&text).0.secret_writers.len()
    }

    #[test]
    fn who_may_create_secrets_makes_some() {
        let secrets = r#"apiGroups: [""], resources: [configmaps, secrets]"#;
        assert_eq!(writers(&format!("{{{secrets}, verbs: [get, create]}}")), 1);
        assert_eq!(writers(r#"{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}"#), 1);
        assert_eq!(writers(&format!("{{{secrets}, verbs: [get, list, patch]}}")), 0);
        assert_eq!(writers(r#"{apiGroups: [apps], resources: [secrets], verbs: [create]}"#), 0);
        assert_eq!(writers("{}"), 0);
    }
}
