//! Baselines: findings that were there before, by rule and subject, never by line.

use std::collections::{BTreeMap, BTreeSet};

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

/// What findings are alike by: the rule, the repository, and what they are about.
type Key<'a> = (&'a str, &'a str, &'a str);

/// Returns what a finding is known by: one for each of its subjects.
fn keys(finding: &Finding) -> impl Iterator<Item = Key<'_>> {
    let none = finding.subjects.is_empty().then_some("");
    let subjects = finding.subjects.iter().map(String::as_str).chain(none);
    subjects.map(|subject| (finding.rule, finding.place.file.repo.as_str(), subject))
}

impl Known {
    fn all_of(finding: &Finding) -> impl Iterator<Item = Self> {
        keys(finding).map(|(rule, repo, subject)| Self {
            rule: rule.to_owned(),
            repo: repo.to_owned(),
            file: finding.place.file.path.clone(),
            subject: subject.to_owned(),
        })
    }

    fn key(&self) -> Key<'_> {
        (&self.rule, &self.repo, &self.subject)
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

    /// Returns this baseline as a run over these repositories sees it. One repository has the name of its
    /// folder, which another checkout of it need not have: where there is one here and one there, it is that.
    #[must_use]
    pub fn seen_from(mut self, repos: &[&str]) -> Self {
        let own: BTreeSet<&str> = self.findings.iter().map(|known| known.repo.as_str()).collect();
        if let (1, [repo]) = (own.len(), repos) {
            let renamed = |known| Known { repo: (*repo).to_owned(), ..known };
            self.findings = self.findings.into_iter().map(renamed).collect();
        }
        self
    }

    /// Returns this baseline with the findings of a run: what the run looked at is replaced, what
    /// it did not look at stays.
    #[must_use]
    pub fn merged(&self, findings: &[Finding], looked_at: impl Fn(&Known) -> bool) -> Self {
        let kept = self.findings.iter().filter(|known| !looked_at(known));
        let now = findings.iter().flat_map(Known::all_of);
        Self { version: 1, findings: kept.cloned().chain(now).collect() }
    }

    /// Splits findings into new ones and the number of known ones. A finding is known when all that it is
    /// about is; one that moved to another file stays known, a copy of it in a further file does not.
    pub fn split(&self, findings: Vec<Finding>) -> (Vec<Finding>, usize) {
        let mut files: BTreeMap<Key<'_>, BTreeSet<&str>> = BTreeMap::new();
        for known in &self.findings {
            files.entry(known.key()).or_default().insert(&known.file);
        }
        let mut now: BTreeMap<Key<'_>, BTreeSet<&str>> = BTreeMap::new();
        for finding in &findings {
            for key in keys(finding) {
                now.entry(key).or_default().insert(&finding.place.file.path);
            }
        }
        let mut known: BTreeSet<(Key<'_>, &str)> = BTreeSet::new();
        for (key, now) in now {
            let Some(files) = files.get(&key) else { continue };
            let gone = files.difference(&now).count();
            let moved = now.difference(files).take(gone);
            known.extend(now.intersection(files).chain(moved).map(|file| (key, *file)));
        }
        let is_known: Vec<bool> = findings
            .iter()
            .map(|finding| {
                keys(finding).all(|key| known.contains(&(key, finding.place.file.path.as_str())))
            })
            .collect();
        let old = is_known.iter().filter(|is_known| **is_known).count();
        let judged = findings.into_iter().zip(is_known);
        (judged.filter(|(_, is_known)| !is_known).map(|(finding, _)| finding).collect(), old)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

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
            Baseline::default().merged(&[finding("a", "one"), finding("b", "two")], |_| true);
        let second = first.merged(&[finding("a", "three")], |known| known.file == "a");
        let subjects: Vec<&str> =
            second.findings.iter().map(|known| known.subject.as_str()).collect();
        assert_eq!(subjects, ["three", "two"]);
        let again = Baseline::read(&second.text()).expect("readable");
        assert_eq!(again, second);
    }

    #[test]
    fn known_findings_are_known_by_subject() {
        let baseline = Baseline::default().merged(&[finding("a", "one")], |_| true);
        let (new, known) = baseline.split(vec![finding("moved", "one"), finding("a", "two")]);
        assert_eq!((new.len(), known), (1, 1));
        assert!(matches!(
            Baseline::read("{\"version\":2,\"findings\":[]}"),
            Err(BaselineError::Version(2))
        ));
        assert!(Baseline::read("nonsense").is_err());
    }

    #[test]
    fn a_copy_in_a_further_file_is_new() {
        let baseline =
            Baseline::default().merged(&[finding("a", "one"), finding("a", "one")], |_| true);
        let (new, known) =
            baseline.split(vec![finding("a", "one"), finding("a", "one"), finding("copy", "one")]);
        assert_eq!((new.len(), known), (1, 2));
        assert_eq!(new[0].place.file.path, "copy");
    }

    #[test]
    fn one_that_is_about_more_than_before_is_new() {
        let baseline = Baseline::default().merged(&[finding("a", "one")], |_| true);
        let mut more = finding("a", "one");
        more.subjects.push("two".to_owned());
        assert_eq!(baseline.split(vec![more.clone()]).0.len(), 1);
        let again = baseline.merged(&[more.clone()], |_| true);
        assert_eq!(again.split(vec![more, finding("a", "two")]), (Vec::new(), 2));
    }

    #[test]
    fn repositories_are_told_apart_but_for_a_lone_one() {
        let baseline = Baseline::default().merged(&[finding("a", "one")], |_| true);
        let mut other = finding("a", "one");
        other.place.file = Arc::new(FileName::new("other", "a"));
        assert_eq!(baseline.split(vec![other.clone()]).0.len(), 1);
        let both = baseline.clone().seen_from(&["r", "other"]);
        assert_eq!(both.split(vec![other.clone()]).0.len(), 1);
        assert_eq!(baseline.seen_from(&["other"]).split(vec![other]).1, 1);
    }
}
