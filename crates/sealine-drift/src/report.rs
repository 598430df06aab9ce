//! What a run says: one [`RunReport`], and one [`Difference`] for each resource or check.
//!
//! Invariant: no value of an attribute is here but as a [`Shown`], which redaction made. The texts
//! of failures and warnings went through redaction, too. So a report may be stored, sent and shown.
//!
//! The serialised form is stable: `format` grows by one when a reader must change.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The version of the serialised form.
pub const FORMAT: u32 = 1;

/// What one run of one project found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunReport {
    /// The version of the serialised form: [`FORMAT`].
    pub format: u32,
    /// The project's name.
    pub project: String,
    /// When the run began.
    #[serde(with = "instant")]
    pub started: Timestamp,
    /// When it ended.
    #[serde(with = "instant")]
    pub ended: Timestamp,
    /// What it comes to.
    pub outcome: Outcome,
    /// The program that planned, and its version: `terraform 1.11.4`. Empty when it never started.
    pub engine: String,
    /// How many managed resources were looked at. What is outside the state was not.
    pub managed: usize,
    /// What differs, worst first.
    pub findings: Vec<Difference>,
    /// What differs and does not matter, with the reason in [`Difference::note`].
    pub noise: Vec<Difference>,
    /// How much each rule of the configuration held back.
    pub suppressed: Vec<Suppressed>,
    /// Rules of the configuration that have expired or match nothing.
    pub stale_rules: Vec<StaleRule>,
    /// What a reader should know besides.
    pub warnings: Vec<String>,
    /// The most memory that the programs of the look held together, in bytes, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory: Option<u64>,
}

/// What a run comes to. Only [`Outcome::Failed`] says that nothing is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing differs that matters.
    Clean,
    /// Something changed outside; something may be unapplied besides.
    Drifted,
    /// The configuration says more than what was applied.
    Unapplied,
    /// Only checks of the configuration fail.
    ChecksFailed,
    /// The look was not whole: what was open stays open.
    Failed(Failure),
}

/// Why a look was not whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind of cause.
    pub kind: FailureKind,
    /// What the program said, redacted and cut.
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// Kinds of causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The configuration does not plan.
    Plan,
    /// Providers, modules or the backend could not be prepared.
    Init,
    /// Somebody holds the lock of the state.
    LockHeld,
    /// Credentials are missing, refused or expired.
    Credentials,
    /// Credentials look as if they could write, and the configuration refuses that.
    WriteCredentials,
    /// The run took too long.
    TimedOut,
    /// The program or a provider crashed or was killed.
    Crashed,
    /// The program printed more than is read.
    TooMuchOutput,
    /// The program is not there, or of another version.
    Program,
    /// A request that is open changes the project: what differs may be somebody's work.
    ChangeOpen,
    /// The run was asked to end.
    Cancelled,
    /// Anything else.
    Other,
}

/// One resource, output or check that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What became of one thing over runs: project, kind and address. A finding that changes keeps
    /// its key.
    pub key: String,
    /// What it looks like now, without values: project, kind, change, address and paths.
    pub fingerprint: String,
    /// Which of the four kinds.
    pub kind: Kind,
    /// What happened.
    pub change: Change,
    /// The address: `module.a.aws_security_group.egress["x"]`.
    pub address: String,
    /// The type of the resource; `output` or `check` for what is none.
    pub resource_type: String,
    /// Where it was, for what moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_address: Option<String>,
    /// What differs within it.
    pub attributes: Vec<Attribute>,
    /// How bad it is.
    pub severity: Severity,
    /// Who is to be told.
    pub owners: Vec<String>,
    /// The workloads whose secrets pass through it.
    pub workloads: Vec<String>,
    /// Where it is declared: `path:line`, relative to the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
    /// Why it is noise, what failed, or why it is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The four kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Changed outside.
    Drifted,
    /// Configured, not applied.
    Unapplied,
    /// Differs and does not matter.
    Noise,
    /// A check of the configuration that fails.
    Failed,
}

/// What happened to a thing, or what applying would do to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Attributes were changed outside.
    ChangedOutside,
    /// It was deleted outside.
    DeletedOutside,
    /// Applying creates it.
    Create,
    /// Applying changes it in place.
    Update,
    /// Applying destroys it and creates it anew.
    Replace,
    /// Applying destroys it.
    Delete,
    /// Applying forgets it: it leaves the state and stays in the world.
    Forget,
    /// Applying only writes its new address.
    Move,
    /// Applying takes it into the state.
    Import,
    /// An output changes.
    Output,
    /// A check fails.
    CheckFailed,
}

/// An attribute that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Its path: `tags["team"]`, `ingress[0].cidr_blocks`.
    pub path: String,
    /// What the state, or the world before applying, holds.
    pub before: Shown,
    /// What the world holds, or applying would write.
    pub after: Shown,
}

/// A value as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// The value as JSON, perhaps cut. Redaction let it pass.
    Text(String),
    /// A value that must not be shown.
    Hidden,
    /// Known after apply.
    Unknown,
    /// No value.
    Absent,
}

/// How bad a difference is, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Something is not as it was agreed.
    Medium,
    /// Something is gone, or would be.
    High,
    /// Workloads depend on it.
    Critical,
}

/// What a rule of the configuration held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    /// The rule as reports call it.
    pub rule: String,
    /// Its reason.
    pub reason: String,
    /// How many differences it held back, wholly or in part.
    pub count: usize,
}

