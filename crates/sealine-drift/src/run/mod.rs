//! Runs Terraform or OpenTofu to see what differs.
//!
//! The read-only contract: the only commands are `init`, `plan`, `show` and `providers schema`. No
//! lock is taken unless the project asks for one; nothing is written back to a state; the files of
//! the program lie in a private folder, and a plan is nowhere but in memory.
//!
//! Invariant: a run always answers with a report, and ends by its deadline and its grace.

mod child;
mod credentials;
mod declared;
mod environment;
mod failure;
mod guard;
mod identity;
mod memory;
mod output;
mod places;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cancel::Cancel;
use crate::engine::Engine;
use crate::judge::{Context, Verdict, judge, outcome};
use crate::project::Project;
use crate::report::{FORMAT, Failure, FailureKind, Outcome, RunReport};

pub use guard::guard;
pub use identity::{Identity, IdentityError};
use memory::Peak;
use steps::Steps;

/// How long a run may take when the project does not say.
pub const TIMEOUT: Duration = Duration::from_mins(30);

/// Runs the real programs.
#[derive(Clone, Debug)]
pub struct Programs {
    /// A folder for what `init` prepares; for our eyes only.
    pub data: PathBuf,
    /// Where plans may lie without a name, best first.
    pub temporary: Vec<PathBuf>,
    /// The whole environment; what the project does not name is not passed on.
    pub environment: BTreeMap<OsString, OsString>,
    /// A command that starts the rest of its arguments and ends it when we are gone.
    pub guard: Vec<OsString>,
    /// As whom programs run; as ourselves without.
    pub run_as: Option<Identity>,
    /// How long a program may take to end when it is asked to.
    pub grace: Duration,
}

impl Engine for Programs {
    async fn run(&self, project: &Project, cancel: &Cancel) -> RunReport {
        let started = Timestamp::now();
        let peak = Peak::default();
        let mut steps = Steps::new(self, project, cancel, &peak);
        let looked = look(&mut steps).await;
        let engine = steps.engine.take().unwrap_or_default();
        let warnings = steps.warnings();
        let peak_memory = peak.bytes();
        let ended = Timestamp::now();
        let report = match looked {
            Ok(verdict) => RunReport {
                format: FORMAT,
                project: project.name.clone(),
                started,
                ended,
                outcome: outcome(&verdict.findings),
                engine: String::new(),
                managed: verdict.managed,
                findings: verdict.findings,
                noise: verdict.noise,
                suppressed: verdict.suppressed,
                stale_rules: verdict.stale_rules,
                warnings: Vec::new(),
                peak_memory: None,
            },
            Err(failure) => RunReport::failed(&project.name, started, ended, failure),
        };
        RunReport { engine, warnings, peak_memory, ..report }
    }
}

async fn look(steps: &mut Steps<'_>) -> Result<Verdict, Failure> {
    steps.prepare().await?;
    let mut verdict = once(steps).await?;
    let drifted = matches!(outcome(&verdict.findings), Outcome::Drifted);
    if steps.project.confirm && drifted {
        let second = once(steps).await?;
        let again: BTreeSet<&str> =
            second.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
        let before = verdict.findings.len();
        verdict.findings.retain(|finding| again.contains(finding.fingerprint.as_str()));
        let gone = before - verdict.findings.len();
        if gone > 0 {
            steps.warn(format!("{gone} differences were not there at a second look"));
        }
    }
    Ok(verdict)
}

async fn once(steps: &mut Steps<'_>) -> Result<Verdict, Failure> {
    let plan = steps.plan().await?;
    let schemas = steps.schemas(&plan).await;
    let declared = steps.declared();
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let project = steps.project;
    Ok(judge(&Context {
        project: &project.name,
        plan: &plan,
        declared: &declared.resources,
        schemas: &schemas,
        ignore: &project.ignore,
        owners: &project.owners,
        today,
    }))
}

fn failed(kind: FailureKind, message: impl Into<String>) -> Failure {
    Failure { kind, message: message.into(), help: failure::help(kind).map(str::to_owned) }
}
