//! Roots that nobody brings because the kustomization above them leaves them out: their line is
//! commented out, or they were never listed.
//!
//! Invariant: a root is left out only where another root, which it does not bring itself, reads that
//! kustomization, and that one lists neighbours which declare roots, or names the root in a comment.

use std::collections::{BTreeSet, HashMap, HashSet};

use sealine_source::{is_below, join};

use super::inventory::{DocumentId, Inventory, RepoId, ancestors, in_folder};
use super::plan::Candidate;
use crate::kustomize::Kustomization;

/// Which candidates stand at the top, and which others each of them brings.
pub(super) struct Chosen<'a> {
    pub(super) tops: &'a [usize],
    pub(super) brings: &'a [Vec<usize>],
}

/// Marks the tops that are left out; none where a root may take up any folder.
pub(super) fn mark(
    inventory: &Inventory<'_>,
    candidates: &mut [Candidate],
    chosen: &Chosen<'_>,
    roots: &HashSet<DocumentId>,
) {
    if candidates.iter().any(|candidate| candidate.top.root.may_take_any) {
        return;
    }
    // The tops that stand below a kustomization which does not bring them.
    let above: HashMap<usize, (RepoId, &str)> = chosen
        .tops
        .iter()
        .filter_map(|top| Some((*top, kustomization_above(inventory, candidates.get(*top)?)?)))
        .collect();
    let wanted: HashSet<(RepoId, &str)> = above.values().copied().collect();
    let mut readers: HashMap<(RepoId, &str), Vec<usize>> = HashMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        for (repo, file) in &candidate.files {
            if let Some(known) = wanted.get(&(*repo, file.as_str())) {
                readers.entry(*known).or_default().push(index);
            }
        }
    }
    let files: BTreeSet<(RepoId, &str)> = roots.iter().map(|id| (id.repo, &*id.path)).collect();
    let mut found = Vec::new();
    for (top, kustomization) in &above {
        let brought = reached(*top, chosen.brings);
        let is_other = |reader: &&usize| {
            !brought.contains(*reader) && above.get(*reader) != Some(kustomization)
        };
        let is_read =
            readers.get(kustomization).is_some_and(|all| all.iter().any(|it| is_other(&it)));
        let id = candidates.get(*top).and_then(|candidate| candidate.top.document.as_ref());
        let says_so = id.is_some_and(|id| {
            names_roots(inventory, *kustomization, &files)
                || is_in_comment(inventory, id, kustomization.1)
        });
        if is_read && says_so {
            found.push((*top, format!("`{}` leaves it out", kustomization.1)));
        }
    }
    for (top, why) in found {
        if let Some(candidate) = candidates.get_mut(top) {
            candidate.top.root.leave_out(why);
        }
    }
}

/// Returns the kustomization that stands nearest above the file of a root.
fn kustomization_above<'a>(
    inventory: &Inventory<'a>,
    candidate: &Candidate,
) -> Option<(RepoId, &'a str)> {
    let id = candidate.top.document.as_ref()?;
    let above = ancestors(&id.path).find_map(|above| inventory.kustomization_in(id.repo, above));
    above.map(|above| (id.repo, above))
}

/// Returns a candidate with all that it brings.
fn reached(top: usize, brings: &[Vec<usize>]) -> HashSet<usize> {
    let mut reached = HashSet::new();
    let mut open = vec![top];
    while let Some(index) = open.pop() {
        if reached.insert(index) {
            open.extend(brings.get(index).into_iter().flatten());
        }
    }
    reached
}

/// Returns whether a comment of a kustomization names the file of a root, or its folder.
fn is_in_comment(inventory: &Inventory<'_>, id: &DocumentId, above: &str) -> bool {
    let Some(source) = inventory.source(id.repo, above) else { return false };
    let below = id.path.strip_prefix(source.name().folder()).unwrap_or(&id.path);
    let below = below.trim_start_matches('/');
    named_in_comments(source.text()).any(|path| is_below(below, path))
}

/// Returns the words in comments of a kustomization that may be paths of its folder.
pub(super) fn named_in_comments(text: &str) -> impl Iterator<Item = &str> {
    let comments = text.lines().filter_map(|line| line.trim_start().strip_prefix('#'));
    let words = comments
        .flat_map(|line| line.split(|next: char| next.is_whitespace() || "\"',#:".contains(next)));
    let paths = words.map(|word| word.trim_start_matches("./").trim_end_matches('/'));
    paths.filter(|path| !path.is_empty())
}

/// Returns whether a kustomization names a file that declares a root, or a folder with such a file.
fn names_roots(
    inventory: &Inventory<'_>,
    (repo, path): (RepoId, &str),
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

#[cfg(test)]
mod tests {
    use super::named_in_comments;

    #[test]
    fn paths_in_comments_are_whole_words() {
        let text = "resources:\n  - a.yaml # b.yaml\n  # - ./c/ks.yaml\n#- \"d\": off\n";
        assert_eq!(
            named_in_comments(text).collect::<Vec<_>>(),
            ["-", "c/ks.yaml", "-", "d", "off"]
        );
    }
}
