//! What a change does to the chain, and the order in which it is safe.
//!
//! Invariant: plain data. Whatever is compared is compared by ids, which are free of positions.

use sealine_source::Place;

/// What a change does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// What is compared, for people: `connectors@1a2b3c4`.
    pub before: String,
    /// As above.
    pub after: String,
    /// Reads that were whole before and are not any more: the reader loses its secret.
    pub broken: Vec<Need>,
    /// Reads that were not whole before and are now.
    pub mended: Vec<Need>,
    /// Reads that are new and not whole.
    pub dangling: Vec<Need>,
    /// Stations that have another name now: before and after.
    pub renamed: Vec<(String, String)>,
    /// What becomes of objects and entries.
    pub fates: Vec<Fate>,
    /// Stations that only the state after has.
    pub added: Vec<String>,
    /// Stations that only the state before had.
    pub removed: Vec<String>,
    /// The safe order; empty when nothing is to do, or when no order is safe.
    pub order: Vec<Step>,
}

impl Impact {
    /// Returns whether some reader that was there before has no secret any more.
    pub fn loses(&self) -> bool {
        !self.broken.is_empty() || self.dangling.iter().any(|need| need.known)
    }
}

/// One read of a Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The reader's id.
    pub consumer: String,
    /// The Secret's id.
    pub secret: String,
    /// Where it is read.
    pub at: Place,
    /// Whether the reader was there before the change.
    pub known: bool,
    /// What is missing on the way, after the change; for mended ones, before it.
    pub faults: Vec<Fault>,
}

/// A station that is missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Its id, or that of a Secret with `#KEY`.
    pub node: String,
    /// Why that is known, for people.
    pub why: String,
}

/// What becomes of an object or an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fate {
    /// Its id.
    pub node: String,
    /// What becomes of it.
    pub kind: FateKind,
    /// Why, for people.
    pub why: String,
}

/// The kinds of [`Fate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FateKind {
    /// It is deleted from the cluster.
    Deleted,
    /// It is deleted from the cluster and made again: for a while it is not there.
    Recreated,
    /// It stays in the cluster, and nothing refreshes it.
    Orphaned,
    /// It stays in the cluster and goes on working, although no file declares it.
    LeftBehind,
    /// The sync fails from then on; what was there stays as it is.
    Stale,
    /// The entry's name cannot be used again for a while.
    Reserved,
    /// The entry is deleted from the vault.
    RemoteDeleted,
    /// Nothing in sight reads it any more.
    Unread,
    /// It cannot be told.
    Unclear,
}

impl FateKind {
    /// Returns the name used in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Recreated => "recreated",
            Self::Orphaned => "orphaned",
            Self::LeftBehind => "left-behind",
            Self::Stale => "stale",
            Self::Reserved => "reserved",
            Self::RemoteDeleted => "remote-deleted",
            Self::Unread => "unread",
            Self::Unclear => "unclear",
        }
    }
}

/// What a step of the order does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Merge a module that another repository calls.
    Module,
    /// Publish the version of it that is asked for.
    Release,
    /// Add entries, and apply.
    Entries,
    /// Set values.
    Fill,
    /// Add or change what copies entries to Secrets.
    Copies,
    /// Wait until they are synced.
    Wait,
    /// Let readers ask for the new Secrets.
    Readers,
    /// See that they work.
    Verify,
    /// Remove what nothing needs any more.
    Remove,
}

impl Action {
    /// Returns the name used in JSON output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Release => "release",
            Self::Entries => "entries",
            Self::Fill => "fill",
            Self::Copies => "copies",
            Self::Wait => "wait",
            Self::Readers => "readers",
            Self::Verify => "verify",
            Self::Remove => "remove",
        }
    }
}

/// A step of the safe order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// As an order: `add the ExternalSecrets`.
    pub title: String,
    /// The repository that is changed, if any.
    pub repo: Option<String>,
    /// The files that are changed there.
    pub files: Vec<String>,
    /// The stations it is about.
    pub nodes: Vec<String>,
    /// Why it stands where it stands.
    pub why: String,
    /// What to run or look at before the next step.
    pub checks: Vec<String>,
    /// Whether it is done already, before the change.
    pub done: bool,
    /// Whether it may share a commit with an earlier step.
    pub shares: Option<Share>,
}

/// Whether a step may share a commit with an earlier one of the same repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The number of the earlier step, from 1.
    pub with: usize,
    /// Whether it may.
    pub allowed: bool,
    /// Why, or why not.
    pub why: String,
}
