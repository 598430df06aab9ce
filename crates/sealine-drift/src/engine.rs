//! What the scheduler knows of a run: it is given a project and answers with a report.
//!
//! Invariant: a run always answers. What went wrong is in the report, so a failed look can never be
//! taken for a clean one.

use std::future::Future;

use crate::cancel::Cancel;
use crate::project::Project;
use crate::report::RunReport;

/// Looks at one project. Terraform and OpenTofu are one implementation, stubs of tests another.
pub trait Engine: Send + Sync {
    /// Looks at the project and says what differs. Ends soon after it is asked to, with a report
    /// whose outcome is [`crate::report::FailureKind::Cancelled`].
    fn run(&self, project: &Project, cancel: &Cancel) -> impl Future<Output = RunReport> + Send;
}

/// An engine whose reports are completed by what others know: the chain, the owners.
pub struct Completed<E, F> {
    /// What looks.
    pub engine: E,
    /// What completes.
    pub complete: F,
}

impl<E: Engine, F: Fn(&Project, &mut RunReport) + Send + Sync> Engine for Completed<E, F> {
    async fn run(&self, project: &Project, cancel: &Cancel) -> RunReport {
        let mut report = self.engine.run(project, cancel).await;
        (self.complete)(project, &mut report);
        report
    }
}
