//! CI workflows that run Terraform.

use sealine_source::Place;

/// A workflow file of a CI system, or an object of a cluster that looks for drift as one would.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// The repository.
    pub repo: String,
    /// The file's path.
    pub path: String,
    /// The name shown to people.
    pub name: String,
    /// The top of the file, or its `name`.
    pub place: Place,
    /// Cron expressions of `schedule`.
    pub schedules: Vec<(String, Place)>,
    /// Whether a `concurrency` group guards the whole workflow.
    pub concurrency: bool,
    /// The steps that run Terraform or a tool around it.
    pub steps: Vec<TerraformStep>,
    /// Drift detection by another tool that this file switches on: `digger`, `atlantis`.
    pub drift_tool: Option<String>,
}

/// A call of Terraform, OpenTofu or a tool around them in a step.
#[derive(Clone, Debug)]
pub struct TerraformStep {
    /// `terraform`, `tofu`, `terragrunt`, `sealine`.
    pub program: String,
    /// `plan`, `apply`, `drift`.
    pub command: String,
    /// The folder it runs in, when that is known; relative to the repository.
    pub folder: Option<String>,
    /// `-detailed-exitcode`.
    pub detailed_exit_code: bool,
    /// `-lock=false`, and where.
    pub no_lock: Option<Place>,
    /// What swallows or flattens exit code 2, when something does: `a pipe without pipefail`.
    pub exit_code_lost: Option<String>,
    /// Whether the job has a `concurrency` group, or the workflow has one.
    pub concurrency: bool,
    /// Whether a `-backend-config` gives backend settings from outside.
    pub backend_config: bool,
    /// Where the call stands.
    pub place: Place,
}
