//! What applying would do: configured, not applied.
//!
//! Invariant: what merely undoes or follows from what changed outside is no finding of its own.

use crate::plan::{Held, Path, ResourceChange};
use crate::report::{Change, Difference, Kind};

use super::follow::{Explained, own_leaves, reaches};
use super::{Context, Verdict, attribute, difference, time};

pub(super) fn judge(context: &Context<'_>, explained: &Explained, verdict: &mut Verdict) {
    for change in &context.plan.changes {
        if explained.repairs.contains(&change.address) {
            continue;
        }
        let Some(kind) = kind_of(change) else { continue };
        let mut found = difference(&change.address, &change.kind, Kind::Unapplied, kind);
        found.previous_address = change
            .previous_address
            .as_deref()
            .filter(|old| *old != change.address)
            .map(sealine_report::on_one_line);
        let by_time = time::asks_for(change, &context.plan.drift);
        found.note = by_time.map(str::to_owned).or_else(|| note(change));
        if matches!(kind, Change::Update | Change::Replace | Change::Import) {
            found.attributes = own_leaves(context, change)
                .iter()
                .map(|leaf| {
                    let sides = [leaf.before, leaf.after];
                    let mut told = attribute(context, &change.kind, &leaf.path, sides, leaf.marked);
                    if leaf.unknown {
                        told.after = crate::report::Shown::Unknown;
                    }
                    told
                })
                .collect();
        }
        if explained.follows.contains(&change.address) {
            found.kind = Kind::Noise;
            found.note = Some("it follows from what changed outside".to_owned());
            verdict.noise.push(found);
        } else {
            verdict.findings.push(found);
        }
    }
    outputs(context, explained, verdict);
}

fn kind_of(change: &ResourceChange) -> Option<Change> {
    let has = |action: &str| change.change.has(action);
    let moved = change.previous_address.as_ref().is_some_and(|old| *old != change.address);
    Some(match () {
        () if has("delete") && has("create") => Change::Replace,
        () if has("forget") => Change::Forget,
        () if has("delete") => Change::Delete,
        () if !matches!(change.change.importing, Held::Null) => Change::Import,
        () if has("create") => Change::Create,
        () if has("update") => Change::Update,
        () if moved => Change::Move,
        () => return None,
    })
}

fn note(change: &ResourceChange) -> Option<String> {
    if let Some(key) = change.deposed.as_deref().filter(|key| !key.is_empty()) {
        return Some(format!("a deposed object, {}", sealine_report::on_one_line(key)));
    }
    let reason = match change.action_reason.as_deref()? {
        "replace_because_tainted" => "it is tainted",
        "replace_because_cannot_update" => "it cannot be changed in place",
        "replace_by_request" => "its replacement was asked for",
        "replace_by_triggers" => "`replace_triggered_by` asks for it",
        "delete_because_no_resource_config" => "its block is gone",
        "delete_because_no_module" => "its module is gone",
        "delete_because_wrong_repetition"
        | "delete_because_count_index"
        | "delete_because_each_key" => "its instance is gone from `count` or `for_each`",
        "delete_because_no_move_target" => "it was moved to a block that is not there",
        _ => return None,
    };
    Some(reason.to_owned())
}

/// Outputs differ for reasons of their own only when no resource that they read differs.
fn outputs(context: &Context<'_>, explained: &Explained, verdict: &mut Verdict) {
    let plan = context.plan;
    let mut unapplied: std::collections::BTreeSet<String> =
        plan.changes.iter().map(|change| crate::plan::bare(&change.address)).collect();
    unapplied.retain(|address| !explained.touched.contains(address));
    for (name, change) in &plan.outputs {
        if change.is(&["no-op"]) {
            continue;
        }
        let root = &plan.configuration.root_module;
        let declared = root.outputs.get(name);
        let reads = |addresses| {
            declared.is_some_and(|output| {
                reaches(&plan.configuration, "", &output.expression, addresses)
            })
        };
        if reads(&unapplied) {
            continue;
        }
        let mut found: Difference =
            difference(&format!("output.{name}"), "output", Kind::Unapplied, Change::Output);
        let hide = declared.is_some_and(|output| output.sensitive)
            || change.before_sensitive.any_true()
            || change.after_sensitive.any_true();
        let path = Path::default().key(name);
        let mut value = attribute(context, "output", &path, [&change.before, &change.after], hide);
        "value".clone_into(&mut value.path);
        if change.after_unknown.any_true() {
            value.after = crate::report::Shown::Unknown;
        }
        found.attributes = vec![value];
        if reads(&explained.touched) {
            found.kind = Kind::Noise;
            found.note = Some("it follows from what changed outside".to_owned());
            verdict.noise.push(found);
        } else {
            verdict.findings.push(found);
        }
    }
}
