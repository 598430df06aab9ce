//! The rules: pure functions over facts and their joints.
//!
//! Invariant: a rule reads no file, runs no program and has no clock of its own; what it says of a
//! hole or an unknown is stated on its page. Nothing fires on unknown.

mod airflow;
mod alphabets;
mod apart;
pub mod backends;
pub mod boundary;
mod chain;
mod connections;
pub mod evidence;
pub mod gaps;
mod judge;
mod look;
pub mod once;
mod page;
pub mod placeholders;
pub mod rules;
mod shelf;
pub mod similar;
mod template_edits;
mod templates;
pub mod terraform;
pub mod versions;

pub use judge::{Context, Report, RuleSetting, judge};
pub use page::Page;
pub use rules::RULES;
pub use shelf::Shelf;
pub use templates::Templates;

use sealine_model::Severity;

/// One rule, as plain data.
#[derive(Debug)]
pub struct Rule {
    /// Its name, which reads well after "allow": `unprovisioned-key`.
    pub name: &'static str,
    /// The severity unless the finding or the configuration says otherwise.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Rules whose findings on a common subject this one's findings replace.
    pub replaces: &'static [&'static str],
    /// The text of the rule's own file: its `//!` head is the rule's page.
    pub source: &'static str,
    /// Looks for findings.
    pub check: fn(&Context<'_>, &mut Report),
}

impl Rule {
    /// Returns the rule of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        RULES.iter().copied().find(|rule| rule.name == name)
    }

    /// Returns the rule's page.
    pub fn page(&self) -> Page {
        Page::of(self.source)
    }
}
