//! Globs as Argo CD matches them, each made ready once for all the names it is tried on.
//!
//! Invariant: a glob that cannot be read matches nothing.

use regex::Regex;

/// A glob of one path part: `*`, `?`, `{a,b}`. One that cannot be read matches nothing.
#[derive(Debug)]
pub(crate) struct Glob(Option<Regex>);

impl Glob {
    /// Makes a glob ready.
    pub(crate) fn new(glob: &str) -> Self {
        let mut pattern = String::from("^");
        let mut depth = 0usize;
        for character in glob.chars() {
            match character {
                '*' => pattern.push_str(".*"),
                '?' => pattern.push('.'),
                '{' => {
                    depth += 1;
                    pattern.push_str("(?:");
                }
                '}' if depth > 0 => {
                    depth -= 1;
                    pattern.push(')');
                }
                ',' if depth > 0 => pattern.push('|'),
                character => pattern.push_str(&regex::escape(&character.to_string())),
            }
        }
        pattern.push('$');
        Self(Regex::new(&pattern).ok())
    }

    /// Returns whether it matches a name.
    pub(crate) fn matches(&self, name: &str) -> bool {
        self.0.as_ref().is_some_and(|pattern| pattern.is_match(name))
    }
}

/// A glob of a path, matched part by part.
#[derive(Debug)]
pub(super) struct PathGlob {
    parts: Vec<Part>,
    /// The same glob where `*` stands for several parts, too.
    whole: Option<Glob>,
}

#[derive(Debug)]
enum Part {
    /// `**`: any number of parts.
    Any,
    One(Glob),
}

impl PathGlob {
    /// Makes a glob ready.
    pub(super) fn new(glob: &str) -> Self {
        let part = |part| if part == "**" { Part::Any } else { Part::One(Glob::new(part)) };
        Self { parts: glob.split('/').map(part).collect(), whole: None }
    }

    /// Makes a glob of files ready, which Argo CD has `git ls-files` match: `*` stands for `/`, too.
    pub(super) fn of_files(glob: &str) -> Self {
        Self { whole: Some(Glob::new(glob)), ..Self::new(glob) }
    }

    /// Returns whether it matches a path.
    pub(super) fn matches(&self, path: &str) -> bool {
        if self.whole.as_ref().is_some_and(|whole| whole.matches(path)) {
            return true;
        }
        let parts: Vec<&str> = path.split('/').collect();
        // The reachable numbers of parts that the globs so far can stand for.
        let mut reached = vec![0usize];
        for glob in &self.parts {
            let mut next = Vec::new();
            for at in reached {
                match glob {
                    Part::Any => next.extend(at..=parts.len()),
                    Part::One(glob) if parts.get(at).is_some_and(|part| glob.matches(part)) => {
                        next.push(at + 1);
                    }
                    Part::One(_) => {}
                }
            }
            next.sort_unstable();
            next.dedup();
            reached = next;
        }
        reached.contains(&parts.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_of_files_match_below_folders() {
        for (glob, path, expected) in [
            ("members/*", "members/north/values.yaml", true),
            ("*/config.yaml", "a/b/config.yaml", true),
            ("apps/**/config.json", "apps/config.json", true),
            ("apps/*.yaml", "apps/a.json", false),
        ] {
            assert_eq!(PathGlob::of_files(glob).matches(path), expected, "{glob} {path}");
        }
    }

    #[test]
    fn globs_match_part_by_part() {
        for (glob, path, expected) in [
            ("apps/*", "apps/web", true),
            ("apps/*", "apps/web/base", false),
            ("apps/**/config.json", "apps/a/b/config.json", true),
            ("apps/**/config.json", "apps/config.json", true),
            ("*/config.yaml", "a/b/config.yaml", false),
            ("apps/{web,db}", "apps/db", true),
            ("apps/{web", "apps/web", false),
        ] {
            assert_eq!(PathGlob::new(glob).matches(path), expected, "{glob} {path}");
        }
    }
}
