//! Terraform and `OpenTofu`: from configuration to facts.
//!
//! Invariant: reading never fails and touches no disk, network or program. What cannot be told
//! without running Terraform is unknown, and unknown never becomes an error.

mod config;
mod data;
mod evaluate;
mod facts;
mod functions;
mod module_source;
mod references;
mod root_index;
mod roots;
mod state;
pub mod syntax;
mod terragrunt;
mod world;

use std::collections::BTreeSet;

use rayon::prelude::*;
use sealine_model::Facts;
use sealine_model::tree::Embedded;
use sealine_source::{Project, Repository, TextRange};

/// What reading needs to know beside the files.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Folders in which a workflow runs Terraform: repository and path. They are roots.
    pub workflow_folders: BTreeSet<(String, String)>,
    /// Folders for which a workflow gives backend settings by `-backend-config`.
    pub backend_config_folders: BTreeSet<(String, String)>,
    /// Whether the facts are to show what may be: also what modules would make that nobody calls, and what
    /// reads Secrets in resources that the values in sight leave out.
    pub showing: bool,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// One unit for each module, in the order of repositories and folders, then one for each state
    /// file.
    pub facts: Vec<Facts>,
    /// Manifests and chart values that stand in configuration; for the reader of manifests.
    pub embedded: Vec<Embedded>,
}

/// Returns whether this reader wants the file, by its name.
pub fn wants(path: &str) -> bool {
    world::is_configuration(path)
        || world::is_values(path)
        || terragrunt::is_file(path)
        || path.ends_with(".terraform.lock.hcl")
        || path.ends_with(".terraform/modules/modules.json")
        || state::is_candidate(path)
}

/// Reads every module of a project.
pub fn read(project: &Project, options: &Options) -> Reading {
    let files = world::parse(project);
    let world = world::World::new(project, options, &files);
    let (facts, embedded): (Vec<_>, Vec<_>) = (0..world.configs.len())
        .into_par_iter()
        .filter_map(|config| facts::read(&world, config))
        .map(|unit| (unit.facts, unit.embedded))
        .unzip();
    let mut reading = Reading { facts, embedded: embedded.into_iter().flatten().collect() };
    reading.facts.extend(state_files(project));
    reading
}

fn state_files(project: &Project) -> Vec<Facts> {
    let sources = project.repositories.iter().flat_map(Repository::files);
    let candidates = sources.filter(|source| state::is_candidate(source.path()));
    let facts = |source: &std::sync::Arc<sealine_source::Source>| {
        Some(Facts {
            repo: source.repo().to_owned(),
            unit: format!("terraform state {}", source.path()),
            state_files: vec![state::read(source)?],
            // Which of its values are secrets is the provider's knowledge: none is shown.
            secret_texts: vec![source.place(TextRange::new(0, source.text().len()))],
            reads: vec![source.path().to_owned()],
            ..Facts::default()
        })
    };
    candidates.filter_map(facts).collect()
}
