//! Airflow DAGs read as facts: which Secrets a task's pod needs, which connections it asks for, and which
//! entries of vaults its own code reads.
//!
//! Invariant: Python is never executed. A small evaluator folds what is certain (constants,
//! helpers, comprehensions, imports between files of one tree) within a budget; what it cannot fold
//! is unknown and becomes a note, never an error.

pub mod connection;
mod dag;
mod evaluate;
mod filter;
mod ignored;
mod imports;
mod index;
mod signatures;
mod syntax;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeSet;

use rayon::prelude::*;
use sealine_model::{Coverage, Facts};
use sealine_source::{Place, Project, Repository};

pub use filter::wants;
pub use imports::{imports, module_paths};

use dag::Outcome;
use tree::Tree;

/// What the configuration says about Airflow.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The namespace in which workers run; `None` when it is not known.
    pub namespace: Option<String>,
}

/// Reads the DAGs of a project: one [`Facts`] for each file that makes DAGs or tasks, with what
/// the modules it imports say, and one for each other file that names a Secret no DAG was seen to
/// use or that does not parse.
pub fn read(project: &Project, options: &Options) -> Vec<Facts> {
    project
        .repositories
        .iter()
        .flat_map(|repository| read_repository(repository, options))
        .collect()
}

fn read_repository(repository: &Repository, options: &Options) -> Vec<Facts> {
    let tree = Tree::new(repository);
    let ignored = ignored::Ignored::of(repository);
    let wanted: Vec<usize> = (0..tree.files.len())
        .filter(|file| {
            let source = &tree.files[*file].source;
            wants(source.path(), source.text().as_bytes())
                && !filter::is_test(source.path())
                && !ignored.holds(source.path())
        })
        .collect();
    let none = BTreeSet::new();
    let mut outcomes: Vec<Outcome> =
        wanted.par_iter().map(|file| dag::judge(&tree, *file, &none, options)).collect();
    run_factories(&mut outcomes, &tree, options);
    let reached: BTreeSet<_> =
        outcomes.iter().flat_map(|outcome| outcome.reached.iter().copied()).collect();
    let imported: BTreeSet<usize> = outcomes
        .iter()
        .filter(|outcome| outcome.is_dag)
        .flat_map(|outcome| outcome.files.iter().copied())
        .collect();
    let asked: BTreeSet<Place> = outcomes
        .iter()
        .filter(|outcome| outcome.is_dag)
        .flat_map(|outcome| outcome.facts.connections.iter().map(|found| found.place.clone()))
        .collect();
    let read: BTreeSet<Place> = outcomes
        .iter()
        .filter(|outcome| outcome.is_dag)
        .flat_map(|outcome| outcome.facts.entry_reads.iter().map(|found| found.place.clone()))
        .collect();
    let mut all = Vec::new();
    let mut noted: BTreeSet<(Place, String)> = BTreeSet::new();
    for outcome in outcomes {
        let own = outcome.file;
        let loose = outcome.loose.into_iter();
        // What stands in another file is told by that file.
        let loose = loose.filter(|(spot, _)| spot.file == own && !reached.contains(spot));
        let mut facts = outcome.facts;
        facts.uses.extend(loose.map(|(_, probable)| probable));
        let source = &tree.files[own].source;
        let problem = tree.files[own].problem.clone();
        let matters = outcome.is_dag
            || imported.contains(&own)
            || filter::may_hold_a_dag(source.text())
            || filter::names_secrets(source.text());
        if let Some(problem) = problem.filter(|_| matters) {
            facts.problems.push(problem);
            facts.coverage = Coverage { documents: 1, understood: 0 };
        } else if !outcome.is_dag {
            facts.coverage = Coverage::default();
        }
        if !outcome.is_dag {
            facts.connections.retain(|found| !asked.contains(&found.place));
            facts.entry_reads.retain(|found| !read.contains(&found.place));
        }
        dag::tidy(&mut facts);
        // What is noted of a module is told by the first file that imports it.
        facts.notes.retain(|note| noted.insert((note.place.clone(), note.message.clone())));
        let tells = !facts.uses.is_empty()
            || !facts.connections.is_empty()
            || !facts.entry_reads.is_empty()
            || !facts.notes.is_empty();
        if outcome.is_dag || tells || !facts.problems.is_empty() {
            all.push(facts);
        }
    }
    all
}

/// Runs files again with those of their functions that make DAGs and that no file calls: something
/// unknown does.
fn run_factories(outcomes: &mut [Outcome], tree: &Tree<'_>, options: &Options) {
    let made: BTreeSet<_> =
        outcomes.iter().flat_map(|outcome| outcome.factories.iter().copied()).collect();
    if made.is_empty() {
        return;
    }
    let called: BTreeSet<_> =
        outcomes.iter().flat_map(|outcome| outcome.called.iter().copied()).collect();
    outcomes.par_iter_mut().for_each(|outcome| {
        let factories = &outcome.factories - &called;
        if !factories.is_empty() {
            *outcome = dag::judge(tree, outcome.file, &factories, options);
        }
    });
}
