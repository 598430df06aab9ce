//! Which files a change touches.

use std::collections::{BTreeMap, BTreeSet};

use sealine_source::{Place, Project, in_folder, upwards};

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Added,
    Removed,
    Modified,
}

/// The files that differ, by repository and path.
pub(super) type Changed = BTreeMap<(String, String), Change>;

/// Compares the texts of two states. Files that no reader asks for do not count.
pub(super) fn changed(before: &Project, after: &Project) -> Changed {
    let mut changed = Changed::new();
    let repositories = before.repositories.iter().chain(&after.repositories);
    let names: BTreeSet<&str> = repositories.map(|repository| repository.name.as_str()).collect();
    for name in names {
        let (old, new) = (before.repository(name), after.repository(name));
        for source in old.into_iter().flat_map(sealine_source::Repository::files) {
            let path = source.path();
            let now = new.filter(|new| new.exists(path)).and_then(|new| new.get(path));
            let change = match now {
                Some(now) if now.text() == source.text() => continue,
                Some(_) => Change::Modified,
                None => Change::Removed,
            };
            changed.insert((name.to_owned(), path.to_owned()), change);
        }
        for source in new.into_iter().flat_map(sealine_source::Repository::files) {
            let path = source.path();
            if old.is_none_or(|old| !old.exists(path)) {
                changed.insert((name.to_owned(), path.to_owned()), Change::Added);
            }
        }
    }
    changed
}

/// The changed files of one repository that these places stand in, and the kustomizations beside and
/// above them that changed, too. A place whose own file did not change brings what changed in its
/// folder.
pub(super) fn around<'a>(
    changed: &Changed,
    repo: &str,
    places: impl IntoIterator<Item = &'a Place>,
) -> Vec<String> {
    let mut files = BTreeSet::new();
    for place in places {
        let path = &place.file.path;
        if place.file.repo != repo {
            continue;
        }
        if changed.contains_key(&(repo.to_owned(), path.clone())) {
            files.insert(path.clone());
        }
        for folder in upwards(place.file.folder()) {
            for name in ["kustomization.yaml", "kustomization.yml", "Kustomization"] {
                let beside = in_folder(folder, name);
                if changed.get(&(repo.to_owned(), beside.clone())) == Some(&Change::Modified) {
                    files.insert(beside);
                }
            }
        }
    }
    files.into_iter().collect()
}

/// The changed files of one repository in a folder.
pub(super) fn inside(changed: &Changed, repo: &str, folder: &str) -> Vec<String> {
    let below = format!("{folder}/");
    let files = changed
        .keys()
        .filter(|(name, path)| name == repo && (folder.is_empty() || path.starts_with(&below)));
    files.map(|(_, path)| path.clone()).collect()
}
