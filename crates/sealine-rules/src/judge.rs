//! Runs the selected rules and sorts what they say.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rayon::prelude::*;
use sealine_model::graph::Links;
use sealine_model::settings::Settings;
use sealine_model::{Facts, Finding, Severity};

use crate::shelf::Shelf;
use crate::{RULES, Rule, Templates};

/// What a rule may look at.
#[derive(Debug)]
pub struct Context<'a> {
    /// The facts of all units.
    pub facts: &'a [Facts],
    /// The joints of the chain.
    pub links: &'a Links,
    /// What the loaded repositories declared and needed when their facts were published; empty
    /// when nobody gave these facts.
    pub earlier: &'a [Facts],
    /// What the configuration says.
    pub settings: &'a Settings,
    /// The day of the run, for what expires.
    pub today: Date,
    /// The templates of the facts.
    pub templates: Templates<'a>,
    /// Which of their manifests are in use.
    pub shelf: Shelf<'a>,
}

/// Collects the findings of one rule.
#[derive(Debug)]
pub struct Report {
    rule: &'static Rule,
    findings: Vec<Finding>,
}

impl Report {
    /// Adds a finding with the rule's own severity.
    pub fn add(&mut self, finding: Finding) {
        self.add_as(self.rule.severity, finding);
    }

    /// Adds a finding with a severity that this case has, for instance for want of evidence.
    pub fn add_as(&mut self, severity: Severity, mut finding: Finding) {
        finding.rule = self.rule.name;
        finding.severity = severity;
        self.findings.push(finding);
    }
}

/// What the configuration or the command line says of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleSetting {
    /// It does not run.
    Off,
    /// Its findings have this severity, whatever the rule says.
    As(Severity),
}

/// Rules about what a file gives away, or keeps from being looked at, wherever it lies. What all others
/// say of a manifest is of no account in an archive that nothing delivers.
const ANYWHERE: [&str; 8] = [
    "expired-suppression",
    "limit-exceeded",
    "plaintext-secret",
    "secret-in-configuration",
    "state-in-repository",
    "suppression-without-reason",
    "syntax-error",
    "unused-suppression",
];

/// Rules whose findings list several things, each of them a subject: what is said of one of them leaves the
/// others.
const LISTING: [&str; 1] = ["unused-entry"];

/// Returns the findings of all rules that are not switched off, sorted by position.
pub fn judge(context: &Context<'_>, settings: &BTreeMap<String, RuleSetting>) -> Vec<Finding> {
    let selected: Vec<&'static Rule> = RULES
        .iter()
        .copied()
        .filter(|rule| settings.get(rule.name) != Some(&RuleSetting::Off))
        .collect();
    let said = selected.into_par_iter().flat_map_iter(|rule| {
        let mut report = Report { rule, findings: Vec::new() };
        (rule.check)(context, &mut report);
        if let Some(RuleSetting::As(severity)) = settings.get(rule.name) {
            report.findings.iter_mut().for_each(|finding| finding.severity = *severity);
        }
        report.findings
    });
    let mut findings = without_replaced(said.collect());
    findings.retain(|finding| {
        ANYWHERE.contains(&finding.rule) || !context.shelf.is_archived(&finding.place)
    });
    findings.sort_by(|one, two| {
        (&one.place, one.rule, &one.message).cmp(&(&two.place, two.rule, &two.message))
    });
    findings.dedup();
    findings
}

/// Drops findings that a more specific rule replaces on a common subject.
fn without_replaced(findings: Vec<Finding>) -> Vec<Finding> {
    let mut replaced: BTreeSet<(&str, &str)> = BTreeSet::new();
    for finding in &findings {
        let rule = Rule::named(finding.rule);
        for general in rule.map_or(&[][..], |rule| rule.replaces) {
            replaced.extend(finding.subjects.iter().map(|subject| (*general, subject.as_str())));
        }
    }
    let keep: Vec<bool> = findings
        .iter()
        .map(|finding| {
            let by = |subject: &String| replaced.contains(&(finding.rule, subject.as_str()));
            let mut subjects = finding.subjects.iter();
            let is_said = if LISTING.contains(&finding.rule) {
                !finding.subjects.is_empty() && subjects.all(by)
            } else {
                subjects.any(by)
            };
            !is_said
        })
        .collect();
    findings.into_iter().zip(keep).filter_map(|(finding, keep)| keep.then_some(finding)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lists_several_things_is_replaced_when_all_are() {
        let source = sealine_source::Source::new(sealine_source::FileName::new("r", "f"), "");
        let made = |rule, subjects: &[&str]| {
            let mut finding = Finding::new(source.top(), subjects[0], "message");
            finding.subjects = subjects.iter().map(|subject| (*subject).to_owned()).collect();
            finding.rule = rule;
            finding
        };
        let left = |unused: &[&str]| {
            let findings = vec![
                made("misnamed-key", &["key", "a"]),
                made("unused-entry", unused),
                made("unprovisioned-key", &["key", "other"]),
            ];
            without_replaced(findings).into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
        };
        assert_eq!(left(&["a"]), ["misnamed-key"]);
        assert_eq!(left(&["a", "b"]), ["misnamed-key", "unused-entry"]);
    }

    #[test]
    fn what_is_said_anywhere_is_said_by_rules() {
        for name in ANYWHERE.into_iter().chain(LISTING) {
            assert!(Rule::named(name).is_some(), "{name}");
        }
    }
}
