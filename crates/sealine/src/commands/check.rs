//! `sealine check`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use sealine_engine::baseline::{Baseline, Known};
use sealine_engine::{Analysis, fix};
use sealine_model::{Coverage, Finding, Severity};
use sealine_report::{Format, Masked, Report, covered, covered_finding, on_one_line};
use sealine_rules::{RULES, RuleSetting};
use sealine_source::Place;

use crate::Outcome;
use crate::args::{Check, FailOn};
use crate::commands::explain;
use crate::failure::Failure;
use crate::output::{self, note, write_file};
use crate::project::Plan;

/// Judges the chain, reports, repairs.
pub(crate) fn run(args: &Check) -> Result<Outcome, Failure> {
    let outputs = outputs(args)?;
    let plan = Plan::of(&args.input)?;
    let rules = rules(args, &plan)?;
    let known = read_baseline(args)?;
    let mut analysis = plan.analyse();
    let mut verdict = judged(&plan, &analysis, &rules);
    if args.fix && !args.diff {
        let fixed = fix::apply(&analysis.project, &verdict.0, args.unsafe_fixes);
        write_files(&plan, &fixed)?;
        if let (Some(said), false) = (repaired(&fixed, verdict.0.len()), args.quiet) {
            note(&said);
        }
        if fixed.applied > 0 {
            analysis = plan.analyse();
            verdict = judged(&plan, &analysis, &rules);
        }
    }
    let (mut findings, suppressed) = verdict;
    let mut baselined = 0;
    if let (Some(path), Some(known)) = (&args.baseline, known) {
        let repos: Vec<&str> = plan.inputs.iter().map(|input| input.name.as_str()).collect();
        let mut known = known.seen_from(&repos);
        if args.write_baseline {
            known = known.merged(&findings, |known| was_looked_at(known, &plan, &rules));
            write_file(path, &known.text())?;
        }
        (findings, baselined) = known.split(findings);
    }
    let secret_texts: Vec<Place> =
        analysis.facts.iter().flat_map(|facts| facts.secret_texts.iter().cloned()).collect();
    let deliveries = analysis.facts.iter().flat_map(|facts| &facts.deliveries);
    let mut report = Report {
        findings: &findings,
        project: &analysis.project,
        roots: &plan.roots,
        secret_texts: &secret_texts,
        coverage: analysis.coverage,
        opaque_roots: deliveries.filter(|delivery| delivery.is_opaque()).count(),
        suppressed,
        baselined,
        color: false,
    };
    for (format, file) in &outputs {
        report.color = file.is_none() && output::may_color();
        match file {
            Some(file) => write_file(file, &(format.render)(&report))?,
            None if args.diff => {}
            None => output::print(&(format.render)(&report))?,
        }
    }
    if args.diff {
        output::print(&diff(&plan, &analysis, &findings, &secret_texts, args.unsafe_fixes))?;
    }
    if args.statistics {
        note(&statistics(&findings, &analysis));
    }
    say_more(args, &plan, &analysis);
    let outcome = outcome(args, &analysis, &findings);
    // The process ends now, and its memory with it: nothing is gained by giving it back piece by piece.
    std::mem::forget(analysis);
    Ok(outcome)
}

fn judged(
    plan: &Plan,
    analysis: &Analysis,
    rules: &BTreeMap<String, RuleSetting>,
) -> (Vec<Finding>, usize) {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let verdict = sealine_engine::judge_all(analysis, &plan.config, rules, today);
    let findings = verdict.findings.into_iter().filter(|finding| plan.asks_for(finding));
    (findings.map(covered_finding).collect(), verdict.suppressed)
}

/// The formats and files to write; text on standard output without any.
///
/// Files come first: they are written even when the reader of standard output leaves.
fn outputs(args: &Check) -> Result<Vec<(&'static Format, Option<&Path>)>, Failure> {
    if args.outputs.is_empty() {
        return Ok(Format::named("text").map(|text| (text, None)).into_iter().collect());
    }
    let mut parsed = Vec::new();
    for output in &args.outputs {
        let (name, file) = match output.split_once('=') {
            Some((name, file)) => (name, Some(Path::new(file))),
            None => (output.as_str(), None),
        };
        let format = Format::named(name).ok_or_else(|| {
            let names: Vec<&str> =
                sealine_report::FORMATS.iter().map(|format| format.name).collect();
            Failure::new(format!("there is no format `{name}`"))
                .hint(format!("the formats are {}", names.join(", ")))
        })?;
        parsed.push((format, file));
    }
    parsed.sort_by_key(|(_, file)| file.is_none());
    Ok(parsed)
}

