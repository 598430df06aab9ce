//! What the files of a project say of the exports that the configuration describes.
//!
//! Invariant: nothing is decrypted, and only keys are looked at. A key is only called unread, or
//! nobody's, where a chart in sight reads others of the same export by name.

use std::collections::BTreeSet;

use sealine_model::Facts;
use sealine_model::export::Export;
use sealine_sops::Format;
use sealine_source::stars::fits;
use sealine_source::{Place, Project, Repository, Source, TextRange, join};

use crate::config::export as file;
use crate::{Config, stamp};

/// Returns the facts of all exports.
pub(crate) fn read(project: &Project, config: &Config, facts: &[Facts]) -> Option<Facts> {
    let mut found = Facts { unit: "exports".to_owned(), ..Facts::default() };
    for (name, said) in &config.file.export {
        let Some((repository, target)) = locate(project, config, &said.to) else { continue };
        repository.name.clone_into(&mut found.repo);
        let Some(place) = config.settings.exports.get(name) else { continue };
        let source = repository.get(&target);
        let mut export = Export {
            name: name.clone(),
            place: place.clone(),
            target_place: source.map(|source| source.top()),
            is_encrypted: sealine_sops::covers(repository, &target),
            guarded: guarded(project, config, said, facts),
            wants_clear: !said.outputs.is_empty()
                && said.outputs.iter().all(|output| output.encrypted == Some(false)),
            stamp: source.and_then(|source| stamp::read(Format::of(&target)?, source.text(), name)),
            unread: Vec::new(),
            ungiven: Vec::new(),
            target,
        };
        if let Some(keys) = keys(said) {
            let prefix = said.at.as_deref().unwrap_or_default();
            follow(project, repository, prefix, &keys, &mut export);
        }
        found.exports.push(export);
    }
    (!found.exports.is_empty()).then_some(found)
}

/// Finds the repository and the path there of a path that the configuration gives.
fn locate<'a>(
    project: &'a Project,
    config: &Config,
    path: &str,
) -> Option<(&'a Repository, String)> {
    let path = join("", path)?;
    if config.file.repos.is_empty() {
        let [lone] = project.repositories.as_slice() else { return None };
        return Some((lone, path));
    }
    let inside = config.file.repos.iter().filter_map(|(name, repo)| {
        let folder = join("", &repo.path)?;
        let rest = match folder.as_str() {
            "" => path.as_str(),
            folder => path.strip_prefix(folder)?.strip_prefix('/')?,
        };
        Some((folder.len(), project.repository(name)?, rest.to_owned()))
    });
    let (_, repository, path) = inside.max_by_key(|(length, ..)| *length)?;
    Some((repository, path))
}

/// The outputs that must not be written in clear.
fn guarded(
    project: &Project,
    config: &Config,
    said: &file::Export,
    facts: &[Facts],
) -> Vec<(String, Option<Place>)> {
    let mut found = Vec::new();
    let asked = said.outputs.iter().filter(|output| output.encrypted == Some(true));
    found.extend(asked.filter_map(|output| Some((output.output.clone()?, None))));
    let Some((repository, folder)) = locate(project, config, &said.from) else { return found };
    let modules = facts.iter().flat_map(|facts| &facts.terraform);
    let module = modules
        .filter(|module| module.repo == repository.name && module.folder == folder)
        .find(|module| !module.outputs.is_empty());
    for output in module.into_iter().flat_map(|module| &module.outputs) {
        let takes = |chosen: &file::Selected| match (&chosen.output, &chosen.template) {
            (Some(pattern), _) => fits(pattern, &output.name),
            (None, Some(template)) => names_output(template, &output.name),
            (None, None) => false,
        };
        let is_taken = said.outputs.is_empty() || said.outputs.iter().any(takes);
        if output.sensitive && is_taken {
            found.push((output.name.clone(), Some(output.place.clone())));
        }
    }
    found
}

/// Whether a template of an export names an output: `${output}` or `${output.key}`, and not `$${output}`.
fn names_output(template: &str, output: &str) -> bool {
    let mut references = template.match_indices("${").filter_map(|(at, _)| {
        let is_escaped = template.get(..at)?.ends_with('$');
        let (inner, _) = template.get(at + 2..)?.split_once('}').filter(|_| !is_escaped)?;
        inner.trim().split('.').next()
    });
    references.any(|name| name == output)
}

/// The keys of an export below its place; nothing where they cannot be told from the configuration.
fn keys(said: &file::Export) -> Option<Vec<String>> {
    let keys = said.outputs.iter().map(|output| {
        let last = output.path.as_deref().and_then(|path| path.rsplit('.').next());
        let key = output.key.as_deref().or(last).or(output.output.as_deref())?;
        (!key.contains(['*', '\\'])).then(|| key.to_owned())
    });
    let keys: Option<Vec<String>> = keys.collect();
    keys.filter(|keys| !keys.is_empty())
}

