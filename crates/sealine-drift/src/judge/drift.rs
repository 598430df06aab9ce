//! What changed outside, and whether it matters.
//!
//! Invariant: a difference matters unless there is a reason that it does not. The reasons are those
//! of [`reason`], and each is told.

use crate::plan::difference::is_reordered;
use crate::plan::path::covers_attribute;
use crate::plan::{Held, Leaf, ResourceChange, bare, leaves};
use crate::report::{Change, Kind};

use super::{Causes, Context, Verdict, attribute, difference, is_configured, time};

pub(super) fn judge(context: &Context<'_>, verdict: &mut Verdict, causes: &mut Causes) {
    for change in context.plan.drift.iter().filter(|change| time::passed(change).is_none()) {
        causes.touched.insert(bare(&change.address));
        if change.change.is(&["delete"]) {
            causes.gone.insert(change.address.clone());
            let kind = Kind::Drifted;
            let gone = difference(&change.address, &change.kind, kind, Change::DeletedOutside);
            verdict.findings.push(gone);
        } else if change.change.is(&["update"]) {
            changed(context, verdict, change);
        }
    }
}

fn changed(context: &Context<'_>, verdict: &mut Verdict, change: &ResourceChange) {
    let planned = planned_leaves(context, &change.address);
    let leaves = leaves(&change.change);
    let ignored = ignored_by_lifecycle(context, &change.address);
    let some_ignored = leaves.iter().any(|leaf| is_ignored(ignored, leaf));
    let mut matters = Vec::new();
    let mut rest = Vec::new();
    let mut reasons: Vec<&'static str> = Vec::new();
    for leaf in &leaves {
        let sides = [leaf.before, leaf.after];
        let told = attribute(context, &change.kind, &leaf.path, sides, leaf.marked);
        match reason(context, change, leaf, &planned, is_ignored(ignored, leaf), some_ignored) {
            Some(reason) => {
                rest.push(told);
                if !reasons.contains(&reason) {
                    reasons.push(reason);
                }
            }
            None => matters.push(told),
        }
    }
    let kind = if matters.is_empty() { Kind::Noise } else { Kind::Drifted };
    let mut found = difference(&change.address, &change.kind, kind, Change::ChangedOutside);
    if kind == Kind::Noise {
        found.attributes = rest;
        let note =
            if reasons.is_empty() { "no attribute differs".to_owned() } else { reasons.join("; ") };
        found.note = Some(note);
        verdict.noise.push(found);
        return;
    }
    found.attributes = matters;
    let replaces = context.plan.changes.iter().any(|planned| {
        planned.address == change.address
            && planned.change.has("delete")
            && planned.change.has("create")
    });
    found.note = replaces.then(|| "applying would replace it".to_owned());
    verdict.findings.push(found);
}

/// Why a changed attribute does not matter.
fn reason(
    context: &Context<'_>,
    change: &ResourceChange,
    leaf: &Leaf<'_>,
    planned: &[String],
    ignored: bool,
    some_ignored: bool,
) -> Option<&'static str> {
    if ignored {
        return Some("`ignore_changes` leaves it alone");
    }
    let dotted = leaf.path.dotted();
    let overlaps = |other: &String| within(other, &dotted) || within(&dotted, other);
    let is_planned = planned.iter().any(overlaps);
    if !is_planned && same_meaning(leaf.before, leaf.after) {
        return Some("the provider writes the same in another way");
    }
    if is_configured(context, &change.address, &leaf.path) {
        return (!is_planned).then_some("the configuration asks for no other value");
    }
    if some_ignored || follows_ignored(context, change, leaf) {
        return Some("it follows from what `ignore_changes` leaves alone");
    }
    let computed = context.schemas.is_computed_only(&change.kind, leaf.path.first())
        || leaf.path.first() == "id";
    if computed && !is_read_elsewhere(context, &change.address, leaf.path.first()) {
        return Some("only the provider sets it");
    }
    None
}

/// Attributes that change with another one of the same resource, although the other is not seen to
/// change: the type, the attribute, and what it follows.
static FOLLOWERS: &[(&str, &str, &[&str])] = &[
    // The version that Terraform knows stays as it is, and is no longer the current one.
    ("aws_secretsmanager_secret_version", "version_stages", &["secret_string", "secret_binary"]),
];

fn follows_ignored(context: &Context<'_>, change: &ResourceChange, leaf: &Leaf<'_>) -> bool {
    let ignored = ignored_by_lifecycle(context, &change.address);
    FOLLOWERS.iter().any(|(kind, follower, leaders)| {
        *kind == change.kind
            && *follower == leaf.path.first()
            && ignored.iter().any(|name| leaders.contains(&name.as_str()))
    })
}

fn within(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn planned_leaves(context: &Context<'_>, address: &str) -> Vec<String> {
    let changes = context.plan.changes.iter().filter(|planned| planned.address == address);
    changes.flat_map(|planned| leaves(&planned.change)).map(|leaf| leaf.path.dotted()).collect()
}

fn ignored_by_lifecycle<'a>(context: &Context<'a>, address: &str) -> &'a [String] {
    context.declared.get(&bare(address)).map_or(&[], |declared| &declared.ignore_changes)
}

fn is_ignored(ignored: &[String], leaf: &Leaf<'_>) -> bool {
    let dotted = leaf.path.dotted();
    ignored.iter().any(|pattern| pattern == "all" || covers_attribute(pattern, &dotted))
}

/// Whether something else in the configuration reads the attribute.
fn is_read_elsewhere(context: &Context<'_>, address: &str, attribute: &str) -> bool {
    let bare_address = bare(address);
    context.plan.relevant.iter().any(|relevant| {
        let first = relevant.attribute.first().and_then(|step| step.as_str());
        bare(&relevant.resource) == bare_address && first.is_none_or(|first| first == attribute)
    })
}

/// Values that providers take for one another.
fn same_meaning(before: &Held, after: &Held) -> bool {
    match (before, after) {
        _ if before.is_empty() && after.is_empty() => true,
        (Held::List(before), Held::List(after)) => is_reordered(before, after),
        (Held::Text(before), Held::Text(after)) => {
            before.trim() == after.trim() || same_json(before, after)
        }
        (Held::Text(text), Held::Number(number)) | (Held::Number(number), Held::Text(text)) => {
            **text == number.to_string()
        }
        (Held::Text(text), Held::Bool(flag)) | (Held::Bool(flag), Held::Text(text)) => {
            **text == flag.to_string()
        }
        _ => false,
    }
}

fn same_json(before: &str, after: &str) -> bool {
    if !before.trim_start().starts_with(['{', '[']) {
        return false;
    }
    let read = |text| serde_json::from_str::<Held>(text).ok();
    read(before).is_some_and(|before| read(after).is_some_and(|after| before == after))
}
