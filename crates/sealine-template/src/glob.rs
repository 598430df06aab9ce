//! Patterns of `.Files.Glob`.
//!
//! Invariant: matching takes time in proportion to the path.

use regex::Regex;

/// A compiled pattern.
pub(crate) struct Glob(Regex);

impl Glob {
    /// Returns the pattern; `*` stops at `/`, `**` does not.
    pub(crate) fn new(pattern: &str) -> Option<Self> {
        let mut out = String::from("^");
        let mut letters = pattern.chars().peekable();
        let mut braces = 0_usize;
        while let Some(letter) = letters.next() {
            match letter {
                '*' if letters.peek() == Some(&'*') => {
                    letters.next();
                    out.push_str(".*");
                }
                '*' => out.push_str("[^/]*"),
                '?' => out.push_str("[^/]"),
                '{' => {
                    braces += 1;
                    out.push_str("(?:");
                }
                '}' if braces > 0 => {
                    braces -= 1;
                    out.push(')');
                }
                ',' if braces > 0 => out.push('|'),
                '[' => {
                    out.push('[');
                    if letters.peek() == Some(&'!') {
                        letters.next();
                        out.push('^');
                    }
                    for letter in letters.by_ref().take_while(|letter| *letter != ']') {
                        if letter == '-' {
                            out.push('-');
                        } else {
                            out.push_str(&regex::escape(&letter.to_string()));
                        }
                    }
                    out.push(']');
                }
                '\\' => out.push_str(&regex::escape(&letters.next()?.to_string())),
                letter => out.push_str(&regex::escape(&letter.to_string())),
            }
        }
        out.push('$');
        let mut builder = regex::RegexBuilder::new(&out);
        builder.dot_matches_new_line(true).size_limit(1 << 20).build().ok().map(Self)
    }

    /// Returns whether the path matches.
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stop_at_slashes() {
        for (pattern, path, expected) in [
            ("config/*", "config/a", true),
            ("config/*", "config/a/b", false),
            ("**.yaml", "a/b.yaml", true),
            ("{a,b}.txt", "b.txt", true),
            ("[!a]", "a", false),
            ("a.c", "abc", false),
        ] {
            let glob = Glob::new(pattern).expect("a pattern");
            assert_eq!(glob.matches(path), expected, "{pattern} {path}");
        }
    }
}
