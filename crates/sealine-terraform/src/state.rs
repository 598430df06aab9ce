//! State files that lie among the sources, recognised by their content.
//!
//! Invariant: of values nothing but their presence is kept.

use sealine_model::terraform::StateFile;
use sealine_source::Source;
use sealine_yaml::Node;

/// Returns whether a file may be a state by its name.
pub(crate) fn is_candidate(path: &str) -> bool {
    sealine_source::file_name(path).contains(".tfstate")
}

/// Returns what a state file holds; nothing when the file is no state.
pub(crate) fn read(source: &Source) -> Option<StateFile> {
    let text = source.text();
    if !text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
        return None;
    }
    let parsed = sealine_yaml::parse(text);
    let root = parsed.root()?;
    let has = |name: &str| root.get(name).is_some();
    let encrypted = has("encrypted_data");
    let is_state = has("version") && (has("terraform_version") || has("lineage") || has("serial"));
    if !encrypted && !is_state {
        return None;
    }
    let filled = |name: &str| root.get(name).is_some_and(|node| !is_empty(node));
    let has_instances = root
        .get("resources")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .any(|it| it.get("instances").is_some_and(|instances| !is_empty(instances)));
    // Version 3 and older keep resources in modules.
    let has_values = encrypted || filled("outputs") || has_instances || filled("modules");
    let serial = root.str_at(&["serial"]).and_then(|serial| serial.parse().ok());
    let version = root.str_at(&["lineage"]).map(str::to_owned).zip(serial);
    Some(StateFile { place: source.top(), encrypted, has_values, version })
}

fn is_empty(node: &Node) -> bool {
    node.items().is_empty() && node.own_entries().is_empty()
}

#[cfg(test)]
mod tests {
    use sealine_source::FileName;

    use super::*;

    fn state(text: &str) -> Option<(bool, bool)> {
        let source = Source::new(FileName::new("r", "terraform.tfstate"), text);
        read(&source).map(|state| (state.encrypted, state.has_values))
    }

    #[test]
    fn states_are_known_by_their_content() {
        let empty =
            r#"{"version": 4, "serial": 1, "lineage": "x", "outputs": {}, "resources": []}"#;
        assert_eq!(state(empty), Some((false, false)));
        let full = r#"{"version": 4, "terraform_version": "1.11.4", "outputs": {},
            "resources": [{"mode": "managed", "type": "a", "instances": [{"attributes": {}}]}]}"#;
        assert_eq!(state(full), Some((false, true)));
        let encrypted = r#"{"serial": 1, "encrypted_data": "AAAA", "encryption_version": "v0"}"#;
        assert_eq!(state(encrypted), Some((true, true)));
        assert_eq!(state(r#"{"version": 1}"#), None);
        assert_eq!(state("not json"), None);
        assert_eq!(state(""), None);
    }
}
