//! By which fields the values of a chart name Secrets: by convention, or since the name is one in sight.
//!
//! Invariant: a field that may hold a secret itself is believed only where a Secret in sight has the name.

use sealine_model::tree::{Tree, TreeEntry};

use super::names::{is_true, name_of};

/// Values that hold the name of a Secret, or a list of names.
const NAMES: &[&str] = &[
    "existingSecret",
    "existingSecretName",
    "existingSecretRef",
    "secretName",
    "secretRef",
    "certificatesSecret",
    "extraEnvVarsSecret",
    "extraEnvFromSecret",
    "envFromSecret",
    "envFromSecrets",
    "customSecret",
    "secretEnv",
    "passwordSecret",
    "sshKeySecret",
    "credentialsSecret",
    "tlsSecret",
    "usersSecret",
];

/// Values beside `existingSecret` that name one of its keys.
const KEYS: &[&str] = &["userKey", "usernameKey", "passwordKey", "tokenKey"];

/// Returns whether a value of this name holds the name of a Secret.
pub(super) fn is_name(field: &str) -> bool {
    let begins = field.starts_with("existingSecret") && !field.ends_with("Key");
    NAMES.contains(&field)
        || (begins && !field.ends_with("Keys"))
        || field.ends_with("SecretName")
        || field.ends_with("ExistingSecret")
}

/// Returns whether a field may hold the name of a Secret, or as well a secret itself:
/// `githubConfigSecret`, `ssh-secret`, `credentials`. One for a key of a Secret does not.
pub(super) fn speaks_of_secret(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    let field = field.replace(['-', '_'], "");
    let about = ["secret", "credential"].iter().any(|word| field.contains(word));
    let is_key = field.ends_with("key") || field.ends_with("keys");
    about && !is_key && !field.contains("secretstore") && !field.ends_with("store")
}

/// Returns whether a name stands beside what tells that it is that of a Secret: a switch
/// (`{name: license, existingSecret: true}`) or a kind (`{configurationKind: Secret,
/// existingConfiguration: app}`).
pub(super) fn is_existing(field: &str, beside: &Tree) -> bool {
    let is_kind = |what: &str| {
        let mut letters = what.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase());
        let kind = first.map(|first| format!("{first}{}Kind", letters.as_str()));
        let kind = kind.and_then(|kind| beside.get(&kind)?.text());
        kind.as_deref() == Some("Secret")
    };
    field == "name" && is_true(beside, "existingSecret")
        || field.strip_prefix("existing").is_some_and(is_kind)
}

/// Returns whether a text is the name of a Secret in sight, which may be made of the same parts.
pub(super) fn is_known(scalar: &Tree, known: &dyn Fn(&str) -> bool) -> bool {
    scalar.value().is_some_and(|text| !text.is_unknown() && known(&text.pattern()))
}

/// Returns whether a map is a key of a Secret and nothing else: `userSecret: {name: …, key: …}`.
pub(super) fn is_key_of_secret(field: &str, map: &Tree) -> bool {
    let mut keys = map.entries().iter().map(|entry| entry.key.as_str());
    field.ends_with("Secret")
        && map.get("key").is_some()
        && keys.all(|key| matches!(key, "name" | "key" | "optional"))
}

/// Returns whether a map names a Secret in sight and perhaps its key: `tokenRef: {name: …, key: …}`,
/// `clientId: {name: …, key: …}`.
pub(super) fn is_reference_to_known(field: &str, map: &Tree, known: &dyn Fn(&str) -> bool) -> bool {
    let members = [
        "name",
        "key",
        "optional",
        "kind",
        "namespace",
        "create",
        "enabled",
        "annotations",
        "labels",
    ];
    let is_member = |name: &str| members.contains(&name) || name.ends_with("Key");
    let small = map.entries().iter().all(|entry| is_member(&entry.key));
    let kind = map.get("kind").and_then(Tree::text);
    // What has a name and a key, and nothing else, is a key of a Secret or of a ConfigMap.
    let selects = |entry: &TreeEntry| ["name", "key", "optional"].contains(&&*entry.key);
    let keyed = map.get("key").is_some() && !field.contains("onfigMap");
    let keyed = keyed && (field.ends_with("Ref") || map.entries().iter().all(selects));
    // A chart that makes the Secret itself is told its name, too.
    let is_own = map.get("create").is_some_and(|create| create.text().as_deref() != Some("false"));
    small
        && !is_own
        && (keyed || speaks_of_secret(field))
        && kind.is_none_or(|kind| kind == "Secret")
        && map.get("name").is_some_and(|name| is_known(name, known))
}

/// Returns the values beside the name that name keys of the Secret.
pub(super) fn keys_beside<'t>(field: &str, beside: &'t Tree) -> Vec<&'t Tree> {
    if field == "secretName" {
        return ["secretKey", "keyName"].iter().filter_map(|key| beside.get(key)).collect();
    }
    if field == "secret" {
        return beside.get("key").into_iter().collect();
    }
    if !field.starts_with("existingSecret") {
        // `passwordSecret` and `passwordSecretKey`, `tokenSecretName` and `tokenSecretKey`.
        let key = format!("{}Key", field.strip_suffix("Name").unwrap_or(field));
        let key = beside.get(&key).filter(|key| name_of(key).is_some());
        return key.into_iter().collect();
    }
    let own = beside.entries().iter().filter(|entry| {
        let key = entry.key.as_str();
        KEYS.contains(&key) || (key.starts_with("existingSecret") && key.ends_with("Key"))
    });
    let listed = beside.get("secretKeys").map(Tree::entries).unwrap_or_default();
    own.chain(listed).map(|entry| &entry.value).filter(|key| name_of(key).is_some()).collect()
}
