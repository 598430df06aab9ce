//! The files that `.airflowignore` keeps from being DAGs.
//!
//! Airflow 3 reads the file as git reads `.gitignore`, below the folder in which it stands. What is
//! ignored may still be imported.
//!
//! Invariant: a pattern that cannot be read ignores nothing.

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use sealine_source::Repository;

const NAME: &str = ".airflowignore";

/// The patterns of a repository, by folder, outermost first.
pub(crate) struct Ignored(Vec<(String, Gitignore)>);

impl Ignored {
    /// Reads all `.airflowignore` of a repository.
    pub(crate) fn of(repository: &Repository) -> Self {
        let mut found = Vec::new();
        for path in repository.paths() {
            let Some(folder) = path.strip_suffix(NAME) else { continue };
            if !folder.is_empty() && !folder.ends_with('/') {
                continue;
            }
            let Some(source) = repository.get(path) else { continue };
            let mut patterns = GitignoreBuilder::new("");
            for line in source.text().lines() {
                let _ = patterns.add_line(None, line);
            }
            if let Ok(patterns) = patterns.build() {
                found.push((folder.to_owned(), patterns));
            }
        }
        found.sort_by(|(one, _), (two, _)| one.len().cmp(&two.len()).then_with(|| one.cmp(two)));
        Self(found)
    }

    /// Returns whether Airflow does not look for DAGs in this file.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let mut held = false;
        for (folder, patterns) in &self.0 {
            let Some(inner) = path.strip_prefix(folder.as_str()) else { continue };
            match patterns.matched_path_or_any_parents(inner, false) {
                Match::Ignore(_) => held = true,
                Match::Whitelist(_) => held = false,
                Match::None => {}
            }
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sealine_source::{FileName, Source};

    use super::*;

    #[test]
    fn patterns_hold_below_their_folder() {
        let text = "# of old\nold/\n*_draft.py\n!kept_draft.py\n[\n";
        let mut repository = Repository::new("r");
        let source = Source::new(FileName::new("r", "dags/.airflowignore"), text);
        repository.add(Arc::new(source));
        let ignored = Ignored::of(&repository);
        for (path, held) in [
            ("dags/a.py", false),
            ("dags/old/b.py", true),
            ("dags/team/old/c/d.py", true),
            ("dags/e_draft.py", true),
            ("dags/kept_draft.py", false),
            ("other/old/f.py", false),
        ] {
            assert_eq!(ignored.holds(path), held, "{path}");
        }
    }
}
