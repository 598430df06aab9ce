//! SOPS creation rules and files.

use sealine_source::Place;

/// What a repository says about SOPS.
#[derive(Clone, Debug, Default)]
pub struct SopsFacts {
    /// Files that a creation rule says must be encrypted and that are not: the file's top and the
    /// place of the rule.
    pub unencrypted: Vec<(Place, Place)>,
    /// Files that SOPS encrypts.
    pub encrypted: Vec<Place>,
}
