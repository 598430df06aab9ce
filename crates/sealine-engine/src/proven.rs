//! Repairs of templates that a chart prints, tried out: what Helm makes of an edit is seen only once the
//! chart is rendered with it.
//!
//! Invariant: such a repair stays only where the manifests of the edited project hold the text that was
//! wanted, and all texts that they held before. What is not tried out is not offered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sealine_model::kubernetes::ExternalSecret;
use sealine_model::{Facts, Finding, Fix};
use sealine_source::{FileName, Project, Source, apply_edits};

use crate::Analysis;

/// How often the manifests are read anew. Repairs of different files are tried out together; what is left
/// over comes in the next run, when the first ones are applied.
const MAX_ROUNDS: usize = 12;

/// Takes the repairs away that do not make of a chart what they shall.
pub(crate) fn keep_proven(analysis: &Analysis, findings: &mut [Finding]) {
    let mut waiting: Vec<&mut Finding> = findings
        .iter_mut()
        .filter(|finding| finding.wanted.is_some() && finding.fix.is_some())
        .collect();
    for _ in 0..MAX_ROUNDS {
        if waiting.is_empty() {
            return;
        }
        let mut files = BTreeSet::new();
        let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|finding| {
            let own: BTreeSet<_> = edited(finding).collect();
            let is_free = own.is_disjoint(&files);
            if is_free {
                files.extend(own);
            }
            is_free
        });
        let options = sealine_kubernetes::Options::default();
        let project = changed(&analysis.project, &now);
        let after = sealine_kubernetes::read(&project, &options).facts;
        let after = texts(&after, |_| true);
        for finding in now {
            if !is_proven(&analysis.facts, &after, finding) {
                finding.fix = None;
            }
        }
        waiting = later;
    }
    for finding in waiting {
        finding.fix = None;
    }
}

/// Returns the files that a finding's repair edits.
fn edited(finding: &Finding) -> impl Iterator<Item = Arc<FileName>> {
    let edits = finding.fix.iter().flat_map(|fix| &fix.edits);
    edits.map(|edit| Arc::clone(&edit.place.file))
}

/// Returns the project after the repairs of these findings.
fn changed(project: &Project, findings: &[&mut Finding]) -> Project {
    let fixes = findings.iter().filter_map(|finding| finding.fix.as_ref());
    let edits: Vec<_> = fixes.flat_map(|fix: &Fix| &fix.edits).collect();
    let mut texts: BTreeMap<&str, Vec<Arc<Source>>> = BTreeMap::new();
    for file in findings.iter().flat_map(|finding| edited(finding)).collect::<BTreeSet<_>>() {
        let own: Vec<_> = edits.iter().copied().filter(|edit| edit.place.file == file).collect();
        let Some((repository, source)) = project.repository(&file.repo).zip(project.source(&file))
        else {
            continue;
        };
        let Ok(text) = apply_edits(source.text(), &own) else { continue };
        let source = Arc::new(Source::new(FileName::clone(&file), text));
        texts.entry(repository.name.as_str()).or_default().push(source);
    }
    let all = project.repositories.iter();
    let changed = all.map(|repository| {
        repository.with(texts.remove(repository.name.as_str()).unwrap_or_default())
    });
    Project { repositories: changed.collect() }
}

/// Template texts by their place in the manifests: namespace and name of the `ExternalSecret`, and key.
type Texts<'a> = BTreeMap<(String, String, String), Vec<&'a str>>;

/// Returns whether the manifests hold what was wanted, and nothing less than before.
fn is_proven(before: &[Facts], after: &Texts<'_>, finding: &Finding) -> bool {
    let Some(wanted) = finding.wanted.as_deref() else { return true };
    let files: BTreeSet<_> = edited(finding).collect();
    let is_touched = |external: &ExternalSecret| {
        let texts = external.target.template.iter().flat_map(|template| &template.texts);
        let mut places = texts.flat_map(|text| &text.segments).map(|(_, place)| &place.file);
        files.contains(&external.place.file) || places.any(|file| files.contains(file))
    };
    let mut is_there = false;
    let stays = texts(before, is_touched).iter().all(|(id, old)| {
        let new = after.get(id).map(Vec::as_slice).unwrap_or_default();
        is_there |= new.contains(&wanted) && !old.contains(&wanted);
        new.len() >= old.len()
    });
    stays && is_there
}

/// Returns the template texts of `ExternalSecret`s.
fn texts(facts: &[Facts], takes: impl Fn(&ExternalSecret) -> bool) -> Texts<'_> {
    let mut found = Texts::new();
    let externals = facts.iter().flat_map(|facts| &facts.external_secrets);
    for external in externals.filter(|external| takes(external)) {
        for text in external.target.template.iter().flat_map(|template| &template.texts) {
            let id = (external.scope.namespace.to_string(), external.name.to_string());
            let id = (id.0, id.1, text.key.clone());
            found.entry(id).or_default().push(&text.text);
        }
    }
    found
}
