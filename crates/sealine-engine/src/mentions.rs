//! Names of Secrets that stand somewhere as a whole word, in a form that no reader knows.
//!
//! "Nobody reads this" is a statement about everything, so before it is made the texts are searched
//! once more for the bare name: in the values of a chart, in a field of an unknown resource, in a
//! script. A mention is no edge of the chain; it only silences that statement.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;
use sealine_model::Facts;
use sealine_model::graph::{Links, ProducerId};
use sealine_source::{FileName, Project, Source};

/// Returns the names of unread Secrets that are mentioned outside of the files that make them.
pub(crate) fn of_unread(project: &Project, facts: &[Facts], links: &Links) -> HashSet<String> {
    let makers = unread(facts, links);
    if makers.is_empty() {
        return HashSet::new();
    }
    let files: Vec<&Arc<Source>> =
        project.repositories.iter().flat_map(sealine_source::Repository::files).collect();
    files.par_iter().map(|source| mentioned_in(source, &makers)).reduce(
        HashSet::new,
        |mut all, some| {
            all.extend(some);
            all
        },
    )
}

/// Unread Secrets, and the files that make them.
fn unread<'a>(facts: &'a [Facts], links: &Links) -> HashMap<String, HashSet<&'a FileName>> {
    let read: HashSet<ProducerId> =
        links.uses.iter().flat_map(|link| link.producers.iter().map(|(id, _)| *id)).collect();
    let mut makers: HashMap<String, HashSet<&FileName>> = HashMap::new();
    for (unit, of_unit) in facts.iter().enumerate() {
        for (item, external) in of_unit.external_secrets.iter().enumerate() {
            let id = ProducerId::External(sealine_model::graph::FactId { unit, item });
            if let Some(name) = external.target.name.text().filter(|_| !read.contains(&id)) {
                let files = makers.entry(name).or_default();
                files.extend([&*external.place.file, &*external.target.place.file]);
            }
        }
    }
    makers
}

fn mentioned_in(source: &Source, makers: &HashMap<String, HashSet<&FileName>>) -> HashSet<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let mut found = HashSet::new();
    for line in source.text().lines() {
        let line = line.split(" #").next().unwrap_or(line);
        if line.trim_start().starts_with('#') {
            continue;
        }
        for word in line.split(|c: char| !is_word(c)) {
            if let Some(files) = makers.get(word)
                && !files.contains(&**source.name())
            {
                found.insert(word.to_owned());
            }
        }
    }
    found
}
