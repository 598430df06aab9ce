//! # no-drift-schedule
//!
//! ## What it finds
//!
//! A repository whose workflows plan or apply Terraform, while nothing in sight looks on a schedule
//! whether the world still is what the state says.
//!
//! ## Why it matters
//!
//! What somebody changes or deletes outside Terraform goes unseen until the next change of the same
//! root: the plan of an unrelated pull request then undoes it, or fails.
//!
//! ## Example
//!
//! ```text
//! //- main.tf
//! terraform {
//!   backend "gcs" {
//!     bucket = "state"
//!   }
//! }
//! //- .github/workflows/plan.yml
//! name: plan
//! on:
//!   pull_request:
//! jobs:
//!   plan:
//!     runs-on: ubuntu-24.04
//!     steps:
//!       - uses: actions/checkout@v5
//!       - uses: hashicorp/setup-terraform@v3
//!       - run: terraform init
//!       - run: terraform plan
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- main.tf
//! terraform {
//!   backend "gcs" {
//!     bucket = "state"
//!   }
//! }
//! //- .github/workflows/plan.yml
//! name: plan
//! on:
//!   pull_request:
//! jobs:
//!   plan:
//!     runs-on: ubuntu-24.04
//!     steps:
//!       - uses: actions/checkout@v5
//!       - uses: hashicorp/setup-terraform@v3
//!       - run: terraform init
//!       - run: terraform plan
//! //- .github/workflows/drift.yml
//! name: drift
//! on:
//!   schedule:
//!     - cron: "17 5 * * *"
//! jobs:
//!   drift:
//!     runs-on: ubuntu-24.04
//!     steps:
//!       - uses: actions/checkout@v5
//!       - uses: hashicorp/setup-terraform@v3
//!         with:
//!           terraform_wrapper: false
//!       - run: terraform init
//!       - run: |
//!           code=0
//!           terraform plan -detailed-exitcode -lock=false || code=$?
//!           case "$code" in
//!             0) ;;
//!             2) echo "::error title=drift::the world differs from the state"; exit 2 ;;
//!             *) echo "::error title=no answer::the plan failed"; exit 1 ;;
//!           esac
//! ```
//!
//! ## Evidence it needs
//!
//! A workflow of the repository that plans or applies, and a root there whose backend is shared.
//! Enough is any of: a scheduled `plan -detailed-exitcode`, a scheduled `sealine drift`, a
//! `Terraform` object of the tofu-controller, the drift detection of Digger, Terrateam, driftive or
//! Atlantis, a scheduled `terraform-stats`, a `CronJob` that runs `sealine drift run` or a `plan
//! -detailed-exitcode`, a pod of `sealine drift watch`. They may stand in another loaded repository that
//! has no roots of its own. Enough is, too, what Terraform in sight tells a service: a `tfe_workspace` or
//! `tfe_workspace_settings` with `assessments_enabled`, a `tfe_organization` that enforces them, the drift
//! detection of env0, Scalr or Spacelift. Where all roots run in HCP Terraform, assessments that are
//! switched on elsewhere cannot be seen, and nothing is said. One finding a repository.
//!
//! ## When to allow it
//!
//! When drift is looked for by something that is not in sight; name it in the reason.

use std::collections::BTreeSet;

use sealine_model::workflow::Workflow;
use sealine_model::{Finding, Severity};

use crate::terraform::{Site, modules, roots, steps};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "no-drift-schedule",
    severity: Severity::Warning,
    summary: "nothing looks for drift on a schedule",
    replaces: &[],
    source: include_str!("no_drift_schedule.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let rooted: BTreeSet<&str> = roots(context).map(|root| root.unit.repo.as_str()).collect();
    for repo in &rooted {
        let Some(shared) = roots(context).find(|root| is_shared(*root, repo)) else { continue };
        let mut working = steps(context, repo)
            .filter(|(_, step)| matches!(step.command.as_str(), "plan" | "apply"))
            .collect::<Vec<_>>();
        // A plan shows best what is missing; of equals, the first file.
        working.sort_by_key(|(workflow, step)| (step.command != "plan", &workflow.path));
        let Some((workflow, step)) = working.first() else { continue };
        if is_watched(context, repo, &rooted) {
            continue;
        }
        let message = "no schedule looks for drift of this repository's root modules";
        let mut finding =
            Finding::new(workflow.place.clone(), format!("repository/{repo}"), message).label(
                format!("runs `{} {}` without a schedule for drift", step.program, step.command),
            );
        if let Some(backend) = &shared.module.backend {
            finding = finding.related(backend.place.clone(), "a state that may drift");
        }
        report.add(finding.help(
            "add a workflow with `on: schedule` that runs `plan -detailed-exitcode`, or `sealine \
             drift`",
        ));
    }
}

/// Whether this is a root of `repo` with a shared backend whose runs can be seen.
fn is_shared(root: Site<'_>, repo: &str) -> bool {
    root.unit.repo == repo
        && root
            .module
            .backend
            .as_ref()
            .is_some_and(|backend| !matches!(backend.kind.as_str(), "local" | "cloud" | "remote"))
}

/// Whether something looks for drift of this repository's roots.
fn is_watched(context: &Context<'_>, repo: &str, rooted: &BTreeSet<&str>) -> bool {
    let workflows = context.facts.iter().flat_map(|facts| &facts.workflows);
    let by_workflow = workflows
        .filter(|workflow| workflow.repo == repo || !rooted.contains(workflow.repo.as_str()))
        .any(watches);
    let objects = context.facts.iter().flat_map(|facts| &facts.objects);
    let by_controller = objects
        .filter(|object| object.kind == "Terraform" && object.api_version.starts_with("infra."))
        .any(|object| !object.from_terraform);
    by_workflow || by_controller || is_assessed(context, repo, rooted)
}

/// What looks for drift once Terraform makes it, and the attribute that switches it on.
const SERVICES: [(&str, &str); 6] = [
    ("env0_environment_drift_detection", ""),
    ("scalr_drift_detection", ""),
    ("spacelift_drift_detection", ""),
    ("tfe_organization", "assessments_enforced"),
    ("tfe_workspace", "assessments_enabled"),
    ("tfe_workspace_settings", "assessments_enabled"),
];

/// Whether Terraform in sight tells a service to look for drift, of this repository as far as it says.
fn is_assessed(context: &Context<'_>, repo: &str, rooted: &BTreeSet<&str>) -> bool {
    let all = modules(context).flat_map(|site| &site.module.resources);
    all.filter(|resource| !resource.data).any(|resource| {
        let Some((_, switch)) = SERVICES.iter().find(|(kind, _)| *kind == resource.kind) else {
            return false;
        };
        let text = |name: &str| resource.attributes.get(name).map(|it| it.value.text());
        // What is given and not known may be on.
        let is_on = switch.is_empty()
            || text(switch).is_some_and(|given| given.as_deref() != Some("false"));
        let of = text("vcs_repo.0.identifier").flatten();
        let of = of.as_deref().and_then(|whole| whole.rsplit('/').next());
        is_on && of.is_none_or(|of| of == repo || !rooted.contains(of))
    })
}

fn watches(workflow: &Workflow) -> bool {
    let scheduled = !workflow.schedules.is_empty();
    workflow.drift_tool.is_some()
        || workflow.steps.iter().any(|step| {
            scheduled
                && (step.command == "drift" || step.command == "plan" && step.detailed_exit_code)
        })
}
