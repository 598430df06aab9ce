//! Roots that nobody brings because the kustomization above them leaves them out: their line is
//! commented out, or they were never listed.
//!
//! Invariant: a root is left out only where another root reads that kustomization, and it lists
//! neighbours that declare roots, or names the root in a comment.

use std::collections::{BTreeSet, HashMap, HashSet};

use sealine_source::join;

use super::inventory::{DocumentId, Inventory, RepoId, ancestors, in_folder};
use super::plan::Candidate;
use crate::kustomize::Kustomization;

/// Marks the candidates that are left out.
pub(super) fn mark(
    inventory: &Inventory<'_>,
    candidates: &mut [Candidate],
    roots: &HashSet<DocumentId>,
) {
    let mut readers: HashMap<&(RepoId, String), Readers> = HashMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        for file in &candidate.files {
            let readers = readers.entry(file).or_insert(Readers { first: index, several: false });
            readers.several |= readers.first != index;
        }
    }
    let files: BTreeSet<(RepoId, &str)> = roots.iter().map(|id| (id.repo, &*id.path)).collect();
    let mut lists_roots: HashMap<(RepoId, &str), bool> = HashMap::new();
    let mut found = Vec::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let Some(id) = &candidate.top.document else { continue };
        let above =
            ancestors(&id.path).find_map(|above| inventory.kustomization_in(id.repo, above));
        let Some(above) = above else { continue };
        let is_read_by_another = readers
            .get(&(id.repo, above.to_owned()))
            .is_some_and(|readers| readers.several || readers.first != index);
        let mut lists = || {
            let known = lists_roots.entry((id.repo, above));
            *known.or_insert_with(|| names_roots(inventory, id.repo, above, &files))
        };
        let in_comment = || is_in_comment(inventory, id, above);
        if is_read_by_another && (lists() || in_comment()) {
            found.push((index, above));
        }
    }
    let found: Vec<(usize, String)> =
        found.into_iter().map(|(index, above)| (index, above.to_owned())).collect();
    for (index, above) in found {
        if let Some(candidate) = candidates.get_mut(index) {
            candidate.top.root.leave_out(format!("`{above}` leaves it out"));
        }
    }
}

/// The candidates that read a file.
struct Readers {
    first: usize,
    several: bool,
}

/// Returns whether a comment of a kustomization names the file of a root.
fn is_in_comment(inventory: &Inventory<'_>, id: &DocumentId, above: &str) -> bool {
    let Some(source) = inventory.source(id.repo, above) else { return false };
    let below = id.path.strip_prefix(source.name().folder()).unwrap_or(&id.path);
    let below = below.trim_start_matches('/');
    let mut comments = source.text().lines().filter(|line| line.trim_start().starts_with('#'));
    comments.any(|line| line.contains(below))
}

/// Returns whether a kustomization names a file that declares a root, or a folder with such a file.
fn names_roots(
    inventory: &Inventory<'_>,
    repo: RepoId,
    path: &str,
    files: &BTreeSet<(RepoId, &str)>,
) -> bool {
    let Some(file) = inventory.file(repo, path) else { return false };
    let Some(tree) = file.first() else { return false };
    let folder = file.source.name().folder();
    let kustomization = Kustomization::read(&tree);
    let mut named = kustomization.named_files().filter_map(|item| join(folder, &item.text()?));
    named.any(|path| {
        let below = in_folder(&path, "");
        let next = files.range((repo, below.as_str())..).next();
        files.contains(&(repo, path.as_str()))
            || next.is_some_and(|(own, file)| *own == repo && file.starts_with(&below))
    })
}
