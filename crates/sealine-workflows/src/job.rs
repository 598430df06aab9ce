//! Walks the jobs of a workflow, the local actions and the reusable workflows that they use.
//!
//! Invariant: files are followed a few levels deep only, and each step is looked at in the state
//! that the steps before it left: what is checked out where, and whether a wrapper is installed.

use std::sync::Arc;

use sealine_model::workflow::TerraformStep;
use sealine_source::{Repository, Source, join};
use sealine_yaml::{Node, parse};

use crate::folder::{Checkout, Folders, enter};
use crate::scope::Scope;
use crate::steps::{Script, Shell};
use crate::tools;

/// How deep actions, workflows and scripts are followed.
pub(crate) const DEPTH: usize = 4;

/// How much text of other files one workflow may lead to.
const BYTES: usize = 16 << 20;

/// How many steps and files one workflow may lead to.
pub(crate) const MANY: usize = 1000;

/// What one workflow led to.
pub(crate) struct Walk<'a> {
    pub(crate) repository: &'a Repository,
    /// The files that were read or looked for.
    pub(crate) reads: Vec<String>,
    /// How much text was read from them.
    pub(crate) bytes: usize,
    pub(crate) steps: Vec<TerraformStep>,
    /// Another tool that detects drift.
    pub(crate) drift_tool: Option<String>,
}

/// What the steps of a job leave behind for the next ones.
#[derive(Clone, Debug)]
pub(crate) struct JobState {
    pub(crate) concurrency: bool,
    pub(crate) terraform_wrapper: Wrapper,
    pub(crate) tofu_wrapper: Wrapper,
    pub(crate) backend_config: bool,
    pub(crate) checkout: Checkout,
    windows: bool,
}

/// Whether a setup action put a wrapper around the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrapper {
    Absent,
    Present,
    Unknown,
}

/// The `defaults.run` that hold somewhere.
#[derive(Clone, Debug, Default)]
struct Defaults {
    shell: Option<String>,
    folder: Option<String>,
}

impl Defaults {
    fn below(&self, owner: &Node) -> Self {
        let given = |key: &str| owner.str_at(&["defaults", "run", key]).map(str::to_owned);
        Self {
            shell: given("shell").or_else(|| self.shell.clone()),
            folder: given("working-directory").or_else(|| self.folder.clone()),
        }
    }
}

/// The steps of one file and where they stand.
struct Steps<'a> {
    source: &'a Source,
    nodes: &'a [Node],
    defaults: Defaults,
    depth: usize,
}

