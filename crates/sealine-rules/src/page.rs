//! A rule's page: the `//!` head of its own file, with its examples as fixtures.

/// The parts of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The whole text in Markdown.
    pub text: String,
}

/// The headings that every page has, in this order.
#[cfg(test)]
const HEADINGS: [&str; 6] = [
    "What it finds",
    "Why it matters",
    "Example",
    "Use instead",
    "Evidence it needs",
    "When to allow it",
];

impl Page {
    /// Returns the page of a rule's source file.
    pub fn of(source: &str) -> Self {
        let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
        let lines: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        Self { text: lines.join("\n") + "\n" }
    }

    /// Returns the text below the heading `name`, when the page has it.
    pub fn section(&self, name: &str) -> Option<&str> {
        let heading = format!("## {name}\n");
        let start = self.text.find(&heading)? + heading.len();
        let rest = &self.text[start..];
        let end = rest.find("\n## ").map_or(rest.len(), |at| at + 1);
        Some(rest[..end].trim())
    }

    /// Returns the first code block of a section: the fixture.
    pub fn fixture(&self, name: &str) -> Option<&str> {
        let section = self.section(name)?;
        let open = section.find("```")?;
        let start = open + section[open..].find('\n')? + 1;
        let end = start + section[start..].find("\n```")? + 1;
        Some(&section[start..end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_the_head_of_its_file() {
        let page = Page::of(
            "//! # name\n//!\n//! ## Example\n//!\n//! ```text\n//! //- a\n//! x\n//! ```\n//!\n//! ## Use instead\n//! y\n\nuse x;\n//! no\n",
        );
        assert_eq!(page.fixture("Example"), Some("//- a\nx\n"));
        assert_eq!(page.section("Use instead"), Some("y"));
        assert_eq!(page.section("Absent"), None);
        assert!(!page.text.contains("no\n"));
    }

    #[test]
    fn every_rule_has_every_heading_and_a_summary() {
        for rule in crate::RULES {
            let page = rule.page();
            assert!(page.text.starts_with(&format!("# {}\n", rule.name)), "{}", rule.name);
            for heading in HEADINGS {
                assert!(page.section(heading).is_some(), "{}: no `## {heading}`", rule.name);
            }
            assert!(page.fixture("Example").is_some(), "{}: no example", rule.name);
            assert!(page.fixture("Use instead").is_some(), "{}: no repair", rule.name);
            assert!(!rule.summary.is_empty() && !rule.summary.ends_with('.'), "{}", rule.name);
            for general in rule.replaces {
                assert!(crate::Rule::named(general).is_some(), "{}: replaces {general}", rule.name);
            }
        }
    }

    #[test]
    fn names_are_sorted_and_unique() {
        let names: Vec<&str> = crate::RULES.iter().map(|rule| rule.name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted, "the list in `rules/mod.rs` is sorted and names no rule twice");
        for rule in crate::RULES {
            assert!(rule.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", rule.name);
        }
    }
}