/// A rule of the configuration that does nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaleRule {
    /// The rule as reports call it.
    pub rule: String,
    /// Whether its day has passed; it matched nothing otherwise.
    pub expired: bool,
}

impl RunReport {
    /// Returns why there was no look, where that is no fault: somebody changes something now, or the
    /// run was asked to end.
    pub fn skipped(&self) -> Option<&Failure> {
        use FailureKind::{Cancelled, ChangeOpen, LockHeld};
        match &self.outcome {
            Outcome::Failed(failure)
                if matches!(failure.kind, ChangeOpen | LockHeld | Cancelled) =>
            {
                Some(failure)
            }
            _ => None,
        }
    }

    /// Returns whether the look was whole, so that what it does not show is gone.
    pub fn is_whole(&self) -> bool {
        !matches!(self.outcome, Outcome::Failed(_))
    }

    /// Returns a report of a look that was not whole.
    pub fn failed(project: &str, started: Timestamp, ended: Timestamp, failure: Failure) -> Self {
        Self {
            format: FORMAT,
            project: project.to_owned(),
            started,
            ended,
            outcome: Outcome::Failed(failure),
            engine: String::new(),
            managed: 0,
            findings: Vec::new(),
            noise: Vec::new(),
            suppressed: Vec::new(),
            stale_rules: Vec::new(),
            warnings: Vec::new(),
            peak_memory: None,
        }
    }
}

impl Difference {
    /// Fills in what identifies the difference. Values take no part: they would make the hash an
    /// oracle, and a value that flaps a new finding each time.
    pub fn identify(&mut self, project: &str) {
        let kind = text_of(self.kind);
        self.key = digest(&[project, &kind, &self.address]);
        let mut paths: Vec<&str> = self.attributes.iter().map(|one| one.path.as_str()).collect();
        paths.sort_unstable();
        let change = text_of(self.change);
        let mut parts = vec![project, &kind, &change, &self.address];
        parts.extend(paths);
        self.fingerprint = digest(&parts);
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text(text) => text,
            Self::Hidden => "(hidden)",
            Self::Unknown => "(known after apply)",
            Self::Absent => "(none)",
        })
    }
}

macro_rules! words {
    ($($type:ty: $($variant:ident $word:literal)*;)*) => {$(
        impl $type {
            /// Returns the word that reports use.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.word())
            }
        }
    )*};
}

words! {
    Kind: Drifted "drifted" Unapplied "unapplied" Noise "noise" Failed "failed";
    Severity: Low "low" Medium "medium" High "high" Critical "critical";
    Change:
        ChangedOutside "changed outside"
        DeletedOutside "deleted outside"
        Create "to be created"
        Update "to be changed"
        Replace "to be replaced"
        Delete "to be deleted"
        Forget "to be forgotten"
        Move "moved"
        Import "to be imported"
        Output "output changes"
        CheckFailed "check fails";
    FailureKind:
        Plan "the plan failed"
        Init "the project could not be prepared"
        LockHeld "the state is locked"
        Credentials "the credentials do not work"
        WriteCredentials "the credentials could write"
        TimedOut "the run took too long"
        Crashed "the program crashed"
        TooMuchOutput "the program printed too much"
        Program "the program is not there"
        ChangeOpen "a change is open"
        Cancelled "the run was cancelled"
        Other "the run failed";
}

/// The words take part in hashes that stores keep: they are those of the serialised form.
fn text_of(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

/// Parts are told apart by their lengths, so that no two lists read alike.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Instants as RFC 3339 texts in UTC.
pub(crate) mod instant {
    use jiff::Timestamp;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(at)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference() -> Difference {
        let mut difference = Difference {
            key: String::new(),
            fingerprint: String::new(),
            kind: Kind::Drifted,
            change: Change::ChangedOutside,
            address: "local_file.a".to_owned(),
            resource_type: "local_file".to_owned(),
            previous_address: None,
            attributes: vec![Attribute {
                path: "content".to_owned(),
                before: Shown::Text("\"a\"".to_owned()),
                after: Shown::Hidden,
            }],
            severity: Severity::Medium,
            owners: Vec::new(),
            workloads: Vec::new(),
            declared: None,
            note: None,
        };
        difference.identify("p");
        difference
    }

    #[test]
    fn values_do_not_identify_and_paths_do() {
        let first = difference();
        let mut other = first.clone();
        other.attributes[0].after = Shown::Text("1".to_owned());
        other.identify("p");
        assert_eq!((&other.key, &other.fingerprint), (&first.key, &first.fingerprint));
        other.attributes[0].path = "mode".to_owned();
        other.identify("p");
        assert_eq!(other.key, first.key, "it is the same thing");
        assert_ne!(other.fingerprint, first.fingerprint, "that looks otherwise now");
        other.identify("q");
        assert_ne!(other.key, first.key);
    }

    #[test]
    fn a_report_reads_back() {
        let at: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let failure =
            Failure { kind: FailureKind::LockHeld, message: "held by `a`".to_owned(), help: None };
        let mut report = RunReport::failed("p", at, at, failure);
        assert!(!report.is_whole());
        report.findings.push(difference());
        let text = serde_json::to_string(&report).unwrap();
        assert!(text.contains(r#""outcome":{"is":"failed","kind":"lock-held""#), "{text}");
        assert_eq!(serde_json::from_str::<RunReport>(&text).unwrap(), report);
    }
}