impl Walk<'_> {
    /// Walks a workflow; `scope` holds its inputs, `guarded` says whether a caller's `concurrency`
    /// guards it.
    pub(crate) fn workflow(
        &mut self,
        source: &Source,
        root: &Node,
        mut scope: Scope,
        guarded: bool,
        depth: usize,
    ) {
        scope.add_env(root, source);
        let guarded = guarded || is_guard(root);
        let defaults = Defaults::default().below(root);
        for job in root.get("jobs").into_iter().flat_map(Node::entries) {
            self.job(source, &job.value, scope.clone(), (guarded, &defaults, depth));
        }
    }

    fn job(
        &mut self,
        source: &Source,
        job: &Node,
        mut scope: Scope,
        (guarded, defaults, depth): (bool, &Defaults, usize),
    ) {
        scope.add_matrix(job);
        scope.add_env(job, source);
        let guarded = guarded || is_guard(job);
        if let Some(uses) = job.str_at(&["uses"]) {
            self.reusable(uses, job.get("with"), &scope, guarded, depth);
            return;
        }
        let mut state = JobState {
            concurrency: guarded,
            terraform_wrapper: Wrapper::Absent,
            tofu_wrapper: Wrapper::Absent,
            backend_config: false,
            checkout: Checkout::default(),
            windows: runs_on_windows(job, &scope),
        };
        let first = self.steps.len();
        let steps = Steps {
            source,
            nodes: job.get("steps").map_or(&[][..], Node::items),
            defaults: defaults.below(job),
            depth,
        };
        self.run_steps(&steps, &scope, &mut state);
        for step in self.steps.iter_mut().skip(first) {
            step.backend_config |= state.backend_config;
        }
    }

    fn reusable(
        &mut self,
        uses: &str,
        with: Option<&Node>,
        scope: &Scope,
        guarded: bool,
        depth: usize,
    ) {
        let Some(path) = uses.strip_prefix("./") else {
            self.note_tool(tools::action(uses, with));
            return;
        };
        let Some(source) = self.open(path, depth) else { return };
        let parsed = parse(source.text());
        let Some(root) = parsed.root() else { return };
        let scope = scope.called(root.at(&["on", "workflow_call", "inputs"]), with, false);
        self.workflow(&source, root, scope, guarded, depth + 1);
    }

    fn run_steps(&mut self, steps: &Steps<'_>, scope: &Scope, state: &mut JobState) {
        for step in steps.nodes {
            let mut scope = scope.clone();
            scope.add_env(step, steps.source);
            if let Some(uses) = step.str_at(&["uses"]) {
                self.action(steps, step, uses, &scope, state);
            } else if let Some(run) = step.get("run") {
                self.run(steps, step, run, &scope, state);
            }
        }
    }

    fn action(
        &mut self,
        steps: &Steps<'_>,
        step: &Node,
        uses: &str,
        scope: &Scope,
        state: &mut JobState,
    ) {
        let with = step.get("with");
        let name = uses.split('@').next().unwrap_or(uses);
        let given = |key: &str| with.and_then(|with| with.str_at(&[key]));
        if let Some(path) = uses.strip_prefix("./") {
            self.local_action(path, with, steps.depth, scope, state);
            return;
        }
        match name {
            "actions/checkout" => check_out(given("repository"), given("path"), state),
            "hashicorp/setup-terraform" => {
                state.terraform_wrapper = wrapper(given("terraform_wrapper"));
            }
            "opentofu/setup-opentofu" => state.tofu_wrapper = wrapper(given("tofu_wrapper")),
            _ => self.note_tool(tools::action(uses, with)),
        }
        if let Some((program, command, folder)) = tools::running_action(uses, with) {
            let base = Some(vec![String::new()]);
            let folders = folder.map_or_else(|| base.clone(), |folder| enter(&base, folder, scope));
            let place = steps.source.place(step.range);
            for folder in in_repository(folders, &state.checkout) {
                self.push(TerraformStep {
                    program: program.to_owned(),
                    command: command.to_owned(),
                    folder,
                    detailed_exit_code: false,
                    no_lock: None,
                    exit_code_lost: None,
                    concurrency: state.concurrency,
                    backend_config: given("backend_config").is_some(),
                    place: place.clone(),
                });
            }
        }
    }

    fn local_action(
        &mut self,
        path: &str,
        with: Option<&Node>,
        depth: usize,
        scope: &Scope,
        state: &mut JobState,
    ) {
        let Some(folder) = join("", path).and_then(|path| state.checkout.in_repository(&path))
        else {
            return;
        };
        let candidates = ["action.yml", "action.yaml"].map(|name| join(&folder, name));
        let source = candidates.into_iter().flatten().find_map(|path| self.open(&path, depth));
        let Some(source) = source else { return };
        let parsed = parse(source.text());
        let Some(root) = parsed.root() else { return };
        let scope = scope.called(root.get("inputs"), with, true);
        let steps = Steps {
            source: &source,
            nodes: root.at(&["runs", "steps"]).map_or(&[][..], Node::items),
            defaults: Defaults::default(),
            depth: depth + 1,
        };
        self.run_steps(&steps, &scope, state);
    }

    fn run(
        &mut self,
        steps: &Steps<'_>,
        step: &Node,
        run: &Node,
        scope: &Scope,
        state: &mut JobState,
    ) {
        let shell = step.str_at(&["shell"]).or(steps.defaults.shell.as_deref());
        let Some(shell) = Shell::of(shell, state.windows) else { return };
        let folder = step.str_at(&["working-directory"]).or(steps.defaults.folder.as_deref());
        let top = Some(vec![String::new()]);
        let folders = folder.map_or_else(|| top.clone(), |folder| enter(&top, folder, scope));
        let script = Script {
            source: steps.source,
            node: Some(run),
            text: run.as_str().unwrap_or_default(),
            shell,
            id: step.str_at(&["id"]),
            continues: step.get("continue-on-error").is_some_and(|it| it.as_bool() != Some(false)),
            depth: steps.depth,
        };
        self.script(&script, folders, scope.clone(), state);
    }

    /// Opens another file of the repository; none where that leads too far.
    pub(crate) fn open(&mut self, path: &str, depth: usize) -> Option<Arc<Source>> {
        if depth >= DEPTH || self.reads.len() >= MANY || self.bytes >= BYTES {
            return None;
        }
        let path = join("", path)?;
        self.reads.push(path.clone());
        let source = self.repository.get(&path).cloned()?;
        self.bytes += source.text().len();
        Some(source)
    }

    pub(crate) fn push(&mut self, step: TerraformStep) {
        let is_same = |known: &TerraformStep| {
            known.place == step.place
                && known.folder == step.folder
                && known.command == step.command
                && known.concurrency == step.concurrency
        };
        if self.steps.len() < MANY && !self.steps.iter().any(is_same) {
            self.steps.push(step);
        }
    }

    pub(crate) fn note_tool(&mut self, tool: Option<String>) {
        if self.drift_tool.is_none() {
            self.drift_tool = tool;
        }
    }
}

/// Returns the folders as paths of the repository, one unknown folder when none is known.
pub(crate) fn in_repository(folders: Folders, checkout: &Checkout) -> Vec<Option<String>> {
    match folders {
        Some(folders) => folders.iter().map(|folder| checkout.in_repository(folder)).collect(),
        None => vec![None],
    }
}

fn is_guard(owner: &Node) -> bool {
    owner.get("concurrency").is_some_and(|guard| !guard.is_null())
}

fn runs_on_windows(job: &Node, scope: &Scope) -> bool {
    let runner = job.get("runs-on");
    let labels = runner.into_iter().flat_map(|runner| {
        let one = runner.as_str().into_iter();
        one.chain(runner.items().iter().filter_map(Node::as_str))
    });
    let labels = labels.flat_map(|label| scope.expand(label).unwrap_or_default());
    labels.into_iter().any(|label| label.to_ascii_lowercase().contains("windows"))
}

fn check_out(repository: Option<&str>, path: Option<&str>, state: &mut JobState) {
    let path = path.and_then(|path| join("", path)).unwrap_or_default();
    let is_own = repository.is_none_or(|name| name.contains("github.repository"));
    if is_own {
        state.checkout.own = path;
    } else {
        state.checkout.others.push(path);
    }
}

/// Both actions install their wrapper unless told otherwise.
fn wrapper(given: Option<&str>) -> Wrapper {
    match given {
        None => Wrapper::Present,
        Some(text) if text.eq_ignore_ascii_case("true") => Wrapper::Present,
        Some(text) if text.eq_ignore_ascii_case("false") => Wrapper::Absent,
        Some(_) => Wrapper::Unknown,
    }
}
