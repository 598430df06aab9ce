//! # local-backend
//!
//! ## What it finds
//!
//! A root module that keeps its state on the machine that runs it: `backend "local"`, or no backend
//! at all.
//!
//! ## Why it matters
//!
//! The state is lost with the machine, is not locked between two people, lies there in plain text,
//! and sooner or later somebody commits it.
//!
//! ## Example
//!
//! ```text
//! //- main.tf
//! terraform {
//!   backend "local" {
//!     path = "app.tfstate"
//!   }
//! }
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- main.tf
//! terraform {
//!   backend "s3" {
//!     bucket       = "state"
//!     key          = "app.tfstate"
//!     region       = "eu-central-1"
//!     encrypt      = true
//!     use_lockfile = true
//!   }
//! }
//! ```
//!
//! ## Evidence it needs
//!
//! A `backend "local"` block; or a root without any backend that is really used: its state file
//! lies beside it, a workflow plans or applies it, it has values (`*.tfvars`) or a lock file. A
//! root that is only known by its configured providers gives an info, and so does one that makes the
//! bucket which another root's backend names, and what belongs to it; where that backend gets the name
//! on the command line, the name of the bucket or of the folder has to speak of states; and one in
//! a folder of modules that has nothing but a lock file, as `init` leaves it behind where modules
//! are tested. Nothing is said of a module whose files do not parse, of a backend that may come
//! from elsewhere (Terragrunt, HCP Terraform where there is a `.terraformignore`,
//! `-backend-config`, a template or script beside the root that holds one, a `local_file` that
//! writes a `backend.tf`), of a root that a service is told to run and keeps the state of
//! (`project_root` of a `spacelift_stack`, `working_directory` of a `tfe_workspace`; what says so is an
//! info), of a template of workspaces (`coder_agent`), whose state Coder keeps, of
//! a folder that declares nothing a state could hold, of test data, nor of examples that have no
//! state beside them.
//!
//! ## When to allow it
//!
//! For what makes the state's own bucket, and for experiments that are thrown away.

use sealine_model::terraform::{Attribute, Backend, Resource};
use sealine_model::{Certainty, Finding, ProblemKind, Severity, Value};
use sealine_source::is_among_examples;

use crate::terraform::{
    Site, configured_outside, is_run_by_coder, is_test_data, modules, roots, runs_in, steps,
};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "local-backend",
    severity: Severity::Warning,
    summary: "a root module keeps its state on the machine that runs it",
    replaces: &[],
    source: include_str!("local_backend.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for root in roots(context) {
        let module = root.module;
        let (severity, place, message) = match &module.backend {
            Some(backend) if backend.kind == "local" && !is_shown_only(context, root) => {
                let message = "the backend `local` keeps the state on one machine".to_owned();
                (Severity::Warning, &backend.place, message)
            }
            Some(_) => continue,
            None => {
                let Some(severity) = use_of(context, root) else { continue };
                let folder = root.folder();
                let message = format!(
                    "the root module `{folder}` has no backend: its state stays on one machine"
                );
                (severity, &module.place, message)
            }
        };
        let finding = Finding::new(place.clone(), root.id("backend"), message).help(
            "add a backend that is shared and locked, then run `terraform init -migrate-state`",
        );
        report.add_as(severity, finding);
    }
}

/// Whether the root is an example or a test without any state of its own.
fn is_shown_only(context: &Context<'_>, root: Site<'_>) -> bool {
    let folder = &root.module.folder;
    is_test_data(folder) || is_among_examples(folder) && !has_state(context, root)
}

/// Whether a state file lies beside the root.
fn has_state(context: &Context<'_>, root: Site<'_>) -> bool {
    let mut states = context.facts.iter().flat_map(|facts| &facts.state_files);
    states.any(|state| {
        state.place.file.repo == root.unit.repo && state.place.file.folder() == root.module.folder
    })
}

/// Where states lie: the kind of backend, the kind of resource, and the attribute that backends call
/// it by.
const BUCKETS: &[(&str, &str, &str)] = &[
    ("oss", "alicloud_oss_bucket", "bucket"),
    ("s3", "aws_s3_bucket", "bucket"),
    ("azurerm", "azurerm_storage_account", "name"),
    ("azurerm", "azurerm_storage_container", "name"),
    ("gcs", "google_storage_bucket", "name"),
];

/// What backends call their bucket by.
const NAMES: &[&str] = &["bucket", "container_name", "storage_account_name"];

/// What belongs to such a bucket: beginnings of kinds.
const BESIDE_BUCKETS: &[&str] = &[
    "alicloud_oss_bucket",
    "aws_dynamodb_table",
    "aws_iam_",
    "aws_kms_",
    "aws_s3_bucket",
    "azurerm_resource_group",
    "azurerm_role_assignment",
    "azurerm_storage_",
    "google_kms_",
    "google_project_service",
    "google_storage_bucket",
    "random_",
];

