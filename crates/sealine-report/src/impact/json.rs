//! The documented form: see `docs/impact.md`.

use sealine_model::impact::{Need, Step};
use serde_json::{Value, json};

use super::ImpactReport;
use crate::chain::place_json;

/// Returns the report as JSON.
pub fn to_json(report: &ImpactReport<'_>) -> Value {
    let impact = report.impact;
    let needs = |needs: &[Need]| needs.iter().map(need).collect::<Vec<_>>();
    let renamed = impact.renamed.iter().map(|(from, to)| json!({"from": from, "to": to}));
    let fates = impact
        .fates
        .iter()
        .map(|fate| json!({"node": fate.node, "fate": fate.kind.name(), "why": fate.why}));
    json!({
        "version": 1,
        "before": impact.before,
        "after": impact.after,
        "loses": impact.loses(),
        "broken": needs(&impact.broken),
        "dangling": needs(&impact.dangling),
        "mended": needs(&impact.mended),
        "renamed": renamed.collect::<Vec<_>>(),
        "fates": fates.collect::<Vec<_>>(),
        "added": impact.added,
        "removed": impact.removed,
        "order": impact.order.iter().map(step).collect::<Vec<_>>(),
    })
}

fn need(need: &Need) -> Value {
    let faults = need.faults.iter().map(|fault| json!({"node": fault.node, "why": fault.why}));
    json!({
        "consumer": need.consumer,
        "secret": need.secret,
        "at": place_json(&need.at),
        "known": need.known,
        "faults": faults.collect::<Vec<_>>(),
    })
}

fn step(step: &Step) -> Value {
    let shares = step.shares.as_ref();
    let shares = shares.map(|it| json!({"with": it.with, "allowed": it.allowed, "why": it.why}));
    json!({
        "action": step.action.name(),
        "title": step.title,
        "repo": step.repo,
        "files": step.files,
        "nodes": step.nodes,
        "why": step.why,
        "checks": step.checks,
        "done": step.done,
        "shares": shares,
    })
}
