//! `.helmignore`: which files of a chart's folder Helm does not see.
//!
//! Invariant: patterns mean what they mean to Helm, which is less than what they mean to git.

use regex::Regex;

/// The rules of one `.helmignore`, with those that Helm always has.
#[derive(Debug)]
pub(super) struct Ignore {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    negated: bool,
    folders_only: bool,
    /// Whether the pattern is held against the last part of a path only.
    by_name: bool,
}

#[derive(Debug)]
enum Pattern {
    Exact(String),
    Glob(Regex),
    /// One that Helm cannot read, either.
    Nothing,
}

impl Ignore {
    /// Returns the rules, and the lines that Helm refuses.
    pub(super) fn new(text: &str) -> (Self, Vec<&str>) {
        let mut refused = Vec::new();
        let mut rules = Vec::new();
        for line in text.lines() {
            let line = line.trim();
            if line.contains("**") && !line.starts_with('#') {
                refused.push(line);
            } else if !line.is_empty() && !line.starts_with('#') {
                rules.push(rule(line));
            }
        }
        rules.push(rule("templates/.?*"));
        (Self { rules }, refused)
    }

    /// Returns whether the file at this path in the chart is left out.
    pub(super) fn leaves_out(&self, path: &str) -> bool {
        let folders = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        folders.into_iter().any(|folder| self.matches(folder, true)) || self.matches(path, false)
    }

    fn matches(&self, path: &str, is_folder: bool) -> bool {
        for rule in &self.rules {
            let fits = !rule.folders_only || is_folder;
            if rule.negated {
                // What is not meant by a negated rule is left out.
                if !fits || !rule.matches(path) {
                    return true;
                }
            } else if fits && rule.matches(path) {
                return true;
            }
        }
        false
    }
}

fn rule(line: &str) -> Rule {
    let (negated, rest) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
    let (folders_only, rest) = rest.strip_suffix('/').map_or((false, rest), |rest| (true, rest));
    let by_name = !rest.contains('/');
    let pattern = pattern(rest.strip_prefix('/').unwrap_or(rest));
    Rule { pattern, negated, folders_only, by_name }
}

impl Rule {
    fn matches(&self, path: &str) -> bool {
        let path = if self.by_name { path.rsplit('/').next().unwrap_or(path) } else { path };
        match &self.pattern {
            Pattern::Exact(exact) => exact == path,
            Pattern::Glob(regex) => regex.is_match(path),
            Pattern::Nothing => false,
        }
    }
}

/// Returns what Go's `filepath.Match` understands by a pattern.
fn pattern(pattern: &str) -> Pattern {
    if !pattern.contains(['*', '?', '[', '\\']) {
        return Pattern::Exact(pattern.to_owned());
    }
    let mut regex = String::from("^");
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' => {
                regex.push('[');
                for letter in letters.by_ref().take_while(|letter| *letter != ']') {
                    match letter {
                        '^' | '-' => regex.push(letter),
                        letter => regex.push_str(&regex::escape(&letter.to_string())),
                    }
                }
                regex.push(']');
            }
            '\\' => letters.next().iter().for_each(|letter| {
                regex.push_str(&regex::escape(&letter.to_string()));
            }),
            letter => regex.push_str(&regex::escape(&letter.to_string())),
        }
    }
    regex.push('$');
    Regex::new(&regex).map_or(Pattern::Nothing, Pattern::Glob)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_to_helm() {
        let text = "# comment\n*.md\n/top.txt\nfolder/\na/b\n[xy].yaml\nx/**\n";
        let (ignore, refused) = Ignore::new(text);
        assert_eq!(refused, ["x/**"]);
        for (path, expected) in [
            ("README.md", true),
            ("docs/README.md", true),
            ("top.txt", true),
            ("docs/top.txt", false),
            ("folder/file", true),
            ("deep/folder/file", true),
            ("folder", false),
            ("a/b", true),
            ("c/a/b", false),
            ("templates/x.yaml", true),
            ("templates/z.yaml", false),
            ("templates/.hidden.yaml", true),
        ] {
            assert_eq!(ignore.leaves_out(path), expected, "{path}");
        }
    }

    #[test]
    fn a_negated_rule_leaves_out_all_else() {
        let (ignore, _) = Ignore::new("!*.yaml\n");
        assert!(ignore.leaves_out("a.txt"));
        assert!(!ignore.leaves_out("a.yaml"));
    }
}
