//! `sealine impact`.

use std::path::Path;

use sealine_engine::collect::{RevisionError, collect_revision, merge_base};
use sealine_engine::impact::{Readers, Side, Supposition, compare, presume, suppose};
use sealine_engine::{Analysis, Collected, Input};
use sealine_model::Finding;
use sealine_model::query::{Details, resolve};
use sealine_report::chain::Chain;
use sealine_report::impact::{ImpactReport, markdown, text, to_json};

use crate::Outcome;
use crate::args::{self, ImpactFormat};
use crate::commands::trace;
use crate::failure::Failure;
use crate::output::{self, note};
use crate::project::Plan;

/// One state: how it was read, and what is in it.
struct State {
    plan: Plan,
    analysis: Analysis,
    findings: Vec<Finding>,
    label: String,
    readers: Readers,
}

impl State {
    fn of(plan: Plan, analysis: Analysis, label: String) -> Self {
        let findings = trace::findings(&plan, &analysis);
        Self { plan, analysis, findings, label, readers: Readers::Sure }
    }

    fn side(&self) -> Side<'_> {
        Side {
            label: self.label.clone(),
            analysis: &self.analysis,
            findings: &self.findings,
            settings: &self.plan.config.settings,
            readers: self.readers,
        }
    }
}

/// Says what a change does to the chain, and in which order it is safe.
pub(crate) fn run(args: &args::Impact) -> Result<Outcome, Failure> {
    let (before, after) = states(args)?;
    let impact = compare(&before.side(), &after.side());
    let report = ImpactReport { impact: &impact, roots: &after.plan.roots };
    let written = match args.output {
        ImpactFormat::Text => text(&report),
        ImpactFormat::Json => output::pretty(&to_json(&report)),
        ImpactFormat::Markdown => markdown(&report),
    };
    output::print(&written)?;
    let whole = before.analysis.unreadable.is_empty() && after.analysis.unreadable.is_empty();
    Ok(match (whole, impact.loses()) {
        (false, _) => Outcome::Incomplete,
        (true, true) => Outcome::Found,
        (true, false) => Outcome::Clean,
    })
}

fn states(args: &args::Impact) -> Result<(State, State), Failure> {
    if let (Some(before), Some(after)) = (&args.before, &args.after) {
        return Ok((folder(args, before)?, folder(args, after)?));
    }
    if args.supposes() {
        return supposed(args);
    }
    revisions(args)
}

/// A folder that holds all repositories in one state.
fn folder(args: &args::Impact, path: &Path) -> Result<State, Failure> {
    let input = args::Input { paths: vec![path.to_owned()], ..args.input() };
    let mut plan = Plan::of(&input)?;
    plan.rename_lone("files");
    let analysis = plan.analyse();
    let label = path.display().to_string();
    Ok(State::of(plan, analysis, label))
}

/// The files as they are, and as they would be.
fn supposed(args: &args::Impact) -> Result<(State, State), Failure> {
    let input = args.input();
    let plan = Plan::of(&input)?;
    let analysis = plan.analyse();
    let before = State::of(plan, analysis, "the files as they are".to_owned());
    let mut suppositions = Vec::new();
    let mut labels = Vec::new();
    for query in &args.remove {
        let id = node(&before, query)?;
        labels.push(format!("without {id}"));
        suppositions.push(Supposition::Remove(id));
    }
    for (query, name) in &args.rename {
        let id = node(&before, query)?;
        // An id as the new name means its last part.
        let name = name.rsplit('/').next().unwrap_or(name).to_owned();
        labels.push(format!("with {id} named {name}"));
        suppositions.push(Supposition::Rename(id, name));
    }
    let ids: Vec<String> = suppositions
        .iter()
        .map(|(Supposition::Remove(id) | Supposition::Rename(id, _))| id.clone())
        .collect();
    let State { plan, mut analysis, label, .. } = before;
    presume(&mut analysis, &plan.config, &ids);
    let before = State { readers: Readers::Likely, ..State::of(plan, analysis, label) };
    let plan = Plan::of(&input)?;
    let mut analysis = plan.analyse();
    presume(&mut analysis, &plan.config, &ids);
    suppose(&mut analysis, &plan.config, &suppositions);
    let after = State::of(plan, analysis, labels.join(", "));
    Ok((before, State { readers: Readers::Likely, ..after }))
}

