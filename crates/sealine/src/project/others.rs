//! What other repositories say of themselves: in the configuration files of those that are loaded, and in
//! published facts.
//!
//! Invariant: the run's own configuration comes first, and nothing that another one says of rules, clusters or
//! Airflow counts.

use std::path::{Path, PathBuf};

use sealine_engine::{Config, config};
use sealine_source::FileName;

use super::{Plan, absolute, read_config_as};
use crate::output::note;

impl Plan {
    /// Adds what other repositories say of their vaults and placeholders, and leaves out what they exclude.
    /// `replaced` is the file that would have been found for the paths.
    pub(super) fn learn_from_others(&mut self, replaced: Option<&Path>, current: &Path) {
        let own: Vec<PathBuf> = [self.config_file.as_deref(), replaced]
            .into_iter()
            .flatten()
            .map(|file| absolute(file, current))
            .collect();
        for at in 0..self.inputs.len() {
            let (name, path) =
                (self.inputs[at].name.clone(), absolute(&self.inputs[at].path, current));
            let file = config::FILE_NAMES.iter().find(|file| path.join(file).is_file());
            let Some(file) = file.filter(|file| !own.contains(&path.join(file))) else { continue };
            match read_config_as(&path.join(file), FileName::new(&name, *file)) {
                Ok(other) => {
                    self.inputs[at].exclude.extend(other.file.exclude.iter().cloned());
                    let is_whole = self.has_all_of(&other, current);
                    self.config.learn(other, is_whole);
                    self.heard.push(self.inputs[at].path.join(file));
                }
                Err(failure) => {
                    let why = failure.message();
                    note(&format!("note: the configuration of `{name}` is passed over: {why}"));
                }
            }
        }
        for published in &self.published {
            let is_own = |name: &str| self.inputs.iter().any(|input| input.name == name);
            if !published.repositories.iter().any(|repository| is_own(&repository.name)) {
                let vaults = published.vaults.iter().cloned().collect();
                self.config.learn_vaults(&vaults, true);
            }
        }
    }

    /// Returns whether all repositories of another configuration are read, or known by their facts.
    fn has_all_of(&self, other: &Config, current: &Path) -> bool {
        other.file.repos.iter().all(|(name, repo)| {
            let path = absolute(&other.folder.join(&repo.path), current);
            let is_published =
                |it: &sealine_facts::Published| it.repositories.iter().any(|it| it.name == *name);
            self.inputs.iter().any(|input| absolute(&input.path, current) == path)
                || self.published.iter().any(is_published)
        })
    }
}
