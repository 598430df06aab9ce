//! What a change does to the chain: two analyses, held against each other.
//!
//! Invariants: what is compared is compared by ids; a reader counts as losing its secret only when
//! something in sight made it before, or a rule has the evidence that it is missing now. Nothing
//! fires on unknown.

mod fates;
mod files;
mod needs;
mod order;
mod renames;
mod suppose;
mod withdrawn;

use std::collections::BTreeSet;

use sealine_model::Finding;
use sealine_model::impact::Impact;
use sealine_model::link::Names;
use sealine_model::query::Neighbours;
use sealine_model::settings::Settings;
use sealine_rules::gaps::Gaps;

use crate::Analysis;

pub use suppose::{Supposition, presume, suppose};
use withdrawn::Withdrawn;

/// One state of the project, judged.
#[derive(Debug)]
pub struct Side<'a> {
    /// What is compared, for people.
    pub label: String,
    /// The state.
    pub analysis: &'a Analysis,
    /// The findings that stand in it.
    pub findings: &'a [Finding],
    /// What is said of it.
    pub settings: &'a Settings,
    /// Which readers count.
    pub readers: Readers,
}

/// Which readers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Those that surely read: a change that breaks one must not be merged.
    Sure,
    /// Those, too, that a convention of charts tells, or whose namespace is not known: who asks
    /// whether something may go wants to hear of each.
    Likely,
}

/// A side with what every comparison asks of it.
struct State<'a> {
    side: &'a Side<'a>,
    gaps: Gaps,
    names: Names<'a>,
    neighbours: Neighbours,
    /// What the state before brought, and this one only has in its files.
    withdrawn: Withdrawn,
}

impl<'a> State<'a> {
    fn of(side: &'a Side<'a>) -> Self {
        let graph = side.analysis.graph();
        let prefix = side.settings.conventions.placeholder_prefix.as_deref();
        Self {
            side,
            gaps: Gaps::of(graph, side.findings, prefix),
            names: Names::of(&side.analysis.facts, &side.analysis.links),
            neighbours: Neighbours::of(graph),
            withdrawn: Withdrawn::default(),
        }
    }

    /// Returns where the node of this id is declared, when it is and nobody took it out of its delivery.
    fn declared(&self, id: &str) -> Option<&'a sealine_source::Place> {
        if self.withdrawn.has(id) {
            return None;
        }
        let graph = self.side.analysis.graph();
        graph.nodes[graph.node(id)?].declared.as_ref()
    }

    fn has(&self, id: &str) -> bool {
        self.side.analysis.graph().node(id).is_some()
    }

    fn ids(&self) -> BTreeSet<&'a str> {
        self.side.analysis.graph().nodes.iter().map(|node| node.id.as_str()).collect()
    }
}

/// Compares two states.
pub fn compare(before: &Side<'_>, after: &Side<'_>) -> Impact {
    let mut impact =
        Impact { before: before.label.clone(), after: after.label.clone(), ..Impact::default() };
    let (old, mut new) = (State::of(before), State::of(after));
    new.withdrawn = Withdrawn::of(&old, &new);
    let (old_ids, new_ids) = (old.ids(), new.ids());
    impact.added = new_ids.difference(&old_ids).map(|id| (*id).to_owned()).collect();
    impact.removed = old_ids.difference(&new_ids).map(|id| (*id).to_owned()).collect();
    needs::compare(&old, &new, &mut impact);
    impact.renamed = renames::find(&old, &new, &impact);
    impact.fates = fates::of(&old, &new);
    if !impact.loses() {
        let changed = files::changed(&before.analysis.project, &after.analysis.project);
        impact.order = order::safe(&old, &new, &changed);
    }
    impact
}
