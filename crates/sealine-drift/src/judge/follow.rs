//! What applying would change only because something changed outside: a resource that reads the
//! identifier of one that is gone.
//!
//! Invariant: a change counts as explained only when each of its leaves is.

use std::collections::BTreeSet;

use crate::plan::configured::{Configuration, References};
use crate::plan::{Held, Leaf, Path, ResourceChange, bare, leaves};

use super::{Causes, Context, is_configured, time};

/// Resources whose planned changes are explained by what happened outside.
pub(super) struct Explained {
    /// The repair of what was deleted or changed: full addresses.
    pub(super) repairs: BTreeSet<String>,
    /// What follows from it elsewhere: full addresses.
    pub(super) follows: BTreeSet<String>,
    /// What differs in the world or follows from it, without keys of instances.
    pub(super) touched: BTreeSet<String>,
}

pub(super) fn explained(context: &Context<'_>, causes: &mut Causes) -> Explained {
    let mut explained = Explained {
        repairs: BTreeSet::new(),
        follows: BTreeSet::new(),
        touched: std::mem::take(&mut causes.touched),
    };
    for change in &context.plan.changes {
        let gone = causes.gone.contains(&change.address);
        let recreated = gone && change.change.is(&["create"]) && change.previous_address.is_none();
        if recreated || is_repair(context, change) {
            explained.repairs.insert(change.address.clone());
        }
    }
    // One that follows may be followed: until nothing is added. Each round adds one at least.
    loop {
        let found: Vec<&ResourceChange> = { context.plan.changes.iter() }
            .filter(|change| !explained.repairs.contains(&change.address))
            .filter(|change| !explained.follows.contains(&change.address))
            .filter(|change| follows(context, change, &explained.touched))
            .collect();
        if found.is_empty() {
            return explained;
        }
        for change in found {
            explained.follows.insert(change.address.clone());
            explained.touched.insert(bare(&change.address));
        }
    }
}

/// Returns the leaves of a planned change that are no mere consequence within the resource and do
/// not undo what changed outside.
pub(super) fn own_leaves<'a>(context: &Context<'_>, change: &'a ResourceChange) -> Vec<Leaf<'a>> {
    let drift = context.plan.drift.iter().find(|drift| drift.address == change.address);
    let undone: Vec<Leaf<'_>> = drift.map(|drift| leaves(&drift.change)).unwrap_or_default();
    let is_own = |leaf: &Leaf<'_>| {
        let computed = leaf.unknown && !is_configured(context, &change.address, &leaf.path);
        let undoes = undone.iter().any(|other| undoes(other, leaf));
        !computed && !undoes
    };
    leaves(&change.change).into_iter().filter(is_own).collect()
}

/// Whether a planned leaf writes back what the state held before the world changed.
fn undoes(drift: &Leaf<'_>, planned: &Leaf<'_>) -> bool {
    if drift.path == planned.path {
        return drift.before == planned.after
            || (drift.before.is_empty() && planned.after.is_empty());
    }
    // A list that changed its length is one leaf on one side and several on the other.
    let starts = |long: &Path, short: &Path| long.0.starts_with(&short.0);
    let part = |whole: &Leaf<'_>, path: &Path| starts(path, &whole.path);
    part(drift, &planned.path) || part(planned, &drift.path)
}

fn is_repair(context: &Context<'_>, change: &ResourceChange) -> bool {
    let drift = context.plan.drift.iter().find(|drift| drift.address == change.address);
    let drifted = drift.is_some_and(|drift| time::passed(drift).is_none());
    let in_place = change.change.is(&["update"]);
    let replaces = change.change.has("delete") && change.change.has("create");
    let by_itself =
        matches!(change.action_reason.as_deref(), None | Some("replace_because_cannot_update"));
    drifted
        && change.previous_address.is_none()
        && matches!(change.change.importing, Held::Null)
        && (in_place || (replaces && by_itself))
        && own_leaves(context, change).is_empty()
}

fn follows(context: &Context<'_>, change: &ResourceChange, touched: &BTreeSet<String>) -> bool {
    let acts = change.change.is(&["update"])
        || (change.change.has("delete") && change.change.has("create"));
    if !acts || change.action_reason.as_deref() == Some("replace_because_tainted") {
        return false;
    }
    let address = bare(&change.address);
    let Some(resource) = context.plan.configuration.resource(&address) else { return false };
    let leaves = own_leaves(context, change);
    !leaves.is_empty()
        && leaves.iter().all(|leaf| {
            leaf.unknown
                && resource.expressions.get(leaf.path.first()).is_some_and(|references| {
                    reaches(&context.plan.configuration, module_of(&address), references, touched)
                })
        })
}

/// The module of an address: `module.a.module.b`, or nothing for the root.
fn module_of(address: &str) -> &str {
    let mut end = 0;
    while let Some(after) = address[end..].trim_start_matches('.').strip_prefix("module.") {
        let start = address.len() - after.len();
        let Some(length) = after.find('.') else { break };
        end = start + length;
    }
    &address[..end]
}

/// Returns whether an expression in a module refers to one of the resources, directly or through
/// variables and outputs of modules.
pub(super) fn reaches(
    configuration: &Configuration,
    module: &str,
    references: &References,
    touched: &BTreeSet<String>,
) -> bool {
    references.0.iter().any(|reference| {
        let reference = bare(reference);
        let mut words = reference.split('.');
        let absolute = |rest: &str| match module {
            "" => rest.to_owned(),
            module => format!("{module}.{rest}"),
        };
        match (words.next(), words.next()) {
            (Some("var"), Some(name)) => {
                let Some((outer, call)) = split_call(module) else { return false };
                let inside = format!("{outer}{}x.y", dot(outer));
                let Some((within, _)) = configuration.module(&inside) else { return false };
                let given = within.calls.get(call).and_then(|call| call.expressions.get(name));
                given.is_some_and(|given| reaches(configuration, outer, given, touched))
            }
            (Some("module"), Some(name)) => {
                let below = absolute(&format!("module.{name}."));
                touched.iter().any(|address| address.starts_with(&below))
            }
            (Some("local" | "each" | "count" | "path" | "terraform" | "self"), _) => false,
            (Some(kind), Some(name)) => touched.contains(&absolute(&format!("{kind}.{name}"))),
            _ => false,
        }
    })
}

fn dot(module: &str) -> &'static str {
    if module.is_empty() { "" } else { "." }
}

/// `module.a.module.b` is the call `b` in `module.a`.
fn split_call(module: &str) -> Option<(&str, &str)> {
    let (outer, call) = module.rsplit_once("module.")?;
    Some((outer.trim_end_matches('.'), call))
}
