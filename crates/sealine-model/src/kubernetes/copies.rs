//! Secrets that a controller copies to other namespaces, by annotation of their source.

use super::{Keys, Secret, SecretOrigin};
use crate::Value;

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

/// Returns the namespaces that the annotations of a Secret have it copied to: what is no name is not
/// known. `annotation` gives the text of one; `*` where there is one whose text is not known.
pub fn copied_to(annotation: impl Fn(&str) -> Option<String>) -> Vec<Value> {
    let lists: Vec<String> = COPIED_TO.iter().filter_map(|name| annotation(name)).collect();
    let listed = lists.iter().flat_map(|list| list.split(',')).map(str::trim);
    let mut namespaces: Vec<Value> = listed
        .map(|name| if is_namespace(name) { Value::from(name) } else { Value::unknown() })
        .collect();
    let automatic = annotation("reflector.v1.k8s.emberstack.com/reflection-auto-enabled");
    let everywhere = lists.is_empty() && automatic.as_deref() == Some("true");
    if everywhere || COPIED_SOMEWHERE.iter().any(|name| annotation(name).is_some()) {
        namespaces.push(Value::unknown());
    }
    namespaces
}

/// Whether a text is the name of a namespace, and no expression for several.
fn is_namespace(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_part)
}

impl Secret {
    /// Returns the copy of this Secret that a controller makes in a namespace.
    #[must_use]
    pub fn copy_in(&self, namespace: Value) -> Self {
        let mut scope = self.scope.clone();
        scope.namespace = namespace;
        Self {
            scope,
            origin: SecretOrigin::Controller,
            maker: format!("copy of {}", self.name),
            by: None,
            keys: Keys { known: self.keys.known.clone(), open: self.keys.open },
            plaintext: false,
            read_by_controller: false,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_may_be_any_namespace() {
        for (name, text, expected) in [
            ("replicator.v1.mittwald.de/replicate-to", "web, team-.*", "web *"),
            ("replicator.v1.mittwald.de/replicate-to", "*", "*"),
            ("replicator.v1.mittwald.de/replicate-to-matching", "team=a", "*"),
            ("reflector.v1.k8s.emberstack.com/reflection-auto-enabled", "true", "*"),
            ("reflector.v1.k8s.emberstack.com/reflection-auto-enabled", "false", ""),
            ("example.com/copied-to", "web", ""),
        ] {
            let to = copied_to(|asked| (asked == name).then(|| text.to_owned()));
            let to: Vec<String> = to.iter().map(Value::pattern).collect();
            assert_eq!(to.join(" "), expected, "{name}");
        }
    }
}
