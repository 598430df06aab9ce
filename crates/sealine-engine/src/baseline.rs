//! Baselines: findings that were there before, by rule and subject, never by line.

use std::collections::BTreeSet;

use sealine_model::Finding;
use serde::{Deserialize, Serialize};

/// A baseline file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The format's version.
    pub version: u32,
    /// The known findings, sorted.
    pub findings: BTreeSet<Known>,
}

/// A known finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The rule.
    pub rule: String,
    /// The repository of its primary place.
    pub repo: String,
    /// The file of its primary place, for people, and to know whether a run looked at it.
    pub file: String,
    /// What the finding is about.
    pub subject: String,
}

/// The baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file is no baseline.
    #[error("it is no baseline file")]
    Format(#[source] serde_json::Error),
    /// The file was written by a newer version.
    #[error("its version is {0}, and this program knows version 1")]
    Version(u32),
}

impl Known {
    fn of(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.to_owned(),
            repo: finding.place.file.repo.clone(),
            file: finding.place.file.path.clone(),
            subject: finding.subjects.first().cloned().unwrap_or_default(),
        }
    }
}

impl Baseline {
    /// Reads a baseline from its text.
    ///
    /// # Errors
    ///
    /// Returns why the text is no baseline that this version knows.
    pub fn read(text: &str) -> Result<Self, BaselineError> {
        let baseline: Self = serde_json::from_str(text).map_err(BaselineError::Format)?;
        if baseline.version == 1 {
            Ok(baseline)
        } else {
            Err(BaselineError::Version(baseline.version))
        }
    }

    /// Returns the baseline as text.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Returns this baseline with the findings of a run: what the run looked at is replaced, what
    /// it did not look at stays.
    #[must_use]
    pub fn merged(&self, findings: &[Finding], looked_at: impl Fn(&str, &str) -> bool) -> Self {
        let kept = self.findings.iter().filter(|known| !looked_at(&known.repo, &known.file));
        let now = findings.iter().map(Known::of);
        Self { version: 1, findings: kept.cloned().chain(now).collect() }
    }

    /// Splits findings into new ones and the number of known ones. A known finding that moved to
    /// another file stays known.
    pub fn split(&self, findings: Vec<Finding>) -> (Vec<Finding>, usize) {
        let known: BTreeSet<(&str, &str)> = self
            .findings
            .iter()
            .map(|finding| (finding.rule.as_str(), finding.subject.as_str()))
            .collect();
        let all = findings.len();
        let new: Vec<Finding> = findings
            .into_iter()
            .filter(|finding| {
                let subject = finding.subjects.first().map_or("", String::as_str);
                !known.contains(&(finding.rule, subject))
            })
            .collect();
        let old = all - new.len();
        (new, old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealine_source::{FileName, Source};

    fn finding(file: &str, subject: &str) -> Finding {
        let source = Source::new(FileName::new("r", file), "");
        let mut finding = Finding::new(source.top(), subject, "message");
        finding.rule = "unprovisioned-key";
        finding
    }

    #[test]
    fn a_partial_run_keeps_what_it_did_not_look_at() {
        let first =
            Baseline::default().merged(&[finding("a", "one"), finding("b", "two")], |_, _| true);
        let second = first.merged(&[finding("a", "three")], |_, file| file == "a");
        let subjects: Vec<&str> =
            second.findings.iter().map(|known| known.subject.as_str()).collect();
        assert_eq!(subjects, ["three", "two"]);
        let again = Baseline::read(&second.text()).expect("readable");
        assert_eq!(again, second);
    }

    #[test]
    fn known_findings_are_known_by_subject() {
        let baseline = Baseline::default().merged(&[finding("a", "one")], |_, _| true);
        let (new, known) = baseline.split(vec![finding("moved", "one"), finding("a", "two")]);
        assert_eq!((new.len(), known), (1, 1));
        assert!(matches!(
            Baseline::read("{\"version\":2,\"findings\":[]}"),
            Err(BaselineError::Version(2))
        ));
        assert!(Baseline::read("nonsense").is_err());
    }
}
