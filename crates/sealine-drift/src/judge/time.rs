//! What time does by itself: a rotation is due, a certificate is ready for renewal. Nobody changed
//! anything, and applying would act all the same.
//!
//! Invariant: what only time did is never drift, and what applying would do about it is always told.

use crate::plan::{ResourceChange, leaves};

/// Resources that a provider lets go when their time has come. They are nowhere but in the state, so
/// nobody can have deleted them.
static ROTATING: &[&str] = &["time_rotating"];

/// Attributes in which a provider notes that it is time, by the type of the resource.
static RENEWED: &[(&str, &str)] = &[
    ("tls_self_signed_cert", "ready_for_renewal"),
    ("tls_locally_signed_cert", "ready_for_renewal"),
];

/// Returns what time did, when refreshing shows that and nothing else.
pub(super) fn passed(drift: &ResourceChange) -> Option<&'static str> {
    if drift.change.is(&["delete"]) {
        return ROTATING.contains(&drift.kind.as_str()).then_some("its rotation is due");
    }
    let leaves = leaves(&drift.change);
    let renewed = |path: &str| RENEWED.contains(&(drift.kind.as_str(), path));
    let is_time =
        |leaf: &crate::plan::Leaf<'_>| leaf.after.is_true() && renewed(&leaf.path.dotted());
    (!leaves.is_empty() && leaves.iter().all(is_time)).then_some(READY)
}

const READY: &str = "it is ready for renewal";

/// Returns what time has to do with a planned change.
pub(super) fn asks_for(planned: &ResourceChange, drift: &[ResourceChange]) -> Option<&'static str> {
    let found = drift.iter().find(|drift| drift.address == planned.address);
    let replaced_for = |path: &Vec<serde_json::Value>| {
        let only =
            path.as_slice().first().and_then(|step| step.as_str()).filter(|_| path.len() == 1);
        only.is_some_and(|name| RENEWED.contains(&(planned.kind.as_str(), name)))
    };
    let paths = &planned.change.replace_paths;
    let replaced = !paths.is_empty() && paths.iter().all(replaced_for);
    found.and_then(passed).or(replaced.then_some(READY))
}
