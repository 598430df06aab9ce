//! The eight steps of `check`, without the arguments before and the output after them.
//!
//! Invariants: only [`collect()`] reads the project; what comes after is pure, so that an editor or
//! a daemon can call it with texts of its own.

pub mod baseline;
pub mod collect;
pub mod config;
mod exports;
pub mod fix;
pub mod impact;
pub mod init;
pub mod kustomization;
pub mod linked;
mod mentions;
mod packed;
mod proven;
pub mod stamp;
pub mod suppress;
mod unparsed;
pub mod write;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::civil::Date;
use sealine_kubernetes::Purpose;
use sealine_model::graph::{Graph, Links};
use sealine_model::{Coverage, Facts, Finding, link};
use sealine_rules::{Context, RuleSetting, Shelf, Templates, judge};
use sealine_source::Project;

pub use collect::{Collected, Input, Unreadable, collect};
pub use config::Config;
pub use linked::Linked;

/// The facts of a project, and what joins them.
#[derive(Debug)]
pub struct Analysis {
    /// The repositories.
    pub project: Project,
    /// The facts of all units.
    pub facts: Vec<Facts>,
    /// The joints of the chain.
    pub links: Links,
    graph: OnceLock<Graph>,
    /// How much was understood.
    pub coverage: Coverage,
    /// Files and folders that could not be read.
    pub unreadable: Vec<Unreadable>,
    /// What is known of repositories by their published facts. Their units are among the facts.
    pub linked: Linked,
}

impl Analysis {
    /// Returns the chain, made when it is first asked for.
    pub fn graph(&self) -> &Graph {
        self.graph.get_or_init(|| link::graph(&self.facts, &self.links))
    }

    /// Links the facts anew, after a change.
    fn relink(&mut self, config: &Config) {
        let mentions = std::mem::take(&mut self.links.mentions);
        let links = link::link(&mut self.facts, &config.settings);
        self.links = Links { mentions, ..links };
        self.graph = OnceLock::new();
    }
}

/// Parses, resolves and links what was collected.
pub fn analyse(collected: Collected, config: &Config) -> Analysis {
    analyse_with(collected, config, Purpose::Judging)
}

/// As [`analyse`], and keeps what rendering needs: the trees of all `ExternalSecret`s.
pub fn analyse_for_rendering(collected: Collected, config: &Config) -> Analysis {
    analyse_with(collected, config, Purpose::Rendering)
}

/// As [`analyse`], and reads what may be, too: what charts, modules and values files in sight would bring
/// if somebody used them otherwise. It is to be shown, not judged.
pub fn analyse_for_showing(collected: Collected, config: &Config) -> Analysis {
    analyse_with(collected, config, Purpose::Showing)
}

fn analyse_with(collected: Collected, config: &Config, purpose: Purpose) -> Analysis {
    let Collected { project, facts: mut all, unreadable, mut linked } = collected;
    let manifests = || {
        let workflows = sealine_workflows::read(&project);
        let mut options = terraform_options(&workflows);
        options.showing = purpose == Purpose::Showing;
        let terraform = sealine_terraform::read(&project, &options);
        let made = terraform.facts.iter().flat_map(|facts| {
            let modules = facts.terraform.iter();
            facts.secrets.iter().chain(modules.flat_map(|module| &module.dormant_secrets))
        });
        // One that is known in part is told by what is known of it.
        let names = made.map(|secret| secret.name.pattern());
        let secret_names = names.filter(|name| name.contains(char::is_alphanumeric)).collect();
        let embedded = terraform.embedded;
        let options = sealine_kubernetes::Options { embedded, secret_names, purpose };
        (workflows, terraform.facts, sealine_kubernetes::read(&project, &options))
    };
    let namespace = config.settings.airflow.namespace.clone();
    let dags = || sealine_airflow::read(&project, &sealine_airflow::Options { namespace });
    let ((workflows, terraform, kubernetes), airflow) = rayon::join(manifests, dags);
    let configured = config.facts.clone();
    let sops = sealine_sops::read(&project);
    let units = [terraform, kubernetes.facts, airflow, workflows, sops, configured];
    // What grows step by step is there twice; one more is for the exports.
    all.reserve_exact(units.iter().map(Vec::len).sum::<usize>() + 1);
    all.extend(units.into_iter().flatten());
    let exports = exports::read(&project, config, &all);
    all.extend(exports);
    unparsed::mark(&project, &mut all);
    let coverage = all.iter().fold(Coverage::default(), |sum, facts| Coverage {
        documents: sum.documents + facts.coverage.documents,
        understood: sum.understood + facts.coverage.understood,
    });
    linked.join(&mut all);
    let mut links = link::link(&mut all, &config.settings);
    links.mentions = mentions::search(&project, &all, &links);
    let graph = OnceLock::new();
    Analysis { project, facts: all, links, graph, coverage, unreadable, linked }
}

/// What workflows say of root modules: a folder in which one runs Terraform is a root.
fn terraform_options(workflows: &[Facts]) -> sealine_terraform::Options {
    let mut options = sealine_terraform::Options::default();
    for workflow in workflows.iter().flat_map(|facts| &facts.workflows) {
        for step in &workflow.steps {
            let Some(folder) = &step.folder else { continue };
            let folder = (workflow.repo.clone(), folder.clone());
            if step.backend_config {
                options.backend_config_folders.insert(folder.clone());
            }
            options.workflow_folders.insert(folder);
        }
    }
    options
}

/// What judging an analysis gave.
#[derive(Debug, Default)]
pub struct Verdict {
    /// The findings that stand, sorted by position.
    pub findings: Vec<Finding>,
    /// How many findings comments and annotations allow.
    pub suppressed: usize,
}

/// Judges an analysis. `rules` says which rules run and how severe they are; `today` decides what
/// has expired.
pub fn judge_all(
    analysis: &Analysis,
    config: &Config,
    rules: &BTreeMap<String, RuleSetting>,
    today: Date,
) -> Verdict {
    let shelf = Shelf::of(&analysis.facts);
    let context = Context {
        facts: &analysis.facts,
        links: &analysis.links,
        earlier: &analysis.linked.earlier,
        settings: &config.settings,
        today,
        templates: Templates::of(&analysis.facts, &shelf),
        shelf,
    };
    let findings = judge(&context, rules).into_iter();
    let findings = findings.filter_map(|finding| packed::relocate(&analysis.project, finding));
    let mut findings: Vec<Finding> =
        findings.filter_map(|finding| analysis.linked.concerns(finding)).collect();
    findings.sort_by(|one, two| {
        (&one.place, one.rule, &one.message).cmp(&(&two.place, two.rule, &two.message))
    });
    let mut verdict = suppress::apply(&context, &analysis.project, findings, rules);
    proven::keep_proven(analysis, &mut verdict.findings);
    verdict
}
