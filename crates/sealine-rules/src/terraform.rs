//! Questions that several rules ask of Terraform facts.
//!
//! Invariant: a block that is used many times (instances, calls of its module, several roots) is
//! one block: people repair it once.

use std::collections::{BTreeMap, BTreeSet};

use sealine_model::terraform::{Module, Resource};
use sealine_model::workflow::{TerraformStep, Workflow};
use sealine_model::{Facts, Finding, Severity};
use sealine_source::{Place, is_among_examples};

use crate::{Context, Report};

/// A module with the unit it was read in.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The unit.
    pub unit: &'a Facts,
    /// The module.
    pub module: &'a Module,
}

impl Site<'_> {
    /// Returns the node id of what stands at `address` in this module.
    pub fn id(&self, address: &str) -> String {
        format!("terraform/{}/{}:{address}", self.unit.repo, self.module.folder)
    }

    /// Returns the folder as people write it.
    pub fn folder(&self) -> &str {
        if self.module.folder.is_empty() { "." } else { &self.module.folder }
    }
}

/// Returns all modules.
pub fn modules<'a>(context: &Context<'a>) -> impl Iterator<Item = Site<'a>> + use<'a> {
    let facts = context.facts;
    facts.iter().flat_map(|unit| unit.terraform.iter().map(move |module| Site { unit, module }))
}

/// Returns the root modules.
pub fn roots<'a>(context: &Context<'a>) -> impl Iterator<Item = Site<'a>> + use<'a> {
    modules(context).filter(|site| site.module.root.is_some())
}

/// A resource or data block with all its instances.
#[derive(Clone, Debug)]
pub struct Block<'a> {
    /// Where it was first met.
    pub site: Site<'a>,
    /// Its instances, of which there is at least one.
    pub instances: Vec<&'a Resource>,
    /// The folders of the modules in which they were met.
    pub folders: BTreeSet<&'a str>,
    /// The node ids of the instances.
    pub ids: Vec<String>,
}

impl<'a> Block<'a> {
    /// Returns an instance: what stands in the block itself is the same in all of them.
    pub fn resource(&self) -> &'a Resource {
        self.instances[0]
    }

    /// Returns the address inside the block's own module, as people write it.
    pub fn name(&self) -> String {
        let resource = self.resource();
        let data = if resource.data { "data." } else { "" };
        format!("{data}{}.{}", resource.kind, resource.name)
    }

    /// Returns a finding about all instances of the block.
    pub fn finding(&self, place: Place, message: impl Into<String>) -> Finding {
        let mut finding = Finding::new(place, String::new(), message);
        finding.subjects.clone_from(&self.ids);
        finding
    }
}

/// Returns the blocks of resources that `wanted` picks, in the order of their places.
pub fn blocks<'a>(
    context: &Context<'a>,
    wanted: impl Fn(&Resource) -> bool,
) -> impl Iterator<Item = Block<'a>> {
    let mut found: BTreeMap<&Place, Block<'a>> = BTreeMap::new();
    for site in modules(context) {
        for resource in site.module.resources.iter().filter(|resource| wanted(resource)) {
            let block = found.entry(&resource.place).or_insert_with(|| Block {
                site,
                instances: Vec::new(),
                folders: BTreeSet::new(),
                ids: Vec::new(),
            });
            block.folders.insert(&site.module.folder);
            block.instances.push(resource);
            block.ids.push(site.id(&resource.address));
        }
    }
    found.into_values()
}

/// Returns the steps that run Terraform in a repository, with their workflows.
pub fn steps<'a>(
    context: &Context<'a>,
    repo: &str,
) -> impl Iterator<Item = (&'a Workflow, &'a TerraformStep)> {
    let workflows = context.facts.iter().flat_map(|facts| &facts.workflows);
    workflows
        .filter(move |workflow| workflow.repo == repo)
        .flat_map(|workflow| workflow.steps.iter().map(move |step| (workflow, step)))
}

/// Returns whether a step works on this root; `None` when its folder is not known.
pub fn runs_in(step: &TerraformStep, root: Site<'_>) -> Option<bool> {
    Some(step.folder.as_deref()?.trim_matches('/') == root.module.folder)
}

/// Returns whether parts of the backend of this root may come from a command line.
pub fn configured_outside(context: &Context<'_>, root: Site<'_>) -> bool {
    steps(context, &root.unit.repo)
        .filter(|(_, step)| step.backend_config)
        .any(|(_, step)| runs_in(step, root) != Some(false))
}

/// Returns whether Coder runs this module: a template of workspaces, for each of which Coder applies it by
/// itself and keeps the state.
pub fn is_run_by_coder(module: &Module) -> bool {
    let made = module.resources.iter().map(|resource| &resource.kind);
    made.chain(&module.dormant).any(|kind| kind.starts_with("coder_"))
}

/// Returns whether a path lies among test data, whose files are made to be wrong. A folder `test`
/// alone may be an environment; with one for a kind of test in it, it is none.
pub fn is_test_data(path: &str) -> bool {
    const NAMES: [&str; 5] = ["__fixtures__", "fixtures", "test-fixtures", "testdata", "tests"];
    const KINDS: [&str; 6] = ["data", "e2e", "integration", "resources", "unit", "utils"];
    let mut before = "";
    path.split('/').any(|part| {
        let of_tests = std::mem::replace(&mut before, part) == "test" && KINDS.contains(&part);
        of_tests || NAMES.contains(&part) || part.starts_with('.') && part.ends_with("-test")
    })
}

/// Reports a finding about a text that a person wrote: as info among examples and documentation,
/// not at all among test data.
pub fn report_written(report: &mut Report, finding: Finding) {
    let path = &finding.place.file.path;
    if is_test_data(path) {
        return;
    }
    if is_among_examples(path) {
        report.add_as(Severity::Info, finding);
    } else {
        report.add(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_tests_are_told_from_environments() {
        for (path, expected) in [
            ("charts/app/test/unit/golden/secret.yaml", true),
            ("test/e2e/main.tf", true),
            ("tests/main.tf", true),
            ("live/test/main.tf", false),
            ("live/test/data-platform/main.tf", false),
            ("live/e2e/main.tf", false),
        ] {
            assert_eq!(is_test_data(path), expected, "{path}");
        }
    }
}
