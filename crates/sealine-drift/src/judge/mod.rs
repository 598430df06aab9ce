//! Tells the kinds of differences apart: drifted, unapplied, noise, failed.
//!
//! Invariant: pure. What a plan shows ends up in exactly one place: among the findings, among the
//! noise with its reason, or explained by another difference of the same resource.

mod drift;
mod follow;
mod ignore;
mod pending;
#[cfg(test)]
mod tests;
mod time;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::plan::{Held, Path, Plan, bare};
use crate::project::IgnoreRule;
use crate::redact::shown;
use crate::report::{
    Attribute, Change, Difference, Kind, Outcome, Severity, StaleRule, Suppressed,
};
use crate::schema::Schemas;

/// What the files of a module say of resources, by address without keys of instances.
pub(crate) type DeclaredResources = BTreeMap<String, DeclaredResource>;

/// What a block says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeclaredResource {
    /// Attributes whose changes are left alone, dotted; `all` for all.
    pub(crate) ignore_changes: Vec<String>,
    /// `path:line`, relative to the repository where it lies within.
    pub(crate) place: Option<String>,
}

/// What judging knows.
pub(crate) struct Context<'a> {
    pub(crate) project: &'a str,
    pub(crate) plan: &'a Plan,
    pub(crate) declared: &'a DeclaredResources,
    pub(crate) schemas: &'a Schemas,
    pub(crate) ignore: &'a [IgnoreRule],
    pub(crate) owners: &'a [String],
    pub(crate) today: Date,
}

/// What judging says.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) findings: Vec<Difference>,
    pub(crate) noise: Vec<Difference>,
    pub(crate) suppressed: Vec<Suppressed>,
    pub(crate) stale_rules: Vec<StaleRule>,
    pub(crate) managed: usize,
}

/// Judges a plan.
pub(crate) fn judge(context: &Context<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    let mut causes = Causes::default();
    drift::judge(context, &mut verdict, &mut causes);
    let explained = follow::explained(context, &mut causes);
    pending::judge(context, &explained, &mut verdict);
    checks(context, &mut verdict);
    ignore::apply(context, &mut verdict);
    verdict.managed = managed(context.plan);
    for difference in verdict.findings.iter_mut().chain(&mut verdict.noise) {
        finish(context, difference);
    }
    for list in [&mut verdict.findings, &mut verdict.noise] {
        list.sort_by(|one, two| {
            let rank = |it: &Difference| (std::cmp::Reverse(it.severity), it.kind);
            (rank(one), &one.address).cmp(&(rank(two), &two.address))
        });
    }
    verdict
}

/// Returns what findings come to.
pub(crate) fn outcome(findings: &[Difference]) -> Outcome {
    let any = |kind: Kind| findings.iter().any(|finding| finding.kind == kind);
    match (any(Kind::Drifted), any(Kind::Unapplied), any(Kind::Failed)) {
        (true, ..) => Outcome::Drifted,
        (_, true, _) => Outcome::Unapplied,
        (_, _, true) => Outcome::ChecksFailed,
        _ => Outcome::Clean,
    }
}

/// Returns whether a whole plan gives nothing to tell without a word of schemas: then these need not
/// be asked for.
pub(crate) fn needs_schemas(plan: &Plan) -> bool {
    plan.drift.iter().any(|change| change.change.is(&["update"]))
}

/// What happened outside, by address without keys of instances.
#[derive(Default)]
struct Causes {
    /// Deleted outside: full addresses.
    gone: BTreeSet<String>,
    /// Anything that differs in the world, told or not.
    touched: BTreeSet<String>,
}

fn managed(plan: &Plan) -> usize {
    let drifted = plan.drift.iter().map(|change| change.address.as_str());
    let drifted: BTreeSet<&str> =
        drifted.filter(|address| !plan.existing.contains(*address)).collect();
    plan.existing.len() + drifted.len()
}

fn checks(context: &Context<'_>, verdict: &mut Verdict) {
    for check in &context.plan.checks {
        if !matches!(check.status.as_str(), "fail" | "error") {
            continue;
        }
        let problems = check.instances.iter().flat_map(|instance| &instance.problems);
        let said: Vec<&str> = problems.map(|problem| problem.message.as_str()).collect();
        let note = context.plan.secrets.scrub(&said.join("; "));
        let mut difference =
            difference(&check.address.to_display, "check", Kind::Failed, Change::CheckFailed);
        difference.note = (!note.is_empty()).then_some(note);
        verdict.findings.push(difference);
    }
}

fn difference(address: &str, resource_type: &str, kind: Kind, change: Change) -> Difference {
    Difference {
        key: String::new(),
        fingerprint: String::new(),
        kind,
        change,
        address: address.to_owned(),
        resource_type: resource_type.to_owned(),
        previous_address: None,
        attributes: Vec::new(),
        severity: Severity::Low,
        owners: Vec::new(),
        workloads: Vec::new(),
        declared: None,
        note: None,
    }
}

fn attribute(
    context: &Context<'_>,
    resource_type: &str,
    path: &Path,
    sides: [&Held; 2],
    hide: bool,
) -> Attribute {
    let hide = hide || context.schemas.is_sensitive(resource_type, &path.dotted());
    let show = |value| shown(&context.plan.secrets, resource_type, path, value, hide);
    Attribute {
        path: sealine_report::on_one_line(&path.to_string()),
        before: show(sides[0]),
        after: show(sides[1]),
    }
}

/// Fills in what every difference has.
fn finish(context: &Context<'_>, difference: &mut Difference) {
    let declared = context.declared.get(&bare(&difference.address));
    difference.declared = declared.and_then(|declared| declared.place.clone());
    difference.severity = match (difference.kind, difference.change) {
        (Kind::Noise, _) => Severity::Low,
        (_, Change::DeletedOutside | Change::Replace | Change::Delete) => Severity::High,
        (Kind::Drifted | Kind::Failed, _) => Severity::Medium,
        (Kind::Unapplied, _) => Severity::Low,
    };
    difference.owners = context.owners.to_vec();
    // Names come from people, and go to terminals.
    difference.address = sealine_report::on_one_line(&difference.address);
    difference.identify(context.project);
}

/// Returns whether the configuration gives the attribute or block that a path lies in.
fn is_configured(context: &Context<'_>, address: &str, path: &Path) -> bool {
    let resource = context.plan.configuration.resource(&bare(address));
    resource.is_some_and(|resource| resource.expressions.contains_key(path.first()))
}