/// The id of the one node that a query means.
fn node(state: &State, query: &str) -> Result<String, Failure> {
    let graph = state.analysis.graph();
    let details = Details::default();
    let gaps = trace::gaps(&state.plan, &state.analysis, &state.findings);
    let (findings, roots) = (state.findings.as_slice(), &state.plan.roots);
    let chain = Chain { graph, details: &details, findings, gaps: &gaps, roots };
    let found = resolve(graph, &state.analysis.facts, query);
    if found.guessed && !found.matches.is_empty() {
        return Err(Failure::new(format!("nothing in sight is named `{query}`"))
            .hint("`sealine trace` finds what it may mean"));
    }
    let focus = trace::one_of(&chain, query, &found)?;
    Ok(graph.nodes[focus.node].id.clone())
}

/// Why a revision cannot be read, and what would help.
fn refused(error: &RevisionError) -> Failure {
    let failure = Failure::new(error.to_string());
    match error {
        RevisionError::NoRepository(_) => {
            failure.hint("`--before FOLDER --after FOLDER` compares folders without git")
        }
        RevisionError::Unknown { shallow: true, .. } => {
            failure.hint("fetch the history: `git fetch --unshallow`, or `fetch-depth: 0` in CI")
        }
        RevisionError::Unknown { .. } | RevisionError::Unreadable { .. } => failure,
    }
}

/// The revisions of one repository: the state before, and the one after when it is not the work tree.
struct Range {
    base: String,
    head: Option<String>,
}

/// Reads `BASE`, `BASE..HEAD` and `BASE...HEAD`.
fn range(input: &Input, written: &str) -> Result<Range, Failure> {
    if Path::new(written).is_dir() && !written.contains("..") {
        return Err(Failure::new(format!("`{written}` is a folder, and a revision is asked for"))
            .hint(format!("name both: `sealine impact HEAD {written}`")));
    }
    let head = |head: &str| (!head.is_empty()).then(|| head.to_owned());
    let base = |base: &str| if base.is_empty() { "HEAD".to_owned() } else { base.to_owned() };
    if let Some((one, two)) = written.split_once("...") {
        let tip = if two.is_empty() { "HEAD" } else { two };
        let found = merge_base(input, &base(one), tip);
        let base = found.map_err(|error| refused(&error))?;
        return Ok(Range { base, head: head(two) });
    }
    Ok(match written.split_once("..") {
        Some((one, two)) => {
            let two = if two.is_empty() { "HEAD" } else { two };
            Range { base: base(one), head: head(two) }
        }
        None => Range { base: base(written), head: None },
    })
}

/// Both revisions of each repository that has a range; the others are as they are, before and after.
fn revisions(args: &args::Impact) -> Result<(State, State), Failure> {
    let input = args.input();
    let plan = Plan::of(&input)?;
    for (name, _) in &args.ranges {
        if !plan.inputs.iter().any(|input| input.name == *name) {
            let names: Vec<&str> = plan.inputs.iter().map(|input| input.name.as_str()).collect();
            return Err(Failure::new(format!("there is no repository `{name}`"))
                .hint(format!("the repositories are {}", names.join(", "))));
        }
    }
    let mut ranges: Vec<Option<Range>> = Vec::new();
    for input in &plan.inputs {
        let own = args.ranges.iter().find(|(name, _)| *name == input.name);
        let asked = plan.only.is_empty() || plan.only.iter().any(|(name, _)| *name == input.name);
        let written = match own {
            Some((_, written)) => Some(written.as_str()),
            None if args.ranges.is_empty() && asked => {
                Some(args.range.as_deref().unwrap_or("HEAD"))
            }
            None => None,
        };
        ranges.push(written.map(|written| range(input, written)).transpose()?);
    }
    let before = at(Plan::of(&input)?, &ranges, |range| Some(&range.base))?;
    let after = at(plan, &ranges, |range| range.head.as_ref())?;
    Ok((before, after))
}

/// One state of all repositories.
fn at<'a>(
    plan: Plan,
    ranges: &'a [Option<Range>],
    revision: impl Fn(&'a Range) -> Option<&'a String>,
) -> Result<State, Failure> {
    let mut collected = Collected::default();
    let mut labels = Vec::new();
    for (input, range) in plan.inputs.iter().zip(ranges) {
        match range.as_ref().map(&revision) {
            Some(Some(revision)) => {
                let short = collect_revision(input, revision, &mut collected)
                    .map_err(|error| refused(&error))?;
                labels.push(format!("{}@{short}", input.name));
            }
            kept => {
                let one = sealine_engine::collect(std::slice::from_ref(input));
                collected.project.repositories.extend(one.project.repositories);
                collected.facts.extend(one.facts);
                collected.unreadable.extend(one.unreadable);
                if kept.is_some() {
                    note(&format!(
                        "the work tree of `{}` is read as it is, with what is not committed",
                        input.name
                    ));
                    labels.push(format!("{} as it is", input.name));
                }
            }
        }
    }
    let analysis = plan.analyse_collected(collected);
    Ok(State::of(plan, analysis, labels.join(", ")))
}
