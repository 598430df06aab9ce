//! What the nearest `.sops.yaml` says of a target.
//!
//! Invariant: only files of the target's own repository are looked at, and links among them that
//! lead out of it are not followed.

use std::path::Path;

use sealine_sops::{Master, Rule};

use crate::{Fault, Place};

/// The creation rule of a target.
#[derive(Clone, Debug)]
pub struct Creation {
    /// Which values it encrypts.
    pub rule: Rule,
    /// For whom.
    pub masters: Vec<Master>,
    /// Whether it names files, rather than all of them.
    pub is_specific: bool,
    /// The configuration and the rule's line in it, for messages.
    pub place: String,
}

/// Finds the creation rule of a target.
///
/// # Errors
///
/// When the configuration is broken, or names a key that cannot be used.
pub fn creation(place: &Place) -> Result<Option<Creation>, Fault> {
    let mut folder = place.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    loop {
        let name = if folder.is_empty() {
            ".sops.yaml".to_owned()
        } else {
            format!("{folder}/.sops.yaml")
        };
        let file = place.root.join(&name);
        if file.is_file() && file.canonicalize().is_ok_and(|file| file.starts_with(&place.root)) {
            let inside = place.path.strip_prefix(folder).unwrap_or(&place.path);
            return read(&file, &name, inside.trim_start_matches('/'));
        }
        if folder.is_empty() {
            return Ok(None);
        }
        folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
    }
}

#[expect(clippy::disallowed_methods, reason = "an export reads its target's creation rule")]
fn read(file: &Path, name: &str, path: &str) -> Result<Option<Creation>, Fault> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Fault::Read { file: name.to_owned(), error })?;
    of_text(&text, name, path)
}

fn of_text(text: &str, name: &str, path: &str) -> Result<Option<Creation>, Fault> {
    let parsed = sealine_yaml::parse(text);
    let broken = |message: String| Fault::Creation { file: name.to_owned(), message };
    if let Some(problem) = parsed.problems.first() {
        return Err(broken(problem.message.clone()));
    }
    let Some(root) = parsed.root() else { return Ok(None) };
    let config = sealine_sops::parse_config(root);
    let Some(rule) = sealine_sops::rule_for(&config, path) else { return Ok(None) };
    let line = text.get(..rule.range.start as usize).unwrap_or(text).lines().count().max(1);
    Ok(Some(Creation {
        rule: rule.rule(),
        masters: rule.masters.clone().map_err(|fault| broken(fault.to_string()))?,
        is_specific: rule.path_regex.is_some(),
        place: format!("{name}:{line}"),
    }))
}