/// Whether the root makes the bucket that the backend of another root names, and nothing else: its
/// own state cannot lie there before it is made.
fn makes_only_a_state_bucket(context: &Context<'_>, root: Site<'_>) -> bool {
    let mut managed = root.module.resources.iter().filter(|resource| !resource.data);
    let belongs =
        |resource: &Resource| BESIDE_BUCKETS.iter().any(|kind| resource.kind.starts_with(kind));
    // Of few roots it is so.
    if !managed.clone().all(belongs) {
        return false;
    }
    let others = roots(context).filter(|other| other.unit.repo == root.unit.repo);
    let backends: Vec<&Backend> =
        others.filter_map(|other| other.module.backend.as_ref()).collect();
    let named: Vec<&Value> = backends
        .iter()
        .flat_map(|backend| NAMES.iter().filter_map(|name| backend.attributes.get(*name)))
        .map(|name| &name.value)
        .collect();
    let is_named = |resource: &Resource| {
        let Some((backend, _, name)) = BUCKETS.iter().find(|(_, kind, _)| *kind == resource.kind)
        else {
            return false;
        };
        // Where the name is given on the command line, that of the bucket or folder has to say it.
        let by_hand = || {
            let outside = |other: &&Backend| other.kind == *backend && is_named_outside(other);
            backends.iter().any(outside) && is_about_state(root, resource, name)
        };
        let sure = resource
            .attributes
            .get(*name)
            .and_then(|name| named.iter().filter_map(|named| named.unify(&name.value)).max());
        sure.is_some_and(|sure| sure > Certainty::Assumed) || by_hand()
    };
    managed.any(is_named)
}

/// Whether the bucket of the backend is given by whoever runs `init`.
fn is_named_outside(backend: &Backend) -> bool {
    backend.partial && NAMES.iter().all(|name| !backend.attributes.contains_key(*name))
}

/// Whether the name of the bucket, or else that of the folder, speaks of state.
fn is_about_state(root: Site<'_>, resource: &Resource, name: &str) -> bool {
    let named = resource.attributes.get(name).map(|name| name.value.to_string());
    let texts = [root.module.folder.as_str(), named.as_deref().unwrap_or_default()];
    texts
        .iter()
        .any(|text| ["state", "backend", "bootstrap"].iter().any(|word| text.contains(word)))
}

/// What tells a service to run a root module, and the attribute that says in which folder. The service
/// keeps the state, unless it is told not to.
const SERVICES: &[(&str, &str)] = &[
    ("env0_template", "path"),
    ("scalr_workspace", "working_directory"),
    ("spacelift_stack", "project_root"),
    ("tfe_workspace", "working_directory"),
];

/// Whether Terraform in sight tells a service to run this root, and so to keep its state.
fn is_run_by_service(context: &Context<'_>, root: Site<'_>) -> bool {
    modules(context).flat_map(|site| &site.module.resources).any(|resource| {
        let folder = SERVICES.iter().find(|(kind, _)| *kind == resource.kind);
        let given = folder.and_then(|(_, attribute)| resource.attributes.get(*attribute));
        let text = |given: &Attribute| given.value.text();
        let keeps = resource.attributes.get("manage_state").and_then(text);
        !root.module.folder.is_empty()
            && keeps.as_deref() != Some("false")
            && given.and_then(text).is_some_and(|path| path.trim_matches('/') == root.module.folder)
    })
}

/// How surely somebody keeps state for a root without a backend; `None` when that cannot be told.
fn use_of(context: &Context<'_>, root: Site<'_>) -> Option<Severity> {
    let module = root.module;
    if module.backend_elsewhere || configured_outside(context, root) || is_run_by_coder(module) {
        return None;
    }
    // A block that does not parse may be the backend.
    let is_broken = root.unit.problems.iter().any(|it| it.kind == ProblemKind::Syntax);
    if is_broken || is_shown_only(context, root) {
        return None;
    }
    if has_state(context, root) {
        return Some(Severity::Warning);
    }
    // Versions, locks and providers that other roots share are no root of their own.
    if module.resources.is_empty() && module.calls.is_empty() && module.outputs.is_empty() {
        return None;
    }
    if is_run_by_service(context, root) {
        return None;
    }
    // What tells a service what to run is often run by it, too.
    let tells = |resource: &Resource| SERVICES.iter().any(|(kind, _)| *kind == resource.kind);
    if makes_only_a_state_bucket(context, root) || module.resources.iter().any(tells) {
        return Some(Severity::Info);
    }
    let run = steps(context, &root.unit.repo)
        .filter(|(_, step)| matches!(step.command.as_str(), "plan" | "apply"))
        .any(|(_, step)| runs_in(step, root) == Some(true));
    let sign = module.root.as_deref().unwrap_or_default();
    // Modules that are tested have a lock file, too.
    let is_module = || module.folder.split('/').rev().skip(1).any(|folder| folder == "modules");
    let is_vague = sign.contains("provider") || sign == "lock file" && is_module();
    Some(if run || !is_vague { Severity::Warning } else { Severity::Info })
}
