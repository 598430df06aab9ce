//! Which repositories lie side by side in a folder, and which ones are named but not there.
//!
//! Invariant: a folder that is itself a work tree is one repository, whatever its folders are
//! called.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sealine_source::normalise_remote;

use super::quoted;
use crate::Analysis;
use crate::config::file::Repo;

/// Returns the repositories of a folder that holds several: its work trees (`checkouts`, with
/// their remotes), and folders called like a remote that the files name. Then everything else
/// beside them is a repository of its own, so that nothing is left out. Empty for one repository.
pub fn repositories(
    analysis: &Analysis,
    checkouts: &[(String, Vec<String>)],
) -> BTreeMap<String, Repo> {
    let [whole] = analysis.project.repositories.as_slice() else { return BTreeMap::new() };
    if whole.git.is_some() || !whole.remotes.is_empty() {
        return BTreeMap::new();
    }
    let mut remotes: BTreeMap<&str, String> = BTreeMap::new();
    let named = named(analysis);
    for remote in &named {
        remotes.insert(remote.rsplit('/').next().unwrap_or(remote), remote.clone());
    }
    for (folder, own) in checkouts {
        if let Some(remote) = own.first() {
            remotes.insert(folder, remote.clone());
        }
    }
    let folders: BTreeSet<&str> = whole
        .files()
        .filter_map(|source| Some(source.path().split_once('/')?.0))
        .filter(|folder| !folder.starts_with('.'))
        .collect();
    let is_one = |folder: &&str| {
        remotes.contains_key(*folder) || checkouts.iter().any(|(known, _)| known == folder)
    };
    if !folders.iter().any(is_one) {
        return BTreeMap::new();
    }
    let repo =
        |folder: &str| Repo { path: folder.to_owned(), remote: remotes.get(folder).cloned() };
    folders.into_iter().map(|folder| (folder.to_owned(), repo(folder))).collect()
}

/// The remotes that modules and delivery roots name.
fn named(analysis: &Analysis) -> BTreeSet<String> {
    let modules = analysis.facts.iter().flat_map(|facts| &facts.terraform);
    let calls = modules.flat_map(|module| &module.calls).filter_map(|call| call.remote.clone());
    let notes = analysis.facts.iter().flat_map(|facts| &facts.notes);
    let deliveries = analysis.facts.iter().flat_map(|facts| &facts.deliveries);
    let texts = notes
        .map(|note| note.message.as_str())
        .chain(deliveries.flat_map(|delivery| delivery.opaque.iter().map(String::as_str)));
    let in_texts = texts.filter_map(|text| {
        let url = text.split('`').nth(1)?;
        url.contains("://").then(|| repository_of(&normalise_remote(url)?))?
    });
    calls.chain(in_texts).collect()
}

/// Returns the repository that an address lies in; `None` for that of a single file.
fn repository_of(remote: &str) -> Option<String> {
    let is_file = [".yaml", ".yml", ".json", ".tgz"].iter().any(|ending| remote.ends_with(ending));
    if is_file || remote.starts_with("raw.githubusercontent.com/") {
        return None;
    }
    // Below the repositories of this forge lie folders alone.
    let parts = if remote.starts_with("github.com/") { 3 } else { usize::MAX };
    Some(remote.split('/').take(parts).collect::<Vec<_>>().join("/"))
}

/// Writes the repositories that were found, and those that are missing as a comment.
pub(super) fn propose(analysis: &Analysis, repos: &BTreeMap<String, Repo>, out: &mut String) {
    if !repos.is_empty() {
        out.push_str(
            "\n# The repositories here, with the remotes by which they name each other.\nrepos:\n",
        );
    }
    for (name, repo) in repos {
        let (name, path) = (quoted(name), quoted(&repo.path));
        let _ = match &repo.remote {
            Some(remote) => {
                writeln!(out, "  {name}: {{path: {path}, remote: {}}}", quoted(remote))
            }
            None => writeln!(out, "  {name}: {{path: {path}}}"),
        };
    }
    let loaded: BTreeSet<&str> = analysis
        .project
        .repositories
        .iter()
        .flat_map(|repository| repository.remotes.iter().map(String::as_str))
        .collect();
    let missing: Vec<String> =
        named(analysis).into_iter().filter(|remote| !loaded.contains(remote.as_str())).collect();
    if missing.is_empty() {
        return;
    }
    out.push_str("\n# Repositories that are named here and were not read. With a checkout beside this one:\n");
    if repos.is_empty() {
        out.push_str("# repos:\n");
    }
    for remote in missing.iter().take(20) {
        let name = remote.rsplit('/').next().unwrap_or(remote);
        let _ = writeln!(out, "#   {name}: {{path: ../{name}, remote: {remote}}}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_files_of_a_repository_are_not_others() {
        for (remote, expected) in [
            ("github.com/o/r", Some("github.com/o/r")),
            ("github.com/o/r/apps/web", Some("github.com/o/r")),
            ("gitlab.example.com/group/below/r", Some("gitlab.example.com/group/below/r")),
            ("raw.githubusercontent.com/o/r/main/install", None),
            ("github.com/o/r/releases/install.yaml", None),
        ] {
            assert_eq!(repository_of(remote).as_deref(), expected, "{remote}");
        }
    }
}