/// What the configuration says of rules, narrowed by `--select` and `--ignore`.
fn rules(args: &Check, plan: &Plan) -> Result<BTreeMap<String, RuleSetting>, Failure> {
    for name in args.select.iter().chain(&args.ignore) {
        explain::named(name)?;
    }
    let mut rules = plan.config.rules.clone();
    for rule in RULES {
        let left_out = !args.select.is_empty() && !args.select.iter().any(|name| name == rule.name);
        if left_out || args.ignore.iter().any(|name| name == rule.name) {
            rules.insert(rule.name.to_owned(), RuleSetting::Off);
        }
    }
    Ok(rules)
}

/// Whether a run would report a finding again that is known: the rule was on, and its file was asked for.
fn was_looked_at(known: &Known, plan: &Plan, rules: &BTreeMap<String, RuleSetting>) -> bool {
    let is_loaded = plan.inputs.iter().any(|input| input.name == known.repo);
    let is_off = matches!(rules.get(&known.rule), Some(RuleSetting::Off));
    is_loaded && !is_off && plan.asks_for_file(&known.repo, &known.file)
}

fn read_baseline(args: &Check) -> Result<Option<Baseline>, Failure> {
    let Some(path) = &args.baseline else { return Ok(None) };
    if args.write_baseline && !path.exists() {
        return Ok(Some(Baseline { version: 1, ..Baseline::default() }));
    }
    #[expect(clippy::disallowed_methods, reason = "a baseline is no part of the project")]
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::new(format!("cannot read the baseline `{}`", path.display()))
            .because(error)
            .hint("`--write-baseline` makes one")
    })?;
    let baseline = Baseline::read(&text).map_err(|error| {
        Failure::new(format!("cannot use the baseline `{}`", path.display())).because(error)
    })?;
    Ok(Some(baseline))
}

