//! Exports: outputs of Terraform that go to values files, as the configuration describes them.

use sealine_source::Place;

/// Which state an export came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// The state's lineage.
    pub lineage: String,
    /// The state's serial.
    pub serial: u64,
}

/// One export, and what the files say of its target.
#[derive(Clone, Debug)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// Where the configuration describes it.
    pub place: Place,
    /// The target's path in its repository.
    pub target: String,
    /// The target's top, when it exists.
    pub target_place: Option<Place>,
    /// Whether the target is encrypted, or will be when it is made; `None` when that is not known.
    pub is_encrypted: Option<bool>,
    /// The outputs that must not be written in clear: those that their module marks as sensitive,
    /// with the place of the mark, and those that the export itself wants encrypted.
    pub guarded: Vec<(String, Option<Place>)>,
    /// Whether the export says of each output that it is not to be encrypted.
    pub wants_clear: bool,
    /// The state that the target was written from.
    pub stamp: Option<Stamp>,
    /// The keys that no chart and no kustomization in sight reads, although others of this export
    /// are read there.
    pub unread: Vec<String>,
    /// The keys beside the exported ones that a chart reads and that nobody gives, with the place
    /// that reads them.
    pub ungiven: Vec<(String, Place)>,
}
