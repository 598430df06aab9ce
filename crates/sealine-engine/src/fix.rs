//! Applies repairs: as many of them as do not want the same bytes.
//!
//! Invariant: a repair is applied as a whole or not at all; looking whether it fits costs no more for
//! those that were accepted before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sealine_model::{Finding, Safety};
use sealine_source::{Edit, FileName, Project, apply_edits};

/// What applying repairs made of the texts.
#[derive(Debug, Default)]
pub struct Fixed {
    /// The new text of each changed file.
    pub files: BTreeMap<Arc<FileName>, String>,
    /// The edits that make it.
    pub edits: BTreeMap<Arc<FileName>, Vec<Edit>>,
    /// How many findings were repaired.
    pub applied: usize,
    /// How many repairs wanted bytes that another one changed: the next run may apply them.
    pub conflicting: usize,
    /// How many repairs were left out because they are unsafe.
    pub unsafe_left: usize,
}

/// Applies the repairs of `findings`, in their order, and unsafe ones only when asked for.
pub fn apply(project: &Project, findings: &[Finding], with_unsafe: bool) -> Fixed {
    let mut fixed = Fixed::default();
    let mut accepted = Accepted { project, files: BTreeMap::new() };
    for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        if fix.safety == Safety::Unsafe && !with_unsafe {
            fixed.unsafe_left += 1;
        } else if accepted.takes(&fix.edits) {
            fixed.applied += 1;
        } else {
            fixed.conflicting += 1;
        }
    }
    for (name, Chosen { edits, .. }) in accepted.files {
        let Some(source) = project.source(&name) else { continue };
        // None of them wants the bytes of another.
        if let Ok(text) = apply_edits(source.text(), &edits)
            && text != source.text()
        {
            fixed.edits.insert(Arc::clone(&name), edits.into_iter().cloned().collect());
            fixed.files.insert(name, text);
        }
    }
    fixed
}

/// The edits that go together.
struct Accepted<'a> {
    project: &'a Project,
    files: BTreeMap<Arc<FileName>, Chosen<'a>>,
}

/// Those of one file.
#[derive(Default)]
struct Chosen<'a> {
    /// In the order in which they were accepted.
    edits: Vec<&'a Edit>,
    /// In the order of the text: where they start and end, and what they put there.
    sorted: BTreeSet<(u32, u32, &'a str)>,
}

impl<'a> Accepted<'a> {
    /// Accepts a repair when all of its edits go together with those accepted before.
    fn takes(&mut self, edits: &'a [Edit]) -> bool {
        let mut added = Vec::new();
        for edit in edits {
            let Some(source) = self.project.source(&edit.place.file) else {
                self.give_back(&added);
                return false;
            };
            let chosen = self.files.entry(Arc::clone(&edit.place.file)).or_default();
            let key = key(edit);
            if chosen.sorted.contains(&key) {
                continue;
            }
            if source.text().get(edit.place.range().bytes()).is_none() || !chosen.has_room(key) {
                self.give_back(&added);
                return false;
            }
            chosen.sorted.insert(key);
            added.push(edit);
        }
        for edit in edits {
            self.files.entry(Arc::clone(&edit.place.file)).or_default().edits.push(edit);
        }
        true
    }

    fn give_back(&mut self, added: &[&'a Edit]) {
        for edit in added {
            if let Some(chosen) = self.files.get_mut(&edit.place.file) {
                chosen.sorted.remove(&key(edit));
            }
        }
    }
}

impl<'a> Chosen<'a> {
    /// Returns whether neither the edit before nor the one behind wants the same bytes.
    fn has_room(&self, key: (u32, u32, &'a str)) -> bool {
        let before = self.sorted.range(..key).next_back();
        let behind = self.sorted.range(key..).next();
        before.is_none_or(|(_, end, _)| *end <= key.0)
            && behind.is_none_or(|(start, ..)| key.1 <= *start)
    }
}

fn key(edit: &Edit) -> (u32, u32, &str) {
    (edit.place.start, edit.place.end, &edit.text)
}

#[cfg(test)]
mod tests {
    use sealine_model::Fix;
    use sealine_source::{Repository, Source, TextRange};

    use super::*;

    #[test]
    fn a_repair_is_applied_as_a_whole_or_not_at_all() {
        let source = Arc::new(Source::new(FileName::new("r", "f"), "0123456789ü"));
        let mut repository = Repository::new("r");
        repository.add(Arc::clone(&source));
        let project = Project { repositories: vec![repository] };
        let applied = |fixes: &[&[(usize, usize, &str)]]| {
            let finding = |edits: &&[(usize, usize, &str)]| {
                let edit = |(start, end, text): &(usize, usize, &str)| Edit {
                    place: source.place(TextRange::new(*start, *end)),
                    text: (*text).to_owned(),
                };
                let place = source.place(TextRange::new(0, 0));
                let edits = edits.iter().map(edit).collect();
                let fix = Fix { title: String::new(), safety: Safety::Safe, edits };
                Finding::new(place, String::new(), String::new()).fix(Some(fix))
            };
            let findings: Vec<Finding> = fixes.iter().map(finding).collect();
            let fixed = apply(&project, &findings, false);
            let text = fixed.files.into_values().next().unwrap_or_default();
            (text, fixed.applied, fixed.conflicting)
        };
        let text = |text: &str, applied, conflicting| (text.to_owned(), applied, conflicting);
        // What was accepted of a repair that does not fit is given back.
        assert_eq!(
            applied(&[&[(0, 3, "a")], &[(6, 7, "b"), (2, 4, "c")], &[(6, 8, "d")]]),
            text("a345d89ü", 2, 1)
        );
        // Equal edits count once; what stands side by side fits.
        assert_eq!(
            applied(&[&[(3, 5, "a")], &[(3, 5, "a"), (5, 5, "b"), (3, 3, "c")], &[(4, 4, "d")]]),
            text("012cab56789ü", 2, 1)
        );
        assert_eq!(applied(&[&[(4, 4, "d")], &[(3, 5, "a")]]), text("0123d456789ü", 1, 1));
        // One that cuts a character, or lies outside, is none.
        assert_eq!(applied(&[&[(10, 11, "a")], &[(12, 13, "a")]]), text("", 0, 2));
        assert_eq!(applied(&[&[(1, 2, "a"), (1, 2, "b")]]), text("", 0, 1));
    }
}
