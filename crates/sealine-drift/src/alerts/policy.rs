//! Which sinks are told of what, and when silence itself is an alarm.
//!
//! Invariant: plain data and pure functions. Nothing that is wrong is left without a sink because a
//! route was forgotten: without routes, every sink is told.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use super::glob;
use crate::report::{Kind, Severity};

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Something was changed outside.
    Drifted,
    /// Something is configured and was not applied.
    Unapplied,
    /// A check of the configuration fails.
    Failed,
    /// Looking has not succeeded for some time.
    Blind,
    /// Messages to another sink did not arrive.
    Delivery,
}

impl Topic {
    /// All topics.
    pub const ALL: [Self; 5] =
        [Self::Drifted, Self::Unapplied, Self::Failed, Self::Blind, Self::Delivery];

    /// Returns the word for it in the store, in messages and in `sealine.yaml`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Drifted => "drifted",
            Self::Unapplied => "unapplied",
            Self::Failed => "failed",
            Self::Blind => "blind",
            Self::Delivery => "delivery",
        }
    }

    /// Returns the topic of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.word() == word)
    }

    /// Returns the topic of a difference; noise is never told.
    pub fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Drifted => Some(Self::Drifted),
            Kind::Unapplied => Some(Self::Unapplied),
            Kind::Failed => Some(Self::Failed),
            Kind::Noise => None,
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// When and whom to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The names of all sinks.
    pub sinks: Vec<String>,
    /// Who is told of what; every sink of everything but [`Topic::Unapplied`] without any.
    pub routes: Vec<Route>,
    /// Sinks that are told of drift whatever the routes say, and of nothing else.
    pub on_drift: Vec<String>,
    /// After how many looks in a row that were not whole this is an alarm.
    pub failures: u32,
    /// After how long without a whole look this is an alarm.
    pub silence: Duration,
    /// How many alerts a sink gets within a minute before the rest become one.
    pub flood: u32,
    /// Where a reader finds more, such as the page of a CI run. It goes into messages.
    pub link: Option<String>,
}

/// One way from what happens to sinks. What is left empty does not narrow it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// The sinks.
    pub sinks: Vec<String>,
    /// The least severity.
    pub severity: Option<Severity>,
    /// Names of projects, with `*`.
    pub projects: Vec<String>,
    /// Owners, with `*`.
    pub owners: Vec<String>,
    /// What about; all but [`Topic::Unapplied`] without any.
    pub topics: Vec<Topic>,
}

/// What routing looks at.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What it is about.
    pub topic: Topic,
    /// How bad it is.
    pub severity: Severity,
    /// The project.
    pub project: &'a str,
    /// Who owns it.
    pub owners: &'a [String],
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            sinks: Vec::new(),
            routes: Vec::new(),
            on_drift: Vec::new(),
            failures: 3,
            silence: Duration::from_hours(24),
            flood: 20,
            link: None,
        }
    }
}

impl Policy {
    /// Returns the sinks that are told.
    pub fn sinks_for(&self, subject: Subject<'_>) -> BTreeSet<&str> {
        let mut told: BTreeSet<&str> = BTreeSet::new();
        if self.routes.is_empty() && subject.topic != Topic::Unapplied {
            let all = self.sinks.iter().filter(|sink| !self.on_drift.contains(sink));
            told.extend(all.map(String::as_str));
        }
        for route in self.routes.iter().filter(|route| route.takes(subject)) {
            told.extend(route.sinks.iter().map(String::as_str));
        }
        if subject.topic == Topic::Drifted {
            told.extend(self.on_drift.iter().map(String::as_str));
        }
        // A route may name what is not configured here.
        told.retain(|name| self.sinks.iter().any(|sink| sink == name));
        told
    }
}

impl Route {
    fn takes(&self, subject: Subject<'_>) -> bool {
        let topic = match self.topics.as_slice() {
            [] => subject.topic != Topic::Unapplied,
            topics => topics.contains(&subject.topic),
        };
        // That looking or telling fails concerns nobody in particular: only owners of everything
        // are asked for, so a route by owner takes it too rather than nobody.
        let alarm = matches!(subject.topic, Topic::Blind | Topic::Delivery);
        let owner = self.owners.is_empty()
            || alarm
            || subject.owners.iter().any(|owner| glob::any(&self.owners, owner));
        let project = self.projects.is_empty()
            || subject.topic == Topic::Delivery
            || glob::any(&self.projects, subject.project);
        topic && owner && project && self.severity.is_none_or(|least| subject.severity >= least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(policy: &Policy, topic: Topic, severity: Severity, owner: &str) -> Vec<String> {
        let owners = [owner.to_owned()];
        let subject = Subject { topic, severity, project: "terraform/edge", owners: &owners };
        policy.sinks_for(subject).into_iter().map(str::to_owned).collect()
    }

    fn texts(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn without_routes_everybody_is_told() {
        let policy = Policy {
            sinks: texts(&["a", "b", "dispatch"]),
            on_drift: texts(&["dispatch"]),
            ..Policy::default()
        };
        assert_eq!(told(&policy, Topic::Drifted, Severity::Low, "x"), ["a", "b", "dispatch"]);
        assert_eq!(told(&policy, Topic::Blind, Severity::High, "x"), ["a", "b"]);
        assert!(told(&policy, Topic::Unapplied, Severity::Low, "x").is_empty(), "only when asked");
    }

    #[test]
    fn routes_narrow_by_severity_owner_and_project() {
        let pager = Route {
            sinks: texts(&["pager", "gone"]),
            severity: Some(Severity::High),
            ..Route::default()
        };
        let team = Route {
            sinks: texts(&["team"]),
            owners: texts(&["@shop/*"]),
            projects: texts(&["terraform/*"]),
            topics: vec![Topic::Drifted, Topic::Unapplied],
            ..Route::default()
        };
        let policy = Policy {
            sinks: texts(&["pager", "team"]),
            routes: vec![pager, team],
            ..Policy::default()
        };
        assert_eq!(told(&policy, Topic::Drifted, Severity::High, "@shop/a"), ["pager", "team"]);
        assert_eq!(told(&policy, Topic::Drifted, Severity::Low, "@shop/a"), ["team"]);
        assert_eq!(told(&policy, Topic::Unapplied, Severity::Critical, "@shop/a"), ["team"]);
        assert!(told(&policy, Topic::Drifted, Severity::Low, "@other").is_empty());
        assert_eq!(told(&policy, Topic::Blind, Severity::High, "@other"), ["pager"]);
    }
}