/// Looks for what templates of charts read of the export.
fn follow(
    project: &Project,
    home: &Repository,
    prefix: &str,
    keys: &[String],
    export: &mut Export,
) {
    let file_name = export.target.rsplit('/').next().unwrap_or(&export.target).to_owned();
    let all: Vec<&std::sync::Arc<Source>> =
        project.repositories.iter().flat_map(Repository::files).collect();
    let target = export.target.clone();
    let configuration = export.place.file.path.clone();
    // Neither the target nor the configuration that describes it is a reader.
    let own = |source: &Source| {
        let is_configuration = configuration
            .strip_suffix(source.path())
            .is_some_and(|folder| folder.is_empty() || folder.ends_with('/'));
        source.repo() == home.name && source.path() == target || is_configuration
    };
    let is_delivered = all.iter().any(|source| !own(source) && source.text().contains(&file_name));
    let templates: Vec<_> =
        all.iter().filter(|source| source.path().contains("/templates/")).collect();
    let mut read: Vec<(String, Option<Place>)> = Vec::new();
    let mut is_taken_whole = false;
    for source in &templates {
        is_taken_whole |= reads(source, prefix, &mut read);
    }
    let names: BTreeSet<&str> = read.iter().map(|(key, _)| key.as_str()).collect();
    let is_read =
        |key: &String| names.iter().any(|name| name == key || below(key, name) || below(name, key));
    if !is_delivered || is_taken_whole || !keys.iter().any(is_read) {
        return;
    }
    let mentioned = |key: &str| {
        let word = key.rsplit('.').next().unwrap_or(key);
        all.iter().any(|source| !own(source) && has_word(source.text(), word))
    };
    export.unread = keys.iter().filter(|key| !is_read(key) && !mentioned(key)).cloned().collect();
    for (key, place) in read.clone() {
        // What has a default on its own line need not be given.
        let is_optional = read.iter().any(|(known, place)| *known == key && place.is_none());
        let Some(place) = place.filter(|_| !is_optional) else { continue };
        let is_given = keys.iter().any(|own| *own == key || below(&key, own) || below(own, &key));
        // Whoever else gives it writes its name somewhere outside of the templates.
        let word = key.rsplit('.').next().unwrap_or(&key).to_owned();
        let elsewhere = all
            .iter()
            .any(|source| !source.path().contains("/templates/") && has_word(source.text(), &word));
        if !is_given && !elsewhere && !export.ungiven.iter().any(|(known, _)| *known == key) {
            export.ungiven.push((key, place));
        }
    }
}

/// Whether `key` stands below `above`.
fn below(key: &str, above: &str) -> bool {
    key.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'))
}

fn has_word(text: &str, word: &str) -> bool {
    let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let behind = text.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_word) && !behind.is_some_and(is_word)
    })
}

/// Collects the keys below `prefix` that a template reads, with their places unless it has a default
/// for them; returns whether it takes the prefix, or something above it, as a whole.
fn reads(source: &Source, prefix: &str, found: &mut Vec<(String, Option<Place>)>) -> bool {
    let text = source.text();
    let mut is_taken_whole = false;
    for (at, word) in text.match_indices(".Values") {
        let start = at + word.len();
        let rest = text.get(start..).unwrap_or_default();
        let is_path = |it: char| it.is_ascii_alphanumeric() || "._".contains(it);
        let path = rest.split(|it| !is_path(it)).next().unwrap_or_default();
        let path = path.trim_end_matches('.').trim_start_matches('.');
        let line_start = text.get(..at).and_then(|text| text.rfind('\n')).map_or(0, |it| it + 1);
        let line = text.get(line_start..).and_then(|text| text.lines().next()).unwrap_or_default();
        let inner = match prefix {
            "" => Some(path),
            _ => path.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.')),
        };
        match inner.filter(|key| !key.is_empty()) {
            Some(key) => {
                let is_optional = ["default", "if ", "hasKey", "with ", "coalesce", "dig "]
                    .iter()
                    .any(|it| line.contains(it));
                let end = start + rest.find(path).unwrap_or(0) + path.len();
                let range = TextRange::new(at, end);
                let place = (!is_optional).then(|| source.place(range));
                found.push((key.to_owned(), place));
            }
            None => is_taken_whole |= path.is_empty() || prefix == path || below(prefix, path),
        }
    }
    is_taken_whole
}

#[cfg(test)]
mod tests {
    use super::names_output;

    #[test]
    fn a_template_names_outputs_as_a_whole() {
        for (template, expected) in [
            ("https://${host}", true),
            ("${ host.0 }:1", true),
            ("${hostname}", false),
            ("$${host}", false),
            ("${host", false),
            ("host", false),
        ] {
            assert_eq!(names_output(template, "host"), expected, "{template}");
        }
    }
}