/// What became of the repairs, if there were any.
fn repaired(fixed: &fix::Fixed, findings: usize) -> Option<String> {
    let repairs =
        |count| if count == 1 { "1 repair".to_owned() } else { format!("{count} repairs") };
    let mut parts = Vec::new();
    if fixed.applied > 0 {
        parts.push(format!("repaired {} of {findings} findings", fixed.applied));
    }
    // Without one that was applied no second run would do better.
    if fixed.applied > 0 && fixed.conflicting > 0 {
        let left = repairs(fixed.conflicting);
        parts.push(format!("{left} left for a second run: others changed the same text"));
    }
    if fixed.unsafe_left > 0 {
        let need = if fixed.unsafe_left == 1 { "needs" } else { "need" };
        parts.push(format!("{} {need} `--unsafe-fixes`", repairs(fixed.unsafe_left)));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn write_files(plan: &Plan, fixed: &fix::Fixed) -> Result<(), Failure> {
    for (name, text) in &fixed.files {
        let root = plan.inputs.iter().find(|input| input.name == name.repo);
        let Some(root) = root else { continue };
        write_file(&root.path.join(&name.path), text)?;
    }
    Ok(())
}

/// The changes that `--fix` would make. Secrets are covered on both sides.
fn diff(
    plan: &Plan,
    analysis: &Analysis,
    findings: &[Finding],
    secrets: &[Place],
    with_unsafe: bool,
) -> String {
    let fixed = fix::apply(&analysis.project, findings, with_unsafe);
    let masked = Masked::new(&analysis.project, secrets);
    let mut out = String::new();
    for (name, edits) in &fixed.edits {
        let Some(old) = masked.text(name) else { continue };
        let edits: Vec<&sealine_source::Edit> = edits.iter().collect();
        let Ok(new) = sealine_source::apply_edits(&old, &edits) else { continue };
        let path = plan.shown(&name.repo, &name.path);
        let new = covered(&new);
        let diff = similar::TextDiff::from_lines(&*old, &new);
        let diff =
            diff.unified_diff().header(&format!("a/{path}"), &format!("b/{path}")).to_string();
        out.push_str(&sealine_report::for_terminal(&diff));
    }
    out
}

fn statistics(findings: &[Finding], analysis: &Analysis) -> String {
    let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        *by_rule.entry(finding.rule).or_default() += 1;
    }
    let mut rows: Vec<(usize, &str)> =
        by_rule.into_iter().map(|(rule, count)| (count, rule)).collect();
    rows.sort_by_key(|(count, rule)| (std::cmp::Reverse(*count), *rule));
    let mut out = String::new();
    for (count, rule) in rows {
        let _ = writeln!(out, "{count:6}  {rule}");
    }
    let files: usize =
        analysis.project.repositories.iter().map(|repository| repository.files().count()).sum();
    let (nodes, edges) = (analysis.graph().nodes.len(), analysis.graph().edges.len());
    let _ = writeln!(out, "{files} files read, {nodes} nodes, {edges} edges");
    let Coverage { documents, understood } = analysis.coverage;
    let _ = write!(out, "{understood} of {documents} documents understood");
    let _ = write!(out, "{}", share(understood, documents));
    let deliveries: Vec<_> = analysis.facts.iter().flat_map(|facts| &facts.deliveries).collect();
    let resolved = deliveries.iter().filter(|delivery| !delivery.is_opaque()).count();
    if !deliveries.is_empty() {
        let _ = write!(out, "\n{resolved} of {} delivery roots resolved", deliveries.len());
        let _ = write!(out, "{}", share(resolved, deliveries.len()));
    }
    out
}

/// Returns a share in tenths of a percent, rounded down so that only all of it is 100 %.
fn share(part: usize, whole: usize) -> String {
    let Some(tenths) = (part * 1000).checked_div(whole) else { return String::new() };
    format!(" ({}.{} %)", tenths / 10, tenths % 10)
}

/// What was not understood, for those who ask; and the way to a fuller look.
fn say_more(args: &Check, plan: &Plan, analysis: &Analysis) {
    if args.verbose {
        for facts in &analysis.facts {
            for delivery in &facts.deliveries {
                if delivery.is_opaque() {
                    let why = delivery.opaque.join("; ");
                    let text =
                        format!("note: {} is opaque: {why} ({})", delivery.id, delivery.place);
                    note(&on_one_line(&text));
                }
            }
            for written in &facts.notes {
                note(&on_one_line(&format!("note: {}: {}", written.place, written.message)));
            }
        }
    }
    if plan.config_file.is_none() && plan.config.settings.vaults.is_empty() && !args.quiet {
        note(
            "hint: without a sealine.yaml nothing is said of missing vault entries; `sealine init` proposes one",
        );
    }
}

fn outcome(args: &Check, analysis: &Analysis, findings: &[Finding]) -> Outcome {
    let from = match args.fail_on {
        FailOn::Info => Severity::Info,
        FailOn::Warning => Severity::Warning,
        FailOn::Error => Severity::Error,
    };
    if !analysis.unreadable.is_empty() {
        Outcome::Incomplete
    } else if !args.exit_zero && findings.iter().any(|finding| finding.severity >= from) {
        Outcome::Found
    } else {
        Outcome::Clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_repairs_is_one_line() {
        let said = |applied, conflicting, unsafe_left| {
            let fixed = fix::Fixed { applied, conflicting, unsafe_left, ..fix::Fixed::default() };
            repaired(&fixed, 5).unwrap_or_default()
        };
        assert_eq!(said(0, 0, 0), "");
        assert_eq!(said(1, 0, 0), "repaired 1 of 5 findings");
        assert_eq!(
            said(1, 1, 2),
            "repaired 1 of 5 findings; 1 repair left for a second run: others changed the same text; \
             2 repairs need `--unsafe-fixes`"
        );
        assert_eq!(said(0, 1, 1), "1 repair needs `--unsafe-fixes`");
    }
}
