//! Applies repairs: as many of them as do not want the same bytes.

use std::collections::BTreeMap;
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
    let mut accepted: BTreeMap<Arc<FileName>, Vec<&Edit>> = BTreeMap::new();
    for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        if fix.safety == Safety::Unsafe && !with_unsafe {
            fixed.unsafe_left += 1;
        } else if fits(project, &accepted, &fix.edits) {
            fixed.applied += 1;
            for edit in &fix.edits {
                accepted.entry(Arc::clone(&edit.place.file)).or_default().push(edit);
            }
        } else {
            fixed.conflicting += 1;
        }
    }
    for (name, edits) in accepted {
        let Some(source) = project.source(&name) else { continue };
        // `fits` has tried the very same edits.
        if let Ok(text) = apply_edits(source.text(), &edits)
            && text != source.text()
        {
            fixed.edits.insert(Arc::clone(&name), edits.into_iter().cloned().collect());
            fixed.files.insert(name, text);
        }
    }
    fixed
}

/// Whether all edits of a repair go together with those accepted before.
fn fits(project: &Project, accepted: &BTreeMap<Arc<FileName>, Vec<&Edit>>, edits: &[Edit]) -> bool {
    edits.iter().all(|edit| {
        let name = &edit.place.file;
        let Some(source) = project.source(name) else { return false };
        let mut together = accepted.get(name).cloned().unwrap_or_default();
        together.extend(edits.iter().filter(|other| other.place.file == *name));
        apply_edits(source.text(), &together).is_ok()
    })
}
