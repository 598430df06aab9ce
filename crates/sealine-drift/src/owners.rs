//! Who owns a resource: by `CODEOWNERS`, through the file that declares it.
//!
//! Invariant: the last line that matches decides, as on the platforms that read the file; a line that
//! names nobody takes ownership away.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::report::RunReport;

/// The names under which the file is looked for, in order.
pub const FILES: [&str; 4] =
    [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// What a `CODEOWNERS` file says.
#[derive(Debug, Default)]
pub struct Owners {
    rules: Vec<(Gitignore, Vec<String>)>,
}

impl Owners {
    /// Reads the file. A line that is no pattern says nothing.
    pub fn read(text: &str) -> Self {
        let mut rules = Vec::new();
        for line in text.lines() {
            let line = line.split(" #").next().unwrap_or_default().trim();
            // Sections of GitLab.
            if line.is_empty() || line.starts_with(['#', '[', '^']) {
                continue;
            }
            let mut words = line.split_whitespace();
            let Some(pattern) = words.next() else { continue };
            let mut builder = GitignoreBuilder::new("");
            if builder.add_line(None, pattern).is_err() {
                continue;
            }
            if let Ok(pattern) = builder.build() {
                rules.push((pattern, words.map(sealine_report::on_one_line).collect()));
            }
        }
        Self { rules }
    }

    /// Returns the owners of a file, by its path in the repository.
    pub fn of(&self, path: &str) -> &[String] {
        let matches = |(pattern, _): &&(Gitignore, Vec<String>)| {
            pattern.matched_path_or_any_parents(path, false).is_ignore()
        };
        self.rules.iter().rev().find(matches).map_or(&[], |(_, owners)| owners)
    }

    /// Names the owners of each finding; those that the configuration gave stay where nobody is named.
    pub fn name(&self, report: &mut RunReport) {
        for finding in &mut report.findings {
            let file = finding.declared.as_deref().and_then(|place| place.rsplit_once(':'));
            let Some((file, _)) = file else { continue };
            // A module from elsewhere lies outside the repository.
            if file.starts_with('/') || file.starts_with("..") {
                continue;
            }
            let owners = self.of(file);
            if !owners.is_empty() {
                finding.owners = owners.to_vec();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_decides() {
        let owners = Owners::read(
            "# people\n* @all\n/terraform/ @platform a@b.c # the root\n*.md @docs\n/terraform/free/\n",
        );
        assert_eq!(owners.of("terraform/x/main.tf"), ["@platform", "a@b.c"]);
        assert_eq!(owners.of("main.tf"), ["@all"]);
        assert_eq!(owners.of("terraform/README.md"), ["@docs"]);
        assert!(owners.of("terraform/free/main.tf").is_empty());
    }
}
