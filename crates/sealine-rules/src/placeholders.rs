//! Placeholders: entries that Terraform creates and people fill.
//!
//! Invariant: literals are compared by their fingerprints alone.

use sealine_model::Value;
use sealine_model::settings::Settings;
use sealine_model::vault::{Entry, EntryOrigin, Filling, fingerprint};

/// Returns whether an entry is a placeholder: it holds one of the configured placeholder values, or
/// carries the convention's prefix and leaves its value to people.
pub fn is_placeholder(entry: &Entry, settings: &Settings) -> bool {
    has_placeholder_value(entry, settings)
        || settings.conventions.placeholder_prefix.as_deref().is_some_and(|prefix| {
            entry.origin == EntryOrigin::Terraform
                && entry.ignores_value
                && !prefix.is_empty()
                && begins_with(&entry.name, prefix)
        })
}

/// Returns whether a name carries the convention's prefix: of a path the last part.
pub fn begins_with(name: &Value, prefix: &str) -> bool {
    let head = name.head();
    let last = || head.rsplit('/').next().filter(|_| name.is_known());
    head.starts_with(prefix) || last().is_some_and(|last| last.starts_with(prefix))
}

/// Returns whether a configured placeholder value stands in the configuration for this entry.
pub fn has_placeholder_value(entry: &Entry, settings: &Settings) -> bool {
    match &entry.filling {
        Filling::Literal { fingerprint, .. } => is_placeholder_value(fingerprint, settings),
        _ => false,
    }
}

/// Returns whether this is the fingerprint of a configured placeholder value.
pub fn is_placeholder_value(print: &str, settings: &Settings) -> bool {
    settings.conventions.placeholder_values.iter().any(|value| fingerprint(value) == print)
}

#[cfg(test)]
mod tests {
    use sealine_model::vault::{EntryObject, VaultIdentity};
    use sealine_model::{Alphabets, Value};
    use sealine_source::{FileName, Source, TextRange};

    use super::*;

    fn entry(name: &str, filling: &str, ignores_value: bool) -> Entry {
        let place = Source::new(FileName::new("r", "f"), "x").place(TextRange::new(0, 1));
        Entry {
            vault: VaultIdentity::azure(Value::from("kv")),
            name: Value::from(name),
            object: EntryObject::Secret,
            origin: EntryOrigin::Terraform,
            address: "azurerm_key_vault_secret.x".to_owned(),
            place: place.clone(),
            name_place: None,
            properties: None,
            alphabets: Alphabets::default(),
            filling: Filling::Literal { fingerprint: fingerprint(filling), place },
            ignores_value,
            block: None,
        }
    }

    #[test]
    fn a_placeholder_is_known_by_its_value_or_by_prefix_and_lifecycle() {
        let mut settings = Settings::default();
        settings.conventions.placeholder_prefix = Some("manual-".to_owned());
        settings.conventions.placeholder_values = vec!["<set manually>".to_owned()];
        for (name, value, ignores, expected) in [
            ("token", "<set manually>", false, true),
            ("manual-token", "other", true, true),
            ("manual-token", "other", false, false),
            ("token", "other", true, false),
        ] {
            let found = is_placeholder(&entry(name, value, ignores), &settings);
            assert_eq!(found, expected, "{name} {value} {ignores}");
        }
        assert!(!is_placeholder(&entry("token", "<set manually>", true), &Settings::default()));
    }
}
